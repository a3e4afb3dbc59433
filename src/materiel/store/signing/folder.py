"""What the signing folder reads beside the papers themselves, and what its signatory sent back to the service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from materiel.domain.papers.document import DocumentKind, Party
from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement

_OURS = f"party = '{Party.MANAGING_SERVICE.value}' AND status = 'pending'"
_RETURN = Statement(
    "UPDATE signature SET returned_reason = {}, returned_by = {}, returned_on = {}"
    f" WHERE document = {{}} AND {_OURS}"
)
_SETTLE = Statement(
    "UPDATE signature SET returned_reason = '', returned_by = '', returned_on = NULL"
    " WHERE document = {} AND returned_on IS NOT NULL RETURNING id"
)
_RETURNED = (
    "SELECT document.id, document.number, document.kind, document.loan, signature.returned_reason AS reason,"
    " signature.returned_by AS by, signature.returned_on AS day FROM signature"
    " JOIN document ON document.id = signature.document WHERE signature.returned_on IS NOT NULL"
    " AND document.service = {} AND document.status = 'in_force'"
)
_ALL_RETURNED = Statement(f"{_RETURNED} ORDER BY signature.returned_on, document.id")
_RETURNED_OF_LOAN = Statement(f"{_RETURNED} AND document.loan = {{}} ORDER BY document.id")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedPaper:
    """A paper that the signatory sent back: why, by whom as the journal calls them, and on which civil day."""

    id: UUID
    number: str
    kind: DocumentKind
    loan_id: UUID
    reason: str
    by: str
    day: date


async def amendment_ranks(loan_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The rank of each amendment among those of its loan, by document, from 1."""
    if not loan_ids:
        return {}
    rows = await Statement(
        f"SELECT id, loan FROM document WHERE loan IN ({placeholders(loan_ids)}) AND kind = 'amendment' ORDER BY id"
    ).fetch(*loan_ids)
    ranks: dict[UUID, int] = {}
    counted: dict[UUID, int] = {}
    for row in rows:
        counted[row["loan"]] = ranks[row["id"]] = counted.get(row["loan"], 0) + 1
    return ranks


async def with_remarks(document_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Those of the documents on which somebody wrote a remark in signing."""
    if not document_ids:
        return frozenset()
    rows = await Statement(
        f"SELECT DISTINCT document FROM signature_evidence WHERE document IN ({placeholders(document_ids)})"
        " AND remarks <> ''"
    ).fetch(*document_ids)
    return frozenset(row["document"] for row in rows)


async def send_back(document_id: UUID, reason: str, *, by: str, on: date) -> None:
    """Note on the box of the State that the signatory sends the paper back."""
    await _RETURN.fetch(reason, by, on, document_id)


async def settle(document_id: UUID) -> bool:
    """Forget that a paper was sent back; False when it was not."""
    return await _SETTLE.fetch_one(document_id) is not None


async def returned(service_id: UUID, loan_id: UUID | None = None) -> list[ReturnedPaper]:
    """What was sent back and waits for the service, of one loan or of all, the first sent back first."""
    asked = _ALL_RETURNED.fetch(service_id) if loan_id is None else _RETURNED_OF_LOAN.fetch(service_id, loan_id)
    return [
        ReturnedPaper(
            id=row["id"],
            number=row["number"],
            kind=DocumentKind(row["kind"]),
            loan_id=row["loan"],
            reason=row["reason"],
            by=row["by"],
            day=row["day"],
        )
        for row in await asked
    ]
