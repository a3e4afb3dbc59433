"""Acts that run whole in the thread that writes, on SQLite; on PostgreSQL they run as they are."""

import asyncio
import threading

import pytest
from tests.conftest import SERVER

from materiel.errors import NeedsRepair
from materiel.store.engine.database import enclosing_transaction, fetch, in_one_visit, together, write_transaction
from materiel.store.engine.statement import Statement

GIVE = Statement("UPDATE purse SET coins = coins + {} WHERE name = {}")
COINS = Statement("SELECT coins FROM purse WHERE name = {}")


@pytest.fixture(autouse=True)
async def purses(db):
    await fetch("CREATE TABLE purse (name VARCHAR(10) PRIMARY KEY, coins INTEGER NOT NULL CHECK (coins >= 0))")
    await fetch("INSERT INTO purse VALUES ('left', 500), ('right', 500)")
    return db


async def coins(name: str) -> int:
    row = await COINS.fetch_one(name)
    return row["coins"]


@in_one_visit
async def move(number: int, *, then: Exception | None = None) -> int:
    """Move some coins and tell how many are left; read in the transaction and after it."""
    async with write_transaction():
        await GIVE.fetch(-number, "left")
        await GIVE.fetch(number, "right")
        assert await coins("left") + await coins("right") == 1000
        if then is not None:
            raise then
    return await coins("left")


@in_one_visit
async def move_twice(number: int) -> int:
    await move(number)
    return await move(number)


async def test_an_act_is_kept_whole_or_not_at_all():
    assert await move(10) == 490
    with pytest.raises(ZeroDivisionError):
        await move(10, then=ZeroDivisionError())
    with pytest.raises(Exception, match="coins"):
        await move(1_000)
    assert await move_twice(5) == 480
    assert await coins("right") == 520


async def test_the_enclosing_transaction_decides_for_an_act():
    async def move_then_fail() -> None:
        async with enclosing_transaction():
            await GIVE.fetch(-100, "left")
            await GIVE.fetch(100, "right")
            assert await move_twice(10) == 380
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await move_then_fail()
    assert await coins("left") == 500
    async with enclosing_transaction():
        assert await move(10) == 490
        assert await coins("left") == 490
    assert await coins("left") == 490


async def test_reads_asked_together_answer_in_their_order_outside_and_inside_of_a_transaction():
    assert await together(coins("left"), coins("right"), coins("left")) == [500, 500, 500]
    async with write_transaction():
        await GIVE.fetch(-1, "left")
        # They see what the transaction has written: one connection serves them.
        assert await together(coins("left"), coins("right")) == [499, 500]


async def test_reads_asked_together_in_a_visit_stay_in_its_thread():
    @in_one_visit
    async def look() -> list[int]:
        return await together(coins("left"), coins("right"))

    assert await look() == [500, 500]


async def test_acts_side_by_side_lose_no_coin():
    await asyncio.gather(*(move(1) for _ in range(40)))
    assert (await coins("left"), await coins("right")) == (460, 540)


async def test_a_storm_of_cancellations_keeps_acts_whole(purses):
    async def cancelled_after(seconds: float) -> bool:
        task = asyncio.create_task(move(1))
        await asyncio.sleep(seconds)
        task.cancel()
        return not isinstance((await asyncio.gather(task, return_exceptions=True))[0], BaseException)

    moved = sum(await asyncio.gather(*(cancelled_after(n / 2000) for n in range(60))))
    async with asyncio.timeout(10):
        await move(1)
    assert await coins("left") + await coins("right") == 1000
    # An act that was under way when its task was cancelled has moved its coin all the same.
    assert await coins("right") >= 501 + moved
    assert purses.current_transaction.get() is None


async def test_what_must_be_repaired_has_its_code_where_the_statement_is():
    @in_one_visit
    async def read_what_is_not_there() -> str:
        try:
            await fetch("SELECT * FROM no_such_table")
        except NeedsRepair as told:
            return told.code
        return ""

    assert await read_what_is_not_there() == "database.other_schema"


if not SERVER:

    async def test_the_loop_goes_on_while_an_act_is_under_way():
        under_way, may_end = asyncio.Event(), threading.Event()
        loop = asyncio.get_running_loop()

        @in_one_visit
        async def slow() -> None:
            async with write_transaction():
                await GIVE.fetch(-10, "left")
                loop.call_soon_threadsafe(under_way.set)
                assert may_end.wait(10)

        task = asyncio.create_task(slow())
        await under_way.wait()
        assert await coins("left") == 500
        may_end.set()
        await task
        assert await coins("left") == 490

    async def test_an_act_that_awaits_something_else_is_refused_and_leaves_nothing():
        @in_one_visit
        async def sleepy() -> None:
            async with write_transaction():
                await GIVE.fetch(-10, "left")
                await asyncio.sleep(0)

        with pytest.raises(RuntimeError, match="something else than the database"):
            await sleepy()
        async with asyncio.timeout(10):
            assert await move(1) == 499
