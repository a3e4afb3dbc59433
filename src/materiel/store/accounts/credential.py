"""Proofs of the accounts: passwords, one-time codes, recovery codes, identities at a provider."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.credential import Credential
from materiel.errors import Conflict
from materiel.store.engine.constraints import refusing
from materiel.store.engine.ids import new_id
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement
from materiel.store.tables import CredentialRow, OidcIdentityRow, RecoveryCodeRow

_CREDENTIAL = Mapper(Credential, CredentialRow)
_OF_ACCOUNT = Statement(f"SELECT {_CREDENTIAL.selected('credential')} FROM credential WHERE account = {{}}")
_PUT = Statement(
    f"INSERT INTO credential ({', '.join(_CREDENTIAL.columns)}) VALUES ({placeholders(_CREDENTIAL.columns)})"
    " ON CONFLICT (account) DO UPDATE SET "
    + ", ".join(f"{column} = excluded.{column}" for column in _CREDENTIAL.columns if column != "account")
)
# The second factor is left alone: a code accepted meanwhile stays spent. Conditional on the password that was read: of
# two simultaneous changes, one finds no row.
_SET_PASSWORD = Statement(
    "INSERT INTO credential (account, password_hash, totp_secret, totp_last_step, changed_at)"
    " VALUES ({}, {}, '', 0, {}) ON CONFLICT (account) DO UPDATE SET password_hash = excluded.password_hash,"
    " changed_at = excluded.changed_at WHERE credential.password_hash = {} RETURNING account"
)
# Conditional, hence atomic: of two simultaneous uses of one code, one finds no row.
_ACCEPT_STEP = Statement(
    "UPDATE credential SET totp_last_step = {} WHERE account = {} AND totp_last_step < {} RETURNING account"
)
# Asked at every page of an account.
_OWES = Statement(
    "SELECT app_user.id FROM app_user JOIN managing_service ON managing_service.id = app_user.service"
    " LEFT JOIN credential ON credential.account = app_user.id"
    " WHERE app_user.id = {} AND (managing_service.require_second_factor OR app_user.signs_for_state)"
    " AND credential.totp_confirmed_at IS NULL"
)
_LACKING = Statement(
    "SELECT app_user.id FROM app_user LEFT JOIN credential ON credential.account = app_user.id"
    " WHERE app_user.service = {} AND app_user.disabled_at IS NULL AND credential.totp_confirmed_at IS NULL"
)
_NO_PASSWORD = Statement("UPDATE credential SET password_hash = '', changed_at = {} WHERE account = {}")
_DELETE_CODES = Statement("DELETE FROM recovery_code WHERE account = {}")
_UNUSED_CODES = Statement("SELECT id FROM recovery_code WHERE account = {} AND used_at IS NULL")
_OPENED_BY = Statement("SELECT account FROM oidc_identity WHERE issuer = {} AND subject = {}")
_IDENTITIES = Statement("SELECT id FROM oidc_identity WHERE account = {} AND issuer = {}")
_USE_CODE = Statement(
    "UPDATE recovery_code SET used_at = {} WHERE account = {} AND code_hash = {} AND used_at IS NULL RETURNING id"
)


async def get(account_id: UUID) -> Credential | None:
    """The proofs of an account; None for one that has neither a password nor a second factor."""
    row = await _OF_ACCOUNT.fetch_one(account_id)
    return None if row is None else _CREDENTIAL.value(row)


async def owes_second_factor(account_id: UUID) -> bool:
    """Whether an account has not set up the second factor that its service, or its right to sign, requires."""
    return await _OWES.fetch_one(account_id) is not None


async def without_second_factor(service_id: UUID) -> frozenset[UUID]:
    """The open accounts of a service that have no second factor of their own."""
    return frozenset(row["id"] for row in await _LACKING.fetch(service_id))


async def put(credential: Credential) -> None:
    """Write the proofs of an account, the first ones or new ones."""
    await _PUT.fetch(*_CREDENTIAL.row(credential).values())


async def set_password(account_id: UUID, password_hash: str, *, former: str, at: datetime) -> bool:
    """Give an account a password; False when its password is no longer the `former` one, empty for none."""
    return await _SET_PASSWORD.fetch_one(account_id, password_hash, at, former) is not None


async def forget_password(account_id: UUID, at: datetime) -> None:
    """Leave an account without a password; its links to choose one, and its second factor, are other matters."""
    await _NO_PASSWORD.fetch(at, account_id)


async def accept_step(account_id: UUID, step: int) -> bool:
    """Use up the code of a period; False when it or a later one was accepted already."""
    return await _ACCEPT_STEP.fetch_one(step, account_id, step) is not None


async def replace_recovery_codes(account_id: UUID, code_hashes: Sequence[str]) -> None:
    """New recovery codes; the former ones open nothing any more."""
    await _DELETE_CODES.fetch(account_id)
    rows = [{"id": new_id(), "account": account_id, "code_hash": each, "used_at": None} for each in code_hashes]
    if rows:
        await insert_rows(RecoveryCodeRow, *rows)


async def use_recovery_code(account_id: UUID, code_hash: str, at: datetime) -> bool:
    """Use up a recovery code; False for an unknown or used one."""
    return await _USE_CODE.fetch_one(at, account_id, code_hash) is not None


async def recovery_codes_left(account_id: UUID) -> int:
    """How many recovery codes were not used yet."""
    return len(await _UNUSED_CODES.fetch(account_id))


async def account_of_identity(issuer: str, subject: str) -> UUID | None:
    """The account that an identity at a provider opens, or None."""
    row = await _OPENED_BY.fetch_one(issuer, subject)
    return None if row is None else row["account"]


async def has_identity(account_id: UUID, issuer: str) -> bool:
    """Whether an account already has its identity at a provider."""
    return await _IDENTITIES.fetch_one(account_id, issuer) is not None


async def attach_identity(account_id: UUID, issuer: str, subject: str, at: datetime) -> None:
    """Let an identity at a provider open an account, from now on.

    Raises:
        Conflict: `identity.taken`, it opens another account.
    """
    taken = Conflict("identity.taken", "Cette identité ouvre déjà un autre compte. Écrivez à votre administrateur.")
    with refusing({"oidc_identity_issuer_subject_key": taken}):
        await insert_rows(
            OidcIdentityRow,
            {"id": new_id(), "account": account_id, "issuer": issuer, "subject": subject, "attached_at": at},
        )
