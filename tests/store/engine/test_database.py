import asyncio
import gc
import sqlite3
from contextvars import Context

import asyncpg
import pytest
from tests.conftest import SERVER, run_on_server

from materiel.errors import BadInput, MaterielError, Unavailable
from materiel.store.engine import database as engines
from materiel.store.engine import sqlite
from materiel.store.engine.database import (
    build_engine,
    current_engine,
    enclosing_transaction,
    fetch,
    undone_alone,
    write_last,
    write_transaction,
)
from materiel.store.engine.statement import Statement
from materiel.store.tables import ItemRow

MAKE = "CREATE TABLE purse (name VARCHAR(10) PRIMARY KEY, coins INTEGER NOT NULL CHECK (coins >= 0))"
GIVE = Statement("UPDATE purse SET coins = coins + {} WHERE name = {}")
COINS = Statement("SELECT coins FROM purse WHERE name = {}")


@pytest.fixture
async def purses(db):
    await fetch(MAKE)
    await fetch("INSERT INTO purse VALUES ('left', 500), ('right', 500)")
    return db


async def coins(name: str) -> int:
    row = await COINS.fetch_one(name)
    return row["coins"]


async def move_one_coin() -> None:
    async with write_transaction():
        await move_one_coin_here()


async def move_one_coin_here() -> None:
    await GIVE.fetch(-1, "left")
    await asyncio.sleep(0)
    await GIVE.fetch(1, "right")


async def test_an_exception_rolls_everything_back(purses):
    async def give_then_fail() -> None:
        async with write_transaction():
            await GIVE.fetch(-10, "left")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await give_then_fail()
    assert await coins("left") == 500


async def test_a_reader_sees_nothing_before_the_commit(purses):
    inside, seen = asyncio.Event(), asyncio.Event()

    async def read_meanwhile() -> int:
        await inside.wait()
        try:
            return await coins("left")
        finally:
            seen.set()

    reader = asyncio.create_task(read_meanwhile())
    async with write_transaction():
        await GIVE.fetch(-10, "left")
        inside.set()
        await seen.wait()
    assert await reader == 500
    assert await coins("left") == 490


READS = (
    "SELECT coins FROM purse",
    "  WITH rich (name) AS (SELECT name FROM purse WHERE coins > 1) SELECT count(*) FROM rich",
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT max(i) FROM n",
    "EXPLAIN SELECT coins FROM purse",
)


async def test_whoever_reads_never_waits_for_whoever_writes(purses):
    may_end = asyncio.Event()

    async def write() -> None:
        async with write_transaction():
            await GIVE.fetch(0, "left")
            await may_end.wait()

    writers = [asyncio.create_task(write()) for _ in range(20)]
    await asyncio.sleep(0.05)
    try:
        async with asyncio.timeout(10):
            for each in READS * 10:
                assert await fetch(each)
    finally:
        may_end.set()
        await asyncio.gather(*writers)


async def test_a_slow_read_does_not_keep_the_others_waiting(purses):
    """Were they dealt out in turn, one read out of a few would stand behind the slow one."""
    slow = asyncio.create_task(
        fetch("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT max(i) FROM n")
    )
    for _ in range(20):
        await fetch("SELECT 1")
    assert not slow.done()
    await slow


async def test_a_use_case_does_not_nest_another(purses):
    with pytest.raises(Exception, match="nested transactions"):
        async with write_transaction(), write_transaction():
            pass
    await move_one_coin()


async def test_an_enclosing_transaction_decides_for_the_inner_one(purses):
    async def move_then_fail() -> None:
        async with enclosing_transaction():
            await move_one_coin()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await move_then_fail()
    assert await coins("left") == 500
    async with enclosing_transaction():
        await move_one_coin()
    assert await coins("left") == 499


async def test_a_refusal_undoes_its_part_alone(purses):
    written = []

    async def write(values):
        written.extend(values)

    async def refused():
        async with undone_alone():
            write_last(write, "refused")
            await move_one_coin_here()
            with pytest.raises((sqlite3.IntegrityError, asyncpg.CheckViolationError)):
                await GIVE.fetch(-1_000, "left")
            raise BadInput("purse.empty", "La bourse est vide.")

    async with write_transaction():
        write_last(write, "before")
        await move_one_coin_here()
        with pytest.raises(BadInput):
            await refused()
        async with undone_alone():
            write_last(write, "after")
            await move_one_coin_here()
    assert (await coins("left"), await coins("right"), written) == (498, 502, ["before", "after"])


async def test_a_storm_of_cancellations_loses_no_coin_and_no_connection(purses):
    async def cancelled_after(seconds: float) -> bool:
        task = asyncio.create_task(move_one_coin())
        await asyncio.sleep(seconds)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return False
        return True

    moved = 0
    for _ in range(10):
        moved += sum(await asyncio.gather(*(cancelled_after(n / 1000) for n in range(20))))
    async with asyncio.timeout(10):
        await move_one_coin()
        assert await coins("left") + await coins("right") == 1000
        # A task cancelled while its commit went through has moved its coin all the same.
        assert await coins("right") >= 501 + moved
    assert current_engine().current_transaction.get() is None


async def test_a_failed_commit_gives_everything_back(db):
    deferred = "DEFERRABLE INITIALLY DEFERRED"
    await fetch("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
    await fetch(f"CREATE TABLE child (parent INTEGER REFERENCES parent (id) {deferred})")
    for _ in range(12):
        with pytest.raises(Exception, match=r"FOREIGN KEY|foreign key"):
            async with write_transaction():
                await fetch("INSERT INTO child VALUES (1)")
    async with asyncio.timeout(5), write_transaction():
        await fetch("INSERT INTO parent VALUES (1)")
        await fetch("INSERT INTO child VALUES (1)")
    assert len(await fetch("SELECT * FROM child")) == 1


async def test_parallel_writers_never_meet_a_lock(purses, migrated_url):
    other = build_engine(migrated_url, synchronous="OFF")
    await engines.start(other)

    async def through_the_other(n: int) -> None:
        async with other.transaction():
            await other.fetch(f"UPDATE purse SET coins = coins - 1 WHERE name = 'left' AND {n} = {n}")
            await other.fetch("UPDATE purse SET coins = coins + 1 WHERE name = 'right'")

    try:
        await asyncio.gather(*(move_one_coin() for _ in range(40)), *(through_the_other(n) for n in range(40)))
    finally:
        await engines.stop(other)
    assert (await coins("left"), await coins("right")) == (420, 580)


async def test_a_base_that_is_stopped_is_whole_in_its_file(tmp_path):
    # Before, two connections closed at the same moment left the log beside the file one time in nine.
    for path in (tmp_path / f"{n}.sqlite3" for n in range(60)):
        engine = engines.bind(build_engine(f"sqlite:///{path}", synchronous="OFF"))
        await engines.start(engine)
        await fetch(MAKE)
        await asyncio.gather(*(fetch("SELECT name FROM purse") for _ in range(8)))
        await engines.stop(engine)
        assert sorted(each.name for each in tmp_path.iterdir() if each.name.startswith(path.stem)) == [path.name]
        path.unlink()


async def test_the_log_is_folded_back_while_it_grows(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "CHECKPOINT_PAGES", 30)
    engine = engines.bind(build_engine(f"sqlite:///{tmp_path}/base.sqlite3", synchronous="OFF"))
    await engines.start(engine)
    try:
        await fetch("CREATE TABLE parcel (content BLOB NOT NULL)")
        for _ in range(200):
            await fetch("INSERT INTO parcel VALUES (zeroblob(8000))")
        # Two million bytes were written: the log holds thirty pages, and the transaction that went beyond.
        assert (tmp_path / "base.sqlite3-wal").stat().st_size < 50 * 4_200
    finally:
        await engines.stop(engine)


async def test_batches_let_the_exceptions_of_their_block_through(db):
    with pytest.raises(ZeroDivisionError):
        async with await ItemRow.select().where(ItemRow.version == 1).batch(batch_size=10):
            raise ZeroDivisionError


async def test_another_kind_of_url_is_refused():
    with pytest.raises(BadInput) as refusal:
        build_engine("mysql://host/base")
    assert refusal.value.code == "database.url"


async def test_a_server_that_does_not_answer_is_told_as_unavailable():
    with pytest.raises(Unavailable) as refusal:
        await engines.start(build_engine("postgresql://materiel@127.0.0.1:1/base"))
    assert refusal.value.code == "database.unreachable"


async def test_a_file_locked_by_another_process_is_told_as_unavailable(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.05)
    holder, waiter = (build_engine(f"sqlite:///{tmp_path}/shared.sqlite3") for _ in range(2))
    try:
        async with holder.transaction():
            with pytest.raises(Unavailable) as refusal:
                await waiter.fetch("CREATE TABLE purse (name TEXT)")
        assert refusal.value.code == "database.busy"
    finally:
        await engines.stop(holder)
        await engines.stop(waiter)


async def test_a_turn_that_does_not_come_is_told_as_unavailable(purses, monkeypatch):
    monkeypatch.setattr("materiel.store.engine.turn.TURN_TIMEOUT_S", 0.1)
    release = asyncio.Event()

    async def hold() -> None:
        async with write_transaction():
            await release.wait()

    holders = [asyncio.create_task(hold()) for _ in range(10)]
    await asyncio.sleep(0.05)
    with pytest.raises(Unavailable) as refusal:
        await move_one_coin()
    release.set()
    ended = await asyncio.gather(*holders, return_exceptions=True)
    assert refusal.value.code == "database.busy"
    assert all(error is None or isinstance(error, Unavailable) for error in ended)
    await move_one_coin()


@pytest.mark.parametrize("turns", [1, 5, 10, 20, 40, 60])
async def test_a_query_cancelled_while_it_connects_leaves_no_complaint(migrated_url, db, turns):
    """A worker stopped as it starts: its second connection is being opened."""
    complaints = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, told: complaints.append(told["message"]))
    other = build_engine(migrated_url, synchronous="OFF")
    await engines.start(other)
    async with other.transaction():
        query = asyncio.create_task(other.fetch("SELECT 1"), context=Context())
        for _ in range(turns):
            await asyncio.sleep(0.0002)
        query.cancel()
        await asyncio.wait({query})
    await engines.stop(other)
    del query
    gc.collect()
    loop.set_exception_handler(None)
    assert complaints == []


async def test_a_connection_serves_again_after_an_error(purses):
    for _ in range(12):
        with pytest.raises(Exception, match=r"(?i)check constraint"):
            await GIVE.fetch(-1000, "left")
    await move_one_coin()


if SERVER:
    TOLD = {
        "before a statement": {"database.unreachable"},
        # Of a COMMIT on its way nobody knows here whether it arrived.
        "before the end": {"database.unreachable", "database.unsure"},
        # It took its transaction with it: nothing is left to undo, and the refusal holds.
        "before a refusal": {"test.refused"},
    }

    async def die(steps: int) -> None:
        """End the connection of this transaction from another one, then let the loop turn so many times."""
        own = (await fetch("SELECT pg_backend_pid() AS pid"))[0]["pid"]
        await run_on_server(f"SELECT pg_terminate_backend({own})")
        for _ in range(steps):
            await asyncio.sleep(0)

    @pytest.mark.parametrize("where", TOLD)
    async def test_a_connection_that_dies_in_a_transaction_is_told_and_never_used_again(purses, where):
        async def give(steps: int) -> None:
            async with write_transaction():
                await GIVE.fetch(-1, "left")
                await die(steps)
                if where == "before a statement":
                    await GIVE.fetch(1, "right")
                elif where == "before a refusal":
                    raise BadInput("test.refused", "Refus.")

        # Its end is learnt by several turns of the loop: at each of them asyncpg tells of it otherwise.
        for steps in range(12):
            with pytest.raises(MaterielError) as refusal:
                await give(steps)
            assert refusal.value.code in TOLD[where]
            assert await coins("left") == 500

    async def test_a_fault_of_the_program_is_not_told_as_an_absence(purses):
        with pytest.raises(asyncpg.InterfaceError):
            await fetch("SELECT coins FROM purse WHERE name = $1", ["left", "right"])
        assert await coins("left") == 500

    async def test_a_connection_that_dies_while_it_is_given_back_is_no_fault(purses):
        connection = await purses.take_connection()
        giving = asyncio.ensure_future(purses.give_back(connection))
        # The pool has been asked, and has not answered yet.
        await asyncio.sleep(0)
        connection.terminate()
        await giving
        assert await coins("left") == 500


if not SERVER:

    async def test_a_connection_opened_after_the_file_was_moved_makes_no_other(tmp_path):
        path = tmp_path / "materiel.sqlite3"
        engine = engines.bind(build_engine(f"sqlite:///{path}", synchronous="OFF"))
        await engines.start(engine)
        try:
            await fetch("CREATE TABLE purse (coins INTEGER)")
            path.rename(tmp_path / "aside.sqlite3")
            with pytest.raises(MaterielError) as moved:
                await fetch("SELECT coins FROM purse")
            assert moved.value.code == "database.replaced"
            assert not path.exists()
        finally:
            await engines.stop(engine)
