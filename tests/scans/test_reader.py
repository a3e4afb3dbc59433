"""One page: its code is read whichever way it was scanned, or the page is left to a person."""

from __future__ import annotations

import pytest
from PIL import Image
from tests.documents.labels.test_labels import FORMATS, a_label
from tests.documents.printing import rasterised
from tests.scans.bundles import BAD_SCAN, SCAN, an_agreement, as_pdf, blank, scanned, torn

from materiel.documents.labels.labels import labels_pdf
from materiel.scans.bundle import Bundle
from materiel.scans.reader import read_image, read_page
from materiel.scans.reading import PageProblem, PageReading


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
@pytest.mark.parametrize("wear", [SCAN, BAD_SCAN], ids=["scan", "bad_scan"])
def test_a_signed_page_is_read_whichever_way_it_lies(wear, turned):
    code, pages = an_agreement(1)
    for number, page in enumerate(pages, 1):
        read = read_image(scanned(page, 10 * number + turned, wear=wear, turned=turned))
        assert read == PageReading(code=code, number=number, rotation=-turned % 360)


def test_a_blurred_code_is_read_at_a_later_attempt():
    _, pages = an_agreement(1)
    small = pages[0].resize((pages[0].width * 55 // 100, pages[0].height * 55 // 100), Image.Resampling.BILINEAR)
    assert read_image(small).number == 1


def test_a_page_without_its_code_is_left_to_a_person():
    _, pages = an_agreement(1)
    assert read_image(scanned(torn(pages[1]), 5)) == PageReading(problem=PageProblem.NO_CODE)


def test_a_blank_page_is_known_as_such():
    assert read_image(blank(3)) == PageReading(problem=PageProblem.BLANK)


def test_two_pages_in_one_image_are_left_to_a_person():
    _, (first, second, *_) = an_agreement(1)
    both = Image.new("L", (first.width * 2, first.height), 255)
    both.paste(first, (0, 0))
    both.paste(second, (first.width, 0))
    assert read_image(both) == PageReading(problem=PageProblem.SEVERAL_CODES)


def test_the_label_of_an_item_is_not_a_page():
    image = rasterised(labels_pdf([a_label()], FORMATS["a4_3x8"]), 200)
    assert read_image(image) == PageReading(problem=PageProblem.NO_CODE)


def test_a_page_turned_by_its_pdf_is_read_as_displayed():
    code, pages = an_agreement(2)
    with Bundle(as_pdf([scanned(pages[0], 1, turned=90)])) as bundle:
        upright = bundle.extract([(0, 270)])
    with Bundle(upright) as bundle:
        assert read_page(bundle, 0) == PageReading(code=code, number=1, rotation=0)
