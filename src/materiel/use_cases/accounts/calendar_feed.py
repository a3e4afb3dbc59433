"""The private address of one's calendar: make it or another, forget it. What it shows is in `desk.agenda`."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.user import User
from materiel.errors import Conflict, NotFound
from materiel.store.accounts import calendar_feed as feeds
from materiel.store.accounts import user as users
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal


def digest_of(secret: str) -> str:
    """What is kept of a secret: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def calendar_made_at(account_id: UUID) -> datetime | None:
    """When the address of one's calendar was made; None without one."""
    return await feeds.made_at(account_id)


@in_one_visit
async def make_calendar(account_id: UUID, *, now: datetime) -> str:
    """Make the address of one's calendar, instead of a former one that is worth nothing any more; its secret.

    Raises:
        NotFound: `user.not_found`.
    """
    secret = secrets.token_urlsafe(32)
    async with write_transaction():
        user = await _own(account_id)
        await feeds.put(user.id, digest_of(secret), now)
        await _note("user.calendar_made", user, now)
    return secret


@in_one_visit
async def revoke_calendar(account_id: UUID, *, now: datetime) -> None:
    """Forget the address of one's calendar: it answers nothing any more.

    Raises:
        NotFound: `user.not_found`.
        Conflict: `calendar.none`.
    """
    async with write_transaction():
        user = await _own(account_id)
        if not await feeds.revoke(user.id):
            raise Conflict("calendar.none", "Votre agenda n'a pas d'adresse : il n'y a rien à fermer.")
        await _note("user.calendar_revoked", user, now)


async def _own(account_id: UUID) -> User:
    user = await users.find(account_id)
    if user is None or user.disabled_at is not None:
        raise NotFound("user.not_found", "Ce compte n'existe plus.")
    return user


async def _note(action: str, user: User, now: datetime) -> None:
    await journal.By(user.service_id, f"user:{user.id}", now).note(action, user.id)
