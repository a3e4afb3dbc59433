"""Labels: one placing function for every format of `documents.labels.formats`.

A label holds the code, the inventory number in the biggest letters and always whole, the managing service and
its phone. Nothing tells what the object is: see `domain.item.label`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from materiel.documents.fonts import BOLD, FALLBACK, REGULAR, Face
from materiel.documents.labels import qr
from materiel.documents.labels.canvas import LabelCanvas
from materiel.documents.labels.formats import PT_PER_MM, LabelFormat
from materiel.documents.text import NAME_LIMIT, drawable
from materiel.domain.language.typography import typeset
from materiel.errors import RuleBroken

ECC = "Q"
"""A quarter of the modules may be scratched; a higher level would need a larger code for the same address."""

LARGEST_OFFSET_MM = 10.0
MOST_SERVICE_LINES = 3
MOST_NUMBER_LINES = 4
LEADING = 1.15
_ASCENT = 0.8
_ELLIPSIS = "…"
_SEPARATORS = "-./_ "
_WIDEST_DIGIT = str.maketrans(dict.fromkeys("0123456789", max("0123456789", key=BOLD.width)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What one label says. `address` is the text of its code, from `domain.item.label.label_address`."""

    address: str
    inventory_number: str
    service_name: str
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """How far to shift everything, in mm, right and down positive; found on the calibration page."""

    right_mm: float = 0.0
    down_mm: float = 0.0


NO_OFFSET = Offset()


@dataclass(frozen=True, slots=True)
class LabelLine:
    """One line of text of a label; `size` in points."""

    text: str
    size: float
    bold: bool = False


def labels_pdf(
    labels: Iterable[Label], label_format: LabelFormat, *, first_cell: int = 1, offset: Offset = NO_OFFSET
) -> bytes:
    """Lay labels on as many pages of a format as they need. The same arguments give the same bytes.

    Args:
        labels: at least one, in the order of the cells; taken once.
        label_format: where labels go on a page.
        first_cell: the first free cell of a format already begun, from 1; 1 on a roll.
        offset: the printer's correction.

    Raises:
        RuleBroken: `label.none`, `label.first_cell`, `label.offset`, or `text.not_drawable` and
            `text.right_to_left` for a character that the fonts lack.
    """
    check_first_cell(first_cell, label_format)
    check_offset(offset)
    canvas = LabelCanvas("Étiquettes d'inventaire", label_format.page_width_mm, label_format.page_height_mm)
    cell, drawn = first_cell, 0
    for label in labels:
        if cell > label_format.cells:
            canvas.next_page()
            cell = 1
        left_mm, top_mm = label_format.cell(cell)
        _draw(label, label_format, left_mm + offset.right_mm, top_mm + offset.down_mm, canvas)
        cell, drawn = cell + 1, drawn + 1
    if not drawn:
        raise RuleBroken("label.none", "Aucun matériel n'est choisi. Choisissez au moins un numéro d'inventaire.")
    return canvas.to_bytes()


def check_first_cell(first_cell: int, label_format: LabelFormat) -> None:
    """Raise `RuleBroken` (`label.first_cell`) when the format has no such cell."""
    if not 1 <= first_cell <= label_format.cells:
        raise RuleBroken(
            "label.first_cell",
            f"La planche «\u00a0{label_format.title}\u00a0» n'a pas d'étiquette n°\u00a0{first_cell}. "
            f"Indiquez la première étiquette libre, de 1 à {label_format.cells}.",
        )


def check_offset(offset: Offset) -> None:
    """Raise `RuleBroken` (`label.offset`) when a shift is more than a printer's fault can explain."""
    if max(abs(offset.right_mm), abs(offset.down_mm)) > LARGEST_OFFSET_MM:
        raise RuleBroken(
            "label.offset",
            f"Un décalage dépasse {LARGEST_OFFSET_MM:g}\u00a0mm. Imprimez la page de calage à 100\u00a0%, "
            "sans ajustement à la page, et mesurez de nouveau.",
        )


def label_lines(label: Label, label_format: LabelFormat) -> list[LabelLine]:
    """The text of a label, broken and sized to fit beside its code, from top to bottom."""
    width = (label_format.printed_width_mm - label_format.code_mm - label_format.padding_mm) * PT_PER_MM
    height = (label_format.printed_height_mm - 2 * label_format.padding_mm) * PT_PER_MM
    below = _lines_below(label.service_name, label.phone, label_format.text_pt, width, height)
    room = height - _height(below)
    return [*_number_lines(drawable(label.inventory_number), label_format, width, room), *below]


def _draw(label: Label, label_format: LabelFormat, left_mm: float, top_mm: float, canvas: LabelCanvas) -> None:
    coder = qr.coder_for(label.address, ECC)
    side_mm = label_format.code_side_mm(coder.modules + 2 * qr.QUIET_ZONE)
    code_left_mm = label_format.snapped(left_mm)
    code_bottom_mm = label_format.snapped(top_mm + (label_format.printed_height_mm - side_mm) / 2) + side_mm
    x, y = canvas.point(code_left_mm, code_bottom_mm)
    # On paper a path leaves hairlines between rows of modules, which cost readings at the limit. On a roll each
    # module is whole dots, and an image would be stretched by one dot.
    draw = coder.path_operators if label_format.is_roll else coder.image_mask_operators
    canvas.add(draw(label.address, x, y, side_mm * PT_PER_MM))
    lines = label_lines(label, label_format)
    x, y = canvas.point(left_mm + label_format.code_mm, top_mm + label_format.printed_height_mm / 2)
    y += _height(lines) / 2
    for line in lines:
        canvas.add(canvas.text(line.text, x, y - _ASCENT * LEADING * line.size, line.size, bold=line.bold))
        y -= LEADING * line.size


def _height(lines: Sequence[LabelLine]) -> float:
    return sum(LEADING * line.size for line in lines)


@lru_cache(maxsize=256)
def _lines_below(service_name: str, phone: str, size: float, width: float, height: float) -> tuple[LabelLine, ...]:
    """The service and whom to call: the same on every label of a print run, hence kept.

    The phone is whole; the service's name is cut with an ellipsis to leave at least two fifths of the height
    to the inventory number.
    """
    found = [LabelLine(text, size) for text in _wrap(_call(phone), REGULAR, size, width)]
    found += [LabelLine(text, size, bold=True) for text in _wrap(drawable(_unbreakable(phone)), BOLD, size, width)]
    room = 0.6 * height - _height(found)
    most = max(1, min(MOST_SERVICE_LINES, int(room / (LEADING * size))))
    names = _wrap(drawable(typeset(service_name), NAME_LIMIT), REGULAR, size, width)
    if len(names) > most:
        names = [*names[: most - 1], _cut(" ".join(names[most - 1 :]), REGULAR, size, width)]
    return (*(LabelLine(name, size) for name in names), *found)


def _call(phone: str) -> str:
    return "Trouvé\u00a0? Appelez le" if phone else "Trouvé\u00a0? Scannez le code."


def _unbreakable(phone: str) -> str:
    return phone.strip().replace(" ", "\u00a0").replace("\u202f", "\u00a0")


def _number_lines(number: str, label_format: LabelFormat, width: float, room: float) -> list[LabelLine]:
    """The inventory number, as big as fits: on one line if it stays well readable, else on several."""
    # Every digit is counted as the widest one: the numbers of a print run share one body and one layout.
    shape = number.translate(_WIDEST_DIGIT)
    layout = _number_layout(shape, label_format.number_pt, label_format.text_pt + 0.5, width, room)
    if layout is None:
        raise RuleBroken(
            "label.number_too_long",
            f"Le numéro d'inventaire «\u00a0{number}\u00a0» ne tient pas sur une étiquette de la planche "
            f"«\u00a0{label_format.title}\u00a0». Choisissez une planche aux étiquettes plus grandes.",
        )
    size, ends = layout
    return [LabelLine(number[start:end], size, bold=True) for start, end in pairwise((0, *ends))]


@lru_cache(maxsize=1024)
def _number_layout(
    shape: str, largest: float, smallest: float, width: float, room: float
) -> tuple[float, tuple[int, ...]] | None:
    """The body in points, and where each line ends; None when nothing fits.

    Args:
        shape: the number, its digits all as wide.
        largest: body to start from.
        smallest: body to stop at.
        width: of a line, in points.
        room: for all lines, in points.
    """
    advances = tuple(map(_measures(BOLD), shape))
    cuts = [position for position, character in enumerate(shape, 1) if character in _SEPARATORS]
    for most_lines, least in ((1, 0.7 * largest), (2, smallest), (MOST_NUMBER_LINES, smallest)):
        size = largest
        while size >= least:
            ends = _line_ends(advances, cuts, width / size)
            if len(ends) <= most_lines and len(ends) * LEADING * size <= room:
                return size, ends
            size -= 0.5
    return None


def _line_ends(advances: Sequence[float], cuts: Sequence[int], width: float) -> tuple[int, ...]:
    """Where the lines of a number end, preferably after a separator; no character is lost.

    Args:
        advances: width of each character in ems.
        cuts: positions just after a separator, where a line had better end.
        width: of a line, in ems.
    """
    ends = []
    start = 0
    while start < len(advances):
        end, total = start, 0.0
        while end < len(advances) and (total := total + advances[end]) <= width:
            end += 1
        end = max(end, start + 1)
        if end < len(advances):
            separator = max((cut for cut in cuts if start < cut <= end), default=start)
            end = separator if separator - start > (end - start) // 2 else end
        ends.append(end)
        start = end
    return tuple(ends)


def _wrap(text: str, face: Face, size: float, width: float) -> list[str]:
    """Break a text at its spaces, and inside a word that is wider than a line."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and _width(f"{lines[-1]} {word}", face, size) <= width:
            lines[-1] += f" {word}"
            continue
        rest = word
        while rest:
            fitting = _fitting(rest, face, size, width)
            lines.append(rest[:fitting])
            rest = rest[fitting:]
    return lines


def _cut(text: str, face: Face, size: float, width: float) -> str:
    """The start of a text that fits one line with an ellipsis."""
    if _width(text, face, size) <= width:
        return text
    kept = _fitting(text, face, size, width - _width(_ELLIPSIS, face, size))
    return text[:kept].rstrip() + _ELLIPSIS


def _fitting(text: str, face: Face, size: float, width: float) -> int:
    """How many characters from the start fit a width; at least one, so that a loop advances."""
    measure = _measures(face)
    total = 0.0
    for position, character in enumerate(text):
        total += measure(character) * size
        if total > width:
            return max(position, 1)
    return len(text)


def _width(text: str, face: Face, size: float) -> float:
    return sum(map(_measures(face), text)) * size


@lru_cache(maxsize=4)
def _measures(face: Face) -> Callable[[str], float]:
    """A function that gives the width of a character in ems, taken from the fallback face if need be."""

    @lru_cache(maxsize=4096)
    def measure(character: str) -> float:
        holder = face if character in face.coverage else FALLBACK
        return holder.width(character) / 1000

    return measure
