"""HTTP for what a service checks of its items: parse, call one use case, answer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from litestar import Router, get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.item.checklist import Checklist, CheckMoment
from materiel.domain.item.family import ItemFamily
from materiel.use_cases.item.checklist import WriteChecklist, read_checklists, write_checklist
from materiel.web.api.body import CommandBody
from materiel.web.api.problems import LIST, WRITE, problems

TAGS = ["Service"]
INVALID = {422: ("checklist.invalid", "Une ligne est écrite deux fois : gardez-en une.")}


class ChecklistBody(CommandBody[WriteChecklist]):
    """Les lignes d'une famille à un moment, dans l'ordre ; sans ligne, rien n'est demandé au-delà de la loi."""


class ChecklistOut(Struct):
    """Une liste de vérification. `in_force` : celle d'aujourd'hui ; les autres sont celles qu'elle a remplacées."""

    id: UUID
    family: ItemFamily
    moment: CheckMoment
    lines: list[str]
    written_at: datetime
    in_force: bool

    @classmethod
    def of(cls, checklist: Checklist, *, in_force: bool) -> ChecklistOut:
        """The wire form of a list."""
        return cls(
            id=checklist.id,
            family=checklist.family,
            moment=checklist.moment,
            lines=list(checklist.lines),
            written_at=checklist.written_at,
            in_force=in_force,
        )


class ChecklistList(Struct):
    """Les listes de vérification d'un service, la dernière écrite d'abord."""

    items: list[ChecklistOut]


@get(
    "/",
    operation_id="ListChecklists",
    summary="Lire les listes de vérification",
    tags=TAGS,
    responses=problems(*LIST),
)
async def list_checklists(actor: NamedDependency[Actor]) -> ChecklistList:
    """Par famille et par moment, celles qui ont été remplacées comprises."""
    written = await read_checklists(actor=actor)
    last = {(each.family, each.moment): each.id for each in written}
    shown = [ChecklistOut.of(each, in_force=last[each.family, each.moment] == each.id) for each in written]
    return ChecklistList(items=shown[::-1])


@put(
    "/",
    operation_id="WriteChecklist",
    summary="Écrire une liste de vérification",
    tags=TAGS,
    responses=problems(*WRITE, examples=INVALID),
)
async def write(
    data: JSONBody[ChecklistBody], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> ChecklistOut:
    """Pour ce qui sera vérifié désormais : ce qui est déjà coché garde ses mots. Réservé à qui administre."""
    return ChecklistOut.of(await write_checklist(data.command(), actor=actor, now=now), in_force=True)


router = Router(path="/service/checklists", route_handlers=[list_checklists, write])
