"""« Notifications à envoyer »: grouped by recipient, sent in number, with the proof kept; piles of signatures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors import institution_cast as places

from materiel.domain.papers.document import (
    Document,
    DocumentKind,
    NoticeChannel,
    Party,
    SignatureChannel,
    SignatureStatus,
)
from materiel.domain.work.outbox import MessageState
from materiel.errors import BadInput, NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import write_transaction
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.work import outbox
from materiel.use_cases.desk.notice import SendNotices, notices_pdf, notices_to_send, send_notices
from materiel.use_cases.mail.status import mail_about_document, mail_about_loan, mail_to_institution, refused_mail
from materiel.use_cases.signing.batch import RecordBatch, record_batch


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await places.set_up_institutions()


async def papers_of(loan_id: object, kind: DocumentKind) -> Document:
    return next(each for each in await documents.of_loan(loan_id) if each.kind is kind)  # type: ignore[arg-type]


async def a_notice(uai: str = cast.COLLEGE) -> Document:
    return await papers_of(await places.a_home_loan(uai), DocumentKind.NOTICE)


def by(channel: NoticeChannel, *notices: Document) -> SendNotices:
    return SendNotices(document_ids=tuple(each.id for each in notices), channel=channel)


async def test_what_is_due_is_listed_by_recipient_with_its_mailbox() -> None:
    notice = await a_notice()
    (group,) = await notices_to_send(actor=cast.READER)
    assert [each.document_id for each in group.notices] == [notice.id]
    assert (group.institution.uai, group.mailbox) == (cast.COLLEGE, "ce.0352958A@ac-rennes.fr")
    assert await notices_to_send(actor=cast.STRANGER) == []


async def test_by_email_one_message_leaves_to_each_recipient_and_nothing_is_sent_before_a_server_says_so() -> None:
    notice = await a_notice()
    done = await send_notices(by(NoticeChannel.EMAIL, notice), issuer=cast.ISSUER)
    assert (done.queued, done.posted, done.left) == (1, 0, [])
    (recipient,) = (await documents.get(notice.id, cast.SERVICE)).recipients
    assert (recipient.sent_at, recipient.channel) == (None, NoticeChannel.EMAIL)
    # Asked again, nothing more is written: the message waits.
    assert (await send_notices(by(NoticeChannel.EMAIL, notice), issuer=cast.ISSUER)).queued == 0
    assert len(await outbox.page(cast.SERVICE, limit=9)) == 1
    for lines in (
        await mail_about_document(notice.id, actor=cast.READER),
        await mail_about_loan(notice.loan_id, actor=cast.READER),
        await mail_to_institution((await notices_to_send(actor=cast.READER))[0].institution, actor=cast.READER),
    ):
        assert [line.message.state for line in lines] == [MessageState.QUEUED]
        assert lines[0].correct == f"/etablissements/{cast.COLLEGE}/contact"


async def test_without_a_mailbox_it_is_told_to_print() -> None:
    notice = await a_notice()
    await places.lose_the_mailbox(cast.COLLEGE)
    async with write_transaction():
        await outbox.settle_links([], cast.NOW)
    (group,) = await notices_to_send(actor=cast.MANAGER)
    assert group.mailbox == "nouvelle.adresse@example.fr"
    done = await send_notices(by(NoticeChannel.EMAIL, notice), issuer=cast.ISSUER)
    assert done.queued == 1


async def test_by_the_post_somebody_says_so_and_the_proof_stays() -> None:
    notice = await a_notice()
    assert (await notices_pdf([notice.id], actor=cast.MANAGER)).startswith(b"%PDF")
    done = await send_notices(by(NoticeChannel.POST, notice, notice), issuer=cast.ISSUER)
    assert done.posted == 1
    (recipient,) = (await documents.get(notice.id, cast.SERVICE)).recipients
    assert (recipient.sent_at, recipient.channel) == (cast.NOW, NoticeChannel.POST)
    assert await notices_to_send(actor=cast.MANAGER) == []


async def test_nobody_is_told_after_a_death() -> None:
    await a_notice()
    pupil = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    for each in (cast.TWO_HOMES, cast.CHILD, cast.ADULT):
        pupil = await pupils.get(each, cast.SERVICE)
        async with write_transaction():
            await pupils.save(replace(pupil, died_on=cast.TODAY))
    assert await notices_to_send(actor=cast.MANAGER) == []


async def test_what_cannot_be_sent_so_is_refused() -> None:
    notice = await a_notice()
    agreement = await papers_of(notice.loan_id, DocumentKind.LOAN_AGREEMENT)
    with refused(BadInput, "notice.channel"):
        await send_notices(by(NoticeChannel.HAND, notice), issuer=cast.ISSUER)
    with refused(RuleBroken, "document.no_recipient"):
        await send_notices(by(NoticeChannel.POST, agreement), issuer=cast.ISSUER)
    with pytest.raises(PermissionDenied):
        await send_notices(by(NoticeChannel.POST, notice), issuer=replace(cast.ISSUER, actor=cast.READER))
    with refused(NotFound, "document.not_found"):
        await send_notices(by(NoticeChannel.POST, notice), issuer=replace(cast.ISSUER, actor=cast.STRANGER))
    assert await refused_mail(actor=cast.MANAGER, limit=9) == []


def a_batch(*papers: Document, party: Party = Party.MANAGING_SERVICE, **changes: object) -> RecordBatch:
    values = {"signed_on": cast.TODAY, "channel": SignatureChannel.PAPER} | changes
    ids = tuple(each.id for each in papers)
    return RecordBatch(document_ids=ids, party=party, **values)  # type: ignore[arg-type]


async def state_of_the_states_boxes(*papers: Document) -> set[SignatureStatus]:
    read = [await documents.get(each.id, cast.SERVICE) for each in papers]
    return {box.status for each in read for box in each.signatures if box.party is Party.MANAGING_SERVICE}


async def test_a_pile_is_recorded_whole_or_not_at_all() -> None:
    one = await papers_of(await places.a_home_loan(), DocumentKind.LOAN_AGREEMENT)
    two = await papers_of(await places.a_deposit(), DocumentKind.DEPOSIT_AGREEMENT)
    notice = await papers_of(one.loan_id, DocumentKind.NOTICE)
    with refused(RuleBroken, "signature.batch") as told:
        await record_batch(a_batch(one, two, notice), actor=cast.MANAGER, now=cast.NOW)
    assert [each.pointer for each in told.value.errors] == ["/documents/2"]
    assert await state_of_the_states_boxes(one, two) == {SignatureStatus.PENDING}
    assert await record_batch(a_batch(one, two), actor=cast.MANAGER, now=cast.NOW) == 2
    assert await state_of_the_states_boxes(one, two) == {SignatureStatus.SIGNED}


async def test_an_electronic_signature_never_enters_by_a_pile() -> None:
    one = await papers_of(await places.a_home_loan(), DocumentKind.LOAN_AGREEMENT)
    batch = a_batch(one, channel=SignatureChannel.ELECTRONIC)
    with refused(RuleBroken, "signature.evidence_required"):
        await record_batch(batch, actor=cast.MANAGER, now=cast.NOW)
    with pytest.raises(PermissionDenied):
        await record_batch(a_batch(one), actor=cast.READER, now=cast.NOW)
    with refused(NotFound, "document.not_found"):
        await record_batch(a_batch(one), actor=cast.STRANGER, now=cast.NOW)
