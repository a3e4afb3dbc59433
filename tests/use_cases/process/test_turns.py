from __future__ import annotations

import asyncio

import pytest

from materiel.use_cases.process import turns
from materiel.use_cases.process.turns import LONGEST_REST, Pace, Stretch


class Clock:
    """The times of a loop and of its thread, which a test moves; and how long the loop was asked to rest."""

    def __init__(self) -> None:
        self.at, self.worked = 5.0, 1.0
        self.rests: list[float] = []

    def work(self, seconds: float) -> None:
        self.at += seconds
        self.worked += seconds

    async def sleep(self, seconds: float) -> None:
        self.rests.append(seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(turns, "perf_counter", lambda: clock.at)
    monkeypatch.setattr(turns, "thread_time", lambda: clock.worked)
    monkeypatch.setattr(turns, "asyncio", clock)
    return clock


async def test_a_work_of_the_loop_is_followed_by_as_long_a_rest(clock: Clock) -> None:
    stretch = Stretch()
    clock.work(0.012)
    await stretch.rest()
    assert clock.rests == pytest.approx([0.012])


async def test_no_rest_is_longer_than_the_longest(clock: Clock) -> None:
    stretch = Stretch()
    clock.work(3 * LONGEST_REST)
    await stretch.rest()
    assert clock.rests == [LONGEST_REST]


async def test_what_others_did_meanwhile_is_a_rest(clock: Clock) -> None:
    stretch = Stretch()
    clock.work(0.01)
    clock.at += 0.03
    await stretch.rest()
    assert clock.rests == [0.0]


async def test_everybody_gets_a_turn() -> None:
    told: list[str] = []
    asyncio.get_running_loop().call_soon(told.append, "other")
    await Stretch().rest()
    assert told == ["other"]


def test_a_part_that_held_others_is_followed_by_smaller_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST_HOLD", 0.1)
    pace, sizes = Pace(20, 100), []
    for held in (0.05, 0.11, 0.3, 0.3, 0.3):
        pace.took(held)
        sizes.append(pace.size)
    assert sizes == [100, 50, 25, 20, 20]


def test_a_part_that_held_nobody_is_followed_by_larger_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST_HOLD", 0.1)
    pace, sizes = Pace(20, 100), []
    for held in (1.0, 1.0, 0.06, 0.04, 0.04, 0.04):
        pace.took(held)
        sizes.append(pace.size)
    assert sizes == [50, 25, 25, 50, 100, 100]
