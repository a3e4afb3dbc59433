"""Accounts (« comptes ») of a managing service: create, list, disable. None is ever deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission, Role
from materiel.domain.accounts.service import ManagingService
from materiel.domain.accounts.session import SubjectKind
from materiel.domain.accounts.user import User
from materiel.domain.language.fields import Fields
from materiel.errors import NotFound
from materiel.store.accounts import calendar_feed as calendar_feeds
from materiel.store.accounts import saved_view as saved_views
from materiel.store.accounts import service as services
from materiel.store.accounts import session as sessions
from materiel.store.accounts import user as users
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal

NAME_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateUser:
    """An account of the actor's service."""

    email: str
    name: str
    role: Role


@in_one_visit
async def create_user(command: CreateUser, *, actor: Actor, now: datetime) -> User:
    """Create an account.

    Raises:
        PermissionDenied: the actor is no administrator.
        RuleBroken: `user.invalid`, with one error for each field at fault.
        Conflict: `user.email_taken`, in any service.
    """
    actor.require(Permission.ADMINISTER)
    fields = Fields("user.invalid")
    email = fields.email("/email", command.email.lower())
    if not email:
        fields.add("/email", "Indiquez l'adresse électronique.")
    name = fields.text("/name", command.name, longest=NAME_MAX, required=True, name="le nom")
    fields.check()
    user = User(
        id=new_id(),
        service_id=actor.service_id,
        email=email,
        name=name,
        role=command.role,
        created_at=now,
    )
    async with write_transaction():
        await users.insert(user)
        await journal.by(actor, now).note("user.created", user.id, {"role": user.role.value})
    return user


async def read_own_account(account_id: UUID) -> tuple[User, ManagingService]:
    """One's own account and the service it belongs to.

    Raises:
        NotFound: `user.not_found`.
    """
    user = await users.find(account_id)
    if user is None:
        raise NotFound("user.not_found", "Ce compte n'existe plus.")
    return user, await services.get(user.service_id)


async def list_users(*, actor: Actor) -> list[User]:
    """The accounts of the actor's service, oldest first, disabled ones included."""
    actor.require(Permission.ADMINISTER)
    return await users.of_service(actor.service_id)


@in_one_visit
async def disable_user(email: str, *, actor: Actor, now: datetime) -> User:
    """Close an account at once; a second time changes nothing.

    Raises:
        PermissionDenied: the actor is no administrator.
        NotFound: `user.not_found`, in the actor's service.
    """
    actor.require(Permission.ADMINISTER)
    async with write_transaction():
        await services.lock(actor.service_id)
        user = await users.by_email(email.strip().lower(), actor.service_id)
        return await close_inside(user, actor=actor, now=now)


async def close_inside(user: User, *, actor: Actor, now: datetime) -> User:
    """Close an account and its open sessions, inside the transaction of a use case that checked who asks."""
    if user.disabled_at is not None:
        return user
    closed = await users.disable(user, now)
    await sessions.delete_of_subject(SubjectKind.ACCOUNT, str(user.id))
    await saved_views.forget(user.id)
    await calendar_feeds.revoke(user.id)
    await journal.by(actor, now).note("user.disabled", user.id)
    return closed
