"""The tally of the items by state is what counting them says, whoever writes."""

from uuid import UUID

import pytest
from tests.use_cases import loan_cast as cast

from materiel.domain.item.item import ItemStatus
from materiel.store.engine.database import fetch, is_postgres, write_transaction
from materiel.store.engine.statement import Statement
from materiel.store.item import item as items
from materiel.store.item.tally import items_by_status, sum_up


@pytest.fixture(autouse=True)
async def people(db):
    await cast.set_up()


async def tallied(service_id: UUID = cast.SERVICE) -> dict[str, int]:
    return {status.value: count for status, count in (await items_by_status(service_id)).items() if count}


async def counted() -> dict[str, int]:
    rows = await Statement("SELECT status, count(*) AS found FROM item WHERE service = {} GROUP BY status").fetch(
        cast.SERVICE
    )
    return {row["status"]: row["found"] for row in rows}


async def test_it_follows_what_is_added_and_changed():
    assert await tallied() == await counted() == {"in_stock": 8}
    await items.set_status([cast.LAPTOP, cast.BRAILLE], ItemStatus.IN_REPAIR)
    await items.set_status([cast.BRAILLE, cast.FM], ItemStatus.ON_LOAN)
    await fetch("UPDATE item SET designation = 'Autre'")
    async with write_transaction():
        await items.insert_many([cast.an_item(90, UUID(int=cast.LAPTOP.int + 90))], cast.NOW)
    assert await tallied() == await counted() == {"in_stock": 6, "in_repair": 1, "on_loan": 2}


async def test_what_is_undone_is_not_tallied():
    async def begin_and_give_up():
        async with write_transaction():
            await items.set_status([cast.LAPTOP], ItemStatus.IN_REPAIR)
            raise RuntimeError("given up")

    with pytest.raises(RuntimeError, match="given up"):
        await begin_and_give_up()
    assert await tallied() == {"in_stock": 8}


async def test_summing_up_leaves_one_line_for_each_state():
    for status in (ItemStatus.IN_REPAIR, ItemStatus.IN_STOCK, ItemStatus.ON_LOAN):
        await items.set_status([cast.LAPTOP], status)
    before = await tallied()
    async with write_transaction():
        await sum_up()
    assert await tallied() == before == {"in_stock": 7, "on_loan": 1}
    lines = await fetch("SELECT status FROM item_tally ORDER BY status")
    left = {row["status"] for row in lines}
    assert len(lines) == len(left)
    assert left == ({"in_stock", "on_loan"} if is_postgres() else {"in_stock", "in_repair", "on_loan"})


async def test_another_service_has_its_own():
    assert await tallied(cast.OTHER_SERVICE) == {}
