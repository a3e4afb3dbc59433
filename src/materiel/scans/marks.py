"""What a pen or a printer left on a page: thin marks, whatever the light on the paper.

The ground of a page is what remains when every mark thinner than 2 mm is filled in; a shadow, a fold of light, a dark
table around the sheet are ground too. What is darker than its ground is a mark.
"""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image, ImageChops

REACH = (1, 2, 4)
"""Steps whose sum is the thickness filled, in pixels at 100 dots per inch: 7 of them, 1.8 mm."""

_Pick = Callable[[Image.Image, Image.Image], Image.Image]


def thin_marks(image: Image.Image) -> Image.Image:
    """How much darker than its ground each pixel of a grey image is; the few pixels of its edges are not to be used."""
    ground = _spread(image, ImageChops.lighter, 1)
    ground = _spread(ground, ImageChops.darker, -1)
    return ImageChops.subtract(ground, image)


def _spread(image: Image.Image, pick: _Pick, way: int) -> Image.Image:
    """The extreme of each square of pixels, by doubling: six passes instead of sixty-four."""
    for step in REACH:
        image = pick(image, ImageChops.offset(image, way * step, 0))
    for step in REACH:
        image = pick(image, ImageChops.offset(image, 0, way * step))
    return image


def thickened(marks: Image.Image) -> Image.Image:
    """Every mark 3 pixels thicker on each side."""
    return ImageChops.offset(_spread(marks, ImageChops.lighter, 1), -3, -3)
