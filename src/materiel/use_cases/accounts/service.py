"""Managing services (« services gestionnaires »): create, list, find, change the settings of one's own.

Creating one belongs to whoever installs the product, hence to the command line: no role gives that right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from materiel.domain.academies import academie_code, departement_code
from materiel.domain.accounts.delays import AMBER_DAYS, LEAST_DELAY, MOST_DELAY, RED_DAYS
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import (
    LOAN_YEARS,
    MOST_REPLACEMENTS,
    PUPIL_YEARS,
    ManagingService,
    RenewalPolicy,
    ServiceKind,
    StateSigns,
    checked_service,
)
from materiel.domain.address import Address
from materiel.domain.language.bounds import Bounds, Email, Phone, Version, filled, line
from materiel.errors import Conflict, NotFound
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.use_cases.papers.printable import printable

DELAY = Bounds(ge=LEAST_DELAY, le=MOST_DELAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateService:
    """A new managing service. `academie` and `departement` in any usual spelling: `1`, `01`, `001`."""

    code: str
    name: str
    kind: ServiceKind
    academie: str
    departement: str
    address: Address
    phone: str = ""
    email: str = ""
    opening_hours: str = ""
    signatory_name: str = ""
    signatory_title: str = ""
    delegation: str = ""
    dpo_contact: str = ""
    renewal_policy: RenewalPolicy = RenewalPolicy.YEARLY
    ask_both_parents: bool = False
    inventory_pattern: str = ""
    loan_years: int = LOAN_YEARS
    pupil_years: int = PUPIL_YEARS
    retention_reference: str = ""
    reminds_daily: bool = False
    amber_days: int = AMBER_DAYS
    red_days: int = RED_DAYS
    witness_email: str = ""
    state_signs: StateSigns = StateSigns.ANY
    replacement_limit: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateService:
    """New settings of the actor's own service; None leaves a setting as it is. `version` is the one read.

    Code, kind, académie and département never change: they are part of what was issued.
    """

    version: Version
    name: Annotated[str, filled(200)] | None = None
    address: Address | None = None
    phone: Phone | None = None
    email: Email | None = None
    opening_hours: Annotated[str, line(200)] | None = None
    signatory_name: Annotated[str, line(200)] | None = None
    signatory_title: Annotated[str, line(200)] | None = None
    delegation: Annotated[str, line(400)] | None = None
    dpo_contact: Annotated[str, line(254)] | None = None
    renewal_policy: RenewalPolicy | None = None
    ask_both_parents: bool | None = None
    inventory_pattern: Annotated[str, line(60)] | None = None
    loan_years: int | None = None
    pupil_years: int | None = None
    retention_reference: str | None = None
    reminds_daily: bool | None = None
    amber_days: Annotated[int, DELAY] | None = None
    red_days: Annotated[int, DELAY] | None = None
    witness_email: Email | None = None
    state_signs: StateSigns | None = None
    replacement_limit: Annotated[int, Bounds(ge=0, le=MOST_REPLACEMENTS)] | None = None


@in_one_visit
async def create_service(command: CreateService, *, actor_id: str, now: datetime) -> ManagingService:
    """Create a managing service.

    Args:
        actor_id: who installs, as the journal keeps it.

    Raises:
        RuleBroken: `service.invalid`.
        Conflict: `service.code_taken`.
    """
    service = checked_service(
        ManagingService(
            id=new_id(),
            code=command.code.strip().upper(),
            kind=command.kind,
            academie=academie_code(command.academie),
            departement=departement_code(command.departement),
            **{name: getattr(command, name) for name in _SETTINGS},
        )
    )
    async with write_transaction():
        await services.insert(printable(service))
        await journal.By(service.id, actor_id, now).note("service.created", service.id, {"code": service.code})
    return service


@in_one_visit
async def update_service(command: UpdateService, *, actor: Actor, now: datetime) -> ManagingService:
    """Change settings of the actor's own service; documents already issued keep what they say.

    Raises:
        PermissionDenied: the actor is no administrator.
        RuleBroken: `service.invalid`.
        Conflict: `service.changed`, someone changed it in the meantime.
    """
    actor.require(Permission.ADMINISTER)
    changes = {name: value for name in _SETTINGS if (value := getattr(command, name)) is not None}
    async with write_transaction():
        service = await services.get(actor.service_id)
        changed = checked_service(replace(service, **changes, version=command.version))
        saved = await services.save(printable(changed))
        await journal.by(actor, now).note("service.updated", saved.id, {"fields": sorted(changes)})
    return saved


async def read_service(*, actor: Actor) -> ManagingService:
    """The actor's own service."""
    actor.require(Permission.READ)
    return await services.get(actor.service_id)


async def list_services() -> list[ManagingService]:
    """Every service of the installation, by code; for whoever installs, hence without an actor."""
    return sorted(await services.all(), key=lambda service: service.code)


async def choose_service(code: str | None) -> ManagingService:
    """The service of a code, or the only one of the installation when no code is given.

    Raises:
        NotFound: `service.not_found`, no such code; `service.none`, the installation has no service yet.
        Conflict: `service.ambiguous`, several services and no code.
    """
    if code is not None:
        return await services.by_code(code.strip().upper())
    known = await list_services()
    if not known:
        raise NotFound("service.none", "Aucun service n'existe encore. Créez-en un par « materiel service create ».")
    if len(known) > 1:
        codes = ", ".join(service.code for service in known)
        raise Conflict("service.ambiguous", f"Plusieurs services existent ; précisez --service parmi {codes}.")
    return known[0]


_SETTINGS = tuple(name for name in UpdateService.__dataclass_fields__ if name != "version")
