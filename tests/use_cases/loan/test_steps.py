import asyncio
import hashlib
from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.use_cases.loan_cast import (
    ADULT,
    BRAILLE,
    CHILD,
    COLLEGE,
    ISSUER,
    LAPTOP,
    MANAGER,
    NOW,
    PRIVATE,
    READER,
    SERVICE,
    SOFTWARE,
    STRANGER,
    TODAY,
    TWO_HOMES,
    a_child,
    a_draft,
    set_up,
)

from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.item.preparation import ChecksDone
from materiel.domain.loan.loan import LoanStatus, is_handed_over_unsigned
from materiel.domain.loan.recall_ground import RecallGround
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.domain.papers.document import DocumentKind, DocumentStatus, Party, SignatureChannel, SignatureStatus
from materiel.domain.people.pupil import ProtectionRegime
from materiel.domain.usage import Custody, Usage
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.history import journal
from materiel.store.history.search import search
from materiel.store.item import item as items
from materiel.store.people import pupil as pupils
from materiel.use_cases.item.code import item_of_code
from materiel.use_cases.item.preparation import prepare_item
from materiel.use_cases.loan import applying
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.loan.recall import recall_loan
from materiel.use_cases.loan.steps import (
    HandOver,
    TakeBack,
    cancel_loan,
    close_loan,
    hand_over,
    issue_loan,
    take_back,
)
from materiel.use_cases.papers.document import (
    FileScan,
    document_content,
    document_pdf,
    file_scan,
    get_document,
    mark_sent,
    verify_public_code,
)
from materiel.use_cases.signing.recording import RecordSignature, record_signature


@pytest.fixture(autouse=True)
async def cast(db):
    await set_up()


async def issued(**asked):
    return await issue_loan(await a_draft(**asked), issuer=ISSUER)


def kinds(applied):
    return [each.kind for each in applied.made]


async def sign_all(document):
    for box in document.signatures:
        if box.status is SignatureStatus.PENDING:
            command = RecordSignature(
                document_id=document.id, signatory_id=box.id, signed_on=TODAY, channel=SignatureChannel.PAPER
            )
            document = await record_signature(command, actor=MANAGER, now=NOW)
    return document


def handing(loan_id, *item_ids, on=TODAY):
    return HandOver(
        loan_id=loan_id,
        handed_over_on=on,
        items=tuple(HandedItem(item_id=each, condition=Condition.GOOD) for each in item_ids),
    )


def returning(loan_id, *item_ids, condition=Condition.WORN, on=TODAY, missing=()):
    return TakeBack(
        loan_id=loan_id,
        returned_on=on,
        items=tuple(ReturnedItem(item_id=each, condition=condition, missing_accessories=missing) for each in item_ids),
    )


async def test_a_loan_that_goes_home_makes_an_agreement_and_a_notice_to_the_mayor():
    made = await issued()
    assert kinds(made) == [DocumentKind.LOAN_AGREEMENT, DocumentKind.NOTICE]
    agreement, notice = made.made
    assert [box.party for box in agreement.signatures] == [Party.MANAGING_SERVICE, Party.BORROWER]
    assert [each.party for each in notice.recipients] == [Party.MAYOR]
    assert notice.signatures == ()
    assert (agreement.number, notice.number) == ("DSDEN35-2026-00001", "DSDEN35-2026-00001-N1")
    assert made.case.loan.status is LoanStatus.ISSUED


async def test_a_loan_that_stays_at_school_makes_one_tripartite_agreement():
    made = await issued(custody=Custody.SCHOOL)
    assert kinds(made) == [DocumentKind.TRIPARTITE_AGREEMENT]
    parties = [box.party for box in made.made[0].signatures]
    assert parties == [Party.MANAGING_SERVICE, Party.BORROWER, Party.MUNICIPALITY]
    assert {cover.value for cover in made.made[0].covers} == {"loan", "deposit"}


async def test_a_private_school_under_contract_signs_by_its_head():
    made = await issued(custody=Custody.SCHOOL, school=PRIVATE, pupil=TWO_HOMES)
    assert Party.HEAD_OF_SCHOOL in [box.party for box in made.made[0].signatures]


async def test_a_shared_deposit_names_no_pupil():
    made = await issued(usage=Usage.SHARED, custody=Custody.SCHOOL, school=COLLEGE, pupil=None)
    assert kinds(made) == [DocumentKind.DEPOSIT_AGREEMENT]
    assert [box.party for box in made.made[0].signatures] == [Party.MANAGING_SERVICE, Party.HEAD_OF_SCHOOL]


async def test_the_pdf_kept_is_the_one_of_the_digest_and_its_content_reads_back():
    agreement = (await issued()).made[0]
    document, pdf = await document_pdf(agreement.id, actor=READER)
    assert hashlib.sha256(pdf).hexdigest() == document.sha256
    assert pdf.startswith(b"%PDF-1.7")
    _, content = await document_content(agreement.id, actor=READER)
    assert content.number == document.number


async def test_numbers_follow_without_a_gap_when_issues_fail_and_race():
    drafts = [await a_draft(items=(item,)) for item in (LAPTOP, BRAILLE, SOFTWARE)]
    orphan = await a_draft(items=((await items.by_inventory_number(SERVICE, "35-2026-00003")).id,))
    answers = await asyncio.gather(*(issue_loan(each, issuer=ISSUER) for each in drafts))
    async with write_transaction():
        child = await pupils.get(CHILD, SERVICE)
        await pupils.save(replace(child, disagreement=True))
    with pytest.raises(RuleBroken, match=r"pupil\.disagreement"):
        await issue_loan(orphan, issuer=ISSUER)
    numbers = sorted(each.made[0].number for each in answers)
    assert numbers == [f"DSDEN35-2026-0000{n}" for n in (1, 2, 3)]
    assert (await issued(pupil=ADULT, school=COLLEGE, items=((await spare()).id,))).made[0].number.endswith("00004")


async def spare():
    return await items.by_inventory_number(SERVICE, "35-2026-00007")


async def test_one_parent_of_two_homes_is_enough_and_the_other_is_welcome():
    agreement = (await issued(school=PRIVATE, pupil=TWO_HOMES)).made[0]
    statuses = [box.status for box in agreement.signatures]
    assert statuses == [SignatureStatus.PENDING, SignatureStatus.PENDING, SignatureStatus.OPTIONAL]
    father = agreement.signatures[2]
    signed = await record_signature(
        RecordSignature(
            document_id=agreement.id, signatory_id=father.id, signed_on=TODAY, channel=SignatureChannel.PAPER
        ),
        actor=MANAGER,
        now=NOW,
    )
    assert signed.signatures[1].status is SignatureStatus.OPTIONAL
    stored = await get_document(agreement.id, actor=READER)
    assert stored.signatures == signed.signatures


async def test_an_adult_pupil_signs_alone():
    agreement = (await issued(pupil=ADULT, school=COLLEGE)).made[0]
    assert [box.name for box in agreement.signatures][1:] == ["Ilan Modèle"]


async def test_a_minor_that_nobody_represents_is_not_lent_to():
    async with write_transaction():
        await pupils.save(replace(a_child(), representatives=()))
    with pytest.raises(RuleBroken, match=r"pupil\.no_representative"):
        await issued()


async def test_a_loan_is_issued_once():
    loan_id = (await issued()).case.loan.id
    with pytest.raises(Conflict, match=r"loan\.not_draft"):
        await issue_loan(loan_id, issuer=ISSUER)


async def test_of_two_managers_who_issue_at_once_one_wins():
    loan_id = await a_draft()
    answers = await asyncio.gather(*(issue_loan(loan_id, issuer=ISSUER) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(each, Conflict) for each in answers) == 3
    assert len(await fetch("SELECT id FROM document")) == 2


async def test_a_document_that_cannot_be_written_uses_no_number(monkeypatch):
    loan_id = await a_draft()

    async def fail(*_, **__):
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(applying.journal, "insert_rows", fail)
        with pytest.raises(RuntimeError):
            await issue_loan(loan_id, issuer=ISSUER)
    assert await fetch("SELECT id FROM document") == []
    assert (await issue_loan(loan_id, issuer=ISSUER)).made[0].number == "DSDEN35-2026-00001"


async def test_signatures_bring_the_loan_to_signed():
    made = await issued()
    document = made.made[0]
    first, _ = document.signatures
    await record_signature(
        RecordSignature(
            document_id=document.id, signatory_id=first.id, signed_on=TODAY, channel=SignatureChannel.PAPER
        ),
        actor=MANAGER,
        now=NOW,
    )
    assert (await get_loan(made.case.loan.id, actor=READER)).loan.status is LoanStatus.PARTIALLY_SIGNED
    await sign_all(await get_document(document.id, actor=READER))
    assert (await get_loan(made.case.loan.id, actor=READER)).loan.status is LoanStatus.SIGNED


async def test_a_signature_is_refused_in_the_future_before_the_issue_and_twice():
    document = (await issued()).made[0]
    box = document.signatures[0]

    async def sign(on):
        return await record_signature(
            RecordSignature(document_id=document.id, signatory_id=box.id, signed_on=on, channel=SignatureChannel.PAPER),
            actor=MANAGER,
            now=NOW,
        )

    with pytest.raises(RuleBroken, match=r"signature\.in_future"):
        await sign(TODAY + timedelta(days=1))
    with pytest.raises(RuleBroken, match=r"signature\.before_issue"):
        await sign(TODAY - timedelta(days=1))
    await sign(TODAY)
    with pytest.raises(Conflict, match=r"signature\.already_signed"):
        await sign(TODAY)


async def test_handed_over_without_signature_shows_and_makes_a_receipt():
    loan_id = (await issued()).case.loan.id
    applied = await hand_over(handing(loan_id, LAPTOP), issuer=ISSUER)
    assert kinds(applied) == [DocumentKind.HANDOVER_RECEIPT]
    assert applied.made[0].number == "DSDEN35-2026-00001-B1"
    assert [caution.code for caution in applied.cautions] == ["REMIS_SANS_CONVENTION"]
    case = await get_loan(loan_id, actor=READER)
    assert case.loan.status is LoanStatus.HANDED_OVER
    assert is_handed_over_unsigned(case.loan, case.documents)
    assert case.item(LAPTOP).status is ItemStatus.ON_LOAN


async def test_a_deposit_makes_its_items_deposited():
    made = await issued(usage=Usage.SHARED, custody=Custody.SCHOOL, school=COLLEGE, pupil=None)
    applied = await hand_over(handing(made.case.loan.id, LAPTOP), issuer=ISSUER)
    assert [box.party for box in applied.made[0].signatures] == [Party.MANAGING_SERVICE, Party.HEAD_OF_SCHOOL]
    assert (await items.get(LAPTOP, SERVICE)).status is ItemStatus.DEPOSITED


async def test_a_draft_is_not_handed_over():
    loan_id = await a_draft()
    with pytest.raises(Conflict, match=r"loan\.not_issued"):
        await hand_over(handing(loan_id, LAPTOP), issuer=ISSUER)


async def test_what_comes_back_is_discharged_and_the_last_item_ends_the_loan():
    made = await issued(items=(LAPTOP, BRAILLE))
    loan_id = made.case.loan.id
    await hand_over(handing(loan_id, LAPTOP, BRAILLE), issuer=ISSUER)
    part = await take_back(returning(loan_id, LAPTOP), issuer=ISSUER)
    assert part.case.loan.status is LoanStatus.HANDED_OVER
    rest = await take_back(returning(loan_id, BRAILLE, condition=Condition.DAMAGED, missing=("Housse",)), issuer=ISSUER)
    assert kinds(rest) == [DocumentKind.RETURN_RECEIPT]
    assert rest.made[0].number == "DSDEN35-2026-00001-R2"
    case = await get_loan(loan_id, actor=READER)
    assert case.loan.status is LoanStatus.RETURNED
    assert {item.id: item.status for item in case.items} == {
        LAPTOP: ItemStatus.TO_PREPARE,
        BRAILLE: ItemStatus.TO_PREPARE,
    }
    agreement = next(each for each in case.documents if each.kind is DocumentKind.LOAN_AGREEMENT)
    assert agreement.status is DocumentStatus.ENDED
    with pytest.raises(Conflict, match=r"loan\.receipts_unsigned") as refused:
        await close_loan(loan_id, issuer=ISSUER)
    assert "3 reçus ne sont pas signés\u00a0: " in refused.value.message
    assert "Anne Exemple" in refused.value.message
    assert (await close_loan(loan_id, issuer=ISSUER, despite_unsigned=True)).case.loan.status is LoanStatus.CLOSED


async def test_an_item_that_came_back_is_lent_again():
    loan_id = (await issued()).case.loan.id
    await hand_over(handing(loan_id, LAPTOP), issuer=ISSUER)
    await take_back(returning(loan_id, LAPTOP), issuer=ISSUER)
    with pytest.raises(Conflict, match=r"item\.to_prepare"):
        await issued(pupil=ADULT, school=COLLEGE)
    done = ChecksDone(done_on=TODAY, condition=Condition.GOOD, erased=True)
    await prepare_item(LAPTOP, done, issuer=ISSUER)
    assert (await issued(pupil=ADULT, school=COLLEGE)).made[0].number == "DSDEN35-2026-00002"


async def test_a_cancelled_loan_frees_its_items_and_says_why():
    loan_id = (await issued()).case.loan.id
    with pytest.raises(RuleBroken, match=r"loan\.reason_required"):
        await cancel_loan(loan_id, reason=" ", issuer=ISSUER)
    applied = await cancel_loan(loan_id, reason="Famille partie", issuer=ISSUER)
    assert applied.case.loan.status is LoanStatus.CANCELLED
    assert (await items.get(LAPTOP, SERVICE)).status is ItemStatus.IN_STOCK


async def test_an_individual_loan_is_recalled_on_a_ground_and_a_deposit_at_will():
    lent = (await issued()).case.loan.id
    await hand_over(handing(lent, LAPTOP), issuer=ISSUER)
    with pytest.raises(RuleBroken, match=r"loan\.recall_ground_required"):
        await recall_loan(lent, reason="Besoin ailleurs", issuer=ISSUER)
    ground = RecallGround.BORROWER_AGREES
    await recall_loan(lent, reason="Accord du 5 septembre", ground=ground, issuer=ISSUER)
    assert (await items.get(LAPTOP, SERVICE)).status is ItemStatus.DUE_BACK

    shared = await issued(usage=Usage.SHARED, custody=Custody.SCHOOL, school=COLLEGE, pupil=None, items=(BRAILLE,))
    await hand_over(handing(shared.case.loan.id, BRAILLE), issuer=ISSUER)
    await recall_loan(shared.case.loan.id, reason="Redéploiement", issuer=ISSUER)
    assert (await items.get(BRAILLE, SERVICE)).status is ItemStatus.DUE_BACK


async def test_a_scan_is_filed_beside_its_document_and_signs_nothing():
    document = (await issued()).made[0]
    await file_scan(FileScan(document_id=document.id, data=b"%PDF-1.4 scan"), actor=MANAGER, now=NOW)
    assert not (await get_document(document.id, actor=READER)).is_partially_signed
    assert (await search(SERVICE, limit=1))[0].action == "document.scan_filed"


async def test_a_notice_is_marked_sent_and_an_agreement_is_not():
    agreement, notice = (await issued()).made
    sent = await mark_sent(notice.id, actor=MANAGER, now=NOW)
    assert sent.recipients[0].sent_at == NOW
    with pytest.raises(RuleBroken, match=r"document\.no_recipient"):
        await mark_sent(agreement.id, actor=MANAGER, now=NOW)


async def test_the_code_of_a_label_leads_a_manager_to_what_is_missing():
    await issued()
    code = (await items.get(LAPTOP, SERVICE)).public_code
    scanned = await item_of_code(code.lower(), actor=READER)
    assert scanned.item.id == LAPTOP
    assert [each.kind for each in scanned.documents] == [DocumentKind.LOAN_AGREEMENT, DocumentKind.NOTICE]
    assert [each.signature.party for each in scanned.missing] == [Party.MANAGING_SERVICE, Party.BORROWER]
    with pytest.raises(NotFound, match=r"item\.not_found"):
        await item_of_code(code, actor=STRANGER)


async def test_a_verification_code_names_the_document():
    document = (await issued()).made[0]
    found = await verify_public_code(document.code)
    assert found is not None
    assert found.number == document.number
    assert await verify_public_code("ZZZZZZZZZZZZZ") is None


async def test_another_service_cannot_touch_the_loan_and_a_reader_cannot_write():
    loan_id = await a_draft()
    stranger = replace(ISSUER, actor=STRANGER)
    with pytest.raises(NotFound, match=r"loan\.not_found"):
        await issue_loan(loan_id, issuer=stranger)
    with pytest.raises(PermissionDenied):
        await issue_loan(loan_id, issuer=replace(ISSUER, actor=READER))


async def test_the_journal_of_a_whole_loan_verifies_and_holds_no_name():
    loan_id = (await issued()).case.loan.id
    await hand_over(handing(loan_id, LAPTOP), issuer=ISSUER)
    await take_back(returning(loan_id, LAPTOP), issuer=ISSUER)
    assert (await journal.verify()).fault is None
    written = repr(await search(SERVICE, limit=200))
    assert not [name for name in ("Zoé", "Exemple", "Anne", "Lilas", "Durand") if name in written]


async def test_a_protected_adult_signs_with_the_curator():
    async with write_transaction():
        adult = await pupils.get(ADULT, SERVICE)
        await pupils.save(replace(adult, protection=ProtectionRegime.CURATORSHIP, birth_date=date(2006, 1, 1)))
    with pytest.raises(RuleBroken, match=r"pupil\.no_protector"):
        await issued(pupil=ADULT, school=COLLEGE)
