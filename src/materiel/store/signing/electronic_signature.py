"""The evidence of signatures not given on paper; the database's triggers forbid any change to it."""

from __future__ import annotations

from uuid import UUID

from materiel.domain.signing.evidence import Evidence
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import SignatureEvidenceRow

_EVIDENCE = Mapper(Evidence, SignatureEvidenceRow)

_OF_DOCUMENT = Statement("SELECT * FROM signature_evidence WHERE document = {} ORDER BY code_checked_at, signature")
_OF_ACT = Statement("SELECT count(*) AS found FROM signature_evidence WHERE lot = {}")


async def insert(evidence: Evidence) -> None:
    """Add the evidence of a signature, in the transaction that records the signature."""
    await insert_rows(SignatureEvidenceRow, _EVIDENCE.row(evidence))


async def of_document(document_id: UUID) -> list[Evidence]:
    """The evidence of a document's electronic signatures, in the order in which they were given."""
    return [_EVIDENCE.value(row) for row in await _OF_DOCUMENT.fetch(document_id)]


async def count_of_act(lot_id: UUID) -> int:
    """How many signatures one act gave."""
    row = await _OF_ACT.fetch_one(lot_id)
    return row["found"] if row is not None else 0
