"""The values of cells as people type them and spreadsheets save them: dates, amounts, choices, protected text.

Each reader raises `ValueError` with a French sentence when the cell is not what its column holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from materiel.domain.calendar.school_year import first_day
from materiel.domain.language.labelled import LabelledEnum
from materiel.exchange.table import column_name

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""A spreadsheet runs a text that starts so; full-width signs count."""

EXCEL_EPOCH = date(1899, 12, 30)
_LATEST_SHORT_YEAR = 50
_SERIAL_DAYS = range(20_000, 80_000)

_DAY_FIRST = re.compile(r"([0-9]{1,2})[/.\- ]([0-9]{1,2})[/.\- ]([0-9]{4})(?: [0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?")
_SHORT_YEAR = re.compile(r"([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{2})")
_YEAR_FIRST = re.compile(r"([0-9]{4})[/.]([0-9]{1,2})[/.]([0-9]{1,2})")
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ][0-9]{2}:[0-9]{2}.*)?")
_START_OF_YEAR = re.compile(r"(?:la_)?rentree_(?:de_|scolaire_|septembre_|sept_)*([12][09][0-9]{2})(?:_[0-9]{2,4})?")
_MONTH = re.compile(r"([a-z]{3,9})_(2[0-9]{3})")
_MONTHS = {
    **{"janv": 1, "jan": 1, "fevr": 2, "fev": 2, "mars": 3, "mar": 3, "avri": 4, "avr": 4, "mai": 5, "juin": 6},
    **{"juil": 7, "aout": 8, "sept": 9, "sep": 9, "octo": 10, "oct": 10, "nove": 11, "nov": 11, "dece": 12, "dec": 12},
}
"""By their first letters."""
_DESTROYED = re.compile(r"[0-9][.,][0-9]+E\+?[0-9]+", re.IGNORECASE)

_SHORT_PHONE = re.compile(r"[1-9](?:[ .-]?[0-9]){8}")

Choice = TypeVar("Choice", bound=LabelledEnum)


def protected(text: str) -> str:
    """A text that no spreadsheet takes for a formula: a leading apostrophe where it could."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def unprotected(text: str) -> str:
    """The text that `protected` was given."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA_STARTS) else text


def read_text(cell: str) -> str:
    """A text; a number that the spreadsheet turned into powers of ten is refused, its digits are lost."""
    text = unprotected(cell.strip())
    if _DESTROYED.fullmatch(text):
        raise ValueError(f"« {text[:20]} » : le tableur a détruit ce numéro. Mettez la colonne au format Texte.")
    return text


def read_date(cell: str) -> date | None:
    """`12/01/2024`, `12/01/24`, `2024-01-12`, `2024/01/12`, an hour or not, or the day number of a spreadsheet.

    None for an empty cell. Of a year in two figures, those of 2000 to 2049 are meant, then those of 1950 to 1999.
    """
    text = cell.strip()
    if not text:
        return None
    if text.isascii() and text.isdigit() and int(text[:6]) in _SERIAL_DAYS and len(text) == 5:
        return EXCEL_EPOCH + timedelta(days=int(text))
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = (int(each) for each in found.groups())
    elif found := _SHORT_YEAR.fullmatch(text):
        day, month, year = (int(each) for each in found.groups())
        year += 2000 if year < _LATEST_SHORT_YEAR else 1900
    elif found := _ISO.fullmatch(text) or _YEAR_FIRST.fullmatch(text):
        year, month, day = (int(each) for each in found.groups())
    else:
        raise ValueError(f"« {text[:30]} » n'est pas une date ; écrivez-la ainsi : 31/12/2026.")
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"La date « {text[:30]} » n'existe pas.") from None


def read_past_day(cell: str) -> tuple[date | None, bool]:
    """The day of a hand-over, and whether it was worked out: « rentrée 2025 », « sept. 2025 » mean their first day."""
    try:
        return read_date(cell), False
    except ValueError:
        words = column_name(cell)
        if found := _START_OF_YEAR.fullmatch(words):
            return first_day(int(found[1])), True
        if (found := _MONTH.fullmatch(words)) and (month := _MONTHS.get(found[1][:4]) or _MONTHS.get(found[1][:3])):
            return date(int(found[2]), month, 1), True
        raise


def read_cents(cell: str) -> int | None:
    """Euro cents of `1 234,50 €` or `1234.5`; None for an empty cell."""
    text = re.sub(r"[\s€]|EUR", "", cell, flags=re.IGNORECASE)
    if not text:
        return None
    if "," in text and "." in text:
        thousands = "." if text.rfind(",") > text.rfind(".") else ","
        text = text.replace(thousands, "")
    try:
        amount = Decimal(text.replace(",", "."))
        if not amount.is_finite() or abs(amount) > 10**12:
            raise InvalidOperation
        return int((amount * 100).to_integral_value())
    except InvalidOperation:
        raise ValueError(f"« {cell.strip()[:30]} » n'est pas un montant en euros.") from None


def restored_phone(text: str) -> str:
    """A telephone with the zero that a spreadsheet ate: nine digits are never a whole number in France."""
    return f"0{text}" if _SHORT_PHONE.fullmatch(text) else text


def read_choice(cell: str, choices: Iterable[Choice], default: Choice) -> Choice:
    """A member by its stored value or its French label, accents and case aside; the default for an empty
    cell."""
    wanted = column_name(cell)
    if not wanted:
        return default
    members = list(choices)
    for member in members:
        if wanted in (column_name(member.value), column_name(member.label)):
            return member
    labels = ", ".join(member.label for member in members)
    raise ValueError(f"« {cell.strip()[:30]} » n'est pas un choix possible : {labels}.")
