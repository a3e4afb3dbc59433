"""Note who reads pupils' data, without making the reader wait, and show it to an administrator.

A reading is noted in memory and written with others by the loop of `use_cases.process.noting`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.history.reading import Reading, ReadingKind
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import names as journal_names
from materiel.store.history import reading as readings
from materiel.use_cases.history.list import GONE, names_of_actors, who_acted
from materiel.use_cases.process.noting import Notebook

MOST_NOTED = 20_000
"""Beyond that many different readings in memory, with a database away, the next ones are counted and not kept."""

_log = logging.getLogger("materiel.reading")

_Key = tuple[UUID, str, ReadingKind, UUID | None]


class ReadingBuffer(Notebook):
    """Readings noted and not written yet; the same one again within the same while is counted, not repeated."""

    def __init__(self) -> None:
        self._noted: dict[_Key, Reading] = {}
        self._unsure: list[Reading] = []
        """Those whose writing did not end well: perhaps written, so they change no more."""
        self._lost = 0

    def __len__(self) -> int:
        return len(self._noted) + len(self._unsure)

    def note(self, actor: Actor, kind: ReadingKind, subject_id: UUID | None, *, at: datetime) -> None:
        """Note that somebody read something; touches no database."""
        key = (actor.service_id, actor.id, kind, subject_id)
        known = self._noted.get(key)
        if known is not None:
            self._noted[key] = replace(known, times=known.times + 1, last_at=at)
        elif len(self) < MOST_NOTED:
            self._noted[key] = _reading(actor, kind, subject_id, at)
        else:
            self._lost += 1

    async def flush(self) -> int:
        """Write what was noted, in one transaction; how many. What cannot be written waits for the next time."""
        taken = [*self._unsure, *self._noted.values()]
        self._noted, self._unsure = {}, []
        if not taken:
            return 0
        try:
            written = await _write(taken)
        except BaseException:
            self._unsure = taken
            raise
        if self._lost:
            _log.warning("readings that could not be kept: %d", self._lost)
            self._lost = 0
        return written


async def record_reading(kind: ReadingKind, subject_id: UUID | None = None, *, actor: Actor, now: datetime) -> None:
    """Write one reading at once: a command of the server ends before any loop would write."""
    await _write([_reading(actor, kind, subject_id, now)])


def _reading(actor: Actor, kind: ReadingKind, subject_id: UUID | None, at: datetime) -> Reading:
    return Reading(
        id=new_id(),
        service_id=actor.service_id,
        actor=actor.id,
        kind=kind,
        subject_id=subject_id,
        pupil_id=None,
        times=1,
        first_at=at,
        last_at=at,
    )


@in_one_visit
async def _write(noted: Sequence[Reading]) -> int:
    """Find whose data each held, and write those that held a pupil's, or several pupils'."""
    pupils: dict[tuple[ReadingKind, UUID], UUID] = {}
    for kind in {each.kind for each in noted}:
        subjects = {each.subject_id for each in noted if each.kind is kind and each.subject_id is not None}
        pupils |= {(kind, subject): pupil for subject, pupil in (await readings.pupils_of(kind, subjects)).items()}
    kept = [
        each if each.subject_id is None else replace(each, pupil_id=pupils[each.kind, each.subject_id])
        for each in noted
        if each.subject_id is None or (each.kind, each.subject_id) in pupils
    ]
    if kept:
        async with write_transaction():
            await readings.insert_many(kept)
    return len(kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldReading:
    """A reading, who read and whose data, as they are called today; no pupil for a list."""

    reading: Reading
    who: str
    pupil: str


async def list_readings(
    *, actor: Actor, who: str = "", pupil_id: UUID | None = None, before: UUID | None = None, limit: int
) -> list[ToldReading]:
    """The readings of the actor's service, the last written first: an administrator's to see.

    Args:
        who: what the journal keeps of an actor, `user:<id>` for an account; empty for everybody.
    """
    actor.require(Permission.ADMINISTER)
    found = await readings.page(actor.service_id, actor=who, pupil_id=pupil_id, before=before, limit=limit)
    names = await names_of_actors(actor.service_id)
    called = await journal_names.pupils(actor.service_id, {each.pupil_id for each in found if each.pupil_id})
    return [
        ToldReading(
            reading=each,
            who=who_acted(each.actor, names),
            pupil=called.get(each.pupil_id, GONE) if each.pupil_id else "",
        )
        for each in found
    ]


async def readers(*, actor: Actor) -> list[tuple[str, str]]:
    """Who read something in the actor's service: what the journal keeps, and how they are called."""
    actor.require(Permission.ADMINISTER)
    names = await names_of_actors(actor.service_id)
    return [(each, who_acted(each, names)) for each in await readings.actors(actor.service_id)]
