"""HTTP for the actor's managing service: parse, call one use case, answer."""

from __future__ import annotations

from datetime import datetime

from litestar import Router, get, patch
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.accounts.service import ManagingService, RenewalPolicy, ServiceKind, StateSigns
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
    reminds_daily: bool
    amber_days: int
    red_days: int
    witness_email: str
    state_signs: StateSigns
    replacement_limit: int
    version: int

    @classmethod
    def of(cls, service: ManagingService) -> ServiceOut:
        """The wire form of a service."""
        same = {name: getattr(service, name) for name in cls.__struct_fields__ if name != "address"}
        return cls(address=AddressOut.of(service.address), **same)


@get(
    "/",
    operation_id="ReadService",
    summary="Lire son service gestionnaire",
    tags=["Service"],
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
