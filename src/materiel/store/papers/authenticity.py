"""Whether the issued documents are still what the journal says was issued.

The entry `document.issued` of a document keeps in its details the number, the kind, and the SHA-256 of the PDF
(`sha256`) and of the content (`content_sha256`). `journal.verify` first tells whether that entry can be believed.
What was eliminated is compared too, with its visa: a paper is missing lawfully, or it was made to disappear.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from materiel.domain.papers.authenticity import DocumentFault
from materiel.store.engine.database import Row
from materiel.store.engine.statement import Statement
from materiel.store.papers.document_file import JOINED, SELECTED, whole
from materiel.store.retention import elimination as eliminations

ISSUED = "document.issued"
BATCH = 50
"""Documents in memory at a time, with their PDF."""

GONE_BATCH = 1_000

_READ = (
    "SELECT document.id, document.number, document.kind, document.sha256, document.content, document.issued_on,"
    f" document.code, {SELECTED}, journal.details FROM document {JOINED}"
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
    " LEFT JOIN eliminated_document AS gone ON CAST(gone.id AS VARCHAR(40)) = journal.subject_id"
    " WHERE journal.action = {} AND document.id IS NULL AND gone.id IS NULL"
)
_LOST = Statement(f"{_FIRST_LOST} ORDER BY journal.id LIMIT 1")
_LOST_OF = Statement(f"{_FIRST_LOST} AND journal.chain = {{}} ORDER BY journal.id LIMIT 1")
_GONE = (
    "SELECT gone.id, gone.number, gone.kind, gone.sha256, loan.elimination, issued.details, told.details AS told"
    " FROM eliminated_document AS gone JOIN eliminated_loan AS loan ON loan.id = gone.loan"
    " LEFT JOIN journal AS issued ON issued.chain = CAST(gone.service AS VARCHAR(36))"
    " AND issued.subject_id = CAST(gone.id AS VARCHAR(40)) AND issued.action = {}"
    " LEFT JOIN journal AS told ON told.chain = CAST(gone.service AS VARCHAR(36))"
    " AND told.subject_id = CAST(gone.loan AS VARCHAR(40)) AND told.action = 'loan.eliminated'"
)
_ELIMINATED = Statement(f"{_GONE} WHERE gone.id > {{}} ORDER BY gone.id LIMIT {{}}")
_ELIMINATED_OF = Statement(f"{_GONE} WHERE gone.id > {{}} AND gone.service = {{}} ORDER BY gone.id LIMIT {{}}")
_VISA = Statement(
    "SELECT details FROM journal WHERE chain = {} AND subject_id = {} AND action = 'elimination.visaed'"
    " ORDER BY sequence"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentVerification:
    """How many documents were read, how many were eliminated with a visa, and the first fault, or None."""

    checked: int
    fault: DocumentFault | None
    eliminated: int = 0


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
    eliminated, gone = await _verify_eliminated(service_id)
    if gone is not None:
        return DocumentVerification(checked=checked, fault=gone, eliminated=eliminated)
    lost = await (_LOST_OF.fetch_one(ISSUED, str(service_id)) if scope else _LOST.fetch_one(ISSUED))
    fault = _lost_document(lost) if lost is not None else None
    return DocumentVerification(checked=checked, fault=fault, eliminated=eliminated)


async def _verify_eliminated(service_id: UUID | None) -> tuple[int, DocumentFault | None]:
    """How many papers are gone as the journal says, under a visa that it knows; and the first that is not."""
    known: set[UUID] = set()
    for elimination in await eliminations.visaed(service_id):
        told = await _VISA.fetch_one(str(elimination.service_id), str(elimination.id))
        if told is None or json.loads(told["details"]).get("sha256") != eliminations.digest(elimination):
            reason = "le visa ou la liste ne sont pas ceux que dit le journal"
            return 0, DocumentFault(document_id=elimination.id, number="bordereau d’élimination", reason=reason)
        known.add(elimination.id)
    checked, last = 0, UUID(int=0)
    scope = () if service_id is None else (service_id,)
    papers = _ELIMINATED_OF if scope else _ELIMINATED
    while rows := await papers.fetch(ISSUED, last, *scope, GONE_BATCH):
        for row in rows:
            reason = _fault_of_eliminated(row, known)
            if reason:
                return checked, DocumentFault(document_id=row["id"], number=row["number"], reason=reason)
            checked += 1
        last = rows[-1]["id"]
    return checked, None


def _fault_of_eliminated(row: Row, known: set[UUID]) -> str:
    if row["details"] is None:
        return "le journal ne dit pas qu’il a été émis"
    issued: dict[str, Any] = json.loads(row["details"])
    if any(row[name] != issued.get(name) for name in ("number", "kind", "sha256")):
        return "éliminé depuis, ce qu’il en reste n’est pas ce qui a été émis"
    told = json.loads(row["told"]) if row["told"] else {}
    if row["elimination"] not in known or told.get("elimination") != str(row["elimination"]):
        return "il a été éliminé sans que le journal le dise"
    return ""


def _fault_of(row: Row) -> str:
    if row["details"] is None:
        return "le journal ne dit pas qu’il a été émis"
    issued: dict[str, Any] = json.loads(row["details"])
    if row["pdf"] is None:
        return "son fichier PDF a disparu"
    if hashlib.sha256(whole(row)).hexdigest() != issued.get("sha256") or row["sha256"] != issued.get("sha256"):
        return "son fichier PDF n’est pas celui qui a été émis"
    if hashlib.sha256(row["content"].encode()).hexdigest() != issued.get("content_sha256"):
        return "son contenu n’est pas celui qui a été émis"
    if (row["number"], row["kind"]) != (issued.get("number"), issued.get("kind")):
        return "son numéro ou sa nature ne sont pas ceux qui ont été émis"
    content: dict[str, Any] = json.loads(row["content"])
    day, address = content.get("issued_on", str(row["issued_on"])), content.get("verify_url", f"/{row['code']}")
    if day != str(row["issued_on"]) or not address.endswith(f"/{row['code']}"):
        return "sa date d’émission ou son code ne sont pas ceux qu’il imprime"
    return ""


def _lost_document(row: Row) -> DocumentFault:
    return DocumentFault(
        document_id=UUID(row["subject_id"]),
        number=str(json.loads(row["details"]).get("number", "")),
        reason="il a disparu",
    )
