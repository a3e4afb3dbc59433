"""Bundles of signed pages as a scanner leaves them: real documents, printed, signed by hand, skewed, turned."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw
from tests.documents.printing import Wear, rasterised, worn
from tests.documents.sample_contents import agreement

from materiel.documents.pdf.render import render_pdf

SCAN = Wear(rotation=2, blur=0.7, noise=8, jpeg=60, ink=35, paper=240)
BAD_SCAN = Wear(rotation=4, blur=1.0, noise=13, jpeg=45, ink=60, paper=225)

_printed: dict[tuple[int, int], list[Image.Image]] = {}


def an_agreement(rank):
    """Its public code and its pages, as a printer gives them at 200 dots per inch."""
    content = agreement(rank)
    key = (rank, 200)
    if key not in _printed:
        rendered = render_pdf(content)
        _printed[key] = [rasterised(rendered.data, 200, page) for page in range(rendered.pages)]
    return content.verify_url.rsplit("/", 1)[1], _printed[key]


def signed(page, seed):
    """The page with a signature across its lower half, as pens do."""
    dice = random.Random(seed)
    page = page.copy()
    pen = ImageDraw.Draw(page)
    x, y = dice.randint(200, 900), dice.randint(1200, 1800)
    points = [(x := x + dice.randint(-15, 30), y := y + dice.randint(-25, 25)) for _ in range(40)]
    pen.line(points, fill=40, width=4)
    return page


def scanned(page, seed, *, wear=SCAN, turned=0):
    """The page signed, laid askew on the glass, `turned` degrees clockwise."""
    image = worn(signed(page, seed), wear, seed)
    return image.rotate(-turned, expand=True) if turned else image


def torn(page):
    """The page without its corner, and the code that was on it."""
    page = page.copy()
    width, height = page.size
    ImageDraw.Draw(page).rectangle((width * 0.75, height * 0.8, width, height), fill=255)
    return page


def blank(seed):
    return worn(Image.new("L", (1654, 2339), 255), SCAN, seed)


def as_pdf(images):
    """The bundle as a scanner's PDF: one JPEG a page."""
    file = io.BytesIO()
    first, *others = [image.convert("L") for image in images]
    first.save(file, "PDF", resolution=200, save_all=True, append_images=others, quality=70)
    return file.getvalue()


def as_tiff(images):
    file = io.BytesIO()
    first, *others = [image.convert("L") for image in images]
    first.save(file, "TIFF", dpi=(200, 200), save_all=True, append_images=others, compression="tiff_lzw")
    return file.getvalue()


def as_image(image, kind):
    file = io.BytesIO()
    image.save(file, kind, dpi=(200, 200))
    return file.getvalue()
