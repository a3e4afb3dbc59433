"""Ink in the boxes of an issued paper: seen where there is some, never where there is none, else left to a person."""

from __future__ import annotations

import io
from collections import Counter

import pikepdf
import pytest
from PIL import Image
from tests.documents.cast import CASES
from tests.documents.printing import rasterised
from tests.documents.reading import composed
from tests.documents.sample_contents import agreement
from tests.scans.bundles import BAD_SCAN, SCAN
from tests.scans.paper import inked, office, photographed

from materiel.documents.content import Signatures
from materiel.documents.pdf.render import render_pdf
from materiel.scans.ink import SeenPage
from materiel.scans.issued import MM, Issued, boxes_of
from materiel.scans.reader import _read
from materiel.scans.reading import InkVerdict

LAST = render_pdf(agreement(1)).pages
"""The page of the signatures."""

NAMES = ["Mme Hélène Dœuvre", "Mme Anaïs N’Guyen-Lefèvre", "M. Loïc Lefèvre"]


@pytest.fixture(scope="module")
def issued():
    return Issued(render_pdf(agreement(1)).data)


@pytest.fixture(scope="module")
def last_page():
    return rasterised(render_pdf(agreement(1)).data, 200, LAST - 1)


def verdicts(image, issued):
    reading, corners = _read(image)
    assert reading.number == LAST
    seen = SeenPage(image, corners, issued.page(LAST)).look(issued.boxes)
    return [each.verdict for each in seen]


def test_the_boxes_are_found_in_the_bytes_that_were_issued(issued):
    placed = boxes_of(issued.boxes, NAMES)
    assert [box.page for box in placed] == [LAST] * 3
    assert placed == list(issued.boxes)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.signatories])
def test_the_boxes_of_every_paper_are_known(name):
    """Two or three to a row, with or without a stamp: each has its place, or no scan of it would ever be read."""
    content = composed(CASES[name])
    (boxes,) = (block.boxes for block in content.blocks if isinstance(block, Signatures))
    placed = boxes_of(Issued(render_pdf(content).data).boxes, [box.name for box in boxes])
    assert placed is not None
    for box in placed:
        assert box.place[3] - box.printed[3] >= 22 * MM


@pytest.mark.parametrize("names", [NAMES[:2], [*NAMES[:2], "Mme Personne"], [*NAMES[:2], ""]])
def test_a_box_that_bears_another_name_is_nobodys(issued, names):
    assert boxes_of(issued.boxes, names) is None


@pytest.mark.parametrize("wear", [SCAN, BAD_SCAN], ids=["scan", "bad_scan"])
@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_scans_tell_ink_from_none(issued, last_page, wear, turned):
    for rank, width in ((0, 3), (2, 5)):
        page = inked(last_page, issued.boxes[rank], 10 * rank + turned, width=width)
        found = verdicts(office(page, turned + rank, wear=wear, turned=turned), issued)
        assert found == [InkVerdict.INK if each == rank else InkVerdict.NONE for each in range(3)]


def test_photographs_are_never_wrong_and_seldom_in_doubt(issued, last_page):
    told = Counter()
    for seed in range(6):
        rank = seed % 3
        page = inked(last_page, issued.boxes[rank], seed, width=4)
        found = verdicts(photographed(page, seed, turned=(0, 90, 180)[rank]), issued)
        for each, verdict in enumerate(found):
            wrong = InkVerdict.NONE if each == rank else InkVerdict.INK
            assert verdict is not wrong
            told[verdict] += 1
    assert told[InkVerdict.LOOK] <= 6


def test_a_pencil_is_left_to_a_person(issued, last_page):
    page = inked(last_page, issued.boxes[0], 3, pen=190, width=2)
    assert verdicts(office(page, 1), issued)[0] is InkVerdict.LOOK


def test_a_page_cut_at_its_boxes_is_left_to_a_person(issued, last_page):
    image = office(last_page, 2)
    cut = image.copy()
    # What is left of the page: its foot, with the code.
    cut.paste(255, (0, 0, cut.width, cut.height * 4 // 5))
    assert set(verdicts(cut, issued)) == {InkVerdict.LOOK}


def test_another_layout_under_the_same_code_is_left_to_a_person(issued):
    """The boxes are looked for where the issued bytes have them, and believed only where its words are found."""
    other = rasterised(render_pdf(agreement(1)).data, 200, 0)
    reading, corners = _read(other)
    assert reading.number == 1 != LAST
    seen = SeenPage(other, corners, issued.page(LAST)).look(issued.boxes)
    assert {each.verdict for each in seen} == {InkVerdict.LOOK}


def test_a_paper_without_a_frame_has_no_place_to_look_at():
    file = io.BytesIO()
    Image.new("L", (1654, 2339), 255).save(file, "PDF", resolution=200)
    with pikepdf.open(io.BytesIO(file.getvalue())) as document:
        assert len(document.pages) == 1
    assert boxes_of(Issued(file.getvalue()).boxes, NAMES) is None
