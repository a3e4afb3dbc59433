import io

import pytest
import zxingcpp
from PIL import Image

from materiel.errors import BadInput
from materiel.scans import photo
from materiel.scans.photo import read_codes

ADDRESSES = [f"HTTPS://PRET.EXAMPLE.FR/Q/7K3MZ9QWERT{number:02d}" for number in range(12)]


def code_of(text: str, side: int = 220) -> Image.Image:
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    pixels = zxingcpp.write_barcode_to_image(barcode, scale=8)
    drawn = Image.frombytes("L", (pixels.shape[1], pixels.shape[0]), bytes(memoryview(pixels)))
    return drawn.resize((side, side), Image.Resampling.LANCZOS)


def shelf(addresses: list[str], columns: int = 4, cell: int = 300) -> Image.Image:
    rows = -(-len(addresses) // columns)
    wall = Image.new("L", (columns * cell, rows * cell), 235)
    for place, address in enumerate(addresses):
        wall.paste(code_of(address), (place % columns * cell + 40, place // columns * cell + 40))
    return wall


def saved(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def test_one_label_is_read():
    assert read_codes(saved(shelf(ADDRESSES[:1]))) == ADDRESSES[:1]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_shelf_gives_every_code_from_top_to_bottom(kind):
    assert read_codes(saved(shelf(ADDRESSES), kind)) == ADDRESSES


def test_a_label_far_away_is_looked_for_in_full():
    wall = Image.new("L", (4000, 3000), 235)
    wall.paste(code_of(ADDRESSES[0], 100), (1800, 1500))
    assert read_codes(saved(wall, "PNG")) == ADDRESSES[:1]


def test_a_photograph_lying_on_its_side_is_turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert read_codes(saved(shelf(ADDRESSES[:2], columns=1).rotate(90, expand=True), exif=exif)) == ADDRESSES[:2]


def test_a_photograph_without_a_code_gives_none():
    assert read_codes(saved(Image.new("L", (300, 300), 200))) == []


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"\xff\xd8\xff\xe0garbage", b"GIF89a" + bytes(50)])
def test_what_is_no_photograph_is_refused(data):
    with pytest.raises(BadInput) as refusal:
        read_codes(data)
    assert refusal.value.code == "photo.unreadable"


def test_a_truncated_photograph_is_refused():
    with pytest.raises(BadInput) as refusal:
        read_codes(saved(shelf(ADDRESSES))[:4000])
    assert refusal.value.code == "photo.unreadable"


def test_sizes_are_bounded_before_decoding(monkeypatch):
    data = saved(Image.new("1", (9000, 9000)), "PNG")
    assert len(data) < 100_000
    with pytest.raises(BadInput) as refusal:
        read_codes(data)
    assert refusal.value.code == "photo.too_large"
    monkeypatch.setattr(photo, "LARGEST_BYTES", 1000)
    with pytest.raises(BadInput) as heavy:
        read_codes(saved(shelf(ADDRESSES)))
    assert heavy.value.code == "photo.too_large"
