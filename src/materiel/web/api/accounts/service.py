"""HTTP for the actor's managing service: parse, call one use case, answer."""

from __future__ import annotations

from datetime import datetime

from litestar import Router, get, patch
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.accounts.service import ManagingService, RenewalPolicy, ServiceKind
from materiel.use_cases.accounts.service import UpdateService, read_service
from materiel.use_cases.accounts.service import update_service as update
from materiel.web.api.body import CommandBody
from materiel.web.api.fields import AddressOut
from materiel.web.api.problems import LIST, WRITE, problems


class ServicePatch(CommandBody[UpdateService], given=("loan_years", "pupil_years", "retention_reference")):
    """Les réglages à changer ; les absents ou nuls restent. Les documents déjà émis ne changent pas."""


class ServiceOut(Struct):
    """Un service gestionnaire, prêteur au nom de l'État."""

    code: str
    name: str
    kind: ServiceKind
    academie: str
    departement: str
    address: AddressOut
    phone: str
    email: str
    opening_hours: str
    signatory_name: str
    signatory_title: str
    delegation: str
    dpo_contact: str
    renewal_policy: RenewalPolicy
    ask_both_parents: bool
    inventory_pattern: str
    version: int

    @classmethod
    def of(cls, service: ManagingService) -> ServiceOut:
        """The wire form of a service."""
        same = {name: getattr(service, name) for name in cls.__struct_fields__ if name != "address"}
        return cls(address=AddressOut.of(service.address), **same)


EXAMPLE = {
    "code": "DSDEN35",
    "name": "DSDEN d'Ille-et-Vilaine",
    "kind": "dsden",
    "academie": "14",
    "departement": "035",
    "address": {"lines": ["1 quai Dujardin"], "postcode": "35000", "city": "Rennes"},
    "phone": "02 99 00 00 00",
    "email": "materiel@example.org",
    "opening_hours": "du lundi au vendredi, de 9 h à 17 h",
    "signatory_name": "Camille Durand",
    "signatory_title": "Inspectrice d'académie – DASEN",
    "delegation": "",
    "dpo_contact": "dpd@example.org",
    "renewal_policy": "yearly",
    "ask_both_parents": False,
    "inventory_pattern": "",
    "version": 1,
}


@get(
    "/",
    operation_id="ReadService",
    summary="Lire son service gestionnaire",
    tags=["Service"],
    opt={"example": EXAMPLE},
    responses=problems(*LIST),
)
async def show_service(actor: NamedDependency[Actor]) -> ServiceOut:
    """Les réglages du service auquel le jeton appartient."""
    return ServiceOut.of(await read_service(actor=actor))


@patch(
    "/",
    operation_id="UpdateService",
    summary="Changer les réglages de son service",
    tags=["Service"],
    opt={"example": EXAMPLE},
    responses=problems(
        *(status for status in WRITE if status != 404),
        examples={409: ("service.changed", "Le service a été modifié entre-temps. Rechargez-le, puis recommencez.")},
    ),
)
async def update_service(
    data: JSONBody[ServicePatch], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> ServiceOut:
    """Réservé à l'administrateur du service."""
    return ServiceOut.of(await update(data.command(), actor=actor, now=now))


router = Router("/service", route_handlers=[show_service, update_service])
