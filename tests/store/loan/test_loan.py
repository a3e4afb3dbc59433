import asyncio
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from tests.store.cast import DSDEN_35, TODAY, a_line, a_loan, given_item, given_loan, given_pupil

from materiel.domain.item.item import Condition
from materiel.domain.loan.loan import LoanStatus
from materiel.domain.loan.placement import Placement
from materiel.domain.usage import Custody
from materiel.errors import Conflict, NotFound
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.loan import loan as loans
from materiel.store.places import school as schools

pytestmark = pytest.mark.usefixtures("settled")


async def save(loan):
    async with write_transaction():
        return await loans.save(loan)


async def test_a_loan_comes_back_as_it_went_in():
    pupil, item = await given_pupil(), await given_item()
    loan = await given_loan(item, pupil_id=pupil.id)
    assert await loans.get(loan.id, DSDEN_35) == loan
    assert await loans.open_loan_of(item.id) == loan
    assert await loans.decision(loan.id) == "{}"
    assert await loans.schools_of(loan.id) == [Placement("0351234A", Custody.HOME, TODAY)]


async def test_a_loan_without_basis_nor_end_comes_back():
    loan = await given_loan(await given_item(), basis=None, ends_on=None)
    assert await loans.get(loan.id, DSDEN_35) == loan


async def test_another_service_sees_no_loan():
    loan = await given_loan(await given_item())
    with pytest.raises(NotFound) as refusal:
        await loans.get(loan.id, UUID(int=1))
    assert refusal.value.code == "loan.not_found"


async def test_an_item_is_in_one_open_loan():
    item = await given_item()
    await given_loan(item)
    with pytest.raises(Conflict) as refusal:
        await given_loan(item)
    assert refusal.value.code == "item.already_lent"
    assert len(await fetch("SELECT id FROM loan")) == 1


async def test_of_ten_simultaneous_loans_of_an_item_one_wins():
    item = await given_item()
    outcomes = await asyncio.gather(*(given_loan(item) for _ in range(10)), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert {refusal.code for refusal in refused} == {"item.already_lent"}
    assert len(refused) == 9
    assert len(await fetch("SELECT id FROM loan_item")) == 1


async def test_an_item_taken_back_can_be_lent_again():
    item = await given_item()
    loan = await given_loan(item)
    back = a_line(
        item,
        handed_over_on=TODAY,
        condition_out=Condition.GOOD,
        returned_on=TODAY,
        condition_in=Condition.DAMAGED,
        missing_accessories=("housse",),
        removed_on=TODAY,
    )
    saved = await save(replace(loan, items=(back,), status=LoanStatus.RETURNED))
    assert await loans.get(loan.id, DSDEN_35) == saved
    again = await given_loan(item)
    assert (await loans.open_loan_of(item.id)).id == again.id


async def test_a_line_is_added_to_a_loan():
    first, second = await given_item(), await given_item(inventory_number="2026-0002")
    loan = await given_loan(first)
    saved = await save(replace(loan, items=(*loan.items, a_line(second))))
    assert (await loans.get(loan.id, DSDEN_35)).items == saved.items
    assert saved.version == 2


async def test_an_item_lent_elsewhere_is_not_added():
    first, second = await given_item(), await given_item(inventory_number="2026-0002")
    await given_loan(second)
    loan = await given_loan(first)
    with pytest.raises(Conflict) as refusal:
        await save(replace(loan, purpose="autre", items=(*loan.items, a_line(second))))
    assert refusal.value.code == "item.already_lent"
    assert await loans.get(loan.id, DSDEN_35) == loan


async def test_a_stale_version_is_refused():
    loan = await given_loan(await given_item())
    await save(replace(loan, status=LoanStatus.ISSUED))
    with pytest.raises(Conflict) as refusal:
        await save(replace(loan, status=LoanStatus.CANCELLED))
    assert refusal.value.code == "loan.changed"


async def test_a_loan_that_ends_before_it_starts_is_refused_by_the_database():
    with pytest.raises(Exception, match=r"(?i)check constraint"):
        await given_loan(await given_item(), ends_on=TODAY - timedelta(days=1))


async def test_an_unknown_school_is_told():
    with pytest.raises(NotFound) as refusal:
        await given_loan(await given_item(), school_uai="0359999Z")
    assert refusal.value.code == "school.not_found"


async def test_the_placements_of_a_loan_are_kept_in_order():
    loan = await given_loan(await given_item())
    async with write_transaction():
        await loans.add_school(loan.id, await schools.id_of("0351234A"), Custody.SCHOOL, date(2026, 11, 3))
    assert [place.custody for place in await loans.schools_of(loan.id)] == [Custody.HOME, Custody.SCHOOL]


async def test_loans_are_found_by_status_school_pupil_and_item():
    pupil, item = await given_pupil(), await given_item()
    other = await given_item(inventory_number="2026-0002")
    first = await given_loan(item, pupil_id=pupil.id)
    second = await given_loan(other, status=LoanStatus.SIGNED)

    async def found(**filters) -> list[UUID]:
        return [loan.id for loan in await loans.page(DSDEN_35, limit=10, **filters)]

    assert await found() == [first.id, second.id]
    assert await found(after=first.id) == [second.id]
    assert await found(status=LoanStatus.SIGNED) == [second.id]
    assert await found(pupil_id=pupil.id) == [first.id]
    assert await found(item_id=other.id) == [second.id]
    assert await found(school_uai="0351234A", status=LoanStatus.DRAFT) == [first.id]
    assert await found(school_uai="0359999Z") == []
    assert await loans.page(UUID(int=1), limit=10) == []


async def test_a_loan_of_nothing_has_no_line():
    assert (await loans.get((await given_loan()).id, DSDEN_35)).items == a_loan().items == ()
