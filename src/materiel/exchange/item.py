"""The table of items, in and out: the same columns both ways, so that an export can be corrected and
imported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import FIELDS, TEXTS, Item, ItemDescription, Ownership
from materiel.exchange.cells import read_cents, read_choice, read_date, read_text
from materiel.exchange.table import BadLine, Columns, TableLayout, TableLine, column_name
from materiel.exchange.writing import Cell, Euros

HEADINGS = {each.name: each.label for each in FIELDS}
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

_REQUIRED = ("inventory_number", "designation")
_TEXTS = ("inventory_number", *(each.name for each in TEXTS))


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine(ItemDescription):
    """One line of the table, unchecked.

    `said`: the fields that the line fills; whatever is known of the others stays. `family_cell`: what the file says
    under « Famille », which may be none of the six.
    """

    line: int
    said: frozenset[str]
    family_cell: str


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
        read: dict[str, Any] = {name: read_text(line.get(name)) for name in _TEXTS}
        read["accessories"] = tuple(
            part
            for each in line.get("accessories").replace("\n", ACCESSORY_SEPARATOR).split(ACCESSORY_SEPARATOR)
            if (part := read_text(each))
        )
        read["family"] = read_family(line.get("family"))
        if line.get("ownership"):
            read["ownership"] = read_choice(line.get("ownership"), choices=Ownership, default=Ownership.STATE)
        read |= {name: read_date(line.get(name)) for name in ("lease_ends_on", "acquired_on")}
        read["purchase_price_cents"] = read_cents(line.get("purchase_price_cents"))
        said = frozenset(name for name, value in read.items() if value not in (None, "", ()))
        return ItemLine(line=line.number, said=said, family_cell=line.get("family").strip(), **read)
    except ValueError as fault:
        return BadLine(line.number, "item.unreadable", str(fault), key=number)


LAYOUT = TableLayout(
    Columns(required=_REQUIRED, aliases=ALIASES, headings=HEADINGS, read=frozenset(HEADINGS)),
    _read,
)
"""The table of items: the number and the designation are required."""

MODEL = tuple(heading for name, heading in HEADINGS.items() if name not in WRITTEN_ONLY)
"""The headings of a table to be filled."""
