"""What is kept from the database: for one version, one engine, and a bounded number of keys."""

from __future__ import annotations

import asyncio

import pytest

from materiel.store.engine import database as engines
from materiel.store.engine.kept import Kept


class Counting:
    """Makes a new number each time; says which version the base is at; may wait in the middle."""

    def __init__(self) -> None:
        self.version = "first"
        self.made = 0
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def read(self) -> str:
        return self.version

    async def make(self, version: str) -> int:
        self.made += 1
        number = self.made
        await self.go_on.wait()
        return number


@pytest.fixture
def counting(db: object) -> Counting:
    return Counting()


async def test_a_value_is_made_once_for_each_version(counting: Counting) -> None:
    kept: Kept[str, int] = Kept()
    assert [await kept.get("key", counting.read, counting.make) for _ in range(3)] == [1, 1, 1]
    counting.version = "second"
    assert await kept.get("key", counting.read, counting.make) == 2
    assert await kept.get("other key", counting.read, counting.make) == 3


async def test_a_value_made_while_somebody_wrote_is_not_kept(counting: Counting) -> None:
    kept: Kept[str, int] = Kept()
    counting.go_on.clear()
    asked = asyncio.create_task(kept.get("key", counting.read, counting.make))
    await asyncio.sleep(0)
    counting.version = "second"
    counting.go_on.set()
    assert await asked == 1
    counting.version = "first"
    assert await kept.get("key", counting.read, counting.make) == 2


async def test_those_who_wait_share_what_began_after_they_came(counting: Counting) -> None:
    kept: Kept[str, int] = Kept()
    counting.go_on.clear()
    first = asyncio.create_task(kept.get("key", counting.read, counting.make))
    await asyncio.sleep(0)
    counting.version = "second"
    others = [asyncio.create_task(kept.get("key", counting.read, counting.make)) for _ in range(5)]
    await asyncio.sleep(0)
    counting.go_on.set()
    assert await first == 1
    # What was begun before they came may lack what they had written: they have another one, together.
    assert await asyncio.gather(*others) == [2] * 5


async def test_a_making_that_fails_leaves_its_turn(counting: Counting) -> None:
    kept: Kept[str, int] = Kept()

    async def fail(version: str) -> int:
        raise RuntimeError("no answer")

    with pytest.raises(RuntimeError):
        await kept.get("key", counting.read, fail)
    assert await kept.get("key", counting.read, counting.make) == 1


async def test_the_key_asked_for_least_lately_is_forgotten(counting: Counting) -> None:
    kept: Kept[str, int] = Kept(2)
    for key in ("one", "two", "one", "three"):
        await kept.get(key, counting.read, counting.make)
    assert counting.made == 3
    await kept.get("one", counting.read, counting.make)
    assert counting.made == 3
    await kept.get("two", counting.read, counting.make)
    assert counting.made == 4


async def test_what_is_kept_belongs_to_its_engine(counting: Counting, migrated_url: str) -> None:
    kept: Kept[str, int] = Kept()
    former = engines.current_engine()
    assert await kept.get("key", counting.read, counting.make) == 1
    engines.bind(engines.build_engine(migrated_url, synchronous="OFF"))
    assert await kept.get("key", counting.read, counting.make) == 2
    engines.bind(former)
    assert await kept.get("key", counting.read, counting.make) == 1
