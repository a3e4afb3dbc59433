"""Papers under a bloc-marque: accessible and archivable, on as many pages, the picture in the file once."""

from __future__ import annotations

import io
from dataclasses import replace

import pikepdf
import pypdfium2
import pytest
from reportlab.lib.units import mm
from tests.documents.cast import BRAILLE, CASES, ISSUED_ON, LAPTOP, SOFTWARE, lines_of
from tests.documents.gate import faults, reading_text
from tests.documents.letterheads import WORDS, a_letterhead, drawn_picture, picture_file
from tests.documents.reading import composed

from materiel.documents.pdf.pictures import picture_of
from materiel.documents.pdf.render import lay_out, render_pdf, shared_bytes
from materiel.documents.pdf.structure import Element
from materiel.documents.pdf.styles import GEOMETRY, PAGE_HEIGHT
from materiel.documents.pdf.writing.metadata import Metadata
from materiel.documents.run.gathering import Gathering
from materiel.domain.papers.document import DocumentKind
from materiel.domain.papers.letterhead import HIGHEST_MM, WIDEST_MM, Letterhead
from materiel.scans.letterhead import printable_picture

K = DocumentKind
LARGE = ("loan_two_homes", "tripartite_commune", "deposit_commune", "amendment_added", "handover_home", "notice_mayor")


def of_today(name: str):
    return composed(replace(CASES[name], issued_on=ISSUED_ON))


def figures(element: pikepdf.Object) -> list[pikepdf.Object]:
    """The figures of a structure tree."""
    found = [element] if element.get("/S") == "/Figure" else []
    kids = element.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            found += figures(kid)
    return found


@pytest.mark.parametrize("name", LARGE)
def test_a_paper_under_a_letterhead_is_accessible_and_archivable(name: str) -> None:
    data = render_pdf(of_today(name), a_letterhead()).data
    assert faults(data) == []
    with pikepdf.open(io.BytesIO(data)) as pdf:
        (figure,) = [each for each in figures(pdf.Root.StructTreeRoot.K) if "Code QR" not in str(each.Alt)]
        assert str(figure.Alt) == WORDS
        left, bottom, right, top = (float(each) for each in figure.A.BBox)
        assert left == pytest.approx(GEOMETRY.left, abs=0.1)
        assert PAGE_HEIGHT - top <= 12.1 * mm
        assert top - bottom <= HIGHEST_MM * mm + 0.1
        assert right - left <= WIDEST_MM * mm + 0.1
        assert len([each for each in pdf.objects if _is_image(each)]) == 1


def _is_image(thing: pikepdf.Object) -> bool:
    return isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image"


def test_the_picture_is_drawn_as_it_was_sent() -> None:
    page = pypdfium2.PdfDocument(render_pdf(of_today("loan_two_homes"), a_letterhead()).data)[0]
    drawn = page.render(scale=300 / 72).to_pil().convert("RGB")
    left, top = GEOMETRY.left * 300 / 72, GEOMETRY.top_of_picture * 300 / 72
    colours = [drawn.getpixel((round(left + 25 + 49 * rank), round(top + 15))) for rank in range(3)]
    for seen, wanted in zip(colours, ((0x2F, 0x6F, 0x4F), (0xF2, 0xE8, 0xC9), (0x8A, 0x3B, 0x6B)), strict=True):
        assert all(abs(one - other) < 6 for one, other in zip(seen, wanted, strict=True)), colours


def test_a_grey_picture_is_written_grey() -> None:
    grey = Letterhead.of(printable_picture(picture_file(drawn_picture(mode="LA"))), WORDS)
    data = render_pdf(of_today("handover_home"), grey).data
    assert faults(data) == []
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert {str(each.ColorSpace) for each in pdf.objects if _is_image(each)} == {"/DeviceGray"}


def test_a_file_that_is_not_ours_is_not_drawn() -> None:
    for data in (b"GIF89a", picture_file(drawn_picture())):
        with pytest.raises(ValueError, match="letterhead"):
            picture_of(Letterhead.of(data, WORDS))


@pytest.mark.parametrize("items", [(LAPTOP,), (BRAILLE,), (LAPTOP, BRAILLE), (LAPTOP, SOFTWARE)], ids=len)
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.kind is K.LOAN_AGREEMENT])
def test_a_loan_of_one_or_two_items_holds_on_a_sheet_under_a_letterhead(name: str, items: tuple) -> None:
    made = composed(replace(CASES[name], issued_on=ISSUED_ON, items=lines_of(*items)))
    assert len(lay_out(made, Element("Document"), picture_of(a_letterhead())).pages) <= 2


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.kind is not K.LOAN_AGREEMENT])
def test_no_other_paper_takes_a_page_more(name: str) -> None:
    made = of_today(name)
    under = len(lay_out(made, Element("Document"), picture_of(a_letterhead())).pages)
    assert under <= len(lay_out(made, Element("Document")).pages)


def test_the_name_is_said_by_the_picture_and_the_title_stands_beside_it() -> None:
    text = reading_text(render_pdf(of_today("handover_home"), a_letterhead()).data)
    title = next(rank for rank, line in enumerate(text) if "Bon de remise" in line)
    assert "2026-2027/0042" in text[title + 1]
    assert CASES["handover_home"].service.name not in text[: title + 1]


def test_a_print_run_holds_the_picture_once() -> None:
    out = io.BytesIO()
    run = Gathering(out)
    for name in LARGE:
        run.add(render_pdf(of_today(name), a_letterhead()).data, title=name, copies=2)
    run.finish(Metadata("Documents à imprimer", "DSDEN", "", ISSUED_ON, "fr-FR"))
    assert faults(out.getvalue()) == []
    with pikepdf.open(io.BytesIO(out.getvalue())) as pdf:
        assert len([each for each in pdf.objects if _is_image(each)]) == 1


def test_papers_under_one_letterhead_begin_with_the_same_bytes_picture_included() -> None:
    drawn = [render_pdf(of_today(name), a_letterhead()).data for name in LARGE]
    shared = shared_bytes(a_letterhead())
    assert len({each[:shared] for each in drawn}) == 1
    assert b"/Subtype /Image" in drawn[0][:shared]
    assert shared > shared_bytes()
    assert drawn[0] == render_pdf(of_today(LARGE[0]), a_letterhead()).data
