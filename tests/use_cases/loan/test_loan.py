import asyncio
from dataclasses import replace
from datetime import date

import pytest
from tests.use_cases.loan_cast import (
    ADULT,
    BAULON,
    BRAILLE,
    COLLEGE,
    IME,
    LAPTOP,
    MANAGER,
    NOW,
    PRIVATE,
    READER,
    RENTED,
    SERVICE,
    STRANGER,
    a_draft,
    a_request,
    set_up,
)

from materiel.domain.item.item import ItemStatus
from materiel.domain.loan.loan import LoanStatus
from materiel.domain.papers.document import DocumentKind
from materiel.domain.usage import Basis, BasisKind, Custody, Usage
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import fetch
from materiel.store.history import journal
from materiel.store.history.search import search
from materiel.store.item import item as items
from materiel.use_cases.loan.loan import create_loan, decision_of, get_loan, list_loans


@pytest.fixture(autouse=True)
async def cast(db):
    await set_up()


async def traces():
    return len(await fetch("SELECT id FROM loan")), len(await search(SERVICE, limit=200))


async def refused(code, **asked):
    before = await traces()
    with pytest.raises((RuleBroken, Conflict, NotFound)) as error:
        await create_loan(a_request(**asked), actor=MANAGER, now=NOW)
    assert error.value.code == code
    assert await traces() == before
    return error.value


async def test_a_draft_reserves_its_items_and_keeps_its_decision():
    loan_id = await a_draft(items=(LAPTOP, BRAILLE))
    case = await get_loan(loan_id, actor=READER)
    assert case.loan.status is LoanStatus.DRAFT
    assert [line.item_id for line in case.loan.items] == [LAPTOP, BRAILLE]
    assert {item.status for item in case.items} == {ItemStatus.RESERVED}
    kinds = [each.kind for each in (await decision_of(loan_id)).documents]
    assert kinds == [DocumentKind.LOAN_AGREEMENT, DocumentKind.NOTICE, DocumentKind.HANDOVER_RECEIPT]
    assert (await search(SERVICE, limit=1))[0].action == "loan.created"


async def test_the_service_policy_ends_a_loan_with_the_school_year():
    case = await get_loan(await a_draft(), actor=MANAGER)
    assert case.loan.ends_on == date(2027, 8, 31)


async def test_a_notification_shortens_the_term_asked():
    basis = Basis(kind=BasisKind.CDAPH, valid_until=date(2027, 1, 31))
    made = await create_loan(a_request(basis=basis, ends_on=date(2027, 6, 30)), actor=MANAGER, now=NOW)
    assert made.case.loan.ends_on == date(2027, 1, 31)
    assert "TERME_RAMENE" in [caution.code for caution in made.cautions]


async def test_a_lease_caps_the_term():
    assert (await get_loan(await a_draft(items=(RENTED,)), actor=MANAGER)).loan.ends_on == date(2027, 3, 31)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"school": IME}, "MEDICO_EDUCATIF"),
        ({"usage": Usage.SHARED, "custody": Custody.SCHOOL, "school": PRIVATE, "pupil": None}, "COLLECTIF_PRIVE"),
        ({"usage": Usage.SHARED, "custody": Custody.HOME, "pupil": None}, "COLLECTIF_DOMICILE"),
        ({"basis": Basis(kind=BasisKind.PAP)}, "PAP_SEUL"),
        ({"basis": Basis(kind=BasisKind.CDAPH, valid_until=date(2026, 6, 30))}, "DECISION_MANUELLE"),
    ],
)
async def test_what_the_table_does_not_allow_is_refused_with_its_code_and_leaves_no_trace(asked, code):
    error = await refused("loan.refused", **asked)
    assert error.facts["refusal"] == code
    assert error.facts["source"]


async def test_a_reason_lifts_what_awaits_a_person():
    expired = Basis(kind=BasisKind.CDAPH, valid_until=date(2026, 6, 30))
    loan_id = await a_draft(basis=expired, override_reason="Prolongation provisoire, décision attendue en octobre")
    assert (await get_loan(loan_id, actor=MANAGER)).loan.override_reason.startswith("Prolongation")


async def test_a_request_that_misses_something_is_refused():
    await refused("loan.pupil_required", pupil=None)
    await refused("loan.pupil_not_expected", usage=Usage.SHARED, custody=Custody.SCHOOL)
    await refused("loan.no_item", items=())
    await refused("loan.item_twice", items=(LAPTOP, LAPTOP))
    await refused("loan.purpose_required", purpose="  ")
    await refused("loan.ends_before_start", ends_on=date(2026, 9, 1))
    await refused("item.lease_ended", items=(RENTED,), starts_on=date(2027, 6, 1))
    await refused("school.not_found", school="0350000X")


async def test_an_item_of_another_service_is_not_found_at_its_place():
    error = await refused("item.not_found", items=(LAPTOP, SERVICE))
    assert [each.pointer for each in error.errors] == ["/items/1"]


async def test_an_item_that_is_lost_or_lent_cannot_enter_a_loan():
    await items.set_status([BRAILLE], ItemStatus.LOST)
    await refused("item.not_available", items=(BRAILLE,))
    await a_draft()
    await refused("item.already_lent", pupil=ADULT, school=COLLEGE)


async def test_of_simultaneous_requests_for_one_item_exactly_one_wins():
    answers = await asyncio.gather(
        *(create_loan(a_request(), actor=MANAGER, now=NOW) for _ in range(8)), return_exceptions=True
    )
    lost = [each for each in answers if isinstance(each, Conflict)]
    assert len(lost) == 7
    assert {each.code for each in lost} == {"item.already_lent"}
    assert len(await fetch("SELECT id FROM loan")) == 1


async def test_a_reader_cannot_prepare_a_loan():
    with pytest.raises(PermissionDenied):
        await create_loan(a_request(), actor=READER, now=NOW)


async def test_another_service_does_not_see_the_loan():
    loan_id = await a_draft()
    with pytest.raises(NotFound) as error:
        await get_loan(loan_id, actor=STRANGER)
    assert error.value.code == "loan.not_found"
    assert await list_loans(actor=STRANGER) == []


async def test_loans_are_listed_by_school_pupil_item_and_status():
    first = await a_draft()
    second = await a_draft(pupil=ADULT, school=COLLEGE, items=(BRAILLE,))
    assert [each.id for each in await list_loans(actor=READER)] == [first, second]
    assert [each.id for each in await list_loans(actor=READER, school=BAULON)] == [first]
    assert [each.id for each in await list_loans(actor=READER, pupil=ADULT)] == [second]
    assert [each.id for each in await list_loans(actor=READER, item=BRAILLE)] == [second]
    assert await list_loans(actor=READER, status=LoanStatus.ISSUED) == []


async def test_the_last_write_that_fails_leaves_nothing(monkeypatch):
    async def fail(*_, **__):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(journal, "insert_rows", fail)
    with pytest.raises(RuntimeError):
        await create_loan(a_request(), actor=MANAGER, now=NOW)
    assert await fetch("SELECT id FROM loan") == []
    assert (await items.get(LAPTOP, SERVICE)).status is ItemStatus.IN_STOCK


async def test_a_request_may_be_repeated_after_a_refusal():
    with pytest.raises(RuleBroken):
        await create_loan(replace(a_request(), purpose=""), actor=MANAGER, now=NOW)
    assert await a_draft()
