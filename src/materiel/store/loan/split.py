"""The loans that hold what one loan held, each in its custody."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from materiel.domain.loan.loan import Loan
from materiel.domain.papers.document import Document
from materiel.store.engine.statement import Statement
from materiel.store.papers import document as documents

_SPLIT_FROM = Statement("SELECT id FROM loan WHERE split_from = {} AND service = {} ORDER BY id")


async def split_from(loan_id: UUID, service_id: UUID) -> list[UUID]:
    """The loans of a service made for items of this one that changed custody, oldest first."""
    return [row["id"] for row in await _SPLIT_FROM.fetch(loan_id, service_id)]


async def formers(loans: Sequence[Loan], service_id: UUID) -> dict[UUID, Document]:
    """By loan, the agreement of the loan that it was split from (see `Loan.covered_by`), eliminated ones left out."""
    wanted = {loan.id: loan.covered_by for loan in loans if loan.covered_by is not None}
    papers = {each.id: each for each in await documents.get_many(list(set(wanted.values())), service_id)}
    return {loan_id: papers[paper_id] for loan_id, paper_id in wanted.items() if paper_id in papers}
