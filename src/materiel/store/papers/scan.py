"""Scans of signed papers, filed to their document; a scan filed never changes."""

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
from materiel.store.tables import DocumentScanRow

_CONTENT = Statement("SELECT media_type, content FROM document_scan WHERE id = {} AND document = {}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One scan, without its bytes. `original_kept_by` says who keeps the paper; `filed_at` is in UTC."""

    id: UUID
    document_id: UUID
    media_type: str
    sha256: str
    original_kept_by: str
    filed_by: str
    filed_at: datetime


_SCAN = Mapper(Scan, DocumentScanRow)
_OF_DOCUMENT = Statement(
    f"SELECT {_SCAN.selected('document_scan')} FROM document_scan WHERE document = {{}} ORDER BY id"
)


async def add_scan(
    document_id: UUID, content: bytes, *, media_type: str, original_kept_by: str, filed_by: str, filed_at: datetime
) -> Scan:
    """File a scan to a document."""
    scan = Scan(
        id=new_id(),
        document_id=document_id,
        media_type=media_type,
        sha256=hashlib.sha256(content).hexdigest(),
        original_kept_by=original_kept_by,
        filed_by=filed_by,
        filed_at=filed_at,
    )
    await insert_rows(DocumentScanRow, _SCAN.row(scan, content=content))
    return scan


async def of_document(document_id: UUID) -> list[Scan]:
    """The scans of a document, in the order in which they were filed."""
    return [_SCAN.value(row) for row in await _OF_DOCUMENT.fetch(document_id)]


async def content(document_id: UUID, scan_id: UUID) -> tuple[str, bytes]:
    """The media type and the bytes of a scan of a document.

    Raises:
        NotFound: `scan.not_found`.
    """
    row = await _CONTENT.fetch_one(scan_id, document_id)
    if row is None:
        raise NotFound("scan.not_found", "Ce document n’a pas de numérisation de cet identifiant.")
    return row["media_type"], row["content"]
