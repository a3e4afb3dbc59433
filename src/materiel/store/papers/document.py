"""Issued documents: the value, the PDF, the signature boxes, the recipients, the scans.

The database's triggers forbid any change to what was issued, but of `status`, and any change to a signed box;
what a way back changes needs its correction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from materiel.domain.papers.document import (
    AGREEMENTS,
    Covers,
    Document,
    DocumentStatus,
    Recipient,
    Signature,
    SignatureChannel,
    SignatureStatus,
)
from materiel.errors import Conflict, NotFound
from materiel.store.engine.constraints import refusing
from materiel.store.engine.database import Row
from materiel.store.engine.mapper import Mapper, Part
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement
from materiel.store.papers import document_file as document_files
from materiel.store.tables import DocumentRow, RecipientRow, SignatureRow

_BOX = Mapper(Signature, SignatureRow)
_RECIPIENT = Mapper(Recipient, RecipientRow)
_DOCUMENT = Mapper(
    Document,
    DocumentRow,
    # What an agreement covers is kept as words parted by commas: what was issued never changes.
    given=("covers",),
    parts={
        "signatures": Part(_BOX, of="document", order="position"),
        "recipients": Part(_RECIPIENT, of="document", order="id"),
    },
)

_NOTHING_RECORDED = {
    **{"recorded_by": "", "recorded_at": None},
    **{"returned_reason": "", "returned_by": "", "returned_on": None},
}
"""Of a box just made."""

_SELECT = f"SELECT {_DOCUMENT.selected('document')}, covers FROM document"
_BY_ID = _DOCUMENT.statement(f"{_SELECT} WHERE id = {{}} AND service = {{}}")
_BY_CODE = _DOCUMENT.statement(f"{_SELECT} WHERE code = {{}}")
_BY_DIGEST = _DOCUMENT.statement(f"{_SELECT} WHERE sha256 = {{}} ORDER BY id LIMIT 1")
_OF_SEALED = _DOCUMENT.statement(f"{_SELECT} WHERE id = (SELECT document FROM signed_copy WHERE sha256 = {{}} LIMIT 1)")
_BY_NUMBER = _DOCUMENT.statement(f"{_SELECT} WHERE service = {{}} AND number = {{}}")
_OF_LOAN = _DOCUMENT.statement(f"{_SELECT} WHERE loan = {{}} ORDER BY id")
_RESTORE = Statement("UPDATE document SET status = 'in_force', ended_by = NULL WHERE id = {} AND service = {}")
_WITHDRAW = Statement(
    "UPDATE signature SET status = {}, signed_on = NULL, channel = NULL, recorded_by = '', recorded_at = NULL"
    " WHERE id = {} AND document = {}"
)
_SIGN = Statement(
    "UPDATE signature SET status = 'signed', signed_on = {}, channel = {}, recorded_by = {}, recorded_at = {},"
    " returned_reason = '', returned_by = '', returned_on = NULL"
    " WHERE id = {} AND document = {} AND status <> 'signed' RETURNING id"
)
_ASK = Statement(
    "UPDATE signature SET asked_channel = {}, code_by_sms = {} WHERE id = {} AND document = {}"
    " AND status <> 'signed' RETURNING id"
)
_SIGNATURE = Statement("SELECT status FROM signature WHERE id = {} AND document = {}")
_RECORDERS = Statement("SELECT id, recorded_by FROM signature WHERE document = {} AND status = 'signed'")
_BELOW = Statement("SELECT number FROM document WHERE service = {} AND number > {} AND number < {}")
_AWAIT = Statement("UPDATE signature SET status = {} WHERE id = {} AND document = {} AND status <> 'signed'")


async def insert(made: Sequence[tuple[Document, bytes]], *, issued_at: datetime, shared: int = 0) -> None:
    """Add documents with their files, their signature boxes and their recipients, in their order.

    Call it inside the write transaction that issues it.

    Args:
        shared: how many of the first bytes of the files are the same in every one, and are kept once.

    Raises:
        Conflict: `document.number_taken`; a number of the counter cannot be.
    """
    numbers = ", ".join(document.number for document, _ in made)
    taken = Conflict("document.number_taken", f"Le numéro « {numbers} » est déjà celui d’un document.")
    with refusing({"document_service_number_key": taken}):
        await insert_rows(
            DocumentRow,
            *(
                _DOCUMENT.row(document, covers=",".join(each.value for each in document.covers), issued_at=issued_at)
                for document, _ in made
            ),
        )
    await document_files.insert([(document.id, pdf) for document, pdf in made], shared=shared)
    await insert_rows(
        SignatureRow,
        *(
            _BOX.row(box, document=document.id, position=position, **_NOTHING_RECORDED)
            for document, _ in made
            for position, box in enumerate(document.signatures)
        ),
    )
    await insert_rows(
        RecipientRow,
        *(_RECIPIENT.row(recipient, document=document.id) for document, _ in made for recipient in document.recipients),
    )


async def get(document_id: UUID, service_id: UUID) -> Document:
    """The document of an id in a service.

    Raises:
        NotFound: `document.not_found`.
    """
    row = await _BY_ID.fetch_one(document_id, service_id)
    if row is None:
        raise NotFound("document.not_found", "Ce document n’existe pas dans votre service. Vérifiez le lien.")
    return _document(row)


async def get_many(document_ids: Sequence[UUID], service_id: UUID) -> list[Document]:
    """The documents of these ids that are a service's, in the order in which they were issued."""
    if not document_ids:
        return []
    marks = placeholders(document_ids)
    statement = _DOCUMENT.statement(f"{_SELECT} WHERE service = {{}} AND id IN ({marks}) ORDER BY id")
    return [_document(row) for row in await statement.fetch(service_id, *document_ids)]


async def ended_by(document: Document) -> Document | None:
    """The paper that replaced or ended a document, None when there is none or when it is gone."""
    if document.ended_by is None:
        return None
    row = await _BY_ID.fetch_one(document.ended_by, document.service_id)
    return _document(row) if row is not None else None


async def by_code(code: str) -> Document | None:
    """The document of a public code, whatever its service, or None; codes are upper case."""
    row = await _BY_CODE.fetch_one(code)
    return _document(row) if row is not None else None


async def by_digest(sha256: str) -> Document | None:
    """The document whose issued PDF has this digest, whatever its service, or None."""
    row = await _BY_DIGEST.fetch_one(sha256)
    return _document(row) if row is not None else None


async def of_sealed_digest(sha256: str) -> Document | None:
    """The document of which a signed copy has this digest, whatever its service, or None."""
    row = await _OF_SEALED.fetch_one(sha256)
    return _document(row) if row is not None else None


async def by_number(number: str, service_id: UUID) -> Document | None:
    """The document that bears a number in a service, or None."""
    row = await _BY_NUMBER.fetch_one(service_id, number)
    return _document(row) if row is not None else None


async def of_loan(loan_id: UUID) -> list[Document]:
    """The documents of a loan, in the order in which they were issued."""
    return [_document(row) for row in await _OF_LOAN.fetch(loan_id)]


async def numbers_below(stem: str, service_id: UUID) -> list[str]:
    """The numbers of a service's documents that hang below a number which is no agreement's of ours."""
    rows = await _BELOW.fetch(service_id, f"{stem}-", f"{stem}.")
    return [row["number"] for row in rows]


async def agreement_numbers(loan_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The number of the last agreement of each loan, else what the old paper of a loan taken over bore, which is how
    people call it; a draft has none.
    """
    if not loan_ids:
        return {}
    rows = await Statement(
        "SELECT loan, number FROM (SELECT loan, number, id AS rank FROM document"
        f" WHERE loan IN ({placeholders(loan_ids)}) AND kind IN ({placeholders(list(AGREEMENTS))})"
        " UNION ALL SELECT id, paper_reference, NULL FROM loan"
        f" WHERE id IN ({placeholders(loan_ids)}) AND paper_reference <> '') AS named ORDER BY rank IS NOT NULL, rank"
    ).fetch(*loan_ids, *(kind.value for kind in AGREEMENTS), *loan_ids)
    return {row["loan"]: row["number"] for row in rows}


async def of_loans(loan_ids: Sequence[UUID]) -> dict[UUID, list[Document]]:
    """The documents of several loans, each loan's in the order in which they were issued."""
    by_loan: dict[UUID, list[Document]] = {loan_id: [] for loan_id in loan_ids}
    if loan_ids:
        statement = _DOCUMENT.statement(f"{_SELECT} WHERE loan IN ({placeholders(loan_ids)}) ORDER BY id")
        for row in await statement.fetch(*loan_ids):
            by_loan[row["loan"]].append(_document(row))
    return by_loan


async def pdf(document_id: UUID) -> bytes:
    """The bytes of a document's PDF, as they were issued.

    Raises:
        NotFound: `document.not_found`.
    """
    data = await document_files.find(document_id)
    if data is None:
        raise NotFound("document.not_found", "Ce document n’existe pas.")
    return data


async def set_status(
    document_ids: Sequence[UUID], service_id: UUID, status: DocumentStatus, *, by: UUID | None = None
) -> None:
    """Replace, end or void documents in force; the status that one already has changes nothing.

    Args:
        by: the paper whose making or signing ends or replaces them.
    """
    if document_ids:
        update = Statement(
            "UPDATE document SET status = {}, ended_by = COALESCE({}, ended_by)"
            f" WHERE service = {{}} AND status <> {{}} AND id IN ({placeholders(document_ids)})"
        )
        await update.fetch(status.value, by, service_id, status.value, *document_ids)


async def restore(document_ids: Sequence[UUID], service_id: UUID) -> None:
    """Put papers in force again; the correction, written before, is what the database asks for."""
    for document_id in document_ids:
        await _RESTORE.fetch(document_id, service_id)


async def sign(
    document_id: UUID,
    signature_id: UUID,
    *,
    signed_on: date,
    channel: SignatureChannel,
    recorded_by: str,
    recorded_at: datetime,
) -> None:
    """Record the signature of one box.

    Raises:
        NotFound: `signature.not_found`, the document has no such box.
        Conflict: `signature.already_signed`.
    """
    signed = await _SIGN.fetch_one(signed_on, channel.value, recorded_by, recorded_at, signature_id, document_id)
    if signed is not None:
        return
    if await _SIGNATURE.fetch_one(signature_id, document_id) is None:
        raise NotFound("signature.not_found", "Ce document n’a pas de case de signature de cet identifiant.")
    raise Conflict("signature.already_signed", "Cette signature est déjà enregistrée ; elle ne change plus.")


async def recorders(document_id: UUID) -> dict[UUID, str]:
    """By box that is signed, who recorded its signature, as the journal calls them."""
    return {row["id"]: row["recorded_by"] for row in await _RECORDERS.fetch(document_id)}


async def ask_by(
    document_id: UUID, signature_id: UUID, channel: SignatureChannel | None, *, code_by_sms: bool = False
) -> bool:
    """Say how the service asks for a signature that is not given; False once it is."""
    how = channel.value if channel else None
    return await _ASK.fetch_one(how, code_by_sms, signature_id, document_id) is not None


async def set_awaited(document_id: UUID, signature_id: UUID, status: SignatureStatus) -> None:
    """Make a box that is not signed pending or optional: one parent is enough, whichever it is."""
    await _AWAIT.fetch(status.value, signature_id, document_id)


async def withdraw(document_id: UUID, signature_id: UUID, status: SignatureStatus) -> None:
    """Take the signature of a box back; its correction, written before, is what the database asks for."""
    await _WITHDRAW.fetch(status.value, signature_id, document_id)


def _document(row: Row) -> Document:
    return _DOCUMENT.value(row, covers=tuple(Covers(value) for value in row["covers"].split(",") if value))
