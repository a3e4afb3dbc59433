"""Signed pages as they come back: signed or not in each box, then scanned, or photographed on a table."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter
from tests.documents.printing import noise, worn
from tests.scans.bundles import SCAN

from materiel.scans.geometry import fitted
from materiel.scans.issued import DPI

TABLE = 96
"""Grey of the table around a photographed sheet."""


def inked(page, box, seed, *, pen=40, width=4):
    """The page with a scribble in the blank of a box, as a pen leaves one; the page is drawn at 200 dots per inch."""
    dice = random.Random(seed)
    page = page.copy()
    left, _, right, bottom = [side * 200 / DPI for side in box.place]
    x, y = left + dice.uniform(20, 120), bottom - dice.uniform(60, 150)
    points = []
    for _ in range(28):
        x = min(x + dice.uniform(-7, 16), right - 12)
        y = min(max(y + dice.uniform(-24, 24), bottom - 230), bottom - 12)
        points.append((x, y))
    ImageDraw.Draw(page).line(points, fill=pen, width=width, joint="curve")
    return page


def photographed(page, seed, *, lean=0.10, shade=0.45, turned=0):
    """The page on a table, taken by hand: askew, in perspective, in the shadow of an arm, blurred and compressed."""
    dice = random.Random(seed)
    width, height = page.size
    out = (width + 360, height + 420)
    corners = [(180, 200), (width + 180, 200), (width + 180, height + 200), (180, height + 200)]
    angle = math.radians(dice.uniform(-5, 5))
    middle = (out[0] / 2, out[1] / 2)
    moved = []
    for x, y in corners:
        u, v = x - middle[0], y - middle[1]
        u, v = u * math.cos(angle) - v * math.sin(angle), u * math.sin(angle) + v * math.cos(angle)
        moved.append((u * 0.92 + middle[0], v * 0.92 + middle[1]))
    # The camera is not above the middle: one side of the sheet is nearer.
    across, down = dice.uniform(-lean, lean), dice.uniform(-lean, lean)
    seen = []
    for x, y in moved:
        depth = 1 + across * (x - middle[0]) / width + down * (y - middle[1]) / height
        seen.append(((x - middle[0]) / depth + middle[0], (y - middle[1]) / depth + middle[1]))
    data = _perspective(seen, [(0, 0), (width, 0), (width, height), (0, height)])
    paper = [45 + level * (232 - 45) // 255 for level in range(256)]
    image = (
        page.convert("L")
        .point(paper)
        .transform(out, Image.Transform.PERSPECTIVE, data, Image.Resampling.BICUBIC, fillcolor=TABLE)
    )
    image = ImageChops.multiply(image, _light(out, dice, shade))
    image = image.filter(ImageFilter.GaussianBlur(dice.uniform(0.6, 1.1)))
    image = ImageChops.add(image, noise(out, 6, dice), offset=-128)
    return image.rotate(-turned, expand=True) if turned else image


def _light(size, dice, shade):
    """Daylight from one side, and the edge of a shadow across the sheet."""
    width, height = size
    light = Image.linear_gradient("L").resize(size).rotate(dice.choice((0, 90, 180, 270)), expand=False)
    light = light.resize(size).point([170 + level * 85 // 255 for level in range(256)])
    shadow = Image.new("L", size, 255)
    x = dice.uniform(0.1, 0.9) * width
    edge = [(x, 0), (x + dice.uniform(-0.4, 0.4) * width, height), (width * 2, height), (width * 2, 0)]
    ImageDraw.Draw(shadow).polygon(edge, fill=round(255 * (1 - shade)))
    return ImageChops.multiply(light, shadow.filter(ImageFilter.GaussianBlur(dice.uniform(3, 14))))


def _perspective(into, out_of):
    """Pillow's eight numbers: for each point of the new image, where it comes from."""
    return fitted(list(zip(into, out_of, strict=True)), perspective=True)


def office(page, seed, *, turned=0, wear=SCAN):
    image = worn(page, wear, seed).convert("L")
    return image.rotate(-turned, expand=True) if turned else image
