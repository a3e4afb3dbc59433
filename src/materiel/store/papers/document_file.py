"""The bytes of issued documents: each file as what it alone has, after a head that it shares with the others.

The first 25 kilobytes of every file are the fonts, more than half of it. They stand once in `document_head`, by their
digest; what is read is the file as it was issued, to the byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

from materiel.store.engine.database import Row
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import DocumentFileRow

SELECTED = "file.pdf AS pdf, head.content AS head"
"""Of the tables that `JOINED` joins; `whole` reads it."""

_HEAD = "LEFT JOIN document_head AS head ON head.sha256 = file.head"
JOINED = f"LEFT JOIN document_file AS file ON file.document = document.id {_HEAD}"
_PDF = Statement(f"SELECT {SELECTED} FROM document_file AS file {_HEAD} WHERE file.document = {{}}")
_IS_KNOWN = Statement("SELECT 1 AS known FROM document_head WHERE sha256 = {}")
_ADD_HEAD = Statement("INSERT INTO document_head (sha256, content) VALUES ({}, {}) ON CONFLICT (sha256) DO NOTHING")


async def insert(files: Sequence[tuple[UUID, bytes]], *, shared: int) -> None:
    """Add the files of documents, in the transaction that issues them.

    Args:
        shared: how many of their first bytes are the same in every file; 0 keeps them whole.
    """
    known: set[bytes] = set()
    rows = []
    for document_id, pdf in files:
        rest, head = await cut(pdf, shared, known)
        rows.append({"document": document_id, "pdf": rest, "head": head})
    await insert_rows(DocumentFileRow, *rows)


async def cut(pdf: bytes, shared: int, known: set[bytes] | None = None) -> tuple[bytes, str | None]:
    """What a file alone has, and the digest of its head, kept if it is a new one; None without a head.

    Args:
        shared: how many of its first bytes are the same in every file.
        known: the heads that were kept just before; that of the file joins them.
    """
    head = pdf[:shared]
    if not head:
        return pdf, None
    digest = hashlib.sha256(head).hexdigest()
    if known is None or head not in known:
        if await _IS_KNOWN.fetch_one(digest) is None:
            await _ADD_HEAD.fetch(digest, head)
        if known is not None:
            known.add(head)
    return pdf[shared:], digest


async def find(document_id: UUID) -> bytes | None:
    """The file of a document, as it was issued; None for none."""
    row = await _PDF.fetch_one(document_id)
    return whole(row) if row is not None else None


def whole(row: Row) -> bytes:
    """The file of a row that holds `SELECTED`."""
    data: bytes = (row["head"] or b"") + row["pdf"]
    return data
