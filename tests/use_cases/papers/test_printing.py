"""Documents printed together: on rectos, in the copies that they announce, in an order; many are a job's file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pikepdf
import pytest
from pypdfium2 import PdfDocument
from tests.documents.gate import faults
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors import institution_cast as places

import materiel
from materiel.documents.pdf.layout import LAYOUT
from materiel.domain.papers.document import Document, DocumentKind
from materiel.domain.papers.printing import PrintOrder
from materiel.domain.work.job import Job
from materiel.errors import BadInput, NotFound
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.store.papers import printed
from materiel.store.people import pupil as pupils
from materiel.store.work import job as jobs
from materiel.use_cases.desk import print_together
from materiel.use_cases.desk.print_together import PrintedFile, print_documents_together, printed_file
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.papers import print_run, printing
from materiel.use_cases.papers.printing import PrintDocuments, merged_pdf
from materiel.use_cases.retention.housekeeping import forget
from materiel.use_cases.work.job import run_next, stop_job
from materiel.use_cases.worker import HANDLERS


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await places.set_up_institutions()


async def some_papers() -> list[Document]:
    loans = [
        await places.a_home_loan(uai=cast.BAULON),
        await places.a_deposit(),
    ]
    return [paper for loan_id in loans for paper in await documents.of_loan(loan_id)]


async def ask(papers: Sequence[Document], **asked: object) -> bytes | Job:
    command = PrintDocuments(document_ids=tuple(each.id for each in papers), **asked)  # type: ignore[arg-type]
    return await print_documents_together(command, actor=cast.READER, now=cast.NOW)


def pictures(pdf: bytes) -> list[bytes]:
    return [page.render(scale=0.6).to_pil().tobytes() for page in PdfDocument(pdf)]


def pages_of(pdf: bytes) -> int:
    with pikepdf.open(BytesIO(pdf)) as file:
        return len(file.pages)


def starts_of(pdf: bytes) -> list[tuple[str, int]]:
    """The bookmarks, and the pages from 0 to which they lead, those of the second level after their own."""
    with pikepdf.open(BytesIO(pdf)) as file, file.open_outline() as outline:
        numbers = {page.objgen: rank for rank, page in enumerate(file.pages)}
        entries = [each for entry in outline.root for each in (entry, *entry.children)]
        return [(entry.title, numbers[entry.destination[0].objgen]) for entry in entries]  # type: ignore[index,union-attr]


def announced_copies(paper: Document) -> int:
    return max(len(paper.signatures), 1)


def sheets_of(papers: Sequence[Document]) -> int:
    """Pages of a run, blank ones included."""
    return sum(announced_copies(each) * (each.pages + each.pages % 2) for each in papers)


def texts_of(pdf: bytes) -> list[str]:
    return [" ".join(page.get_textpage().get_text_range().split()) for page in PdfDocument(pdf)]


async def bytes_of(file: PrintedFile) -> bytes:
    return b"".join([piece async for piece in file.pieces])


async def test_each_document_begins_on_a_recto_in_the_copies_that_it_announces() -> None:
    papers = await some_papers()
    pdf = await ask(papers)
    assert isinstance(pdf, bytes)
    assert pages_of(pdf) == sheets_of(papers)
    starts = starts_of(pdf)
    assert [title for title, _ in starts] == [f"{each.kind.label} n°\u00a0{each.number}" for each in papers]
    assert all(page % 2 == 0 for _, page in starts)
    notice = next(each for each in papers if each.kind is DocumentKind.NOTICE)
    agreement = next(each for each in papers if each.kind is DocumentKind.LOAN_AGREEMENT)
    assert (announced_copies(notice), announced_copies(agreement)) == (1, len(agreement.signatures))
    alone = await ask([agreement], announced=False)
    assert isinstance(alone, bytes)
    assert pages_of(alone) == agreement.pages + agreement.pages % 2


async def test_many_are_drawn_by_a_job_that_keeps_the_file_for_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    papers = await some_papers()
    at_once = await ask(papers)
    monkeypatch.setattr(print_together, "MANY", 1)
    job = await ask(papers)
    assert isinstance(job, Job)
    assert (await ask(papers)).id == job.id  # type: ignore[union-attr]
    with refused(NotFound, "print.expired"):
        await printed_file(job.id, actor=cast.READER, now=cast.NOW)
    assert await run_next("w1", HANDLERS, clock=lambda: cast.NOW)
    file = await printed_file(job.id, actor=cast.READER, now=cast.NOW + timedelta(hours=23))
    data = await bytes_of(file)
    assert (data, file.name) == (at_once, f"documents-{len(papers)}.pdf")
    (row,) = await fetch("SELECT result FROM job WHERE kind = 'print'")
    read = msgspec.json.decode(row["result"])
    assert read == {"documents": len(papers), "pages": pages_of(data), "left": 0}
    with refused(NotFound, "job.not_found"):
        await printed_file(job.id, actor=cast.STRANGER, now=cast.NOW)
    later = cast.NOW + timedelta(days=1)
    with refused(NotFound, "print.expired"):
        await printed_file(job.id, actor=cast.READER, now=later)
    await forget(now=later)
    assert await fetch("SELECT id FROM job_output") == []
    await forget(now=cast.NOW + timedelta(days=100))
    assert await fetch("SELECT id FROM job") == []


async def test_a_file_is_kept_in_pieces_as_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    papers = await some_papers()
    at_once = await ask(papers)
    monkeypatch.setattr(print_together, "MANY", 1)
    monkeypatch.setattr(print_together, "PIECE", 1000)
    monkeypatch.setattr(print_run, "AT_ONCE", 1)
    job = await ask(papers)
    assert isinstance(job, Job)
    finish = jobs.finish

    async def die(*args: Any, **values: Any) -> bool:
        return False

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "finish", die)
        await run_next("dead", HANDLERS, clock=lambda: cast.NOW)
    with refused(NotFound, "print.expired"):
        await printed_file(job.id, actor=cast.READER, now=cast.NOW)
    monkeypatch.setattr(jobs, "finish", finish)
    # Another worker begins anew what the first one left.
    later = cast.NOW + timedelta(hours=1)
    assert await run_next("w2", HANDLERS, clock=lambda: later)
    pieces = [piece async for piece in (await printed_file(job.id, actor=cast.READER, now=later)).pieces]
    assert len(pieces) > 1
    assert b"".join(pieces) == at_once
    await forget(now=later + timedelta(days=1))
    assert await fetch("SELECT id FROM job_output_part") == []


async def test_told_to_stop_it_ends_with_the_documents_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    papers = await some_papers()
    monkeypatch.setattr(print_together, "MANY", 1)
    monkeypatch.setattr(print_run, "AT_ONCE", 1)
    job = await ask(papers)
    assert isinstance(job, Job)
    read = printed.issued_files

    async def stop_after_the_first(document_ids: Sequence[UUID]) -> dict[UUID, bytes]:
        # Somebody presses the button meanwhile.
        await stop_job(job.id, actor=cast.MANAGER, now=cast.NOW)
        return await read(document_ids)

    with monkeypatch.context() as patched:
        patched.setattr(printed, "issued_files", stop_after_the_first)
        assert await run_next("w1", HANDLERS, clock=lambda: cast.NOW)
    told = msgspec.json.decode((await jobs.get(job.id, cast.SERVICE)).result or "")
    data = await bytes_of(await printed_file(job.id, actor=cast.READER, now=cast.NOW))
    assert told == {"documents": 1, "pages": pages_of(data), "left": len(papers) - 1}
    again = await ask(papers)
    assert isinstance(again, Job)
    await stop_job(again.id, actor=cast.MANAGER, now=cast.NOW)
    assert await run_next("w1", HANDLERS, clock=lambda: cast.NOW)
    told = msgspec.json.decode((await jobs.get(again.id, cast.SERVICE)).result or "")
    assert told == {"documents": 0, "pages": 0, "left": len(papers)}
    with refused(NotFound, "print.expired"):
        await printed_file(again.id, actor=cast.READER, now=cast.NOW)


async def test_what_is_printed_is_the_bytes_that_were_issued() -> None:
    papers = await some_papers()
    for paper in papers:
        alone = await merged_pdf([paper.id], actor=cast.READER)
        issued = await documents.pdf(paper.id)
        assert hashlib.sha256(issued).hexdigest() == paper.sha256
        assert pictures(alone)[: paper.pages] == pictures(issued)


async def test_a_document_is_issued_with_the_number_of_its_layout() -> None:
    assert {paper.layout for paper in await some_papers()} == {LAYOUT}


async def test_they_come_out_by_school_by_commune_or_by_name() -> None:
    loans = {
        "Exemple": await cast.a_draft(school=cast.BAULON, pupil=cast.CHILD, items=(cast.LAPTOP,)),
        "Modèle": await cast.a_draft(school=cast.CARDROC, pupil=cast.ADULT, items=(cast.SPARE,)),
        "Fictif": await cast.a_draft(school=cast.PRIVATE, pupil=cast.TWO_HOMES, items=(cast.LAST,)),
    }
    agreements = {}
    for name, loan_id in loans.items():
        await issue_loan(loan_id, issuer=cast.ISSUER)
        agreements[name] = next(
            each for each in await documents.of_loan(loan_id) if each.kind is DocumentKind.LOAN_AGREEMENT
        )
    listed = list(agreements.values())

    async def order(by: PrintOrder | None) -> list[UUID]:
        command = PrintDocuments(document_ids=tuple(each.id for each in listed), order=by)
        run = await printing.plan_run(command, actor=cast.READER, today=cast.TODAY)
        return [paper.id for pile in run.piles for paper in pile.papers]

    assert await order(None) == [each.id for each in listed]
    assert await order(PrintOrder.NAME) == [agreements[name].id for name in ("Exemple", "Fictif", "Modèle")]
    by_school, by_town = await order(PrintOrder.SCHOOL), await order(PrintOrder.MUNICIPALITY)
    assert set(by_school) == set(by_town) == {each.id for each in listed}
    assert by_town.index(agreements["Exemple"].id) < by_town.index(agreements["Modèle"].id)


async def test_a_sheet_before_each_pile_says_what_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    papers = await some_papers()
    pdf = await ask(papers, order=PrintOrder.SCHOOL, separators=True)
    assert isinstance(pdf, bytes)
    assert pages_of(pdf) == sheets_of(papers) + 4
    starts = starts_of(pdf)
    assert all(page % 2 == 0 for _, page in starts)
    texts = texts_of(pdf)
    seen = [(rank, text) for rank, text in enumerate(texts) if "Ce que contient cette pile" in text]
    assert [rank for rank, _ in seen] == [page for title, page in starts if "n°" not in title]
    for rank, text in seen:
        assert texts[rank + 1] == ""
        assert re.search(r"pile [12] sur 2", text)
    for paper in papers:
        assert sum(paper.number in text.split() for _, text in seen) == 1
    monkeypatch.setattr(print_together, "MANY", 1)
    job = await ask(papers, order=PrintOrder.SCHOOL, separators=True)
    assert isinstance(job, Job)
    assert await run_next("w1", HANDLERS, clock=lambda: cast.NOW)
    assert await bytes_of(await printed_file(job.id, actor=cast.READER, now=cast.NOW)) == pdf


async def test_what_is_not_the_services_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    papers = await some_papers()
    command = PrintDocuments(document_ids=(papers[0].id,))
    with refused(NotFound, "document.not_found"):
        await print_documents_together(command, actor=cast.STRANGER, now=cast.NOW)
    with refused(NotFound, "document.not_found") as unknown:
        await ask([papers[0], replace(papers[0], id=cast.SERVICE)])
    assert [each.pointer for each in unknown.value.errors] == ["/documents/1"]
    with refused(BadInput, "pile.empty"):
        await ask([])
    monkeypatch.setattr(printing, "MOST_PRINTED", 1)
    with refused(BadInput, "print.too_many"):
        await ask(papers)


DRAWING = {
    "documents/pdf/__init__.py": "gives its name",
    "use_cases/loan/issuing.py": "draws a document, once, when it is issued",
    "use_cases/loan/handover_form.py": "a form that was never issued",
    "use_cases/signing/signed_copy.py": "the page of proof, put after the issued bytes",
    "use_cases/item/checklist.py": "lines to tick beside an item, never issued",
    "use_cases/desk/route_sheet.py": "a list of the day, never issued",
    "use_cases/links/institution.py": "what a place keeps, never issued",
    "use_cases/papers/reading_aid.py": "what helps to read a document, and says that it does not replace it",
    "use_cases/papers/print_run.py": "the sheets of a run, its letters and what helps to read",
    "/".join(("use_cases", "work", "drawing.py")): "what somebody waits for, drawn for those below",
    "use_cases/papers/letterhead.py": "a sample of what papers will look like",
    "use_cases/accounts/annex_specimen.py": "a specimen of what an annex will look like",
    "use_cases/desk/cover_letter.py": "the letters of the post, never issued",
    "use_cases/loan/elsewhere/leaving.py": "the liaison sheet that a family carries, never issued",
    "use_cases/item/examination.py": "a sheet of checks to tick, never issued",
    "use_cases/desk/examination.py": "an attestation for an examination, which commits nobody",
    "use_cases/visitors/liaison.py": "the same sheet, by the link of a family",
    "use_cases/papers/act.py": "an act that is no document of a loan, drawn once, when it is decided, and kept",
    "use_cases/circuit/disposal_paper.py": "the list for the Domaine, of what was proposed",
    "use_cases/circuit/yearly_report.py": "figures",
    "use_cases/circuit/condition/comparing.py": "what was seen at both ends of a loan, never issued",
    "use_cases/circuit/workshop/passport.py": "the life of an item, without a name",
    "use_cases/signing/stocktake_report.py": "the report of a stocktake, drawn once when it is closed",
    "use_cases/demo/returned.py": "a specimen of the demonstration, signed by nobody",
}
"""Whatever prints, sends, shows or hands out a document reads the bytes that were issued: nothing else may draw."""


DOOR = r"^from materiel\.(documents\.pdf\S* import .*\brender_pdf\b|use_cases\.work\.drawing import .*\bdraw_paper\b)"


def test_nothing_draws_a_document_again() -> None:
    source = Path(materiel.__file__).parent
    drawing = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if re.search(DOOR, path.read_text(), re.MULTILINE)
    }
    assert drawing == set(DRAWING)


async def test_what_helps_to_read_follows_each_agreement_that_asks_for_it() -> None:
    loan_id = await places.a_home_loan(uai=cast.BAULON)
    papers = await documents.of_loan(loan_id)
    plain = await ask(papers)
    assert isinstance(plain, bytes)
    loan = await loans.get(loan_id, cast.SERVICE)
    assert loan.pupil_id is not None
    child = await pupils.get(loan.pupil_id, cast.SERVICE)
    async with write_transaction():
        await pupils.save(replace(child, large_print=True, plain_summary=True))
    await cast.noted()
    aided = await ask(papers)
    assert isinstance(aided, bytes)
    before, after = starts_of(plain), starts_of(aided)
    titles = [title for title, _ in after]
    agreement = next(each for each in papers if each.has_summary)
    rank = next(rank for rank, title in enumerate(titles) if title.endswith(agreement.number) and "Convention" in title)
    assert [title.split("\u00a0")[0] for title in titles[rank + 1 : rank + 3]] == [
        "En gros caractères",
        "Résumé en mots simples",
    ]
    assert len(after) == len(before) + 2
    assert all(page % 2 == 0 for _, page in after)
    assert faults(aided) == []
