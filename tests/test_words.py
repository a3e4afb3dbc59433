"""One word for one thing in French: what the glossary sets aside stands in no page, no message, no sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from materiel.domain.language import states
from materiel.domain.language.states import State

ROOT = Path(__file__).parents[1]
SECTION = "## Un mot pour une chose"
FOR_PROGRAMS = ("web/api/", "web/http/idempotency.py", "cli/", "settings.py")
"""What only developers and installers read: the words of their trade, below, stay there."""
TRADE = {"UUID", "hash"}
STATES = "domain/language/states.py"
"""Where « Restitué » names the state of a loan; the act stays « rendre »."""
OTHERWISE = {"demo"}
"""Folders where a word of the list is a pupil's surname, or the name of a thing without a number."""
PAPER_WORDS = re.compile(r"récépissés? de restitution|la restitution ou la fin du prêt", re.IGNORECASE)
"""What papers say stays whole: the name of one, and a cell of the list that the archives have visaed."""


def banned() -> list[str]:
    text = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8").partition(SECTION)[2]
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| [^|]+ \|$", text, re.MULTILINE)
    return [
        word.strip() for kept, words in rows if not kept.startswith(("Mot gardé", "-")) for word in words.split(",")
    ]


def texts() -> Iterator[tuple[str, str]]:
    """Every text that people read: templates without their tags, and the sentences of the code."""
    for path in (ROOT / "templates").rglob("*"):
        if path.suffix in {".html", ".txt"}:
            bare = re.sub(
                r"<[^>]+>|\{#.*?#\}|\{%.*?%\}|\{\{[^\"']*?\}\}", " ", path.read_text(encoding="utf-8"), flags=re.S
            )
            yield str(path.relative_to(ROOT)), bare
    for path in (ROOT / "src" / "materiel").rglob("*.py"):
        name = str(path.relative_to(ROOT / "src" / "materiel"))
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docstrings = (
            ()
            if name.startswith("web/api/")
            else {
                id(node.body[0].value)
                for node in ast.walk(tree)
                if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
                and node.body
                and isinstance(node.body[0], ast.Expr)
            }
        )
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in docstrings and is_sentence(node.value):
                yield f"{name}:{node.lineno}", str(node.value)


@cache
def everything_read() -> tuple[tuple[str, str], ...]:
    """Read once for all the words: parsing every module is slow."""
    return tuple((place, PAPER_WORDS.sub(" ", text.replace("\u00a0", " "))) for place, text in texts())


def is_sentence(value: object) -> bool:
    """A label or words that follow each other, and not a key, a path or a statement of SQL."""
    if not isinstance(value, str) or re.search(r"\b(SELECT|UPDATE|INSERT)\b", value):
        return False
    return re.search(r"[a-zà-ÿ] [a-zà-ÿ«]|^[A-ZÀ-Ý][a-zà-ÿ]+$", value) is not None


@pytest.mark.parametrize("word", banned())
def test_a_word_set_aside_is_read_nowhere(word: str) -> None:
    looked_for = re.compile(
        rf"(?<!\w){re.escape(word)}(?!\w)" if word[-1].isalnum() else re.escape(word), re.IGNORECASE
    )
    allowed = (STATES, *(FOR_PROGRAMS if word in TRADE else ()))
    found = [place for place, text in everything_read() if looked_for.search(text)]
    assert [place for place in found if not place.startswith(allowed)] == []


def written_words(text: str) -> set[str]:
    """What a template says alone: between two tags, before a colon, or between quotes."""
    bare = re.sub(r"\{#.*?#\}", "", text, flags=re.S).replace("&nbsp;", " ")
    said = re.findall(r"(?<=[>}])([^<>{}]+)(?=[<{])|\"([^\"<>{}]+)\"", bare)
    return {re.sub(r" ?:.*", "", shown or quoted, flags=re.S).strip() for shown, quoted in said}


def test_the_word_of_a_state_is_written_once() -> None:
    words = {state.label for state in vars(states).values() if isinstance(state, State)}
    found = []
    for path in (ROOT / "src" / "materiel").rglob("*.py"):
        if path.as_posix().endswith(STATES) or path.parent.name in OTHERWISE:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                said = re.sub(r"\s?:.*", "", node.value, flags=re.S).strip()
                if said in words:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}: {said}")
    for folder in ("pages", "macros", "emails"):
        for path in (ROOT / "templates" / folder).rglob("*.*"):
            if path.parent.name in OTHERWISE:
                continue
            copies = words & written_words(path.read_text(encoding="utf-8"))
            found += [f"{path.relative_to(ROOT)}: {word}" for word in sorted(copies)]
    assert found == []


def test_a_copy_of_the_word_of_a_state_would_be_found() -> None:
    assert "Remis" in written_words("<td>{{ line }} Remis</td>")
    assert "Perdu" in written_words("<p>Perdu&nbsp;: sorti du parc.</p>")
    assert "Annulé" in written_words('{{ "Annulé" if over else label }}')
    assert "Remis" not in written_words("<th>Remis le</th>")


def test_the_glossary_sets_words_aside_and_the_search_finds_them() -> None:
    assert {"(0 j)", "UUID", "sinistre", "signalement", "restitution", "casse"} <= set(banned())
    everything = " ".join(text for _, text in texts())
    for kept in ("récépissés de restitution", "retour", "dommage", "panne", "incident", "aujourd'hui", "numéro"):
        assert kept in everything


@pytest.mark.parametrize("path", sorted((ROOT / "templates" / "emails").glob("*")), ids=lambda path: path.name)
def test_no_message_shows_a_digest(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"sha-?256|empreinte", text, re.IGNORECASE)


def test_the_pages_write_one_kind_of_apostrophe() -> None:
    straight = re.compile(r"(?<=[A-Za-zÀ-ÿ])'(?=[A-Za-zÀ-ÿ0-9<{«])")
    pages = [path for folder in ("pages", "macros") for path in (ROOT / "templates" / folder).rglob("*.html")]
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in pages
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if straight.search(line)
    ]
    assert found == []
