"""HTTP for stocktakes: parse, call one use case, answer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody

from materiel.domain.accounts.roles import Actor
from materiel.domain.circuit.stocktake import LineFilter, StocktakeResult
from materiel.use_cases.circuit.stocktake.asking import ask_places
from materiel.use_cases.circuit.stocktake.counting import count_codes
from materiel.use_cases.circuit.stocktake.gaps import settle_gap
from materiel.use_cases.circuit.stocktake.opening import (
    list_lines,
    list_stocktakes,
    list_unknown,
    open_stocktake,
    read_stocktake,
)
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.signed_copy import Press
from materiel.use_cases.signing.stocktake_report import CloseStocktake, close_stocktake, stocktake_report
from materiel.web.acting import provide_issuer
from materiel.web.api.circuit.act import PDF, act_answer
from materiel.web.api.circuit.stocktake_answers import (
    AskBody,
    AskedPlacesOut,
    CountBody,
    CountedOut,
    GapBody,
    StocktakeBody,
    StocktakeLineOut,
    StocktakeLinePage,
    StocktakeOut,
    StocktakePage,
    StocktakeSheetOut,
    UnknownReadingOut,
    UnknownReadingPage,
)
from materiel.web.api.problems import LIST, READ, WRITE, problems
from materiel.web.http.paging import Cursor, Limit, cut, read_cursor

TAGS = ["Récolements"]
EXAMPLES = {
    404: ("stocktake.not_found", "Ce récolement n'existe pas dans votre service."),
    409: ("stocktake.closed", "Ce récolement est clos : ses résultats ne changent plus."),
}
INVALID = {422: ("stocktake.invalid", "Indiquez le nom du récolement.")}
ISSUER = {"issuer": Provide(provide_issuer)}


@post(
    "/",
    operation_id="OpenStocktake",
    summary="Ouvrir un récolement",
    tags=TAGS,
    responses=problems(*WRITE, examples={404: ("school.not_found", "Aucun établissement n'a cet UAI.")} | INVALID),
)
async def open_one(
    data: JSONBody[StocktakeBody], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> StocktakeOut:
    """Ce qui est attendu en chaque lieu (réserve, établissement, domicile) est fixé à ce jour."""
    return StocktakeOut.of(await open_stocktake(data.command(), actor=actor, now=now))


@get("/", operation_id="ListStocktakes", summary="Lister les récolements", tags=TAGS, responses=problems(*LIST))
async def list_all(actor: NamedDependency[Actor], limit: Limit = 50, cursor: Cursor = None) -> StocktakePage:
    """Le dernier ouvert d'abord."""
    found = await list_stocktakes(actor=actor, limit=limit + 1, after=read_cursor(cursor, UUID))
    shown, following = cut(found, limit, lambda each: each.id)
    return StocktakePage(items=[StocktakeOut.of(each) for each in shown], next_cursor=following)


@get(
    "/{stocktake_id:uuid}",
    operation_id="ReadStocktake",
    summary="Lire un récolement et ses résultats",
    tags=TAGS,
    responses=problems(*READ, examples=EXAMPLES),
)
async def read_one(stocktake_id: FromPath[UUID], actor: NamedDependency[Actor]) -> StocktakeSheetOut:
    """Ce qu'un acte remet ou reprend pendant le récolement est trouvé : qui le fait l'a vu."""
    return StocktakeSheetOut.of(await read_stocktake(stocktake_id, actor=actor))


@get(
    "/{stocktake_id:uuid}/lines",
    operation_id="ListStocktakeLines",
    summary="Lister les matériels d'un récolement",
    tags=TAGS,
    responses=problems(*READ, examples=EXAMPLES),
)
async def list_of(
    stocktake_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    result: FromQuery[StocktakeResult | None] = None,
    place: FromQuery[str] = "",
    waits: FromQuery[bool] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> StocktakeLinePage:
    """`place` : la `key` d'un lieu. `waits` : les écarts qu'aucun acte n'a réglés. Les codes inconnus sont à part."""
    wanted = LineFilter(result=result, place=place[:300], waits=waits)
    after = read_cursor(cursor, UUID)
    found = await list_lines(stocktake_id, wanted, actor=actor, limit=limit + 1, after=after)
    shown, following = cut(found, limit, lambda each: each.item_id)
    return StocktakeLinePage(items=[StocktakeLineOut.of(each) for each in shown], next_cursor=following)


@get(
    "/{stocktake_id:uuid}/unknown",
    operation_id="ListUnknownReadings",
    summary="Lister les codes inconnus",
    tags=TAGS,
    responses=problems(*READ, examples=EXAMPLES),
)
async def list_readings(
    stocktake_id: FromPath[UUID], actor: NamedDependency[Actor], limit: Limit = 50, cursor: Cursor = None
) -> UnknownReadingPage:
    """Le code d'un matériel d'un autre service est inconnu, comme tout autre."""
    after = read_cursor(cursor, UUID)
    found = await list_unknown(stocktake_id, actor=actor, limit=limit + 1, after=after)
    shown, following = cut(found, limit, lambda each: each.id)
    return UnknownReadingPage(items=[UnknownReadingOut.of(each) for each in shown], next_cursor=following)


@post(
    "/{stocktake_id:uuid}/counts",
    status_code=200,
    operation_id="CountStocktake",
    summary="Compter ce qui est lu",
    tags=TAGS,
    responses=problems(
        *WRITE,
        examples=EXAMPLES | {422: ("stocktake.nothing_counted", "Scannez une étiquette, ou saisissez un numéro.")},
    ),
)
async def count(
    stocktake_id: FromPath[UUID],
    data: JSONBody[CountBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> CountedOut:
    """Cinq cents codes au plus à la fois."""
    return CountedOut.of(await count_codes(data.command(stocktake_id=stocktake_id), actor=actor, now=now))


@post(
    "/{stocktake_id:uuid}/gaps/{item_id:uuid}",
    status_code=200,
    operation_id="SettleStocktakeGap",
    summary="Régler un écart",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES | INVALID),
    dependencies=ISSUER,
)
async def settle(
    stocktake_id: FromPath[UUID],
    item_id: FromPath[UUID],
    data: JSONBody[GapBody],
    issuer: NamedDependency[Issuer],
) -> StocktakeLineOut:
    """Un écart devient un rangement, un incident ou une question."""
    command = data.command(stocktake_id=stocktake_id, item_id=item_id)
    return StocktakeLineOut.of(await settle_gap(command, issuer=issuer))


@post(
    "/{stocktake_id:uuid}/ask",
    status_code=200,
    operation_id="AskStocktakePlaces",
    summary="Interroger ceux qui n'ont pas répondu",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES),
    dependencies=ISSUER,
)
async def ask(stocktake_id: FromPath[UUID], data: JSONBody[AskBody], issuer: NamedDependency[Issuer]) -> AskedPlacesOut:
    """Un courriel avec un lien à chaque établissement et à chaque famille, qui répondent sans compte."""
    return AskedPlacesOut.of(await ask_places(data.command(stocktake_id=stocktake_id), issuer=issuer))


@post(
    "/{stocktake_id:uuid}/close",
    status_code=200,
    operation_id="CloseStocktake",
    summary="Clore un récolement",
    tags=TAGS,
    media_type=PDF,
    responses=problems(*WRITE, examples=EXAMPLES),
)
async def close(
    stocktake_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    press: NamedDependency[Press],
    now: NamedDependency[datetime],
) -> Response[bytes]:
    """Les résultats sont figés ; la réponse est le procès-verbal, scellé si un cachet est réglé."""
    command = CloseStocktake(stocktake_id=stocktake_id)
    _, report = await close_stocktake(command, actor=actor, press=press, now=now)
    return act_answer(report.data, f"recolement-{stocktake_id}")


@get(
    "/{stocktake_id:uuid}/report",
    operation_id="ReadStocktakeReport",
    summary="Télécharger le procès-verbal",
    tags=TAGS,
    media_type=PDF,
    responses=problems(*READ, 409, examples=EXAMPLES | {409: ("stocktake.running", "Ce récolement n'est pas clos.")}),
)
async def report_of(
    stocktake_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    press: NamedDependency[Press],
    now: NamedDependency[datetime],
) -> Response[bytes]:
    """Tel qu'il a été gardé à la clôture."""
    _, report = await stocktake_report(stocktake_id, actor=actor, press=press, now=now)
    return act_answer(report.data, f"recolement-{stocktake_id}")


router = Router(
    path="/stocktakes",
    route_handlers=[
        *(open_one, list_all, read_one, list_of, list_readings),
        *(count, settle, ask, close, report_of),
    ],
)
