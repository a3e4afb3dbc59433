"""Bundles of signed pages: hand one in, and file its pages to the documents that their codes name.

A scan is evidence, it signs nothing: the manager still confirms each signature.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.papers.document import Document
from materiel.domain.work.job import Job
from materiel.errors import BadInput
from materiel.scans.filing import Copy, Sorted, sort_pages
from materiel.scans.process import reading
from materiel.scans.reading import PageProblem, PageReading
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.papers import document as documents
from materiel.store.papers import scan as scans
from materiel.store.work import job as jobs
from materiel.use_cases.papers.document import SCAN_TYPES
from materiel.use_cases.work.job import JobOutcome, JobRun

KIND = "scans"
LARGEST_BUNDLE = 200_000_000


@in_one_visit
async def submit_scans(data: bytes, *, actor: Actor, now: datetime) -> Job:
    """Hand in a bundle of signed pages; a job reads and files them.

    Raises:
        BadInput: `scan.unreadable`, neither PDF, JPEG, PNG nor TIFF; `scan.too_large`.
    """
    actor.require(Permission.WRITE)
    media_type = next((kind for start, kind in SCAN_TYPES.items() if data.startswith(start)), None)
    if media_type is None:
        raise BadInput(
            "scan.unreadable",
            "Ce fichier n'est pas une numérisation lisible : joignez un PDF, ou une image JPEG, PNG ou TIFF.",
        )
    if len(data) > LARGEST_BUNDLE:
        raise BadInput(
            "scan.too_large",
            f"Cette pile dépasse {LARGEST_BUNDLE // 10**6} Mo : numérisez en niveaux de gris à 200 points par pouce, "
            "ou en plusieurs fois.",
        )
    async with write_transaction():
        job = await jobs.enqueue(actor.service_id, KIND, "{}", created_by=actor.id, created_at=now)
        await jobs.add_file(job.id, media_type, data)
        await journal.by(actor, now).note("scan.submitted", job.id, {"bytes": len(data)}, of="job")
    return job


async def file_bundle(run: JobRun) -> JobOutcome:
    """Handler of the job: read each page, sort them, and prepare the filing of each complete copy.

    The result is `{"pages": n, "filed": [{"document", "number", "pages", "inferred"}], "unfiled": [{"page",
    "code", "reason"}], "blank": [page]}`; pages of the bundle are numbered from 1. The blank backs of sheets need
    nobody, and are not among the unfiled pages.

    Raises:
        BadInput: the file cannot be read; see `scans.process.reading`.
    """
    parts: list[tuple[Document, bytes]] = []
    ((_, data),) = await jobs.files(run.job.id)
    async with reading(data) as bundle:
        readings: list[PageReading] = []
        await run.advance(0, bundle.pages)
        async for page in bundle.readings():
            readings.append(page)
            await run.advance(len(readings), bundle.pages)
        known = await _known_documents(readings, run.job)
        result = sort_pages(readings, {code: document.pages for code, document in known.items()})
        for copy in result.copies:
            pages = [(page.index, page.rotation) for page in copy.pages]
            parts.append((known[copy.code], await bundle.extract(pages)))
    return JobOutcome(_report(len(readings), result, known), partial(_file, parts, run.job))


async def _known_documents(readings: Sequence[PageReading], job: Job) -> dict[str, Document]:
    """The documents of the job's service that the codes name, by code."""
    known = {}
    for code in sorted({page.code for page in readings if page.code}):
        document = await documents.by_code(code)
        if document is not None and document.service_id == job.service_id:
            known[code] = document
    return known


async def _file(parts: Sequence[tuple[Document, bytes]], job: Job, now: datetime) -> None:
    for document, content in parts:
        scan = await scans.add_scan(
            document.id,
            content,
            media_type="application/pdf",
            original_kept_by="",
            filed_by=job.created_by,
            filed_at=now,
        )
        await journal.By(job.service_id, job.created_by, now).note(
            "document.scan_filed",
            document.id,
            {"loan": str(document.loan_id), "sha256": scan.sha256, "job": str(job.id)},
        )


def _report(pages: int, result: Sorted, known: dict[str, Document]) -> dict[str, object]:
    return {
        "pages": pages,
        "filed": [_filed(copy, known[copy.code]) for copy in result.copies],
        "unfiled": [
            {"page": index + 1, "code": problem.value, "reason": problem.label}
            for index, problem in result.unfiled
            if problem is not PageProblem.BLANK
        ],
        "blank": [index + 1 for index, problem in result.unfiled if problem is PageProblem.BLANK],
    }


def _filed(copy: Copy, document: Document) -> dict[str, object]:
    return {
        "document": str(document.id),
        "number": document.number,
        "pages": [page.index + 1 for page in copy.pages],
        "inferred": [page.index + 1 for page in copy.pages if page.inferred],
    }
