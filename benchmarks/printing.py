"""A print run of many agreements by its job: what it costs, and the highest memory of the process that makes it."""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import replace

from tests.documents.sample_contents import agreement
from tests.use_cases import loan_cast as cast

from benchmarks.campaign import anonymous_mb, peak_mb
from materiel.documents.content_json import content_to_json
from materiel.documents.pdf.render import render_pdf, shared_bytes
from materiel.domain.papers.printing import MOST_PRINTED, PrintOrder
from materiel.domain.work.job import Job
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.engine.ids import new_id, new_public_code
from materiel.store.papers import document as documents
from materiel.use_cases.desk.print_together import print_documents_together, printed_file
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.papers.printing import PrintDocuments
from materiel.use_cases.process.running import running
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS

AT_ONCE = 100


async def fill(count: int, url: str) -> None:
    """Make a base of so many issued agreements of four pages or so, each with its own words."""
    async with running(url, migrate=True):
        await cast.set_up()
        loan_id = await cast.a_draft()
        await issue_loan(loan_id, issuer=cast.ISSUER)
        like = (await documents.of_loan(loan_id))[0]
        for start in range(1, count, AT_ONCE):
            made = []
            for rank in range(start, min(start + AT_ONCE, count)):
                content = agreement(rank)
                drawn = render_pdf(content)
                paper = replace(
                    like,
                    id=new_id(),
                    number=f"{like.number}-M{rank}",
                    code=new_public_code(),
                    sha256=hashlib.sha256(drawn.data).hexdigest(),
                    pages=drawn.pages,
                    content=content_to_json(content),
                    signatures=tuple(replace(box, id=new_id()) for box in like.signatures),
                )
                made.append((paper, drawn.data))
            async with write_transaction():
                await documents.insert(made, issued_at=cast.NOW, shared=shared_bytes())


async def measure(url: str) -> dict[str, float]:
    """Print every document of the base in the copies that it announces, a sheet before the pile."""
    async with running(url, migrate=False):
        rows = await fetch(f"SELECT id FROM document ORDER BY id LIMIT {MOST_PRINTED}")
        before = anonymous_mb()
        command = PrintDocuments(
            document_ids=tuple(row["id"] for row in rows), order=PrintOrder.SCHOOL, separators=True
        )
        job = await print_documents_together(command, actor=cast.MANAGER, now=cast.NOW)
        if not isinstance(job, Job):
            raise LookupError("so few are printed at once")
        seen = [anonymous_mb()]
        looking = asyncio.create_task(_look(seen))
        began, clock = time.process_time(), time.perf_counter()
        await run_next("measure", HANDLERS, clock=lambda: cast.NOW)
        spent, waited = time.process_time() - began, time.perf_counter() - clock
        looking.cancel()
        peak = peak_mb()
        file = await printed_file(job.id, actor=cast.MANAGER, now=cast.NOW)
        size = 0
        async for piece in file.pieces:
            size += len(piece)
        (done,) = await fetch("SELECT result FROM job WHERE kind = 'print'")
        print(done["result"])
    return {
        "documents": len(rows),
        "documents_a_second_of_processor": round(len(rows) / spent),
        "seconds": round(waited, 1),
        "file_mb": round(size / 1e6, 1),
        "before_mb": before,
        "peak_mb": max(seen),
        "peak_after_reading_mb": max(*seen, anonymous_mb()),
        "resident_with_libraries_mb": peak,
    }


async def _look(seen: list[int]) -> None:
    """Note the memory of the process alone, without the libraries that others share."""
    while True:
        seen.append(anonymous_mb())
        await asyncio.sleep(0.05)
