"""The elimination list that the service signs and the archives visa: kept as it was prepared."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.documents.printing import words
from tests.stage import retention_cast as old
from tests.use_cases import loan_cast as cast

from materiel.domain.calendar.civil_day import MAINLAND, civil_date
from materiel.store.accounts import service as services
from materiel.store.engine.database import fetch, write_transaction
from materiel.use_cases.history.journal import verify_history
from materiel.use_cases.retention.elimination import (
    GiveVisa,
    abandon_elimination,
    elimination_paper,
    give_visa,
    prepare_elimination,
)

DAY = civil_date(old.LONG_AFTER, MAINLAND)


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await old.set_up()
    await old.an_old_loan()


async def test_the_list_that_the_archives_visa_is_the_one_that_was_prepared() -> None:
    prepared = await prepare_elimination(DAY, actor=old.ADMIN, now=old.LONG_AFTER)
    paper = await elimination_paper(prepared.id, actor=old.ADMIN, now=old.LONG_AFTER)
    async with write_transaction():
        await services.save(replace(await services.get(cast.SERVICE), name="Direction refondue"))
    assert await elimination_paper(prepared.id, actor=old.ADMIN, now=old.LONG_AFTER.replace(month=9)) == paper
    visa = GiveVisa(elimination_id=prepared.id, on=DAY, reference="AD 35, 12")
    await give_visa(visa, actor=old.ADMIN, now=old.LONG_AFTER)
    assert await elimination_paper(prepared.id, actor=old.ADMIN, now=old.LONG_AFTER.replace(year=2034)) == paper
    assert "refondue" not in words(paper, 0)
    assert (await verify_history()).fault is None


async def test_a_list_given_up_stays_as_it_was_sent_and_the_next_is_another() -> None:
    first = await prepare_elimination(DAY, actor=old.ADMIN, now=old.LONG_AFTER)
    await abandon_elimination(first.id, actor=old.ADMIN, now=old.LONG_AFTER)
    second = await prepare_elimination(DAY, actor=old.ADMIN, now=old.LONG_AFTER)
    assert {row["subject"] for row in await fetch("SELECT subject FROM kept_act")} == {first.id, second.id}
    found = await verify_history()
    assert (found.acts, found.fault) == (2, None)
