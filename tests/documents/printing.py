"""What happens to a page between the file and the reader: printer, thermal head, scanner or telephone.

Everything is seeded: a test reads the same pixels every time.
"""

from __future__ import annotations

import io
import random
from dataclasses import dataclass

import pypdfium2
import zxingcpp
from PIL import Image, ImageChops, ImageFilter


@dataclass(frozen=True)
class Wear:
    """How an image is spoiled: degrees, pixels, grey levels, JPEG quality, ink and paper levels."""

    rotation: float
    blur: float
    noise: float
    jpeg: int
    ink: int
    paper: int


OFFICE = Wear(rotation=1.5, blur=0.6, noise=6, jpeg=75, ink=30, paper=245)
POOR = Wear(rotation=4, blur=1.1, noise=14, jpeg=50, ink=60, paper=225)


def rasterised(pdf, dpi, page=0):
    document = pypdfium2.PdfDocument(pdf)
    image = document[page].render(scale=dpi / 72, grayscale=True).to_pil()
    document.close()
    return image


def pages(pdf):
    document = pypdfium2.PdfDocument(pdf)
    count = len(document)
    document.close()
    return count


def words(pdf, page=0):
    document = pypdfium2.PdfDocument(pdf)
    text = document[page].get_textpage().get_text_range()
    document.close()
    return " ".join(text.split())


def worn(image, wear, seed):
    dice = random.Random(seed)
    angle = dice.uniform(-wear.rotation, wear.rotation)
    levels = [wear.ink + level * (wear.paper - wear.ink) // 255 for level in range(256)]
    image = image.convert("L").point(levels)
    image = image.rotate(angle, Image.Resampling.BILINEAR, expand=True, fillcolor=wear.paper)
    image = image.filter(ImageFilter.GaussianBlur(wear.blur))
    image = ImageChops.add(image, noise(image.size, wear.noise, dice), offset=-128)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=wear.jpeg)
    return Image.open(file)


def noise(size, deviation, dice):
    """Grey around 128: the mean of four even draws is near enough to a bell."""
    draws = [Image.frombytes("L", size, dice.randbytes(size[0] * size[1])) for _ in range(4)]
    bell = Image.blend(Image.blend(draws[0], draws[1], 0.5), Image.blend(draws[2], draws[3], 0.5), 0.5)
    return bell.point([round(128 + (level - 128) * deviation / 37) for level in range(256)])


def thermal(image, *, gain):
    """What a thermal head leaves: black or white, each black dot spreading by one when the head is too hot."""
    black = image.convert("L").point([0] * 128 + [255] * 128)
    if not gain:
        return black
    spread = ImageChops.darker(black, ImageChops.offset(black, 1, 0))
    return ImageChops.darker(spread, ImageChops.offset(spread, 0, 1))


def read_codes(image):
    return {found.text for found in zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)}
