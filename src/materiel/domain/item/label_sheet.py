"""Sheets of labels of a service's own: what it reads on the packet or measures, and the printer's fault."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, get_args, get_type_hints
from uuid import UUID

from materiel.domain.language.bounds import Bounds, filled
from materiel.domain.language.fields import Fields
from materiel.domain.language.labelled import Called

TITLE_MAX = 60
MOST_SHEETS = 50
"""Sheets that a service keeps."""

Page = Bounds(ge=50, le=450)
Count = Bounds(ge=1, le=30)
Side = Bounds(ge=10, le=450)
Margin = Bounds(ge=0, le=200)
Shift = Bounds(ge=-10, le=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetMeasures:
    """The measures of a sheet, in mm from the top left corner of its page, and how far to shift the printing."""

    page_width_mm: Annotated[float, Called("Largeur de la page", "la"), Page] = 210.0
    page_height_mm: Annotated[float, Called("Hauteur de la page", "la"), Page] = 297.0
    columns: Annotated[int, Called("Nombre de colonnes", "le"), Count]
    rows: Annotated[int, Called("Nombre de rangées", "le"), Count]
    label_width_mm: Annotated[float, Called("Largeur d'une étiquette", "la"), Side]
    label_height_mm: Annotated[float, Called("Hauteur d'une étiquette", "la"), Side]
    left_mm: Annotated[float, Called("Marge de gauche", "la"), Margin]
    top_mm: Annotated[float, Called("Marge du haut", "la"), Margin]
    pitch_x_mm: Annotated[float, Called("Pas horizontal", "le"), Side]
    pitch_y_mm: Annotated[float, Called("Pas vertical", "le"), Side]
    shift_right_mm: Annotated[float, Called("Décalage vers la droite", "le"), Shift] = 0.0
    shift_down_mm: Annotated[float, Called("Décalage vers le bas", "le"), Shift] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedSheet(SheetMeasures):
    """A sheet as a service describes it: its name and its measures."""

    title: Annotated[str, filled(TITLE_MAX), Called("Nom de la planche", "le")]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSheet:
    """A sheet that a service keeps."""

    id: UUID
    service_id: UUID
    title: str
    measures: SheetMeasures
    created_at: datetime
    version: int = 1

    @property
    def key(self) -> str:
        """What names it where a format is asked for."""
        return str(self.id)


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure as people read it: `label` « Marge de gauche », and its bounds; `is_count` when it is no length."""

    name: str
    label: str
    called: str
    lowest: int
    highest: int
    is_count: bool

    @property
    def wanted(self) -> str:
        """What to type, as a sentence."""
        unit = "" if self.is_count else " millimètres"
        kind = "un nombre entier " if self.is_count else ""
        lowest = str(self.lowest).replace("-", "−")
        return f"Indiquez {self.called} : {kind}entre {lowest} et {self.highest}{unit}."


def _measures() -> tuple[Measure, ...]:
    hints = get_type_hints(SheetMeasures, include_extras=True)
    found = []
    for each in fields(SheetMeasures):
        of, words, bounds = get_args(hints[each.name])
        found.append(
            Measure(each.name, words.label, words.in_sentence, bounds.ge or 0, bounds.le or 0, is_count=of is int)
        )
    return tuple(found)


MEASURES = _measures()
"""The measures of a sheet, in the order of its form."""


def check_measures(measures: SheetMeasures, faults: Fields) -> None:
    """Note the measures that no sheet has."""
    for each in MEASURES:
        if not each.lowest <= getattr(measures, each.name) <= each.highest:
            faults.add(f"/{each.name}", each.wanted)
