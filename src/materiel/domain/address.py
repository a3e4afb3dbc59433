"""A postal address, in France or abroad."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from materiel.domain.language.bounds import filled, several

Lines = Annotated[tuple[Annotated[str, filled(120)], ...], several(4, least=1)]
City = Annotated[str, filled(100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; `lines` holds one to four lines without the postcode and the city.

    `country` is the French name of a foreign country, empty in France; the postcode is then the country's own.
    """

    lines: Lines
    postcode: str
    city: City
    country: str = ""

    @property
    def place(self) -> tuple[str, ...]:
        """The last lines: postcode and city, then the country in capitals, alone on its line."""
        return tuple(line for line in (f"{self.postcode} {self.city}".strip(), self.country.upper()) if line)
