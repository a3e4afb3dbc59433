"""« L'essentiel » of an agreement, in eight lines at most, to read before the whole text.

Read in the document as it was issued, for it alone was agreed upon: what it does not say has no line. The words are in
`templates/wording/essentials.toml`; they are printed on no paper and bind nobody.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache

from materiel.documents.blocks import ITEM_HEADER
from materiel.documents.content import Content, Details, Paragraph, Table, Text
from materiel.documents.typography import typeset
from materiel.domain.language.french import enumeration
from materiel.settings import resource_dir

MOST_NAMED = 3
"""Beyond, items are counted: the whole list is in the document."""

NO_END = "Sans date de fin"
_VALUE = re.compile(r"\{\{ (\w+) \}\}")
_LAST_DAY = re.compile(r"\b(?:au|le)\s(\d{1,2}(?:er)?\s\w+\s\d{4}),\sce jour compris")


def essentials(content: Content) -> tuple[tuple[str, str], ...]:
    """The lines of an agreement, each a label and a sentence; none for another document."""
    values = _values(content)
    lines = []
    for label, text in _wording().get(content.kind, ()):
        if all(values.get(name) for name in _VALUE.findall(text)):
            lines.append((typeset(label), typeset(_VALUE.sub(lambda each: values[each[1]], text))))
    return tuple(lines)


def _values(content: Content) -> dict[str, str]:
    items = [(row[0], row[3]) for row in _items(content)]
    named = [f"{designation} (n° {number})" for designation, number in items[:MOST_NAMED]]
    left = len(items) - len(named)
    more = [f"{left} autre{'s' if left > 1 else ''} matériel{'s' if left > 1 else ''}"] if left else []
    until = next((found[1] for text in _texts(content) if (found := _LAST_DAY.search(text))), "")
    return {
        "items": enumeration([*named, *more]) if named else "",
        "pupil": _told(content, "L'élève bénéficiaire", "Nom"),
        "place": _told(content, "Le dépositaire", "Lieu du dépôt"),
        "until": f"Jusqu'au {until}, ce jour compris" if until else NO_END,
        "contact": _told(content, "", "Pour nous joindre"),
    }


def _items(content: Content) -> Iterator[tuple[str, ...]]:
    titles = _plain("|".join(ITEM_HEADER))
    for block in content.blocks:
        if isinstance(block, Table) and _plain("|".join(block.header)) == titles:
            yield from block.rows


def _told(content: Content, caption: str, label: str) -> str:
    """What a table of pairs says under a label, when its caption begins so."""
    for block in content.blocks:
        if isinstance(block, Details) and _plain(block.caption).startswith(caption):
            for known, text in block.rows:
                if _plain(known) == label:
                    return _joined(text)
    return ""


def _texts(content: Content) -> Iterator[str]:
    for block in content.blocks:
        if isinstance(block, Paragraph):
            yield _joined(block.text)


def _joined(text: Text) -> str:
    return "".join(run.text for run in text)


def _plain(text: str) -> str:
    return text.replace("’", "'").replace("\u00a0", " ")


@cache
def _wording() -> dict[str, tuple[tuple[str, str], ...]]:
    with (resource_dir("templates") / "wording" / "essentials.toml").open("rb") as file:
        read = tomllib.load(file)
    return {kind: tuple((label, text) for label, text in known["lines"]) for kind, known in read.items()}
