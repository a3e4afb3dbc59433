"""What bounds a loan is told wherever its alerts are: the list of loans, the pupil's sheet, the sheet of an item."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from tests.use_cases import loan_cast as cast

from materiel.domain.accounts.service import RenewalPolicy
from materiel.domain.item.item import Condition
from materiel.domain.loan.steps import HandedItem
from materiel.store.accounts import service as services
from materiel.store.engine.database import write_transaction
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.use_cases.item.sheet import item_sheet
from materiel.use_cases.loan.list import LoanFilter, list_loan_lines
from materiel.use_cases.loan.sheet import read_loan_sheet
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await cast.set_up()


async def a_bounded_loan() -> tuple[object, ...]:
    """A rented item whose lease is shortened once it is lent, under a policy that has become yearly."""
    loan_id = await cast.a_draft(items=(cast.RENTED,))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    handed = (HandedItem(item_id=cast.RENTED, condition=Condition.GOOD),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=handed), issuer=cast.ISSUER)
    async with write_transaction():
        rented = await items.get(cast.RENTED, cast.SERVICE)
        await items.save(replace(rented, lease_ends_on=date(2026, 10, 1)))
        service = await services.get(cast.SERVICE)
        await services.save(replace(service, renewal_policy=RenewalPolicy.YEARLY))
        loan = await loans.get(loan_id, cast.SERVICE)
        await loans.save(replace(loan, ends_on=date(2028, 7, 31)))
    sheet = await read_loan_sheet(loan_id, actor=cast.READER, now=cast.NOW)
    return tuple(sheet.alerts)


async def test_the_list_of_loans_tells_what_the_sheet_tells() -> None:
    told = await a_bounded_loan()
    assert {"lease_ends_first", "passes_school_year"} <= {each.code for each in told}
    (line,) = await list_loan_lines(LoanFilter(), actor=cast.READER, now=cast.NOW, limit=9)
    assert line.alerts == told


async def test_the_sheet_of_an_item_tells_what_the_sheet_of_its_loan_tells() -> None:
    told = await a_bounded_loan()
    sheet = await item_sheet(cast.RENTED, actor=cast.READER, now=cast.NOW, base_url="https://pret.example.fr")
    assert sheet.current is not None
    assert sheet.current.alerts == told
