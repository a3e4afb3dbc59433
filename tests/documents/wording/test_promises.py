"""Each act that a paper promises is tied to the task that keeps it (« engagements.toml », which a jurist reads).

A paper that promises what nothing does would be false the day it is signed (Code civil, art. 1103).
"""

import re
import tomllib
from importlib import import_module

import pytest
from tests.documents.cast import ISSUED_ON

from materiel.documents.wording import wording_on
from materiel.domain.papers.document import DocumentKind
from materiel.settings import resource_dir

CLAUSES = {
    f"{kind.value}#{clause.id}": clause
    for kind in DocumentKind
    for section in wording_on(kind, ISSUED_ON).sections.values()
    for clause in section.clauses
}
PROMISES = tomllib.loads((resource_dir("templates") / "wording" / "engagements.toml").read_text(encoding="utf-8"))
"""Each has its `promise`, the `task` in which the service keeps it, what does it (`kept_by`) and its `source`."""

STATES = {"prêtons", "permettons", "déposons", "gardons", "pouvons", "désignons", "informe", "donne", "reconnaît"}
STATES |= {"avons", "peut", "dépose", "garde", "permet"}
"""Verbs of what the paper itself does, or of what the service does not bind itself to."""

ACT = re.compile(
    r"\b[Nn]ous (?:(?:vous|la|le|les|lui|en|y|nous|devons) )?(?P<we>\w+ons|constatons|vous prévenir)\b"
    r"|\b[Ll]e service gestionnaire (?:vous |lui |ne )?(?P<it>\w+e(?:ra)?|décide|écoutera)\b"
    r"|(?P<state>à notre charge|à la charge du service gestionnaire|[Ll]'État prend)"
)


def said(clause) -> str:
    return " ".join(part for phrase in clause.phrases() for part, is_variable in phrase.parts if not is_variable)


def acts(text: str) -> list[str]:
    found = (each for match in ACT.finditer(text) for each in match.groups() if each)
    return [each for each in found if each not in STATES]


def test_every_promise_of_a_clause_has_its_task():
    named = {promise for clause in CLAUSES.values() for promise in clause.promises}
    assert sorted(named - PROMISES.keys()) == []


def test_no_task_is_listed_that_nothing_promises():
    named = {promise for clause in CLAUSES.values() for promise in clause.promises}
    assert sorted(PROMISES.keys() - named) == []


@pytest.mark.parametrize("name", PROMISES)
def test_the_task_is_in_the_product(name):
    each = PROMISES[name]
    assert each.keys() == {"promise", "task", "kept_by", "source"}
    module, _, function = each["kept_by"].partition(":")
    assert callable(getattr(import_module(module), function))
    assert all(each.values())


@pytest.mark.parametrize("name", CLAUSES)
def test_a_clause_that_binds_the_service_says_its_promise(name):
    clause = CLAUSES[name]
    assert clause.promises or acts(said(clause)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Nous effaçons ce qui reste.",
        "nous vous prévenons aussitôt",
        "Le service gestionnaire efface ensuite tout.",
        "Le service gestionnaire vous écoutera.",
        "Les licences sont à notre charge.",
        "L'État prend son remplacement à sa charge.",
    ],
)
def test_an_act_is_seen(text):
    assert acts(text) != []
