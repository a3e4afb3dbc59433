"""Scans of the old papers of loans taken over; they go with their loan."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.errors import NotFound
from materiel.store.engine.ids import new_id
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import LoanScanRow

_CONTENT = Statement("SELECT media_type, content FROM loan_scan WHERE id = {} AND loan = {}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OldScan:
    """One scan, without its bytes; `filed_at` is in UTC."""

    id: UUID
    loan_id: UUID
    media_type: str
    sha256: str
    filed_by: str
    filed_at: datetime


_SCAN = Mapper(OldScan, LoanScanRow)
_OF_LOAN = Statement(f"SELECT {_SCAN.selected('loan_scan')} FROM loan_scan WHERE loan = {{}} ORDER BY id")


async def add(loan_id: UUID, content: bytes, *, media_type: str, filed_by: str, filed_at: datetime) -> OldScan:
    """File a scan to a loan."""
    scan = OldScan(
        id=new_id(),
        loan_id=loan_id,
        media_type=media_type,
        sha256=hashlib.sha256(content).hexdigest(),
        filed_by=filed_by,
        filed_at=filed_at,
    )
    await insert_rows(LoanScanRow, _SCAN.row(scan, content=content))
    return scan


async def of_loan(loan_id: UUID) -> list[OldScan]:
    """The scans of a loan, in the order in which they were filed."""
    return [_SCAN.value(row) for row in await _OF_LOAN.fetch(loan_id)]


async def content(loan_id: UUID, scan_id: UUID) -> tuple[str, bytes]:
    """The media type and the bytes of a scan of a loan.

    Raises:
        NotFound: `scan.not_found`.
    """
    row = await _CONTENT.fetch_one(scan_id, loan_id)
    if row is None:
        raise NotFound("scan.not_found", "Ce prêt n’a pas de numérisation de cet identifiant.")
    return row["media_type"], row["content"]
