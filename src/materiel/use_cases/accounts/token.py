"""API tokens (« jetons »): make one and show it once, list, revoke, and tell who acts through one."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.roles import PROGRAM_ROLES, Actor, Permission, Role
from materiel.domain.accounts.token import Token
from materiel.domain.language.fields import clean_text
from materiel.errors import RuleBroken
from materiel.store.accounts import token as tokens
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal

PREFIX = "materiel_"
"""Lets a leaked token be recognised in a file or a log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateToken:
    """A token for the actor's service. `expires_on` is its last day; None never expires."""

    role: Role
    label: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made, with its `secret`: it is shown now and kept nowhere."""

    token: Token
    secret: str


@in_one_visit
async def create_token(command: CreateToken, *, actor: Actor, now: datetime) -> NewToken:
    """Make a token of 256 random bits; the database keeps its SHA-256 only.

    Raises:
        PermissionDenied: the actor is no administrator.
        RuleBroken: `token.already_expired`, the last day is over; `token.signatory`, a role of people alone.
    """
    actor.require(Permission.ADMINISTER)
    if command.role not in PROGRAM_ROLES:
        raise RuleBroken(
            "token.signatory",
            "Un jeton ne signe pas pour l'État : une personne le fait avec son compte. Choisissez un autre rôle.",
        )
    if command.expires_on is not None and command.expires_on < actor.civil_date(now):
        raise RuleBroken("token.already_expired", "La date de fin du jeton est passée ; choisissez-en une à venir.")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = Token(
        id=new_id(),
        service_id=actor.service_id,
        label=clean_text(command.label),
        role=command.role,
        created_at=now,
        expires_on=command.expires_on,
    )
    async with write_transaction():
        await tokens.insert(token, _digest(secret))
        await journal.by(actor, now).note("token.created", token.id, {"role": token.role.value})
    return NewToken(token, secret)


async def list_tokens(*, actor: Actor) -> list[Token]:
    """The tokens of the actor's service, oldest first, revoked ones included."""
    actor.require(Permission.ADMINISTER)
    return await tokens.of_service(actor.service_id)


@in_one_visit
async def revoke_token(token_id: UUID, *, actor: Actor, now: datetime) -> Token:
    """End a token at once; a second time changes nothing.

    Raises:
        PermissionDenied: the actor is no administrator.
        NotFound: `token.not_found`, in the actor's service.
    """
    actor.require(Permission.ADMINISTER)
    async with write_transaction():
        token = await tokens.get(token_id, actor.service_id)
        if token.revoked_at is not None:
            return token
        revoked = await tokens.revoke(token, now)
        await journal.by(actor, now).note("token.revoked", token.id)
    return revoked


async def authenticate(secret: str, now: datetime) -> Actor | None:
    """Who acts through a token; None for an unknown, revoked or expired one, without saying which."""
    found = await tokens.by_hash(_digest(secret))
    if found is None:
        return None
    token, zone, delays = found
    actor = token.actor(zone, delays)
    return actor if token.is_valid(actor.civil_date(now)) else None


def _digest(secret: str) -> str:
    # 256 random bits need no slow hash: there is nothing to guess.
    return hashlib.sha256(secret.encode()).hexdigest()
