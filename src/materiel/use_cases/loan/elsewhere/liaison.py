"""The contact with the académie that receives a pupil: owed as soon as a letter says it, recorded once it is made.

Source: circulaire n° 2001-061; domain E14, § 8.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.bounds import Academie, filled, line
from materiel.domain.loan.elsewhere.leaving import TEXT_MAX, Leaving, kept_too_long, with_contact
from materiel.domain.loan.recall_ground import RecallGround
from materiel.domain.people.pupil import Pupil
from materiel.errors import Conflict
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.loan import leaving
from materiel.store.loan import loan as loans
from materiel.store.people import pupil as pupils
from materiel.use_cases.loan.case import Case
from materiel.use_cases.papers.issuer import Issuer


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordContact:
    """When the contact was made, and with which service; the destination, if it was not known yet."""

    pupil_id: UUID
    leaving_id: UUID
    contact_on: date
    contact_with: Annotated[str, filled(TEXT_MAX)]
    academie: Academie = ""
    school: Annotated[str, line(TEXT_MAX)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToDo:
    """A departure that needs a hand, whose it is, and what to do, in French."""

    leaving: Leaving
    pupil: Pupil
    acts: tuple[str, ...]


@in_one_visit
async def record_contact(command: RecordContact, *, actor: Actor, now: datetime) -> Leaving:
    """Record that a manager has made the contact; nothing is sent to anybody.

    Raises:
        NotFound: `pupil.not_found`, `leaving.not_found`.
        RuleBroken: `leaving.invalid`.
        Conflict: `leaving.contacted`, `leaving.withdrawn`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        pupil = await pupils.get(command.pupil_id, actor.service_id)
        known = await leaving.get(command.leaving_id, pupil.id, actor.service_id)
        if not known.stands:
            raise Conflict("leaving.withdrawn", "Ce départ a été retiré : il n'y a plus de contact à prendre.")
        told = with_contact(
            known,
            on=command.contact_on,
            with_service=command.contact_with,
            academie=command.academie,
            school=command.school,
            own_academie=(await services.get(actor.service_id)).academie,
            today=actor.civil_date(now),
        )
        if not await leaving.note_contact(told):
            raise Conflict("leaving.contacted", "Ce contact est déjà noté. Rechargez la fiche de l'élève.")
        await journal.by(actor, now).note(
            "pupil.liaison_made",
            pupil.id,
            {"leaving": str(told.id), "contact_on": command.contact_on.isoformat(), "academie": told.academie},
        )
        return told


async def leavings_of(pupil_id: UUID, *, actor: Actor) -> list[Leaving]:
    """The departures noted on a pupil's record, oldest first, those taken back included.

    Raises:
        NotFound: `pupil.not_found`.
    """
    actor.require(Permission.READ)
    pupil = await pupils.get(pupil_id, actor.service_id)
    return await leaving.of_pupil(pupil.id, actor.service_id)


async def get_leaving(pupil_id: UUID, leaving_id: UUID, *, actor: Actor) -> Leaving:
    """One departure of a pupil.

    Raises:
        NotFound: `leaving.not_found`.
    """
    actor.require(Permission.READ)
    return await leaving.get(leaving_id, pupil_id, actor.service_id)


async def to_contact(*, actor: Actor, now: datetime, limit: int, after: UUID | None = None) -> list[ToDo]:
    """The departures of the actor's service that need a hand, oldest first."""
    actor.require(Permission.READ)
    today = actor.civil_date(now)
    return [
        ToDo(
            leaving=each,
            pupil=await pupils.get(each.pupil_id, actor.service_id),
            acts=_acts(each, today),
        )
        for each in await leaving.to_do(actor.service_id, today, limit=limit, after=after)
    ]


def _acts(each: Leaving, today: date) -> tuple[str, ...]:
    acts = (f"Prenez contact : {each.destination}.",) if each.awaits_contact else ()
    return (*acts, late) if (late := kept_too_long(each, today)) else acts


async def owe_contact(case: Case, ground: RecallGround | None, issuer: Issuer) -> None:
    """A claim whose letter promises the contact makes it owed, when the departure was not noted; in a transaction."""
    if ground is not RecallGround.LEFT_ACADEMIE or case.pupil is None:
        return
    if any(each.stands for each in await leaving.of_pupil(case.pupil.id, case.service.id)):
        return
    noted = Leaving(
        id=new_id(),
        service_id=case.service.id,
        pupil_id=case.pupil.id,
        left_on=issuer.today,
        noted_by=issuer.actor.id,
        noted_at=issuer.now,
    )
    await leaving.insert(noted)
    await journal_leaving(noted, issuer, {})


async def owe_no_contact(case: Case, ground: RecallGround | None, issuer: Issuer) -> None:
    """The last claim on that ground is taken back: what it alone had noted goes with it; in a transaction."""
    if ground is not RecallGround.LEFT_ACADEMIE or case.pupil is None:
        return
    held = await loans.page(case.service.id, pupil_id=case.pupil.id, limit=loans.MOST)
    if any(each.is_open and each.recall_ground is RecallGround.LEFT_ACADEMIE for each in held):
        return
    for each in await leaving.of_pupil(case.pupil.id, case.service.id):
        if each.awaits_contact and not each.academie:
            await leaving.withdraw(each.id, issuer.now)


async def journal_leaving(noted: Leaving, issuer: Issuer, fates: dict[str, str]) -> None:
    """Write a departure in the journal, without the school, which may tell of a need."""
    await journal.by(issuer.actor, issuer.now).note(
        "pupil.left_academie",
        noted.pupil_id,
        {"leaving": str(noted.id), "left_on": noted.left_on.isoformat(), "academie": noted.academie}
        | ({"kept_until": noted.kept_until.isoformat()} if noted.kept_until else {})
        | ({"loans": fates} if fates else {}),
    )
