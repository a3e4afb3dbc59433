"""The picture of a bloc-marque: bounded before it is decoded, flattened, made small enough, refused in clear words."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image
from tests.documents.letterheads import drawn_picture, picture_file

from materiel.domain.papers.letterhead import REFUSALS, refused_letterhead
from materiel.errors import BadInput
from materiel.scans.letterhead import UnprintablePicture, printable_picture
from materiel.scans.process import reading

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="480"><script>alert(1)</script></svg>'


def a_bomb(side: int = 30_000) -> bytes:
    """A PNG that says it has 900 million points, and holds none."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_what_is_transparent_becomes_white_and_nothing_else_is_kept() -> None:
    made = printable_picture(picture_file(drawn_picture()))
    with Image.open(io.BytesIO(made)) as image:
        assert (image.format, image.mode, image.info) == ("PNG", "RGB", {})
        assert image.getpixel((image.width - 1, image.height - 1)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["RGBA", "RGB", "P", "LA", "L", "1", "CMYK"])
def test_every_way_of_writing_colours_is_read(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    with Image.open(io.BytesIO(printable_picture(picture_file(drawn_picture(mode=mode), kind)))) as image:
        assert image.mode == ("L" if mode in ("LA", "L", "1") else "RGB")


def test_a_picture_with_more_points_than_paper_shows_is_reduced_once() -> None:
    made = printable_picture(picture_file(drawn_picture(3_600, 1_920)))
    with Image.open(io.BytesIO(made)) as image:
        assert image.size == (886, 472)
    assert printable_picture(made) == made


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "letterhead.unreadable"),
        (SVG, "letterhead.unreadable"),
        (picture_file(drawn_picture(), "WEBP"), "letterhead.unreadable"),
        (picture_file(drawn_picture(), "TIFF"), "letterhead.unreadable"),
        (picture_file(drawn_picture())[:-400], "letterhead.unreadable"),
        (a_bomb(), "letterhead.too_large"),
        (a_bomb(8_000), "letterhead.too_large"),
        (picture_file(drawn_picture(430, 230)), "letterhead.too_small"),
    ],
    ids=["empty", "svg", "webp", "tiff", "cut", "bomb", "64 million points", "small"],
)
async def test_what_is_no_picture_for_paper_is_refused_across_the_border(data: bytes, code: str) -> None:
    with pytest.raises(UnprintablePicture, match=code):
        printable_picture(data)
    async with reading() as reader:
        with pytest.raises(BadInput) as refusal:
            await reader.head(data)
        assert refusal.value.code == code
        assert await reader.head(picture_file(drawn_picture()))


def test_each_refusal_says_what_to_do() -> None:
    said = refused_letterhead("letterhead.too_small", 430, 230).message.replace("\u00a0", " ")
    assert "imprimée sur 37 × 20 mm, elle doit avoir au moins 442 points de large et 236 de haut" in said
    assert "elle en a 430 et 230" in said
    assert all(refused_letterhead(code, 1, 1).message.endswith(".") for code in REFUSALS)
