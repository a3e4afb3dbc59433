"""Piles of signed pages: hand one in; a job reads it and files what is complete to the documents that its codes name.

A page is written as soon as it is read: memory does not grow with the pile, and a job taken up again goes on after the
last one. A scan is evidence, it signs nothing: a person confirms each signature.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.papers.document import Document, SignatureStatus
from materiel.domain.papers.scan_pile import (
    LARGEST_PILE,
    MOST_FILES,
    BoxState,
    PageProblem,
    PageState,
    PileState,
    ScanBox,
    ScanPage,
    ScanPile,
)
from materiel.domain.work.job import Job, JobState
from materiel.errors import BadInput
from materiel.scans.filing import place_pages
from materiel.scans.process import LookedAt, ScanReader, reading
from materiel.scans.reading import PageReading
from materiel.scans.refusals import MOST_PAGES, refusal
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.papers import document as documents
from materiel.store.papers import scan_pile as piles
from materiel.store.work import job as jobs
from materiel.use_cases.papers.scan_filing import FiledCopy, file_copies
from materiel.use_cases.papers.scan_report import report_of
from materiel.use_cases.work.job import JobOutcome, JobRun

KIND = "scans"

_STARTS = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n": "image/png",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
}
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})


@dataclass(frozen=True, slots=True)
class SubmittedPile:
    """A pile that was handed in, and whether it was there already, in which case nothing changed."""

    pile: ScanPile
    already: bool


def pile_media_type(data: bytes) -> str | None:
    """What a file of pages is, by its first bytes; None when no page is read in such a file."""
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        return "image/heic"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _STARTS.items() if data.startswith(start)), None)


@in_one_visit
async def submit_pile(files: Sequence[bytes], *, actor: Actor, now: datetime) -> SubmittedPile:
    """Hand in a pile of signed pages, in one file or several; a job reads it. The same pile twice changes nothing.

    Raises:
        BadInput: `scan.unreadable`, neither PDF, JPEG, PNG, TIFF, WebP nor HEIC; `scan.too_large`;
            `scan.too_many_files`.
    """
    actor.require(Permission.WRITE)
    kinds = _checked(files)
    digests = [hashlib.sha256(data).hexdigest() for data in files]
    whole = hashlib.sha256("\n".join(digests).encode()).hexdigest() if len(digests) > 1 else digests[0]
    async with write_transaction():
        known = await piles.same(actor.service_id, whole)
        if known is not None:
            if not await _is_given_up(known):
                return SubmittedPile(known, already=True)
            await piles.fail(known.id)
        pile_id = new_id()
        payload = f'{{"pile":"{pile_id}"}}'
        job = await jobs.enqueue(actor.service_id, KIND, payload, created_by=actor.id, created_at=now)
        pile = ScanPile(
            id=pile_id,
            service_id=actor.service_id,
            job_id=job.id,
            sha256=whole,
            files=len(files),
            state=PileState.READING,
            created_by=actor.id,
            created_at=now,
        )
        await piles.insert_pile(pile)
        for kind, data in zip(kinds, files, strict=True):
            await jobs.add_file(job.id, kind, data)
        size = sum(len(data) for data in files)
        await journal.by(actor, now).note("scan.submitted", job.id, {"bytes": size, "files": len(files)}, of="job")
    return SubmittedPile(pile, already=False)


async def _is_given_up(pile: ScanPile) -> bool:
    """Whether the workers that read a pile all died of it: it may be tried again."""
    if pile.state is not PileState.READING:
        return False
    return (await jobs.get(pile.job_id, pile.service_id)).state is JobState.FAILED


def _checked(files: Sequence[bytes]) -> list[str]:
    if not 1 <= len(files) <= MOST_FILES:
        raise BadInput(
            "scan.too_many_files", f"Déposez entre un et {MOST_FILES} fichiers à la fois ; faites plusieurs piles."
        )
    if sum(len(data) for data in files) > LARGEST_PILE:
        raise BadInput(
            "scan.too_large",
            f"Cette pile dépasse {LARGEST_PILE // 10**6} Mo : numérisez en niveaux de gris à 200 points par pouce, "
            "ou en plusieurs fois.",
        )
    kinds = []
    for data in files:
        kind = pile_media_type(data)
        if kind is None:
            raise refusal("scan.unreadable")
        kinds.append(kind)
    return kinds


async def file_bundle(run: JobRun) -> JobOutcome:
    """Handler of the job: read each page, look into its boxes, then file the complete copies; see `report_of`.

    Raises:
        BadInput: no file of the pile can be read; see `scans.process.ScanReader.open`.
    """
    pile = await piles.of_job(run.job.id, run.job.service_id)
    if pile is None:
        raise refusal("scan.unreadable")
    try:
        await _PileReading(run, pile).read()
    except BadInput:
        async with run.step(0, 0):
            await piles.fail(pile.id)
        raise
    filed = await _file_complete(run, pile)
    report = await report_of(pile, filed)
    return JobOutcome(report, partial(_end, pile, run.job, len(await piles.pages_of(pile.id))))


async def _end(pile: ScanPile, job: Job, pages: int, now: datetime) -> None:
    await piles.set_state(pile.id, PileState.READ)
    await journal.By(pile.service_id, job.created_by, now).note("scan.read", job.id, {"pages": pages}, of="job")


async def _file_complete(run: JobRun, pile: ScanPile) -> list[FiledCopy]:
    """File the copies that the pile makes complete, with pages of earlier piles."""
    pages = await piles.pages_of(pile.id)
    found = sorted({page.document_id for page in pages if page.state is PageState.WAITING and page.document_id})
    filed: list[FiledCopy] = []
    async with reading() as reader:
        for document_id in found:
            document = await documents.get(document_id, pile.service_id)
            by = journal.By(pile.service_id, pile.created_by, run.now())
            filed += await file_copies(
                document, reader, by=by, job_id=run.job.id, transaction=partial(run.step, len(pages), len(pages))
            )
    return filed


class _PileReading:
    """One reading of a pile, page after page."""

    def __init__(self, run: JobRun, pile: ScanPile) -> None:
        self._run, self._pile = run, pile
        self._known: dict[str, Document | None] = {}
        self._boxes: dict[UUID, list[int]] = {}
        self._rank = 0
        self._first = 1

    async def read(self) -> None:
        """Read what is left of the pile, then say what its neighbours tell of each unread page."""
        kept = await piles.pages_of(self._pile.id)
        self._first = len(kept) + 1
        refused = None
        for file_id in await jobs.file_ids(self._run.job.id):
            try:
                await self._read_file(file_id)
            except BadInput as error:
                refused = error
                if self._pile.files == 1:
                    raise
                await self._keep_damaged()
        pages = await piles.pages_of(self._pile.id)
        if refused is not None and all(page.problem is PageProblem.DAMAGED for page in pages):
            raise refused
        await self._infer(pages)

    async def _read_file(self, file_id: UUID) -> None:
        async with reading() as reader:
            # What a reader has learnt is its own.
            self._boxes.clear()
            pages = await reader.open(await jobs.file(file_id))
            if self._rank + pages > MOST_PAGES:
                raise refusal("scan.too_many_pages")
            await self._run.advance(self._rank, self._rank + pages)
            last = self._rank + pages
            for index in range(pages):
                self._rank += 1
                if self._rank >= self._first:
                    await self._read_page(reader, index, last)

    async def _keep_damaged(self) -> None:
        """Keep the place of a file that cannot be read, for somebody to hand it in again."""
        self._rank += 1
        if self._rank < self._first:
            return
        page = self._page(PageReading(problem=PageProblem.DAMAGED), PageState.UNREAD)
        async with self._run.step(self._rank, self._rank):
            await piles.insert_page(page, self._pile.service_id, content=b"", preview=b"")

    def _page(self, read: PageReading, state: PageState, document: Document | None = None) -> ScanPage:
        return ScanPage(
            id=new_id(),
            pile_id=self._pile.id,
            rank=self._rank,
            state=state,
            problem=read.problem,
            sha256=read.sha256,
            document_id=document.id if document else None,
            number=read.number if document else None,
            rotation=read.rotation,
        )

    async def _read_page(self, reader: ScanReader, index: int, last: int) -> None:
        read = await reader.read(index)
        document = await self._document(read.code) if read.code else None
        page = await self._judged(read, document)
        content = preview = b""
        seen: list[tuple[int, LookedAt]] = []
        if page.state in (PageState.WAITING, PageState.UNREAD):
            content, preview = await reader.keep(page.rotation)
        if page.state is PageState.WAITING and document is not None:
            seen = await self._look(reader, document, read.number or 0)
        async with self._run.step(self._rank, last):
            await piles.insert_page(page, self._pile.service_id, content=content, preview=preview)
            for rank, looked in seen:
                assert document is not None
                signature = document.signatures[rank]
                signed = signature.status is SignatureStatus.SIGNED
                box = ScanBox(
                    id=new_id(),
                    page_id=page.id,
                    signature_id=signature.id,
                    verdict=looked.verdict,
                    state=BoxState.SIGNED if signed else BoxState.WAITING,
                )
                await piles.insert_box(box, b"" if signed else looked.picture)

    async def _judged(self, read: PageReading, document: Document | None) -> ScanPage:
        """What becomes of a page by its code alone."""
        if read.problem is PageProblem.BLANK:
            return self._page(read, PageState.BLANK)
        if read.sha256 and await piles.is_known(self._pile.service_id, read.sha256):
            return self._page(replace(read, problem=PageProblem.DUPLICATE), PageState.DUPLICATE, document)
        if read.code is None:
            return self._page(read, PageState.UNREAD)
        if document is None:
            return self._page(replace(read, problem=PageProblem.UNKNOWN), PageState.FOREIGN)
        if read.number is None or read.number > document.pages:
            return self._page(replace(read, problem=PageProblem.NO_SUCH_PAGE), PageState.UNREAD)
        return self._page(read, PageState.WAITING, document)

    async def _document(self, code: str) -> Document | None:
        """The document of a code, if it is the service's; nothing is learnt of the others."""
        if code not in self._known:
            found = await documents.by_code(code)
            mine = found is not None and found.service_id == self._pile.service_id
            self._known[code] = found if mine else None
        return self._known[code]

    async def _look(self, reader: ScanReader, document: Document, number: int) -> list[tuple[int, LookedAt]]:
        """What is seen in the boxes of a page, each with the rank of its signature."""
        if not document.signatures:
            return []
        if document.id not in self._boxes:
            names = [signature.name for signature in document.signatures]
            self._boxes[document.id] = await reader.learn(str(document.id), await documents.pdf(document.id), names)
        there = [rank for rank, page in enumerate(self._boxes[document.id]) if page == number]
        if not there:
            return []
        return list(zip(there, await reader.look(str(document.id), number, there), strict=True))

    async def _infer(self, pages: Sequence[ScanPage]) -> None:
        """Tell a person which page an unread one may be."""
        read = [
            PageReading(
                code=str(page.document_id) if page.document_id else None,
                number=page.number,
                rotation=page.rotation,
                problem=page.problem,
            )
            for page in pages
        ]
        counts = {str(known.id): known.pages for known in self._known.values() if known is not None}
        for page, placed in zip(pages, place_pages(read, counts), strict=True):
            if placed.problem is PageProblem.INFERRED and page.state is PageState.UNREAD:
                after = replace(
                    page,
                    state=PageState.INFERRED,
                    problem=PageProblem.INFERRED,
                    document_id=UUID(placed.code),
                    number=placed.number,
                    rotation=placed.rotation,
                )
                async with self._run.step(len(pages), len(pages)):
                    await piles.place(page, after)
