"""Where things stand on the page: the window of the envelope, room to sign, codes, and what is kept together."""

from __future__ import annotations

from dataclasses import replace

import pypdfium2
import pytest
import zxingcpp
from reportlab.lib.units import mm
from tests.documents.gate import reading_text
from tests.documents.sample_contents import (
    ARTICLES,
    FATHER,
    LETTER,
    MAYOR,
    MOTHER,
    SENDER,
    STATE,
    agreement,
    content,
    equipment_table,
    notice,
    plain,
)

from materiel.documents.content import Content, Heading, Letter, Paragraph, Signatures
from materiel.documents.labels import qr
from materiel.documents.pdf import render_pdf
from materiel.documents.pdf.blocks import TextBlock
from materiel.documents.pdf.render import LaidOut, lay_out
from materiel.documents.pdf.signatures import SignatureBoxes
from materiel.documents.pdf.structure import Element
from materiel.documents.pdf.styles import GEOMETRY, PAGE_HEIGHT, PAGE_WIDTH
from materiel.documents.pdf.tables import TableBlock
from materiel.errors import RuleBroken

LONG_ADDRESS = (
    "Monsieur le Président de la communauté de communes",
    "Couesnon Marches de Bretagne et pays de Fougères",
    "Direction de l’enfance, de la jeunesse et des écoles",
    "Bâtiment des services techniques, 2e étage, bureau 214",
    "Zone d’activités Saint-Eustache, 12 bis, rue de la Libération",
    "35460 SAINT-ÉTIENNE-EN-COGLÈS CEDEX",
)


def _layout(of: Content) -> LaidOut:
    return lay_out(of, Element("Document"))


def _boxes_mm(data: bytes, page: int = 0) -> list[tuple[float, float, float, float, str]]:
    """Left, top, right, bottom in mm from the upper left corner, and text, of each character but blanks."""
    sheet = pypdfium2.PdfDocument(data)[page].get_textpage()
    found = []
    for rank in range(sheet.count_chars()):
        text = sheet.get_text_range(rank, 1)
        if text.strip():
            left, bottom, right, top = sheet.get_charbox(rank)
            found.append((left / mm, (PAGE_HEIGHT - top) / mm, right / mm, (PAGE_HEIGHT - bottom) / mm, text))
    return found


@pytest.mark.parametrize("recipient", [LETTER.recipient, ("M. Le Goff",), LONG_ADDRESS])
def test_the_window_shows_the_whole_address_and_nothing_else(recipient: tuple[str, ...]) -> None:
    data = render_pdf(notice(letter=replace(LETTER, recipient=recipient))).data
    may_be_seen = [box for box in _boxes_mm(data) if box[2] > 90 and box[0] < 200 and box[3] > 44 and box[1] < 90]
    assert "".join(box[4] for box in may_be_seen) == "".join("".join(recipient).split())
    for left, top, right, bottom, character in may_be_seen:
        assert left >= 100, character
        assert right <= 190, character
        assert top >= 55, character
        assert bottom <= 79, character


def test_no_line_or_ground_crosses_the_window() -> None:
    image = pypdfium2.PdfDocument(render_pdf(notice(letter=replace(LETTER, recipient=()))).data)[0]
    bitmap = image.render(scale=2).to_pil().convert("L")
    window = bitmap.crop(tuple(round(value * mm * 2) for value in (90, 44, 200, 90)))
    assert window.getextrema() == (255, 255)


def test_an_address_too_long_for_the_window_is_refused() -> None:
    letter = replace(LETTER, recipient=LONG_ADDRESS * 2)
    with pytest.raises(RuleBroken) as refusal:
        render_pdf(notice(letter=letter))
    assert refusal.value.code == "document.address_too_long"


def test_the_sender_of_a_letter_stays_clear_of_the_window() -> None:
    crowded = replace(notice(), sender=(*SENDER, "Bureau des matériels adaptés", "Pôle de la scolarité"))
    boxes = _boxes_mm(render_pdf(crowded).data)
    in_window = "".join(box[4] for box in boxes if box[2] > 90 and box[3] > 44 and box[1] < 90)
    assert in_window == "".join("".join(LETTER.recipient).split())


@pytest.mark.parametrize("boxes", [(STATE,), (STATE, MOTHER), (STATE, MOTHER, FATHER), (STATE, MOTHER, FATHER, MAYOR)])
def test_each_box_leaves_28_mm_to_sign_and_all_are_on_one_page(boxes: tuple) -> None:
    layout = _layout(agreement(boxes=boxes))
    pages = [
        number for number, page in enumerate(layout.pages) for item in page if isinstance(item.block, SignatureBoxes)
    ]
    assert len(set(pages)) == 1
    for item in layout.pages[pages[0]]:
        if isinstance(item.block, SignatureBoxes):
            for _, words in item.block.boxes:
                printed = sum(block.measure(item.block.box_width) for block in words)
                assert item.block.box_height - printed >= 28 * mm
                assert item.block.box_width >= 56 * mm


def test_a_box_names_who_signs_in_what_capacity_with_what_mention() -> None:
    text = "\n".join(reading_text(render_pdf(agreement(boxes=(STATE, FATHER))).data))
    for line in (FATHER.party, FATHER.name, FATHER.capacity, "Signature facultative", FATHER.mention):
        assert line in text
    assert text.count("Signature facultative") == 1


def test_signatures_come_with_place_date_and_some_text() -> None:
    for paragraphs in range(1, 40):
        blocks = [Paragraph(text=plain(f"Paragraphe {rank}. " * 12)) for rank in range(paragraphs)]
        made = content(
            *blocks,
            Heading(level=2, text="Signatures"),
            Signatures(made_at="Fait à Rennes.", boxes=(STATE, MOTHER)),
        )
        last = _layout(made).pages[-1]
        kinds = [type(item.block) for item in last]
        assert kinds[-3:] == [TextBlock, TextBlock, SignatureBoxes], paragraphs
        assert kinds[-4] is TextBlock, paragraphs


def test_no_heading_is_left_at_the_foot_of_a_page() -> None:
    for lines in range(1, 60):
        blocks = [Paragraph(text=plain("Ligne.")) for _ in range(lines)]
        made = content(*blocks, Heading(level=2, text="Partie"), Heading(level=3, text="Article"), *blocks)
        for page in _layout(made).pages:
            assert not page[-1].block.keep_with_next, lines


def test_no_line_of_a_paragraph_stands_alone() -> None:
    for lines in range(1, 60):
        blocks = [Paragraph(text=plain("Ligne.")) for _ in range(lines)]
        made = content(*blocks, Paragraph(text=plain("Un paragraphe qui tient sur plusieurs lignes. " * 12)))
        parts = [item.block for page in _layout(made).pages for item in page]
        cut = [part for part in parts if isinstance(part, TextBlock) and "plusieurs" in part.text[0].text]
        assert all(len(part.lines) >= 2 for part in cut), lines


def test_nothing_is_placed_below_the_column() -> None:
    for case in (agreement(items=144), notice(), agreement(boxes=(STATE, MOTHER, FATHER, MAYOR))):
        for page in _layout(case).pages:
            for item in page:
                foot = GEOMETRY.foot if item.x else GEOMETRY.foot_beside_code
                assert item.top - item.block.measure(GEOMETRY.width) >= foot - 0.01


def test_a_long_table_repeats_its_header_and_keeps_rows_whole() -> None:
    layout = _layout(content(equipment_table(144)))
    tables = [item.block for page in layout.pages for item in page if isinstance(item.block, TableBlock)]
    assert len(tables) > 3
    assert sum(len(table.rows) for table in tables) == 144
    assert all(len(table.rows) > 1 and len(table.header) == 4 for table in tables)


def test_a_repeated_header_is_read_once() -> None:
    texts = reading_text(render_pdf(content(equipment_table(144))).data)
    assert texts.count("N° de série") == 1
    assert texts.count("35-2026-00144") == 1


def test_reading_order_is_that_of_the_content() -> None:
    made = agreement()
    text = "\n".join(reading_text(render_pdf(made).data))
    wanted = [SENDER[0], made.title, made.subtitle, "Le prêteur", "Élève", "N° d’inventaire", "35-2026-00012"]
    wanted += [title for title, _, _ in ARTICLES] + [STATE.name, MOTHER.name, FATHER.name, made.verify_url]
    position = 0
    for piece in wanted:
        position = text.index(piece, position)


def test_words_are_not_glued_at_the_end_of_lines() -> None:
    paragraphs = [paragraph for _, group, _ in ARTICLES for paragraph in group]
    made = content(*[Paragraph(text=plain(paragraph)) for paragraph in paragraphs])
    data = render_pdf(made).data
    assert [text for text in reading_text(data) if text in paragraphs] == paragraphs
    extracted = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data))
    assert "civil : le matériel reste la propriété" in " ".join(extracted.split())


@pytest.mark.parametrize("made", [agreement(), notice()], ids=["agreement", "letter"])
def test_the_code_of_each_page_leads_to_it(made: Content) -> None:
    rendered = render_pdf(made)
    document = pypdfium2.PdfDocument(rendered.data)
    assert len(document) == rendered.pages
    for number, sheet in enumerate(document, 1):
        (code,) = zxingcpp.read_barcodes(sheet.render(scale=150 / 72).to_pil().convert("L"))
        assert code.text == f"{made.verify_url}/{number}"
        corners = [getattr(code.position, name) for name in ("top_left", "bottom_right")]
        for corner in corners:
            assert 12 <= corner.x * 25.4 / 150 <= PAGE_WIDTH / mm - 12
            assert 12 <= corner.y * 25.4 / 150 <= PAGE_HEIGHT / mm - 12


def test_a_long_address_makes_a_larger_code_not_a_finer_one() -> None:
    made = replace(content(), verify_url="https://pret.academie-de-la-guadeloupe.exemple.fr/v/" + "7KQ2M9RWT4XBC")
    (code,) = zxingcpp.read_barcodes(
        pypdfium2.PdfDocument(render_pdf(made).data)[0].render(scale=150 / 72).to_pil().convert("L")
    )
    assert code.text == made.verify_url + "/1"
    side = (code.position.bottom_right.x - code.position.top_left.x) * 25.4 / 150
    assert side / qr.coder_for(code.text).modules >= 0.5


def test_each_page_says_its_number_and_how_many_there_are() -> None:
    document = pypdfium2.PdfDocument(render_pdf(agreement()).data)
    for number, sheet in enumerate(document, 1):
        text = " ".join(sheet.get_textpage().get_text_range().split())
        assert f"Page {number} sur {len(document)}" in text
        assert "35-2026-00001" in text


def test_a_table_with_a_short_row_is_refused() -> None:
    table = replace(equipment_table(1), rows=(("35-2026-00001", "Chargeur"),))
    with pytest.raises(ValueError, match="4 cells"):
        render_pdf(content(table))


def test_a_letter_says_who_writes_and_about_what() -> None:
    letter: Letter = LETTER
    text = "\n".join(reading_text(render_pdf(notice()).data))
    parts = (letter.place_and_date, f"Réf.\u00a0: {letter.reference}", f"Objet\u00a0: {letter.subject}")
    for part in (*SENDER, *letter.recipient, *parts, letter.salutation, letter.closing, *letter.signatory):
        assert part in text
