"""Logging in: password, then one-time code; or an identity at a provider. A known address looks like any other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.attempt import CODE, PASSWORD, Guard
from materiel.domain.accounts.event import AccountEvent
from materiel.domain.accounts.refused_access import RefusedKind
from materiel.domain.accounts.user import User
from materiel.domain.accounts.visit import Visit
from materiel.errors import RuleBroken, TooManyRequests
from materiel.store.accounts import credential as credentials
from materiel.store.accounts import known_device
from materiel.store.accounts import user as users
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.use_cases.accounts.attempt import Trial, begin_trial
from materiel.use_cases.accounts.event import tell_owner
from materiel.use_cases.accounts.second_factor import accept_code
from materiel.use_cases.history.refusal import note_refusal
from materiel.use_cases.process.secrecy import hash_password, is_password, needs_rehash


@dataclass(frozen=True, slots=True)
class Recognised:
    """An account whose first proof was right; `asks_code` when a one-time code must follow.

    `has_two_factors`: a provider vouched for two.
    """

    user: User
    asks_code: bool
    has_two_factors: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a provider says it is, and whether it checked two factors; `email` is empty unless it answers for it."""

    issuer: str
    subject: str
    email: str
    has_two_factors: bool


async def check_password(email: str, password: str, *, visit: Visit, now: datetime) -> Recognised:
    """Recognise an account by its password.

    Raises:
        TooManyRequests: `login.too_many`.
        RuleBroken: `login.refused` for an unknown address, a wrong password, a closed account or one without a
            password, in the same words and the same time.
    """
    email = email.strip().lower()
    is_known = await known_device.is_known_by_email(email, visit.device)
    user = await users.find_by_email(email)
    trial = await _begin(PASSWORD, email, user, visit, is_known=is_known, now=now)
    credential = await credentials.get(user.id) if user is not None else None
    is_right = await is_password(credential.password_hash if credential else None, password)
    if not is_right or user is None or credential is None or user.disabled_at is not None:
        _note_refusal(RefusedKind.PASSWORD, user, visit)
        raise RuleBroken(
            "login.refused",
            "Adresse électronique ou mot de passe incorrect. Vérifiez-les ; si vous n'avez plus votre mot de passe, "
            "demandez un lien à l'administrateur de votre service.",
        )
    await trial.succeeded()
    if needs_rehash(credential.password_hash):
        stronger = await hash_password(password)
        async with write_transaction():
            former, changed_at = credential.password_hash, credential.changed_at
            await credentials.set_password(user.id, stronger, former=former, at=changed_at)
    return Recognised(user, credential.has_second_factor)


async def check_code(account_id: UUID, code: str, *, secret_key: str, visit: Visit, now: datetime) -> User:
    """Recognise the second factor of an account: a one-time code, or a recovery code.

    Raises:
        TooManyRequests: `login.too_many`.
        RuleBroken: `login.code_refused`, wrong, too old or used already.
    """
    is_known = await known_device.is_known(account_id, visit.device)
    user = await users.find(account_id)
    trial = await _begin(CODE, str(account_id), user, visit, is_known=is_known, now=now)
    if user is None or user.disabled_at is not None or not await accept_code(account_id, code, secret_key, now=now):
        _note_refusal(RefusedKind.CODE, user, visit)
        raise RuleBroken(
            "login.code_refused",
            "Ce code n'est pas accepté. Attendez le suivant et saisissez-le, ou utilisez un code de secours.",
        )
    await trial.succeeded()
    return user


async def recognise_identity(identity: Identity, *, visit: Visit, now: datetime) -> Recognised:
    """The account of an identity at a provider, attached the first time to the account of its e-mail address.

    An account is never made here: an administrator makes it. Once attached, the address counts no more.

    Raises:
        RuleBroken: `login.unknown_identity`, no account, a closed one, or one attached to someone else.
    """
    account_id = await credentials.account_of_identity(identity.issuer, identity.subject)
    if account_id is not None:
        user = await users.find(account_id)
    else:
        user = await _attach(identity, visit, now)
    if user is None or user.disabled_at is not None:
        known = user or (await users.find_by_email(identity.email.lower()) if identity.email else None)
        _note_refusal(RefusedKind.IDENTITY, known, visit)
        raise RuleBroken(
            "login.unknown_identity",
            "Aucun compte de ce site ne correspond à cette identité. "
            "Demandez à l'administrateur de votre service de créer votre compte, avec la même adresse électronique.",
        )
    credential = await credentials.get(user.id)
    asks_code = credential is not None and credential.has_second_factor and not identity.has_two_factors
    return Recognised(user, asks_code, has_two_factors=identity.has_two_factors)


@in_one_visit
async def note_login(user: User, proof: str, *, visit: Visit, now: datetime) -> None:
    """Write the login to the journal, and tell the owner of a device never seen. `proof`: password, code, provider."""
    async with write_transaction():
        if not await known_device.note(user.id, visit.device, now):
            await tell_owner(user, AccountEvent.NEW_DEVICE, base_url=visit.base_url, now=now, browser=visit.browser)
        await journal.By(user.service_id, f"user:{user.id}", now).note("user.logged_in", user.id, {"proof": proof})


async def _begin(
    guard: Guard, account: str, user: User | None, visit: Visit, *, is_known: bool, now: datetime
) -> Trial:
    """Count a try of an account, known or not; one too many is noted."""
    try:
        return await begin_trial(guard, account, visit, is_known=is_known, now=now)
    except TooManyRequests:
        _note_refusal(RefusedKind.SLOWED, user, visit)
        raise


def _note_refusal(kind: RefusedKind, user: User | None, visit: Visit) -> None:
    is_closed = user is not None and user.disabled_at is not None
    note_refusal(RefusedKind.CLOSED if is_closed else kind, user, visit.network)


@in_one_visit
async def _attach(identity: Identity, visit: Visit, now: datetime) -> User | None:
    async with write_transaction():
        user = await users.find_by_email(identity.email.lower()) if identity.email else None
        if user is None or user.disabled_at is not None or await credentials.has_identity(user.id, identity.issuer):
            return None
        await credentials.attach_identity(user.id, identity.issuer, identity.subject, now)
        await journal.By(user.service_id, f"user:{user.id}", now).note(
            "user.identity_attached", user.id, {"issuer": identity.issuer}
        )
        await tell_owner(user, AccountEvent.IDENTITY_ATTACHED, base_url=visit.base_url, now=now, browser=visit.browser)
        return user
