"""Codes by SMS: asked for, carried by a real gateway, typed, kept as evidence; off until a gateway is set."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.stage import family_cast as family
from tests.stage.family_cast import BASE_URL, LISE, Clock
from tests.stage.refusals import refused
from tests.stage.sms_gateway import SmsGateway, sms_gateway
from tests.use_cases import loan_cast as cast

from materiel.domain.links.access_link import FamilyPerson
from materiel.domain.papers.authenticity import DocumentFault
from materiel.domain.papers.document import Document
from materiel.domain.signing.electronic_signature import Intent
from materiel.domain.signing.evidence import Evidence, Means
from materiel.domain.signing.one_time_code import MOST_SMS
from materiel.domain.signing.record import record_json, record_of
from materiel.domain.work.outbox import Carrier, Message, MessageState, Purpose
from materiel.errors import RuleBroken
from materiel.store.accounts import site as sites
from materiel.store.engine.database import write_transaction
from materiel.store.history import journal
from materiel.store.links import access_link as links
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.signing.authenticity import verify
from materiel.store.work import outbox
from materiel.use_cases.links.access_link import person_of_link
from materiel.use_cases.mail.sending import LEASE, SendingTally
from materiel.use_cases.mail.sms import send_due_sms
from materiel.use_cases.signing.asking import AskBy, ask_by
from materiel.use_cases.signing.electronic_signature import (
    SignElectronically,
    ask_code,
    evidence_of,
    sign_electronically,
)
from materiel.use_cases.signing.lot import ChosenPaper, SignLot, ask_lot_code, sign_lot

TYPED, NUMBER = "06 39 98 00 12", "+33639980012"
OTHER = "06 39 98 00 99"


@pytest.fixture
def gateway() -> Iterator[SmsGateway]:
    with sms_gateway() as made:
        yield made


@pytest.fixture
async def clock(db: object) -> Clock:
    await family.set_up()
    await give_mobiles(TYPED, OTHER)
    return Clock()


async def give_mobiles(*numbers: str) -> None:
    noe = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    people = tuple(replace(each, phone=phone) for each, phone in zip(noe.representatives, numbers, strict=True))
    await family.change_pupil(representatives=people)


async def a_reader(name: str = "Lise Exemple") -> tuple[Document, FamilyPerson]:
    agreement = await family.an_agreement()
    await family.send(agreement)
    link = next(each for each in await links.of_pupil(cast.TWO_HOMES) if each.name == name)
    return agreement, await person_of_link(link.id, now=cast.NOW)


async def by_sms(agreement: Document, person: FamilyPerson, clock: Clock) -> None:
    await ask_code(agreement.id, signer=person, means=Means.SMS, base_url=BASE_URL, now=clock.now)


async def deliver(gateway: SmsGateway, clock: Clock) -> SendingTally:
    return await send_due_sms(gateway.gateway, worker="w", clock=clock)


async def the_sms() -> list[Message]:
    return [each for each in await family.messages(Purpose.SIGNATURE_CODE) if each.carrier is Carrier.SMS]


def digits_in(gateway: SmsGateway) -> str:
    text: str = gateway.asked[-1]["text"]
    return text.removeprefix("Code pour signer : ")[:6]


async def sign(agreement: Document, person: FamilyPerson, code: str, clock: Clock) -> Evidence:
    intent = Intent(typed_name=person.name, capacity="mère", shown_at=clock.now, consented_at=clock.now)
    command = SignElectronically(document_id=agreement.id, intent=intent, code=code)
    await sign_electronically(command, signer=person, base_url=BASE_URL, now=clock.now)
    (evidence,) = await evidence_of(agreement.id, actor=cast.MANAGER)
    return evidence


async def test_a_code_by_sms_signs_and_the_evidence_says_so(clock: Clock, gateway: SmsGateway) -> None:
    agreement, person = await a_reader()
    await by_sms(agreement, person, clock)
    assert await deliver(gateway, clock) == SendingTally(sent=1)
    (told,) = gateway.asked
    assert told["to"] == NUMBER
    for secret in ("Noé", "Exemple", "ordinateur", agreement.number):
        assert secret not in told["text"], "neither a name nor an item"
    evidence = await sign(agreement, person, digits_in(gateway), clock)
    assert (evidence.means, evidence.email, evidence.shared_mailbox) == (Means.SMS, NUMBER, False)
    assert evidence.code_sent_at == clock.now
    (message,) = await the_sms()
    assert (message.state, message.text) == (MessageState.SENT, "")
    document = await documents.get(agreement.id, cast.SERVICE)
    record = record_json(record_of(document, [evidence], {}, {}, clock.now))
    assert json.loads(record)["signed"][0]["evidence"]["address"] == "••• 12"
    assert NUMBER not in record
    assert [each async for each in verify(cast.SERVICE) if isinstance(each, DocumentFault)] == []


async def test_neither_the_log_nor_the_journal_tells_the_number_or_the_code(
    clock: Clock, gateway: SmsGateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    agreement, person = await a_reader()
    await by_sms(agreement, person, clock)
    gateway.status, gateway.answer = 422, f'{{"reason": "{NUMBER} est inconnu"}}'.encode()
    assert await deliver(gateway, clock) == SendingTally(failed=1)
    told = caplog.text + str(await journal.of_subject(cast.SERVICE, agreement.id))
    assert "sms 422" in told
    assert "39980012" not in told
    assert digits_in(gateway) not in told
    (message,) = await the_sms()
    assert (message.state, message.text) == (MessageState.FAILED, "")
    assert message.reason == f"la passerelle SMS refuse le message : {NUMBER} est inconnu"


async def test_a_gateway_that_dies_gets_the_same_reference_again(clock: Clock, gateway: SmsGateway) -> None:
    agreement, person = await a_reader()
    await by_sms(agreement, person, clock)
    gateway.dies_after_taking = True
    assert await deliver(gateway, clock) == SendingTally(put_off=1)
    assert await deliver(gateway, clock) == SendingTally(), "not before its turn"
    gateway.dies_after_taking = False
    clock.later(minutes=2)
    assert await deliver(gateway, clock) == SendingTally(sent=1)
    assert len(gateway.asked) == 2
    assert len(gateway.delivered) == 1, "whoever knows the reference drops the double"


async def test_a_worker_that_dies_loses_nothing_and_a_late_code_does_not_leave(
    clock: Clock, gateway: SmsGateway
) -> None:
    agreement, person = await a_reader()
    await by_sms(agreement, person, clock)
    assert await outbox.claim("dead", now=clock.now, lease=LEASE, carrier=Carrier.SMS) is not None
    assert await deliver(gateway, clock) == SendingTally()
    clock.later(minutes=6)
    assert await deliver(gateway, clock) == SendingTally(sent=1)
    gateway.status = 503
    await by_sms(agreement, person, clock)
    assert await deliver(gateway, clock) == SendingTally(put_off=1)
    clock.later(minutes=11)
    assert await deliver(gateway, clock) == SendingTally(cancelled=1)


async def test_each_carrier_takes_its_own_messages(clock: Clock, gateway: SmsGateway) -> None:
    agreement, person = await a_reader()
    await ask_code(agreement.id, signer=person, base_url=BASE_URL, now=clock.now)
    await by_sms(agreement, person, clock)
    assert (await deliver(gateway, clock)).sent == 1
    taken = []
    while (message := await outbox.claim("mail", now=clock.now, lease=LEASE)) is not None:
        taken.append(message)
    assert {each.carrier for each in taken} == {Carrier.EMAIL}


async def test_a_number_corrected_meanwhile_receives_nothing(clock: Clock, gateway: SmsGateway) -> None:
    agreement, person = await a_reader()
    await by_sms(agreement, person, clock)
    await give_mobiles("06 39 98 00 77", OTHER)
    assert await deliver(gateway, clock) == SendingTally(cancelled=1)
    assert (await the_sms())[0].reason == "le numéro a été changé depuis"


async def test_a_number_of_two_people_counts_as_a_shared_mailbox(clock: Clock, gateway: SmsGateway) -> None:
    await give_mobiles(TYPED, "+33 6 39 98 00 12")
    agreement, person = await a_reader()
    assert person.shares_mobile_with == ("Paul Exemple",)
    await by_sms(agreement, person, clock)
    await deliver(gateway, clock)
    assert (await sign(agreement, person, digits_in(gateway), clock)).shared_mailbox


async def test_somebody_without_a_mobile_number_is_told_so(clock: Clock) -> None:
    await give_mobiles("02 99 00 00 35", "")
    agreement, person = await a_reader()
    with refused(RuleBroken, "code.no_mobile"):
        await by_sms(agreement, person, clock)


async def test_a_number_receives_so_many_codes_a_day_whichever_links_ask(clock: Clock) -> None:
    await give_mobiles(TYPED, TYPED)
    agreement, lise = await a_reader()
    paul = next(each for each in await links.of_pupil(cast.TWO_HOMES) if each.name == "Paul Exemple")
    other = await person_of_link(paul.id, now=cast.NOW)
    for rank in range(MOST_SMS):
        await by_sms(agreement, other if rank % 2 else lise, clock)
        clock.later(minutes=10)
    with refused(RuleBroken, "code.too_many_sms"):
        await by_sms(agreement, lise, clock)
    await ask_code(agreement.id, signer=lise, base_url=BASE_URL, now=clock.now)
    clock.later(hours=23)
    await by_sms(agreement, lise, clock)


async def test_another_means_is_not_too_soon(clock: Clock) -> None:
    agreement, person = await a_reader()
    await ask_code(agreement.id, signer=person, base_url=BASE_URL, now=clock.now)
    await by_sms(agreement, person, clock)
    with refused(RuleBroken, "code.too_soon"):
        await by_sms(agreement, person, clock)


async def test_a_shared_mailbox_may_be_asked_by_sms_and_then_by_no_mail(clock: Clock, gateway: SmsGateway) -> None:
    noe = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    await family.change_pupil(representatives=tuple(replace(each, email=LISE) for each in noe.representatives))
    agreement, person = await a_reader("Paul Exemple")
    box = next(each for each in agreement.signatures if each.name == "Paul Exemple")
    await ask_code(agreement.id, signer=person, base_url=BASE_URL, now=clock.now)
    command = AskBy(document_id=agreement.id, signatory_id=box.id, channel=None, code_by_sms=True)
    await ask_by(command, actor=cast.MANAGER, now=clock.now)
    with refused(RuleBroken, "code.by_sms_only"):
        await ask_code(agreement.id, signer=person, base_url=BASE_URL, now=clock.now)
    paper = ChosenPaper(document_id=agreement.id, signer=person)
    with refused(RuleBroken, "code.by_sms_only"):
        await ask_lot_code([paper], base_url=BASE_URL, now=clock.now)
    await ask_lot_code([paper], means=Means.SMS, base_url=BASE_URL, now=clock.now)
    await deliver(gateway, clock)
    intent = Intent(typed_name="Paul Exemple", capacity="père", shown_at=clock.now, consented_at=clock.now)
    command_of_lot = SignLot(papers=((paper, intent),), code=digits_in(gateway))
    await sign_lot(command_of_lot, base_url=BASE_URL, now=clock.now)
    (evidence,) = await evidence_of(agreement.id, actor=cast.MANAGER)
    assert (evidence.means, evidence.shared_mailbox) == (Means.SMS, False)


async def test_only_a_number_of_their_own_is_asked_by_sms(clock: Clock) -> None:
    await give_mobiles(TYPED, TYPED)
    agreement, _ = await a_reader()
    box = next(each for each in agreement.signatures if each.name == "Paul Exemple")
    with refused(RuleBroken, "signature.no_own_mobile"):
        command = AskBy(document_id=agreement.id, signatory_id=box.id, channel=None, code_by_sms=True)
        await ask_by(command, actor=cast.MANAGER, now=clock.now)


async def test_a_demonstration_writes_to_numbers_of_nobody_alone(clock: Clock, gateway: SmsGateway) -> None:
    async with write_transaction():
        await sites.mark_demonstration(cast.SERVICE)
    agreement, person = await a_reader()
    await by_sms(agreement, person, clock)
    assert await deliver(gateway, clock) == SendingTally(sent=1)
    await give_mobiles("06 12 34 56 78", OTHER)
    person = await person_of_link(person.link.id, now=cast.NOW)
    clock.later(minutes=1)
    await by_sms(agreement, person, clock)
    assert await deliver(gateway, clock) == SendingTally(cancelled=1)
