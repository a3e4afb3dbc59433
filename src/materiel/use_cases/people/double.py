"""Pupils who look like one person: the same names, accents and hyphens aside, born the same day.

Homonyms exist, twins of one first name do not: whoever types is shown the records, and decides.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.people.person_name import identity_of
from materiel.domain.people.pupil import Pupil
from materiel.store.people import double as doubles
from materiel.store.people import pupil as pupils


async def look_alikes(last_name: str, first_name: str, birth_date: date, *, actor: Actor) -> list[Pupil]:
    """The pupils of the actor's service who would be taken for this one."""
    actor.require(Permission.READ)
    found = await doubles.ids_of(identity_of(last_name, first_name, birth_date), actor.service_id)
    return [await pupils.get(pupil_id, actor.service_id) for pupil_id in found]


async def doubles_of(pupil: Pupil, *, actor: Actor) -> list[UUID]:
    """The other records of the actor's service that look like this pupil's."""
    actor.require(Permission.READ)
    identity = identity_of(pupil.last_name, pupil.first_name, pupil.birth_date)
    return [each for each in await doubles.ids_of(identity, actor.service_id) if each != pupil.id]
