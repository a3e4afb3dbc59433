"""Sessions: open, resume, list, close. An identifier is always ours, new at each change of rights, and never stored."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.session import HANDED_OVER, LIFETIMES, LINKS, Person, Session, SubjectKind
from materiel.errors import NotFound
from materiel.store.accounts import credential as credentials
from materiel.store.accounts import service as services
from materiel.store.accounts import session as sessions
from materiel.store.accounts import user as users
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.use_cases.accounts.session_notes import SessionNotes

TWO_FACTORS = "two_factors"
"""What a session holds when a provider let in with two factors: they count for that session."""


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session just made, with the `secret` for the cookie: it is kept nowhere else."""

    session: Session
    secret: str


@in_one_visit
async def open_session(
    kind: SubjectKind,
    subject_id: UUID | None,
    service_id: UUID | None,
    *,
    now: datetime,
    data: Mapping[str, object] | None = None,
    instead_of: str | None = None,
    until: datetime | None = None,
) -> OpenedSession:
    """Open a session of 256 random bits; `instead_of`, the secret of the one it replaces, opens nothing any more.

    `until`: when it ends at the latest, if that is sooner than the usual time.
    """
    secret = secrets.token_urlsafe(32)
    session = Session(
        id_hash=session_digest(secret),
        subject_kind=kind,
        subject_id="" if subject_id is None else str(subject_id),
        service_id=service_id,
        data=dict(data or {}),
        created_at=now,
        seen_at=now,
        expires_at=min(now + LIFETIMES[kind].total, until or datetime.max.replace(tzinfo=UTC)),
    )
    async with write_transaction():
        if instead_of is not None:
            await sessions.delete(session_digest(instead_of))
        await sessions.insert(session)
    return OpenedSession(session, secret)


async def resume_session(secret: str, *, now: datetime, notes: SessionNotes) -> Session | None:
    """The session of a cookie; None when it is unknown or over. Writes nothing.

    That it was used is noted once a minute at most, for a loop to write.
    """
    session = await sessions.by_hash(session_digest(secret))
    if session is None:
        return None
    noted = notes.seen_at(session.id_hash)
    if noted is not None and noted > session.seen_at:
        session = replace(session, seen_at=noted)
    if not session.is_valid(now):
        return None
    if not session.is_stale(now):
        return session
    notes.see(session.id_hash, now)
    return replace(session, seen_at=now)


async def person_of(session: Session) -> Person | None:
    """Who is behind a session, asked again at each request; None for a closed account or an anonymous visitor.

    The right of a link to see its records is not known here: its own use cases read the link again.
    """
    if session.subject_kind is SubjectKind.ANONYMOUS:
        return None
    subject_id = UUID(session.subject_id)
    if session.subject_kind is not SubjectKind.ACCOUNT:
        assert session.service_id is not None
        name = session.data.get("name", "")
        return Person(
            kind=session.subject_kind,
            name=str(name),
            service_id=session.service_id,
            zone=await services.zone(session.service_id),
            link_id=subject_id,
            other_links=tuple(UUID(str(each)) for each in _listed(session.data.get(LINKS))),
        )
    user = await users.find(subject_id)
    if user is None or user.disabled_at is not None:
        return None
    if HANDED_OVER in session.data:
        zone = await services.zone(user.service_id)
        return Person(kind=SubjectKind.HANDED, name="", service_id=user.service_id, zone=zone)
    # What a provider checked is not ours to ask again at each signature: whoever signs has a factor of their own here.
    is_vouched_for = TWO_FACTORS in session.data and user.role is not Role.SIGNATORY
    owes = not is_vouched_for and await credentials.owes_second_factor(user.id)
    zone, delays = await services.zone_and_delays(user.service_id)
    return Person(
        kind=SubjectKind.ACCOUNT,
        name=user.name,
        service_id=user.service_id,
        zone=zone,
        account_id=user.id,
        actor=None if owes else Actor(f"user:{user.id}", user.role, user.service_id, zone, delays),
    )


async def agent_of(session_of_account: Session) -> Actor:
    """The agent who handed over the device of a session: what is signed there is signed before them.

    Raises:
        NotFound: `session.not_found`, the account was closed meanwhile.
    """
    user = await users.find(UUID(session_of_account.subject_id))
    if user is None or user.disabled_at is not None:
        raise NotFound("session.not_found", "Cette connexion est fermée.")
    zone, delays = await services.zone_and_delays(user.service_id)
    return Actor(f"user:{user.id}", user.role, user.service_id, zone, delays)


@in_one_visit
async def keep_in_session(session: Session, data: Mapping[str, object]) -> Session:
    """Replace the data of a session."""
    async with write_transaction():
        await sessions.keep(session.id_hash, data)
    return replace(session, data=dict(data))


@in_one_visit
async def close_session(secret: str) -> None:
    """End the session of a cookie."""
    async with write_transaction():
        await sessions.delete(session_digest(secret))


async def list_sessions(kind: SubjectKind, subject_id: UUID, *, now: datetime) -> list[Session]:
    """The open sessions of an account or a link, latest used first."""
    return [each for each in await sessions.of_subject(kind, str(subject_id)) if each.is_valid(now)]


@in_one_visit
async def revoke_session(id_hash: str, *, account_id: UUID) -> None:
    """End one of the account's own sessions.

    Raises:
        NotFound: `session.not_found`, unknown, over or someone else's.
    """
    async with write_transaction():
        session = await sessions.by_hash(id_hash)
        if session is None or (session.subject_kind, session.subject_id) != (SubjectKind.ACCOUNT, str(account_id)):
            raise NotFound("session.not_found", "Cette connexion est déjà fermée.")
        await sessions.delete(id_hash)


@in_one_visit
async def close_sessions_of(kind: SubjectKind, subject_id: UUID, *, but: str | None = None) -> int:
    """End every session of an account or a link, except the one of the secret `but`; their number.

    To be called when rights change: a new password, a revoked link, a closed account.
    """
    kept = "" if but is None else session_digest(but)
    async with write_transaction():
        return await sessions.delete_of_subject(kind, str(subject_id), but=kept)


def _listed(held: object) -> list[object]:
    return held if isinstance(held, list) else []


def session_digest(secret: str) -> str:
    """What the database keeps of a cookie: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
