"""How the inventory (« parc ») is looked through: what is asked, and in which order."""

from __future__ import annotations

from dataclasses import dataclass

from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import ItemStatus
from materiel.domain.language.order import Order

BY_NUMBER = Order("numero")
NEWEST, OLDEST = Order("ajout", descending=True), Order("ajout")


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFilter:
    """What is asked of the inventory; an empty field asks nothing.

    `q`: words that must all be in the number, designation, category, brand, model or serial number.
    `funding_service`: who paid for it, which may not be who manages it (E17).
    `never_labelled`: in the stock, and the label of its code was never printed.
    `school`: words of the name, commune or UAI of the schools where the items are.
    """

    q: str = ""
    status: ItemStatus | None = None
    category: str = ""
    family: ItemFamily | None = None
    funding_service: str = ""
    school: str = ""
    never_labelled: bool = False
    order: Order = BY_NUMBER

    @property
    def is_empty(self) -> bool:
        """Whether every item is asked for."""
        asked = (self.q, self.status, self.category, self.family, self.funding_service, self.school)
        return not (any(asked) or self.never_labelled)
