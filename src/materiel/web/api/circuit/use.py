"""HTTP for the use of what is lent: note what was said, read it, say that it is dealt with."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.circuit.use import NotedBy, UseLevel, UseNote
from materiel.domain.item.item import Item
from materiel.use_cases.circuit.use import (
    NoteUses,
    note_uses,
    settle_unused,
    unused_items,
    uses_of_item,
    uses_of_loan,
)
from materiel.web.api.body import CommandBody
from materiel.web.api.problems import LIST, READ, WRITE, problems
from materiel.web.http.paging import Cursor, Limit, cut, read_cursor

TAGS = ["Usage"]
UNKNOWN = {404: ("loan.not_found", "Aucun prêt de votre service n'a cet identifiant.")}
NOTING = {
    409: ("use.not_held", "Un de ces matériels n'est plus chez l'élève : relisez la liste."),
    422: ("use.invalid", "Choisissez une réponse pour un matériel au moins."),
}


class UsesBody(CommandBody[NoteUses], given=("loan_id",)):
    """Ce qui a été dit à une réunion, en un mot par matériel : `levels`, de l'identifiant de chacun à ce mot.

    Un matériel dont personne n'a parlé n'y est pas. Rien d'autre ne se note : tout autre mot dirait la santé.
    """


class UseOut(Struct):
    """Ce qui a été dit d'un matériel. `by` : qui l'a noté. `settled_at` : le service y a donné suite."""

    loan: UUID
    item: UUID
    level: UseLevel
    said_on: date
    by: NotedBy
    noted_at: datetime
    settled_at: datetime | None

    @classmethod
    def of(cls, note: UseNote) -> UseOut:
        """The wire form of a note."""
        same = {name: getattr(note, name) for name in cls.__struct_fields__ if name not in ("loan", "item")}
        return cls(loan=note.loan_id, item=note.item_id, **same)


class UseList(Struct):
    """Ce qui a été dit, la dernière réunion d'abord."""

    items: list[UseOut]


class UnusedItemOut(Struct):
    """Un matériel prêté noté deux fois de suite sans usage, la dernière le `said_on`."""

    loan: UUID
    item: UUID
    inventory_number: str
    designation: str
    said_on: date

    @classmethod
    def of(cls, note: UseNote, item: Item) -> UnusedItemOut:
        """The wire form of an item found unused."""
        return cls(
            loan=note.loan_id,
            item=item.id,
            inventory_number=item.inventory_number,
            designation=item.designation,
            said_on=note.said_on,
        )


class UnusedItemPage(Struct):
    """Une page de matériels notés deux fois de suite sans usage, prêt par prêt."""

    items: list[UnusedItemOut]
    next_cursor: str | None


@post(
    "/loans/{loan_id:uuid}/uses",
    status_code=200,
    operation_id="NoteLoanUses",
    summary="Noter l'usage des matériels d'un prêt",
    tags=TAGS,
    responses=problems(*WRITE, examples=UNKNOWN | NOTING),
)
async def note(
    loan_id: FromPath[UUID],
    data: JSONBody[UsesBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> UseList:
    """D'un prêt à un élève, pour ce qu'il a encore. Dit de nouveau pour le même jour, le dernier mot reste."""
    await note_uses(data.command(loan_id=loan_id), actor=actor, now=now)
    return await _of_loan(loan_id, actor)


@get(
    "/loans/{loan_id:uuid}/uses",
    operation_id="ListLoanUses",
    summary="Lire l'usage noté d'un prêt",
    tags=TAGS,
    responses=problems(*READ, examples=UNKNOWN),
)
async def list_of_loan(loan_id: FromPath[UUID], actor: NamedDependency[Actor]) -> UseList:
    """Par le service, ou par l'enseignant référent derrière son lien."""
    return await _of_loan(loan_id, actor)


@post(
    "/loans/{loan_id:uuid}/uses/settle",
    status_code=200,
    operation_id="SettleUnused",
    summary="Donner suite à un matériel noté sans usage",
    tags=TAGS,
    responses=problems(*WRITE, examples=UNKNOWN),
)
async def settle(loan_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]) -> UseList:
    """Le prêt continue, et plus rien n'attend ; une réunion qui le dit encore le dira de nouveau."""
    await settle_unused(loan_id, actor=actor, now=now)
    return await _of_loan(loan_id, actor)


@get(
    "/loans/unused",
    operation_id="ListUnusedItems",
    summary="Lister ce qui est noté deux fois sans usage",
    tags=TAGS,
    responses=problems(*LIST),
)
async def list_unused(actor: NamedDependency[Actor], limit: Limit = 50, cursor: Cursor = None) -> UnusedItemPage:
    """Ni ce qui est déjà redemandé, ni ce à quoi le service a donné suite. Une lettre invite la famille à en parler."""
    after = read_cursor(cursor, tuple[UUID, UUID])
    found = await unused_items(actor=actor, limit=limit + 1, after=after)
    shown, following = cut(found, limit, lambda each: (each[0].loan_id, each[0].item_id))
    return UnusedItemPage(items=[UnusedItemOut.of(*each) for each in shown], next_cursor=following)


@get(
    "/items/{item_id:uuid}/uses",
    operation_id="ListItemUses",
    summary="Lire l'usage noté d'un matériel",
    tags=TAGS,
    responses=problems(*READ),
)
async def list_of_item(item_id: FromPath[UUID], actor: NamedDependency[Actor]) -> UseList:
    """Sous tous les prêts qui sont gardés."""
    return UseList(items=[UseOut.of(each) for each in await uses_of_item(item_id, actor=actor)])


async def _of_loan(loan_id: UUID, actor: Actor) -> UseList:
    return UseList(items=[UseOut.of(each) for each in await uses_of_loan(loan_id, actor=actor)])


router = Router("/", route_handlers=[note, list_of_loan, settle, list_unused, list_of_item])
