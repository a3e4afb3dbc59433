"""A message is judged again when it leaves; « sent » is what a mail server has accepted. A real SMTP server answers."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

import pytest
from tests.mail.conftest import Postman, serving
from tests.stage import family_cast as family
from tests.stage.family_cast import BASE_URL, LISE, PAUL, Clock
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors import institution_cast as places

from materiel.domain.papers.document import Document, DocumentKind, DocumentStatus, NoticeChannel, SignatureChannel
from materiel.domain.work import pause
from materiel.domain.work.mail_server import Server
from materiel.domain.work.outbox import MessageState, Purpose
from materiel.store.accounts import service as services
from materiel.store.engine.database import write_transaction
from materiel.store.history.search import search
from materiel.store.links import access_link as links
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.work import outbox
from materiel.use_cases.links.access_link import person_of_link, revoke_link
from materiel.use_cases.links.institution import InviteInstitution
from materiel.use_cases.links.institution_link import invite_institution, remind_institution
from materiel.use_cases.mail import departure
from materiel.use_cases.mail.sending import SendingTally, send_due
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.disagreement import declare_disagreement
from materiel.use_cases.signing.electronic_signature import ask_code
from materiel.use_cases.signing.recording import RecordSignature, record_signature


@pytest.fixture
def postman() -> Iterator[Postman]:
    made = Postman()
    controller = serving(made)
    controller.start()
    yield made
    controller.stop()


@pytest.fixture
async def clock(db: object) -> Clock:
    await family.set_up()
    await places.set_up_mailbox()
    return Clock()


async def send(postman: Postman, clock: Clock) -> SendingTally:
    return await send_due(postman.server, worker="w", base_url=BASE_URL, clock=clock)


async def fates(purpose: Purpose) -> dict[str, tuple[MessageState, str]]:
    return {each.to_address: (each.state, each.reason) for each in await family.messages(purpose)}


def cancelled(reason: str) -> tuple[MessageState, str]:
    return MessageState.CANCELLED, reason


SENT = (MessageState.SENT, "")


async def die(_: Document, __: Clock) -> None:
    await family.change_pupil(died_on=cast.TODAY)


async def end_the_paper(document: Document, _: Clock) -> None:
    async with write_transaction():
        await documents.set_status([document.id], cast.SERVICE, DocumentStatus.REPLACED)


async def sign_on_paper(document: Document, clock: Clock) -> None:
    command = RecordSignature(
        document_id=document.id,
        signatory_id=document.signatures[-1].id,
        signed_on=cast.TODAY,
        channel=SignatureChannel.PAPER,
    )
    await record_signature(command, actor=cast.MANAGER, now=clock.now)


async def disagree(_: Document, clock: Clock) -> None:
    link = (await links.of_pupil(cast.TWO_HOMES))[-1]
    await declare_disagreement(person=await person_of_link(link.id, now=clock.now), base_url=BASE_URL, now=clock.now)


async def wait_for_the_end_of_the_links(_: Document, clock: Clock) -> None:
    clock.later(days=61)


EVENTS: dict[str, tuple[Callable[[Document, Clock], Awaitable[None]], str]] = {
    "death": (die, pause.DIED),
    "paper replaced": (end_the_paper, departure.PAPER_OVER),
    "one signature is enough": (sign_on_paper, departure.SIGNED),
    "disagreement": (disagree, departure.DISAGREEMENT),
    "an outage of two months": (wait_for_the_end_of_the_links, departure.LINK_OVER),
}


@pytest.mark.parametrize(("event", "reason"), EVENTS.values(), ids=EVENTS)
async def test_what_has_become_false_is_cancelled_with_its_reason(
    event: Callable[[Document, Clock], Awaitable[None]], reason: str, clock: Clock, postman: Postman
) -> None:
    agreement = await family.an_agreement()
    await family.send(agreement)
    await event(agreement, clock)
    tally = await send(postman, clock)
    assert tally.cancelled == 2
    asked = await fates(Purpose.SIGNATURE_REQUEST)
    assert asked == {LISE: cancelled(reason), PAUL: cancelled(reason)}
    assert [each["to"] for each in postman.received if each["to"] in (LISE, PAUL)] == []
    assert {each.text for each in await family.messages(Purpose.SIGNATURE_REQUEST)} == {""}


async def test_an_address_changed_a_person_removed_a_link_closed_stop_their_message_alone(
    clock: Clock, postman: Postman
) -> None:
    agreement = await family.an_agreement()
    await family.send(agreement)
    lise, paul = (await pupils.get(cast.TWO_HOMES, cast.SERVICE)).representatives
    await family.change_pupil(representatives=(replace(lise, email="lise.autre@exemple.fr"), paul))
    assert await send(postman, clock) == SendingTally(sent=1, cancelled=1)
    state, reason = (await fates(Purpose.SIGNATURE_REQUEST))[LISE]
    assert (state, reason) in (cancelled(departure.MOVED), cancelled(departure.NO_PERSON))
    assert [each["to"] for each in postman.received] == [PAUL]


async def test_nothing_leaves_by_a_link_that_the_service_closed(clock: Clock, postman: Postman) -> None:
    await family.send(await family.an_agreement())
    first, _ = await links.of_pupil(cast.TWO_HOMES)
    await revoke_link(first.id, actor=cast.MANAGER, now=clock.now)
    await send(postman, clock)
    assert await fates(Purpose.SIGNATURE_REQUEST) == {LISE: cancelled(departure.LINK_CLOSED), PAUL: SENT}


async def test_a_code_of_the_day_before_does_not_leave_nor_one_that_another_replaced(
    clock: Clock, postman: Postman
) -> None:
    agreement = await family.an_agreement()
    await family.send(agreement)
    await send(postman, clock)
    link = (await links.of_pupil(cast.TWO_HOMES))[0]
    person = await person_of_link(link.id, now=clock.now)
    await ask_code(agreement.id, signer=person, base_url=BASE_URL, now=clock.now)
    clock.later(minutes=2)
    await ask_code(agreement.id, signer=person, base_url=BASE_URL, now=clock.now)
    assert await send(postman, clock) == SendingTally(sent=1, cancelled=1)
    clock.later(minutes=2)
    await ask_code(agreement.id, signer=person, base_url=BASE_URL, now=clock.now)
    clock.later(minutes=11)
    assert await send(postman, clock) == SendingTally(cancelled=1)
    first, second, third = await family.messages(Purpose.SIGNATURE_CODE)
    assert (first.reason, second.state, third.reason) == (departure.CODE_OVER, MessageState.SENT, departure.CODE_OVER)


async def test_a_reminder_to_an_institution_that_has_signed_since_does_not_leave(
    clock: Clock, postman: Postman
) -> None:
    loan_id = await places.a_deposit()
    college = await places.an_institution(cast.COLLEGE)
    await send(postman, clock)
    issuer = Issuer(actor=cast.MANAGER, now=clock.later(days=8), base_url=BASE_URL)
    async with write_transaction():
        await remind_institution(college.link, issuer=issuer)
    for document in await documents.of_loan(loan_id):
        for box in document.signatures:
            command = RecordSignature(
                document_id=document.id, signatory_id=box.id, signed_on=cast.TODAY, channel=SignatureChannel.PAPER
            )
            await record_signature(command, actor=cast.MANAGER, now=clock.now)
    assert await send(postman, clock) == SendingTally(cancelled=1)
    assert (await outbox.page(cast.SERVICE, limit=1))[0].reason == departure.NOTHING_LEFT


async def test_a_message_to_the_service_follows_no_former_address(clock: Clock, postman: Postman) -> None:
    await family.send(await family.an_agreement())
    link = (await links.of_pupil(cast.TWO_HOMES))[0]
    await declare_disagreement(person=await person_of_link(link.id, now=clock.now), base_url=BASE_URL, now=clock.now)
    service = await services.get(cast.SERVICE)
    async with write_transaction():
        await services.save(replace(service, email="autre.service@exemple.fr"))
    await send(postman, clock)
    assert await fates(Purpose.DISAGREEMENT) == {family.SERVICE_ADDRESS: cancelled(departure.MOVED)}


async def test_a_notice_is_sent_when_a_mail_server_accepts_the_message_that_carries_it(
    clock: Clock, postman: Postman
) -> None:
    loan_id = await places.a_home_loan()
    notice = next(each for each in await documents.of_loan(loan_id) if each.kind is DocumentKind.NOTICE)
    invited = await invite_institution(InviteInstitution(uai=cast.COLLEGE), issuer=cast.ISSUER)
    (waiting,) = (await documents.get(notice.id, cast.SERVICE)).recipients
    assert (waiting.sent_at, waiting.channel) == (None, NoticeChannel.EMAIL)
    assert waiting.message_id == (await outbox.page(cast.SERVICE, limit=1))[0].id
    postman.answers = {invited.link.email: "452 4.2.2 full"}
    await send(postman, clock)
    assert (await documents.get(notice.id, cast.SERVICE)).recipients == (waiting,)
    assert (await outbox.page(cast.SERVICE, limit=1))[0].reason == "cette boîte est pleine"
    postman.answers = {}
    later = clock.later(hours=1)
    await send(postman, clock)
    assert (await documents.get(notice.id, cast.SERVICE)).recipients == (replace(waiting, sent_at=later),)
    entry = (await search(cast.SERVICE, limit=1))[0]
    assert (entry.action, entry.subject_id, entry.details["channel"]) == ("document.sent", str(notice.id), "email")


async def test_a_failure_is_logged_without_a_name_or_an_address(
    clock: Clock, postman: Postman, caplog: pytest.LogCaptureFixture
) -> None:
    await family.send(await family.an_agreement())
    postman.answers = {LISE: f"550 5.1.1 <{LISE}> Lise Exemple unknown"}
    with caplog.at_level(logging.INFO, "materiel.mail"):
        await send(postman, clock)
    ours = [each.getMessage() for each in caplog.records if each.name.startswith("materiel")]
    (line,) = [each for each in ours if "refused" in each]
    assert line.endswith("(signature_request) is refused: 550 5.1.1")
    assert "lise" not in "\n".join(ours).lower()


async def test_a_sender_that_is_no_address_loses_no_message(clock: Clock, postman: Postman) -> None:
    await family.send(await family.an_agreement())
    bad = Server(host="127.0.0.1", port=postman.port, from_address="materiel@localhost")
    assert await send_due(bad, worker="w", base_url=BASE_URL, clock=clock) == SendingTally(put_off=2)
    (first, _) = await family.messages(Purpose.SIGNATURE_REQUEST)
    assert first.reason == "l'adresse d'envoi réglée par l'administrateur n'est pas valable"
    clock.later(minutes=2)
    assert await send(postman, clock) == SendingTally(sent=2)
