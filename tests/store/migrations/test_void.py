"""Papers written before the migration `void`, once it has run; and what its triggers let through."""

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.cast import DSDEN_35, NOW, given_document, given_item, given_loan
from tests.store.migrations.test_item_truth import LOAN, SCHOOL, SERVICE, empty, insert, rows_of_before
from tests.store.papers.test_document import sign

from materiel.domain.history.correction import Correction, CorrectionKind, CorrectionSubject
from materiel.domain.papers.document import DocumentKind, DocumentStatus, SignatureStatus
from materiel.store.engine import migrate
from materiel.store.engine.database import fetch
from materiel.store.engine.ids import new_id
from materiel.store.engine.statement import Statement
from materiel.store.loan import loan as loans
from materiel.store.papers import correction as corrections
from materiel.store.papers import document as documents

__all__ = ["empty"]
ID = "2026-11-28T00:02:10:000000"
FIRST_ROWS = "2026-11-28T00:00:50:000000"


async def paper_of_before(number: str, kind: str, status: str):
    made = new_id()
    paper = {"loan": LOAN, "school": SCHOOL, "service": SERVICE, "kind": kind, "number": number, "status": status}
    await insert("document", id=made, code=f"CODE{number}", covers="loan", sha256="0" * 64, **paper)
    return made


async def test_what_the_last_return_ended_is_noted_and_statuses_are_kept(empty, capsys):
    every = await migrate.check()
    for until in (FIRST_ROWS, ID):
        assert (await run_forwards("materiel", migration_id=[each for each in every if each < until][-1])).success
        if until == FIRST_ROWS:
            await rows_of_before()
    capsys.readouterr()
    await fetch(f"UPDATE loan SET status = 'returned' WHERE id = '{LOAN}'")
    written = (
        *(("1", "loan_agreement", "ended"), ("2", "notice", "ended"), ("3", "loan_agreement", "ended")),
        *(("4", "notice", "ended"), ("5", "amendment", "replaced"), ("6", "amendment", "ended")),
        *(("7", "notice", "ended"), ("8", "return_receipt", "in_force")),
    )
    ids = {number: await paper_of_before(number, kind, status) for number, kind, status in written}
    await migrate.upgrade()
    rows = {row["number"]: row for row in await fetch("SELECT number, status, ended_by FROM document")}
    assert {number: row["status"] for number, row in rows.items()} == {each[0]: each[2] for each in written}
    noted = {number for number, row in rows.items() if row["ended_by"] is not None}
    assert noted == {"3", "6", "7"}
    assert {str(rows[each]["ended_by"]) for each in noted} == {str(ids["8"])}
    with pytest.raises(Exception, match="document_status_final"):
        await fetch("UPDATE document SET status = 'in_force', ended_by = NULL WHERE number = '3'")
    with pytest.raises(Exception, match=r"(?i)check constraint"):
        await fetch("UPDATE document SET status = 'elsewhere' WHERE number = '8'")


async def corrected(document, kind, at=NOW):
    subject = CorrectionSubject.DOCUMENT
    values = {"service_id": DSDEN_35, "subject_kind": subject, "subject_id": document.id, "corrected_by": "token:1"}
    await corrections.insert(Correction(id=new_id(), kind=kind, reason="Erreur", corrected_at=at, **values))


@pytest.fixture
async def document(settled):
    return await given_document(await given_loan(await given_item()))


async def a_receipt(agreement, kind):
    loan = await loans.get(agreement.loan_id, DSDEN_35)
    return await given_document(loan, number="X-1", kind=kind, covers=(), signatures=())


async def test_a_signature_changes_with_its_correction_alone(document):
    await sign(document)
    box = document.signatures[0].id
    with pytest.raises(Exception, match="signature_frozen"):
        await documents.withdraw(document.id, box, SignatureStatus.PENDING)
    await corrected(document, CorrectionKind.RETURN)
    with pytest.raises(Exception, match="signature_frozen"):
        await documents.withdraw(document.id, box, SignatureStatus.PENDING)
    await corrected(document, CorrectionKind.SIGNATURE, NOW.replace(year=2020))
    with pytest.raises(Exception, match="signature_frozen"):
        await documents.withdraw(document.id, box, SignatureStatus.PENDING)
    await corrected(document, CorrectionKind.SIGNATURE)
    with pytest.raises(Exception, match="signature_frozen"):
        await fetch("UPDATE signature SET name = 'x' WHERE status = 'signed'")
    with pytest.raises(Exception, match="signature_frozen"):
        await fetch("UPDATE signature SET channel = 'electronic' WHERE status = 'signed'")
    await documents.withdraw(document.id, box, SignatureStatus.PENDING)
    assert await documents.get(document.id, DSDEN_35) == document


async def test_a_receipt_is_void_with_its_correction_alone_and_for_ever(document):
    receipt = await given_document(
        await loans.get(document.loan_id, DSDEN_35),
        number="B-1",
        kind=DocumentKind.HANDOVER_RECEIPT,
        covers=(),
        signatures=(),
    )
    with pytest.raises(Exception, match="document_status_final"):
        await documents.set_status([receipt.id], DSDEN_35, DocumentStatus.VOID)
    for each in (document, receipt):
        await corrected(each, CorrectionKind.HAND_OVER)
    with pytest.raises(Exception, match="document_status_final"):
        await documents.set_status([document.id], DSDEN_35, DocumentStatus.VOID)
    await documents.set_status([receipt.id], DSDEN_35, DocumentStatus.VOID)
    with pytest.raises(Exception, match="document_status_final"):
        await documents.restore([receipt.id], DSDEN_35)


async def test_an_ended_paper_is_in_force_again_with_a_correction_later_than_its_end(document):
    receipt = await given_document(
        await loans.get(document.loan_id, DSDEN_35),
        number="R-1",
        kind=DocumentKind.RETURN_RECEIPT,
        covers=(),
        signatures=(),
    )
    await documents.set_status([document.id], DSDEN_35, DocumentStatus.ENDED)
    await corrected(receipt, CorrectionKind.RETURN)
    with pytest.raises(Exception, match="document_status_final"):
        await documents.restore([document.id], DSDEN_35)
    await Statement("UPDATE document SET ended_by = {} WHERE id = {}").fetch(receipt.id, document.id)
    with pytest.raises(Exception, match="document_status_final"):
        await documents.set_status([document.id], DSDEN_35, DocumentStatus.REPLACED)
    await documents.restore([document.id], DSDEN_35)
    assert await documents.get(document.id, DSDEN_35) == document
