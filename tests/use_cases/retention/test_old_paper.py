"""The old paper of a loan taken over, and its scan, go with the loan, and not before."""

from __future__ import annotations

import sqlite3
from datetime import date
from uuid import UUID

import asyncpg
import pytest
from tests.stage import retention_cast as old
from tests.use_cases import loan_cast as cast

from materiel.domain.item.item import Condition
from materiel.domain.loan.steps import ReturnedItem
from materiel.domain.papers.old_paper import OldPaper
from materiel.domain.usage import Custody, Usage
from materiel.store.engine.database import fetch, write_transaction
from materiel.use_cases.loan.steps import TakeBack, close_loan, take_back
from materiel.use_cases.loan.takeover import TakeOverLoan, file_old_scan, take_over_loan
from materiel.use_cases.retention.elimination import prepare_elimination


@pytest.fixture(autouse=True)
async def people(db: object) -> None:
    await old.set_up()


async def taken_and_over() -> UUID:
    """A loan taken over with the scan of its paper, returned and closed years ago."""
    command = TakeOverLoan(
        usage=Usage.INDIVIDUAL,
        custody=Custody.HOME,
        school=cast.PRIVATE,
        items=(cast.LAPTOP,),
        pupil=cast.TWO_HOMES,
        handed_over_on=date(2025, 9, 4),
        paper=OldPaper(reference="Conv. 1", signed_on=date(2025, 9, 4), signed_by=old.MOTHER),
    )
    loan_id = (await take_over_loan(command, actor=cast.MANAGER, now=cast.NOW)).case.loan.id
    await file_old_scan(loan_id, old.PDF, actor=cast.MANAGER, now=cast.NOW)
    issuer = old.issuer_on(old.RETURNED_ON)
    back = ReturnedItem(item_id=cast.LAPTOP, condition=Condition.GOOD)
    await take_back(TakeBack(loan_id=loan_id, returned_on=old.RETURNED_ON, items=(back,)), issuer=issuer)
    await close_loan(loan_id, issuer=issuer, despite_unsigned=True)
    return loan_id


async def test_the_scan_and_what_the_old_paper_said_are_erased_with_the_loan() -> None:
    await taken_and_over()
    assert {"loan", "loan_scan"} <= set(await old.rows_that_say(old.NAMES))
    elimination = await old.eliminated()
    assert elimination.inventory[0].size > len(old.PDF)
    assert await fetch("SELECT id FROM loan_scan") == []
    assert await old.rows_that_say(old.NAMES) == []


@pytest.mark.parametrize(
    ("sql", "trigger"),
    [("DELETE FROM loan_scan", "loan_scan_kept"), ("UPDATE loan_scan SET filed_by = 'x'", "loan_scan_frozen")],
)
async def test_without_the_visa_the_database_keeps_the_scan(sql: str, trigger: str) -> None:
    await taken_and_over()
    await prepare_elimination(old.LONG_AFTER.date(), actor=old.ADMIN, now=old.LONG_AFTER)
    with pytest.raises((sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError), match=trigger):
        async with write_transaction():
            await fetch(sql)
