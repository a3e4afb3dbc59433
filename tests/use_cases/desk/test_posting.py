"""Letters of a print run: one for each addressee before what they receive, noted in each loan; none is told too."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from uuid import UUID

import pikepdf
import pytest
from pypdfium2 import PdfDocument
from tests.documents.gate import faults
from tests.documents.letterheads import WORDS, a_letterhead
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.use_cases.papers.test_printing import bytes_of, starts_of
from tests.use_cases.visitors import institution_cast as places

from materiel.domain.papers.document import Document, DocumentKind, Party
from materiel.domain.papers.printing import PrintOrder
from materiel.domain.people.pupil import Pupil
from materiel.domain.work.job import Job
from materiel.errors import PermissionDenied, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.papers import document as documents
from materiel.store.papers import letterhead as letterheads
from materiel.store.people import pupil as pupils
from materiel.use_cases.desk import print_together
from materiel.use_cases.desk.print_together import print_documents_together, printed_file
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.papers.printing import PrintDocuments
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS

LATER = cast.TODAY + timedelta(days=21)


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await places.set_up_institutions()


async def agreements(*loan_ids: UUID) -> list[Document]:
    found = await documents.of_loans(loan_ids)
    return [each for loan_id in loan_ids for each in found[loan_id] if each.kind is not DocumentKind.NOTICE]


async def ask(papers: Sequence[Document], **asked: object) -> bytes | Job:
    wanted = {"order": PrintOrder.NAME, "letters_by": LATER} | asked
    command = PrintDocuments(document_ids=tuple(each.id for each in papers), **wanted)  # type: ignore[arg-type]
    return await print_documents_together(command, actor=cast.MANAGER, now=cast.NOW)


async def printed(papers: Sequence[Document], **asked: object) -> bytes:
    made = await ask(papers, **asked)
    assert isinstance(made, bytes)
    return made


def titles(pdf: bytes) -> list[str]:
    return [title.replace("\u00a0", " ") for title, _ in starts_of(pdf)]


def told(pdf: bytes, page: int) -> str:
    said = PdfDocument(pdf)[page].get_textpage().get_text_range()
    return " ".join(said.split()).replace("\u00a0", " ").replace("’", "'")


def figures_of(pdf: bytes) -> list[str]:
    """The words of each bloc-marque."""
    with pikepdf.open(BytesIO(pdf)) as file:
        objects = [each for each in file.objects if isinstance(each, pikepdf.Dictionary)]
        return [str(each.Alt) for each in objects if each.get("/S") == "/Figure" and "/Alt" in each]


async def noted() -> list[tuple[UUID, dict[str, object]]]:
    rows = await fetch("SELECT subject_id, details FROM journal WHERE action = 'loan.letters_printed' ORDER BY id")
    facts = [json.loads(row["details"]) if isinstance(row["details"], str) else row["details"] for row in rows]
    return [(UUID(str(row["subject_id"])), each) for row, each in zip(rows, facts, strict=True)]


async def change(pupil_id: UUID, **changes: object) -> None:
    async with write_transaction():
        pupil: Pupil = await pupils.get(pupil_id, cast.SERVICE)
        await pupils.save(replace(pupil, **changes))  # type: ignore[arg-type]
    await cast.noted()


async def test_a_letter_stands_before_what_its_addressee_receives() -> None:
    loan_id = await places.a_home_loan(uai=cast.BAULON)
    (agreement,) = await agreements(loan_id)
    (notice,) = [each for each in await documents.of_loan(loan_id) if each.kind is DocumentKind.NOTICE]
    pdf = await printed([agreement, notice], order=PrintOrder.SCHOOL, separators=True)
    starts = starts_of(pdf)
    assert titles(pdf)[1:] == [
        "Envoi de papiers à signer : Anne Exemple",
        f"Convention de prêt n° {agreement.number}",
        f"{notice.kind.label} n° {notice.number}",
    ]
    assert all(page % 2 == 0 for _, page in starts)
    letter = told(pdf, starts[1][1])
    assert "Zoé Exemple" in letter
    assert f"Convention de prêt, n° {agreement.number}, en deux exemplaires" in letter
    assert f"convention n° {agreement.number}" in letter
    assert "avant le 28 septembre 2026" in letter
    sheet = told(pdf, 0)
    assert "2 documents, 3 exemplaires, 1 lettre, " in sheet
    assert "Lettre Anne Exemple 1 1" in sheet
    assert faults(pdf) == []
    assert await noted() == [(loan_id, {"kind": "letter_sending", "letters": 1})]


async def test_a_keeper_has_one_letter_for_all_its_papers_and_it_names_no_pupil() -> None:
    first, second = await places.a_deposit(), await places.a_tripartite(uai=cast.COLLEGE)
    papers = await agreements(first, second)
    pdf = await printed(papers, order=PrintOrder.NAME)
    letters = [(title, page) for title, page in starts_of(pdf) if title.startswith("Envoi")]
    keeper = [page for title, page in letters if "Exemple" not in title]
    assert len(keeper) == 1
    said = told(pdf, keeper[0])
    keepers = {Party.HEAD_OF_SCHOOL, Party.MUNICIPALITY}
    kept = [each for each in papers if any(box.party in keepers for box in each.signatures)]
    assert len(kept) >= 2
    for each in kept:
        assert each.number in said
    assert "Zoé" not in said
    assert "Réf." not in said
    assert {loan for loan, _ in await noted()} == {first, second}


async def test_those_of_one_home_share_a_letter_and_two_homes_do_not() -> None:
    loan_id = await cast.a_draft(pupil=cast.TWO_HOMES, items=(cast.LAPTOP,))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    papers = await agreements(loan_id)
    pdf = await printed(papers)
    letters = [(title, page) for title, page in starts_of(pdf) if title.startswith("Envoi")]
    assert len(letters) == 2
    assert titles(pdf).count(f"Convention de prêt n° {papers[0].number}") == 2
    pupil = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    together = tuple(replace(each, home=0) for each in pupil.representatives)
    await change(cast.TWO_HOMES, representatives=together)
    pdf = await printed(papers)
    (letter,) = [page for title, page in starts_of(pdf) if title.startswith("Envoi")]
    for each in together:
        assert each.full_name in told(pdf, letter)


async def test_whoever_has_no_address_is_named_first_and_the_papers_stay() -> None:
    loan_id = await places.a_home_loan(uai=cast.BAULON)
    papers = await agreements(loan_id)
    pupil = await pupils.get(cast.CHILD, cast.SERVICE)
    await change(cast.CHILD, representatives=tuple(replace(each, home=None) for each in pupil.representatives))
    pdf = await printed(papers)
    assert titles(pdf) == ["Sans lettre", f"Convention de prêt n° {papers[0].number}"]
    sheet = told(pdf, 0)
    assert "Anne Exemple Adresse postale inconnue : à saisir sur sa fiche." in sheet
    assert papers[0].number in sheet
    await change(cast.CHILD, representatives=pupil.representatives)
    home = pupil.homes[0]
    long = replace(home.address, lines=("W" * 80,) * 5)
    await change(cast.CHILD, homes=(replace(home, address=long),))
    assert "trop longue pour la fenêtre" in told(await printed(papers), 0)
    await change(cast.CHILD, homes=pupil.homes, died_on=date(2026, 9, 6))
    assert "après le décès" in told(await printed(papers), 0)
    assert await noted() == []


async def test_letters_are_for_whoever_writes_and_for_a_day_to_come() -> None:
    papers = await agreements(await places.a_home_loan(uai=cast.BAULON))
    command = PrintDocuments(document_ids=(papers[0].id,), letters_by=LATER)
    with pytest.raises(PermissionDenied):
        await print_documents_together(command, actor=cast.READER, now=cast.NOW)
    with refused(RuleBroken, "letter.invalid") as caught:
        await ask(papers, letters_by=cast.TODAY)
    assert [each.pointer for each in caught.value.errors] == ["/letters_by"]
    # As many copies as the letter says, whatever was asked.
    assert await printed(papers, announced=False) == await printed(papers)


async def test_a_job_writes_the_same_and_notes_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = await places.a_home_loan(uai=cast.BAULON), await places.a_deposit()
    papers = await agreements(first, second)
    at_once = await printed(papers, separators=True)
    before = await noted()
    monkeypatch.setattr(print_together, "MANY", 1)
    job = await ask(papers, separators=True)
    assert isinstance(job, Job)
    assert await noted() == before
    assert await run_next("w1", HANDLERS, clock=lambda: cast.NOW)
    assert await bytes_of(await printed_file(job.id, actor=cast.MANAGER, now=cast.NOW)) == at_once
    assert await noted() == before * 2


async def test_sheets_letters_and_aids_bear_the_bloc_marque() -> None:
    ours = a_letterhead()
    async with write_transaction():
        await letterheads.add(ours)
        await services.save(replace(await services.get(cast.SERVICE), letterhead=ours.sha256))
    loan_id = await places.a_home_loan(uai=cast.BAULON)
    papers = await agreements(loan_id)
    await change(cast.CHILD, large_print=True, plain_summary=True)
    pdf = await printed(papers, separators=True)
    assert faults(pdf) == []
    # The sheet, the letter, each copy of the agreement, both aids.
    assert figures_of(pdf).count(WORDS) == 6
    sheet = told(pdf, 0)
    assert "1 document, 2 exemplaires, 1 lettre, 2 aides à la lecture, " in sheet
    assert f"{papers[0].number} En gros caractères" in sheet
    assert f"{papers[0].number} Résumé en mots simples Exemple Zoé 1 1" in sheet
