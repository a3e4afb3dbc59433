"""HTTP for repairs: parse, call one use case, answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.circuit.workshop.repair import Repair, RepairFilter, RepairOutcome, RepairStage
from materiel.domain.item.item import ItemStatus
from materiel.use_cases.circuit.workshop import repair as repairs
from materiel.use_cases.circuit.workshop.repair import CorrectRepair, EndRepair, SendToRepair
from materiel.use_cases.circuit.workshop.repair_undo import UndoRepair, UndoRepairEnd, undo_repair, undo_repair_end
from materiel.web.api.body import CommandBody
from materiel.web.api.problems import LIST, READ, WRITE, problems
from materiel.web.http.paging import Cursor, Limit, cut, read_cursor

TAGS = ["Atelier"]
EXAMPLES = {
    404: ("repair.not_found", "Cette réparation n'existe pas dans votre service."),
    409: ("repair.over", "Ce matériel est déjà revenu de cette réparation : enregistrez-en une autre."),
}
INVALID = {422: ("repair.invalid", "Indiquez le réparateur.")}
FOLLOWED = {
    409: ("repair.followed", "Ce matériel a changé d'état depuis, est entré dans un prêt ou est reparti en réparation.")
}
ALREADY = {409: ("repair.already_open", "Ce matériel est déjà en réparation : notez d'abord son retour.")}


class RepairBody(CommandBody[SendToRepair]):
    """Un matériel qui part chez un réparateur : il passe « En réparation ». `expected_on` : le retour annoncé."""


class RepairCorrectionBody(CommandBody[CorrectRepair], given=("repair_id",)):
    """Ce qui était noté, écrit de nouveau : une autre date annoncée, le plus souvent."""


class RepairEndBody(CommandBody[EndRepair], given=("repair_id",)):
    """Le retour. `repaired` remet le matériel en réserve ; `not_repairable` le laisse en réparation, à décider."""


class RepairUndoBody(CommandBody[UndoRepair], given=("repair_id",)):
    """Une réparation notée par erreur, et pourquoi."""


class RepairEndUndoBody(CommandBody[UndoRepairEnd], given=("repair_id",)):
    """Un retour noté par erreur, et pourquoi."""


class RepairOut(Struct):
    """Une réparation. `under_warranty` : la garantie courait-elle à l'envoi ; nul si la fiche ne le disait pas."""

    id: UUID
    item: UUID
    provider: str
    fault: str
    sent_on: date
    expected_on: date | None
    returned_on: date | None
    stage: RepairStage
    outcome: RepairOutcome | None
    under_warranty: bool | None
    cost_cents: int | None
    note: str
    created_at: datetime
    version: int

    @classmethod
    def of(cls, repair: Repair, today: date) -> RepairOut:
        """The wire form of a repair on a day."""
        same = {name: getattr(repair, name) for name in cls.__struct_fields__ if name not in ("item", "stage")}
        return cls(item=repair.item_id, stage=repair.stage(today), **same)


class RepairUndone(Struct):
    """Ce qu'est redevenu le matériel d'une réparation défaite."""

    item: UUID
    status: ItemStatus


class RepairPage(Struct):
    """Une page de réparations, la plus ancienne d'abord."""

    items: list[RepairOut]
    next_cursor: str | None


@post(
    "/",
    operation_id="SendToRepair",
    summary="Envoyer en réparation",
    tags=TAGS,
    responses=problems(*WRITE, examples=ALREADY | INVALID),
)
async def send(data: JSONBody[RepairBody], actor: NamedDependency[Actor], now: NamedDependency[datetime]) -> RepairOut:
    """Depuis la réserve ou déjà en réparation ; ce qui est à préparer se prépare d'abord."""
    return RepairOut.of(await repairs.send_to_repair(data.command(), actor=actor, now=now), actor.civil_date(now))


@get("/", operation_id="ListRepairs", summary="Lister les réparations", tags=TAGS, responses=problems(*LIST))
async def list_page(
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    item: FromQuery[UUID | None] = None,
    stage: Annotated[RepairStage | None, QueryParameter()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> RepairPage:
    """En retard : la date annoncée est passée, ou aucune ne l'est et un mois a passé."""
    today = actor.civil_date(now)
    wanted = RepairFilter(today=today, stage=stage, item_id=item)
    after = read_cursor(cursor, tuple[date, UUID])
    found = await repairs.list_repairs(wanted, actor=actor, limit=limit + 1, after=after)
    shown, following = cut(found, limit, lambda each: (each.repair.sent_on, each.repair.id))
    return RepairPage(items=[RepairOut.of(each.repair, today) for each in shown], next_cursor=following)


@get(
    "/{repair_id:uuid}",
    operation_id="ReadRepair",
    summary="Lire une réparation",
    tags=TAGS,
    responses=problems(*READ, examples=EXAMPLES),
)
async def read(repair_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]) -> RepairOut:
    """Une réparation du service."""
    return RepairOut.of((await repairs.read_repair(repair_id, actor=actor)).repair, actor.civil_date(now))


@post(
    "/{repair_id:uuid}/correct",
    status_code=200,
    operation_id="CorrectRepair",
    summary="Corriger une réparation en cours",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES | INVALID),
)
async def correct(
    repair_id: FromPath[UUID],
    data: JSONBody[RepairCorrectionBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> RepairOut:
    """Ce qui a été dit à l'envoi de la garantie ne change pas."""
    saved = await repairs.correct_repair(data.command(repair_id=repair_id), actor=actor, now=now)
    return RepairOut.of(saved, actor.civil_date(now))


@post(
    "/{repair_id:uuid}/end",
    status_code=200,
    operation_id="EndRepair",
    summary="Noter le retour de réparation",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES | INVALID),
)
async def end(
    repair_id: FromPath[UUID],
    data: JSONBody[RepairEndBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> RepairOut:
    """Le coût peut manquer : la facture vient souvent après."""
    saved = await repairs.end_repair(data.command(repair_id=repair_id), actor=actor, now=now)
    return RepairOut.of(saved, actor.civil_date(now))


@post(
    "/{repair_id:uuid}/undo",
    status_code=200,
    operation_id="UndoRepair",
    summary="Défaire une réparation notée par erreur",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES | FOLLOWED | INVALID),
)
async def undo(
    repair_id: FromPath[UUID],
    data: JSONBody[RepairUndoBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> RepairUndone:
    """Le matériel redevient ce qu'il était ; rien ne doit avoir suivi."""
    item = await undo_repair(data.command(repair_id=repair_id), actor=actor, now=now)
    return RepairUndone(item=item.id, status=item.status)


@post(
    "/{repair_id:uuid}/undo-end",
    status_code=200,
    operation_id="UndoRepairEnd",
    summary="Défaire un retour de réparation noté par erreur",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES | FOLLOWED | INVALID),
)
async def undo_end(
    repair_id: FromPath[UUID],
    data: JSONBody[RepairEndUndoBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> RepairOut:
    """La réparation redevient en cours ; rien ne doit avoir suivi."""
    saved = await undo_repair_end(data.command(repair_id=repair_id), actor=actor, now=now)
    return RepairOut.of(saved, actor.civil_date(now))


router = Router(path="/repairs", route_handlers=[send, list_page, read, correct, end, undo, undo_end])
