"""Issued documents: the value, the PDF, the signature boxes, the recipients, the scans.

The database's triggers forbid any change to what was issued, but of `status`, and any change to a signed box;
what a way back changes needs its correction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

from materiel.domain.papers.document import (
    AGREEMENTS,
    Covers,
    Document,
    DocumentKind,
    DocumentStatus,
    Recipient,
    Signature,
    SignatureChannel,
    SignatureStatus,
)
from materiel.errors import Conflict, NotFound
from materiel.store.engine.constraints import refusing
from materiel.store.engine.database import Row
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement
from materiel.store.tables import DocumentFileRow, DocumentRow, RecipientRow, SignatureRow

# What an agreement covers is kept as words parted by commas: what was issued never changes.
_DOCUMENT = Mapper(Document, DocumentRow, given=("covers", "signatures", "recipients"))
_BOX = Mapper(Signature, SignatureRow)
_RECIPIENT = Mapper(Recipient, RecipientRow)

_BY_ID = Statement("SELECT * FROM document WHERE id = {} AND service = {}")
_BY_CODE = Statement("SELECT * FROM document WHERE code = {}")
_OF_LOAN = Statement("SELECT * FROM document WHERE loan = {} ORDER BY id")
_PDF = Statement("SELECT pdf FROM document_file WHERE document = {}")
_SET_STATUS = Statement("UPDATE document SET status = {} WHERE id = {} AND service = {} AND status <> {}")
_END_BY = Statement("UPDATE document SET ended_by = {} WHERE id = {} AND service = {}")
_RESTORE = Statement("UPDATE document SET status = 'in_force', ended_by = NULL WHERE id = {} AND service = {}")
_WITHDRAW = Statement(
    "UPDATE signature SET status = {}, signed_on = NULL, channel = NULL, recorded_by = '', recorded_at = NULL"
    " WHERE id = {} AND document = {}"
)
_SIGN = Statement(
    "UPDATE signature SET status = 'signed', signed_on = {}, channel = {}, recorded_by = {}, recorded_at = {}"
    " WHERE id = {} AND document = {} AND status <> 'signed' RETURNING id"
)
_SIGNATURE = Statement("SELECT status FROM signature WHERE id = {} AND document = {}")
_AWAIT = Statement("UPDATE signature SET status = {} WHERE id = {} AND document = {} AND status <> 'signed'")


async def insert(document: Document, pdf: bytes, *, issued_at: datetime) -> None:
    """Add a document with its file, its signature boxes and its recipients, in their order.

    Call it inside the write transaction that issues it.

    Raises:
        Conflict: `document.number_taken`; a number of the counter cannot be.
    """
    taken = Conflict("document.number_taken", f"Le numéro « {document.number} » est déjà celui d’un document.")
    with refusing({"document_service_number_key": taken}):
        covers = ",".join(each.value for each in document.covers)
        await insert_rows(DocumentRow, _DOCUMENT.row(document, covers=covers, issued_at=issued_at))
    await insert_rows(DocumentFileRow, {"document": document.id, "pdf": pdf})
    await insert_rows(
        SignatureRow,
        *(
            _BOX.row(box, document=document.id, position=position, recorded_by="", recorded_at=None)
            for position, box in enumerate(document.signatures)
        ),
    )
    await insert_rows(
        RecipientRow,
        *(_RECIPIENT.row(recipient, document=document.id) for recipient in document.recipients),
    )


async def get(document_id: UUID, service_id: UUID) -> Document:
    """The document of an id in a service.

    Raises:
        NotFound: `document.not_found`.
    """
    row = await _BY_ID.fetch_one(document_id, service_id)
    if row is None:
        raise NotFound("document.not_found", "Ce document n’existe pas dans votre service. Vérifiez le lien.")
    return (await _documents([row]))[0]


async def get_many(document_ids: Sequence[UUID], service_id: UUID) -> list[Document]:
    """The documents of these ids that are a service's, in the order in which they were issued."""
    if not document_ids:
        return []
    marks = placeholders(document_ids)
    statement = Statement(f"SELECT * FROM document WHERE service = {{}} AND id IN ({marks}) ORDER BY id")
    return await _documents(await statement.fetch(service_id, *document_ids))


async def by_code(code: str) -> Document | None:
    """The document of a public code, whatever its service, or None; codes are upper case."""
    row = await _BY_CODE.fetch_one(code)
    return (await _documents([row]))[0] if row is not None else None


async def of_loan(loan_id: UUID) -> list[Document]:
    """The documents of a loan, in the order in which they were issued."""
    return await _documents(await _OF_LOAN.fetch(loan_id))


async def agreement_numbers(loan_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The number of the last agreement of each loan, which is how people call it; a draft has none."""
    if not loan_ids:
        return {}
    rows = await Statement(
        f"SELECT loan, number FROM document WHERE loan IN ({placeholders(loan_ids)})"
        f" AND kind IN ({placeholders(list(AGREEMENTS))}) ORDER BY id"
    ).fetch(*loan_ids, *(kind.value for kind in AGREEMENTS))
    return {row["loan"]: row["number"] for row in rows}


async def of_loans(loan_ids: Sequence[UUID]) -> dict[UUID, list[Document]]:
    """The documents of several loans, each loan's in the order in which they were issued."""
    by_loan: dict[UUID, list[Document]] = {loan_id: [] for loan_id in loan_ids}
    if loan_ids:
        statement = Statement(f"SELECT * FROM document WHERE loan IN ({placeholders(loan_ids)}) ORDER BY id")
        for document in await _documents(await statement.fetch(*loan_ids)):
            by_loan[document.loan_id].append(document)
    return by_loan


async def page(
    service_id: UUID,
    *,
    kind: DocumentKind | None = None,
    status: DocumentStatus | None = None,
    limit: int,
    after: UUID | None = None,
) -> list[Document]:
    """At most `limit` documents of a service after one of them, oldest first."""
    filters = {"kind": kind, "status": status}
    wanted = {column: value.value for column, value in filters.items() if value is not None}
    rows = await _page_statement(tuple(wanted)).fetch(service_id, after or UUID(int=0), *wanted.values(), limit)
    return await _documents(rows)


async def pdf(document_id: UUID) -> bytes:
    """The bytes of a document's PDF, as they were issued.

    Raises:
        NotFound: `document.not_found`.
    """
    row = await _PDF.fetch_one(document_id)
    if row is None:
        raise NotFound("document.not_found", "Ce document n’existe pas.")
    data: bytes = row["pdf"]
    return data


async def set_status(document_id: UUID, service_id: UUID, status: DocumentStatus) -> None:
    """Replace, end or void a document in force; the status it already has changes nothing."""
    await _SET_STATUS.fetch(status.value, document_id, service_id, status.value)


async def note_end(document_ids: Sequence[UUID], service_id: UUID, by: UUID) -> None:
    """Note the paper whose making or signing has ended or replaced others."""
    for document_id in document_ids:
        await _END_BY.fetch(by, document_id, service_id)


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


async def set_awaited(document_id: UUID, signature_id: UUID, status: SignatureStatus) -> None:
    """Make a box that is not signed pending or optional: one parent is enough, whichever it is."""
    await _AWAIT.fetch(status.value, signature_id, document_id)


async def withdraw(document_id: UUID, signature_id: UUID, status: SignatureStatus) -> None:
    """Take the signature of a box back; its correction, written before, is what the database asks for."""
    await _WITHDRAW.fetch(status.value, signature_id, document_id)


@lru_cache
def _page_statement(columns: tuple[str, ...]) -> Statement:
    filters = "".join(f" AND {column} = {{}}" for column in columns)
    return Statement(f"SELECT * FROM document WHERE service = {{}} AND id > {{}}{filters} ORDER BY id LIMIT {{}}")


async def _documents(rows: Sequence[Row]) -> list[Document]:
    """The documents of these rows: two more statements, however many they are."""
    if not rows:
        return []
    ids = [row["id"] for row in rows]
    marks = placeholders(ids)
    signatures: dict[UUID, list[Signature]] = defaultdict(list)
    for row in await Statement(
        f"SELECT * FROM signature WHERE document IN ({marks}) ORDER BY document, position"
    ).fetch(*ids):
        signatures[row["document"]].append(_BOX.value(row))
    recipients: dict[UUID, list[Recipient]] = defaultdict(list)
    for row in await Statement(f"SELECT * FROM recipient WHERE document IN ({marks}) ORDER BY id").fetch(*ids):
        recipients[row["document"]].append(_RECIPIENT.value(row))
    return [_document(row, tuple(signatures[row["id"]]), tuple(recipients[row["id"]])) for row in rows]


def _document(row: Row, signatures: tuple[Signature, ...], recipients: tuple[Recipient, ...]) -> Document:
    covers = tuple(Covers(value) for value in row["covers"].split(",") if value)
    return _DOCUMENT.value(row, covers=covers, signatures=signatures, recipients=recipients)
