"""Make the complete copies of a document out of the pages that wait, and keep each beside it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from uuid import UUID

from materiel.domain.papers.document import Document, SignatureStatus
from materiel.domain.papers.scan_pile import BoxState, InkVerdict, ScanBox, ScanPage, copies_of
from materiel.scans.process import ScanReader
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.papers import scan as scans
from materiel.store.papers import scan_pile as piles


@dataclass(frozen=True, slots=True)
class FiledCopy:
    """A complete copy that was filed, its pages in the order of the document."""

    document: Document
    scan_id: UUID
    pages: tuple[ScanPage, ...]


Transaction = Callable[[], AbstractAsyncContextManager[None]]


async def file_copies(
    document: Document,
    reader: ScanReader,
    *,
    by: journal.By,
    transaction: Transaction,
    job_id: UUID | None = None,
) -> list[FiledCopy]:
    """File every complete copy of a document of the service, each in a transaction of its own.

    A copy whose pages somebody takes meanwhile is left alone.
    """
    filed = []
    for pages in copies_of(await piles.waiting(document.id), document.pages):
        parts = [((await piles.page_bytes(page.id))[0], page.rotation) for page in pages]
        if not all(data for data, _ in parts):
            continue
        content = await reader.join(parts)
        async with transaction():
            copy = await _file(document, pages, content, by, job_id)
        if copy is not None:
            filed.append(copy)
    return filed


async def _file(
    document: Document, pages: list[ScanPage], content: bytes, by: journal.By, job_id: UUID | None
) -> FiledCopy | None:
    still = {page.id for page in await piles.waiting(document.id)}
    if not still.issuperset(page.id for page in pages):
        return None
    scan = await scans.add_scan(
        document.id,
        content,
        media_type="application/pdf",
        original_kept_by="",
        filed_by=by.actor,
        filed_at=by.at,
    )
    await piles.make_part(pages, scan.id)
    await _complete_boxes(document, pages)
    await piles.drop_previews(scan.id)
    facts = {"loan": str(document.loan_id), "sha256": scan.sha256}
    await by.note("document.scan_filed", document.id, facts | ({"job": str(job_id)} if job_id else {}))
    return FiledCopy(document, scan.id, tuple(pages))


async def _complete_boxes(document: Document, pages: list[ScanPage]) -> None:
    """A box whose place is not known is for a person to look at, on the last page of the copy."""
    seen = {box.signature_id for box in await piles.boxes_of([page.id for page in pages])}
    for signature in document.signatures:
        if signature.id in seen:
            continue
        signed = signature.status is SignatureStatus.SIGNED
        box = ScanBox(
            id=new_id(),
            page_id=pages[-1].id,
            signature_id=signature.id,
            verdict=InkVerdict.LOOK,
            state=BoxState.SIGNED if signed else BoxState.WAITING,
        )
        await piles.insert_box(box, b"")
