"""Background loops live through any error, are begun again when they end, and are known when they do not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from materiel.errors import Unavailable
from materiel.use_cases.process import loop as loops
from materiel.use_cases.process.loop import MOST_RESTARTS, Beat, Loop, Watch, ended

LATE_AFTER = 60.0


class Monotonic:
    """Seconds that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Unspeakable(BaseException):
    """An error that no trace can be made of: the loop itself dies of it."""

    @property
    def __cause__(self) -> BaseException:  # type: ignore[override]
        raise ZeroDivisionError


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "FIRST_DELAY", 0.001)


def a_loop(turn: Callable[[Beat], Awaitable[bool]], *, every: float = 0.001, late_after: float = LATE_AFTER) -> Loop:
    return Loop(name="essay", turn=turn, every_seconds=every, late_after=late_after)


async def fault_of(watch: Watch, name: str = "loop.essay") -> Unavailable | None:
    try:
        await watch.checks()[name]()
    except Unavailable as error:
        return error
    return None


async def until(said: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not said():
            await asyncio.sleep(0.001)


@pytest.mark.parametrize(
    "error",
    [
        ZeroDivisionError,
        RecursionError,
        MemoryError,
        asyncio.CancelledError,
        SystemExit,
        KeyboardInterrupt,
    ],
)
async def test_a_turn_that_fails_is_made_again_and_told_once_without_its_message(
    error: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    turns: list[int] = []

    async def turn(beat: Beat) -> bool:
        turns.append(1)
        if len(turns) <= 4:
            raise error
        return False

    watch = Watch()
    async with watch.running(a_loop(turn)):
        await until(lambda: len(turns) > 6)
        assert await fault_of(watch) is None
    failed = [each for each in caplog.messages if "loop essay failed: " in each]
    assert len(failed) == 1
    assert error.__name__ in failed[0]
    assert "Zoé" not in caplog.text
    assert caplog.messages[-1] == "loop essay works again after 4 failures"


async def test_the_delay_grows_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    real = asyncio.sleep

    async def sleep(delay: float) -> None:
        slept.append(delay)
        await real(0)

    async def turn(beat: Beat) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(loops, "FIRST_DELAY", 1.0)
    monkeypatch.setattr(loops.asyncio, "sleep", sleep)
    async with Watch().running(a_loop(turn)):
        async with asyncio.timeout(20):
            while len(slept) < 2000:
                await real(0)
    assert slept[:7] == [1, 2, 4, 8, 16, 30, 30]
    assert slept[-1] == 30


async def test_a_turn_that_wants_another_is_not_kept_waiting() -> None:
    turns: list[int] = []

    async def turn(beat: Beat) -> bool:
        turns.append(1)
        return len(turns) < 3

    async with Watch().running(a_loop(turn, every=3600)):
        await until(lambda: len(turns) == 3)


async def test_a_loop_that_makes_no_turn_is_late_until_it_gives_a_sign_of_life() -> None:
    clock, go_on = Monotonic(), asyncio.Event()
    beats: list[Beat] = []

    async def turn(beat: Beat) -> bool:
        beats.append(beat)
        await go_on.wait()
        return False

    watch = Watch(monotonic=clock)
    async with watch.running(a_loop(turn)):
        await until(lambda: bool(beats))
        clock.now += LATE_AFTER
        assert await fault_of(watch) is None
        clock.now += 1
        late = await fault_of(watch)
        assert late is not None
        assert (late.code, "« essay »" in late.message, "61 s" in late.message) == ("loop.late", True, True)
        beats[0]()
        assert await fault_of(watch) is None
        clock.now += LATE_AFTER + 1
        go_on.set()
        await until(lambda: len(beats) > 1)
        assert await fault_of(watch) is None


async def test_a_loop_that_fails_for_long_is_late_and_says_of_what() -> None:
    clock = Monotonic()
    turns: list[int] = []

    async def turn(beat: Beat) -> bool:
        turns.append(1)
        raise Unavailable("database.busy", "Occupée.")

    watch = Watch(monotonic=clock)
    async with watch.running(a_loop(turn)):
        await until(lambda: len(turns) > 1)
        clock.now += LATE_AFTER + 1
        late = await fault_of(watch)
    assert late is not None
    assert "Dernière erreur : database.busy." in late.message


async def test_a_loop_that_ends_by_itself_is_begun_again(caplog: pytest.LogCaptureFixture) -> None:
    turns: list[int] = []

    async def turn(beat: Beat) -> bool:
        turns.append(1)
        if len(turns) == 1:
            raise Unspeakable
        return False

    watch = Watch()
    async with watch.running(a_loop(turn)):
        await until(lambda: len(turns) > 2)
        assert await fault_of(watch) is None
        assert not watch.lost.is_set()
    assert "loop essay ended: ZeroDivisionError" in caplog.messages


async def test_a_loop_cancelled_by_another_is_begun_again(caplog: pytest.LogCaptureFixture) -> None:
    turns: list[int] = []

    async def turn(beat: Beat) -> bool:
        turns.append(1)
        return False

    async with Watch().running(a_loop(turn, every=3600)):
        await until(lambda: bool(turns))
        for task in asyncio.all_tasks():
            if task.get_name() == "loop essay":
                task.cancel()
        await until(lambda: len(turns) > 1)
    assert "loop essay ended: cancelled" in caplog.messages


async def test_a_loop_that_always_ends_is_lost_and_named() -> None:
    turns: list[int] = []

    async def turn(beat: Beat) -> bool:
        turns.append(1)
        raise Unspeakable

    watch = Watch()
    async with watch.running(a_loop(turn)):
        async with asyncio.timeout(20):
            await watch.lost.wait()
        assert len(turns) == MOST_RESTARTS + 1
        dead = await fault_of(watch)
        assert dead is not None
        assert (dead.code, "« essay »" in dead.message) == ("loop.dead", True)
        assert (watch.refusal().code, "(essay)" in watch.refusal().message) == ("loop.lost", True)


async def test_an_end_long_after_the_last_is_not_held_against_it() -> None:
    clock = Monotonic()
    turns: list[int] = []

    async def turn(beat: Beat) -> bool:
        turns.append(1)
        clock.now += LATE_AFTER + 1
        raise Unspeakable

    watch = Watch(monotonic=clock)
    async with watch.running(a_loop(turn)):
        await until(lambda: len(turns) > 3 * MOST_RESTARTS)
    assert not watch.lost.is_set()


async def test_a_stop_ends_all_and_lets_what_fails_at_the_end_fail(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "STOP_SECONDS", 0.05)

    async def turn(beat: Beat) -> bool:
        await asyncio.Event().wait()
        return False

    async def stubborn(beat: Beat) -> bool:
        while True:
            try:
                await asyncio.sleep(0.2)
                break
            except asyncio.CancelledError:
                continue
        return False

    async def fails() -> None:
        raise Unavailable("database.unreachable", "Absente.")

    async def hangs() -> None:
        await asyncio.sleep(0.2)

    common = {"every_seconds": 1.0, "late_after": LATE_AFTER}
    watch = Watch()
    async with watch.running(
        Loop(name="one", turn=turn, at_stop=fails, **common),  # type: ignore[arg-type]
        Loop(name="two", turn=stubborn, at_stop=hangs, **common),  # type: ignore[arg-type]
    ):
        await asyncio.sleep(0.01)
    assert watch.checks() == {}
    assert "loop one could not end well: database.unreachable" in caplog.messages
    assert "loop two could not end well: too slow" in caplog.messages
    await asyncio.sleep(0.3)


async def test_what_has_begun_ends_although_its_task_is_cancelled() -> None:
    done: list[str] = []

    async def work() -> None:
        await asyncio.sleep(0.02)
        done.append("whole")

    task = asyncio.create_task(ended(work()))
    await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.wait({task})
    assert (done, task.cancelled()) == (["whole"], True)
