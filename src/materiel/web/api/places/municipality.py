"""HTTP for municipalities and who signs for them: parse, call one use case, answer."""

from __future__ import annotations

from datetime import datetime

from litestar import Router, get, patch
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.address import Address
from materiel.domain.places.municipality import AuthorityKind, Municipality
from materiel.settings import Settings
from materiel.use_cases.places import municipality as municipalities
from materiel.use_cases.places.municipality import UpdateMunicipality
from materiel.web.api.body import CommandBody
from materiel.web.api.fields import AddressOut
from materiel.web.api.problems import READ, WRITE, problems


class MunicipalityPatch(CommandBody[UpdateMunicipality], given=("insee_code",)):
    """Les coordonnées à changer ; les champs absents ou nuls restent."""


class MunicipalityOut(Struct):
    """Une commune : son maire, qui reçoit les notifications, et la collectivité qui signe les dépôts."""

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
    version: int

    @classmethod
    def of(cls, municipality: Municipality) -> MunicipalityOut:
        """The wire form of a municipality."""
        addresses = ("address", "authority_address")
        same = {name: getattr(municipality, name) for name in cls.__struct_fields__ if name not in addresses}
        return cls(
            address=_address(municipality.address),
            authority_address=_address(municipality.authority_address),
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


router = Router("/municipalities", route_handlers=[show_municipality, update_municipality])
