"""The table of items, in and out: the same columns both ways, so that an export can be corrected and
imported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import Item, Ownership
from materiel.exchange.cells import read_cents, read_choice, read_date, read_text
from materiel.exchange.table import BadLine, Columns, TableLayout, TableLine, column_name
from materiel.exchange.writing import Cell, Euros

HEADINGS = {
    "inventory_number": "Numéro d'inventaire",
    "designation": "Désignation",
    "category": "Catégorie",
    "family": "Famille",
    "brand": "Marque",
    "model": "Modèle",
    "serial_number": "Numéro de série",
    "accessories": "Accessoires",
    "missing_accessories": "Accessoires manquants",
    "ownership": "Propriété",
    "lessor": "Loueur",
    "lease_ends_on": "Fin de location",
    "acquired_on": "Date d'acquisition",
    "purchase_price_cents": "Prix d'achat",
    "funding_service": "Service financeur",
    "status": "État",
}
"""The heading of each field; what follows from the life of the item is written and not read."""

WRITTEN_ONLY = frozenset({"missing_accessories", "status"})

ALIASES = {column_name(heading): name for name, heading in HEADINGS.items()} | {
    "n_inventaire": "inventory_number",
    "n_d_inventaire": "inventory_number",
    "no_inventaire": "inventory_number",
    "num_inventaire": "inventory_number",
    "inventaire": "inventory_number",
    "numero_inventaire": "inventory_number",
    "numero_de_l_inventaire": "inventory_number",
    "libelle": "designation",
    "materiel": "designation",
    "fabricant": "brand",
    "constructeur": "brand",
    "n_de_serie": "serial_number",
    "n_serie": "serial_number",
    "no_de_serie": "serial_number",
    "numero_serie": "serial_number",
    "s_n": "serial_number",
    "acquis_le": "acquired_on",
    "achete_le": "acquired_on",
    "date_achat": "acquired_on",
    "date_d_achat": "acquired_on",
    "date_acquisition": "acquired_on",
    "prix": "purchase_price_cents",
    "prix_achat": "purchase_price_cents",
    "prix_ttc": "purchase_price_cents",
    "prix_d_achat_ttc": "purchase_price_cents",
}
ACCESSORY_SEPARATOR = "|"
"""Between the accessories of one cell; a line end inside the cell does too."""

_TEXTS = ("inventory_number", "designation", "category", "brand", "model", "serial_number", "lessor")


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine:
    """One line of the table, unchecked. None: the file says nothing, whatever is known stays.

    `family_cell` is what the file says under « Famille », which may be none of the six.
    """

    line: int
    inventory_number: str
    designation: str
    category: str | None
    family: ItemFamily | None
    family_cell: str
    brand: str | None
    model: str | None
    serial_number: str | None
    accessories: tuple[str, ...] | None
    ownership: Ownership | None
    lessor: str | None
    lease_ends_on: date | None
    acquired_on: date | None
    purchase_price_cents: int | None
    funding_service: str | None


def item_cells(item: Item) -> list[Cell]:
    """The cells of an item, in the order of `HEADINGS`."""
    written: dict[str, Cell] = {
        "accessories": f" {ACCESSORY_SEPARATOR} ".join(item.accessories),
        "missing_accessories": f" {ACCESSORY_SEPARATOR} ".join(item.missing_accessories),
        "purchase_price_cents": None if item.purchase_price_cents is None else Euros(item.purchase_price_cents),
    }
    return [written[name] if name in written else getattr(item, name) for name in HEADINGS]


def read_family(cell: str) -> ItemFamily | None:
    """One of the six families by its stored value or its French word, accents and case aside; None for another text."""
    wanted = column_name(cell)
    return next((each for each in ItemFamily if wanted in (column_name(each.value), column_name(each.label))), None)


def _read(line: TableLine) -> ItemLine | BadLine:
    number = line.get("inventory_number")
    try:
        texts = {name: read_text(line.get(name)) for name in (*_TEXTS, "funding_service")}
        accessories = tuple(
            part
            for each in line.get("accessories").replace("\n", ACCESSORY_SEPARATOR).split(ACCESSORY_SEPARATOR)
            if (part := read_text(each))
        )
        choose = partial(read_choice, choices=Ownership, default=Ownership.STATE)
        return ItemLine(
            line=line.number,
            inventory_number=texts["inventory_number"],
            designation=texts["designation"],
            category=texts["category"] or None,
            family=read_family(line.get("family")),
            family_cell=line.get("family").strip(),
            brand=texts["brand"] or None,
            model=texts["model"] or None,
            serial_number=texts["serial_number"] or None,
            accessories=accessories or None,
            ownership=choose(line.get("ownership")) if line.get("ownership") else None,
            lessor=texts["lessor"] or None,
            lease_ends_on=read_date(line.get("lease_ends_on")),
            acquired_on=read_date(line.get("acquired_on")),
            purchase_price_cents=read_cents(line.get("purchase_price_cents")),
            funding_service=texts["funding_service"] or None,
        )
    except ValueError as fault:
        return BadLine(line.number, "item.unreadable", str(fault), key=number)


LAYOUT = TableLayout(
    Columns(required=("inventory_number", "designation"), aliases=ALIASES, headings=HEADINGS, read=frozenset(HEADINGS)),
    _read,
)
"""The table of items: the number and the designation are required."""

MODEL = tuple(heading for name, heading in HEADINGS.items() if name not in WRITTEN_ONLY)
"""The headings of a table to be filled."""
