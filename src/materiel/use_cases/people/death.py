"""A death noted on the wrong child: taken back with a reason; links, reminders and acts work again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import ManagingService
from materiel.domain.history.correction import CorrectionKind, CorrectionSubject, checked_reason
from materiel.domain.people.death import is_silenced
from materiel.domain.people.pupil import Pupil
from materiel.errors import Conflict, NotFound
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.links import access_link as links
from materiel.store.people import pupil as pupils
from materiel.use_cases.history.correcting import keep_correction


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawDeath:
    """A death noted by mistake, and why it was."""

    pupil_id: UUID
    reason: str


@in_one_visit
async def withdraw_death(command: WithdrawDeath, *, actor: Actor, now: datetime) -> Pupil:
    """Take back a death noted by mistake; messages that it stopped are not sent afterwards by themselves.

    Raises:
        NotFound: `pupil.not_found`.
        RuleBroken: `correction.invalid`.
        Conflict: `pupil.not_deceased`.
    """
    actor.require(Permission.WRITE)
    reason = checked_reason(command.reason)
    async with write_transaction():
        pupil = await pupils.get(command.pupil_id, actor.service_id)
        if not is_silenced(pupil):
            raise Conflict("pupil.not_deceased", "Aucun décès n'est noté sur cette fiche : il n'y a rien à retirer.")
        saved = await pupils.save(replace(pupil, died_on=None))
        await keep_correction(CorrectionKind.DEATH, CorrectionSubject.PUPIL, pupil.id, reason, actor=actor, now=now)
    return saved


async def service_to_call(link_id: UUID) -> ManagingService | None:
    """The service of a family's link whose pupil has died, whoever opens it: None for any other link."""
    try:
        link = await links.get(link_id)
        if link.pupil_id is None or not is_silenced(await pupils.get(link.pupil_id, link.service_id)):
            return None
        return await services.get(link.service_id)
    except NotFound:
        return None
