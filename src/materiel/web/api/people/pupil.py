"""HTTP for pupils, their homes and their representatives: parse, call one use case, answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, Router, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct, structs

from materiel.domain.accounts.roles import PERMISSIONS, Actor, Permission
from materiel.domain.address import Address, City, Lines
from materiel.domain.language.bounds import line
from materiel.domain.people.pupil import Capacity, Home, ProtectionRegime, Pupil, Representative
from materiel.use_cases.people import pupil as pupils
from materiel.use_cases.people.double import doubles_of
from materiel.use_cases.people.export import ExportPerson, export_person
from materiel.use_cases.people.pupil import RegisterPupil, RepresentativeInput, UpdatePupil
from materiel.web.api.body import CommandBody
from materiel.web.api.fields import AddressOut
from materiel.web.api.problems import LIST, READ, WRITE, problems
from materiel.web.http.paging import Cursor, Limit, Search, cut, read_cursor


class RepresentativeBody(CommandBody[RepresentativeInput]):
    """Une personne responsable. `home` est le rang du domicile dans `homes`, à partir de 0. `id`, à la correction d'un
    élève, dit laquelle des personnes connues est corrigée ; sans lui, une personne de mêmes nom et qualité est la même.
    """

    first_name: Annotated[str, line(100)]
    capacity: Capacity


class HomeBody(CommandBody[Home], given=("address", "confidential")):
    """Un domicile. `confidential` : adresse à ne pas communiquer, absente des documents et des pages d'autrui.
    `country` : le nom français du pays d'une adresse à l'étranger ; le code postal est alors celui de ce pays, ou vide.
    Sans `country`, l'adresse est en France et le code postal a cinq chiffres.
    """

    lines: Lines
    postcode: Annotated[str, Meta(pattern=r"^[0-9A-Za-z -]{0,12}$", examples=["35000", "L-1234"])]
    city: City
    country: Annotated[str, line(60)] = ""
    confidential: bool = False

    def command(self, **given: Any) -> Home:
        """The home."""
        address = Address(lines=tuple(self.lines), postcode=self.postcode, city=self.city, country=self.country)
        return Home(address=address, confidential=self.confidential)


class HomeOut(AddressOut, omit_defaults=True):
    """Un domicile tel qu'il est enregistré ; `country` n'est dit qu'à l'étranger, `confidential` que s'il est vrai."""

    country: str = ""
    confidential: bool = False

    @classmethod
    def of_home(cls, home: Home) -> HomeOut:
        """The wire form of a home."""
        known = structs.asdict(AddressOut.of(home.address))
        return cls(**known, country=home.address.country, confidential=home.confidential)


class PupilBody(CommandBody[RegisterPupil]):
    """Un élève. Aucune donnée de santé n'est demandée ni acceptée. `email` et `phone` sont les siens."""


class PupilPatch(CommandBody[UpdatePupil], given=("pupil_id",)):
    """Les champs à changer ; les absents ou nuls restent. `homes` et `representatives` sont remplacés en entier."""


class RepresentativeOut(Struct):
    """Une personne responsable, telle qu'enregistrée."""

    id: UUID
    last_name: str
    first_name: str
    capacity: Capacity
    home: int | None
    email: str
    phone: str
    on_behalf_of: str
    reference: str
    sole_authority: bool

    @classmethod
    def of(cls, person: Representative) -> RepresentativeOut:
        """The wire form of a representative."""
        return cls(**{name: getattr(person, name) for name in cls.__struct_fields__})


class PupilOut(Struct):
    """Un élève du service."""

    id: UUID
    last_name: str
    first_name: str
    birth_date: date
    school: str
    homes: list[HomeOut]
    representatives: list[RepresentativeOut]
    email: str
    phone: str
    protection: ProtectionRegime
    protection_reference: str
    disagreement: bool
    died_on: date | None
    version: int

    @classmethod
    def of(cls, pupil: Pupil) -> PupilOut:
        """The wire form of a pupil."""
        return cls(
            id=pupil.id,
            last_name=pupil.last_name,
            first_name=pupil.first_name,
            birth_date=pupil.birth_date,
            school=pupil.school_uai,
            homes=[HomeOut.of_home(home) for home in pupil.homes],
            representatives=[RepresentativeOut.of(person) for person in pupil.representatives],
            email=pupil.email,
            phone=pupil.phone,
            protection=pupil.protection,
            protection_reference=pupil.protection_reference,
            disagreement=pupil.disagreement,
            died_on=pupil.died_on,
            version=pupil.version,
        )


class PupilSheetOut(PupilOut):
    """Un élève, et les autres fiches du service qui lui ressemblent : mêmes noms, accents à part, même naissance.

    `large_print`, `plain_summary` : sous quelles formes ses conventions sont imprimées aussi ; nuls pour un lecteur.
    """

    possible_doubles: list[UUID] = []
    large_print: bool | None = None
    plain_summary: bool | None = None

    @classmethod
    async def read(cls, pupil: Pupil, *, actor: Actor) -> PupilSheetOut:
        """The wire form of a pupil, with the records that look like the same person's."""
        told = structs.asdict(PupilOut.of(pupil))
        # What whoever reads needs is told to those who print for them.
        writes = Permission.WRITE in PERMISSIONS[actor.role]
        return cls(
            **told,
            possible_doubles=await doubles_of(pupil, actor=actor),
            large_print=pupil.large_print if writes else None,
            plain_summary=pupil.plain_summary if writes else None,
        )


class PupilPage(Struct):
    """Une page d'élèves, les fiches les plus anciennes d'abord."""

    items: list[PupilOut]
    next_cursor: str | None


EXAMPLES = {
    404: ("pupil.not_found", "Aucun élève de votre service n'a cet identifiant."),
    409: ("pupil.changed", "La fiche de l'élève a été modifiée entre-temps. Rechargez-la, puis recommencez."),
}


@post(
    "/",
    operation_id="RegisterPupil",
    summary="Enregistrer un élève",
    tags=["Élèves"],
    responses=problems(*(status for status in WRITE if status != 404), examples=EXAMPLES),
)
async def register_pupil(
    data: JSONBody[PupilBody], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> PupilSheetOut:
    """Un élève, ses domiciles et les personnes responsables. Aucune donnée de santé.

    `possible_doubles` nomme les fiches qui semblent être les siennes : vérifiez qu'il ne s'agit pas du même élève.
    """
    return await PupilSheetOut.read(await pupils.register_pupil(data.command(), actor=actor, now=now), actor=actor)


@get(
    "/",
    operation_id="ListPupils",
    summary="Chercher des élèves",
    tags=["Élèves"],
    responses=problems(*LIST),
)
async def list_pupils(
    actor: NamedDependency[Actor], q: Search = None, limit: Limit = 50, cursor: Cursor = None
) -> PupilPage:
    """Tous les mots de `q` doivent figurer dans le nom ou le prénom."""
    after = read_cursor(cursor, UUID)
    found = await pupils.list_pupils(actor=actor, q=q or "", limit=limit + 1, after=after)
    shown, following = cut(found, limit, lambda pupil: pupil.id)
    return PupilPage(items=[PupilOut.of(pupil) for pupil in shown], next_cursor=following)


@get(
    "/{pupil_id:uuid}",
    operation_id="ReadPupil",
    summary="Lire un élève",
    tags=["Élèves"],
    responses=problems(*READ, examples=EXAMPLES),
)
async def show_pupil(pupil_id: FromPath[UUID], actor: NamedDependency[Actor]) -> PupilSheetOut:
    """Un élève du service."""
    return await PupilSheetOut.read(await pupils.get_pupil(pupil_id, actor=actor), actor=actor)


@patch(
    "/{pupil_id:uuid}",
    operation_id="UpdatePupil",
    summary="Corriger un élève",
    tags=["Élèves"],
    responses=problems(*WRITE, examples=EXAMPLES),
)
async def update_pupil(
    pupil_id: FromPath[UUID],
    data: JSONBody[PupilPatch],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> PupilSheetOut:
    """Les documents déjà émis ne changent pas."""
    command = data.command(pupil_id=pupil_id)
    return await PupilSheetOut.read(await pupils.update_pupil(command, actor=actor, now=now), actor=actor)


class ExportBody(CommandBody[ExportPerson], given=("pupil_id",)):
    """`representative` : ses données à lui, et non celles de l'élève. `handed_to` : qui reçoit."""


@post(
    "/{pupil_id:uuid}/export",
    status_code=200,
    operation_id="ExportPerson",
    summary="Rassembler les données d'une personne",
    tags=["Élèves"],
    media_type="application/zip",
    responses=problems(*WRITE, examples=EXAMPLES),
)
async def export_data(
    pupil_id: FromPath[UUID],
    data: JSONBody[ExportBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[bytes]:
    """Droit d'accès : un ZIP (JSON, page à lire, PDF), sans l'adresse à ne pas communiquer de l'autre domicile."""
    command = data.command(pupil_id=pupil_id)
    return Response(await export_person(command, actor=actor, now=now), media_type="application/zip")


router = Router("/pupils", route_handlers=[register_pupil, list_pupils, show_pupil, update_pupil, export_data])
