"""The formats of `templates/labels`: usable as they are, and refused once damaged."""

from __future__ import annotations

import shutil

import pytest
from tests.documents.printing import words

from materiel.documents.labels import qr
from materiel.documents.labels.calibration import calibration_pdf
from materiel.documents.labels.formats import (
    LARGEST_CODE_MODULES,
    MM_PER_INCH,
    SMALLEST_MODULE_MM,
    InvalidFormat,
    format_named,
    load_formats,
)
from materiel.documents.labels.labels import ECC
from materiel.domain.item.label import LONGEST_ADDRESS
from materiel.errors import NotFound
from materiel.settings import resource_dir

FOLDER = resource_dir("templates") / "labels"
FORMATS = load_formats(FOLDER)


def a_damaged_folder(folder, key, old, new):
    shutil.copy(FOLDER / f"{key}.toml", folder)
    path = folder / f"{key}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return folder


def test_the_promised_sheets_exist():
    assert {key: label_format.cells for key, label_format in FORMATS.items() if not label_format.is_roll} == {
        "a4_2x7": 14,
        "a4_3x7": 21,
        "a4_3x8": 24,
        "a4_3x8_70x37": 24,
        "a4_4x10": 40,
        "a4_4x12": 48,
        "a4_5x13": 65,
    }
    assert {label_format.printer_dpi for label_format in FORMATS.values() if label_format.is_roll} == {203, 300}


@pytest.mark.parametrize("key", FORMATS)
def test_a_module_of_the_longest_address_is_large_enough(key):
    modules = qr.coder_for("A" * LONGEST_ADDRESS, ECC).modules + 2 * qr.QUIET_ZONE
    assert modules == LARGEST_CODE_MODULES
    assert FORMATS[key].code_side_mm(modules) / modules >= SMALLEST_MODULE_MM


@pytest.mark.parametrize("key", FORMATS)
def test_a_shorter_address_never_has_smaller_modules(key):
    label_format = FORMATS[key]
    largest = label_format.code_side_mm(LARGEST_CODE_MODULES) / LARGEST_CODE_MODULES
    shorter = qr.coder_for("A" * 29, ECC).modules + 2 * qr.QUIET_ZONE
    assert label_format.code_side_mm(shorter) / shorter > largest - 1e-9


@pytest.mark.parametrize("key", [key for key, label_format in FORMATS.items() if label_format.is_roll])
def test_lengths_of_a_roll_are_whole_dots(key):
    label_format = FORMATS[key]
    dot_mm = MM_PER_INCH / label_format.printer_dpi
    for length_mm in (
        label_format.page_width_mm,
        label_format.page_height_mm,
        label_format.code_mm,
        label_format.snapped(3.3),
    ):
        assert length_mm / dot_mm == pytest.approx(round(length_mm / dot_mm), abs=1e-9)


def test_cells_go_left_to_right_then_down():
    label_format = FORMATS["a4_3x8"]
    assert [label_format.cell(number) for number in (1, 3, 4, 24)] == [
        pytest.approx(place) for place in ((7.2, 12.9), (139.2, 12.9), (7.2, 46.8), (139.2, 250.2))
    ]


@pytest.mark.parametrize("key", [key for key, label_format in FORMATS.items() if not label_format.is_roll])
def test_a_sheet_of_paper_is_centred_as_sold(key):
    label_format = FORMATS[key]
    first_left, first_top = label_format.cell(1)
    last_left, last_top = label_format.cell(label_format.cells)
    assert label_format.page_width_mm - last_left - label_format.printed_width_mm == pytest.approx(first_left, abs=0.2)
    assert label_format.page_height_mm - last_top - label_format.printed_height_mm == pytest.approx(first_top, abs=0.2)


@pytest.mark.parametrize("key", [key for key, label_format in FORMATS.items() if not label_format.is_roll])
def test_no_code_is_in_what_a_printer_leaves_blank(key):
    label_format = FORMATS[key]
    left, top = label_format.cell(1)
    quiet = label_format.code_mm / LARGEST_CODE_MODULES * qr.QUIET_ZONE
    aside = (label_format.printed_height_mm - label_format.code_mm) / 2
    assert left + quiet >= 4.2
    assert top + aside + quiet >= 4.2


def test_a_sheet_cut_edge_to_edge_says_where_its_frames_are():
    told = " ".join(words(calibration_pdf(FORMATS["a4_3x8_70x37"])).split())
    assert "4 mm à gauche et à droite, 3 mm en haut et en bas" in told.replace("\u00a0", " ")
    assert "en dedans" not in words(calibration_pdf(FORMATS["a4_3x8"]))


@pytest.mark.parametrize(
    ("key", "old", "new", "fault"),
    [
        ("a4_3x8", "columns = 3", "columns = 4", "dépassent le bord droit"),
        ("a4_3x8", "rows = 8", "rows = 9", "dépassent le bas"),
        ("a4_3x8", "pitch_x_mm = 66.0", "pitch_x_mm = 60.0", "colonnes se recouvrent"),
        ("a4_3x8", "pitch_y_mm = 33.9", "pitch_y_mm = 33.0", "rangées se recouvrent"),
        ("a4_3x8", "code_mm = 27.0", "code_mm = 16.0", "trop petit pour être lu"),
        ("a4_3x8", "code_mm = 27.0", "code_mm = 34.0", "plus haut que l’étiquette"),
        ("a4_3x8", "code_mm = 27.0", "code_mm = 33.0\nlabel_widht_mm = 1", "label_widht_mm"),
        ("a4_3x8", "rows = 8\n", "", "rows"),
        ("a4_3x8", "rows = 8", "rows = 8.5", "int"),
        ("a4_3x8", "text_pt = 7", "text_pt = 4", "5.0"),
        ("a4_3x8", "number_pt = 14", "number_pt = 7", "pas en plus gros"),
        ("a4_3x8", "left_mm = 7.2", "left_mm = -7.2", "left_mm"),
        ("a4_4x10", "label_width_mm = 45.7", "label_width_mm = 36", "pas de place pour le texte"),
        ("roll_50x25_203dpi", "dots_per_module = 4", "dots_per_module = 4.5", "int"),
        ("roll_50x25_203dpi", "dots_per_module = 4", "dots_per_module = 3", "trop petit pour être lu"),
        ("roll_50x25_300dpi", "dots_per_module = 6", "dots_per_module = 5", "trop petit pour être lu"),
        ("roll_50x25_203dpi", "printer_dpi = 203", "printer_dpi = 203\ncolumns = 2", "columns"),
    ],
)
def test_a_damaged_sheet_is_refused_by_name(tmp_path, key, old, new, fault):
    with pytest.raises(InvalidFormat, match=fault) as refusal:
        load_formats(a_damaged_folder(tmp_path, key, old, new))
    assert str(refusal.value).startswith(f"{key}.toml: ")


def test_an_unknown_sheet_lists_the_known_ones():
    with pytest.raises(NotFound, match="a4_3x8, a4_3x8_70x37, a4_4x10") as refusal:
        format_named("a4_2x2", FORMATS)
    assert refusal.value.code == "label.unknown_sheet"
