"""Accounts of the managing services."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Role
from materiel.domain.accounts.user import User
from materiel.errors import Conflict, NotFound
from materiel.store.engine.constraints import refusing
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import UserRow

_USER = Mapper(User, UserRow)
_SELECT = f"SELECT {_USER.selected('app_user')} FROM app_user"
# Asked at every page of an account.
_BY_ID = Statement(f"{_SELECT} WHERE id = {{}}")
_BY_EMAIL = Statement(f"{_SELECT} WHERE email = {{}}")
_OF_SERVICE = Statement(f"{_SELECT} WHERE service = {{}} ORDER BY id")
_DISABLE = Statement("UPDATE app_user SET disabled_at = {} WHERE id = {}")
_SET_ROLE = Statement("UPDATE app_user SET role = {} WHERE id = {}")


async def insert(user: User) -> None:
    """Add an account.

    Raises:
        Conflict: `user.email_taken`, in this service or another.
    """
    taken = Conflict(
        "user.email_taken", "Un compte existe déjà avec cette adresse de courriel ; s’il est fermé, rouvrez-le."
    )
    with refusing({"app_user_email_key": taken}):
        await insert_rows(UserRow, _USER.row(user))


async def get(user_id: UUID, service_id: UUID) -> User:
    """The account of an id in a service.

    Raises:
        NotFound: `user.not_found`.
    """
    user = await find(user_id)
    if user is None or user.service_id != service_id:
        raise NotFound("user.not_found", "Ce compte n’existe pas dans votre service.")
    return user


async def by_email(email: str, service_id: UUID) -> User:
    """The account of an address in lower case in a service.

    Raises:
        NotFound: `user.not_found`.
    """
    user = await find_by_email(email)
    if user is None or user.service_id != service_id:
        raise NotFound("user.not_found", "Aucun compte de votre service n’a cette adresse de courriel.")
    return user


async def find(user_id: UUID) -> User | None:
    """The account of an id in any service, or None: a session or a login does not know the service yet."""
    row = await _BY_ID.fetch_one(user_id)
    return None if row is None else _USER.value(row)


async def find_by_email(email: str) -> User | None:
    """The account of an address in lower case in any service, or None."""
    row = await _BY_EMAIL.fetch_one(email)
    return None if row is None else _USER.value(row)


async def of_service(service_id: UUID) -> list[User]:
    """The accounts of a service, oldest first, disabled ones included."""
    return [_USER.value(row) for row in await _OF_SERVICE.fetch(service_id)]


async def disable(user: User, at: datetime) -> User:
    """Close an account at an instant."""
    await _DISABLE.fetch(at, user.id)
    return replace(user, disabled_at=at)


async def reopen(user: User) -> User:
    """Let a closed account in again."""
    await _DISABLE.fetch(None, user.id)
    return replace(user, disabled_at=None)


async def set_role(user: User, role: Role) -> User:
    """Give an account another role."""
    await _SET_ROLE.fetch(role.value, user.id)
    return replace(user, role=role)
