"""Bundles of signed pages filed to real documents: everything readable is filed, nothing is filed wrong."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
from datetime import UTC, datetime, timedelta

import msgspec
import pikepdf
import pytest
from tests.documents.printing import rasterised
from tests.scans.bundles import BAD_SCAN, SCAN, as_pdf, blank, scanned, torn
from tests.use_cases.loan_cast import (
    ADULT,
    BRAILLE,
    CHILD,
    COLLEGE,
    ISSUER,
    LAPTOP,
    MANAGER,
    NOW,
    READER,
    SERVICE,
    STRANGER,
    a_draft,
    set_up,
)

from materiel.domain.papers.document import Document, DocumentStatus, SignatureStatus
from materiel.domain.work.job import JobState
from materiel.errors import BadInput, PermissionDenied
from materiel.scans.bundle import Bundle
from materiel.scans.reader import read_page
from materiel.store.engine.database import fetch
from materiel.store.history import journal
from materiel.store.history.search import search
from materiel.store.papers import document as documents
from materiel.store.papers import scan as scans
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.papers.signed_scans import submit_pile
from materiel.use_cases.work.job import LEASE, get_job, run_next
from materiel.use_cases.worker import HANDLERS

LATER = NOW + timedelta(minutes=5)


@pytest.fixture(autouse=True)
async def cast(db):
    await set_up()


async def two_loans():
    """Every document of a child's and of an adult's loan."""
    papers = []
    for asked in ({"items": (LAPTOP,), "pupil": CHILD}, {"items": (BRAILLE,), "pupil": ADULT, "school": COLLEGE}):
        applied = await issue_loan(await a_draft(**asked), issuer=ISSUER)
        papers += await documents.of_loan(applied.case.loan.id)
    return papers


async def printed_pages(document):
    pdf = await documents.pdf(document.id)
    return [rasterised(pdf, 200, page) for page in range(document.pages)]


async def handed_in(*files, actor=MANAGER):
    pile = (await submit_pile(files, actor=actor, now=NOW)).pile
    return await get_job(pile.job_id, actor=actor)


async def read_bundle(data, now=LATER):
    job = await handed_in(data, actor=MANAGER)
    assert await run_next("w1", HANDLERS, clock=lambda: now)
    ended = await get_job(job.id, actor=MANAGER)
    return ended, msgspec.json.decode(ended.result)


async def filed_numbers(document):
    """The codes and page numbers read on the scans filed to a document."""
    found = []
    for scan in await scans.of_document(document.id):
        _, content = await scans.content(document.id, scan.id)
        with Bundle(content) as bundle:
            found.append([read_page(bundle, index) for index in range(bundle.pages)])
    return found


async def test_a_pile_of_signed_papers_is_filed_without_a_mistake():
    papers = await two_loans()
    bundle, truth = [], []
    for document in papers:
        for number, page in enumerate(await printed_pages(document), 1):
            seed = len(bundle)
            wear, turned = (SCAN, BAD_SCAN)[seed % 2], (0, 0, 180, 90, 0)[seed % 5]
            bundle.append(scanned(page, seed, wear=wear, turned=turned))
            truth.append((str(document.id), number))
            if seed % 4 == 3:
                bundle.append(blank(seed))
                truth.append(None)
    job, result = await read_bundle(as_pdf(bundle))
    assert job.state is JobState.DONE
    assert result["pages"] == len(bundle)
    for filed in result["filed"]:
        assert [truth[page - 1] for page in filed["pages"]] == [
            (filed["document"], number) for number in range(1, len(filed["pages"]) + 1)
        ]
        assert filed["inferred"] == []
    assert {filed["number"] for filed in result["filed"]} == {document.number for document in papers}
    assert result["blank"] == [n for n, page in enumerate(truth, 1) if page is None]
    assert result["unfiled"] == []
    for document in papers:
        (pages,) = await filed_numbers(document)
        assert [(page.code, page.number, page.rotation) for page in pages] == [
            (document.code, number, 0) for number in range(1, document.pages + 1)
        ]


async def test_a_torn_page_is_guessed_between_its_neighbours_and_left_to_a_person():
    document = max(await two_loans(), key=lambda each: each.pages)
    assert document.pages >= 3
    pages = await printed_pages(document)
    _, result = await read_bundle(as_pdf([scanned(torn(page) if n == 1 else page, n) for n, page in enumerate(pages)]))
    assert result["filed"] == []
    assert [(each["page"], each["code"]) for each in result["unfiled"] if each["code"] != "incomplete"] == [
        (2, "inferred")
    ]
    assert result["missing"] == [{"document": str(document.id), "number": document.number, "pages": [2]}]


async def test_a_torn_last_page_leaves_the_document_unfiled():
    document = max(await two_loans(), key=lambda each: each.pages)
    *others, last = await printed_pages(document)
    _, result = await read_bundle(as_pdf([scanned(page, n) for n, page in enumerate([*others, torn(last)])]))
    assert result["filed"] == []
    assert [each["code"] for each in result["unfiled"]] == ["incomplete"] * len(others) + ["no_code"]
    assert all(each["reason"] for each in result["unfiled"])
    assert await scans.of_document(document.id) == []


async def test_another_services_document_is_unknown():
    document = (await two_loans())[0]
    pages = await printed_pages(document)
    job = await handed_in(as_pdf([scanned(page, n) for n, page in enumerate(pages)]), actor=STRANGER)
    assert await run_next("w1", HANDLERS, clock=lambda: LATER)
    result = msgspec.json.decode((await get_job(job.id, actor=STRANGER)).result)
    assert {each["code"] for each in result["unfiled"]} == {"unknown"}
    assert await scans.of_document(document.id) == []


async def test_a_scan_signs_nothing_and_is_in_the_journal():
    document = (await two_loans())[0]
    await read_bundle(as_pdf([scanned(page, n) for n, page in enumerate(await printed_pages(document))]))
    after: Document = await documents.get(document.id, SERVICE)
    assert after.status is DocumentStatus.IN_FORCE
    assert SignatureStatus.SIGNED not in {box.status for box in after.signatures}
    (scan,) = await scans.of_document(document.id)
    assert (scan.filed_by, scan.filed_at, scan.media_type) == (MANAGER.id, LATER, "application/pdf")
    entries = [each for each in await search(SERVICE, limit=200) if each.action.startswith(("scan", "document.scan"))]
    assert sorted(each.action for each in entries) == ["document.scan_filed", "scan.read", "scan.submitted"]
    assert (await journal.verify()).fault is None


async def test_two_signed_copies_are_two_scans():
    document = min(await two_loans(), key=lambda each: each.pages)
    printed = await printed_pages(document)
    _, result = await read_bundle(as_pdf([scanned(page, n) for n, page in enumerate(printed + printed)]))
    assert len(result["filed"]) == 2
    assert len(await scans.of_document(document.id)) == 2


@pytest.mark.parametrize(
    ("data", "code"), [(b"%PDF-1.7 broken", "scan.unreadable"), (b"\xff\xd8\xff broken", "scan.unreadable")]
)
async def test_a_damaged_file_fails_its_job_with_a_sentence(data, code):
    job = await handed_in(data, actor=MANAGER)
    assert await run_next("w1", HANDLERS, clock=lambda: LATER)
    ended = await get_job(job.id, actor=MANAGER)
    assert ended.state is JobState.FAILED
    result = msgspec.json.decode(ended.result)
    assert result["code"] == code
    assert result["message"].endswith(".")


async def test_a_file_of_another_kind_is_refused_at_once():
    with pytest.raises(BadInput) as refusal:
        await handed_in(b"PK\x03\x04", actor=MANAGER)
    assert refusal.value.code == "scan.unreadable"
    assert await fetch("SELECT id FROM job") == []


async def test_a_pile_too_large_is_refused_at_once(monkeypatch):
    monkeypatch.setattr("materiel.use_cases.papers.signed_scans.LARGEST_PILE", 10)
    with pytest.raises(BadInput) as refusal:
        await handed_in(b"%PDF-1.7 1234567890", actor=MANAGER)
    assert refusal.value.code == "scan.too_large"


async def test_a_reader_hands_in_nothing():
    with pytest.raises(PermissionDenied):
        await handed_in(b"%PDF-1.7", actor=READER)


WORKER = """
import asyncio, sys
from datetime import UTC, datetime
from materiel.use_cases.process.running import running
from materiel.use_cases.worker import run_worker

async def main():
    async with running(sys.argv[1], migrate=False):
        await run_worker(asyncio.Event(), clock=lambda: datetime.now(UTC))

asyncio.run(main())
"""


async def test_a_worker_killed_in_the_middle_leaves_its_job_to_another(migrated_url):
    document = max(await two_loans(), key=lambda each: each.pages)
    printed = await printed_pages(document)
    # Copies enough for several seconds of reading.
    copies = [scanned(page, n) for n, page in enumerate(printed * 6)]
    job = await handed_in(as_pdf(copies), actor=MANAGER)
    worker = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, migrated_url, env=dict(os.environ))
    async with asyncio.timeout(60):
        while (await get_job(job.id, actor=MANAGER)).done == 0:
            assert worker.returncode is None
            await asyncio.sleep(0.02)
    worker.send_signal(signal.SIGKILL)
    await worker.wait()
    killed = await get_job(job.id, actor=MANAGER)
    assert killed.state is JobState.RUNNING
    assert 0 < killed.done < killed.total
    assert await scans.of_document(document.id) == []

    lease_is_over = datetime.now(UTC) + LEASE
    assert await run_next("w2", HANDLERS, clock=lambda: lease_is_over)
    ended = await get_job(job.id, actor=MANAGER)
    assert (ended.state, ended.attempts) == (JobState.DONE, 2)
    assert len(await scans.of_document(document.id)) == 6
    assert (await journal.verify()).fault is None


async def test_what_is_filed_is_the_scanners_own_image():
    document = min(await two_loans(), key=lambda each: each.pages)
    pages = [scanned(page, n) for n, page in enumerate(await printed_pages(document))]
    data = as_pdf(pages)
    await read_bundle(data)
    (scan,) = await scans.of_document(document.id)
    _, content = await scans.content(document.id, scan.id)
    with pikepdf.open(io.BytesIO(data)) as given, pikepdf.open(io.BytesIO(content)) as kept:
        for before, after in zip(given.pages, kept.pages, strict=True):
            (one,), (other,) = before.get_images().values(), after.get_images().values()
            assert one.read_raw_bytes() == other.read_raw_bytes()
