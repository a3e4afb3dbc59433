"""Bounds and shapes shared by the structs of the API: one-line texts, addresses, short types of path and query.

Control characters are refused everywhere: PostgreSQL stores no NUL and no document can print them.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from materiel.domain.address import Address

ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
FILLED_LINE = r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"
FILLED_TEXT = r"^[^\x00-\x08\x0b-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x08\x0b-\x1f\x7f]*$"


def filled(longest: int, example: str) -> Meta:
    """A line of 1 to `longest` characters, not only spaces."""
    return Meta(min_length=1, max_length=longest, pattern=FILLED_LINE, examples=[example])


def line(longest: int, example: str) -> Meta:
    """A line of at most `longest` characters, possibly empty."""
    return Meta(max_length=longest, pattern=ONE_LINE, examples=[example])


def filled_text(longest: int, example: str) -> Meta:
    """A text of several lines, not only spaces."""
    return Meta(min_length=1, max_length=longest, pattern=FILLED_TEXT, examples=[example])


Version = Annotated[
    int, Meta(ge=1, le=2**31 - 1, description="Version lue ; périmée, la réponse est 409.", examples=[1])
]
Uai = Annotated[
    str,
    Meta(pattern=r"^[0-9]{7}[A-Za-z]$", description="Code UAI de l'établissement.", examples=["0350001A"]),
]

EMAIL = r"^$|^[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,190}$"
Email = Annotated[str, Meta(max_length=254, pattern=EMAIL, examples=["parent@example.org"])]
Phone = Annotated[str, Meta(max_length=40, pattern=r"^[0-9+(). -]*$", examples=["02 99 00 00 00"])]


class AddressBody(Struct, forbid_unknown_fields=True):
    """Une adresse postale : une à quatre lignes, puis le code postal et la ville."""

    lines: Annotated[list[Annotated[str, filled(120, "12 rue des Lilas")]], Meta(min_length=1, max_length=4)]
    postcode: Annotated[str, Meta(pattern=r"^[0-9]{5}$", examples=["35000"])]
    city: Annotated[str, filled(100, "Rennes")]

    def value(self) -> Address:
        """The domain value."""
        return Address(lines=tuple(self.lines), postcode=self.postcode, city=self.city)


class AddressOut(Struct):
    """Une adresse telle qu'elle est enregistrée."""

    lines: list[str]
    postcode: str
    city: str

    @classmethod
    def of(cls, address: Address) -> AddressOut:
        """The wire form of an address."""
        return cls(lines=list(address.lines), postcode=address.postcode, city=address.city)
