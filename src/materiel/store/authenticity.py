"""Whether the issued documents are still what the journal says was issued.

The entry `document.issued` of a document keeps in its details the number, the kind, and the SHA-256 of the PDF
(`sha256`) and of the content (`content_sha256`). `journal.verify` first tells whether that entry can be believed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from materiel.store.engine import Row
from materiel.store.statement import Statement

ISSUED = "document.issued"
BATCH = 50
"""Documents in memory at a time, with their PDF."""

_READ = (
    "SELECT document.id, document.number, document.kind, document.sha256, document.content, document_file.pdf,"
    " journal.details FROM document"
    " LEFT JOIN document_file ON document_file.document = document.id"
    " LEFT JOIN journal ON journal.chain = CAST(document.service AS VARCHAR(36))"
    " AND journal.subject_id = CAST(document.id AS VARCHAR(40)) AND journal.action = {}"
)
_DOCUMENTS = Statement(f"{_READ} WHERE document.id > {{}} ORDER BY document.id LIMIT {{}}")
_DOCUMENTS_OF = Statement(
    f"{_READ} WHERE document.id > {{}} AND document.service = {{}} ORDER BY document.id LIMIT {{}}"
)
_FIRST_LOST = (
    "SELECT journal.subject_id, journal.details FROM journal"
    " LEFT JOIN document ON CAST(document.id AS VARCHAR(40)) = journal.subject_id"
    " WHERE journal.action = {} AND document.id IS NULL"
)
_LOST = Statement(f"{_FIRST_LOST} ORDER BY journal.id LIMIT 1")
_LOST_OF = Statement(f"{_FIRST_LOST} AND journal.chain = {{}} ORDER BY journal.id LIMIT 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFault:
    """The first document that is not what was issued, and what is wrong with it, in French."""

    document_id: UUID
    number: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentVerification:
    """How many documents were read, and the first fault, or None."""

    checked: int
    fault: DocumentFault | None


async def verify(service_id: UUID | None = None) -> DocumentVerification:
    """Compare every document with its journal entry, and stop at the first one altered, lost or never issued.

    Args:
        service_id: the service whose documents are read; those of every service without it.
    """
    checked, last = 0, UUID(int=0)
    scope = () if service_id is None else (service_id,)
    documents = _DOCUMENTS_OF if scope else _DOCUMENTS
    while rows := await documents.fetch(ISSUED, last, *scope, BATCH):
        for row in rows:
            reason = _fault_of(row)
            if reason:
                return DocumentVerification(
                    checked=checked,
                    fault=DocumentFault(document_id=row["id"], number=row["number"], reason=reason),
                )
            checked += 1
        last = rows[-1]["id"]
    lost = await (_LOST_OF.fetch_one(ISSUED, str(service_id)) if scope else _LOST.fetch_one(ISSUED))
    fault = _lost_document(lost) if lost is not None else None
    return DocumentVerification(checked=checked, fault=fault)


def _fault_of(row: Row) -> str:
    if row["details"] is None:
        return "le journal ne dit pas qu’il a été émis"
    issued: dict[str, Any] = json.loads(row["details"])
    if row["pdf"] is None:
        return "son fichier PDF a disparu"
    if hashlib.sha256(row["pdf"]).hexdigest() != issued.get("sha256") or row["sha256"] != issued.get("sha256"):
        return "son fichier PDF n’est pas celui qui a été émis"
    if hashlib.sha256(row["content"].encode()).hexdigest() != issued.get("content_sha256"):
        return "son contenu n’est pas celui qui a été émis"
    if (row["number"], row["kind"]) != (issued.get("number"), issued.get("kind")):
        return "son numéro ou sa nature ne sont pas ceux qui ont été émis"
    return ""


def _lost_document(row: Row) -> DocumentFault:
    return DocumentFault(
        document_id=UUID(row["subject_id"]),
        number=str(json.loads(row["details"]).get("number", "")),
        reason="il a disparu",
    )
