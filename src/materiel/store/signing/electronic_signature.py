"""The evidence of electronic signatures; the database's triggers forbid any change to it."""

from __future__ import annotations

from uuid import UUID

from materiel.domain.signing.electronic_signature import Evidence
from materiel.store.engine.database import Row
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import SignatureEvidenceRow

_OF_DOCUMENT = Statement("SELECT * FROM signature_evidence WHERE document = {} ORDER BY code_checked_at, signature")
_SAME = (
    *("sha256", "typed_name", "capacity", "email", "shown_at", "consented_at", "code_sent_at", "code_checked_at"),
    *("strokes", "shared_mailbox"),
)


async def insert(evidence: Evidence) -> None:
    """Add the evidence of a signature, in the transaction that records the signature."""
    await insert_rows(
        SignatureEvidenceRow,
        {
            "signature": evidence.signature_id,
            "document": evidence.document_id,
            "link": evidence.link_id,
            **{column: getattr(evidence, column) for column in _SAME},
        },
    )


async def of_document(document_id: UUID) -> list[Evidence]:
    """The evidence of a document's electronic signatures, in the order in which they were given."""
    return [_evidence(row) for row in await _OF_DOCUMENT.fetch(document_id)]


def _evidence(row: Row) -> Evidence:
    return Evidence(
        signature_id=row["signature"],
        document_id=row["document"],
        link_id=row["link"],
        **{column: row[column] for column in _SAME},
    )
