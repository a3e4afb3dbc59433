"""Titles that are none: the first line of a table whose header is missing, taken for it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from materiel.domain.people.written_people import is_titled, parted_name
from materiel.exchange import inventory, item, pupil
from materiel.exchange.cells import read_date
from materiel.exchange.table import column_name

LONG_NUMBER = 5
"""Digits of a number that no title is: a telephone, a postcode, an inventory number. A year has four."""

MOST_NAMES = 4

_MAILBOX = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_NUMBER = re.compile(r"[\d\s.,/+-]+|\S+")


_KNOWN = (item.LAYOUT.columns, pupil.LAYOUT.columns, inventory.LAYOUT.columns)
_NAMES = frozenset(name for columns in _KNOWN for name in (*columns.aliases, *columns.read))
_WORDS = frozenset(word for name in _NAMES for word in name.split("_") if len(word) > 2) - {"les", "des"}


def holds_data(header: Sequence[str]) -> bool:
    """Whether a row taken for the header looks like a line of data: a date, a mailbox, a long number, a person.

    A title that is known is a title; no person is named in one that has a word of these.
    """
    return any(_is_data(title.strip()) for title in header if column_name(title) not in _NAMES)


def _is_data(title: str) -> bool:
    if _MAILBOX.fullmatch(title) or _is_date(title):
        return True
    if _NUMBER.fullmatch(title) and sum(sign.isdigit() for sign in title) >= LONG_NUMBER:
        return True
    return _WORDS.isdisjoint(column_name(title).split("_")) and _is_person(title)


def _is_date(title: str) -> bool:
    try:
        return read_date(title) is not None
    except ValueError:
        return False


def _is_person(title: str) -> bool:
    """« Mme Morvan », « MORVAN Anne »: a title, or a last name in capitals."""
    if is_titled(title):
        return True
    parts = re.split(r"[\s'’-]+", title)
    if not all(part.isalpha() for part in parts) or title.isupper():
        return False
    return len(title.split()) <= MOST_NAMES and parted_name(title, is_first_name_first=False).is_sure
