"""Files that hold bundles: every kind is opened, every bound holds before anything is decoded."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from tests.documents.sample_contents import agreement
from tests.scans.bundles import an_agreement, as_image, as_pdf, as_tiff, scanned

from materiel.documents.pdf.render import render_pdf
from materiel.errors import BadInput
from materiel.scans import bundle as bundles
from materiel.scans.bundle import Bundle, PageTooLarge
from materiel.scans.reader import read_page
from materiel.scans.reading import PageProblem


def numbers(data):
    with Bundle(data) as bundle:
        return [read_page(bundle, index).number for index in range(bundle.pages)]


def refused(data):
    with pytest.raises(BadInput) as refusal:
        Bundle(data)
    return refusal.value.code


def png_header(width, height):
    """A file of a hundred bytes that declares an image of any size."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


def test_every_kind_of_file_is_read():
    _, pages = an_agreement(1)
    images = [scanned(page, number) for number, page in enumerate(pages[:2])]
    assert numbers(as_pdf(images)) == [1, 2]
    assert numbers(as_tiff(images)) == [1, 2]
    assert numbers(as_image(images[1], "PNG")) == [2]
    assert numbers(as_image(images[0], "JPEG")) == [1]


def test_photographs_of_telephones_are_read():
    _, pages = an_agreement(1)
    assert numbers(as_image(pages[1], "WEBP")) == [2]
    # Made once with the encoder of pillow-heif, from the first page of `an_agreement(1)`.
    assert numbers((Path(__file__).parent / "files" / "page-1.heic").read_bytes()) == [1]


@pytest.mark.parametrize(("orientation", "turned"), [(1, 0), (3, 180), (6, 270), (8, 90)])
def test_a_photograph_is_shown_as_its_telephone_says(orientation, turned):
    _, pages = an_agreement(1)
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    pages[0].rotate(-turned, expand=True).save(file, "JPEG", exif=exif)
    with Bundle(file.getvalue()) as bundle:
        assert read_page(bundle, 0).rotation == 0


def test_a_bilevel_fax_is_read():
    _, pages = an_agreement(1)
    file = io.BytesIO()
    pages[0].convert("1").save(file, "TIFF", compression="group4", dpi=(200, 200))
    assert numbers(file.getvalue()) == [1]


def test_a_pdf_that_is_no_scan_is_drawn_and_read():
    rendered = render_pdf(agreement(1))
    assert numbers(rendered.data) == list(range(1, rendered.pages + 1))


def test_a_scanned_page_is_read_from_its_own_pixels():
    _, pages = an_agreement(1)
    image = scanned(pages[0], 1)
    with Bundle(as_pdf([image])) as bundle:
        assert bundle.image(0).size == image.size


def test_a_jpeg_keeps_its_bytes():
    _, pages = an_agreement(1)
    data = as_image(scanned(pages[0], 1), "JPEG")
    with Bundle(data) as bundle, pikepdf.open(io.BytesIO(bundle.extract([(0, 180)]))) as pdf:
        (image,) = pdf.pages[0].get_images().values()
        assert image.read_raw_bytes() == data
        assert pdf.pages[0].Rotate == 180


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 nothing", b"GIF89a", b"\xff\xd8\xff cut", b"\x89PNG\r\n\x1a\n"])
def test_a_damaged_file_is_refused(data):
    assert refused(data) == "scan.unreadable"


def test_a_pdf_behind_a_password_is_refused():
    file = io.BytesIO()
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.save(file, encryption=pikepdf.Encryption(owner="a", user="b"))
    assert refused(file.getvalue()) == "scan.locked"


def test_an_image_that_declares_gigabytes_is_refused():
    assert refused(png_header(60_000, 60_000)) == "scan.image_too_large"
    assert refused(png_header(9_000, 9_000)) == "scan.image_too_large"


def test_a_pdf_page_that_declares_gigabytes_is_a_problem_of_that_page():
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(595, 842))
    image = pikepdf.Stream(pdf, b"", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image)
    image.Width, image.Height, image.BitsPerComponent = 60_000, 60_000, 8
    image.ColorSpace = pikepdf.Name.DeviceGray
    image.write(zlib.compress(b"\0" * 1000), filter=pikepdf.Name.FlateDecode)
    pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=image))
    pdf.pages[0].Contents = pdf.make_stream(b"q 595 0 0 842 0 0 cm /I Do Q")
    file = io.BytesIO()
    pdf.save(file)
    with Bundle(file.getvalue()) as bundle:
        with pytest.raises(PageTooLarge):
            bundle.image(0)
        assert read_page(bundle, 0).problem is PageProblem.TOO_LARGE


def test_a_page_of_a_hundred_metres_is_a_problem_of_that_page():
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.pages[0].MediaBox = [0, 0, 300_000, 842]
    file = io.BytesIO()
    pdf.save(file)
    with Bundle(file.getvalue()) as bundle:
        assert read_page(bundle, 0).problem is PageProblem.TOO_LARGE


def test_too_many_pages_are_refused():
    pdf = pikepdf.new()
    for _ in range(bundles.MOST_PAGES + 1):
        pdf.add_blank_page()
    file = io.BytesIO()
    pdf.save(file)
    assert refused(file.getvalue()) == "scan.too_many_pages"


def test_a_phone_picture_is_brought_to_the_size_of_a_page():
    file = io.BytesIO()
    Image.new("L", (3000, 4000), 255).save(file, "JPEG", dpi=(72, 72))
    with Bundle(file.getvalue()) as bundle, pikepdf.open(io.BytesIO(bundle.extract([(0, 0)]))) as pdf:
        assert [float(side) for side in pdf.pages[0].MediaBox[2:]] == pytest.approx([631.5, 842])
