"""HTTP for lots: an act asked of many things, its lines, and what it has left begun again."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.work.lot import LineState, LotLine
from materiel.use_cases.desk.lots.lot import StartLot, list_lot_lines, start_again, start_lot
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer
from materiel.web.api.body import CommandBody
from materiel.web.api.problems import READ, WRITE, problems
from materiel.web.api.work.job import JobReference
from materiel.web.http.paging import Cursor, Limit, cut, read_cursor


class LotBody(CommandBody[StartLot]):
    """Un acte et ce à quoi le faire : matériels, prêts, documents ou élèves, selon l'acte.

    `remind`, `issue` : rien de plus ; `send` : `party` ; `notify` : `channel` ; `sign` : `party` et `on` ;
    `hand_over` et `take_back` (des matériels) : `on`, et `condition` si elle est la même pour tous ; `prepare` (des
    matériels) : `on`, `condition`, `erased` si les données sont effacées, `uninstalled` si les logiciels le sont ;
    `set_status` : `status` et `reason` ; `set_family` : `family` ; `set_place` : `storage_place` ; `move` (des
    élèves) : `on`, qui est venu, et `school`, le nouvel établissement. Une autre valeur est refusée.
    """


class LotLineOut(Struct):
    """Ce qu'il est advenu d'une chose : `code` et `detail` disent pourquoi rien n'est fait."""

    subject: UUID
    state: LineState
    code: str
    detail: str
    documents: list[UUID]

    @classmethod
    def of(cls, line: LotLine) -> LotLineOut:
        """The wire form of a line."""
        return cls(
            subject=line.subject_id, state=line.state, code=line.code, detail=line.said, documents=list(line.made)
        )


class LotLinePage(Struct):
    """Une page des lignes, dans l'ordre demandé."""

    items: list[LotLineOut]
    next_cursor: str | None


UNKNOWN = {404: ("job.not_found", "Cette tâche n’existe pas dans votre service.")}
STARTED = {
    404: ("item.not_found", "Ce matériel n'existe pas dans votre service."),
    422: ("lot.invalid", "« Changer de rangement » demande cette valeur."),
}
LEFT = {**UNKNOWN, 400: ("lot.nothing_left", "Rien ne reste à faire de cette liste, ou elle est encore en cours.")}


@post(
    "/",
    status_code=202,
    operation_id="StartLot",
    summary="Faire un acte en nombre",
    tags=["Travaux"],
    dependencies={"issuer": Provide(provide_issuer)},
    responses=problems(*WRITE, examples=STARTED),
)
async def start(data: JSONBody[LotBody], issuer: NamedDependency[Issuer]) -> JobReference:
    """Chaque chose est faite pour elle-même : un refus n'arrête pas les autres ; suivez le travail rendu.

    La même demande, tant qu'elle est en cours, rend le même travail.
    """
    return JobReference(job=(await start_lot(data.command(), issuer=issuer)).id)


@get(
    "/{job_id:uuid}/lines",
    operation_id="ListLotLines",
    summary="Lire ce qu'il est advenu de chaque chose",
    tags=["Travaux"],
    responses=problems(*READ, examples=UNKNOWN),
)
async def list_lines(
    job_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    kind: Annotated[LineState | None, QueryParameter(name="state", description="Les lignes d'un seul état.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> LotLinePage:
    """`left` : pas encore fait, ou laissé par un arrêt ; `done` : fait ; `refused` : pas fait, avec le motif."""
    after = read_cursor(cursor, int)
    found = await list_lot_lines(job_id, kind, actor=actor, limit=limit + 1, after=-1 if after is None else after)
    shown, following = cut(found, limit, lambda line: line.rank)
    return LotLinePage(items=[LotLineOut.of(line) for line in shown], next_cursor=following)


@post(
    "/{job_id:uuid}/again",
    status_code=202,
    operation_id="StartLotAgain",
    summary="Recommencer pour ce qui reste",
    tags=["Travaux"],
    dependencies={"issuer": Provide(provide_issuer)},
    responses=problems(*WRITE, examples=LEFT),
)
async def again(job_id: FromPath[UUID], issuer: NamedDependency[Issuer]) -> JobReference:
    """Un nouveau travail, pour ce qui a été refusé ou laissé par celui-ci, une fois terminé."""
    return JobReference(job=(await start_again(job_id, issuer=issuer)).id)


router = Router("/lots", route_handlers=[start, list_lines, again])
