"""The shapes that several routes read and answer."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from materiel.domain.address import Address
from materiel.domain.language.bounds import Bounds
from materiel.web.api.body import CommandBody


class AddressBody(CommandBody[Address], given=("country",)):
    """Une adresse postale : une à quatre lignes, puis le code postal et la ville."""

    postcode: Annotated[str, Bounds(pattern=r"^[0-9]{5}$")]


class AddressOut(Struct):
    """Une adresse telle qu'elle est enregistrée."""

    lines: list[str]
    postcode: str
    city: str

    @classmethod
    def of(cls, address: Address) -> AddressOut:
        """The wire form of an address."""
        return cls(lines=list(address.lines), postcode=address.postcode, city=address.city)
