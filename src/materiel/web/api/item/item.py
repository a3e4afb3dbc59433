"""HTTP for items: parse, call one use case, answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import UNSET, Struct, UnsetType

from materiel.domain.accounts.roles import Actor
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import FIELDS, Item, ItemDescription, ItemStatus
from materiel.domain.language.bounds import Version
from materiel.errors import NotFound
from materiel.use_cases.history.item import item_history
from materiel.use_cases.item import item as items
from materiel.use_cases.item.item import RegisterItem, SetItemStatus
from materiel.web.api.answer import ValueOut
from materiel.web.api.body import CommandBody, PatchBody
from materiel.web.api.item import quick
from materiel.web.api.problems import LIST, READ, WRITE, problems
from materiel.web.http.paging import Cursor, Limit, Search, cut, read_cursor


class ItemBody(CommandBody[RegisterItem]):
    """Un matériel à inscrire à l'inventaire."""

    family: ItemFamily = ItemFamily.OTHER


class ItemPatch(PatchBody[ItemDescription], partial=True, given=("inventory_number",)):
    """Les champs à changer ; les absents restent. `version` est celle qui a été lue."""

    version: Version
    family: ItemFamily | UnsetType = UNSET


class ItemOut(ValueOut[Item], shown=("id", *(each.name for each in FIELDS), "public_code", "version")):
    """Un matériel. `public_code` est le code opaque de son étiquette QR.

    `accessories` sont ceux qu'il a, `missing_accessories` ceux qui lui manquent.
    """


class StatusBody(CommandBody[SetItemStatus], given=("item_id",)):
    """Un changement d'état décidé par le gestionnaire ; les autres états suivent les prêts."""


class ItemPage(Struct):
    """Une page de matériels, les plus anciens d'abord."""

    items: list[ItemOut]
    next_cursor: str | None


class HistoryEntry(Struct):
    """Un fait de la vie d'un matériel. `actor` est un identifiant, jamais un nom."""

    on: date
    action: str
    sentence: str
    actor: str
    loan: UUID | None


class History(Struct):
    """L'histoire entière d'un matériel, le plus ancien d'abord : elle tient en une page."""

    items: list[HistoryEntry]
    next_cursor: None = None


TAKEN = {409: ("item.inventory_number_taken", "Le numéro d'inventaire « 35-2026-0042 » est déjà pris.")}


@post(
    "/",
    operation_id="RegisterItem",
    summary="Inscrire un matériel",
    tags=["Matériels"],
    responses=problems(*(status for status in WRITE if status != 404), examples=TAKEN),
)
async def register_item(
    data: JSONBody[ItemBody], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> ItemOut:
    """Le numéro d'inventaire est unique dans le service, pour toujours."""
    return ItemOut.of(await items.register_item(data.command(), actor=actor, now=now))


@get(
    "/",
    operation_id="ListItems",
    summary="Chercher des matériels",
    tags=["Matériels"],
    opt={"quick": quick.list_items},
    responses=problems(*LIST),
)
async def list_items(
    actor: NamedDependency[Actor],
    inventory_number: Annotated[
        str | None, QueryParameter(max_length=60, description="Numéro d'inventaire exact : zéro ou un matériel.")
    ] = None,
    status: FromQuery[ItemStatus | None] = None,
    family: FromQuery[ItemFamily | None] = None,
    never_labelled: Annotated[
        bool,
        QueryParameter(
            description="Ceux du parc dont l'étiquette n'a jamais été imprimée, ou vient d'être remplacée : "
            "sans `status`, ni perdus, ni volés, ni réformés."
        ),
    ] = False,
    q: Search = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> ItemPage:
    """Tous les mots de `q` doivent figurer dans le numéro, la désignation, la marque, le modèle ou la série."""
    if inventory_number is not None:
        return await _page_of_number(inventory_number, actor)
    after = read_cursor(cursor, UUID)
    found = await items.list_items(
        actor=actor,
        q=q or "",
        status=status,
        family=family,
        never_labelled=never_labelled,
        limit=limit + 1,
        after=after,
    )
    shown, following = cut(found, limit, lambda item: item.id)
    return ItemPage(items=[ItemOut.of(item) for item in shown], next_cursor=following)


async def _page_of_number(inventory_number: str, actor: Actor) -> ItemPage:
    """A list of one item, or of none: an unknown number is no error in a search."""
    try:
        found = [await items.find_item(inventory_number, actor=actor)]
    except NotFound:
        found = []
    return ItemPage(items=[ItemOut.of(item) for item in found], next_cursor=None)


@get(
    "/{item_id:uuid}",
    operation_id="ReadItem",
    summary="Lire un matériel",
    tags=["Matériels"],
    opt={"quick": quick.read_item},
    responses=problems(*READ),
)
async def show_item(item_id: FromPath[UUID], actor: NamedDependency[Actor]) -> ItemOut:
    """Un matériel du service."""
    return ItemOut.of(await items.get_item(item_id, actor=actor))


@get(
    "/{item_id:uuid}/history",
    operation_id="ReadItemHistory",
    summary="Lire l'histoire d'un matériel",
    tags=["Matériels"],
    responses=problems(*READ),
)
async def show_history(item_id: FromPath[UUID], actor: NamedDependency[Actor]) -> History:
    """Inscription, prêts, remises, retours et changements d'état, sans aucun nom."""
    return History(
        items=[
            HistoryEntry(on=each.on, action=each.action, sentence=each.sentence, actor=each.actor, loan=each.loan_id)
            for each in await item_history(item_id, actor=actor)
        ]
    )


@patch(
    "/{item_id:uuid}",
    operation_id="UpdateItem",
    summary="Corriger un matériel",
    tags=["Matériels"],
    responses=problems(*WRITE),
)
async def update_item(
    item_id: FromPath[UUID],
    data: JSONBody[ItemPatch],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> ItemOut:
    """Le numéro d'inventaire ne change jamais. Une date ou un prix à `null` est effacé."""
    command = items.UpdateItem(item_id=item_id, version=data.version, changes=data.changes())
    return ItemOut.of(await items.update_item(command, actor=actor, now=now))


@post(
    "/{item_id:uuid}/status",
    status_code=200,
    operation_id="SetItemStatus",
    summary="Changer l'état d'un matériel",
    tags=["Matériels"],
    responses=problems(*WRITE),
)
async def set_status(
    item_id: FromPath[UUID],
    data: JSONBody[StatusBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> ItemOut:
    """En réserve, à préparer, en réparation, perdu, volé ou réformé, avec un motif."""
    return ItemOut.of(await items.set_item_status(data.command(item_id=item_id), actor=actor, now=now))


router = Router(
    "/items",
    route_handlers=[register_item, list_items, show_item, show_history, update_item, set_status],
)
