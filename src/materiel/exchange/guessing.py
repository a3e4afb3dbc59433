"""What a column holds when its title says nothing, by several of its cells.

A guess is made only where one column alone holds such cells and no other has the field: it is told as a guess, and
somebody may say otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from materiel.domain.people.written_people import is_titled
from materiel.exchange.cells import read_cents, read_date

FEWEST = 3
"""Filled cells without which nothing is guessed."""

_SAYING_NOTHING = frozenset(
    (
        *("", "colonne", "column", "col", "champ", "field", "unnamed", "sans_titre", "divers", "info", "infos"),
        *("donnee", "donnees", "valeur", "value", "code", "n", "no", "num", "numero", "id"),
        *("identifiant", "ref", "reference", "date", "contact", "mail", "email", "courriel", "tel", "telephone", "x"),
    )
)
_UAI = re.compile(r"0?[0-9]{6}[A-Z]")
_MAILBOX = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_PHONE = re.compile(r"(?:\+33 ?|0)?[1-9](?:[ .-]?[0-9]{2}){4}")
_POSTCODE = re.compile(r"[0-9]{5}")
_AMOUNT = re.compile(r"[0-9][0-9 \u00a0\u202f]*(?:[.,][0-9]{2} ?(?:€|EUR)?| ?(?:€|EUR))")
_NUMBER = re.compile(r"(?=.*[0-9])[0-9A-Za-z]+(?:[-_/.][0-9A-Za-z]+)*")
_SHORTEST_NUMBER, _LONGEST_NUMBER = 3, 20


class CellContent(StrEnum):
    """What the cells of a column may be told by."""

    UAI = "uai"
    PEOPLE = "people"
    DATE = "date"
    MAILBOX = "mailbox"
    PHONE = "phone"
    POSTCODE = "postcode"
    AMOUNT = "amount"
    NUMBER = "number"


SURE = (CellContent.UAI, CellContent.PEOPLE)
"""Told by the cells alone, whatever an unknown title says; the others need a title that says nothing."""


def guesses(
    keys: Sequence[str], names: Sequence[str], rows: Sequence[Sequence[str]], *, fields: Mapping[CellContent, str]
) -> dict[str, str]:
    """By normalised title, the fields of columns that their cells tell; see `Columns.guess`.

    Args:
        fields: those that contents may be taken for.
    """
    found: dict[CellContent, list[str]] = {}
    for place, (key, name) in enumerate(zip(keys, names, strict=True)):
        if name or not key:
            continue
        content = _content([row[place].strip() for row in rows if place < len(row) and row[place].strip()])
        if content is not None and (content in SURE or _says_nothing(key)):
            found.setdefault(content, []).append(key)
    return {
        alone[0]: fields[content]
        for content, alone in found.items()
        if len(alone) == 1 and keys.count(alone[0]) == 1 and content in fields and fields[content] not in names
    }


def _says_nothing(key: str) -> bool:
    """Whether a title, normalised, says nothing of its column: « Colonne C », « Champ 3 », « Code »."""
    words = [word for word in key.split("_") if not word.isdigit() and len(word) > 1]
    return "_".join(words) in _SAYING_NOTHING


def _content(cells: Sequence[str]) -> CellContent | None:
    """What all the cells of a column are; None when they are too few, or several things."""
    if len(cells) < FEWEST:
        return None
    return next((content for content, is_it in _TESTS.items() if all(is_it(cell) for cell in cells)), None) or (
        CellContent.NUMBER if _are_numbers(cells) else None
    )


def _are_numbers(cells: Sequence[str]) -> bool:
    """Whether each is another number of an inventory, all written in one way."""
    shapes = {re.sub("[A-Za-z]+", "A", re.sub("[0-9]+", "0", cell)) for cell in cells}
    return (
        len(set(cells)) == len(cells)
        and len(shapes) == 1
        and all(_NUMBER.fullmatch(cell) and _SHORTEST_NUMBER <= len(cell) <= _LONGEST_NUMBER for cell in cells)
    )


def _is_read(read: Callable[[str], object]) -> Callable[[str], bool]:
    def is_it(cell: str) -> bool:
        try:
            return read(cell) is not None
        except ValueError:
            return False

    return is_it


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda cell: pattern.fullmatch(cell) is not None


_TESTS: Mapping[CellContent, Callable[[str], bool]] = {
    CellContent.UAI: _matches(_UAI),
    CellContent.PEOPLE: is_titled,
    CellContent.MAILBOX: _matches(_MAILBOX),
    CellContent.POSTCODE: _matches(_POSTCODE),
    CellContent.PHONE: _matches(_PHONE),
    CellContent.DATE: _is_read(read_date),
    CellContent.AMOUNT: lambda cell: _AMOUNT.fullmatch(cell) is not None and _is_read(read_cents)(cell),
}
"""In the order in which they are tried: five figures are a postcode, and the day number of a spreadsheet too."""
