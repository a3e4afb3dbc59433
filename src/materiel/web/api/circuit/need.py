"""HTTP for the needs of pupils: parse, call one use case, answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.circuit.need import Need, NeedFilter, NeedKind, NeedStage, NeedState
from materiel.domain.item.family import ItemFamily
from materiel.use_cases.circuit import need as needs
from materiel.use_cases.circuit.matching import Match, matches_of
from materiel.use_cases.circuit.need import CloseNeed, OrderNeed, ReceiveNeed, RecordNeed, TakeBackStep
from materiel.web.api.body import CommandBody
from materiel.web.api.loan.loan import BasisOut
from materiel.web.api.problems import LIST, READ, WRITE, problems
from materiel.web.http.paging import Cursor, Limit, cut, read_cursor

TAGS = ["Besoins"]
EXAMPLES = {
    404: ("need.not_found", "Ce besoin n'existe pas dans votre service."),
    409: ("need.changed", "Ce besoin a été modifié entre-temps. Rechargez-le, puis recommencez."),
}
INVALID = {422: ("need.invalid", "Indiquez les mots de la décision.")}
NO_PUPIL = {404: ("pupil.not_found", "Aucun élève de votre service n'a cet identifiant.")}


class NeedBody(CommandBody[RecordNeed]):
    """Un besoin notifié, ou un essai (`trial`), dont la fin `valid_until` est alors obligatoire.

    `wording` : les mots de la décision qui nomment le matériel, jamais un diagnostic. `notified_on` : le jour de la
    notification ou de la demande ; l'attente se compte depuis ce jour.
    """


class OrderBody(CommandBody[OrderNeed], given=("need_id",)):
    """Une commande passée pour ce besoin."""


class ReceptionBody(CommandBody[ReceiveNeed], given=("need_id",)):
    """Le jour où ce qui était commandé est arrivé."""


class TakeBackStepBody(CommandBody[TakeBackStep], given=("need_id",)):
    """Ce qui a été noté en dernier l'a été par erreur : la réception, sinon la commande."""


class CloseNeedBody(CommandBody[CloseNeed], given=("need_id",)):
    """Pourquoi plus rien n'est à prêter ; ce motif reste dans le service."""


class NeedOut(Struct):
    """Un besoin. `waiting_days` : jours depuis la notification, jusqu'à la remise, la clôture ou aujourd'hui."""

    id: UUID
    pupil: UUID
    kind: NeedKind
    wording: str
    family: ItemFamily | None
    category: str
    notified_on: date
    valid_until: date | None
    basis: BasisOut
    state: NeedState
    stage: NeedStage
    waiting_days: int
    order_reference: str
    expected_on: date | None
    received_on: date | None
    loan: UUID | None
    met_on: date | None
    closed_on: date | None
    close_reason: str
    created_at: datetime
    version: int

    @classmethod
    def of(cls, need: Need, today: date) -> NeedOut:
        """The wire form of a need on a day."""
        apart = ("pupil", "basis", "waiting_days", "loan")
        same = {name: getattr(need, name) for name in cls.__struct_fields__ if name not in apart}
        return cls(
            pupil=need.pupil_id,
            loan=need.loan_id,
            waiting_days=need.waiting_days(today),
            basis=BasisOut.of(need.basis),
            **same,
        )


class NeedPage(Struct):
    """Une page de besoins, celui qui attend depuis le plus longtemps d'abord."""

    items: list[NeedOut]
    next_cursor: str | None


class MatchOut(Struct):
    """Un matériel de la réserve qui convient ; il y dort depuis `idle_since`."""

    id: UUID
    inventory_number: str
    designation: str
    idle_since: date

    @classmethod
    def of(cls, match: Match) -> MatchOut:
        """The wire form of an item that would do."""
        item = match.item
        return cls(
            id=item.id,
            inventory_number=item.inventory_number,
            designation=item.designation,
            idle_since=match.idle_since,
        )


class MatchList(Struct):
    """Les matériels qui conviennent, celui qui dort depuis le plus longtemps d'abord ; vingt au plus."""

    items: list[MatchOut]


@post(
    "/",
    operation_id="RecordNeed",
    summary="Inscrire un besoin",
    tags=TAGS,
    responses=problems(*WRITE, examples=NO_PUPIL | INVALID),
)
async def record_need(
    data: JSONBody[NeedBody], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> NeedOut:
    """Sans `basis`, un besoin repose sur une notification de la CDAPH, un essai sur la demande d'un pôle d'appui."""
    return NeedOut.of(await needs.record_need(data.command(), actor=actor, now=now), actor.civil_date(now))


@get("/", operation_id="ListNeeds", summary="Lister les besoins", tags=TAGS, responses=problems(*LIST))
async def list_needs(
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    state_: Annotated[NeedState | None, QueryParameter(name="state")] = None,
    stage: FromQuery[NeedStage | None] = None,
    kind: FromQuery[NeedKind | None] = None,
    pupil: FromQuery[UUID | None] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> NeedPage:
    """La file est par ancienneté : la commission décide, le service ne classe pas."""
    wanted = NeedFilter(state=state_, stage=stage, kind=kind, pupil_id=pupil)
    after = read_cursor(cursor, tuple[date, UUID])
    found = await needs.list_needs(wanted, actor=actor, limit=limit + 1, after=after)
    shown, following = cut(found, limit, lambda each: (each.need.notified_on, each.need.id))
    today = actor.civil_date(now)
    return NeedPage(items=[NeedOut.of(each.need, today) for each in shown], next_cursor=following)


@get(
    "/{need_id:uuid}",
    operation_id="ReadNeed",
    summary="Lire un besoin",
    tags=TAGS,
    responses=problems(*READ, examples=EXAMPLES),
)
async def read_need(need_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]) -> NeedOut:
    """Un besoin du service."""
    return NeedOut.of((await needs.read_need(need_id, actor=actor)).need, actor.civil_date(now))


@get(
    "/{need_id:uuid}/matches",
    operation_id="ListNeedMatches",
    summary="Voir ce qui convient dans la réserve",
    tags=TAGS,
    responses=problems(*READ, examples=EXAMPLES),
)
async def list_matches(need_id: FromPath[UUID], actor: NamedDependency[Actor]) -> MatchList:
    """Rien n'est réservé : un prêt préparé avec `need` réserve le matériel, et sa remise satisfait le besoin."""
    need = (await needs.read_need(need_id, actor=actor)).need
    return MatchList(items=[MatchOut.of(each) for each in await matches_of(need, actor=actor)])


@post(
    "/{need_id:uuid}/order",
    status_code=200,
    operation_id="OrderNeed",
    summary="Noter une commande",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES | INVALID),
)
async def order_need(
    need_id: FromPath[UUID],
    data: JSONBody[OrderBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> NeedOut:
    """La référence de la commande, et le jour où elle doit arriver s'il est connu."""
    ordered = await needs.order_need(data.command(need_id=need_id), actor=actor, now=now)
    return NeedOut.of(ordered, actor.civil_date(now))


@post(
    "/{need_id:uuid}/reception",
    status_code=200,
    operation_id="ReceiveNeed",
    summary="Noter la réception",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES | INVALID),
)
async def receive_need(
    need_id: FromPath[UUID],
    data: JSONBody[ReceptionBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> NeedOut:
    """Le matériel est là, et n'est pas encore remis."""
    received = await needs.receive_need(data.command(need_id=need_id), actor=actor, now=now)
    return NeedOut.of(received, actor.civil_date(now))


@post(
    "/{need_id:uuid}/take-back",
    status_code=200,
    operation_id="TakeBackNeedStep",
    summary="Retirer une réception ou une commande notée par erreur",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES),
)
async def take_back_step(
    need_id: FromPath[UUID],
    data: JSONBody[TakeBackStepBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> NeedOut:
    """La réception d'abord ; la commande, à un second appel."""
    left = await needs.take_back_step(data.command(need_id=need_id), actor=actor, now=now)
    return NeedOut.of(left, actor.civil_date(now))


@post(
    "/{need_id:uuid}/confirm",
    status_code=200,
    operation_id="ConfirmNeed",
    summary="Confirmer un besoin demandé par un référent",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES),
)
async def confirm_need(
    need_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> NeedOut:
    """D'un besoin `asked` : il entre dans la file, à la date de sa notification."""
    return NeedOut.of(await needs.confirm_need(need_id, actor=actor, now=now), actor.civil_date(now))


@post(
    "/{need_id:uuid}/close",
    status_code=200,
    operation_id="CloseNeed",
    summary="Clore un besoin sans matériel",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES | INVALID),
)
async def close_need(
    need_id: FromPath[UUID],
    data: JSONBody[CloseNeedBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> NeedOut:
    """Un besoin que la remise satisfait se clôt de lui-même."""
    closed = await needs.close_need(data.command(need_id=need_id), actor=actor, now=now)
    return NeedOut.of(closed, actor.civil_date(now))


router = Router(
    path="/needs",
    route_handlers=[
        *(record_need, list_needs, read_need, list_matches, confirm_need),
        *(order_need, receive_need, take_back_step, close_need),
    ],
)
