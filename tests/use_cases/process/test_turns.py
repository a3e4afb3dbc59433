from __future__ import annotations

import asyncio
from time import perf_counter, thread_time

from materiel.use_cases.process.turns import LONGEST_REST, Stretch


def work(seconds: float) -> None:
    began = thread_time()
    while thread_time() - began < seconds:
        pass


async def rested(stretch: Stretch) -> float:
    began = perf_counter()
    await stretch.rest()
    return perf_counter() - began


async def test_a_work_of_the_loop_is_followed_by_as_long_a_rest() -> None:
    stretch = Stretch()
    work(0.012)
    assert await rested(stretch) >= 0.008


async def test_no_rest_is_longer_than_the_longest() -> None:
    stretch = Stretch()
    work(3 * LONGEST_REST)
    assert LONGEST_REST * 0.9 <= await rested(stretch) < 2 * LONGEST_REST


async def test_what_others_did_meanwhile_is_a_rest() -> None:
    stretch = Stretch()
    work(0.01)
    await asyncio.sleep(0.03)
    assert await rested(stretch) < 0.008


async def test_everybody_gets_a_turn() -> None:
    told: list[str] = []
    asyncio.get_running_loop().call_soon(told.append, "other")
    await Stretch().rest()
    assert told == ["other"]
