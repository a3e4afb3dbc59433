"""HTTP for licences of software and their seats: parse, call one use case, answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.circuit.workshop.licence import (
    LicenceFilter,
    LicenceLine,
    LicenceStage,
    SeatCase,
    SeatEnd,
    SeatStage,
    UninstallWitness,
)
from materiel.settings import Settings
from materiel.use_cases.circuit.workshop import licence as licences
from materiel.use_cases.circuit.workshop import seat as seats
from materiel.use_cases.circuit.workshop.licence import AddLicence, CorrectLicence
from materiel.use_cases.circuit.workshop.seat import EndSeat, TakeSeat
from materiel.web.api.body import CommandBody
from materiel.web.api.problems import LIST, READ, WRITE, problems
from materiel.web.http.paging import Cursor, Limit, cut, read_cursor

TAGS = ["Atelier"]
UNKNOWN = {404: ("licence.not_found", "Cette licence n'existe pas dans votre service.")}
TAKEN = {
    409: (
        "licence.no_seat_left",
        "La seule place de « Voix Haute » est prise : 35-2026-0042 (à désinstaller). Faites attester une "
        "désinstallation, ou achetez des places.",
    )
}
OVER = {409: ("licence.seat_over", "La fin de cette installation est déjà notée : rechargez la page.")}
INVALID = {422: ("licence.invalid", "Indiquez le logiciel.")}


class LicenceBody(CommandBody[AddLicence]):
    """Une licence achetée. `key` est gardée chiffrée ; `is_transferable` : une place libérée sert sur un autre."""


class LicenceCorrectionBody(CommandBody[CorrectLicence], given=("licence_id",)):
    """Ce qui était noté, écrit de nouveau. `key` vide laisse celle qui est notée."""


class SeatBody(CommandBody[TakeSeat], given=("licence_id",)):
    """Une place prise : `item` où le logiciel est installé, ou `loan` avec lequel la licence est prêtée."""


class SeatEndBody(CommandBody[EndSeat], given=("licence_id", "seat_id")):
    """Ce qu'est devenu le logiciel, le jour, et qui l'atteste. `gone` : la place est perdue avec le matériel."""


class LicenceOut(Struct):
    """Une licence. `masked_key` : les quatre derniers caractères de sa clé, au plus. `left` : places libres."""

    id: UUID
    software: str
    publisher: str
    seats: int
    taken: int
    to_uninstall: int
    left: int
    stage: LicenceStage
    masked_key: str
    bought_on: date
    ends_on: date | None
    is_transferable: bool
    note: str
    created_at: datetime
    version: int

    @classmethod
    def of(cls, line: LicenceLine, today: date) -> LicenceOut:
        """The wire form of a licence on a day."""
        counted = ("taken", "to_uninstall", "left")
        values = {name: getattr(line if name in counted else line.licence, name) for name in _OF_A_LICENCE}
        return cls(stage=line.stage(today), **values)


_OF_A_LICENCE = tuple(name for name in LicenceOut.__struct_fields__ if name != "stage")


class LicencePage(Struct):
    """Une page de licences, la première achetée d'abord."""

    items: list[LicenceOut]
    next_cursor: str | None


class LicenceKeyOut(Struct):
    """La clé entière d'une licence : le journal garde que vous l'avez lue."""

    key: str


class SeatOut(Struct):
    """Une place prise ou libérée. Sans matériel ni prêt : le prêt a été éliminé."""

    id: UUID
    item: UUID | None
    loan: UUID | None
    stage: SeatStage
    taken_on: date
    ended_on: date | None
    ended_as: SeatEnd | None
    witness: UninstallWitness | None

    @classmethod
    def of(cls, case: SeatCase) -> SeatOut:
        """The wire form of a seat."""
        seat = case.seat
        same = {name: getattr(seat, name) for name in ("id", "taken_on", "ended_on", "ended_as", "witness")}
        return cls(item=seat.item_id, loan=seat.loan_id, stage=case.stage, **same)


class SeatPage(Struct):
    """Une page de places, la première prise d'abord."""

    items: list[SeatOut]
    next_cursor: str | None


async def _licence(licence_id: UUID, actor: Actor, now: datetime) -> LicenceOut:
    return LicenceOut.of((await licences.read_licence(licence_id, actor=actor)).line, actor.civil_date(now))


async def _seat(licence_id: UUID, seat_id: UUID, actor: Actor) -> SeatOut:
    cases = (await licences.read_licence(licence_id, actor=actor)).cases
    return next(SeatOut.of(each) for each in cases if each.seat.id == seat_id)


@post(
    "/",
    operation_id="AddLicence",
    summary="Ajouter une licence",
    tags=TAGS,
    responses=problems(*WRITE, examples=INVALID),
)
async def add(
    data: JSONBody[LicenceBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> LicenceOut:
    """Sa clé n'est plus montrée ensuite que par sa fin ; la lire est un acte, noté au journal."""
    saved = await licences.add_licence(data.command(), secret_key=settings.secret_key, actor=actor, now=now)
    return await _licence(saved.id, actor, now)


@get("/", operation_id="ListLicences", summary="Lister les licences", tags=TAGS, responses=problems(*LIST))
async def list_page(
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    stage: Annotated[LicenceStage | None, QueryParameter()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> LicencePage:
    """`ends_soon` : finit dans les deux mois. `full` : toutes les places sont prises."""
    today = actor.civil_date(now)
    after = read_cursor(cursor, tuple[date, UUID])
    wanted = LicenceFilter(today=today, stage=stage)
    found = await licences.list_licences(wanted, actor=actor, limit=limit + 1, after=after)
    shown, following = cut(found, limit, lambda each: (each.licence.bought_on, each.licence.id))
    return LicencePage(items=[LicenceOut.of(each, today) for each in shown], next_cursor=following)


@get(
    "/{licence_id:uuid}",
    operation_id="ReadLicence",
    summary="Lire une licence",
    tags=TAGS,
    responses=problems(*READ, examples=UNKNOWN),
)
async def read(licence_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]) -> LicenceOut:
    """Une licence du service, sa clé masquée."""
    return await _licence(licence_id, actor, now)


@post(
    "/{licence_id:uuid}/correct",
    status_code=200,
    operation_id="CorrectLicence",
    summary="Corriger une licence",
    tags=TAGS,
    responses=problems(*WRITE, examples=UNKNOWN | TAKEN | INVALID),
)
async def correct(
    licence_id: FromPath[UUID],
    data: JSONBody[LicenceCorrectionBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> LicenceOut:
    """Jamais moins de places que celles qui sont prises."""
    command = data.command(licence_id=licence_id)
    await licences.correct_licence(command, secret_key=settings.secret_key, actor=actor, now=now)
    return await _licence(licence_id, actor, now)


@post(
    "/{licence_id:uuid}/read-key",
    status_code=200,
    operation_id="ReadLicenceKey",
    summary="Lire la clé d'une licence",
    tags=TAGS,
    responses=problems(*WRITE, examples=UNKNOWN),
)
async def read_key(
    licence_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> LicenceKeyOut:
    """Réservé à qui peut écrire."""
    key = await licences.read_key(licence_id, secret_key=settings.secret_key, actor=actor, now=now)
    return LicenceKeyOut(key=key)


@get(
    "/{licence_id:uuid}/seats",
    operation_id="ListLicenceSeats",
    summary="Lister les places d'une licence",
    tags=TAGS,
    responses=problems(*LIST, 404, examples=UNKNOWN),
)
async def list_seats(
    licence_id: FromPath[UUID], actor: NamedDependency[Actor], limit: Limit = 50, cursor: Cursor = None
) -> SeatPage:
    """Prises, à désinstaller, libérées."""
    after = read_cursor(cursor, UUID)
    cases = (await licences.read_licence(licence_id, actor=actor)).cases
    left = [each for each in cases if after is None or each.seat.id > after]
    shown, following = cut(left[: limit + 1], limit, lambda each: each.seat.id)
    return SeatPage(items=[SeatOut.of(each) for each in shown], next_cursor=following)


@post(
    "/{licence_id:uuid}/seats",
    operation_id="TakeLicenceSeat",
    summary="Prendre une place d'une licence",
    tags=TAGS,
    responses=problems(*WRITE, examples=UNKNOWN | TAKEN | INVALID),
)
async def take(
    licence_id: FromPath[UUID],
    data: JSONBody[SeatBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> SeatOut:
    """Une place prise reste prise jusqu'à ce que la désinstallation soit attestée."""
    seat = await seats.take_seat(data.command(licence_id=licence_id), actor=actor, now=now)
    return await _seat(licence_id, seat.id, actor)


@post(
    "/{licence_id:uuid}/seats/{seat_id:uuid}/end",
    status_code=200,
    operation_id="EndLicenceSeat",
    summary="Attester une désinstallation",
    tags=TAGS,
    responses=problems(*WRITE, examples=UNKNOWN | OVER | INVALID),
)
async def end(
    licence_id: FromPath[UUID],
    seat_id: FromPath[UUID],
    data: JSONBody[SeatEndBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> SeatOut:
    """Une place non transférable reste à son matériel : elle n'y sert de nouveau que là."""
    command = data.command(licence_id=licence_id, seat_id=seat_id)
    seat = await seats.end_seat(command, actor=actor, now=now)
    return await _seat(licence_id, seat.id, actor)


@post(
    "/{licence_id:uuid}/seats/{seat_id:uuid}/keep",
    status_code=200,
    operation_id="KeepLicenceSeat",
    summary="Laisser un logiciel installé",
    tags=TAGS,
    responses=problems(*WRITE, examples=UNKNOWN | OVER),
)
async def keep(
    licence_id: FromPath[UUID],
    seat_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> SeatOut:
    """Sur un matériel préparé, de retour en réserve, pour qui l'empruntera ensuite."""
    await seats.keep_seat(licence_id, seat_id, actor=actor, now=now)
    return await _seat(licence_id, seat_id, actor)


router = Router(path="/licences", route_handlers=[add, list_page, read, correct, read_key, list_seats, take, end, keep])
