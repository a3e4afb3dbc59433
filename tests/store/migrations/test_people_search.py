"""People registered before the migration `people_search` are found by their names after it, on both engines."""

from __future__ import annotations

from uuid import UUID

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.cast import NOW
from tests.store.migrations.test_item_truth import empty, insert

from materiel.store.engine import migrate
from materiel.store.engine.search import words_of
from materiel.store.people import search

__all__ = ["empty"]
ID = "2026-11-29T00:00:11:000000"
SERVICE, SCHOOL, PUPIL, MOTHER = (UUID(int=number) for number in range(1, 5))


async def test_people_on_file_are_found_by_their_names(empty: object, capsys: pytest.CaptureFixture[str]) -> None:
    every = await migrate.check()
    assert (await run_forwards("materiel", migration_id=[each for each in every if each < ID][-1])).success
    capsys.readouterr()
    await insert("managing_service", id=SERVICE, kind="dsden", renewal_policy="yearly")
    await insert("municipality", insee_code="35238", name="Rennes", departement="035")
    kind = {"computed_kind": "public_primary", "sector": "public"}
    await insert("school", id=SCHOOL, uai="0350001A", municipality="35238", **kind)
    await insert(
        "pupil",
        id=PUPIL,
        service=SERVICE,
        school=SCHOOL,
        last_name="Martin",
        first_name="Zoé",
        birth_date="2015-04-02",
        protection="none",
        search="  martin  zoe  ",
        created_at=NOW,
    )
    await insert(
        "representative",
        id=MOTHER,
        pupil=PUPIL,
        last_name="d’Almeida",
        first_name="Ayşe",
        capacity="mother",
    )

    await migrate.upgrade()

    assert await search.pupils(SERVICE, words_of("ZOÉ mart"), limit=9) == [PUPIL]
    for q in ("almeida", "dalmeida", "ayse almeida"):
        assert await search.representatives(SERVICE, words_of(q), limit=9) == [(PUPIL, MOTHER)], q
    assert await search.pupils(SERVICE, words_of("almeida"), limit=9) == []
    assert await search.representatives(UUID(int=9), words_of("almeida"), limit=9) == []
