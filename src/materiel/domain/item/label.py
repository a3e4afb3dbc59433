"""Labels (« étiquettes ») stuck on items: the address that their QR code holds, and what a stranger may read.

Law: RGPD, art. 5 and 9. That a pupil holds such equipment tells of a disability, so a label names the
managing service, never the kind of object nor the scheme.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from materiel.domain.accounts.service import ManagingService
from materiel.domain.item.item import Item, ItemStatus
from materiel.domain.language.folding import fold
from materiel.domain.language.french import long_date
from materiel.domain.language.labelled import LabelledEnum
from materiel.errors import Conflict, NotFound, RuleBroken

LONGEST_ADDRESS = 47
"""Characters of a version 3-Q code in alphanumeric mode."""

_ADDRESS = re.compile(r"HTTPS?://[0-9A-Z$%*+./:-]+")

_REVEALING = re.compile(r"\b(?:handicap\w*|adapt\w*|invalid\w*|inclusi\w*|mpa|ash|mdph|cdaph|sdei|aesh|ulis)\b")


class LabelOrder(LabelledEnum):
    """In which order the labels of a print run come: whoever sticks them walks from place to place."""

    GIVEN = "given", "Dans l'ordre donné"
    NUMBER = "number", "Par numéro d'inventaire"
    SCHOOL = "school", "Par établissement"
    SHELF = "shelf", "Par lieu de rangement"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokedLabel:
    """A label that was replaced by another: its code, the item that bore it, and since when it is worth nothing."""

    code: str
    service_id: UUID
    item_id: UUID
    revoked_on: date


def in_label_order(chosen: Iterable[Item], order: LabelOrder, schools: Mapping[UUID, str]) -> list[Item]:
    """The items in the order of their labels; what is nowhere known comes last, and numbers settle the rest.

    Args:
        schools: what the school where an item is is called, by the item.
    """
    places: dict[LabelOrder, Callable[[Item], str]] = {
        LabelOrder.NUMBER: lambda _: "",
        LabelOrder.SCHOOL: lambda item: schools.get(item.id, ""),
        LabelOrder.SHELF: lambda item: item.storage_place,
    }
    if order is LabelOrder.GIVEN:
        return list(chosen)
    place = places[order]
    return sorted(chosen, key=lambda item: (not place(item), fold(place(item)), item.inventory_number))


def replaced(label: RevokedLabel, inventory_number: str) -> NotFound:
    """What a manager who reads a label that was replaced is told: `label.replaced`, with the item among its facts."""
    return NotFound(
        "label.replaced",
        f"Étiquette remplacée le {long_date(label.revoked_on)} : elle ne vaut plus. Elle était celle du matériel "
        f"{inventory_number}\u00a0: détruisez-la, et scannez la nouvelle.",
        item=str(label.item_id),
        inventory_number=inventory_number,
        replaced_on=label.revoked_on.isoformat(),
    )


def label_address(base_url: str, public_code: str) -> str:
    """The text of an item's code: `<BASE>/Q/<CODE>` in upper case, which a QR code packs twice as tight.

    Raises:
        RuleBroken: `label.address_too_long` or `label.address_not_printable`, both settled by another
            `MATERIEL_LABEL_URL`.
    """
    base = base_url.rstrip("/")
    address = f"{base}/Q/{public_code}".upper()
    if len(address) > LONGEST_ADDRESS:
        longest = LONGEST_ADDRESS - len("/Q/") - len(public_code)
        raise RuleBroken(
            "label.address_too_long",
            f"L'adresse des étiquettes, «\u00a0{base[:80]}\u00a0», compte {len(base)} caractères\u00a0; "
            f"une étiquette en admet {longest}. Choisissez une adresse plus courte dans le réglage "
            "MATERIEL_LABEL_URL.",
        )
    if not _ADDRESS.fullmatch(address):
        raise RuleBroken(
            "label.address_not_printable",
            f"L'adresse des étiquettes, «\u00a0{base}\u00a0», contient un caractère qui n'entre pas dans le code "
            "d'une étiquette. N'employez que des lettres sans accent, des chiffres, des points et des tirets "
            "dans le réglage MATERIEL_LABEL_URL.",
        )
    return address


def name_for_strangers(service: ManagingService) -> str:
    """The service's name as anyone may read it: its kind when the name itself tells what its objects are for.

    « Rectorat, pôle matériel adapté » becomes « Rectorat ».
    """
    return service.kind.label if _REVEALING.search(fold(service.name)) else service.name


def check_has_a_label(items: Sequence[Item]) -> None:
    """Refuse to print a label for what has passed to another service: the item bears its own, which followed.

    Raises:
        Conflict: `label.transferred`.
    """
    for item in items:
        if item.status is ItemStatus.TRANSFERRED:
            raise Conflict(
                "label.transferred",
                f"Le matériel {item.inventory_number} est passé à un autre service avec son étiquette : lui seul "
                "l'imprime encore.",
            )
