"""Equipment items (« matériel pédagogique adapté »): the inventoried object, its states and its condition."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from materiel.domain.labelled import LabelledEnum


class ItemStatus(LabelledEnum):
    """Place of an item in its life cycle; the last three are terminal."""

    IN_STOCK = "in_stock", "En réserve"
    RESERVED = "reserved", "Réservé"
    ON_LOAN = "on_loan", "Prêté"
    DEPOSITED = "deposited", "Déposé"
    DUE_BACK = "due_back", "Retour attendu"
    IN_REPAIR = "in_repair", "En réparation"
    LOST = "lost", "Perdu"
    STOLEN = "stolen", "Volé"
    WRITTEN_OFF = "written_off", "Réformé"


class Condition(LabelledEnum):
    """State of an item seen at hand-over or return (« état »)."""

    NEW = "new", "Neuf"
    GOOD = "good", "Bon état"
    WORN = "worn", "Usure normale"
    DAMAGED = "damaged", "Abîmé"
    OUT_OF_ORDER = "out_of_order", "Hors d'usage"


class Ownership(LabelledEnum):
    """A rented item is not State property and its documents must not say so (E28)."""

    STATE = "state", "Propriété de l'État"
    RENTED = "rented", "Loué"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One inventoried object (« matériel »). `public_code` is what its QR label carries; money in euro cents."""

    id: UUID
    service_id: UUID
    inventory_number: str
    designation: str
    category: str = ""
    brand: str = ""
    model: str = ""
    serial_number: str = ""
    accessories: tuple[str, ...] = ()
    ownership: Ownership = Ownership.STATE
    lessor: str = ""
    lease_ends_on: date | None = None
    acquired_on: date | None = None
    purchase_price_cents: int | None = None
    funding_service: str = ""
    status: ItemStatus = ItemStatus.IN_STOCK
    public_code: str
    version: int = 1
