"""How long a text, how many a list, how great a number may be: said once, beside the field of the value or the command.

A bound is written `Annotated[str, line(200)]`. The rules do not check it: whoever lets something in does, as the API
(`web.api.body`). Control characters are refused everywhere: PostgreSQL stores no NUL and no document can print them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
FILLED_LINE = r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"
FILLED_TEXT = r"^[^\x00-\x08\x0b-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x08\x0b-\x1f\x7f]*$"
EMAIL_FORM = r"^$|^[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,190}$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The least and the greatest length of a text or a list, the form of a text, the least and greatest number."""

    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    ge: int | None = None
    le: int | None = None


def filled(longest: int) -> Bounds:
    """A line of 1 to `longest` characters, not only spaces."""
    return Bounds(min_length=1, max_length=longest, pattern=FILLED_LINE)


def line(longest: int) -> Bounds:
    """A line of at most `longest` characters, possibly empty."""
    return Bounds(max_length=longest, pattern=ONE_LINE)


def filled_text(longest: int) -> Bounds:
    """A text of several lines, not only spaces."""
    return Bounds(min_length=1, max_length=longest, pattern=FILLED_TEXT)


def several(most: int, *, least: int | None = None) -> Bounds:
    """A list of at most `most`."""
    return Bounds(min_length=least, max_length=most)


VERSION = Bounds(ge=1, le=2**31 - 1)
UAI = Bounds(pattern=r"^[0-9]{7}[A-Za-z]$")
CENTS = Bounds(ge=0, le=10_000_000_00)
ACADEMIE = Bounds(pattern=r"^([0-9]{2})?$")

Version = Annotated[int, VERSION]
Uai = Annotated[str, UAI]
Email = Annotated[str, Bounds(max_length=254, pattern=EMAIL_FORM)]
Phone = Annotated[str, Bounds(max_length=40, pattern=r"^[0-9+(). -]*$")]
Cents = Annotated[int, CENTS]
Academie = Annotated[str, ACADEMIE]
Accessories = Annotated[tuple[Annotated[str, filled(100)], ...], several(30)]
