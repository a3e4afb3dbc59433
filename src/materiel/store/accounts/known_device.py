"""Devices from which an account was opened, by the SHA-256 of the random cookie that they keep, and nothing else."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from materiel.store.engine.ids import new_id
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import KnownDeviceRow

_KNOWN = Statement("SELECT id FROM known_device WHERE account = {} AND token_hash = {}")
# Asked at every log-in, for known and unknown addresses alike.
_KNOWN_BY_EMAIL = Statement(
    "SELECT known_device.id FROM known_device JOIN app_user ON app_user.id = known_device.account"
    " WHERE app_user.email = {} AND known_device.token_hash = {}"
)
_SEEN = Statement(
    "UPDATE known_device SET last_at = {} WHERE account = {} AND token_hash = {} RETURNING id",
)
_FORGET_OTHERS = Statement("DELETE FROM known_device WHERE account = {} AND token_hash <> {}")


async def is_known(account_id: UUID, token_hash: str) -> bool:
    """Whether an account was opened from a device before."""
    return await _KNOWN.fetch_one(account_id, token_hash) is not None


async def is_known_by_email(email: str, token_hash: str) -> bool:
    """Whether the account of an address in lower case, if there is one, was opened from a device before."""
    return await _KNOWN_BY_EMAIL.fetch_one(email, token_hash) is not None


async def note(account_id: UUID, token_hash: str, at: datetime) -> bool:
    """Note that an account was opened from a device; False when it had never been. In a write transaction.

    Nothing is noted of a visit without a cookie.
    """
    if not token_hash or await _SEEN.fetch_one(at, account_id, token_hash) is not None:
        return True
    device = {"id": new_id(), "account": account_id, "token_hash": token_hash, "first_at": at, "last_at": at}
    await insert_rows(KnownDeviceRow, device)
    return False


async def forget_others(account_id: UUID, but: str) -> None:
    """Forget every device of an account except one."""
    await _FORGET_OTHERS.fetch(account_id, but)
