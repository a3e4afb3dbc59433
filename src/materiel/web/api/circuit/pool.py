"""HTTP for what sleeps in the académie, for its coordinator: parse, call one use case, answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.circuit.pool import MONTHS, PoolFilter, PoolItem
from materiel.domain.circuit.transfer import TransferLine, TransferState
from materiel.domain.item.family import ItemFamily
from materiel.use_cases.circuit.pool import AskFromPool, ask_from_pool, pool_item, pool_page, pool_services
from materiel.web.api.body import CommandBody
from materiel.web.api.problems import LIST, READ, WRITE, problems
from materiel.web.http.paging import Cursor, Limit, Search, cut, read_cursor

TAGS = ["Coordination"]
FORBIDDEN = {
    403: (
        "actor.forbidden",
        "Votre rôle « Gestionnaire » ne permet pas : voir et demander ce qui dort dans l'académie.",
    )
}
UNKNOWN = {404: ("item.not_found", "Ce matériel ne dort pas, ou pas dans votre académie.")}
ASKING = {
    409: ("transfer.already_asked", "Un transfert de ce matériel attend déjà une réponse."),
    422: ("transfer.invalid", "Indiquez le motif."),
}
Months = Annotated[int, QueryParameter(ge=MONTHS[0], le=240, description="Depuis combien de mois au moins.")]


class PoolRequestBody(CommandBody[AskFromPool], given=("item_id",)):
    """Pour quel service de l'académie, par son code (`to`), et pourquoi : les deux services lisent ce motif."""


class PoolItemOut(Struct):
    """Un matériel qui dort : ce qu'il est, à qui, dans quelle commune, depuis quand. Rien de qui l'a eu.

    `service` : le code de son service. `asked` : un transfert attend déjà une réponse.
    """

    id: UUID
    inventory_number: str
    designation: str
    family: ItemFamily
    category: str
    service: str
    service_name: str
    place: str
    idle_since: date
    asked: bool

    @classmethod
    def of(cls, item: PoolItem) -> PoolItemOut:
        """The wire form of an item that sleeps."""
        apart = ("service", "asked")
        same = {name: getattr(item, name) for name in cls.__struct_fields__ if name not in apart}
        return cls(service=item.service_code, asked=item.is_asked, **same)


class PoolPage(Struct):
    """Une page de ce qui dort, dans l'ordre d'enregistrement."""

    items: list[PoolItemOut]
    next_cursor: str | None


class PoolServiceOut(Struct):
    """Un service de l'académie."""

    code: str
    name: str


class PoolServiceList(Struct):
    """Les services de l'académie."""

    items: list[PoolServiceOut]


class PoolRequestOut(
    Struct, rename={"giver": "from", "giver_name": "from_name", "receiver": "to", "receiver_name": "to_name"}
):
    """La demande : un transfert au nom du service qui en a besoin ; celui qui a le matériel répond."""

    transfer: UUID
    giver: str
    giver_name: str
    receiver: str
    receiver_name: str
    state: TransferState
    reason: str
    asked_at: datetime

    @classmethod
    def of(cls, line: TransferLine) -> PoolRequestOut:
        """The wire form of a demand."""
        told = line.transfer
        return cls(
            transfer=told.id,
            giver=line.giver_code,
            giver_name=line.giver_name,
            receiver=line.receiver_code,
            receiver_name=line.receiver_name,
            state=told.state,
            reason=told.reason,
            asked_at=told.asked_at,
        )


@get(
    "/",
    operation_id="ListPool",
    summary="Lister ce qui dort dans l'académie",
    tags=TAGS,
    responses=problems(*LIST, examples=FORBIDDEN),
)
async def list_page(
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    q: Search = None,
    family: FromQuery[ItemFamily | None] = None,
    service: FromQuery[str] = "",
    months: Months = MONTHS[1],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PoolPage:
    """Avec le jeton d'un coordinateur. Ce que les réserves des services de l'académie gardent depuis des mois."""
    wanted = PoolFilter(q=q or "", family=family, service_code=service.strip().upper(), months=months)
    after = read_cursor(cursor, UUID)
    found = await pool_page(wanted, actor=actor, now=now, limit=limit + 1, after=after)
    shown, following = cut(found, limit, lambda each: each.id)
    return PoolPage(items=[PoolItemOut.of(each) for each in shown], next_cursor=following)


@get(
    "/services",
    operation_id="ListPoolServices",
    summary="Lister les services de l'académie",
    tags=TAGS,
    responses=problems(*LIST, examples=FORBIDDEN),
)
async def list_services(actor: NamedDependency[Actor]) -> PoolServiceList:
    """Ceux dont les matériels se voient, et pour qui l'on demande."""
    return PoolServiceList(items=[PoolServiceOut(each.code, each.name) for each in await pool_services(actor=actor)])


@get(
    "/{item_id:uuid}",
    operation_id="ReadPoolItem",
    summary="Lire un matériel qui dort",
    tags=TAGS,
    responses=problems(*READ, examples=FORBIDDEN | UNKNOWN),
)
async def read_item(
    item_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> PoolItemOut:
    """Celui qui sert, ou qui est d'une autre académie, ne se trouve pas ici."""
    return PoolItemOut.of(await pool_item(item_id, actor=actor, now=now))


@post(
    "/{item_id:uuid}/ask",
    operation_id="AskFromPool",
    summary="Demander un matériel qui dort",
    tags=TAGS,
    responses=problems(*WRITE, examples=FORBIDDEN | UNKNOWN | ASKING),
)
async def ask(
    item_id: FromPath[UUID],
    data: JSONBody[PoolRequestBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> PoolRequestOut:
    """Les deux services lisent la demande dans `GET /api/transfers` ; `awaits_us` y dit qui répond."""
    return PoolRequestOut.of(await ask_from_pool(data.command(item_id=item_id), actor=actor, now=now))


router = Router(path="/pool", route_handlers=[list_page, list_services, read_item, ask])
