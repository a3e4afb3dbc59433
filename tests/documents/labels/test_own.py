"""Sheets that a service measured: what is printed follows from their size, and is read back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.documents.labels.test_labels import some_labels
from tests.documents.printing import OFFICE, rasterised, read_codes, worn

from materiel.documents.labels.formats import faults_of, load_formats
from materiel.documents.labels.labels import labels_pdf
from materiel.documents.labels.own import own_format
from materiel.domain.item.label_sheet import SheetMeasures
from materiel.settings import resource_dir

SOLD = {key: each for key, each in load_formats(resource_dir("templates") / "labels").items() if not each.is_roll}
NAMES = tuple(SheetMeasures.__dataclass_fields__)
LETTER = SheetMeasures(
    page_width_mm=215.9,
    page_height_mm=279.4,
    columns=3,
    rows=10,
    label_width_mm=66.7,
    label_height_mm=25.4,
    left_mm=4.8,
    top_mm=12.7,
    pitch_x_mm=69.8,
    pitch_y_mm=25.4,
)


def measured(key: str) -> SheetMeasures:
    """A sheet sold everywhere, as a service would measure it."""
    sold = SOLD[key]
    return SheetMeasures(**{name: getattr(sold, name) for name in NAMES if not name.startswith("shift")})


@pytest.mark.parametrize("dpi", [150, 300])
@pytest.mark.parametrize("measures", [*map(measured, SOLD), LETTER], ids=[*SOLD, "letter"])
def test_every_label_of_a_measured_sheet_is_read(measures, dpi):
    own = own_format("own", "La nôtre", measures)
    assert faults_of(own) == []
    labels = some_labels(own.cells)
    page = worn(rasterised(labels_pdf(labels, own), dpi), OFFICE, seed=dpi)
    assert read_codes(page) == {label.address for label in labels}


def test_labels_that_touch_the_edge_are_printed_inside_it():
    own = own_format("own", "La nôtre", measured("a4_3x8_70x37"))
    assert own.cell(1) == pytest.approx((4.0, 4.0))
    assert own.printed_width_mm == pytest.approx(62)
    assert own_format("own", "La nôtre", measured("a4_3x8")).inset_x_mm == 0


@pytest.mark.parametrize(
    ("changes", "measure", "said"),
    [
        ({"columns": 4}, "columns", "dépassent le bord droit de la page : elles vont jusqu’à 280,9"),
        ({"rows": 11}, "rows", "dépassent le bas de la page"),
        ({"pitch_x_mm": 60.0}, "pitch_x_mm", "au moins 66,7"),
        ({"pitch_y_mm": 25.0}, "pitch_y_mm", "Les rangées se recouvrent"),
        ({"label_height_mm": 15.0}, "label_height_mm", "trop petit pour être lu"),
        ({"label_width_mm": 30.0}, "label_height_mm", "trop petit pour être lu"),
    ],
)
def test_what_would_spoil_the_labels_is_said(changes, measure, said):
    (fault,) = faults_of(own_format("own", "La nôtre", replace(LETTER, **changes)))
    assert fault.measure == measure
    assert said in fault.detail.replace("\u00a0", " ")
