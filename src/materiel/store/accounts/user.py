"""Accounts of the managing services."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Role
from materiel.domain.accounts.user import User
from materiel.errors import Conflict, NotFound
from materiel.store.engine.constraints import refusing
from materiel.store.engine.database import Row
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import UserRow

# A signatory and a coordinator are kept as readers: earlier releases know three roles, and so does a check of SQLite.
_USER = Mapper(User, UserRow, given=("role",))
_SELECT = (
    f"SELECT {_USER.selected('app_user')}, app_user.role, app_user.signs_for_state, app_user.coordinates FROM app_user"
)
# Asked at every page of an account.
_BY_ID = Statement(f"{_SELECT} WHERE id = {{}}")
_BY_EMAIL = Statement(f"{_SELECT} WHERE email = {{}}")
_OF_SERVICE = Statement(f"{_SELECT} WHERE service = {{}} ORDER BY id")
_DISABLE = Statement("UPDATE app_user SET disabled_at = {} WHERE id = {}")
_SET_ROLE = Statement("UPDATE app_user SET role = {}, signs_for_state = {}, coordinates = {} WHERE id = {}")
_SET_QUALITY = Statement("UPDATE app_user SET title = {}, delegation = {}, delegation_ends_on = {} WHERE id = {}")


async def insert(user: User) -> None:
    """Add an account.

    Raises:
        Conflict: `user.email_taken`, in this service or another.
    """
    taken = Conflict(
        "user.email_taken", "Un compte existe déjà avec cette adresse de courriel ; s’il est fermé, rouvrez-le."
    )
    with refusing({"app_user_email_key": taken}):
        kept, signs, coordinates = _kept(user.role)
        await insert_rows(UserRow, _USER.row(user, role=kept, signs_for_state=signs, coordinates=coordinates))


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
    return None if row is None else _user(row)


async def find_by_email(email: str) -> User | None:
    """The account of an address in lower case in any service, or None."""
    row = await _BY_EMAIL.fetch_one(email)
    return None if row is None else _user(row)


async def of_service(service_id: UUID) -> list[User]:
    """The accounts of a service, oldest first, disabled ones included."""
    return [_user(row) for row in await _OF_SERVICE.fetch(service_id)]


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
    await _SET_ROLE.fetch(*_kept(role), user.id)
    return replace(user, role=role)


async def set_quality(user: User) -> None:
    """Write in what quality an account signs for the State."""
    await _SET_QUALITY.fetch(user.title, user.delegation, user.delegation_ends_on, user.id)


def _kept(role: Role) -> tuple[str, bool, bool]:
    """The columns of a role: the one that every release knows, whether it signs for the State, and coordinates."""
    signs, coordinates = role is Role.SIGNATORY, role is Role.COORDINATOR
    return (Role.READER if signs or coordinates else role).value, signs, coordinates


def _user(row: Row) -> User:
    role = Role.COORDINATOR if row["coordinates"] else Role(row["role"])
    return _USER.value(row, role=Role.SIGNATORY if row["signs_for_state"] else role)
