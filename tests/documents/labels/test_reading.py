"""Labels printed, worn and read back by another library than the one that made them."""

from __future__ import annotations

import pytest
from PIL import Image
from tests.documents.labels.test_labels import some_labels
from tests.documents.printing import OFFICE, POOR, pages, rasterised, read_codes, thermal, worn

from materiel.documents.labels import qr
from materiel.documents.labels.formats import load_formats
from materiel.documents.labels.labels import ECC, labels_pdf
from materiel.settings import resource_dir

FORMATS = load_formats(resource_dir("templates") / "labels")
PAPER = [key for key, label_format in FORMATS.items() if not label_format.is_roll]
ROLLS = [key for key, label_format in FORMATS.items() if label_format.is_roll]


@pytest.mark.parametrize("dpi", [150, 200, 300])
@pytest.mark.parametrize("key", PAPER)
def test_every_label_of_an_office_print_is_read(key, dpi):
    label_format = FORMATS[key]
    labels = some_labels(label_format.cells)
    page = worn(rasterised(labels_pdf(labels, label_format), dpi), OFFICE, seed=dpi)
    assert read_codes(page) == {label.address for label in labels}


@pytest.mark.parametrize("key", PAPER)
def test_a_page_begun_at_its_middle_is_read(key):
    label_format = FORMATS[key]
    middle = label_format.cells // 2
    labels = some_labels(label_format.cells - middle + 1)
    pdf = labels_pdf(labels, label_format, first_cell=middle)
    page = worn(rasterised(pdf, 200), OFFICE, seed=middle)
    assert pages(pdf) == 1
    assert read_codes(page) == {label.address for label in labels}


@pytest.mark.parametrize("key", PAPER)
def test_the_quiet_zone_of_every_code_is_blank(key):
    label_format = FORMATS[key]
    labels = some_labels(label_format.cells)
    page = rasterised(labels_pdf(labels, label_format), 300)
    modules = qr.coder_for(labels[0].address, ECC).modules
    dot = 300 / 25.4
    quiet = label_format.code_mm / (modules + 2 * qr.QUIET_ZONE) * qr.QUIET_ZONE
    for cell in range(1, label_format.cells + 1):
        left_mm, top_mm = label_format.cell(cell)
        top_mm += (label_format.printed_height_mm - label_format.code_mm) / 2
        corners = (left_mm, top_mm, left_mm + label_format.code_mm, top_mm + label_format.code_mm)
        square = page.crop(tuple(round(each * dot) for each in corners))
        dark = square.convert("L").point(lambda grey: 255 - grey).getbbox()
        edge = quiet * dot
        assert min(dark[0], dark[1], square.width - dark[2], square.height - dark[3]) >= edge - 2


@pytest.mark.parametrize("dpi", [200, 300])
@pytest.mark.parametrize("key", PAPER)
def test_every_label_of_a_poor_print_is_read(key, dpi):
    label_format = FORMATS[key]
    labels = some_labels(label_format.cells)
    page = worn(rasterised(labels_pdf(labels, label_format), dpi), POOR, seed=dpi)
    assert read_codes(page) == {label.address for label in labels}


@pytest.mark.parametrize("gain", [False, True], ids=["cold_head", "hot_head"])
@pytest.mark.parametrize("key", ROLLS)
def test_every_label_of_a_thermal_roll_is_read(key, gain):
    label_format = FORMATS[key]
    labels = some_labels(8)
    pdf = labels_pdf(labels, label_format)
    read = set()
    for page in range(len(labels)):
        printed = thermal(rasterised(pdf, label_format.printer_dpi, page), gain=gain)
        width, height = (round(side * 300 / label_format.printer_dpi) for side in printed.size)
        photographed = printed.resize((width, height), Image.Resampling.BOX)
        read |= read_codes(worn(photographed, POOR, seed=page))
    assert read == {label.address for label in labels}


@pytest.mark.parametrize("key", ROLLS)
def test_a_thermal_module_is_whole_dots(key):
    label_format = FORMATS[key]
    label = some_labels(1)[0]
    printed = thermal(rasterised(labels_pdf([label], label_format), label_format.printer_dpi), gain=False)
    coder = qr.coder_for(label.address, ECC)
    dots = label_format.dots_per_module
    side = coder.modules * dots
    left = qr.QUIET_ZONE * dots
    top = printed.crop((0, 0, left + side, printed.height)).point(lambda grey: 255 - grey).getbbox()[1]
    code = printed.crop((left, top, left + side, top + side))
    matrix = Image.new("L", (coder.modules, coder.modules))
    matrix.putdata([0 if dark else 255 for row in coder.matrix(label.address) for dark in row])
    assert code.tobytes() == matrix.resize((side, side), Image.Resampling.NEAREST).tobytes()


def test_a_scratched_label_is_read():
    label_format = FORMATS["a4_3x8"]
    labels = some_labels(label_format.cells)
    page = rasterised(labels_pdf(labels, label_format), 300)
    modules = qr.coder_for(labels[0].address, ECC).modules
    module = label_format.code_mm / (modules + 2 * qr.QUIET_ZONE) * 300 / 25.4
    for cell in range(1, label_format.cells + 1):
        left_mm, top_mm = label_format.cell(cell)
        x = left_mm * 300 / 25.4 + (qr.QUIET_ZONE + modules / 2) * module
        y = (top_mm + label_format.label_height_mm / 2) * 300 / 25.4
        # A white scratch of a twelfth of the code, across its middle.
        page.paste(255, (round(x - 10 * module), round(y - module), round(x + 10 * module), round(y + module)))
    assert read_codes(page) == {label.address for label in labels}
