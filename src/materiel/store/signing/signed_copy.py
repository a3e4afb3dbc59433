"""Signed copies: what waits for its seal, and what follows the issued bytes once sealed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from materiel.domain.signing.signed_copy import SignedCopy, WaitingSeals
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement
from materiel.store.tables import SignedCopyRow

_COPY = Mapper(SignedCopy, SignedCopyRow)
_SELECT = f"SELECT {_COPY.selected('signed_copy')} FROM signed_copy"

_BY_ID = Statement(f"{_SELECT} WHERE id = {{}}")
_LATEST = Statement(f"{_SELECT} WHERE document = {{}} ORDER BY made_at DESC, id DESC LIMIT 1")
_OF_DOCUMENT = Statement(f"{_SELECT} WHERE document = {{}} ORDER BY made_at, id")
_DUE = Statement(
    f"{_SELECT} WHERE sealed_at IS NULL AND next_attempt_at <= {{}} ORDER BY next_attempt_at, id LIMIT {{}}"
)
_TAIL = Statement("SELECT tail FROM signed_copy WHERE id = {}")
_SEAL = Statement(
    "UPDATE signed_copy SET record = {}, is_complete = {}, tail = {}, sha256 = {}, sealed_at = {}, subject = {},"
    " fingerprint = {}, is_time_stamped = {}, is_worthless = {}, error = '' WHERE id = {} AND sealed_at IS NULL"
    " RETURNING id"
)
_PUT_OFF = Statement(
    "UPDATE signed_copy SET attempts = attempts + 1, next_attempt_at = {}, error = {} WHERE id = {}"
    " AND sealed_at IS NULL"
)
_PUT_ALL_OFF = Statement(
    "UPDATE signed_copy SET attempts = attempts + 1, next_attempt_at = {}, error = {} WHERE sealed_at IS NULL"
    " AND next_attempt_at <= {}"
)
_AWAKEN = Statement("UPDATE signed_copy SET next_attempt_at = {} WHERE sealed_at IS NULL AND next_attempt_at > {}")
_WAITING = "FROM signed_copy WHERE sealed_at IS NULL"
_WAITING_ALL = Statement(
    f"SELECT made_at, error, (SELECT COUNT(*) {_WAITING}) AS waiting {_WAITING} ORDER BY made_at LIMIT 1"
)
_WAITING_OF = Statement(
    f"SELECT made_at, error, (SELECT COUNT(*) {_WAITING} AND service = {{}}) AS waiting {_WAITING}"
    " AND service = {} ORDER BY made_at LIMIT 1"
)


async def insert(copy: SignedCopy) -> None:
    """Add a copy that waits for its seal, in the transaction of the signature that makes it."""
    await insert_rows(SignedCopyRow, _COPY.row(copy, tail=None))


async def get(copy_id: UUID) -> SignedCopy | None:
    """The copy of an id; None for none."""
    row = await _BY_ID.fetch_one(copy_id)
    return _COPY.value(row) if row is not None else None


async def latest(document_id: UUID) -> SignedCopy | None:
    """The last copy of a document, sealed or not; None when nobody signed it."""
    row = await _LATEST.fetch_one(document_id)
    return _COPY.value(row) if row is not None else None


async def of_document(document_id: UUID) -> list[SignedCopy]:
    """Every copy of a document, oldest first."""
    return [_COPY.value(row) for row in await _OF_DOCUMENT.fetch(document_id)]


async def waiting_of(document_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these documents whose last copy is not sealed."""
    if not document_ids:
        return set()
    marks = placeholders(document_ids)
    found = Statement(f"SELECT DISTINCT document FROM signed_copy WHERE sealed_at IS NULL AND document IN ({marks})")
    return {row["document"] for row in await found.fetch(*document_ids)}


async def due(now: datetime, *, limit: int) -> list[SignedCopy]:
    """The copies to seal now, those that wait longest first."""
    return [_COPY.value(row) for row in await _DUE.fetch(now, limit)]


async def tail(copy_id: UUID) -> bytes:
    """What follows the issued bytes in a sealed copy.

    Raises:
        LookupError: it is not sealed.
    """
    row = await _TAIL.fetch_one(copy_id)
    if row is None or row["tail"] is None:
        raise LookupError("a copy that is not sealed has no bytes")
    data: bytes = row["tail"]
    return data


async def seal(copy: SignedCopy, tail: bytes) -> bool:
    """Keep the bytes and the figures of a copy just sealed; False when another worker was faster."""
    sealed = await _SEAL.fetch_one(
        copy.record,
        copy.is_complete,
        tail,
        copy.sha256,
        copy.sealed_at,
        copy.subject,
        copy.fingerprint,
        copy.is_time_stamped,
        copy.is_worthless,
        copy.id,
    )
    return sealed is not None


async def put_off(copy_id: UUID, until: datetime, error: str) -> None:
    """Try one copy again later, and say why."""
    await _PUT_OFF.fetch(until, error[:300], copy_id)


async def put_all_off(now: datetime, until: datetime, error: str) -> None:
    """Try every copy that is due again later: nothing can be sealed."""
    await _PUT_ALL_OFF.fetch(until, error[:300], now)


async def awaken(now: datetime) -> None:
    """Try at once what was put off: what stood in the way is mended."""
    await _AWAKEN.fetch(now, now)


async def waiting(service_id: UUID | None = None) -> WaitingSeals:
    """What waits for its seal, in a service or in the whole installation."""
    row = await (_WAITING_ALL.fetch_one() if service_id is None else _WAITING_OF.fetch_one(service_id, service_id))
    if row is None:
        return WaitingSeals(count=0)
    return WaitingSeals(count=row["waiting"], since=row["made_at"], error=row["error"])
