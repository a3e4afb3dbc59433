"""Whether a service requires a second factor of its accounts, and how many lack one. Tokens are not concerned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.store.accounts import credential as credentials
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal


@dataclass(frozen=True, slots=True)
class SecondFactorRule:
    """The choice of a service; `lacking` holds its open accounts that have no second factor of their own."""

    is_required: bool
    lacking: frozenset[UUID]


async def read_second_factor_rule(*, actor: Actor) -> SecondFactorRule:
    """The choice of the actor's service.

    Raises:
        PermissionDenied: the actor is no administrator.
    """
    actor.require(Permission.ADMINISTER)
    service = await services.get(actor.service_id)
    return SecondFactorRule(service.require_second_factor, await credentials.without_second_factor(service.id))


@in_one_visit
async def set_second_factor_rule(*, is_required: bool, actor: Actor, now: datetime) -> None:
    """Require a second factor, or leave it to each account; nobody is shut out, the actor neither.

    From its next page on, an account without one is led to set it up and reaches nothing else until then.

    Raises:
        PermissionDenied: the actor is no administrator.
    """
    actor.require(Permission.ADMINISTER)
    async with write_transaction():
        service = await services.get(actor.service_id)
        if service.require_second_factor == is_required:
            return
        await services.save(replace(service, require_second_factor=is_required))
        await journal.by(actor, now).note(
            "service.second_factor_required" if is_required else "service.second_factor_optional",
            service.id,
        )
