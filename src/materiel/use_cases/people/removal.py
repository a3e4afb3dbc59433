"""A pupil entered by mistake: deleted when nothing was ever issued, or merged with the record that doubles it.

Papers issued keep every word; what points to the record follows. The journal says so, and keeps both identifiers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.history.correction import CorrectionKind, CorrectionSubject, checked_reason
from materiel.domain.language.bounds import filled
from materiel.domain.people.death import is_silenced
from materiel.domain.people.person_name import same_name
from materiel.domain.people.pupil import Pupil, Representative
from materiel.errors import Conflict
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.loan import loan as loans
from materiel.store.papers import correction as corrections
from materiel.store.people import pupil as pupils
from materiel.store.people import removal
from materiel.use_cases.history.correcting import keep_correction


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletePupil:
    """A pupil entered by mistake, and why the record goes."""

    pupil_id: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePupil:
    """A record that doubles another: all it holds goes `into` the one kept, and it disappears."""

    pupil_id: UUID
    reason: Annotated[str, filled(500)]
    into: UUID


@in_one_visit
async def delete_pupil(command: DeletePupil, *, actor: Actor, now: datetime) -> None:
    """Delete a pupil about whom nothing was ever issued; drafts given up stay, without a pupil.

    The reason stays in the journal, which no elimination empties: it must name nobody.

    Raises:
        NotFound: `pupil.not_found`.
        RuleBroken: `correction.invalid`.
        Conflict: `pupil.has_loans`.
    """
    actor.require(Permission.WRITE)
    reason = checked_reason(command.reason)
    async with write_transaction():
        pupil = await pupils.get(command.pupil_id, actor.service_id)
        if await removal.has_issued(pupil.id):
            raise Conflict(
                "pupil.has_loans",
                "Cette fiche a un prêt, en cours ou passé : elle ne se supprime pas. Si elle est en double, "
                "réunissez-la à l'autre ; si un brouillon seul la retient, annulez-le d'abord.",
            )
        await removal.delete(pupil.id)
        await journal.by(actor, now).note("pupil.deleted", pupil.id, {"reason": reason})


@in_one_visit
async def merge_pupil(command: MergePupil, *, actor: Actor, now: datetime) -> Pupil:
    """Give all that a record holds to the one that it doubles: loans, links, messages, boxes still to sign.

    Raises:
        NotFound: `pupil.not_found`, either record.
        RuleBroken: `correction.invalid`.
        Conflict: `pupil.merge_itself`; `pupil.merge_deceased`, a death on one alone; `pupil.merge_schools`, papers of
            both depend on two schools; `pupil.merge_signed`, the same person has signed under both records.
    """
    actor.require(Permission.WRITE)
    reason = checked_reason(command.reason)
    async with write_transaction():
        former = await pupils.get(command.pupil_id, actor.service_id)
        kept = await pupils.get(command.into, actor.service_id)
        await _check_can_merge(former, kept)
        await _merge_people(former, kept)
        await removal.move_held(former.id, kept.id)
        await corrections.move(former.id, kept.id, actor.service_id)
        await removal.delete(former.id)
        await keep_correction(
            *(CorrectionKind.MERGE, CorrectionSubject.PUPIL, kept.id, reason),
            actor=actor,
            now=now,
            details={"former": str(former.id)},
        )
        return await pupils.get(kept.id, actor.service_id)


async def _check_can_merge(former: Pupil, kept: Pupil) -> None:
    if former.id == kept.id:
        raise Conflict("pupil.merge_itself", "C'est la même fiche : choisissez celle qu'elle double.")
    if is_silenced(former) is not is_silenced(kept):
        raise Conflict(
            "pupil.merge_deceased",
            "Un décès est noté sur une seule des deux fiches : notez-le sur l'autre, ou retirez-le, puis "
            "réunissez-les.",
        )
    held = await loans.page(former.service_id, pupil_id=former.id, limit=loans.MOST)
    if any(loan.is_open and not loan.is_draft and loan.school_uai != kept.school_uai for loan in held):
        raise Conflict(
            "pupil.merge_schools",
            "Un prêt de la fiche en double est en cours dans un autre établissement que celui de la fiche gardée : "
            "changez d'abord d'établissement, avec les documents que cela demande.",
        )
    if await removal.has_signed(former.id):
        raise _signed_twice("l'élève")


async def _merge_people(former: Pupil, kept: Pupil) -> None:
    """Each person of the former record is one of the kept one, or joins it; an id that has signed never goes."""
    left = list(kept.representatives)
    for person in former.representatives:
        same = next((each for each in left if _is_same(person, each)), None)
        if same is None:
            await removal.add_person(person.id, kept.id, len(kept.representatives) + len(former.representatives))
            kept = await pupils.get(kept.id, kept.service_id)
            continue
        left.remove(same)
        if not await removal.has_signed(person.id):
            await removal.replace_person(person.id, same.id)
        elif not await removal.has_signed(same.id):
            await removal.take_id(same.id, person.id)
        else:
            raise _signed_twice("un représentant légal")


def _is_same(one: Representative, other: Representative) -> bool:
    return one.capacity is other.capacity and same_name(one.full_name, other.full_name)


def _signed_twice(who: str) -> Conflict:
    return Conflict(
        "pupil.merge_signed",
        f"Ces fiches ne se réunissent pas ainsi : {who} a signé sous la fiche en double. Gardez plutôt celle-là, et "
        "réunissez-lui l'autre.",
    )
