"""The calibration page (« page de calage ») of a format: what to print once per printer, and how to measure.

Printed on plain paper and held against a blank sheet of labels, it shows by how much the printer misses.
"""

from __future__ import annotations

from materiel.documents.labels.canvas import LabelCanvas
from materiel.documents.labels.formats import PT_PER_MM, LabelFormat
from materiel.documents.labels.labels import LEADING, NO_OFFSET, Offset, check_offset

_RULER_MM = 100
_CROSS_MM = 2.0
_ROLL_MARGIN_MM = 2.0
_INSTRUCTIONS = (
    "1. Imprimez cette page sur du papier ordinaire à 100\u00a0% (taille réelle), sans ajuster à la page.",
    f"2. La règle doit mesurer exactement {_RULER_MM}\u00a0mm. Sinon, l'imprimante change l'échelle\u00a0: "
    "corrigez ce réglage d'abord.",
    "3. Posez la page sur une planche d'étiquettes vierge, bord à bord, devant une fenêtre.",
    "4. Cadres trop à gauche de 1,5\u00a0mm\u00a0: décalage horizontal 1,5. Trop à droite\u00a0: −1,5.",
    "5. Cadres trop hauts de 1\u00a0mm\u00a0: décalage vertical 1. Trop bas\u00a0: −1.",
    "6. Imprimez de nouveau cette page avec ces décalages\u00a0: les cadres tombent sur les étiquettes.",
)


def calibration_pdf(label_format: LabelFormat, *, offset: Offset = NO_OFFSET) -> bytes:
    """One page: the outline and number of each cell, crosses at its corners, rulers, and how to measure.

    Raises:
        RuleBroken: `label.offset`.
    """
    check_offset(offset)
    canvas = LabelCanvas("Page de calage des étiquettes", label_format.page_width_mm, label_format.page_height_mm)
    canvas.add("0 g 0 G 0.3 w")
    for number in range(1, label_format.cells + 1):
        _draw_cell(canvas, label_format, number, offset)
    if label_format.is_roll:
        _draw_roll_help(canvas, label_format, offset)
    else:
        _draw_paper_help(canvas, label_format, offset)
    return canvas.to_bytes()


def _draw_cell(canvas: LabelCanvas, label_format: LabelFormat, number: int, offset: Offset) -> None:
    # A roll has no page to hold against: its outline is inside the label, where margins can be measured.
    inset_mm = _ROLL_MARGIN_MM if label_format.is_roll else 0.0
    left_mm, top_mm = label_format.cell(number)
    left_mm, top_mm = left_mm + offset.right_mm + inset_mm, top_mm + offset.down_mm + inset_mm
    width = (label_format.printed_width_mm - 2 * inset_mm) * PT_PER_MM
    height = (label_format.printed_height_mm - 2 * inset_mm) * PT_PER_MM
    x, y = canvas.point(left_mm, top_mm)
    y -= height
    arm = _CROSS_MM * PT_PER_MM
    canvas.add(f"q [2 2] 0 d {x:.3f} {y:.3f} {width:.3f} {height:.3f} re S Q")
    for corner_x in (x, x + width):
        for corner_y in (y, y + height):
            canvas.add(f"{corner_x - arm:.3f} {corner_y:.3f} m {corner_x + arm:.3f} {corner_y:.3f} l S")
            canvas.add(f"{corner_x:.3f} {corner_y - arm:.3f} m {corner_x:.3f} {corner_y + arm:.3f} l S")
    if not label_format.is_roll:
        canvas.add(canvas.text(str(number), x + arm + 2, y + 4, 6))


def _draw_paper_help(canvas: LabelCanvas, label_format: LabelFormat, offset: Offset) -> None:
    """A horizontal and a vertical ruler in the middle of the page, and the instructions between them."""
    left_mm, top_mm = 35.0, 90.0
    shift = f"Décalages appliqués\u00a0: horizontal {_french(offset.right_mm)}\u00a0mm, "
    shift += f"vertical {_french(offset.down_mm)}\u00a0mm."
    box_x, box_y = canvas.point(left_mm - 10, top_mm + 110)
    # The instructions stand on white: read through the outlines, they could not be.
    canvas.add(f"q 1 g {box_x:.3f} {box_y:.3f} {150 * PT_PER_MM:.3f} {125 * PT_PER_MM:.3f} re B Q")
    x, y = canvas.point(left_mm + 8, top_mm - 5)
    canvas.add(canvas.text("Page de calage", x, y, 16, bold=True))
    canvas.add(canvas.text(label_format.title, x, y - 16, 10))
    _ruler(canvas, left_mm + 8, top_mm + 10, across=True)
    _ruler(canvas, left_mm - 2, top_mm, across=False)
    x, y = canvas.point(left_mm + 8, top_mm + 26)
    for paragraph in (*_INSTRUCTIONS, *_inset(label_format), shift):
        for line in _lines(paragraph, 76):
            canvas.add(canvas.text(line, x, y, 10))
            y -= LEADING * 11
        y -= 5


def _inset(label_format: LabelFormat) -> list[str]:
    """Where the outlines are on a sheet cut edge to edge: held against it, they are not at the edges of its labels."""
    if not (label_format.inset_x_mm or label_format.inset_y_mm):
        return []
    across, down = _french(label_format.inset_x_mm), _french(label_format.inset_y_mm)
    return [
        f"Les cadres sont en dedans des étiquettes\u00a0: {across}\u00a0mm à gauche et à droite, {down}\u00a0mm "
        "en haut et en bas, car l'imprimante laisse blanc le bord de la page."
    ]


def _ruler(canvas: LabelCanvas, left_mm: float, top_mm: float, *, across: bool) -> None:
    for graduation in range(_RULER_MM + 1):
        length_mm = 4.0 if graduation % 10 == 0 else 3.0 if graduation % 5 == 0 else 2.0
        if across:
            x, y = canvas.point(left_mm + graduation, top_mm)
            end_x, end_y = x, y - length_mm * PT_PER_MM
        else:
            x, y = canvas.point(left_mm, top_mm + graduation)
            end_x, end_y = x + length_mm * PT_PER_MM, y
        canvas.add(f"{x:.3f} {y:.3f} m {end_x:.3f} {end_y:.3f} l S")
        if graduation % 10 == 0:
            place = (end_x - 3, end_y - 8) if across else (end_x + 2, end_y - 2)
            canvas.add(canvas.text(str(graduation), *place, 6))


def _draw_roll_help(canvas: LabelCanvas, label_format: LabelFormat, offset: Offset) -> None:
    """What fits on one label: the margins of the outline, and the signs of the two shifts."""
    margin = f"{_french(_ROLL_MARGIN_MM)}\u00a0mm"
    lines = (
        f"Le cadre doit être à {margin} de chaque bord.",
        "À gauche il en manque 0,5\u00a0: décalage horizontal 0,5.",
        "En haut il en manque 0,5\u00a0: décalage vertical 0,5.",
        f"Appliqués\u00a0: {_french(offset.right_mm)} et {_french(offset.down_mm)}\u00a0mm.",
    )
    left_mm = _ROLL_MARGIN_MM + _CROSS_MM + offset.right_mm
    x, y = canvas.point(left_mm, label_format.label_height_mm / 2 - 5 + offset.down_mm)
    canvas.add(canvas.text("Calage", x, y, 7, bold=True))
    for line in lines:
        y -= LEADING * 8
        canvas.add(canvas.text(line, x, y, 5))


def _lines(text: str, characters: int) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        if len(lines[-1]) + len(word) >= characters:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip(" ")
    return lines


def _french(number: float) -> str:
    return f"{number:g}".replace(".", ",").replace("-", "−")
