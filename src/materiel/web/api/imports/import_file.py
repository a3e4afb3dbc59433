"""HTTP for imports: a file examined or imported by a job, its report, its confirmation, its undoing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from litestar import Router, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, MultipartBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.imports.import_file import ImportFile, ImportKind, ImportState
from materiel.domain.loan.moves import usual_day_of_moves
from materiel.exchange.report import FileReport
from materiel.use_cases.desk.pupil_moves import OfferedMove, offered
from materiel.use_cases.imports.import_file import Import, confirm_import, examine_file, get_import, read_again
from materiel.use_cases.imports.reading_options import options_given, options_said
from materiel.use_cases.imports.undoing import undo_import
from materiel.web.api.imports.move import ImportMove
from materiel.web.api.problems import READ, WRITE, problems
from materiel.web.api.work.job import JobReference


class ImportUpload(Struct):
    """Un tableau à importer : CSV, XLSX, ODS ou XLS.

    `dry_run` : examiné seulement, ce qu'il est si rien n'est dit ; à `false`, importé sans être vu. `mapping` : un
    objet JSON, `{"titre": "champ"}`, `null` pour une colonne à laisser. `sheet` : le nom de la feuille ; `school` :
    l'UAI des lignes qui n'en disent aucun ; `schools` : un objet JSON, `{"texte du fichier": "UAI"}` ; `encoding` :
    `cp1252`, `mac_roman` ou `cp850`, pour un CSV qui n'est pas en UTF-8.
    """

    file: UploadFile
    kind: ImportKind
    dry_run: bool = True
    mapping: str = ""
    sheet: str = ""
    school: str = ""
    schools: str = ""
    encoding: str = ""


class ImportReading(Struct):
    """Comment relire un fichier déjà examiné ; ce qui n'est pas dit est lu comme la première fois.

    `mapping` : ce que devient chaque titre, `null` pour une colonne à laisser ; `schools` : l'UAI de chaque texte rendu
    dans `schools`, `null` si aucun de ceux qui sont proposés ne convient.
    """

    mapping: dict[str, str | None] = {}
    sheet: str = ""
    school: str = ""
    schools: dict[str, str | None] = {}
    encoding: str = ""


class ImportReference(Struct):
    """L'import, et le travail à suivre."""

    id: UUID
    job: UUID


class ImportColumn(Struct):
    """Une colonne du fichier et ce qu'elle devient ; rien pour celle qui est laissée de côté.

    `guessed` : ses cellules disent ce qu'elle est, son titre non ; `mapping` peut dire autre chose.
    """

    title: str
    field: str | None
    kept: bool
    guessed: bool = False


class RefusedCell(Struct):
    """Une ligne refusée. `column` et `cell` : la cellule en faute, quand c'en est une seule."""

    line: int
    column: str | None
    cell: str | None
    code: str
    detail: str


class ImportNote(Struct):
    """Une remarque sur des lignes acceptées : la première, et combien.

    `column` et `cell` : la cellule laissée de côté, quand c'en est une.
    """

    line: int
    code: str
    detail: str
    lines: int = 1
    column: str | None = None
    cell: str | None = None


class SchoolOffered(Struct):
    """Un établissement qu'un texte du fichier peut désigner."""

    uai: str
    name: str
    municipality: str


class SchoolInDoubt(Struct):
    """Un établissement que le fichier nomme sans que l'annuaire y réponde seul : sur combien de lignes, dès laquelle.

    `said` : l'UAI choisi ; vide si aucun ne convient ; `null` tant que rien n'est dit.
    """

    written: str
    line: int
    lines: int
    choices: list[SchoolOffered]
    said: str | None


class CellChanged(Struct):
    """Une cellule d'une fiche connue que le fichier corrige. `key` : le numéro d'inventaire."""

    line: int
    key: str
    subject: UUID
    field: str
    old: str
    new: str


class ImportOut(Struct):
    """Ce que ferait l'import, ou ce qu'il a fait, selon `state`.

    `missing` : les colonnes sans lesquelles rien ne se lit. `changes` : les cinq mille premières cellules corrigées
    des `changed_cells`. `moves` : les cinq mille premiers des `moving` élèves que le fichier dit dans
    un autre établissement. `kept_until` : jusque-là, le compte rendu est gardé et l'import peut être défait.
    """

    state: ImportState
    columns: list[ImportColumn]
    missing: list[str]
    read: int
    created: int
    updated: int
    unchanged: int
    changed_cells: int
    made: dict[str, int]
    rejected: list[RefusedCell]
    remarks: list[ImportNote]
    changes: list[CellChanged]
    schools: list[SchoolInDoubt]
    moving: int
    moves: list[ImportMove]
    kept_until: datetime

    @classmethod
    def of(cls, found: Import, moves: Sequence[OfferedMove]) -> ImportOut:
        """The wire form of an import."""
        report = found.report or FileReport(dry_run=True)
        return cls(
            state=found.state,
            columns=[
                ImportColumn(each.title, each.field or None, kept=bool(each.field), guessed=each.is_guessed)
                for each in report.columns
            ],
            missing=report.missing,
            read=report.read,
            created=report.created,
            updated=report.updated,
            unchanged=report.unchanged,
            changed_cells=report.changed_cells,
            made=report.made,
            rejected=[
                RefusedCell(
                    line=each.line,
                    column=each.column or None,
                    cell=each.cell if each.column else None,
                    code=each.code,
                    detail=each.detail,
                )
                for each in report.rejected
            ],
            remarks=_notes(report),
            changes=[
                CellChanged(each.line, each.key, UUID(each.subject), each.field, each.old, each.new)
                for each in report.changes
            ],
            schools=[
                SchoolInDoubt(
                    written=each.written,
                    line=each.line,
                    lines=each.lines,
                    choices=[SchoolOffered(of.uai, of.name, of.municipality) for of in each.choices],
                    said=each.said,
                )
                for each in report.schools
            ],
            moving=report.moving,
            moves=[ImportMove.of(each) for each in moves],
            kept_until=found.file.kept_until or found.file.expires_at,
        )


def _notes(report: FileReport) -> list[ImportNote]:
    grouped = [ImportNote(each.line, each.code, each.detail, each.lines) for each in report.warnings]
    alike = [ImportNote(each.line, f"{each.kind}.resembles", each.detail) for each in report.twins]
    left = [ImportNote(each.line, each.code, each.detail, column=each.column, cell=each.cell) for each in report.left]
    return [*grouped, *alike, *left, *_unread(report)]


def _unread(report: FileReport) -> list[ImportNote]:
    """The columns that nothing reads, once each: how many of their cells are left aside."""
    return [
        ImportNote(
            1,
            "column.unread",
            "Colonne laissée de côté : "
            + (
                f"ses {each.filled} cases remplies ne sont pas importées."
                if each.filled > 1
                else "sa seule case remplie n'est pas importée."
            ),
            each.filled,
            column=each.title,
        )
        for each in report.columns
        if each.filled and not each.field
    ]


UNKNOWN = {404: ("import.expired", "Ce fichier n'est plus gardé. Envoyez-le de nouveau.")}
NOT_STARTED = {
    400: ("import.missing_column", "Il manque dans la ligne des titres : « Désignation »."),
    404: ("school.not_found", "Aucun établissement ne porte l'UAI « 0359999Z ». Vérifiez le code."),
}
UNDER_WAY = {
    **UNKNOWN,
    400: ("import.unknown_field", "« couleur » n'est pas un champ de ce tableau."),
    409: ("import.under_way", "Ce fichier est déjà importé, ou en cours d'import. Envoyez-le de nouveau."),
}
NOT_READ = {**UNKNOWN, 409: ("import.not_examined", "Ce fichier n'a pas encore été examiné. Attendez son examen.")}
IN_USE = {
    **UNKNOWN,
    409: ("import.in_use", "Cet import ne se défait plus : 1 matériel (35-2026-00100) : un prêt ou un dépôt."),
}


@post(
    "/",
    status_code=202,
    operation_id="StartImport",
    summary="Examiner ou importer un fichier",
    tags=["Imports"],
    responses=problems(*WRITE, examples=NOT_STARTED),
)
async def start(
    data: MultipartBody[ImportUpload], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> ImportReference:
    """Rien n'est écrit avant la confirmation, sauf avec `dry_run` à `false` ; suivez le travail rendu."""
    options = options_said(
        data.kind,
        mapping=data.mapping,
        sheet=data.sheet,
        school=data.school,
        schools_meant=data.schools,
        encoding=data.encoding,
    )
    file = await examine_file(
        data.kind,
        data.file.filename,
        await data.file.read(),
        actor=actor,
        now=now,
        by_job=True,
        confirmed=not data.dry_run,
        options=options,
    )
    return _reference(file)


def _reference(file: ImportFile) -> ImportReference:
    job = file.job or file.examination
    if job is None:
        raise LookupError("an import asked by the API has its job")
    return ImportReference(id=file.id, job=job)


@get(
    "/{import_id:uuid}",
    operation_id="ReadImport",
    summary="Lire ce que fait un import",
    tags=["Imports"],
    responses=problems(*READ, examples=UNKNOWN),
)
async def show(import_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]) -> ImportOut:
    """Les chiffres, les lignes refusées, et chaque cellule corrigée : l'ancienne valeur, la nouvelle."""
    found = await get_import(import_id, actor=actor, now=now)
    today = actor.civil_date(now)
    look = await offered(found.moves, usual_day_of_moves(today), actor=actor, today=today)
    return ImportOut.of(found, look.moves)


@post(
    "/{import_id:uuid}/read",
    status_code=202,
    operation_id="ReadImportAgain",
    summary="Relire un fichier examiné",
    tags=["Imports"],
    responses=problems(*WRITE, examples=UNDER_WAY),
)
async def read_anew(
    import_id: FromPath[UUID],
    data: JSONBody[ImportReading],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> ImportReference:
    """Le fichier est examiné de nouveau, avec ces colonnes, cette feuille et ces établissements ; rien n'est écrit."""
    found = await get_import(import_id, actor=actor, now=now)
    options = options_given(
        found.file.kind,
        mapping=data.mapping,
        sheet=data.sheet,
        school=data.school,
        schools_meant=data.schools,
        encoding=data.encoding,
    )
    return _reference(await read_again(import_id, options, keep=False, actor=actor, now=now, by_job=True))


@post(
    "/{import_id:uuid}/confirm",
    status_code=202,
    operation_id="ConfirmImport",
    summary="Importer un fichier examiné",
    tags=["Imports"],
    responses=problems(*WRITE, examples=NOT_READ),
)
async def confirm(
    import_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> JobReference:
    """Les bonnes lignes entrent, les autres sont rendues ; confirmé deux fois, un import est fait une fois."""
    return JobReference(job=await confirm_import(import_id, actor=actor, now=now))


@post(
    "/{import_id:uuid}/undo",
    status_code=202,
    operation_id="UndoImport",
    summary="Défaire un import",
    tags=["Imports"],
    responses=problems(*WRITE, examples=IN_USE),
)
async def undo(
    import_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> JobReference:
    """Pendant trente jours, tant que rien ne dépend de ce qu'il a créé et que rien n'a été modifié depuis.

    Sinon 409, et `in_use` dit de quoi dépend quoi : `why`, `kind`, `count` et les premiers `ids`.
    """
    return JobReference(job=await undo_import(import_id, actor=actor, now=now))


router = Router("/imports", route_handlers=[show, read_anew, confirm, undo])
uploads = Router("/imports", route_handlers=[start])
