"""What is printed together: of each document what its pile is told by, then its file, some at a time."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from materiel.domain.papers.document import DocumentKind
from materiel.domain.papers.printing import PrintedPaper
from materiel.domain.papers.reading_aid import aids_asked
from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement
from materiel.store.papers import document_file

_SELECT = (
    "SELECT document.id AS id, document.kind AS kind, document.number AS number, document.issued_on AS issued_on,"
    " document.pages AS pages, school.uai AS uai, document.loan AS loan, school.name AS school, loan.pupil AS pupil,"
    " pupil.last_name AS last_name, pupil.first_name AS first_name,"
    " pupil.large_print AS large_print, pupil.plain_summary AS plain_summary,"
    " (SELECT count(*) FROM signature WHERE signature.document = document.id) AS boxes,"
    " (SELECT count(*) FROM signature WHERE signature.document = document.id AND status = 'pending'"
    " AND document.status = 'in_force') AS awaited"
    " FROM document JOIN loan ON loan.id = document.loan JOIN school ON school.id = loan.school"
    " LEFT JOIN pupil ON pupil.id = loan.pupil"
)

_AT_SCHOOL = Statement(
    "SELECT document.id AS id FROM document JOIN loan ON loan.id = document.loan JOIN school ON school.id = loan.school"
    " WHERE document.service = {} AND document.status = 'in_force' AND school.uai = {}"
    " AND loan.status NOT IN ('returned', 'cancelled', 'closed') ORDER BY document.id LIMIT {}"
)


async def printed_papers(document_ids: Sequence[UUID], service_id: UUID) -> dict[UUID, PrintedPaper]:
    """Documents of a service by id, without what they say; those that are not there are left out."""
    if not document_ids:
        return {}
    statement = Statement(f"{_SELECT} WHERE document.service = {{}} AND document.id IN ({placeholders(document_ids)})")
    return {
        row["id"]: PrintedPaper(
            id=row["id"],
            kind=DocumentKind(row["kind"]),
            number=row["number"],
            issued_on=row["issued_on"],
            pages=row["pages"],
            boxes=row["boxes"],
            is_awaited=row["awaited"] > 0,
            loan_id=row["loan"],
            school_uai=row["uai"],
            school_name=row["school"],
            pupil_name=f"{row['last_name']} {row['first_name']}" if row["pupil"] is not None else "",
            aids=aids_asked(row["kind"], large=bool(row["large_print"]), plain=bool(row["plain_summary"])),
        )
        for row in await statement.fetch(service_id, *document_ids)
    }


async def in_force_of_loans(loan_ids: Sequence[UUID], service_id: UUID) -> list[UUID]:
    """The documents in force of loans of a service, in the order in which they were issued."""
    if not loan_ids:
        return []
    statement = Statement(
        "SELECT id FROM document WHERE service = {} AND status = 'in_force'"
        f" AND loan IN ({placeholders(loan_ids)}) ORDER BY id"
    )
    return [row["id"] for row in await statement.fetch(service_id, *loan_ids)]


async def in_force_at_school(uai: str, service_id: UUID, *, limit: int) -> list[UUID]:
    """The documents in force of the loans of a service that are under way at a school, the first issued first."""
    return [row["id"] for row in await _AT_SCHOOL.fetch(service_id, uai, limit)]


async def contents(document_ids: Sequence[UUID]) -> dict[UUID, tuple[str, str | None]]:
    """What documents say, by id, as it is stored, and the digest of the bloc-marque that they bear."""
    if not document_ids:
        return {}
    statement = Statement(f"SELECT id, content, letterhead FROM document WHERE id IN ({placeholders(document_ids)})")
    return {row["id"]: (row["content"], row["letterhead"]) for row in await statement.fetch(*document_ids)}


async def issued_files(document_ids: Sequence[UUID]) -> dict[UUID, bytes]:
    """The files of documents by id, as they were issued."""
    if not document_ids:
        return {}
    statement = Statement(
        f"SELECT document.id AS id, {document_file.SELECTED} FROM document {document_file.JOINED}"
        f" WHERE document.id IN ({placeholders(document_ids)})"
    )
    return {row["id"]: document_file.whole(row) for row in await statement.fetch(*document_ids)}
