from dataclasses import replace

import pytest
from pypdfium2 import PdfDocument
from tests.use_cases.loan_cast import (
    ADULT,
    BRAILLE,
    CHILD,
    COLLEGE,
    ISSUER,
    KEYBOARD,
    LAPTOP,
    MANAGER,
    NOW,
    READER,
    SERVICE,
    SOFTWARE,
    SPARE,
    STRANGER,
    TODAY,
    a_draft,
    set_up,
)

from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.loan.loan import LoanStatus
from materiel.domain.papers.document import DocumentKind
from materiel.errors import BadInput, NotFound, PermissionDenied
from materiel.store.engine.database import write_transaction
from materiel.store.history import journal
from materiel.store.history.search import search
from materiel.store.item import item as items
from materiel.store.people import pupil as pupils
from materiel.use_cases.item.item import get_item
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.loan.pile import PileAction, PileItem, look_at, process_pile
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.papers import receipts
from materiel.use_cases.papers.printing import merged_pdf


@pytest.fixture(autouse=True)
async def cast(db):
    await set_up()


async def two_issued_loans():
    first = await a_draft(items=(LAPTOP, BRAILLE))
    second = await a_draft(items=(KEYBOARD,), pupil=ADULT, school=COLLEGE)
    for loan_id in (first, second):
        await issue_loan(loan_id, issuer=ISSUER)
    return first, second


def pile_of(*item_ids):
    return [PileItem(item_id) for item_id in item_ids]


async def process(action, *item_ids, on=TODAY, issuer=ISSUER):
    return await process_pile(action, pile_of(*item_ids), on=on, issuer=issuer)


async def test_a_pile_is_handed_over_then_taken_back_loan_by_loan():
    await two_issued_loans()
    out = await process(PileAction.HAND_OVER, LAPTOP, KEYBOARD, BRAILLE)
    assert set(out.items) == {LAPTOP, KEYBOARD, BRAILLE}
    assert [each.kind for each in out.receipts] == [DocumentKind.HANDOVER_RECEIPT] * 2
    assert not out.refused
    assert (await get_item(LAPTOP, actor=READER)).status is ItemStatus.ON_LOAN
    back = await process(PileAction.TAKE_BACK, LAPTOP, KEYBOARD, BRAILLE)
    assert [each.kind for each in back.receipts] == [DocumentKind.RETURN_RECEIPT] * 2
    assert (await get_item(LAPTOP, actor=READER)).status is ItemStatus.TO_PREPARE


async def test_a_pile_that_came_back_is_prepared_but_for_what_keeps_data():
    await two_issued_loans()
    await process(PileAction.HAND_OVER, LAPTOP, BRAILLE)
    await process(PileAction.TAKE_BACK, LAPTOP, BRAILLE)
    for each in (LAPTOP, BRAILLE):
        await items.save(replace(await items.get(each, SERVICE), family=ItemFamily.COMPUTER))
    looked = await look_at(PileAction.PREPARE, [LAPTOP, KEYBOARD], actor=READER, now=NOW)
    assert [bool(each.refusal) for each in looked] == [False, True]
    pile = [PileItem(LAPTOP), PileItem(BRAILLE, erased=True)]
    done = await process_pile(PileAction.PREPARE, pile, on=TODAY, issuer=ISSUER)
    assert (done.items, done.receipts) == ((BRAILLE,), ())
    assert "effacez-les" in done.refused[LAPTOP]
    assert (await get_item(BRAILLE, actor=READER)).status is ItemStatus.IN_STOCK


async def test_each_item_keeps_the_condition_seen():
    await two_issued_loans()
    await process(PileAction.HAND_OVER, LAPTOP, BRAILLE)
    seen = [PileItem(LAPTOP, Condition.DAMAGED, ("Housse",)), PileItem(BRAILLE)]
    await process_pile(PileAction.TAKE_BACK, seen, on=TODAY, issuer=ISSUER)
    laptop = await get_item(LAPTOP, actor=READER)
    assert (laptop.status, laptop.accessories, laptop.missing_accessories) == (
        ItemStatus.TO_PREPARE,
        ("Chargeur",),
        ("Housse",),
    )


async def test_looking_tells_each_refusal_in_words():
    await two_issued_loans()
    draft = await a_draft(items=(SPARE,), pupil=CHILD)
    assert draft
    seen = await look_at(PileAction.HAND_OVER, [LAPTOP, SPARE, SOFTWARE], actor=READER, now=NOW)
    assert seen[0].refusal == ""
    assert "pas encore signée" in seen[0].cautions[0]
    assert "brouillon" in seen[1].refusal
    assert "aucun prêt" in seen[2].refusal
    back = await look_at(PileAction.TAKE_BACK, [LAPTOP, SOFTWARE], actor=READER, now=NOW)
    assert "n'a pas été remis" in back[0].refusal
    assert "rien à reprendre" in back[1].refusal
    labels = await look_at(PileAction.LABEL, [LAPTOP, SPARE, SOFTWARE], actor=READER, now=NOW)
    assert [each.refusal for each in labels] == ["", "", ""]


async def test_a_refused_loan_stops_no_other():
    await two_issued_loans()
    await process(PileAction.HAND_OVER, KEYBOARD)
    out = await process(PileAction.HAND_OVER, LAPTOP, KEYBOARD, SOFTWARE)
    assert out.items == (LAPTOP,)
    assert len(out.receipts) == 1
    assert "déjà remis" in out.refused[KEYBOARD]
    assert "aucun prêt" in out.refused[SOFTWARE]


async def test_a_loan_refused_half_way_leaves_no_trace_among_the_others():
    first, second = await two_issued_loans()
    child = await pupils.get(CHILD, SERVICE)
    async with write_transaction():
        await pupils.save(replace(child, last_name="漢字"))
    before = await get_loan(first, actor=READER)
    (last,) = await search(SERVICE, limit=1)
    out = await process(PileAction.HAND_OVER, LAPTOP, KEYBOARD)
    assert (out.items, list(out.refused)) == ((KEYBOARD,), [LAPTOP])
    assert "漢" in out.refused[LAPTOP]
    assert await get_loan(first, actor=READER) == before
    assert (await get_loan(second, actor=READER)).loan.status is LoanStatus.HANDED_OVER
    new = [each for each in await search(SERVICE, limit=10) if each.sequence > last.sequence]
    assert {each.subject_id for each in new} == {str(second), str(out.receipts[0].id)}
    assert (await journal.verify()).fault is None


async def test_receipts_print_as_one_file():
    await two_issued_loans()
    out = await process(PileAction.HAND_OVER, LAPTOP, KEYBOARD)
    ids = [each.id for each in out.receipts]
    pdf = await merged_pdf(ids, actor=READER)
    with PdfDocument(pdf) as file:
        assert len(file) == sum(each.pages + each.pages % 2 for each in out.receipts)
    with pytest.raises(NotFound):
        await merged_pdf(ids, actor=STRANGER)
    with pytest.raises(BadInput):
        await merged_pdf([], actor=READER)


async def test_a_reader_or_a_stranger_processes_nothing():
    await two_issued_loans()
    with pytest.raises(PermissionDenied):
        await process(PileAction.HAND_OVER, LAPTOP, issuer=replace(ISSUER, actor=READER))
    with pytest.raises(NotFound):
        await process(PileAction.HAND_OVER, LAPTOP, issuer=replace(ISSUER, actor=STRANGER))
    with pytest.raises(NotFound):
        await look_at(PileAction.HAND_OVER, [LAPTOP], actor=STRANGER, now=NOW)
    assert (await items.get(LAPTOP, MANAGER.service_id)).status is ItemStatus.RESERVED


async def test_a_pile_is_bounded(monkeypatch):
    with pytest.raises(BadInput) as empty:
        await process(PileAction.HAND_OVER)
    assert empty.value.code == "pile.empty"
    monkeypatch.setattr(receipts, "MOST_ITEMS", 1)
    with pytest.raises(BadInput) as high:
        await process(PileAction.HAND_OVER, LAPTOP, BRAILLE)
    assert high.value.code == "pile.too_high"
