"""Rights of the accounts of a service: change a role, close or reopen one; an administrator always remains."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission, Role
from materiel.domain.accounts.user import DELEGATION_MAX, TITLE_MAX, User
from materiel.domain.language.fields import Fields
from materiel.errors import RuleBroken
from materiel.store.accounts import credential as credentials
from materiel.store.accounts import service as services
from materiel.store.accounts import user as users
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.use_cases.accounts.user import close_inside


@in_one_visit
async def change_role(user_id: UUID, role: Role, *, actor: Actor, now: datetime) -> User:
    """Give an account of the actor's service another role, from its next page on.

    Raises:
        PermissionDenied: the actor is no administrator.
        NotFound: `user.not_found`.
        RuleBroken: `user.last_admin`.
    """
    actor.require(Permission.ADMINISTER)
    async with write_transaction():
        await services.lock(actor.service_id)
        user = await users.get(user_id, actor.service_id)
        if user.role is role:
            return user
        await _check_admin_remains(user, actor)
        changed = await users.set_role(user, role)
        await journal.by(actor, now).note("user.role_changed", user.id, {"from": user.role.value, "to": role.value})
    return changed


@dataclass(frozen=True, slots=True, kw_only=True)
class SetQuality:
    """In what quality an account signs for the State; see `User`."""

    user_id: UUID
    title: str
    delegation: str
    delegation_ends_on: date | None = None


@in_one_visit
async def set_quality(command: SetQuality, *, actor: Actor, now: datetime) -> User:
    """Write the quality and the delegation that each signature of an account bears; those given keep theirs.

    Raises:
        PermissionDenied: the actor is no administrator.
        NotFound: `user.not_found`.
        RuleBroken: `user.invalid`, with one error for each field at fault.
    """
    actor.require(Permission.ADMINISTER)
    fields = Fields("user.invalid")
    title = fields.text("/title", command.title, longest=TITLE_MAX, required=True, name="la qualité")
    delegation = fields.text("/delegation", command.delegation, longest=DELEGATION_MAX, name="la délégation")
    fields.check()
    async with write_transaction():
        await services.lock(actor.service_id)
        user = await users.get(command.user_id, actor.service_id)
        changed = replace(user, title=title, delegation=delegation, delegation_ends_on=command.delegation_ends_on)
        if changed != user:
            await users.set_quality(changed)
            await journal.by(actor, now).note("user.quality_set", user.id)
    return changed


@in_one_visit
async def close_account(user_id: UUID, *, actor: Actor, now: datetime) -> User:
    """Close an account of the actor's service at once, its open sessions included.

    Raises:
        PermissionDenied: the actor is no administrator.
        NotFound: `user.not_found`.
        RuleBroken: `user.last_admin`.
    """
    actor.require(Permission.ADMINISTER)
    async with write_transaction():
        await services.lock(actor.service_id)
        user = await users.get(user_id, actor.service_id)
        await _check_admin_remains(user, actor)
        return await close_inside(user, actor=actor, now=now)


@in_one_visit
async def reopen_account(user_id: UUID, *, actor: Actor, now: datetime) -> User:
    """Let a closed account of the actor's service in again, with a password to choose anew; twice changes nothing.

    Its second factor and its identity at a provider stay as they were.

    Raises:
        PermissionDenied: the actor is no administrator.
        NotFound: `user.not_found`.
    """
    actor.require(Permission.ADMINISTER)
    async with write_transaction():
        await services.lock(actor.service_id)
        user = await users.get(user_id, actor.service_id)
        if user.disabled_at is None:
            return user
        reopened = await users.reopen(user)
        await credentials.forget_password(user.id, now)
        await journal.by(actor, now).note("user.reopened", user.id)
    return reopened


async def _check_admin_remains(user: User, actor: Actor) -> None:
    """Without administrator, nobody of the service could open an account again; read once the service is locked."""
    if user.role is not Role.ADMIN or user.disabled_at is not None:
        return
    others = [
        each
        for each in await users.of_service(actor.service_id)
        if each.role is Role.ADMIN and each.disabled_at is None and each.id != user.id
    ]
    if not others:
        raise RuleBroken(
            "user.last_admin",
            "C'est le dernier administrateur du service : donnez d'abord ce rôle à une autre personne.",
        )
