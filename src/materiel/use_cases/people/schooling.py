"""The schools that a pupil was in, as the loans that followed tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.loan.loan import Loan
from materiel.domain.people.pupil import Pupil
from materiel.domain.places.school import School
from materiel.store.loan import loan as loans
from materiel.store.places import school as schools


@dataclass(frozen=True, slots=True)
class SchoolLived:
    """One school, and the day since when the pupil's loans are there; None for one where none was made."""

    school: School
    since: date | None


async def schools_lived(pupil: Pupil, held: Sequence[Loan], *, actor: Actor) -> list[SchoolLived]:
    """Where the loans of a pupil were, newest first, the present school first."""
    actor.require(Permission.READ)
    moves = [each for found in (await loans.placements([loan.id for loan in held])).values() for each in found]
    days: list[tuple[str, date | None]] = []
    for move in sorted(moves, key=lambda each: each.since):
        if not days or days[-1][0] != move.school_uai:
            days.append((move.school_uai, move.since))
    if not days or days[-1][0] != pupil.school_uai:
        days.append((pupil.school_uai, None))
    named = {uai: await schools.by_uai(uai, actor.service_id) for uai in {uai for uai, _ in days}}
    return [SchoolLived(named[uai], since) for uai, since in reversed(days)]
