"""A kit in a loan: one line of the papers with its parts; what lacks is named, and stays lent."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.use_cases import loan_cast as cast
from tests.use_cases.circuit.stocktake.stocktake_cast import counted, opened, result

from materiel.documents.content import Table
from materiel.domain.circuit.stocktake import NO_PLACE, StocktakeResult
from materiel.domain.circuit.workshop.kit import Kit, KitState
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.loan.loan import RemovalReason
from materiel.domain.loan.plan import Fault, Removal
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.domain.papers.document import Document, DocumentKind
from materiel.store.item import item as items
from materiel.use_cases.circuit.workshop.kit import ChangeKit, MakeKit, change_kit, make_kit, read_kit
from materiel.use_cases.loan.applying import Applied
from materiel.use_cases.loan.changes import Amend, amend_loan
from materiel.use_cases.loan.lending import find_to_lend
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.loan.steps import HandOver, TakeBack, hand_over, issue_loan, take_back
from materiel.use_cases.papers.document import document_content

PARTS = (cast.LAPTOP, cast.KEYBOARD, cast.SPARE)


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await cast.set_up()


async def a_kit() -> Kit:
    command = MakeKit(number="KIT-01", designation="Lecture et écriture", items=PARTS)
    return await make_kit(command, actor=cast.MANAGER, now=cast.NOW)


async def issued(*item_ids: UUID) -> Applied:
    return await issue_loan(await cast.a_draft(items=item_ids), issuer=cast.ISSUER)


async def handed(loan_id: UUID, *item_ids: UUID) -> Applied:
    lines = tuple(HandedItem(item_id=each, condition=Condition.GOOD) for each in item_ids)
    return await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=lines), issuer=cast.ISSUER)


async def returned(loan_id: UUID, *item_ids: UUID) -> Applied:
    lines = tuple(ReturnedItem(item_id=each, condition=Condition.GOOD) for each in item_ids)
    return await take_back(TakeBack(loan_id=loan_id, returned_on=cast.TODAY, items=lines), issuer=cast.ISSUER)


async def rows(paper: Document) -> list[tuple[str, ...]]:
    """The lines of the tables of items, without the blanks that typography makes."""
    _, content = await document_content(paper.id, actor=cast.READER)
    tables = [each for each in content.blocks if isinstance(each, Table)]
    return [tuple(cell.replace("\u00a0", " ") for cell in row) for table in tables for row in table.rows]


def only(applied: Applied, kind: DocumentKind) -> Document:
    return next(each for each in applied.made if each.kind is kind)


async def test_the_agreement_tells_the_kit_as_one_line_with_its_parts_and_what_it_lacks() -> None:
    await a_kit()
    made = await issued(cast.LAPTOP, cast.BRAILLE, cast.KEYBOARD)
    head, first, second, alone = await rows(only(made, DocumentKind.LOAN_AGREEMENT))
    spare = await items.get(cast.SPARE, cast.SERVICE)
    assert (head[0], head[1], head[3]) == ("Kit : Lecture et écriture", "2 éléments", "KIT-01")
    assert head[-1] == f"Sans : {spare.inventory_number} ({spare.designation})"
    assert [row[0].startswith("– ") for row in (first, second, alone)] == [True, True, False]
    assert first[3] == "35-2026-00001"


async def test_a_whole_kit_says_so_and_a_loan_without_kit_is_as_before() -> None:
    await a_kit()
    head, *parts = await rows(only(await issued(*PARTS), DocumentKind.LOAN_AGREEMENT))
    assert (head[1], head[-1], len(parts)) == ("3 éléments", "Au complet", 3)
    (alone,) = await rows(only(await issued(cast.BRAILLE), DocumentKind.LOAN_AGREEMENT))
    assert not alone[0].startswith("Kit")


async def test_receipts_name_what_is_not_handed_over_and_what_is_not_given_back() -> None:
    kit = await a_kit()
    loan_id = (await issued(*PARTS)).case.loan.id
    spare = await items.get(cast.SPARE, cast.SERVICE)
    named = f"{spare.inventory_number} ({spare.designation})"
    head, *parts = await rows(only(await handed(loan_id, cast.LAPTOP, cast.KEYBOARD), DocumentKind.HANDOVER_RECEIPT))
    assert (head[-1], len(parts)) == (f"Pas encore remis : {named}", 2)
    (head, part) = await rows(only(await handed(loan_id, cast.SPARE), DocumentKind.HANDOVER_RECEIPT))
    assert (head[1], head[-1], part[3]) == ("1 élément", "Au complet", spare.inventory_number)
    head, *parts = await rows(only(await returned(loan_id, cast.LAPTOP, cast.KEYBOARD), DocumentKind.RETURN_RECEIPT))
    assert (head[-1], len(parts)) == (f"Pas rendu, reste prêté : {named}", 2)
    assert (await items.get(cast.SPARE, cast.SERVICE)).status is ItemStatus.ON_LOAN
    assert (await read_kit(kit.id, actor=cast.READER)).state is KitState.LENT
    case = await get_loan(loan_id, actor=cast.READER)
    assert [each.id for each in case.kits] == [kit.id]
    (line,) = case.in_kits(case.loan.items)
    assert len(line.things) == 3


async def test_a_stolen_part_is_replaced_by_an_amendment_then_in_the_kit() -> None:
    kit = await a_kit()
    loan_id = (await issued(*PARTS)).case.loan.id
    await handed(loan_id, *PARTS)
    stolen = Removal(item_id=cast.SPARE, reason=RemovalReason.STOLEN, description="Volé au collège", fault=Fault.NONE)
    swap = Amend(loan_id=loan_id, effective_on=cast.TODAY, add=(cast.LAST,), remove=(stolen,))
    amended = await amend_loan(swap, issuer=cast.ISSUER)
    out = await rows(only(amended, DocumentKind.AMENDMENT))
    assert any(row[0] == "Kit : Lecture et écriture" and row[-1] == "Voir ses éléments" for row in out)
    command = ChangeKit(
        kit_id=kit.id, version=1, designation=kit.designation, items=(cast.LAPTOP, cast.KEYBOARD, cast.LAST)
    )
    await change_kit(command, actor=cast.MANAGER, now=cast.NOW)
    await handed(loan_id, cast.LAST)
    head, *parts = await rows(
        only(await returned(loan_id, cast.LAPTOP, cast.KEYBOARD, cast.LAST), DocumentKind.RETURN_RECEIPT)
    )
    assert (head[-1], len(parts)) == ("Au complet", 3)


async def test_the_lending_page_finds_a_kit_by_its_number_and_by_its_words() -> None:
    kit = await a_kit()
    for typed in ("kit-01", "KIT-01 "):
        found = await find_to_lend(typed, actor=cast.MANAGER)
        assert (found.kits, found.exact, found.only) == ([kit], True, kit)
    assert (await find_to_lend("lecture écriture", actor=cast.MANAGER)).kits == [kit]
    assert (await find_to_lend("KIT-01", actor=cast.STRANGER)).kits == []


async def test_a_stocktake_counts_the_parts_one_by_one() -> None:
    """A kit counted whole would say found what nobody saw: its number is no item."""
    await a_kit()
    stocktake = await opened()
    seen = await counted(stocktake, "KIT-01", "35-2026-00001", place=NO_PLACE, complete=True)
    assert (seen.count(StocktakeResult.UNKNOWN), seen.count(StocktakeResult.FOUND)) == (1, 1)
    assert await result(stocktake, cast.SPARE) is StocktakeResult.MISSING
