"""How many pages each paper takes, and that none is laid out badly, from one item to seventy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from tests.documents.cast import (
    BRAILLE,
    CASES,
    ISSUED_ON,
    LAPTOP,
    SOFTWARE,
    lines_of,
)
from tests.documents.letterheads import a_letterhead
from tests.documents.reading import composed

from materiel.documents.content import Content
from materiel.documents.facts import Facts
from materiel.documents.pdf.blocks import SideBySide, TextBlock
from materiel.documents.pdf.pictures import HeadPicture, picture_of
from materiel.documents.pdf.render import LaidOut, lay_out
from materiel.documents.pdf.signatures import SignatureBoxes
from materiel.documents.pdf.structure import Element
from materiel.documents.pdf.styles import GEOMETRY
from materiel.documents.pdf.tables import CLOSE_PADDING_Y, PADDING_Y, TableBlock
from materiel.domain.item.item import Condition
from materiel.domain.papers.document import DocumentKind

MOST_ITEMS = 70
K = DocumentKind

LARGE = ("loan_two_homes", "tripartite_commune", "deposit_commune", "amendment_added", "handover_home", "return_clean")
"""Of each kind, the case that takes the most room: two homes, three or four boxes."""


def of_items(name: str, count: int) -> Facts:
    """A case with so many items, no two alike."""
    kinds = (LAPTOP, BRAILLE, SOFTWARE)
    items = [
        replace(kinds[rank % 3], inventory_number=f"35-2026-{rank + 1:04}", serial_number=f"PF3XK{rank:03}")
        for rank in range(count)
    ]
    case = CASES[name]
    first = case.items[0].condition
    others = Condition.WORN if first is Condition.DAMAGED else first
    lines = lines_of(*items, condition=others)
    return replace(case, issued_on=ISSUED_ON, items=(replace(lines[0], condition=first), *lines[1:]))


def laid_out(made: Content) -> LaidOut:
    return lay_out(made, Element("Document"))


def pages_of(made: Content) -> int:
    return len(laid_out(made).pages)


def columns_of(layout: LaidOut) -> Iterator[list]:
    """The blocks of each column of each page, from its top."""
    for page in layout.pages:
        for x in sorted({placed.x for placed in page}):
            yield [placed for placed in page if placed.x == x]


@pytest.mark.parametrize("items", [(LAPTOP,), (BRAILLE,), (LAPTOP, BRAILLE), (LAPTOP, SOFTWARE)], ids=len)
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.kind is K.LOAN_AGREEMENT])
def test_a_loan_of_one_or_two_items_holds_on_a_sheet(name: str, items: tuple) -> None:
    case = replace(CASES[name], issued_on=ISSUED_ON, items=lines_of(*items))
    assert pages_of(composed(case)) <= 2


MOST_PAGES = {
    K.TRIPARTITE_AGREEMENT: 3,
    K.DEPOSIT_AGREEMENT: 2,
    K.AMENDMENT: 2,
    K.HANDOVER_RECEIPT: 1,
    K.RETURN_RECEIPT: 1,
    K.NOTICE: 1,
}


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.kind in MOST_PAGES])
def test_each_paper_of_the_cast_holds_on_few_pages(name: str) -> None:
    case = replace(CASES[name], issued_on=ISSUED_ON)
    assert pages_of(composed(case)) <= MOST_PAGES[case.kind]


@pytest.mark.parametrize(
    ("name", "count"),
    [("handover_home", 8), ("handover_deposit", 8), ("return_clean", 8), ("return_reserved", 8)],
)
@pytest.mark.parametrize("picture", [None, picture_of(a_letterhead())], ids=["plain", "letterhead"])
def test_a_receipt_of_eight_items_holds_on_a_page(name: str, count: int, picture: HeadPicture | None) -> None:
    """Each row of two lines, one of them reserved at a return."""
    layout = lay_out(composed(of_items(name, count)), Element("Document"), picture)
    assert len(layout.pages) == 1
    assert {len(row[0].lines) for placed in layout.pages[0] for row in rows_of(placed.block)} == {2}


def rows_of(block: object) -> list:
    return block.rows if isinstance(block, TableBlock) else []


def test_the_rows_of_a_receipt_give_way_where_they_save_its_page_and_there_alone() -> None:
    paddings = {}
    for count in (7, 8, 20):
        layout = laid_out(composed(of_items("return_reserved", count)))
        tables = [placed.block for page in layout.pages for placed in page if isinstance(placed.block, TableBlock)]
        paddings[count] = {table.padding for table in tables}
    assert paddings == {7: {PADDING_Y}, 8: {CLOSE_PADDING_Y}, 20: {PADDING_Y}}


@pytest.mark.parametrize("name", LARGE)
def test_no_layout_is_bad_from_one_item_to_seventy(name: str) -> None:
    pages = []
    for count in range(1, MOST_ITEMS + 1):
        layout = laid_out(composed(of_items(name, count)))
        pages.append(len(layout.pages))
        for column in columns_of(layout):
            foot = GEOMETRY.foot if column[0].x else GEOMETRY.foot_beside_code
            last = column[-1].block
            assert not last.keep_with_next, (count, "a heading at the foot of a column")
            for placed in column:
                width = GEOMETRY.width if isinstance(placed.block, TableBlock | SignatureBoxes) else 0.0
                height = placed.block.measure(width) if width else _height(placed.block)
                assert placed.top - height >= foot - 0.01, (count, "below the foot")
        _check_signatures(layout, count)
    assert all(fewer <= more for fewer, more in pairwise(pages)), pages


def _height(block) -> float:
    """The height of a block as it was set."""
    if isinstance(block, TextBlock):
        return len(block.lines) * block.style.leading + 2 * block.padding
    return block.least()


def _check_signatures(layout: LaidOut, count: int) -> None:
    """On one page, never alone there: a heading, how to sign, and words of the text above."""
    signed = [n for n, page in enumerate(layout.pages) if any(isinstance(p.block, SignatureBoxes) for p in page)]
    assert len(signed) == 1, (count, signed)
    above = [p.block for p in layout.pages[signed[0]] if not isinstance(p.block, SignatureBoxes)]
    assert len(above) >= 3, (count, "signatures alone")


@pytest.mark.parametrize("name", [name for name in LARGE if not name.startswith("amendment")])
def test_long_tables_are_cut_between_rows_under_their_header(name: str) -> None:
    layout = laid_out(composed(of_items(name, MOST_ITEMS)))
    tables = [p.block for page in layout.pages for p in page if isinstance(p.block, TableBlock)]
    assert len(tables) > 1
    assert all(table.header and len(table.rows) > 1 for table in tables)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.kind is not K.NOTICE])
def test_no_text_to_read_is_smaller_than_nine_and_a_half_points(name: str) -> None:
    layout = laid_out(composed(replace(CASES[name], issued_on=ISSUED_ON)))
    for block in _texts(layout):
        assert block.style.size >= (9.0 if block.style.colour.startswith("0.33") else 9.5), block.text


def _texts(layout: LaidOut) -> Iterator[TextBlock]:
    for page in layout.pages:
        for placed in page:
            block = placed.block
            if isinstance(block, TextBlock):
                yield block
            elif isinstance(block, SideBySide):
                yield from (line for stack in block.stacks for line in stack)
            elif isinstance(block, TableBlock):
                yield from (cell for row in block.rows for cell in row)
