"""What remains of eliminated loans and papers: facts that name nobody and no school."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from materiel.domain.papers.document import DocumentKind
from materiel.domain.retention.retention import EliminatedLine
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.statement import Statement
from materiel.store.tables import EliminatedDocumentRow

_DONE = Statement(
    "SELECT count(DISTINCT eliminated_loan.id) AS loans, count(paper.id) AS documents FROM eliminated_loan"
    " LEFT JOIN eliminated_document AS paper ON paper.loan = eliminated_loan.id WHERE eliminated_loan.elimination = {}"
)
_PAPER = Statement("SELECT * FROM eliminated_document WHERE code = {}")
_PAPER_OF = Statement("SELECT * FROM eliminated_document WHERE sha256 = {}")
_OF_ITEM = Statement(
    "SELECT line.*, loan.usage, loan.custody, loan.school_kind, loan.departement FROM eliminated_loan_item AS line"
    " JOIN eliminated_loan AS loan ON loan.id = line.loan WHERE line.item = {} AND loan.service = {} ORDER BY line.id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EliminatedDocument:
    """What remains of an issued paper."""

    id: UUID
    kind: DocumentKind
    number: str
    issued_on: date
    sha256: str
    pages: int


_PAPER_LEFT = Mapper(EliminatedDocument, EliminatedDocumentRow)
_LINE = Mapper(EliminatedLine)


async def done(elimination_id: UUID) -> tuple[int, int]:
    """How many loans and how many papers were eliminated so far."""
    row = await _DONE.fetch_one(elimination_id)
    assert row is not None
    return row["loans"], row["documents"]


async def paper_by_code(code: str) -> EliminatedDocument | None:
    """What remains of the paper of a public code, whatever its service, or None."""
    row = await _PAPER.fetch_one(code)
    return None if row is None else _PAPER_LEFT.value(row)


async def paper_by_digest(sha256: str) -> EliminatedDocument | None:
    """What remains of the paper whose PDF had this digest, or None."""
    row = await _PAPER_OF.fetch_one(sha256)
    return None if row is None else _PAPER_LEFT.value(row)


async def lines_of_item(item_id: UUID, service_id: UUID) -> list[EliminatedLine]:
    """The life of an item in the loans eliminated since."""
    return [_LINE.value(row) for row in await _OF_ITEM.fetch(item_id, service_id)]
