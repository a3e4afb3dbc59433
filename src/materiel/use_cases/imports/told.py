"""What a report says of one cell, in words: what a known item had and will have, and which cell a refusal is about."""

from __future__ import annotations

from datetime import date
from typing import Any

from materiel.domain.item.item import FIELDS, Item
from materiel.domain.language.french import long_date
from materiel.domain.language.labelled import LabelledEnum
from materiel.errors import RuleBroken
from materiel.exchange.item import HEADINGS, ItemLine
from materiel.exchange.pupil import PupilLine, heading_of, school_cell
from materiel.exchange.report import CellChange

_PUPIL_COLUMNS = {
    "last_name": "nom",
    "first_name": "prenom",
    "birth_date": "date_de_naissance",
    "school": "uai",
}


def corrected_cells(line: int, known: Item, item: Item) -> list[CellChange]:
    """The fields of a known item that a line changes, in the order in which they are read."""
    return [
        CellChange(
            line=line,
            key=known.inventory_number,
            subject=str(known.id),
            field=each.label,
            old=_in_words(each.name, getattr(known, each.name)),
            new=_in_words(each.name, getattr(item, each.name)),
        )
        for each in FIELDS
        if getattr(known, each.name) != getattr(item, each.name)
    ]


def cell_of_item(fault: RuleBroken, line: ItemLine) -> dict[str, str]:
    """The column and the cell that a refusal is about, when it is about one alone."""
    name = _pointed(fault)
    return {"column": HEADINGS[name], "cell": line.cells.get(name, "")} if name in HEADINGS else {}


def cell_of_pupil(fault: RuleBroken, line: PupilLine) -> dict[str, str]:
    """The column and the cell that a refusal is about, when it is about one alone."""
    column = _PUPIL_COLUMNS.get(_pointed(fault))
    if column is None:
        return {}
    if column == "uai":
        return school_cell(line)
    if column in ("nom", "prenom") and line.written_name:
        return {"column": heading_of("eleve"), "cell": line.written_name}
    cells = {
        "nom": line.last_name,
        "prenom": line.first_name,
        "date_de_naissance": f"{line.birth_date:%d/%m/%Y}",
    }
    return {"column": heading_of(column), "cell": cells[column]}


def _pointed(fault: RuleBroken) -> str:
    """The name of the only field that a refusal is about; none when it is about several."""
    names = {each.pointer.strip("/").partition("/")[0] for each in fault.errors}
    return next(iter(names)) if len(names) == 1 else ""


def _in_words(name: str, value: Any) -> str:
    match value:
        case None:
            return ""
        case LabelledEnum():
            return value.label
        case date():
            return long_date(value)
        case tuple():
            return ", ".join(value)
        case int() if name.endswith("_cents"):
            units = f"{value // 100:,}".replace(",", "\u202f")
            return f"{units},{value % 100:02}\u00a0€"
    return str(value)
