"""What a label says, that it fits, and the file it is printed from."""

from __future__ import annotations

import io
from dataclasses import replace

import pikepdf
import pytest
import zxingcpp
from tests.documents.printing import pages, rasterised, words

from materiel.documents.fonts import split_by_face
from materiel.documents.labels.calibration import calibration_pdf
from materiel.documents.labels.formats import PT_PER_MM, load_formats
from materiel.documents.labels.labels import LEADING, Label, Offset, label_lines, labels_pdf
from materiel.errors import RuleBroken
from materiel.settings import resource_dir

FORMATS = load_formats(resource_dir("templates") / "labels")
BASE = "HTTPS://MATERIEL.ACADEMIE-EXEMPLE.FR"[:31]
LONGEST_NUMBERS = ["W" * 25, "DSDEN35-2026-ORDINATEUR-1", "1234567890123456789012345"]
SERVICE = "DSDEN d'Ille-et-Vilaine"
LONGEST_SERVICE = "Direction des services départementaux de l'éducation nationale du Territoire de Belfort, " * 2
PHONE = "02 99 25 10 20"


def a_label(number="35-2026-00042", *, rank=0, service_name=SERVICE, phone=PHONE):
    return Label(
        address=f"{BASE}/Q/{rank * 7919**3 % 10**13:013}",
        inventory_number=number,
        service_name=service_name,
        phone=phone,
    )


def some_labels(count):
    return [a_label(f"35-2026-{rank:05}", rank=rank) for rank in range(1, count + 1)]


def width(line):
    return sum(face.width(run) for face, run in split_by_face(line.text, bold=line.bold)) * line.size / 1000


def test_a_label_names_the_number_the_service_and_the_phone():
    pdf = labels_pdf([a_label()], FORMATS["a4_3x8"])
    assert words(pdf) == "35-2026-00042 DSDEN d’Ille-et-Vilaine Trouvé ? Appelez le 02 99 25 10 20"


def test_without_a_phone_the_finder_is_told_to_scan():
    assert words(labels_pdf([a_label(phone="")], FORMATS["a4_3x8"])).endswith("Trouvé ? Scannez le code.")


@pytest.mark.parametrize("phone", ["", PHONE, "02 99 25 10 20 (accueil, poste 12345 678)"])
@pytest.mark.parametrize("service_name", [SERVICE, LONGEST_SERVICE])
@pytest.mark.parametrize("number", ["A1", "35-2026-00042", *LONGEST_NUMBERS])
@pytest.mark.parametrize("key", FORMATS)
def test_the_longest_texts_fit_beside_the_code(key, number, service_name, phone):
    label_format = FORMATS[key]
    lines = label_lines(a_label(number, service_name=service_name, phone=phone), label_format)
    room = (label_format.label_width_mm - label_format.code_mm - label_format.padding_mm) * PT_PER_MM
    assert max(map(width, lines)) <= room
    height = (label_format.label_height_mm - 2 * label_format.padding_mm) * PT_PER_MM
    assert sum(LEADING * line.size for line in lines) <= height + 0.01


@pytest.mark.parametrize("number", ["A1", "35-2026-00042", *LONGEST_NUMBERS])
@pytest.mark.parametrize("key", FORMATS)
def test_the_number_is_whole_bold_and_the_biggest(key, number):
    lines = label_lines(a_label(number, service_name=LONGEST_SERVICE), FORMATS[key])
    largest = max(line.size for line in lines)
    of_number = [line for line in lines if line.size == largest]
    assert "".join(line.text for line in of_number) == number
    assert all(line.bold for line in of_number)


@pytest.mark.parametrize("key", FORMATS)
def test_the_phone_is_whole_on_one_line(key):
    lines = label_lines(a_label(service_name=LONGEST_SERVICE), FORMATS[key])
    assert lines[-1].text == PHONE.replace(" ", "\u00a0")


def test_a_long_service_name_ends_with_an_ellipsis():
    lines = label_lines(a_label(service_name=LONGEST_SERVICE), FORMATS["a4_5x13"])
    assert [line.text[-1] for line in lines if line.text.endswith("…")] == ["…"]


def test_a_number_is_cut_after_a_separator():
    lines = label_lines(a_label("DSDEN35-2026-PORT-00001"), FORMATS["a4_3x8"])
    assert [line.text for line in lines if line.bold][:2] == ["DSDEN35-2026-", "PORT-00001"]


def test_a_character_the_fonts_lack_is_refused():
    with pytest.raises(RuleBroken) as refusal:
        labels_pdf([a_label(service_name="Service 😀")], FORMATS["a4_3x8"])
    assert refusal.value.code == "text.not_drawable"


def test_a_rare_letter_is_drawn_from_the_fallback_face():
    pdf = labels_pdf([a_label(service_name="Service Nguyễn")], FORMATS["a4_3x8"])
    assert "Service Nguyễn" in words(pdf)


def test_markup_in_a_name_is_printed_as_typed():
    pdf = labels_pdf([a_label(service_name="<b>(Service) \\ & fils</b>")], FORMATS["a4_3x8"])
    assert "<b>(Service) \\ & fils</b>" in words(pdf)


@pytest.mark.parametrize(("count", "first_cell", "expected"), [(24, 1, 1), (25, 1, 2), (24, 2, 2), (1, 24, 1)])
def test_labels_take_as_many_pages_as_they_need(count, first_cell, expected):
    assert pages(labels_pdf(some_labels(count), FORMATS["a4_3x8"], first_cell=first_cell)) == expected


@pytest.mark.parametrize("key", FORMATS)
def test_each_code_is_in_its_own_cell(key):
    label_format = FORMATS[key]
    first_cell = min(3, label_format.cells)
    labels = some_labels(label_format.cells - first_cell + 1)
    image = rasterised(labels_pdf(labels, label_format, first_cell=first_cell), 300)
    places = {}
    for found in zxingcpp.read_barcodes(image):
        corner = found.position.top_left
        places[found.text] = (corner.x * 25.4 / 300, corner.y * 25.4 / 300)
    assert len(places) == len(labels)
    for cell, label in enumerate(labels, first_cell):
        x_mm, y_mm = places[label.address]
        left_mm, top_mm = label_format.cell(cell)
        assert left_mm + 1 < x_mm < left_mm + 4
        assert top_mm + 1 < y_mm < top_mm + label_format.label_height_mm / 2


def test_offsets_shift_the_print():
    label_format = FORMATS["a4_4x10"]
    boxes = []
    for offset in (Offset(), Offset(right_mm=1.5, down_mm=-2)):
        page = rasterised(labels_pdf([a_label()], label_format, first_cell=6, offset=offset), 254)
        boxes.append(page.point(lambda grey: 255 - grey).getbbox())
    shifts = [after - before for before, after in zip(*boxes, strict=True)]
    assert shifts == pytest.approx([15, -20, 15, -20], abs=1)


@pytest.mark.parametrize(
    ("offset", "code"), [(Offset(right_mm=11), "label.offset"), (Offset(down_mm=-11), "label.offset")]
)
def test_an_offset_beyond_reason_is_refused(offset, code):
    for make in (
        lambda: labels_pdf([a_label()], FORMATS["a4_3x8"], offset=offset),
        lambda: calibration_pdf(FORMATS["a4_3x8"], offset=offset),
    ):
        with pytest.raises(RuleBroken) as refusal:
            make()
        assert refusal.value.code == code


@pytest.mark.parametrize(("key", "first_cell"), [("a4_3x8", 0), ("a4_3x8", 25), ("roll_50x25_203dpi", 2)])
def test_a_first_cell_outside_the_sheet_is_refused(key, first_cell):
    with pytest.raises(RuleBroken) as refusal:
        labels_pdf([a_label()], FORMATS[key], first_cell=first_cell)
    assert refusal.value.code == "label.first_cell"


def test_no_label_is_refused():
    with pytest.raises(RuleBroken) as refusal:
        labels_pdf([], FORMATS["a4_3x8"])
    assert refusal.value.code == "label.none"


def test_the_same_labels_give_the_same_bytes():
    label_format = FORMATS["a4_5x13"]
    assert labels_pdf(some_labels(70), label_format) == labels_pdf(some_labels(70), label_format)


@pytest.mark.parametrize("make", [lambda label_format: labels_pdf([a_label()], label_format), calibration_pdf])
@pytest.mark.parametrize("key", ["a4_5x13", "roll_50x25_300dpi"])
def test_the_file_says_its_language_its_title_and_embeds_its_fonts(make, key):
    with pikepdf.open(io.BytesIO(make(FORMATS[key]))) as pdf:
        assert pdf.Root.Lang == "fr-FR"
        assert pdf.docinfo.Title in ("Étiquettes d'inventaire", "Page de calage des étiquettes")
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert pdf.Root.ViewerPreferences.PrintScaling == "/None"
        fonts = [font for page in pdf.pages for font in page.Resources.Font.values()]
        assert fonts
        for font in fonts:
            assert "/FontFile2" in font.FontDescriptor
            assert "/ToUnicode" in font


def test_the_calibration_page_measures_true():
    page = rasterised(calibration_pdf(FORMATS["a4_5x13"]), 254)
    top_left = page.crop((40, 100, 55, 115)).point(lambda grey: 255 - grey)
    assert top_left.getpixel((6, 7)) > 60
    text = words(calibration_pdf(FORMATS["a4_5x13"], offset=Offset(right_mm=1.5, down_mm=-0.5)))
    assert "horizontal 1,5 mm, vertical −0,5 mm" in text
    assert "100" in text


def test_the_calibration_page_of_a_roll_holds_on_one_label():
    label_format = FORMATS["roll_50x25_203dpi"]
    pdf = calibration_pdf(label_format)
    assert pages(pdf) == 1
    assert "Le cadre doit être à 2 mm de chaque bord." in words(pdf)


def test_a_number_that_no_line_can_hold_is_refused():
    narrow = replace(FORMATS["a4_5x13"], label_width_mm=FORMATS["a4_5x13"].code_mm + 3)
    with pytest.raises(RuleBroken) as error:
        label_lines(a_label("W" * 25), narrow)
    assert error.value.code == "label.number_too_long"
