import asyncio
from uuid import UUID

import pytest
from tests.store.cast import DSDEN_35, a_service

from materiel.store.accounts import service as services
from materiel.store.engine.database import write_transaction
from materiel.store.papers.numbering import next_number

pytestmark = pytest.mark.usefixtures("settled")


async def issue() -> int:
    async with write_transaction():
        number = await next_number(DSDEN_35, 2026)
        await asyncio.sleep(0)
        return number


async def give_up() -> None:
    async with write_transaction():
        await next_number(DSDEN_35, 2026)
        raise ZeroDivisionError


async def test_twenty_simultaneous_issues_leave_no_gap_and_no_double():
    assert sorted(await asyncio.gather(*(issue() for _ in range(20)))) == list(range(1, 21))


async def test_a_rollback_uses_no_number():
    assert await issue() == 1
    outcomes = await asyncio.gather(*(give_up() for _ in range(3)), issue(), return_exceptions=True)
    assert outcomes[3] == 2
    assert await issue() == 3


async def test_each_service_and_each_school_year_counts_on_its_own():
    rectorat = a_service(id=UUID(int=14), code="RECTORAT14")
    await services.insert(rectorat)
    async with write_transaction():
        assert await next_number(DSDEN_35, 2026) == 1
        assert await next_number(DSDEN_35, 2027) == 1
        assert await next_number(rectorat.id, 2026) == 1
        assert await next_number(DSDEN_35, 2026) == 2
