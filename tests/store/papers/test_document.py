from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from tests.store.cast import DSDEN_35, NOW, PDF, given_document, given_item, given_loan

from materiel.domain.papers.document import (
    DocumentKind,
    DocumentStatus,
    NoticeChannel,
    SignatureChannel,
    SignatureStatus,
)
from materiel.errors import Conflict, NotFound
from materiel.store.engine.database import fetch
from materiel.store.engine.ids import new_id
from materiel.store.papers import document as documents
from materiel.store.papers import list as document_list
from materiel.store.papers import recipient as recipients
from materiel.store.papers import scan as scans
from materiel.store.papers.list import DocumentFilter

SIGNED_ON = date(2026, 9, 14)


@pytest.fixture
async def document(settled):
    return await given_document(await given_loan(await given_item()))


async def sign(document, position=0):
    await documents.sign(
        document.id,
        document.signatures[position].id,
        signed_on=SIGNED_ON,
        channel=SignatureChannel.PAPER,
        recorded_by="token:1",
        recorded_at=NOW,
    )


async def test_a_document_comes_back_as_it_went_in(document):
    assert await documents.get(document.id, DSDEN_35) == document
    assert await documents.by_code(document.code) == document
    assert await documents.of_loan(document.loan_id) == [document]
    assert await documents.pdf(document.id) == PDF


async def listed(service_id=DSDEN_35, *, before=None, limit, **wanted):
    found = await document_list.page(service_id, DocumentFilter(**wanted), limit=limit, before=before)
    return [each.id for each in found]


async def test_another_service_sees_no_document(document):
    with pytest.raises(NotFound) as refusal:
        await documents.get(document.id, UUID(int=1))
    assert refusal.value.code == "document.not_found"
    assert await listed(UUID(int=1), limit=10) == []


async def test_a_number_serves_once(document):
    with pytest.raises(Conflict) as refusal:
        await given_document(await given_loan())
    assert refusal.value.code == "document.number_taken"


async def test_documents_are_found_by_kind_and_status(document):
    notice = await given_document(await given_loan(), number="N-1", kind=DocumentKind.NOTICE, covers=(), signatures=())
    assert await listed(kind=DocumentKind.NOTICE, limit=10) == [notice.id]
    assert await listed(limit=1) == [notice.id]
    assert await listed(limit=9, before=notice.id) == [document.id]
    assert await listed(status=DocumentStatus.ENDED, limit=10) == []


async def test_a_box_is_signed_once(document):
    await sign(document)
    with pytest.raises(Conflict) as refusal:
        await sign(document)
    assert refusal.value.code == "signature.already_signed"
    first, second = (await documents.get(document.id, DSDEN_35)).signatures
    assert (first.status, first.signed_on) == (SignatureStatus.SIGNED, SIGNED_ON)
    assert second.status is SignatureStatus.PENDING


async def test_a_box_of_another_document_is_not_found(document):
    stranger = replace(document, id=new_id())
    with pytest.raises(NotFound) as refusal:
        await sign(stranger)
    assert refusal.value.code == "signature.not_found"


async def test_a_sending_is_recorded_once(document):
    recipient = document.recipients[0]
    assert await recipients.mark_sent(document.id, recipient.id, NOW, NoticeChannel.POST) is True
    assert await recipients.mark_sent(document.id, recipient.id, NOW, NoticeChannel.EMAIL) is False
    (kept, *_) = (await documents.get(document.id, DSDEN_35)).recipients
    assert (kept.sent_at, kept.channel) == (NOW, NoticeChannel.POST)


async def test_a_document_in_force_is_replaced_then_never_back_in_force(document):
    await documents.set_status([document.id], DSDEN_35, DocumentStatus.REPLACED)
    await documents.set_status([document.id], DSDEN_35, DocumentStatus.REPLACED)
    assert (await documents.by_code(document.code)).status is DocumentStatus.REPLACED
    with pytest.raises(Exception, match="document_status_final"):
        await documents.set_status([document.id], DSDEN_35, DocumentStatus.IN_FORCE)


async def test_a_scan_is_filed_with_its_digest(document):
    scan = await scans.add_scan(
        document.id,
        b"\xff\xd8 photo",
        media_type="image/jpeg",
        original_kept_by="DSDEN 35",
        filed_by="token:1",
        filed_at=NOW,
    )
    assert await scans.of_document(document.id) == [scan]
    assert await scans.content(document.id, scan.id) == ("image/jpeg", b"\xff\xd8 photo")
    with pytest.raises(NotFound):
        await scans.content(new_id(), scan.id)


@pytest.mark.parametrize(
    ("statement", "trigger"),
    [
        ("UPDATE document SET content = 'autre'", "document_frozen"),
        ("UPDATE document SET number = 'X'", "document_frozen"),
        ("UPDATE document SET issued_on = '2020-01-01'", "document_frozen"),
        ("DELETE FROM document", "document_kept"),
        ("UPDATE document_file SET pdf = 'x'", "document_file_frozen"),
        ("DELETE FROM document_file", "document_file_kept"),
        ("UPDATE document_scan SET filed_by = 'x'", "document_scan_frozen"),
        ("DELETE FROM document_scan", "document_scan_kept"),
        ("UPDATE signature SET name = 'x' WHERE status = 'signed'", "signature_frozen"),
        ("UPDATE signature SET status = 'pending', signed_on = NULL WHERE status = 'signed'", "signature_frozen"),
        ("DELETE FROM signature WHERE status = 'pending'", "signature_kept"),
        ("DELETE FROM recipient", "recipient_kept"),
        ("UPDATE journal SET actor = 'x'", "journal_frozen"),
        ("DELETE FROM journal", "journal_kept"),
    ],
)
async def test_the_database_refuses_to_change_what_was_issued(document, statement, trigger):
    await sign(document)
    await scans.add_scan(document.id, b"x", media_type="image/png", original_kept_by="", filed_by="t", filed_at=NOW)
    with pytest.raises(Exception, match=trigger):
        await fetch(statement)


async def test_a_signature_dated_without_being_signed_is_refused(document):
    with pytest.raises(Exception, match=r"(?i)check constraint"):
        await fetch("UPDATE signature SET signed_on = '2026-09-10'")


async def test_a_scan_of_another_document_is_not_found(document):
    with pytest.raises(NotFound, match=r"scan\.not_found"):
        await scans.content(document.id, new_id())
