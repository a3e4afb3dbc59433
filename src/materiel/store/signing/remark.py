"""What signers wrote beside their signature, and whether somebody of the service read it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import RemarkReadingRow

_UNREAD = Statement(
    "SELECT told.signature FROM signature_evidence AS told WHERE told.document = {} AND told.remarks <> ''"
    " AND NOT EXISTS (SELECT 1 FROM remark_reading WHERE remark_reading.signature = told.signature)"
)
_UNREAD_OF_LOAN = Statement(
    "SELECT DISTINCT paper.id FROM document AS paper JOIN signature_evidence AS told ON told.document = paper.id"
    " WHERE paper.loan = {} AND told.remarks <> ''"
    " AND NOT EXISTS (SELECT 1 FROM remark_reading WHERE remark_reading.signature = told.signature)"
)


async def unread(document_id: UUID) -> list[UUID]:
    """The boxes of a document beside which somebody wrote what nobody of the service has read."""
    return [row["signature"] for row in await _UNREAD.fetch(document_id)]


async def unread_of_loan(loan_id: UUID) -> list[UUID]:
    """The documents of a loan that have remarks to read, in the order in which they were issued."""
    return sorted(row["id"] for row in await _UNREAD_OF_LOAN.fetch(loan_id))


async def note_read(document_id: UUID, signature_ids: list[UUID], *, by: str, at: datetime) -> None:
    """Note that the remarks of these boxes were read; they were not yet."""
    rows = ({"signature": each, "document": document_id, "read_by": by, "read_at": at} for each in signature_ids)
    await insert_rows(RemarkReadingRow, *rows)
