"""HTTP for what was recorded of a pupil by mistake: a death, a record, a double."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.language.bounds import filled
from materiel.use_cases.people.death import WithdrawDeath
from materiel.use_cases.people.death import withdraw_death as take_death_back
from materiel.use_cases.people.removal import DeletePupil, MergePupil
from materiel.use_cases.people.removal import delete_pupil as remove_pupil
from materiel.use_cases.people.removal import merge_pupil as unite_pupils
from materiel.web.api.body import Body, CommandBody
from materiel.web.api.people.pupil import EXAMPLES, PupilSheetOut
from materiel.web.api.problems import WRITE, problems


class ReasonBody(Body):
    """Pourquoi un acte enregistré par erreur est repris."""

    reason: Annotated[str, filled(500)]


class DeletedOut(Struct):
    """La fiche supprimée."""

    deleted: UUID


@post(
    "/{pupil_id:uuid}/death/withdraw",
    status_code=200,
    operation_id="WithdrawDeath",
    summary="Retirer un décès noté par erreur",
    tags=["Élèves"],
    responses=problems(
        *WRITE,
        examples=EXAMPLES
        | {409: ("pupil.not_deceased", "Aucun décès n'est noté sur cette fiche : il n'y a rien à retirer.")},
    ),
)
async def withdraw_death(
    pupil_id: FromPath[UUID],
    data: JSONBody[ReasonBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> PupilSheetOut:
    """Les liens de la famille fonctionnent de nouveau ; le motif est gardé, le journal le dit."""
    command = WithdrawDeath(pupil_id=pupil_id, reason=data.reason)
    return await PupilSheetOut.read(await take_death_back(command, actor=actor, now=now), actor=actor)


class MergeBody(CommandBody[MergePupil], given=("pupil_id",)):
    """La fiche à garder, et pourquoi elles sont la même."""


@post(
    "/{pupil_id:uuid}/delete",
    status_code=200,
    operation_id="DeletePupil",
    summary="Supprimer un élève enregistré par erreur",
    tags=["Élèves"],
    responses=problems(
        *WRITE, examples=EXAMPLES | {409: ("pupil.has_loans", "Cette fiche a un prêt : elle ne se supprime pas.")}
    ),
)
async def delete_pupil(
    pupil_id: FromPath[UUID],
    data: JSONBody[ReasonBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> DeletedOut:
    """Seulement si rien n'a jamais été émis. Le motif reste au journal : il ne nomme personne."""
    await remove_pupil(DeletePupil(pupil_id=pupil_id, reason=data.reason), actor=actor, now=now)
    return DeletedOut(deleted=pupil_id)


@post(
    "/{pupil_id:uuid}/merge",
    status_code=200,
    operation_id="MergePupil",
    summary="Réunir une fiche en double à une autre",
    tags=["Élèves"],
    responses=problems(
        *WRITE,
        examples=EXAMPLES | {409: ("pupil.merge_itself", "C'est la même fiche : choisissez celle qu'elle double.")},
    ),
)
async def merge_pupil(
    pupil_id: FromPath[UUID],
    data: JSONBody[MergeBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> PupilSheetOut:
    """Prêts, liens et signatures attendues passent à la fiche `into`, qui est rendue ; l'autre disparaît."""
    command = data.command(pupil_id=pupil_id)
    return await PupilSheetOut.read(await unite_pupils(command, actor=actor, now=now), actor=actor)


router = Router("/pupils", route_handlers=[withdraw_death, delete_pupil, merge_pupil])
