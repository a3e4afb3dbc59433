"""HTTP for piles of pages that come back: hand one in, read what was seen, confirm, file or discard a page."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, MultipartBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.papers.scan_pile import InkVerdict, PageProblem, PageState, PileState, ScanPage, ScanPile
from materiel.errors import BadInput
from materiel.use_cases.papers import scan_settling as settling
from materiel.use_cases.papers import scan_sheet as sheets
from materiel.use_cases.papers.scan_settling import FilePage
from materiel.use_cases.papers.scan_sheet import BoxSeen, IncompletePaper, PaperGroup, PaperSeen, PileSheet
from materiel.use_cases.papers.signed_scans import submit_pile
from materiel.use_cases.signing.returned import ConfirmPaper, confirm_paper
from materiel.web.api.problems import LIST, READ, WRITE, problems

TAGS = ["Pages numérisées"]
JPEG = "image/jpeg"
UNREADABLE = {400: ("scan.unreadable", "Joignez un PDF, ou une image JPEG, PNG, TIFF, WebP ou HEIC.")}
NO_PILE = {404: ("scan_pile.not_found", "Cette pile de pages n'existe pas dans votre service.")}
NO_PAGE = {404: ("scan_page.not_found", "Cette pile n'a pas de page de ce numéro.")}
SETTLED = {409: ("scan_page.settled", "Cette page n'attend plus rien (classée).")}


class ScansUpload(Struct):
    """Une pile de pages signées, en un fichier (`file`) ou plusieurs (`files`) : PDF, JPEG, PNG, TIFF, WebP, HEIC."""

    file: UploadFile | None = None
    files: list[UploadFile] = []


class ScansSubmitted(Struct):
    """Le travail à suivre, et la pile ; `already` : elle avait été déposée le `submitted_at`, rien n'a changé."""

    job: UUID
    scan: UUID
    already: bool
    submitted_at: datetime


class ScanOut(Struct):
    """Une pile de pages, et combien de choses y restent à relire."""

    id: UUID
    job: UUID
    state: PileState
    files: int
    created_at: datetime
    to_review: int

    @classmethod
    def of(cls, pile: ScanPile, left: int) -> ScanOut:
        """The wire form of a pile."""
        return cls(
            id=pile.id,
            job=pile.job_id,
            state=pile.state,
            files=pile.files,
            created_at=pile.created_at,
            to_review=left,
        )


class Scans(Struct):
    """Les dernières piles, et celles où il reste à relire."""

    items: list[ScanOut]


class ScanBoxOut(Struct):
    """Une case de signature : ce qu'on y voit (`ink`), et s'il faut encore le confirmer (`waits`)."""

    id: UUID
    signatory: UUID
    name: str
    page: int
    ink: InkVerdict
    waits: bool
    signed: bool

    @classmethod
    def of(cls, seen: BoxSeen) -> ScanBoxOut:
        """The wire form of a box."""
        return cls(
            id=seen.box.id,
            signatory=seen.signature.id,
            name=seen.signature.name,
            page=seen.page.rank,
            ink=seen.box.verdict,
            waits=seen.waits,
            signed=seen.signature.signed_on is not None,
        )


class ScanPaperOut(Struct):
    """Un papier complet : `scan` est sa numérisation classée, `unsigned_by` ceux dont la signature manque."""

    document: UUID
    number: str
    scan: UUID
    group: PaperGroup
    boxes: list[ScanBoxOut]
    unsigned_by: list[str]

    @classmethod
    def of(cls, paper: PaperSeen) -> ScanPaperOut:
        """The wire form of a paper."""
        return cls(
            document=paper.document.id,
            number=paper.document.number,
            scan=paper.scan_id,
            group=paper.group,
            boxes=[ScanBoxOut.of(box) for box in paper.boxes],
            unsigned_by=paper.unsigned_by,
        )


class ScanIncompleteOut(Struct):
    """Un document dont des pages sont là et d'autres manquent : celles-ci attendent la suite."""

    document: UUID
    number: str
    pages: list[int]
    missing_pages: list[int]

    @classmethod
    def of(cls, paper: IncompletePaper) -> ScanIncompleteOut:
        """The wire form of an incomplete paper."""
        there = sorted({page.number for page in paper.pages if page.number is not None})
        return cls(
            document=paper.document.id,
            number=paper.document.number,
            pages=there,
            missing_pages=list(paper.missing),
        )


class ScanPageOut(Struct):
    """Une page de la pile, comptée depuis 1, et ce qu'elle est devenue."""

    rank: int
    state: PageState
    problem: PageProblem | None
    document: UUID | None
    number: int | None
    reason: str

    @classmethod
    def of(cls, page: ScanPage) -> ScanPageOut:
        """The wire form of a page."""
        return cls(
            rank=page.rank,
            state=page.state,
            problem=page.problem,
            document=page.document_id,
            number=page.number,
            reason=page.reason,
        )


class ScanSheetOut(ScanOut):
    """Une pile, et tout ce qu'elle contient."""

    papers: list[ScanPaperOut]
    incomplete: list[ScanIncompleteOut]
    pages: list[ScanPageOut]

    @classmethod
    def on(cls, sheet: PileSheet) -> ScanSheetOut:
        """The wire form of a pile that is read over."""
        pile = sheet.pile
        return cls(
            id=pile.id,
            job=pile.job_id,
            state=pile.state,
            files=pile.files,
            created_at=pile.created_at,
            to_review=sheet.left,
            papers=[ScanPaperOut.of(paper) for paper in sheet.papers],
            incomplete=[ScanIncompleteOut.of(paper) for paper in sheet.incomplete],
            pages=[ScanPageOut.of(page) for page in sheet.pages],
        )


class ConfirmPaperBody(Struct, forbid_unknown_fields=True):
    """Ce qu'on a vu sur un papier : les cases signées, celles qui ne le sont pas ; les autres attendent."""

    scan: UUID
    signed: list[UUID] = []
    unsigned: list[UUID] = []
    signed_on: date | None = None


class ConfirmScansBody(Struct, forbid_unknown_fields=True):
    """Les papiers relus, et le jour des signatures où un papier n'en dit pas d'autre (aujourd'hui sinon)."""

    papers: list[ConfirmPaperBody]
    signed_on: date | None = None


class FilePageBody(Struct, forbid_unknown_fields=True):
    """Quelle page de quel document est cette page ; `turned` la redresse, par quarts de tour vers la droite."""

    document: UUID
    page: int
    turned: int = 0


class DiscardPageBody(Struct, forbid_unknown_fields=True):
    """Pourquoi cette page est écartée."""

    reason: str


@post(
    "/",
    status_code=202,
    operation_id="SubmitScans",
    summary="Déposer une pile de pages signées",
    tags=TAGS,
    responses=problems(*(status for status in WRITE if status != 404), examples=UNREADABLE),
)
async def submit(
    data: MultipartBody[ScansUpload], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> ScansSubmitted:
    """Chaque page est reconnue à son code et classée avec son document ; suivez le travail, puis relisez la pile.

    Plusieurs photos sont une pile. La même pile déposée deux fois ne change rien.
    """
    sent = [*([data.file] if data.file else []), *data.files]
    submitted = await submit_pile([await each.read() for each in sent], actor=actor, now=now)
    pile = submitted.pile
    return ScansSubmitted(job=pile.job_id, scan=pile.id, already=submitted.already, submitted_at=pile.created_at)


@get(
    "/",
    operation_id="ListScans",
    summary="Lister les piles de pages",
    tags=TAGS,
    responses=problems(*LIST),
)
async def list_scans(actor: NamedDependency[Actor]) -> Scans:
    """Les dernières, et toutes celles où il reste à relire ; `to_review` en dit le nombre."""
    return Scans(items=[ScanOut.of(pile, left) for pile, left in await sheets.list_piles(actor=actor)])


@get(
    "/{scan_id:uuid}",
    operation_id="ReadScan",
    summary="Lire une pile de pages",
    tags=TAGS,
    responses=problems(*READ, examples=NO_PILE),
)
async def show_scan(scan_id: FromPath[UUID], actor: NamedDependency[Actor]) -> ScanSheetOut:
    """Les papiers et leurs cases, ce qui manque, et ce qu'est devenue chaque page."""
    return ScanSheetOut.on(await sheets.read_pile(scan_id, actor=actor))


@post(
    "/{scan_id:uuid}/confirm",
    status_code=200,
    operation_id="ConfirmScans",
    summary="Enregistrer les signatures vues sur une pile",
    tags=TAGS,
    responses=problems(
        *WRITE,
        examples={
            404: ("scan_box.not_found", "Cette pile n'a pas de case de cet identifiant."),
            409: ("document.not_in_force", "Ce document n'est plus en vigueur (remplacé)."),
        },
    ),
)
async def confirm(
    scan_id: FromPath[UUID],
    data: JSONBody[ConfirmScansBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> ScanSheetOut:
    """Rien n'est signé parce que de l'encre a été vue : c'est cet appel qui signe. Un papier est tout ou rien."""
    today = actor.civil_date(now)
    for paper in data.papers:
        command = ConfirmPaper(
            pile_id=scan_id,
            scan_id=paper.scan,
            signed=tuple(paper.signed),
            left=tuple(paper.unsigned),
            signed_on=paper.signed_on or data.signed_on or today,
        )
        await confirm_paper(command, actor=actor, now=now)
    return ScanSheetOut.on(await sheets.read_pile(scan_id, actor=actor))


@post(
    "/{scan_id:uuid}/pages/{rank:int}/file",
    status_code=200,
    operation_id="FileScanPage",
    summary="Classer une page à la main",
    tags=TAGS,
    responses=problems(*WRITE, examples=NO_PAGE | SETTLED),
)
async def file_page(
    scan_id: FromPath[UUID],
    rank: FromPath[int],
    data: JSONBody[FilePageBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> ScanSheetOut:
    """La page attend les autres de son document ; la dernière complète l'exemplaire, qui est classé."""
    if data.turned % 90:
        raise BadInput("scan_page.turned", "Une page se tourne par quarts de tour : 0, 90, 180 ou 270.")
    command = FilePage(pile_id=scan_id, rank=rank, page=data.page, document_id=data.document, turned=data.turned)
    await settling.file_page(command, actor=actor, now=now)
    return ScanSheetOut.on(await sheets.read_pile(scan_id, actor=actor))


@post(
    "/{scan_id:uuid}/pages/{rank:int}/discard",
    status_code=200,
    operation_id="DiscardScanPage",
    summary="Écarter une page",
    tags=TAGS,
    responses=problems(*WRITE, examples=NO_PAGE | SETTLED),
)
async def discard_page(
    scan_id: FromPath[UUID],
    rank: FromPath[int],
    data: JSONBody[DiscardPageBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> ScanPageOut:
    """Son image est effacée, le motif reste."""
    return ScanPageOut.of(await settling.discard_page(scan_id, rank, reason=data.reason, actor=actor, now=now))


@get(
    "/{scan_id:uuid}/pages/{rank:int}/picture",
    operation_id="ReadScanPage",
    summary="Voir une page",
    tags=TAGS,
    media_type=JPEG,
    responses=problems(*READ, examples=NO_PAGE),
)
async def page_picture(scan_id: FromPath[UUID], rank: FromPath[int], actor: NamedDependency[Actor]) -> Response[bytes]:
    """L'image de la page, redressée, en JPEG ; gardée tant que quelque chose y est à relire."""
    return Response(await sheets.read_page_picture(scan_id, rank, actor=actor), media_type=JPEG)


@get(
    "/{scan_id:uuid}/pages/{rank:int}/boxes/{box_id:uuid}",
    operation_id="ReadScanBox",
    summary="Voir une case de signature",
    tags=TAGS,
    media_type=JPEG,
    responses=problems(*READ, examples=NO_PAGE),
)
async def box_picture(
    scan_id: FromPath[UUID], rank: FromPath[int], box_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[bytes]:
    """L'image de la case, en JPEG ; gardée jusqu'à ce que quelqu'un dise si elle est signée."""
    return Response(await sheets.read_box_picture(scan_id, rank, box_id, actor=actor), media_type=JPEG)


router = Router(
    "/scans", route_handlers=[list_scans, show_scan, confirm, file_page, discard_page, page_picture, box_picture]
)
uploads = Router("/scans", route_handlers=[submit])
