"""A need that a référent asks: kept apart from the queue until the service confirms it, with who asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.need import WORDING_MAX, Need, NeedState
from materiel.domain.language.bounds import filled
from materiel.domain.people.person_name import identity_of
from materiel.domain.usage import Basis, BasisKind
from materiel.errors import FieldError, NotFound, RuleBroken
from materiel.store.circuit import sector
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.links import referent as referents
from materiel.store.people import pupil as pupils
from materiel.use_cases.circuit.need import new_need
from materiel.use_cases.links.referent import ReferentReader


@dataclass(frozen=True, slots=True, kw_only=True)
class AskNeed:
    """For which pupil, as a référent knows him, in the generic words of which decision, notified when."""

    last_name: Annotated[str, filled(100)]
    first_name: Annotated[str, filled(100)]
    birth_date: date
    wording: Annotated[str, filled(WORDING_MAX)]
    notified_on: date


@in_one_visit
async def ask_need(command: AskNeed, *, reader: ReferentReader, now: datetime) -> Need:
    """Keep what a référent asks for a pupil of the sector, until the service confirms it.

    The answer tells whether the service knows the pupil to whoever gives the name and the day of birth of a pupil of
    their own sector, and to nobody else.

    Raises:
        Conflict: `need.already_written`.
        RuleBroken: `need.unknown_pupil`; `need.invalid`, `need.health_words`; `text.not_printable`.
    """
    async with write_transaction():
        need = Need(
            id=new_id(),
            service_id=reader.service.id,
            pupil_id=await _pupil(command, reader),
            wording=command.wording,
            notified_on=command.notified_on,
            basis=Basis(kind=BasisKind.CDAPH, decided_on=command.notified_on),
            state=NeedState.ASKED,
            asked_by=reader.actor_id,
            created_at=now,
        )
        need = await new_need(need, reader.service.civil_date(now))
        by = journal.By(reader.service.id, reader.actor_id, now)
        await by.note("need.asked", need.id, {"pupil": str(need.pupil_id)})
    return need


async def who_asked(need: Need, *, actor: Actor) -> str:
    """The name of the référent who asked a need; empty for one that the service wrote down, or once it is forgotten."""
    actor.require(Permission.READ)
    _, _, key = need.asked_by.partition(":")
    if not key:
        return ""
    try:
        return (await referents.get(UUID(key), actor.service_id)).name
    except NotFound:
        return ""


async def _pupil(command: AskNeed, reader: ReferentReader) -> UUID:
    identity = identity_of(command.last_name, command.first_name, command.birth_date)
    for known in await pupils.of_identities(reader.service.id, [identity]):
        same = identity_of(known.last_name, known.first_name, known.birth_date) == identity
        if same and await sector.attends(known.id, reader.referent.id, reader.service.id):
            return known.id
    told = (
        "Le service ne connaît pas encore cet élève dans votre secteur. Vérifiez le nom et la date de naissance, ou "
        "demandez-lui de l'inscrire."
    )
    raise RuleBroken("need.unknown_pupil", told, errors=(FieldError("/last_name", told),))
