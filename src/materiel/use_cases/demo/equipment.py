"""Sixty items of the demonstration: the kinds of equipment that services lend."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from materiel.domain.item.item import Ownership
from materiel.use_cases.item.item import RegisterItem

SPARES = 4
"""Items of each model, numbered from 1."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the catalogue; `mark` is the part of the inventory number that recalls it."""

    mark: str
    designation: str
    category: str
    brand: str
    model: str
    price_cents: int
    accessories: tuple[str, ...] = ()


MODELS = (
    Model(
        "ORD", "Ordinateur portable 14 pouces", "Informatique", "Exemplo", "Carnet 14", 74900, ("Chargeur", "Housse")
    ),
    Model("TAB", "Tablette 11 pouces", "Informatique", "Exemplo", "Ardoise 11", 46900, ("Chargeur", "Étui", "Stylet")),
    Model("CLA", "Clavier agrandi à contrastes", "Saisie", "Grandes Touches", "GT-2", 8900, ("Guide-doigts",)),
    Model("SCA", "Souris scanner", "Saisie", "Lisible", "SL-100", 9900),
    Model("BRA", "Plage braille 32 cellules", "Déficience visuelle", "Pointillé", "P32", 389000, ("Câble", "Sacoche")),
    Model(
        "LOU", "Loupe électronique portative", "Déficience visuelle", "Grossissant", "G5", 59900, ("Chargeur", "Étui")
    ),
    Model("TEL", "Téléagrandisseur de table", "Déficience visuelle", "Grossissant", "T24", 245000, ("Lampe",)),
    Model(
        "EMT",
        "Émetteur haute fréquence",
        "Déficience auditive",
        "Onde Claire",
        "E1",
        99000,
        ("Chargeur", "Micro-cravate"),
    ),
    Model(
        "REC", "Récepteurs haute fréquence, la paire", "Déficience auditive", "Onde Claire", "R2", 118000, ("Sabots",)
    ),
    Model("BOU", "Boucle magnétique de table", "Déficience auditive", "Onde Claire", "B3", 29900, ("Alimentation",)),
    Model("TRA", "Trackball", "Déficience motrice", "Pouce", "TB-4", 6900),
    Model("BRS", "Bras articulé pour tablette", "Déficience motrice", "Pouce", "Bras 2", 21900, ("Pince",)),
    Model("COM", "Contacteur et interface", "Déficience motrice", "Pouce", "C1", 13900, ("Interface USB",)),
    Model("LOG", "Logiciel de retour vocal, licence", "Logiciel", "Voix Haute", "VH 9", 17900),
    Model("IMP", "Imprimante portative", "Informatique", "Exemplo", "Feuille", 22900, ("Chargeur",)),
)


def inventory_number(mark: str, rank: int) -> str:
    """The number on the label: `DEMO-ORD-001`."""
    return f"DEMO-{mark}-{rank:03}"


def items(today: date) -> list[RegisterItem]:
    """Four items of each of the fifteen models, bought in the last two years; one is rented."""
    registered = []
    for position, model in enumerate(MODELS):
        for rank in range(1, SPARES + 1):
            rented = model.mark == "IMP" and rank == 1
            registered.append(
                RegisterItem(
                    inventory_number=inventory_number(model.mark, rank),
                    designation=model.designation,
                    category=model.category,
                    brand=model.brand,
                    model=model.model,
                    serial_number=f"{model.mark}{position:02}{rank:04}",
                    accessories=model.accessories,
                    ownership=Ownership.RENTED if rented else Ownership.STATE,
                    lessor="Location Fictive SARL" if rented else "",
                    lease_ends_on=today + timedelta(days=300) if rented else None,
                    acquired_on=today - timedelta(days=90 + 40 * position + rank),
                    purchase_price_cents=model.price_cents,
                    funding_service="Rectorat de Rennes" if position % 3 == 0 else "",
                )
            )
    return registered
