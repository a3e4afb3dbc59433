"""The letters of the post: one page, the whole address in the window, 10.5 points, no code."""

from __future__ import annotations

from dataclasses import replace

import pypdfium2
import pytest
from reportlab.lib.units import mm
from tests.documents.cast import CASES, ISSUED_ON
from tests.documents.gate import faults, reading_text
from tests.documents.letterheads import a_letterhead

from materiel.documents.content import Content
from materiel.documents.kinds.cover_letter import CoverLetterFacts, compose_cover_letter
from materiel.documents.pdf.blocks import TextBlock
from materiel.documents.pdf.render import lay_out, render_pdf
from materiel.documents.pdf.structure import Element
from materiel.documents.pdf.styles import PAGE_HEIGHT
from materiel.documents.variables import VARIABLES
from materiel.documents.wording import wordings_of
from materiel.domain.papers.cover_letter import MOST_LISTED, CoverLetterKind, listed

WINDOW = ("Institut", "Bâtiment B", "Résidence", "1 rue des Alpes", "Lieu-dit", "1201 GENÈVE", "SUISSE")
FACTS = replace(CASES["loan_two_homes"], issued_on=ISSUED_ON, agreement_number="2026-2027/0042")
PAPERS = tuple(f"Convention de prêt, n° 2026-2027/{rank:04}, en trois exemplaires" for rank in range(40))


def a_letter(kind: CoverLetterKind, reader: str = "family") -> Content:
    """A letter that says all that its kind may say to a reader."""
    other = "institution" if reader == "family" else "family"
    sections = frozenset(name for wording in wordings_of(kind) for name in wording.sections if other not in name)
    values = {name: variable.sample for name, variable in VARIABLES.items()}
    names = ("back_by", "meeting", "meeting_place", "recalled_on", "recall_ground", "danger", "to_do")
    kept = {name: values[name] for name in names}
    facts = FACTS if reader == "family" else replace(FACTS, pupil=None)
    lines = () if kind in (CoverLetterKind.RECALL, CoverLetterKind.APPOINTMENT) else PAPERS
    letter = CoverLetterFacts(kind=kind, recipient=WINDOW, sections=sections, lines=lines, values=kept)
    return compose_cover_letter(facts, letter)


@pytest.mark.parametrize("reader", ["family", "institution"])
@pytest.mark.parametrize("kind", CoverLetterKind, ids=str)
def test_each_letter_holds_on_one_accessible_page_without_a_code(kind: CoverLetterKind, reader: str) -> None:
    made = render_pdf(a_letter(kind, reader), a_letterhead())
    assert made.pages == 1
    assert faults(made.data) == []
    text = " ".join(reading_text(made.data))
    assert "/v/" not in text
    assert "Vérifier" not in text
    assert ("Lucie" in text) == (reader == "family")


def test_the_window_shows_seven_lines_and_nothing_else() -> None:
    page = pypdfium2.PdfDocument(render_pdf(a_letter(CoverLetterKind.SENDING), a_letterhead()).data)[0]
    text = page.get_textpage()
    seen = ""
    for rank in range(text.count_chars()):
        left, bottom, right, top = text.get_charbox(rank)
        across, down = (left / mm, right / mm), ((PAGE_HEIGHT - top) / mm, (PAGE_HEIGHT - bottom) / mm)
        character = text.get_text_range(rank, 1).strip()
        if character and across[1] > 90 and across[0] < 200 and down[1] > 44 and down[0] < 90:
            seen += character
            assert 100 <= across[0] <= across[1] <= 190
            assert 55 <= down[0] <= down[1] <= 79
    assert seen == "".join("".join(WINDOW).split())
    ground = page.render(scale=2).to_pil().convert("L")
    for edges in ((90, 44, 200, 54), (90, 80, 200, 90), (90, 44, 99, 90), (191, 44, 200, 90)):
        assert ground.crop(tuple(round(each * mm * 2) for each in edges)).getextrema() == (255, 255)


def test_what_is_said_is_set_in_ten_and_a_half_points() -> None:
    layout = lay_out(a_letter(CoverLetterKind.SENDING), Element("Document"))
    said = [each.block for each in layout.pages[0] if isinstance(each.block, TextBlock)]
    sizes = {block.style.size for block in said if not "".join(run.text for run in block.text).startswith("Réf.")}
    assert sizes == {10.5}


def test_a_long_list_says_how_many_more() -> None:
    assert listed(PAPERS[:MOST_LISTED]) == PAPERS[:MOST_LISTED]
    assert listed(PAPERS)[-1] == f"et {len(PAPERS) - MOST_LISTED + 1} autres"
    assert len(listed(PAPERS)) == MOST_LISTED
