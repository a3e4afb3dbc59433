"""What is known of the paper that covered a loan before it was taken over here: nobody issues, numbers or sends it.

Law: circulaire n° 2001-221 (an agreement covers what is lent, whoever drew it up); E32 (a loan without a signed one is
allowed, and shows).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from materiel.domain.language.bounds import line

STEM_MAX = 32
"""A number is kept in forty characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OldPaper:
    """The former agreement of a loan taken over.

    `reference` is what was written on it, empty when nobody knows. `signed_on` is the day of its last signature, None
    when it never was signed, or does not exist. `signed_by` is who signed, as the old list says it. `ended_on` is the
    day when its depositary gave the items back: it has covered nothing since.
    """

    reference: Annotated[str, line(60)] = ""
    signed_on: date | None = None
    ends_on: date | None = None
    signed_by: Annotated[str, line(200)] = ""
    ended_on: date | None = None

    @property
    def covers(self) -> bool:
        """Signed, it covers what is out until the real agreement is signed by all, as a former agreement does."""
        return self.signed_on is not None and self.ended_on is None


def number_stem(reference: str, inventory_number: str) -> str:
    """What the number of a receipt begins with while no agreement has one: the old reference, else the first item.

    « Conv. 12/2023 » gives `Conv.-12-2023`, so that the number fits a file name.
    """
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", reference) if not unicodedata.combining(sign))
    stem = re.sub(r"[^0-9A-Za-z._-]+", "-", plain).strip("-")[:STEM_MAX]
    return stem or f"REPRIS-{inventory_number}"
