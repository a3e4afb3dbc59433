"""HTTP for loans taken over: parse, call one use case, answer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, MultipartBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.loan.loan import is_handed_over_unsigned
from materiel.domain.papers.old_paper import OldPaper
from materiel.use_cases.loan.loan import decision_of
from materiel.use_cases.loan.takeover import TakeOverLoan, file_old_scan, read_old_scan, take_over_loan, undo_take_over
from materiel.use_cases.papers.document import SCAN_EXTENSIONS
from materiel.web.api.body import CommandBody
from materiel.web.api.loan.loan import LoanOut, OverrideBody
from materiel.web.api.problems import READ, WRITE, problems

EXAMPLES = {
    404: ("loan.not_found", "Aucun prêt de votre service n'a cet identifiant."),
    409: ("item.already_lent", "Ce matériel est déjà dans un prêt en cours."),
    422: ("loan.refused", "La circulaire exclut du prêt les élèves d'un établissement médico-éducatif."),
}
UNDO_EXAMPLES = EXAMPLES | {409: ("loan.changed_since", "Ce prêt a changé depuis sa reprise : elle ne se retire plus.")}
BYTES = "application/octet-stream"
RUNNING = {"status": "handed_over", "origin": "taken_over", "documents": []}


class OldPaperBody(CommandBody[OldPaper], given=("ended_on",)):
    """Ce qu'on sait de l'ancien papier. `signed_on` est obligatoire, sauf si le prêt est dit `unsigned`."""


class TakeOverBody(CommandBody[TakeOverLoan], given=("override_reason",)):
    """Un prêt en cours, fait avant l'arrivée du produit. `unsigned` : aucun papier n'a jamais été signé.

    `starts_on` est le jour de la remise, et `ends_on` le terme de l'ancien papier, si rien n'est dit.
    """

    override: OverrideBody | None = None


class OldScanUpload(Struct):
    """Le scan de l'ancien papier : PDF, JPEG, PNG ou TIFF."""

    file: UploadFile


class OldScanOut(Struct):
    """Un scan classé."""

    id: UUID
    media_type: str
    sha256: str
    filed_at: datetime


@post(
    "/take-over",
    operation_id="TakeOverLoan",
    summary="Reprendre un prêt en cours",
    tags=["Prêts"],
    opt={"example": RUNNING},
    responses=problems(*WRITE, examples=EXAMPLES),
)
async def take_over(
    data: JSONBody[TakeOverBody], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> LoanOut:
    """Rien n'est émis, numéroté, envoyé ni attendu ; le premier changement émet la vraie convention."""
    reason = data.override.reason if data.override else ""
    created = await take_over_loan(data.command(override_reason=reason), actor=actor, now=now)
    loan = created.case.loan
    return LoanOut.with_documents(
        loan,
        (),
        unsigned=is_handed_over_unsigned(loan, ()),
        decision=created.decision,
        today=actor.civil_date(now),
        cautions=created.cautions,
    )


@post(
    "/{loan_id:uuid}/take-over-undo",
    status_code=200,
    operation_id="UndoTakeOver",
    summary="Retirer un prêt repris par erreur",
    tags=["Prêts"],
    opt={"example": {"status": "cancelled", "origin": "taken_over", "documents": []}},
    responses=problems(*WRITE, examples=UNDO_EXAMPLES),
)
async def undo(loan_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]) -> LoanOut:
    """Possible tant que rien n'a changé depuis : le matériel est de nouveau en réserve, comme jamais prêté."""
    case = await undo_take_over(loan_id, actor=actor, now=now)
    decision = await decision_of(loan_id)
    return LoanOut.with_documents(case.loan, (), unsigned=False, decision=decision, today=actor.civil_date(now))


@post(
    "/{loan_id:uuid}/scan",
    status_code=201,
    operation_id="FileOldPaperScan",
    summary="Classer le scan de l'ancien papier d'un prêt repris",
    tags=["Prêts"],
    responses=problems(*WRITE, examples=UNDO_EXAMPLES | {409: ("loan.not_taken_over", "Ce prêt n'a pas été repris.")}),
)
async def file_scan(
    loan_id: FromPath[UUID],
    data: MultipartBody[OldScanUpload],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> OldScanOut:
    """Il est gardé avec le prêt, et éliminé avec lui."""
    scan = await file_old_scan(loan_id, await data.file.read(), actor=actor, now=now)
    return OldScanOut(id=scan.id, media_type=scan.media_type, sha256=scan.sha256, filed_at=scan.filed_at)


@get(
    "/{loan_id:uuid}/scan/{scan_id:uuid}",
    operation_id="ReadOldPaperScan",
    summary="Lire le scan de l'ancien papier d'un prêt repris",
    tags=["Prêts"],
    media_type=BYTES,
    responses=problems(*READ, examples=EXAMPLES),
)
async def read_scan(loan_id: FromPath[UUID], scan_id: FromPath[UUID], actor: NamedDependency[Actor]) -> Response[bytes]:
    """Les octets reçus, que le serveur n'a pas ouverts ; leur format est le `media_type` dit au classement."""
    media_type, content = await read_old_scan(loan_id, scan_id, actor=actor)
    name = f"ancien-papier-{scan_id}.{SCAN_EXTENSIONS[media_type]}"
    return Response(content, media_type=BYTES, headers={"Content-Disposition": f'attachment; filename="{name}"'})


router = Router("/loans", route_handlers=[take_over, undo, read_scan])
uploads = Router("/loans", route_handlers=[file_scan])
