"""HTTP for municipalities and who signs for them: parse, call one use case, answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import BinaryIO, cast

from litestar import Router, get, patch, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.address import Address
from materiel.domain.places.directory import PATERNITY, SourcedField
from materiel.domain.places.municipality import AuthorityKind, Municipality
from materiel.exchange.report import ReportedContact
from materiel.settings import Settings
from materiel.use_cases.imports import municipalities as importing
from materiel.use_cases.places import municipality as municipalities
from materiel.use_cases.places.municipality import UpdateMunicipality
from materiel.web.api.body import CommandBody
from materiel.web.api.fields import AddressOut
from materiel.web.api.places.school import ImportRemark, RejectedLine
from materiel.web.api.problems import READ, WRITE, problems


class MunicipalityPatch(CommandBody[UpdateMunicipality], given=("insee_code",)):
    """Les coordonnées à changer ; les champs absents ou nuls restent."""


class MunicipalityOut(Struct):
    """Une commune : son maire, qui reçoit les notifications, et la collectivité qui signe les dépôts.

    `source_fields` : ce qui vient de l'annuaire de l'administration et n'a pas été corrigé ; `source` en dit la
    paternité et `source_on` la date, que sa licence demande de citer.
    """

    insee_code: str
    name: str
    departement: str
    address: AddressOut | None
    email: str
    phone: str
    mayor_name: str
    authority_kind: AuthorityKind
    authority_name: str
    authority_address: AddressOut | None
    authority_email: str
    signatory_name: str
    signatory_title: str
    deliberation: str
    source: str
    source_on: date | None
    source_fields: list[SourcedField]
    version: int

    @classmethod
    def of(cls, municipality: Municipality) -> MunicipalityOut:
        """The wire form of a municipality."""
        apart = ("address", "authority_address", "source_fields")
        same = {name: getattr(municipality, name) for name in cls.__struct_fields__ if name not in apart}
        return cls(
            address=_address(municipality.address),
            authority_address=_address(municipality.authority_address),
            source_fields=[SourcedField(name) for name in municipality.source_fields],
            **same,
        )


def _address(address: Address | None) -> AddressOut | None:
    return AddressOut.of(address) if address else None


EXAMPLES = {
    404: ("municipality.not_found", "Aucune commune connue ne porte ce code INSEE."),
    409: ("municipality.changed", "La commune a été modifiée entre-temps. Rechargez-la, puis recommencez."),
}


@get(
    "/{insee:str}",
    operation_id="ReadMunicipality",
    summary="Lire une commune",
    tags=["Service"],
    responses=problems(*READ, examples=EXAMPLES),
)
async def show_municipality(insee: FromPath[str], actor: NamedDependency[Actor]) -> MunicipalityOut:
    """Le code d'un arrondissement de Paris, Lyon ou Marseille donne la ville, qui a le maire."""
    return MunicipalityOut.of(await municipalities.get_municipality(insee, actor=actor))


@patch(
    "/{insee:str}",
    operation_id="UpdateMunicipality",
    summary="Changer les coordonnées d'une commune",
    tags=["Service"],
    responses=problems(*WRITE, examples=EXAMPLES),
)
async def update_municipality(
    insee: FromPath[str],
    data: JSONBody[MunicipalityPatch],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> MunicipalityOut:
    """Ce que sait votre service ; un autre a le sien. Une boîte changée sert une fois son code saisi (`mailbox`)."""
    command = data.command(insee_code=insee)
    return MunicipalityOut.of(
        await municipalities.update_municipality(command, actor=actor, now=now, base_url=settings.base_url)
    )


class DirectoryUpload(Struct):
    """L'annuaire de l'administration (« api-lannuaire-administration »), en JSON ou en CSV."""

    file: UploadFile


class DirectoryContact(Struct):
    """Ce que l'annuaire dit d'une commune, à côté de ce que votre service a.

    `fills` : il n'y avait rien. `outcome` est `taken`, `asked` (un code est parti à cette boîte), ou vide.
    """

    field: SourcedField
    before: str
    after: str
    fills: bool
    outcome: str


class DirectoryCommune(Struct):
    """Une commune dont l'annuaire dit autre chose, ou davantage."""

    insee_code: str
    name: str
    contacts: list[DirectoryContact]


class DirectoryReport(Struct):
    """Le compte rendu : `created` et `updated` comptent des communes, `absent` celles sans mairie dans le fichier."""

    read: int
    created: int
    updated: int
    absent: int
    source: str
    source_on: date | None
    communes: list[DirectoryCommune]
    rejected: list[RejectedLine]
    warnings: list[ImportRemark]
    dry_run: bool


@post(
    "/import",
    status_code=200,
    operation_id="ImportMunicipalities",
    summary="Compléter les communes par l'annuaire de l'administration",
    tags=["Service"],
    opt={"writes_by_batches": True},
    responses=problems(*(status for status in WRITE if status != 404)),
)
async def import_municipalities(
    data: MultipartBody[DirectoryUpload],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
    dry_run: FromQuery[bool] = False,
    replace: FromQuery[bool] = False,
) -> DirectoryReport:
    """Ce qui manque est rempli ; ce qui diffère reste, sauf `replace`. `dry_run` n'écrit rien."""
    report = await importing.import_municipalities(
        cast(BinaryIO, data.file.file),
        actor=actor,
        now=now,
        dry_run=dry_run,
        chosen=(importing.EVERY,) if replace else (),
        base_url=settings.base_url,
    )
    return DirectoryReport(
        read=report.read,
        created=report.created,
        updated=report.updated,
        absent=report.absent,
        source=PATERNITY,
        source_on=report.source_on,
        communes=[
            DirectoryCommune(each.code, each.name, [_contact(contact) for contact in each.contacts])
            for each in report.communes
        ],
        rejected=[RejectedLine(each.line, each.code, each.detail) for each in report.rejected],
        warnings=[ImportRemark(each.line, each.code, each.detail, each.lines) for each in report.warnings],
        dry_run=report.dry_run,
    )


def _contact(each: ReportedContact) -> DirectoryContact:
    return DirectoryContact(SourcedField(each.field), each.before, each.after, each.fills, each.outcome)


uploads = Router("/municipalities", route_handlers=[import_municipalities])
router = Router("/municipalities", route_handlers=[show_municipality, update_municipality])
