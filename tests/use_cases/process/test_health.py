"""What is wrong with the process is told by its name, in time, and logged once."""

from __future__ import annotations

import asyncio

import pytest

from materiel.errors import Unavailable
from materiel.store.engine.database import DatabaseEngine, fetch
from materiel.use_cases.process.health import FailedCheck, Health
from materiel.use_cases.process.loop import Watch


async def well() -> None:
    pass


async def away() -> None:
    raise Unavailable("database.unreachable", "Absente.")


async def hanging() -> None:
    await asyncio.Event().wait()


async def broken() -> None:
    raise ZeroDivisionError("Zoé Exemple")


async def test_each_fault_has_the_name_of_its_check() -> None:
    health = Health(Watch(), {"one": well, "two": away, "three": hanging, "four": broken}, within=0.01)
    assert await health.faults() == [
        FailedCheck("two", "database.unreachable", "Absente."),
        FailedCheck("three", "check.too_slow", "aucune réponse en 0.01 s."),
        FailedCheck("four", "check.error", "erreur inattendue (ZeroDivisionError)."),
    ]


async def test_what_hangs_is_asked_once_at_a_time() -> None:
    asked: list[int] = []
    answer = asyncio.Event()

    async def slow() -> None:
        asked.append(1)
        await answer.wait()

    health = Health(Watch(), {"slow": slow}, within=0.01)
    for _ in range(3):
        assert [fault.code for fault in await health.faults()] == ["check.too_slow"]
    assert len(asked) == 1
    answer.set()
    await asyncio.sleep(0.01)
    assert await health.faults() == []


async def test_a_change_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    checks = {"database": well}
    health = Health(Watch(), checks)
    for check in (well, away, away, away, well, well, away):
        checks["database"] = check
        await health.faults()
    told = "not ready: database (database.unreachable)"
    assert caplog.messages == [told, "ready again", told]


async def test_a_schema_that_is_behind_is_a_fault_of_the_database(db: DatabaseEngine) -> None:
    health = Health(Watch())
    assert await health.faults() == []
    (last,) = await fetch("SELECT max(name) AS name FROM migration")
    await fetch("DELETE FROM migration WHERE name = '" + last["name"] + "'")
    assert [(each.name, each.code) for each in await health.faults()] == [("database", "database.not_migrated")]
