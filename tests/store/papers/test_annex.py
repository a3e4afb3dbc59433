"""The versions of an annex: added, read back by day and by service, never changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.use_cases import loan_cast as cast

from materiel.domain.item.family import ItemFamily
from materiel.domain.papers.annex import Annex, AnnexSection
from materiel.errors import Conflict
from materiel.store.engine.ids import new_id
from materiel.store.engine.statement import Statement
from materiel.store.papers import annex as annexes

DAY = date(2026, 12, 1)


def version(rank: int, starts_on: date = DAY, **changes) -> Annex:
    first = Annex(
        id=new_id(),
        service_id=cast.SERVICE,
        rank=rank,
        starts_on=starts_on,
        title=f"Charte {rank}",
        sections=(
            AnnexSection(text="Prenez-en soin.\n\n- Ni eau\n- Ni choc"),
            AnnexSection(text="Chargez-la.", family=ItemFamily.TABLET),
        ),
        written_at=cast.NOW,
        written_by="user:1",
    )
    return replace(first, **changes)


async def test_a_version_comes_back_as_it_was_written(db) -> None:
    await cast.set_up()
    first = version(1)
    await annexes.insert(first)
    assert await annexes.versions(cast.SERVICE) == [first]
    assert await annexes.versions(cast.OTHER_SERVICE) == []
    assert await annexes.in_force(cast.OTHER_SERVICE, DAY) is None


async def test_the_latest_begun_binds_and_the_last_written_of_a_day(db) -> None:
    await cast.set_up()
    first, later, again = version(1), version(2, DAY + timedelta(days=30)), version(3)
    for each in (first, later, again):
        await annexes.insert(each)
    found = [await annexes.in_force(cast.SERVICE, DAY + timedelta(days=days)) for days in (-1, 0, 29, 30, 400)]
    assert found == [None, again, again, later, later]


async def test_two_versions_of_one_rank_are_refused(db) -> None:
    await cast.set_up()
    await annexes.insert(version(1))
    with pytest.raises(Conflict) as refusal:
        await annexes.insert(version(1))
    assert refusal.value.code == "annex.changed"
    await annexes.insert(version(1, service_id=cast.OTHER_SERVICE))


@pytest.mark.parametrize("change", ["UPDATE annex SET title = 'Autre'", "DELETE FROM annex"])
async def test_a_version_is_never_changed(db, change: str) -> None:
    await cast.set_up()
    await annexes.insert(version(1))
    with pytest.raises(Exception, match=r"annex_(frozen|kept)"):
        await Statement(change).fetch()
