"""The second factor of an account: a code every thirty seconds (TOTP, RFC 6238), and codes for a lost phone."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import pyotp

from materiel.documents.labels.qr import matrix
from materiel.domain.accounts.attempt import OWN_PASSWORD
from materiel.domain.accounts.credential import RECOVERY_CODES, Credential
from materiel.domain.accounts.event import AccountEvent
from materiel.domain.accounts.refused_access import RefusedKind
from materiel.domain.accounts.session import SubjectKind
from materiel.domain.accounts.user import User
from materiel.domain.accounts.visit import Visit
from materiel.errors import RuleBroken
from materiel.store.accounts import credential as credentials
from materiel.store.accounts import known_device
from materiel.store.accounts import user as users
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.use_cases.accounts.attempt import begin_trial
from materiel.use_cases.accounts.event import tell_owner
from materiel.use_cases.accounts.session import close_sessions_of
from materiel.use_cases.history.refusal import note_refusal
from materiel.use_cases.process.secrecy import decrypt, encrypt, is_password

PERIOD = 30
DRIFT = (0, -1, 1)
"""Periods accepted around the present one: the clock of a phone is rarely right to the second."""

SEED = "totp"
_CODE = re.compile(r"[0-9]{6}")
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the phone must learn: the seed as text, the address of the QR code and its dark modules, row by row."""

    seed: str
    address: str
    modules: tuple[tuple[bool, ...], ...]


@dataclass(frozen=True, slots=True)
class Protection:
    """How an account is protected; `codes_left` counts the recovery codes not used yet."""

    has_password: bool
    confirmed_at: datetime | None
    codes_left: int


async def protection_of(account_id: UUID) -> Protection:
    """How an account is protected now."""
    credential = await credentials.get(account_id)
    confirmed_at = credential.totp_confirmed_at if credential else None
    left = await credentials.recovery_codes_left(account_id) if confirmed_at else 0
    return Protection(bool(credential and credential.password_hash), confirmed_at, left)


@in_one_visit
async def begin_enrolment(account_id: UUID, *, secret_key: str, now: datetime) -> None:
    """Draw a seed; it counts for nothing until a code is given back.

    An account that only a provider lets in may have a second factor too: without a password, its proofs begin here.

    Raises:
        RuleBroken: `second_factor.active`, there is one already.
    """
    async with write_transaction():
        known = await credentials.get(account_id)
        credential = known or Credential(account_id=account_id, password_hash="", changed_at=now)
        if credential.has_second_factor:
            raise RuleBroken("second_factor.active", "Le second facteur est déjà actif.")
        seed = encrypt(secret_key, SEED, pyotp.random_base32())
        await credentials.put(replace(credential, totp_secret=seed, totp_last_step=0))


async def enrolment_of(account_id: UUID, *, secret_key: str, site_name: str) -> Enrolment | None:
    """What to show to the phone; None before `begin_enrolment` and once the factor is active."""
    credential = await credentials.get(account_id)
    user = await users.find(account_id)
    if user is None or credential is None or not credential.totp_secret or credential.has_second_factor:
        return None
    seed = decrypt(secret_key, SEED, credential.totp_secret)
    address = pyotp.TOTP(seed).provisioning_uri(name=user.email, issuer_name=site_name)
    return Enrolment(seed, address, matrix(address, "L"))


@in_one_visit
async def confirm_enrolment(account_id: UUID, code: str, *, secret_key: str, visit: Visit, now: datetime) -> list[str]:
    """Make the factor active once a code is right, and give the recovery codes: they are shown now and never again.

    Sessions opened until then proved less: every one is over, the caller's included.

    Raises:
        RuleBroken: `second_factor.wrong_code`.
    """
    async with write_transaction():
        credential = await credentials.get(account_id)
        step = _step_of(credential, code, secret_key, now) if credential else None
        if credential is None or credential.has_second_factor or step is None:
            raise RuleBroken(
                "second_factor.wrong_code",
                "Ce code n'est pas le bon. Vérifiez l'heure de votre téléphone et saisissez le code suivant.",
            )
        await credentials.put(replace(credential, totp_confirmed_at=now, totp_last_step=step))
        codes = await _new_codes(account_id)
        await _note(account_id, "user.second_factor_set", AccountEvent.FACTOR_SET, visit.base_url, now)
    await close_sessions_of(SubjectKind.ACCOUNT, account_id)
    return codes


async def renew_recovery_codes(account_id: UUID, password: str, *, visit: Visit, now: datetime) -> list[str]:
    """New recovery codes, against the password; the former ones are dead.

    Raises:
        TooManyRequests: `login.too_many`.
        RuleBroken: `credential.wrong_password`.
    """
    await check_own_password(account_id, password, visit=visit, now=now)
    async with write_transaction():
        codes = await _new_codes(account_id)
        await _note(account_id, "user.recovery_codes_renewed", AccountEvent.CODES_RENEWED, visit.base_url, now)
    return codes


async def remove_second_factor(account_id: UUID, password: str, *, visit: Visit, now: datetime) -> None:
    """Do without a second factor again, against the password.

    Raises:
        TooManyRequests: `login.too_many`.
        RuleBroken: `credential.wrong_password`.
    """
    await check_own_password(account_id, password, visit=visit, now=now)
    async with write_transaction():
        await drop_second_factor(account_id, actor_id=f"user:{account_id}", base_url=visit.base_url, now=now)


async def drop_second_factor(account_id: UUID, *, actor_id: str, base_url: str, now: datetime) -> None:
    """Forget the seed and the recovery codes; inside the transaction of a use case that checked who asks."""
    credential = await credentials.get(account_id)
    if credential is None or not credential.totp_secret:
        return
    await credentials.put(replace(credential, totp_secret="", totp_confirmed_at=None, totp_last_step=0))
    await credentials.replace_recovery_codes(account_id, [])
    is_own = actor_id == f"user:{account_id}"
    event = AccountEvent.FACTOR_REMOVED if is_own else AccountEvent.FACTOR_FORGOTTEN
    await _note(account_id, "user.second_factor_removed", event, base_url, now, actor_id=actor_id)


@in_one_visit
async def accept_code(account_id: UUID, code: str, secret_key: str, *, now: datetime) -> bool:
    """Whether a one-time code or a recovery code is right; it is used up at once. Tries are limited by the caller."""
    code = re.sub(r"[\s-]", "", code).lower()
    async with write_transaction():
        credential = await credentials.get(account_id)
        if credential is None or not credential.has_second_factor:
            return False
        if not _CODE.fullmatch(code):
            return await credentials.use_recovery_code(account_id, _digest(account_id, code), now)
        step = _step_of(credential, code, secret_key, now)
        return step is not None and await credentials.accept_step(account_id, step)


async def spend_phone_code(account_id: UUID, code: str, secret_key: str, *, now: datetime) -> bool:
    """Whether a one-time code of the phone is right, which is then used up; inside the transaction of what it allows.

    A recovery code only opens the account: what stands for a lost phone signs nothing. Tries are limited by the caller.
    """
    credential = await credentials.get(account_id)
    if credential is None or not credential.has_second_factor:
        return False
    step = _step_of(credential, code, secret_key, now)
    return step is not None and await credentials.accept_step(account_id, step)


async def check_own_password(account_id: UUID, password: str, *, visit: Visit, now: datetime) -> None:
    """Ask again for the password before what weakens an account; `/password` is the field at fault.

    Raises:
        TooManyRequests: `login.too_many`.
        RuleBroken: `credential.wrong_password`.
    """
    is_known = await known_device.is_known(account_id, visit.device)
    trial = await begin_trial(OWN_PASSWORD, str(account_id), visit, is_known=is_known, now=now)
    credential = await credentials.get(account_id)
    if not await is_password(credential.password_hash if credential else None, password):
        note_refusal(RefusedKind.OWN_PASSWORD, await users.find(account_id), visit.network)
        raise wrong_password()
    await trial.succeeded()


def wrong_password() -> RuleBroken:
    """What to say of a password that is not, or no longer, the account's own."""
    return RuleBroken("credential.wrong_password", "Ce n'est pas votre mot de passe actuel. Saisissez-le de nouveau.")


def _step_of(credential: Credential, code: str, secret_key: str, now: datetime) -> int | None:
    """The period whose code this is, after the last one accepted; None otherwise."""
    code = re.sub(r"\s", "", code)
    if not credential.totp_secret or not _CODE.fullmatch(code):
        return None
    totp = pyotp.TOTP(decrypt(secret_key, SEED, credential.totp_secret))
    present = int(now.timestamp()) // PERIOD
    for drift in DRIFT:
        step = present + drift
        if step > credential.totp_last_step and hmac.compare_digest(totp.generate_otp(step), code):
            return step
    return None


async def _new_codes(account_id: UUID) -> list[str]:
    # Ten signs of an alphabet of thirty-one: about fifty random bits, tried six times a quarter of an hour.
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    await credentials.replace_recovery_codes(account_id, [_digest(account_id, code) for code in codes])
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _digest(account_id: UUID, code: str) -> str:
    return hashlib.sha256(f"{account_id}|{code}".encode()).hexdigest()


async def _note(
    account_id: UUID, action: str, event: AccountEvent, base_url: str, now: datetime, *, actor_id: str = ""
) -> None:
    """Write to the journal, and to the owner."""
    user: User | None = await users.find(account_id)
    assert user is not None
    await journal.By(user.service_id, actor_id or f"user:{user.id}", now).note(action, user.id)
    await tell_owner(user, event, base_url=base_url, now=now)
