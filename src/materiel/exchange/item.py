"""The table of items, in and out: the same columns both ways, so that an export can be corrected and
imported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import FIELDS, TEXTS, Item, ItemDescription, Ownership
from materiel.domain.language.identifiers import is_placeholder
from materiel.exchange.cells import read_cents, read_choice, read_date, read_text
from materiel.exchange.guessing import CellContent, guesses
from materiel.exchange.table import (
    BadCell,
    BadLine,
    CellReader,
    CellSetAside,
    Columns,
    TableLayout,
    TableLine,
    column_name,
)
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
    # As they are shortened in offices.
    **dict.fromkeys(("n_inv", "no_inv", "num_inv", "numero_inv", "inv", "code_inventaire"), "inventory_number"),
    **dict.fromkeys(("type_de_materiel", "type_materiel", "nature_du_materiel"), "designation"),
    **dict.fromkeys(("equipement", "article"), "designation"),
    **dict.fromkeys(("ref_inventaire", "reference_inventaire", "etiquette"), "inventory_number"),
    **dict.fromkeys(("serie", "num_serie", "numero_de_serie_constructeur", "serial", "serial_no"), "serial_number"),
    **dict.fromkeys(("achat", "date_de_l_achat", "purchase_date", "purchased"), "acquired_on"),
    **dict.fromkeys(("cout", "montant", "valeur", "purchase_cost", "cost", "montant_ttc"), "purchase_price_cents"),
    **dict.fromkeys(("financement", "finance_par", "financeur"), "funding_service"),
    **dict.fromkeys(("lieu", "localisation", "emplacement", "rangement", "armoire", "location"), "storage_place"),
    **dict.fromkeys(("garantie", "fin_garantie", "garantie_jusqu_au", "warranty_expiration"), "warranty_ends_on"),
    # GEMAH has no number of an inventory, and dates each step of a purchase.
    **dict.fromkeys(("date_facture", "date_de_facture", "date_service_fait", "date_de_service_fait"), "acquired_on"),
    **dict.fromkeys(("observation", "remarque", "remarques", "commentaire", "commentaires", "notes"), "note"),
    # GLPI, Snipe-IT, OCS Inventory: what they call the thing comes last, for they also have its model.
    **dict.fromkeys(("asset_tag", "assettag", "tag", "numero_d_inventaire_glpi"), "inventory_number"),
    **dict.fromkeys(("manufacturer", "marque_constructeur"), "brand"),
    **dict.fromkeys(("model_name", "modele_du_materiel"), "model"),
    **dict.fromkeys(("asset_name", "type", "nom", "name", "machine", "nom_machine"), "designation"),
}
ACCESSORY_SEPARATOR = "|"
"""Between the accessories of one cell; a line end inside the cell does too."""

NEEDED = ("inventory_number", "designation")


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine(ItemDescription):
    """One line of the table, unchecked.

    `said`: the fields that the line fills; whatever is known of the others stays. `family_cell`: what the file says
    under « Famille », which may be none of the six. `set_aside`: cells that say nothing of the item; `cells`: as they
    are written, those of the fields that the line fills.
    """

    line: int
    said: frozenset[str]
    family_cell: str
    set_aside: tuple[CellSetAside, ...] = ()
    cells: Mapping[str, str] = field(default_factory=dict)


def item_cells(item: Item, names: Iterable[str] = HEADINGS) -> list[Cell]:
    """The cells of an item, of the fields of these names."""
    written: dict[str, Cell] = {
        "accessories": f" {ACCESSORY_SEPARATOR} ".join(item.accessories),
        "missing_accessories": f" {ACCESSORY_SEPARATOR} ".join(item.missing_accessories),
        "purchase_price_cents": None if item.purchase_price_cents is None else Euros(item.purchase_price_cents),
    }
    return [written[name] if name in written else getattr(item, name) for name in names]


def read_family(cell: str) -> ItemFamily | None:
    """One of the six families by its stored value or its French word, accents and case aside; None for another text."""
    return _FAMILIES.get(column_name(cell)) if cell else None


_FAMILIES = {column_name(word): each for each in ItemFamily for word in (each.label, each.value)}


def _read(line: TableLine) -> ItemLine | BadLine:
    try:
        read: dict[str, Any] = {name: line.read(name, read_text) for name in NEEDED}
    except BadCell as fault:
        number, column = line.get("inventory_number"), HEADINGS[fault.column]
        return BadLine(line.number, "item.unreadable", str(fault), key=number, column=column, cell=fault.cell)
    cells = CellReader(line)
    for name, reader in _READERS.items():
        # A field that the line does not fill is as in any description that does not tell it.
        if name in line.cells and (value := cells.read(name, reader, None)) not in (None, "", ()):
            read[name] = value
    if family := read_family(line.get("family")):
        read["family"] = family
    if state := line.get("status"):
        cells.leave("status", state, f"« {state[:30]} » : l'état suit ce que vit le matériel, et ne s'importe pas.")
    said = frozenset(name for name, value in read.items() if value != "")
    return ItemLine(
        line=line.number,
        said=said,
        family_cell=line.get("family").strip(),
        set_aside=tuple(cells.set_aside),
        cells={name: line.get(name) for name in said},
        **read,
    )


def _serial(cell: str) -> str:
    text = read_text(cell)
    if text and is_placeholder(text):
        raise ValueError(f"« {text[:30]} » n'est pas un numéro de série.")
    return text


def _accessories(cell: str) -> tuple[str, ...]:
    parts = cell.replace("\n", ACCESSORY_SEPARATOR).split(ACCESSORY_SEPARATOR)
    return tuple(part for each in parts if (part := read_text(each)))


def _ownership(cell: str) -> Ownership:
    return read_choice(cell, choices=Ownership, default=Ownership.STATE)


_READERS: dict[str, Callable[[str], Any]] = {
    **{each.name: read_text for each in TEXTS if each.name not in (*NEEDED, "serial_number")},
    "serial_number": _serial,
    "accessories": _accessories,
    "ownership": _ownership,
    "lease_ends_on": read_date,
    "acquired_on": read_date,
    "warranty_ends_on": read_date,
    "purchase_price_cents": read_cents,
}
"""What reads each cell that a line may do without."""


LAYOUT = TableLayout(
    Columns(
        required=NEEDED,
        aliases=ALIASES,
        headings=HEADINGS,
        read=frozenset(HEADINGS),
        guess=partial(
            guesses,
            fields={
                CellContent.NUMBER: "inventory_number",
                CellContent.DATE: "acquired_on",
                CellContent.AMOUNT: "purchase_price_cents",
            },
        ),
    ),
    _read,
)
"""The table of items: the number and the designation are required."""

CHOICES = {name: heading for name, heading in HEADINGS.items() if name not in WRITTEN_ONLY}
"""What a column may be said to be, with its heading."""

MODEL = tuple(heading for name, heading in HEADINGS.items() if name not in WRITTEN_ONLY)
"""The headings of a table to be filled."""
