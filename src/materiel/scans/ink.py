"""Is a signature box inked? Told from the picture of the page, where the issued document lies in it.

The corners of the return code say roughly where the page is; printed words are then found around the boxes, one after
the other, each moving what is expected of the next: a photograph taken askew is followed so. A box whose own words are
not found where they should be is left to a person, and so is one whose marks are too faint or too few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

from PIL import Image, ImageChops

from materiel.scans.geometry import Point, Projection, fitted, projected, scaled, shifted
from materiel.scans.issued import MM, IssuedBox, IssuedPage, Rectangle
from materiel.scans.marks import thickened, thin_marks
from materiel.scans.reading import InkVerdict

CERTAIN_MM2 = 9.0
"""Surface of dark marks from which a box is inked: a short initial has 10, a signature 30 to 100."""
NOTHING_MM2 = 1.2
"""Dust and noise: up to this much dark, and `FAINT_MM2` faint, nobody wrote there."""
FAINT_MM2 = 5.0

DARK = 0.42
FAINT = 0.22
"""Of the contrast of the printed words beside: what a pen leaves, what a pencil leaves."""

FOUND = 0.55
"""Least likeness of printed words to what was issued, 0 for other words, 1 for the same marks."""

IN_PLACE = 0.62
"""The same, where nothing is looked for around: words one pixel away are still alike, those of another box are not."""

_MARGIN = 10
_AROUND = 44
_EDGE_MM = 2.0
_CELL = (110, 56)
"""Of a patch of words, in pixels: 28 by 14 mm."""
_TEXTURE = 6.0
_MOST_PATCHES = 14
_NEAR, _FAR = 8, 20
"""How far words are looked for around where they are expected, in halves of millimetres."""
_CORNER = 40
_CORNER_NEAR, _CORNER_FAR = 4, 14
CORNER_FOUND = 0.45
_AGREES = 3.5
"""Pixels, 0.9 mm: corners of a frame farther than this from where the others put them are not believed."""


@dataclass(frozen=True, slots=True)
class SeenBox:
    """What is seen in one box: the verdict, and its picture, upright."""

    verdict: InkVerdict
    picture: Image.Image


class SeenPage:
    """The picture of a page and where the issued one lies in it."""

    def __init__(self, image: Image.Image, corners: Sequence[Point], issued: IssuedPage) -> None:
        """Of a grey image; `corners` of the code in it, from its top left and clockwise as it is printed."""
        self._issued = issued
        self._projection: Projection | None = None
        if issued.code is None:
            return
        left, top, right, bottom = issued.code
        pairs = list(zip([(left, top), (right, top), (right, bottom), (left, bottom)], corners, strict=True))
        rough = fitted(pairs, perspective=False)
        if rough is None:
            return
        pixels = (abs(rough[0] * rough[4] - rough[1] * rough[3])) ** 0.5
        reduced = max(int(pixels + 0.3), 1)
        self._image = image.reduce(reduced) if reduced > 1 else image
        self._corners: list[tuple[Point, Point]] = [(page, (x / reduced, y / reduced)) for page, (x, y) in pairs]
        self._projection = scaled(rough, reduced)
        self._level = self._levels(issued.code)

    def look(self, boxes: Sequence[IssuedBox]) -> list[SeenBox | None]:
        """What is seen in each box; None where the box could not even be cut out."""
        if self._projection is None:
            return [None] * len(boxes)
        places = [box.place for box in boxes]
        self._spread_out(places)
        moved = [self._found(box.printed, _NEAR) for box in boxes]
        if None in moved:
            # Too far from where the code alone puts them: a photograph, most often.
            self._follow(places)
            self._spread_out(places)
            moved = [self._found(box.printed, _NEAR) for box in boxes]
        return [self._seen(box, by) for box, by in zip(boxes, moved, strict=True)]

    def _spread_out(self, boxes: Sequence[Rectangle]) -> None:
        """Set upright, once, the part of the page that holds the boxes."""
        assert self._projection is not None
        around = _AROUND
        left, top = int(min(box[0] for box in boxes)) - around, int(min(box[1] for box in boxes)) - around
        right, bottom = max(box[2] for box in boxes) + around, max(box[3] for box in boxes) + around
        self._origin = (left, top)
        self._part = self._cut((left, top, round(right), round(bottom)), 0, self._projection)
        self._marks = _normal(thin_marks(self._part), self._level)

    def _around(self, place: Rectangle, margin: int, moved: Point) -> Image.Image:
        """The marks of a place that was set upright, `moved` from where it is expected, with a margin around it."""
        left, top, right, bottom = place
        x, y = round(left - self._origin[0] + moved[0]) - margin, round(top - self._origin[1] + moved[1]) - margin
        width, height = round(right) - round(left) + 2 * margin, round(bottom) - round(top) + 2 * margin
        return self._marks.crop((x, y, x + width, y + height))

    def _levels(self, code: Rectangle) -> int:
        """The contrast of print on this paper, as the code shows it."""
        assert self._projection is not None
        cut = self._cut(code, 0, self._projection)
        counts = cut.histogram()
        total = sum(counts)
        return max(_level(counts, total * 0.9) - _level(counts, total * 0.15), 20)

    def _cut(
        self,
        place: Rectangle,
        margin: int,
        projection: Projection,
        resample: Image.Resampling = Image.Resampling.BILINEAR,
    ) -> Image.Image:
        """A part of the page, upright, at the issued page's own size, with a margin around it."""
        left, top, right, bottom = place
        size = (round(right - left) + 2 * margin, round(bottom - top) + 2 * margin)
        data = shifted(projection, left - margin, top - margin)
        return self._image.transform(size, Image.Transform.PERSPECTIVE, data, resample, fillcolor=255)

    def _follow(self, boxes: Sequence[Rectangle]) -> None:
        """Move the projection onto the printed words, from the code to the boxes."""
        code = self._issued.code
        assert code is not None
        found = list(self._corners)
        for patch in self._patches(boxes, ((code[0] + code[2]) / 2, (code[1] + code[3]) / 2)):
            moved = self._found(patch, _NEAR, apart=True) or self._found(patch, _FAR, apart=True)
            if moved is None:
                continue
            assert self._projection is not None
            centre = ((patch[0] + patch[2]) / 2, (patch[1] + patch[3]) / 2)
            at = projected(self._projection, (centre[0] + moved[0], centre[1] + moved[1]))
            found.append((centre, at))
            self._refit(found)

    def _refit(self, found: list[tuple[Point, Point]]) -> None:
        # A projection with perspective is told by words in four places at least, far from one another.
        fit = fitted(found, perspective=len(found) >= 8)
        if fit is not None:
            self._projection = fit

    def _patches(self, boxes: Sequence[Rectangle], start: Point) -> list[Rectangle]:
        """Cells of the page with words enough to be told from others, from the code outwards."""
        width, height = self._issued.drawn.size
        lowest = max(box[3] for box in boxes)
        highest = min(box[1] for box in boxes) - 2 * _CELL[1]
        cells = []
        for top in range(int(max(highest, 20)), int(min(max(lowest, start[1]), height - 20)) - _CELL[1], _CELL[1]):
            for left in range(40, width - 40 - _CELL[0], _CELL[0]):
                cell = (left, top, left + _CELL[0], top + _CELL[1])
                if _mean(self._issued.marks.crop(cell)) >= _TEXTURE:
                    cells.append(cell)
        cells.sort(key=lambda cell: abs(cell[0] + 55 - start[0]) + abs(cell[1] + 28 - start[1]))
        if len(cells) > _MOST_PATCHES:
            step = len(cells) / _MOST_PATCHES
            cells = [cells[int(rank * step)] for rank in range(_MOST_PATCHES)]
        return [(float(a), float(b), float(c), float(d)) for a, b, c, d in cells]

    def _found(self, patch: Rectangle, reach: int, *, apart: bool = False) -> Point | None:
        """How far from its expected place the words of a patch are, in pixels of the page; None when not found.

        Args:
            apart: it is not in the part that was set upright.
        """
        margin = 2 * reach + 12
        assert self._projection is not None
        if apart:
            seen = _normal(thin_marks(self._cut(patch, margin, self._projection)), self._level).reduce(2)
        else:
            seen = self._around(patch, margin, (0.0, 0.0)).reduce(2)
        best = _best_shift(seen, self._issued.small(patch), margin // 2, reach)
        if best is None or best[0] < FOUND:
            return None
        return 2 * best[1], 2 * best[2]

    def _seen(self, box: IssuedBox, moved: Point | None) -> SeenBox:
        assert self._projection is not None
        place = self._framed(box, moved) if moved is not None else None
        picture = self._cut(box.place, 6, place or self._projection)
        return SeenBox(InkVerdict.LOOK if place is None else self._verdict(box, place), picture)

    def _framed(self, of: IssuedBox, moved: Point) -> Projection | None:
        """The projection of a box alone, by the corners of its frame; None when they are not seen where they should be.

        The frame must not be taken for ink.
        """
        assert self._projection is not None
        box, words = of.place, of.printed
        middle = ((words[0] + words[2]) / 2, (words[1] + words[3]) / 2)
        pairs = [(middle, projected(self._projection, (middle[0] + moved[0], middle[1] + moved[1])))]
        for x in (box[0], box[2]):
            for y in (box[1], box[3]):
                inner = (_CORNER if x == box[0] else -_CORNER, _CORNER if y == box[1] else -_CORNER)
                patch = (
                    min(x - inner[0] / 2, x + inner[0]),
                    min(y - inner[1] / 2, y + inner[1]),
                    max(x - inner[0] / 2, x + inner[0]),
                    max(y - inner[1] / 2, y + inner[1]),
                )
                by = self._corner(patch, moved, _CORNER_NEAR) or self._corner(patch, moved, _CORNER_FAR)
                if by is not None:
                    pairs.append(((x, y), projected(self._projection, (x + by[0], y + by[1]))))
        if len(pairs) < 4:
            return None
        fit = fitted(pairs, perspective=len(pairs) == 5)
        return fit if fit is not None and _agree(fit, pairs) else None

    def _corner(self, patch: Rectangle, moved: Point, reach: int) -> Point | None:
        """How far a corner of a frame is from where the code puts it, looked for where the words beside it moved."""
        margin = reach + 6
        start = (round(moved[0]), round(moved[1]))
        best = _best_shift(self._around(patch, margin, start), self._issued.large(patch), margin, reach)
        if best is None or best[0] < CORNER_FOUND:
            return None
        return best[1] + start[0], best[2] + start[1]

    def _bears_its_words(self, box: IssuedBox, seen: Image.Image, printed: Image.Image) -> bool:
        """Whether the words of a box are where its frame says, to the pixel: another one is never taken for it."""
        words = box.printed
        edge = _MARGIN + round(_EDGE_MM * MM)
        part = (edge, edge, seen.width - edge, _MARGIN + round(words[3] - words[1]))
        return _same_marks(_normal(seen.crop(part), self._level).reduce(2), printed.crop(part).reduce(2)) >= IN_PLACE

    def _verdict(self, box: IssuedBox, place: Projection) -> InkVerdict:
        seen = thin_marks(self._cut(box.place, _MARGIN, place))
        edge = round(_EDGE_MM * MM)
        whole = (round(box.place[0]) - _MARGIN, round(box.place[1]) - _MARGIN)
        printed = self._issued.large((*whole, whole[0] + seen.width, whole[1] + seen.height))
        if not self._bears_its_words(box, seen, printed):
            return InkVerdict.LOOK
        contrast = _contrast(seen, printed) or self._level
        mask = thickened(printed.point([0] * 24 + [255] * 232))
        inside = (_MARGIN + edge, _MARGIN + edge, seen.width - _MARGIN - edge, seen.height - _MARGIN - edge)
        left_over = ImageChops.subtract(seen, mask).crop(inside)
        counts = left_over.histogram()
        # Rough paper, or a poor scanner, is darker than the lightest of its points everywhere.
        grain = _level(counts, sum(counts) * 0.5)
        dark = sum(counts[round(grain + contrast * DARK) :]) / MM**2
        faint = sum(counts[round(grain + contrast * FAINT) :]) / MM**2
        if dark >= CERTAIN_MM2:
            return InkVerdict.INK
        if dark <= NOTHING_MM2 and faint <= FAINT_MM2:
            return InkVerdict.NONE
        return InkVerdict.LOOK


def _same_marks(seen: Image.Image, printed: Image.Image) -> float:
    """How alike two pictures of the same place are, from 0 to 1, without looking around."""
    shared = _total(ImageChops.multiply(seen, printed))
    sizes = _total(ImageChops.multiply(seen, seen)) * _total(ImageChops.multiply(printed, printed))
    return shared / sizes**0.5 if sizes else 0.0


def _agree(fit: Projection, pairs: Sequence[tuple[Point, Point]]) -> bool:
    """Whether a projection passes by each of its points, within what a sheet that is not quite flat allows."""
    size = (abs(fit[0] * fit[4] - fit[1] * fit[3])) ** 0.5 or 1.0
    for page, image in pairs:
        x, y = projected(fit, page)
        if max(abs(x - image[0]), abs(y - image[1])) > _AGREES * size:
            return False
    return True


def _contrast(seen: Image.Image, printed: Image.Image) -> int | None:
    """How dark the printed words are in this picture; None when there are not enough to tell."""
    solid = printed.point([0] * 110 + [255] * 146)
    counts = seen.histogram(solid)
    total = sum(counts)
    return max(_level(counts, total * 0.7), 20) if total > 60 else None


def _level(counts: Sequence[int], rank: float) -> int:
    """The level under which so many pixels are."""
    for level, count in enumerate(counts):
        rank -= count
        if rank < 0:
            return level
    return 255


def _normal(marks: Image.Image, level: int) -> Image.Image:
    return marks.point([min(round(value * 255 / level), 255) for value in range(256)])


def _best_shift(seen: Image.Image, wanted: Image.Image, margin: int, reach: int) -> tuple[float, float, float] | None:
    """How alike two patches are at best, from 0 to 1 whatever their contrast, and where; None for a blank."""
    width, height = wanted.size
    ink = _total(ImageChops.multiply(wanted, wanted))
    if ink <= 0:
        return None
    known: dict[tuple[int, int], float] = {}

    def shared(dx: int, dy: int) -> float:
        if (dx, dy) not in known:
            left, top = margin + dx, margin + dy
            known[dx, dy] = _total(ImageChops.multiply(seen.crop((left, top, left + width, top + height)), wanted))
        return known[dx, dy]

    dx, dy = _roughly(seen, wanted, margin, reach)
    for _ in range(4):
        around = [(dx + x, dy + y) for x in (-1, 0, 1) for y in (-1, 0, 1)]
        best = max(around, key=lambda place: shared(*place))
        if best == (dx, dy):
            break
        dx, dy = best
    if max(abs(dx), abs(dy)) > reach + 2:
        return None
    part = seen.crop((margin + dx, margin + dy, margin + dx + width, margin + dy + height))
    other = _total(ImageChops.multiply(part, part))
    likeness = shared(dx, dy) / (ink * other) ** 0.5 if other else 0.0
    across = _between(shared(dx - 1, dy), shared(dx, dy), shared(dx + 1, dy))
    down = _between(shared(dx, dy - 1), shared(dx, dy), shared(dx, dy + 1))
    return likeness, dx + across, dy + down


def _roughly(seen: Image.Image, wanted: Image.Image, margin: int, reach: int) -> tuple[int, int]:
    """The best place at half the size: four times fewer places, of patches four times smaller."""
    # The patch begins on a pixel of the reduced picture, as what it is compared to.
    picture = seen.crop((margin % 2, margin % 2, seen.width, seen.height)).reduce(2)
    first, around = margin // 2, range(-(reach // 2), reach // 2 + 1)
    shared = _shared_everywhere(picture, wanted.reduce(2))
    best, found = -1, (0, 0)
    for dy in around:
        for dx in around:
            here = shared[(first + dy) * picture.width + first + dx]
            if here > best:
                best, found = here, (2 * dx, 2 * dy)
    return found


def _shared_everywhere(picture: Image.Image, patch: Image.Image) -> Sequence[int]:
    """What a patch has in common with each place of a picture: sums of products, by the place of the first pixel.

    All at once, by one product of two numbers whose digits, in base 2^32, are the pixels: those of the patch in
    reverse order, so that digit k of the product is their sum for place k. None overflows: a patch has fewer than
    66,000 pixels.
    """
    turned = Image.new("L", (picture.width, patch.height))
    turned.paste(patch)
    one = int.from_bytes(picture.convert("I").tobytes(), "little")
    other = int.from_bytes(turned.transpose(Image.Transpose.ROTATE_180).convert("I").tobytes(), "little")
    pixels = picture.width * (picture.height + patch.height)
    digits = memoryview((one * other).to_bytes(4 * pixels, "little")).cast("I")
    return digits[picture.width * patch.height - 1 :]


def _between(before: float, here: float, after: float) -> float:
    """A place between pixels, by the slopes on both sides."""
    bend = before + after - 2 * here
    return max(-0.5, min(0.5, (before - after) / (2 * bend))) if bend < 0 else 0.0


def _total(image: Image.Image) -> int:
    return sum(map(mul, image.histogram(), range(256)))


def _mean(image: Image.Image) -> float:
    return _total(image) / (image.width * image.height)
