"""Passwords of the accounts: chosen through a link that an administrator gives, changed by their owner."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from materiel.domain.accounts.credential import INVITATION_DAYS, Credential, checked_password
from materiel.domain.accounts.event import AccountEvent
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.session import SubjectKind
from materiel.domain.accounts.user import User
from materiel.domain.accounts.visit import Visit
from materiel.errors import NotFound
from materiel.store.accounts import credential as credentials
from materiel.store.accounts import known_device
from materiel.store.accounts import user as users
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.use_cases.accounts.event import tell_owner
from materiel.use_cases.accounts.second_factor import check_own_password, drop_second_factor, wrong_password
from materiel.use_cases.accounts.session import close_sessions_of
from materiel.use_cases.process.secrecy import hash_password, key_for

PATH = "/invitation/"
_FORM = struct.Struct(">16sI20s")
"""The account, the end in seconds since 1970, the beginning of the signature."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link to choose a password, shown now and kept nowhere; it works until `expires_at` and once."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class InvitedUser:
    """Whom a link invites. `proof` ties the rest of the way to the link's: it changes with the password."""

    user: User
    proof: str


@in_one_visit
async def invite_user(
    email: str,
    *,
    actor: Actor,
    base_url: str,
    secret_key: str,
    now: datetime,
    forget_second_factor: bool = False,
) -> Invitation:
    """A link with which somebody of the actor's service chooses a password, the first one or a new one.

    Args:
        forget_second_factor: the phone and the recovery codes are lost.

    Raises:
        PermissionDenied: the actor is no administrator.
        NotFound: `user.not_found`, in the actor's service.
    """
    actor.require(Permission.ADMINISTER)
    async with write_transaction():
        user = await users.by_email(email.strip().lower(), actor.service_id)
        if forget_second_factor:
            await drop_second_factor(user.id, actor_id=actor.id, base_url=base_url, now=now)
        await journal.By(user.service_id, actor.id, now).note("user.invited", user.id)
        credential = await credentials.get(user.id)
    # Whole seconds: what the link says is what the person is told.
    expires_at = datetime.fromtimestamp(int((now + timedelta(days=INVITATION_DAYS)).timestamp()), UTC)
    signature = _signature(user.id, expires_at, credential, secret_key)
    token = _FORM.pack(user.id.bytes, int(expires_at.timestamp()), signature)
    return Invitation(base_url + PATH + base64.urlsafe_b64encode(token).decode().rstrip("="), expires_at)


async def read_invitation(token: str, *, secret_key: str, now: datetime) -> InvitedUser:
    """Whom a link invites; reading it changes nothing, so that a mail scanner may follow it.

    Raises:
        NotFound: `invitation.not_found`, forged, over, used already, or for a closed account.
    """
    try:
        account, end, signature = _FORM.unpack(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (struct.error, binascii.Error, ValueError) as error:
        raise _unknown() from error
    user = await users.find(UUID(bytes=account))
    expires_at = datetime.fromtimestamp(end, UTC)
    if user is None or user.disabled_at is not None or now >= expires_at:
        raise _unknown()
    credential = await credentials.get(user.id)
    if not hmac.compare_digest(signature, _signature(user.id, expires_at, credential, secret_key)):
        raise _unknown()
    return InvitedUser(user, _proof(credential))


async def choose_password(
    account_id: UUID, proof: str, password: str, again: str, *, visit: Visit | None, now: datetime
) -> User:
    """Set the password of an invited account; its other links and its sessions are over, and its owner is told.

    Of the devices it knew, only the present one is left: it knows that one, which held the link.

    Args:
        visit: None when nobody visits: the demonstration gives its own accounts a password that everybody knows.

    Raises:
        NotFound: `invitation.not_found`, the password was changed since the link was opened.
        RuleBroken: `credential.invalid`.
    """
    user = await users.find(account_id)
    if user is None or user.disabled_at is not None:
        raise _unknown()
    password_hash = await hash_password(
        checked_password(password, again, user=user, pointers=("/password", "/password_again"))
    )
    async with write_transaction():
        former = await credentials.get(account_id)
        if not hmac.compare_digest(_proof(former), proof):
            raise _unknown()
        if not await credentials.set_password(account_id, password_hash, former=_hash_of(former), at=now):
            raise _unknown()
        await journal.By(user.service_id, f"user:{user.id}", now).note("user.password_set", user.id)
        if visit is not None:
            await known_device.forget_others(account_id, visit.device)
            await known_device.note(account_id, visit.device, now)
            event = AccountEvent.PASSWORD_SET
            await tell_owner(user, event, base_url=visit.base_url, now=now, browser=visit.browser)
    await close_sessions_of(SubjectKind.ACCOUNT, account_id)
    return user


async def change_password(
    account_id: UUID, current: str, password: str, again: str, *, keep_session: str, visit: Visit, now: datetime
) -> None:
    """Change one's own password; every other session is over, and no other device is known any more.

    Args:
        keep_session: the secret of the session that asks.

    Raises:
        TooManyRequests: `login.too_many`.
        RuleBroken: `credential.wrong_password`; `credential.invalid`.
    """
    await check_own_password(account_id, current, visit=visit, now=now)
    user = await users.find(account_id)
    assert user is not None
    password_hash = await hash_password(
        checked_password(password, again, user=user, pointers=("/password", "/password_again"))
    )
    async with write_transaction():
        former = _hash_of(await credentials.get(account_id))
        if not await credentials.set_password(account_id, password_hash, former=former, at=now):
            raise wrong_password()
        await known_device.forget_others(account_id, visit.device)
        await journal.By(user.service_id, f"user:{user.id}", now).note("user.password_changed", user.id)
        event = AccountEvent.PASSWORD_CHANGED
        await tell_owner(user, event, base_url=visit.base_url, now=now, browser=visit.browser)
    await close_sessions_of(SubjectKind.ACCOUNT, account_id, but=keep_session)


def _hash_of(credential: Credential | None) -> str:
    return credential.password_hash if credential else ""


def _proof(credential: Credential | None) -> str:
    """Changes with the password, so that a link serves once."""
    return hashlib.sha256(_hash_of(credential).encode()).hexdigest()


def _signature(account_id: UUID, expires_at: datetime, credential: Credential | None, secret_key: str) -> bytes:
    signed = f"{account_id}|{int(expires_at.timestamp())}|{_proof(credential)}".encode()
    return hmac.digest(key_for(secret_key, "invitation"), signed, hashlib.sha256)[:20]


def _unknown() -> NotFound:
    return NotFound(
        "invitation.not_found",
        "Ce lien n'est plus valable : il a servi, il a expiré ou son adresse est incomplète. "
        "Demandez-en un autre à l'administrateur de votre service.",
    )
