"""HTTP for schools: parse, call one use case, answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import BinaryIO, cast

from litestar import Router, get, patch, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.places.school import School, SchoolKind, Sector
from materiel.settings import Settings
from materiel.use_cases.imports import schools as importing
from materiel.use_cases.places import school as schools
from materiel.use_cases.places.school import DecideSchoolKind, UpdateSchoolContact
from materiel.web.api.body import CommandBody
from materiel.web.api.fields import AddressOut
from materiel.web.api.problems import LIST, READ, WRITE, problems
from materiel.web.http.paging import Cursor, Limit, Search, cut, read_cursor


class MunicipalityName(Struct):
    """La commune d'un établissement."""

    insee_code: str
    name: str


class SchoolOut(Struct):
    """Un établissement. `kind` est la nature retenue ; `computed_kind`, celle que l'annuaire permet de calculer."""

    uai: str
    name: str
    kind: SchoolKind
    computed_kind: SchoolKind
    kind_reason: str
    partial_contract: bool
    sector: Sector
    type_name: str
    ministry: str
    section_of: str
    address: AddressOut
    municipality: MunicipalityName
    academie: str
    departement: str
    email: str
    published_email: str
    phone: str
    head_name: str
    head_title: str
    on_behalf_of: str
    board_act: str
    has_post_bac: bool
    is_open: bool
    absent_since: date | None
    version: int

    @classmethod
    def of(cls, school: School) -> SchoolOut:
        """The wire form of a school."""
        return cls(
            uai=school.uai,
            name=school.name,
            kind=school.kind,
            computed_kind=school.computed_kind,
            kind_reason=school.kind_reason,
            partial_contract=school.partial_contract,
            sector=school.sector,
            type_name=school.type_name,
            ministry=school.ministry,
            section_of=school.section_of,
            address=AddressOut.of(school.address),
            municipality=MunicipalityName(insee_code=school.municipality_insee, name=school.municipality_name),
            academie=school.academie,
            departement=school.departement,
            email=school.email,
            published_email=school.published_email,
            phone=school.phone,
            head_name=school.head_name,
            head_title=school.head_title,
            on_behalf_of=school.on_behalf_of,
            board_act=school.board_act,
            has_post_bac=school.has_post_bac,
            is_open=school.is_open,
            absent_since=school.absent_since,
            version=school.version,
        )


class SchoolPatch(CommandBody[DecideSchoolKind], given=("uai",)):
    """Une décision manuelle sur la nature d'un établissement ; elle survit aux imports."""


class SchoolContactPatch(CommandBody[UpdateSchoolContact], given=("uai",)):
    """Qui signe pour l'établissement, et sa boîte. Un champ absent reste ; `email` vide, celle de l'annuaire."""


class SchoolPage(Struct):
    """Une page d'établissements."""

    items: list[SchoolOut]
    next_cursor: str | None


class RejectedLine(Struct):
    """Une ligne refusée d'un import. `line` compte l'en-tête."""

    line: int
    code: str
    detail: str


class ImportRemark(RejectedLine):
    """Une réparation ou un doute : sa première ligne et le nombre de lignes concernées, qui sont entrées."""

    lines: int


class ConcernedLoan(Struct):
    """Un prêt en cours de votre service que touche un changement : `closed`, `absent`, `kind` ou `municipality`."""

    loan: str
    number: str
    school: str
    change: str


class ImportReport(Struct):
    """Le compte rendu d'un import de l'annuaire.

    `outside` compte les lignes d'autres académies, laissées de côté ; `absent`, les établissements que le fichier n'a
    plus, dans les départements qu'il contient en entier (`complete_departements`) ; `kinds`, ceux de chaque nature.
    """

    read: int
    created: int
    updated: int
    unchanged: int
    absent: int
    outside: int
    complete_departements: list[str]
    loans_concerned: list[ConcernedLoan]
    rejected: list[RejectedLine]
    warnings: list[ImportRemark]
    kinds: dict[str, int]
    dry_run: bool


class AnnuaireUpload(Struct):
    """Le fichier de l'annuaire, tel que data.education.gouv.fr le donne : CSV, XLSX ou ODS."""

    file: UploadFile


CHANGED = {
    404: ("school.not_found", "Aucun établissement ne porte cet UAI."),
    409: ("school.changed", "La fiche de l'établissement a été modifiée entre-temps. Rechargez-la."),
}


@post(
    "/import",
    status_code=200,
    operation_id="ImportSchools",
    summary="Importer l'annuaire de l'éducation",
    tags=["Établissements"],
    opt={"writes_by_batches": True},
    responses=problems(*(status for status in WRITE if status != 404)),
)
async def import_schools(
    data: MultipartBody[AnnuaireUpload],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    dry_run: FromQuery[bool] = False,
) -> ImportReport:
    """Les bonnes lignes entrent, les autres sont rendues avec leur numéro. `dry_run` n'écrit rien."""
    report = await importing.import_schools(cast(BinaryIO, data.file.file), actor=actor, now=now, dry_run=dry_run)
    return ImportReport(
        read=report.read,
        created=report.created,
        updated=report.updated,
        unchanged=report.unchanged,
        absent=report.absent,
        outside=report.outside,
        complete_departements=report.complete_departements,
        loans_concerned=[
            ConcernedLoan(each.loan, each.number, each.school, each.change) for each in report.loans_concerned
        ],
        rejected=[RejectedLine(each.line, each.code, each.detail) for each in report.rejected],
        warnings=[ImportRemark(each.line, each.code, each.detail, each.lines) for each in report.warnings],
        kinds=report.kinds,
        dry_run=report.dry_run,
    )


@get(
    "/",
    operation_id="ListSchools",
    summary="Chercher des établissements",
    tags=["Établissements"],
    responses=problems(*LIST),
)
async def list_schools(
    actor: NamedDependency[Actor],
    limit: Limit = 50,
    cursor: Cursor = None,
    q: Search = None,
    kind: FromQuery[SchoolKind | None] = None,
) -> SchoolPage:
    """Par code UAI. Tous les mots de `q` doivent figurer dans le nom, la commune, le type ou l'UAI."""
    after = read_cursor(cursor, str) or ""
    found = await schools.list_schools(actor=actor, q=q or "", kind=kind, limit=limit + 1, after=after)
    shown, following = cut(found, limit, lambda school: school.uai)
    return SchoolPage(items=[SchoolOut.of(school) for school in shown], next_cursor=following)


@get(
    "/{uai:str}",
    operation_id="ReadSchool",
    summary="Lire un établissement",
    tags=["Établissements"],
    responses=problems(*READ, examples=CHANGED),
)
async def show_school(uai: FromPath[str], actor: NamedDependency[Actor]) -> SchoolOut:
    """L'établissement d'un code UAI, en majuscules ou en minuscules."""
    return SchoolOut.of(await schools.get_school(uai, actor=actor))


@patch(
    "/{uai:str}",
    operation_id="DecideSchoolKind",
    summary="Décider de la nature d'un établissement",
    tags=["Établissements"],
    responses=problems(*WRITE, examples=CHANGED),
)
async def decide_school_kind(
    uai: FromPath[str],
    data: JSONBody[SchoolPatch],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> SchoolOut:
    """La décision et son motif survivent aux imports."""
    return SchoolOut.of(await schools.decide_school_kind(data.command(uai=uai), actor=actor, now=now))


@patch(
    "/{uai:str}/contact",
    operation_id="UpdateSchoolContact",
    summary="Dire qui signe pour un établissement",
    tags=["Établissements"],
    responses=problems(*WRITE, examples=CHANGED),
)
async def update_school_contact(
    uai: FromPath[str],
    data: JSONBody[SchoolContactPatch],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> SchoolOut:
    """Ce que sait votre service ; un autre a le sien. Une boîte changée sert une fois son code saisi (`mailbox`)."""
    command = data.command(uai=uai)
    changed = await schools.update_school_contact(command, actor=actor, now=now, base_url=settings.base_url)
    return SchoolOut.of(changed)


router = Router("/schools", route_handlers=[list_schools, show_school, decide_school_kind, update_school_contact])
uploads = Router("/schools", route_handlers=[import_schools])
