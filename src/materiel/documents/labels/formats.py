"""Sheets and rolls of labels as data: one TOML file each under `templates/labels/`, checked when loaded.

Lengths are millimetres, from the top left corner of the page, as on the packet of a sheet. A cell is the place of one
label; cells are numbered from 1, left to right then top to bottom. A roll is a page of one label, measured in whole
dots of its printer, because a thermal head prints a dot or nothing.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct, ValidationError, convert
from msgspec.structs import asdict

from materiel.errors import NotFound

MM_PER_INCH = 25.4
PT_PER_MM = 72 / MM_PER_INCH

SMALLEST_MODULE_MM = 0.45
"""Below it, a code printed in an office and photographed by a telephone is not read every time."""

LARGEST_CODE_MODULES = 37
"""Side of a version 3 code with its quiet zone: the largest code that a label carries."""

SMALLEST_CODE_MM = SMALLEST_MODULE_MM * LARGEST_CODE_MODULES

NARROWEST_TEXT_MM = 15.0
SMALLEST_TEXT_PT = 5.0
_ROUNDING_MM = 0.005
"""Far below what a printer shows, far above what adding up tenths loses."""


class InvalidFormat(ValueError):
    """A file of a format that would print unusable labels; says which file and what is wrong in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFormat:
    """One kind of label stock.

    `code_mm` is the side of the square that holds the largest code and its quiet zone; `padding_mm` the edge of a label
    where no text is printed; `number_pt` the largest body of the inventory number and `text_pt` that of the rest. On a
    roll `printer_dpi` and `dots_per_module` are set, and every length is whole dots. `inset_x_mm` and `inset_y_mm` are
    left blank on each side of a label whose sheet is cut edge to edge: office printers leave the edge of the page
    blank, and would eat the quiet zone of a code. `is_own`: a service measured it.
    """

    key: str
    title: str
    page_width_mm: float
    page_height_mm: float
    columns: int
    rows: int
    label_width_mm: float
    label_height_mm: float
    left_mm: float
    top_mm: float
    pitch_x_mm: float
    pitch_y_mm: float
    padding_mm: float
    code_mm: float
    number_pt: float
    text_pt: float
    inset_x_mm: float = 0.0
    inset_y_mm: float = 0.0
    printer_dpi: int | None = None
    dots_per_module: int | None = None
    is_own: bool = False

    @property
    def printed_width_mm(self) -> float:
        """Width of a label where it is printed."""
        return self.label_width_mm - 2 * self.inset_x_mm

    @property
    def printed_height_mm(self) -> float:
        """Height of a label where it is printed."""
        return self.label_height_mm - 2 * self.inset_y_mm

    @property
    def cells(self) -> int:
        """Number of labels on a page."""
        return self.columns * self.rows

    @property
    def is_roll(self) -> bool:
        """A roll of a thermal printer, one label a page."""
        return self.printer_dpi is not None

    def cell(self, number: int) -> tuple[float, float]:
        """Distances in mm, from the left and from the top of the page, of the top left corner printed of a cell.

        Args:
            number: from 1 to `cells`.
        """
        row, column = divmod(number - 1, self.columns)
        left_mm = self.left_mm + column * self.pitch_x_mm + self.inset_x_mm
        return left_mm, self.top_mm + row * self.pitch_y_mm + self.inset_y_mm

    def code_side_mm(self, modules: int) -> float:
        """Side of a code of `modules` modules, quiet zone included: `code_mm`, or whole dots on a roll."""
        if self.printer_dpi and self.dots_per_module:
            return modules * self.dots_per_module * MM_PER_INCH / self.printer_dpi
        return self.code_mm

    def snapped(self, length_mm: float) -> float:
        """The length brought to a whole number of the printer's dots; unchanged on paper."""
        if not self.printer_dpi:
            return length_mm
        return round(length_mm * self.printer_dpi / MM_PER_INCH) * MM_PER_INCH / self.printer_dpi


_Length = Annotated[float, Meta(gt=0, le=500)]
_Distance = Annotated[float, Meta(ge=0, le=500)]
_Body = Annotated[float, Meta(ge=SMALLEST_TEXT_PT, le=40)]
_Count = Annotated[int, Meta(ge=1, le=40)]


class _PaperFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file of a format of paper holds."""

    title: str
    page_width_mm: _Length
    page_height_mm: _Length
    columns: _Count
    rows: _Count
    label_width_mm: _Length
    label_height_mm: _Length
    left_mm: _Distance
    top_mm: _Distance
    pitch_x_mm: _Length
    pitch_y_mm: _Length
    padding_mm: _Length
    code_mm: _Length
    number_pt: _Body
    text_pt: _Body
    inset_x_mm: _Distance = 0.0
    inset_y_mm: _Distance = 0.0


class _RollFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file of a roll holds; whole dots a module, by the type of `dots_per_module`."""

    title: str
    label_width_mm: _Length
    label_height_mm: _Length
    padding_mm: _Length
    printer_dpi: Annotated[int, Meta(ge=100, le=1200)]
    dots_per_module: _Count
    number_pt: _Body
    text_pt: _Body


@lru_cache(maxsize=8)
def load_formats(folder: Path) -> dict[str, LabelFormat]:
    """Every format of a folder by its key, the file's name without suffix: first the paper, then the rolls.

    Raises:
        InvalidFormat: a file has an unknown, missing or impossible value.
    """
    formats = [_read(path) for path in folder.glob("*.toml")]
    formats.sort(key=lambda label_format: (label_format.is_roll, label_format.cells, label_format.key))
    return {label_format.key: label_format for label_format in formats}


def format_named(key: str, formats: dict[str, LabelFormat]) -> LabelFormat:
    """The format of that key.

    Raises:
        NotFound: `label.unknown_sheet`, with the known keys.
    """
    if key not in formats:
        raise NotFound(
            "label.unknown_sheet",
            f"Aucune planche d'étiquettes ne s'appelle «\u00a0{key[:40]}\u00a0». "
            f"Choisissez parmi\u00a0: {', '.join(formats)}.",
        )
    return formats[key]


def _read(path: Path) -> LabelFormat:
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        if "printer_dpi" in values:
            label_format = _roll(path.stem, convert(values, _RollFile))
        else:
            label_format = LabelFormat(key=path.stem, **asdict(convert(values, _PaperFile)))
    except ValidationError as error:
        raise InvalidFormat(f"{path.name}: {error}") from None
    if faults := faults_of(label_format):
        raise InvalidFormat(f"{path.name}: {' '.join(fault.detail for fault in faults)}")
    return label_format


def _roll(key: str, file: _RollFile) -> LabelFormat:
    """The format of a roll: its page is its label, cut to whole dots so that no module falls between two."""
    dot_mm = MM_PER_INCH / file.printer_dpi
    width_mm = int(file.label_width_mm / dot_mm) * dot_mm
    height_mm = int(file.label_height_mm / dot_mm) * dot_mm
    return LabelFormat(
        key=key,
        title=file.title,
        page_width_mm=width_mm,
        page_height_mm=height_mm,
        columns=1,
        rows=1,
        label_width_mm=width_mm,
        label_height_mm=height_mm,
        left_mm=0.0,
        top_mm=0.0,
        pitch_x_mm=width_mm,
        pitch_y_mm=height_mm,
        padding_mm=file.padding_mm,
        code_mm=LARGEST_CODE_MODULES * file.dots_per_module * dot_mm,
        number_pt=file.number_pt,
        text_pt=file.text_pt,
        printer_dpi=file.printer_dpi,
        dots_per_module=file.dots_per_module,
    )


@dataclass(frozen=True, slots=True)
class FormatFault:
    """What would spoil the labels of a format, said to whoever wrote it, and the measure that it comes from."""

    measure: str
    detail: str


def faults_of(label_format: LabelFormat) -> list[FormatFault]:
    """What would spoil the labels: cells out of the page or overlapping, modules or letters too small."""
    of = label_format
    right_mm = of.left_mm + (of.columns - 1) * of.pitch_x_mm + of.label_width_mm
    bottom_mm = of.top_mm + (of.rows - 1) * of.pitch_y_mm + of.label_height_mm
    text_mm = of.printed_width_mm - of.code_mm - of.padding_mm
    checks = [
        (
            right_mm > of.page_width_mm + _ROUNDING_MM,
            "columns",
            f"Les étiquettes dépassent le bord droit de la page : elles vont jusqu’à {_mm(right_mm)} pour une page de "
            f"{_mm(of.page_width_mm)}. Vérifiez le nombre de colonnes, la marge de gauche et le pas horizontal.",
        ),
        (
            bottom_mm > of.page_height_mm + _ROUNDING_MM,
            "rows",
            f"Les étiquettes dépassent le bas de la page : elles vont jusqu’à {_mm(bottom_mm)} pour une page de "
            f"{_mm(of.page_height_mm)}. Vérifiez le nombre de rangées, la marge du haut et le pas vertical.",
        ),
        (
            of.columns > 1 and of.pitch_x_mm < of.label_width_mm,
            "pitch_x_mm",
            "Les colonnes se recouvrent : le pas horizontal va du bord gauche d’une étiquette à celui de la suivante, "
            f"au moins {_mm(of.label_width_mm)}.",
        ),
        (
            of.rows > 1 and of.pitch_y_mm < of.label_height_mm,
            "pitch_y_mm",
            "Les rangées se recouvrent : le pas vertical va du haut d’une étiquette au haut de la suivante, "
            f"au moins {_mm(of.label_height_mm)}.",
        ),
        (of.code_mm > of.printed_height_mm, "label_height_mm", "Le code est plus haut que l’étiquette."),
        (
            of.code_mm < SMALLEST_CODE_MM,
            "label_height_mm",
            f"Le code serait trop petit pour être lu : il lui faut {_mm(SMALLEST_CODE_MM)} de côté, marges comprises.",
        ),
        (
            text_mm < NARROWEST_TEXT_MM - _ROUNDING_MM,
            "label_width_mm",
            f"Il ne reste pas de place pour le texte à côté du code : il lui faut {_mm(NARROWEST_TEXT_MM)}.",
        ),
        (of.number_pt <= of.text_pt, "number_pt", "Le numéro d’inventaire n’est pas en plus gros que le reste."),
    ]
    return [FormatFault(measure, detail) for present, measure, detail in checks if present]


def _mm(length_mm: float) -> str:
    return f"{round(length_mm, 2):g}".replace(".", ",") + "\u00a0mm"
