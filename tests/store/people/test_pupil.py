from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from tests.store.cast import DSDEN_35, given_pupil

from materiel.domain.people.person_name import identity_of
from materiel.errors import Conflict, NotFound
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.people import pupil as pupils

pytestmark = pytest.mark.usefixtures("settled")


async def save(pupil):
    async with write_transaction():
        return await pupils.save(pupil)


async def test_a_pupil_comes_back_as_it_went_in():
    pupil = await given_pupil()
    assert await pupils.get(pupil.id, DSDEN_35) == pupil


@pytest.mark.parametrize("typed", ["Le Goff", "LEGOFF", "le-goff", "D'Almeida", "Éloïse Ño", "--"])
async def test_a_pupil_is_found_by_what_a_file_says_however_the_name_is_written(typed):
    pupil = replace(await given_pupil(), last_name=typed)
    await save(pupil)
    identity = identity_of(f" {typed.upper()}", pupil.first_name, pupil.birth_date)
    assert [each.id for each in await pupils.of_identities(DSDEN_35, [identity, identity])] == [pupil.id]
    assert await pupils.of_identities(UUID(int=1), [identity]) == []
    other = identity_of("Autre", pupil.first_name, pupil.birth_date)
    another_day = (*identity[:2], pupil.birth_date + timedelta(days=1))
    assert await pupils.of_identities(DSDEN_35, [other, another_day]) == []
    assert await pupils.of_identities(DSDEN_35, []) == []


async def test_another_service_sees_no_pupil():
    pupil = await given_pupil()
    with pytest.raises(NotFound) as refusal:
        await pupils.get(pupil.id, UUID(int=1))
    assert refusal.value.code == "pupil.not_found"
    assert await pupils.page(UUID(int=1), limit=10) == []


async def test_homes_and_representatives_follow_a_change():
    pupil = await given_pupil()
    changed = await save(replace(pupil, homes=pupil.homes[:1], representatives=pupil.representatives[:1]))
    assert changed.version == 2
    assert await pupils.get(pupil.id, DSDEN_35) == changed
    assert len(await fetch("SELECT id FROM representative")) == 1


async def test_a_stale_version_is_refused_and_changes_nothing():
    pupil = await given_pupil()
    saved = await save(replace(pupil, disagreement=True))
    with pytest.raises(Conflict) as refusal:
        await save(replace(pupil, homes=()))
    assert refusal.value.code == "pupil.changed"
    assert await pupils.get(pupil.id, DSDEN_35) == saved


async def test_an_unknown_school_is_told():
    with pytest.raises(NotFound) as refusal:
        await given_pupil(school_uai="0359999Z")
    assert refusal.value.code == "school.not_found"


async def test_pupils_are_found_by_name_and_school():
    first, second = await given_pupil(), await given_pupil(last_name="Ben Saïd", first_name="Inès")

    async def found(**filters) -> list[UUID]:
        return [pupil.id for pupil in await pupils.page(DSDEN_35, limit=10, **filters)]

    assert await found() == [first.id, second.id]
    assert await found(q="ines said") == [second.id]
    assert await found(q="GOFF") == [first.id]
    assert await found(q="le") == [first.id]
    assert await found(school_uai="0351234A", after=first.id) == [second.id]
    assert await found(school_uai="0359999Z") == []


async def test_what_is_asked_to_be_printed_besides_is_kept():
    pupil = await given_pupil()
    assert (pupil.large_print, pupil.plain_summary) == (False, False)
    await save(replace(pupil, large_print=True))
    kept = await pupils.get(pupil.id, DSDEN_35)
    assert (kept.large_print, kept.plain_summary) == (True, False)
