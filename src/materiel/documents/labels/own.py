"""The format of a sheet that a service measured: what is printed on a label follows from its size."""

from __future__ import annotations

from materiel.documents.labels.formats import NARROWEST_TEXT_MM, SMALLEST_TEXT_PT, LabelFormat
from materiel.domain.item.label_sheet import SheetMeasures

BLANK_EDGE_MM = 4.0
"""What office printers leave blank on each side of a page."""

LARGEST_CODE_MM = 35.0
SMALL_LABEL_MM = 25.0
"""A lower label gives all its height to its code."""

_NARROW_MM = 60.0


def own_format(key: str, title: str, measures: SheetMeasures) -> LabelFormat:
    """How labels are laid on the sheet. It may have faults: `formats.faults_of` says which.

    A label that touches what the printer leaves blank is printed inside it, as all those of its sheet.
    """
    of = measures
    right_mm = of.page_width_mm - (of.left_mm + (of.columns - 1) * of.pitch_x_mm + of.label_width_mm)
    bottom_mm = of.page_height_mm - (of.top_mm + (of.rows - 1) * of.pitch_y_mm + of.label_height_mm)
    inset_x_mm, inset_y_mm = _inset(of.left_mm, right_mm), _inset(of.top_mm, bottom_mm)
    width_mm, height_mm = of.label_width_mm - 2 * inset_x_mm, of.label_height_mm - 2 * inset_y_mm
    padding_mm = 1.2 if width_mm < _NARROW_MM else 1.5
    by_height_mm = height_mm - 1.0 if height_mm < SMALL_LABEL_MM else 0.87 * height_mm
    code_mm = round(max(0.0, min(by_height_mm, width_mm - padding_mm - NARROWEST_TEXT_MM, LARGEST_CODE_MM)), 2)
    text_pt = _half(min(height_mm / 4.5, (width_mm - code_mm - padding_mm) / 3.5, 10.0))
    return LabelFormat(
        key=key,
        title=title,
        page_width_mm=of.page_width_mm,
        page_height_mm=of.page_height_mm,
        columns=of.columns,
        rows=of.rows,
        label_width_mm=of.label_width_mm,
        label_height_mm=of.label_height_mm,
        left_mm=of.left_mm,
        top_mm=of.top_mm,
        pitch_x_mm=of.pitch_x_mm,
        pitch_y_mm=of.pitch_y_mm,
        padding_mm=padding_mm,
        code_mm=code_mm,
        number_pt=2 * text_pt,
        text_pt=text_pt,
        inset_x_mm=inset_x_mm,
        inset_y_mm=inset_y_mm,
        is_own=True,
    )


def _inset(before_mm: float, after_mm: float) -> float:
    """What is left blank on each side of a label, from the margins of its sheet; one that overflows is at fault."""
    if after_mm < -0.1:
        return 0.0
    return max(0.0, BLANK_EDGE_MM - min(before_mm, max(after_mm, 0.0)))


def _half(points: float) -> float:
    """A body brought down to half a point, never too small to be read."""
    return max(SMALLEST_TEXT_PT, int(2 * points) / 2)
