import re
import runpy
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from tests.documents.cast import BEFORE_REFERENT, BEFORE_SHORTER, CASES, FORMERLY, ISSUED_ON
from tests.documents.reading import body, composed, readable, texts

from materiel.documents.conditions import CONDITIONS
from materiel.documents.typography import NBSP, typeset
from materiel.documents.variables import VARIABLES
from materiel.documents.wording import WordingError, phrase, wording_on, wordings_of
from materiel.domain.language.french import long_date
from materiel.domain.papers.cover_letter import CoverLetterKind
from materiel.domain.papers.document import DocumentKind

ROOT = Path(__file__).parents[3]
ALL = [wording for kind in DocumentKind for wording in wordings_of(kind)]
LETTERS = [wording for kind in CoverLetterKind for wording in wordings_of(kind)]
LOAN = {f"P{n}" for n in range(1, 10)}
DEPOSIT = {f"D{n}" for n in range(1, 7)}
REQUIRED = {
    DocumentKind.LOAN_AGREEMENT: LOAN,
    DocumentKind.TRIPARTITE_AGREEMENT: LOAN | DEPOSIT,
    DocumentKind.DEPOSIT_AGREEMENT: DEPOSIT,
    DocumentKind.NOTICE: {"N1", "N2"},
}

PLACED_BY_PYTHON = {"school_name", "happened_on"}
"""Values that rows of a table print, whatever the wording."""

SMALL = """
in_force_from = {day}
why = "Pour l'essai."
title = "{title}"
subtitle = "Sous-titre"
footer = "Pied"
[section.announcement]
heading = "Annonce"
source = "circulaire n° 2001-221"
[[section.announcement.clause]]
id = "one"
text = "{text}"
{extra}
"""


def a_wording(folder, *, day="2026-09-01", title="Titre", text="Bonjour.", extra="", name=None):
    path = folder / "notice" / f"{name or day}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(SMALL.format(day=day, title=title, text=text, extra=extra), encoding="utf-8")
    return folder


def load(folder):
    return wording_on(DocumentKind.NOTICE, date(2030, 1, 1), folder)


def spoken(wording):
    yield wording.title
    yield wording.subtitle
    yield wording.footer
    yield from wording.mentions.values()
    for section in wording.sections.values():
        yield section.heading
        for clause in section.clauses:
            yield clause.caption
            yield from (label for label, _ in clause.rows)
    for each in every_phrase(wording):
        yield "".join(part if not is_variable else VARIABLES[part].sample for part, is_variable in each.parts)


def every_phrase(wording):
    yield from wording.phrases.values()
    for section in wording.sections.values():
        for clause in section.clauses:
            yield from clause.phrases()


@pytest.mark.parametrize("kind", DocumentKind, ids=str)
def test_every_kind_has_a_wording_today(kind):
    assert wording_on(kind, ISSUED_ON).kind is kind


def test_the_latest_wording_in_force_is_chosen(tmp_path):
    a_wording(tmp_path, day="2026-09-01", title="Ancien")
    a_wording(tmp_path, day="2027-09-01", title="Nouveau")
    change = date(2027, 9, 1)

    assert wording_on(DocumentKind.NOTICE, change - timedelta(days=1), tmp_path).title == "Ancien"
    assert wording_on(DocumentKind.NOTICE, change, tmp_path).title == "Nouveau"


def test_no_wording_before_the_first_day(tmp_path):
    a_wording(tmp_path, day="2026-09-01")

    with pytest.raises(WordingError, match="no wording is in force on 2026-08-31"):
        wording_on(DocumentKind.NOTICE, date(2026, 8, 31), tmp_path)


@pytest.mark.parametrize(
    ("faulty", "message"),
    [
        ({"text": "{{ unknown_thing }}"}, "unknown variable"),
        ({"text": "{% if x %}"}, "a brace that is no variable"),
        ({"text": "{{ pupil_name | upper }}"}, "a brace that is no variable"),
        ({"extra": 'when = "the_moon_is_full"'}, "unknown fact"),
        ({"extra": 'satisfies = ["P10"]'}, "unknown requirement"),
        ({"extra": 'colour = "red"'}, "unknown key colour"),
        ({"extra": 'role = "shout"'}, "unknown role"),
        ({"extra": '[[section.announcement.clause]]\nid = "one"\ntext = "Encore."'}, "used twice: one"),
        ({"extra": '[[section.announcement.clause]]\nsame_as = "notice/2026-09-01#nowhere"'}, "no clause nowhere"),
        ({"name": "2026-09-02"}, "not the day of the file's name"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_faulty_wording_is_refused_at_load(tmp_path, faulty, message):
    a_wording(tmp_path, **faulty)

    with pytest.raises(WordingError, match=message):
        load(tmp_path)


def test_a_clause_without_a_source_is_refused(tmp_path):
    path = a_wording(tmp_path) / "notice" / "2026-09-01.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("source =", "heading_note ="), encoding="utf-8")
    with pytest.raises(WordingError, match="unknown key heading_note"):
        load(tmp_path)


def test_a_clause_may_take_the_words_of_another(tmp_path):
    a_wording(tmp_path, day="2026-09-01", text="Les mêmes mots.")
    path = a_wording(tmp_path, day="2027-09-01") / "notice" / "2027-09-01.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('id = "one"\ntext = "Bonjour."', 'same_as = "notice/2026-09-01#one"'), encoding="utf-8"
    )

    (clause,) = load(tmp_path).sections["announcement"].clauses

    assert clause.text.plain({}) == "Les mêmes mots."


def test_a_variable_without_value_never_leaves_a_hole():
    with pytest.raises(KeyError):
        phrase("Fin le {{ ends_on }}.").fill({"starts_on": "1er mars"})


@pytest.mark.parametrize("wording", ALL, ids=lambda wording: f"{wording.kind.value}/{wording.in_force_from}")
def test_the_wording_claims_all_that_the_texts_require(wording):
    assert REQUIRED.get(wording.kind, set()) <= wording.satisfies


def test_every_variable_and_every_fact_is_used():
    used = {name for wording in ALL for each in every_phrase(wording) for name in each.variables}
    facts = {clause.when for wording in ALL for section in wording.sections.values() for clause in section.clauses}
    facts |= {
        bullet.when
        for wording in ALL
        for section in wording.sections.values()
        for clause in section.clauses
        for bullet in (*clause.bullets, *(bullet for _, bullet in clause.rows))
    }
    used |= {name for wording in LETTERS for each in every_phrase(wording) for name in each.variables}
    assert sorted(set(VARIABLES) - used - PLACED_BY_PYTHON) == []
    assert sorted(set(CONDITIONS) - facts) == []


def test_every_clause_is_printed_in_some_case():
    printed = "\n".join(
        body(composed(replace(facts, issued_on=day)))
        for facts in CASES.values()
        for day in (FORMERLY, BEFORE_SHORTER, BEFORE_REFERENT, ISSUED_ON)
    )
    silent = [
        (wording.kind.value, clause.id)
        for wording in ALL
        for section in wording.sections.values()
        for clause in section.clauses
        for each in clause.phrases()
        if readable(max((part for part, is_variable in each.parts if not is_variable), key=len, default=""))
        not in printed
    ]
    assert silent == []


SINCE_SHORTER = [
    pair
    for kind in (DocumentKind.LOAN_AGREEMENT, DocumentKind.TRIPARTITE_AGREEMENT)
    for pair in pairwise(each for each in wordings_of(kind) if each.in_force_from >= BEFORE_SHORTER)
]


@pytest.mark.parametrize(
    "before_and_after", SINCE_SHORTER, ids=lambda pair: f"{pair[1].kind.value}/{pair[1].in_force_from}"
)
def test_a_wording_since_the_shorter_one_keeps_each_clause_its_source_its_facts_and_its_promises(before_and_after):
    before, after = (
        {clause.id: clause for section in wording.sections.values() for clause in section.clauses}
        for wording in before_and_after
    )
    assert after.keys() == before.keys()
    for name, clause in after.items():
        for kept in ("source", "satisfies", "promises", "when"):
            assert getattr(clause, kept) == getattr(before[name], kept), (name, kept)
        assert {bullet.when for bullet in clause.bullets} == {bullet.when for bullet in before[name].bullets}, name


def test_the_table_for_the_jurist_shows_every_change_of_wording():
    script = runpy.run_path(str(ROOT / "scripts" / "prepare" / "redactions"))
    assert (ROOT / "docs" / "redactions.md").read_text(encoding="utf-8") == script["page"]()


@pytest.mark.parametrize("wording", ALL, ids=lambda wording: f"{wording.kind.value}/{wording.in_force_from}")
def test_the_typography_of_the_wording_is_french(wording):
    for text in spoken(wording):
        assert french_faults(text) == [], text


@pytest.mark.parametrize("name", CASES)
def test_the_typography_of_composed_documents_is_french(name):
    for text in texts(composed(CASES[name])):
        if "://" not in text:
            assert french_faults(text) == [], text


FAULTS = {
    "straight quote": r'"',
    "straight apostrophe": "'",
    "breaking space before a mark": r" [:;?!»%€]",
    "no space before a double mark": r"[^\s\d:/?!][;?!»]|[^\sA-Za-z0-9]:(?!//)|[a-zà-ÿ]:(?!//)",
    "breaking space after an opening guillemet": r"«(?!\u00a0)",
    "breaking space after « n° »": r"\b[nN]° ",
    "two spaces": r"[ \u00a0]{2}",
    "space before a comma or a full stop": r"[ \u00a0][,.](?!\w)",
    "repeated punctuation": r",,|, ,|\.\.|;;|::|,\.|;\.",
    "empty parentheses": r"\(\s*\)",
    "a Python value": r"\bNone\b|\bTrue\b|\bFalse\b|<[A-Z]\w+",
    "a hyphen for a dash": r" - ",
    "a number before « er » apart": r"\b1 er\b",
}


def french_faults(text):
    return [fault for fault, pattern in FAULTS.items() if re.search(pattern, text)]


@pytest.mark.parametrize(
    "text",
    [
        'dit "oui"',
        "l'été",
        "Fin : demain",
        "Fin!",
        "«oui»",
        "n° 3",
        "deux  mots",
        "a , b",
        "a,, b",
        "()",
        "None",
        "a - b",
    ],
)
def test_the_typography_check_sees_faults(text):
    assert french_faults(text) != []


def test_typesetting_is_idempotent_and_joins_lines():
    once = typeset("Un « mot » :\n  voici l'art. 3, n° 5 – fin ; 10 % !")

    assert once == (f"Un «{NBSP}mot{NBSP}»{NBSP}: voici l’art.{NBSP}3, n°{NBSP}5{NBSP}– fin{NBSP}; 10{NBSP}%{NBSP}!")
    assert typeset(once) == once


def test_the_first_of_a_month_is_an_ordinal():
    assert long_date(date(2026, 9, 1)) == "1er septembre 2026"
