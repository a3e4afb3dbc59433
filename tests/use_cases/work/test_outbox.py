"""The outbox and its worker, against a real database and a real SMTP server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
from tests.mail.conftest import Postman, serving
from tests.stage import family_cast as family
from tests.stage.family_cast import BASE_URL, LISE, Clock
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.language.order import Order
from materiel.domain.work.outbox import MOST_ATTEMPTS, Impulse, Message, MessageState, Purpose
from materiel.errors import NotFound, PermissionDenied, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.accounts import site as sites
from materiel.store.engine.database import write_transaction
from materiel.store.work import outbox
from materiel.use_cases.mail.sending import LEASE, SendingTally, outbox_loop, send_due
from materiel.use_cases.process.loop import Watch
from materiel.use_cases.work.outbox import MessageText, get_message, message_page, post

ADMIN = Actor("user:admin", Role.ADMIN, cast.SERVICE)


async def listed(*, actor: Actor) -> list[Message]:
    return [each for each, _ in await message_page("", None, Order("ecrit", descending=True), actor=actor, limit=50)]


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
    return Clock()


async def write(to: str = LISE, *, key: str | None = None, clock: Clock) -> bool:
    async with write_transaction():
        letter = MessageText(
            purpose=Purpose.NEW_LINK,
            impulse=Impulse.ASKED,
            template="new_link",
            to_address=to,
            service=await services.get(cast.SERVICE),
            values={"name": "Lise", "link": f"{BASE_URL}/f/secret", "expires_on": cast.TODAY},
            unique_key=key,
        )
        return await post(letter, base_url=BASE_URL, now=clock.now)


async def send(postman: Postman, clock: Clock, worker: str = "w") -> SendingTally:
    return await send_due(postman.server, worker=worker, base_url=BASE_URL, clock=clock)


async def test_a_message_is_sent_once_and_its_body_forgotten(clock: Clock, postman: Postman) -> None:
    await write(clock=clock)
    assert await send(postman, clock) == SendingTally(sent=1)
    assert await send(postman, clock) == SendingTally()
    (message,) = await family.messages()
    assert (message.state, message.text, message.html, message.sent_at) == (MessageState.SENT, "", "", cast.NOW)
    assert message.subject == "DSDEN d’Ille-et-Vilaine\u00a0: votre nouveau lien"
    (arrived,) = postman.received
    assert arrived["message-id"] == message.message_id
    assert arrived["from"] == f"DSDEN d'Ille-et-Vilaine <{family.SERVICE_ADDRESS}>"


async def test_a_letter_of_one_key_is_written_once(clock: Clock) -> None:
    assert [await write(key="k", clock=clock) for _ in range(2)] == [True, False]
    assert [await write(clock=clock) for _ in range(2)] == [True, True]
    assert len(await family.messages()) == 3


async def test_a_letter_of_a_transaction_that_fails_is_not_written(clock: Clock) -> None:
    with refused(RuleBroken, "mail.address_invalid"):
        await write("a@exemple.fr\nBcc: b@exemple.fr", clock=clock)
    assert await family.messages() == []


async def test_each_refusal_has_its_fate(clock: Clock, postman: Postman) -> None:
    postman.answers = {"inconnu@exemple.fr": "550 unknown", "plein@exemple.fr": "452 full"}
    for address in ("inconnu@exemple.fr", "plein@exemple.fr", LISE):
        await write(address, clock=clock)
    assert await send(postman, clock) == SendingTally(sent=1, put_off=1, failed=1)
    states = {each.to_address: each for each in await family.messages()}
    assert states["inconnu@exemple.fr"].state is MessageState.FAILED
    assert states["inconnu@exemple.fr"].error == "550 unknown"
    assert states["inconnu@exemple.fr"].reason == "cette adresse n'existe pas, ou n'accepte pas de message"
    # Kept, to be sent again once the address is right.
    assert "/f/secret" in states["inconnu@exemple.fr"].text
    later = states["plein@exemple.fr"]
    assert (later.state, later.attempts) == (MessageState.QUEUED, 1)
    assert "/f/secret" in later.text
    assert timedelta(seconds=48) <= later.next_attempt_at - cast.NOW <= timedelta(seconds=72)
    assert await send(postman, clock) == SendingTally()
    postman.answers = {}
    clock.later(minutes=2)
    assert await send(postman, clock) == SendingTally(sent=1)
    assert postman.received[-1]["message-id"] == later.message_id


async def test_a_demonstration_writes_to_invented_mailboxes_alone(clock: Clock, postman: Postman) -> None:
    async with write_transaction():
        await sites.mark_demonstration(cast.SERVICE)
    await write("ecole.0350122t@ac-rennes.fr", clock=clock)
    await write("lise@exemple.invalid", clock=clock)
    tally = await send(postman, clock)
    assert (tally.sent, tally.cancelled) == (1, 1)
    given_up = [each for each in await listed(actor=ADMIN) if each.state is MessageState.CANCELLED]
    assert [each.to_address for each in given_up] == ["ecole.0350122t@ac-rennes.fr"]
    assert given_up[0].reason.startswith("Démonstration")


async def test_a_message_is_given_up_after_many_attempts(clock: Clock, postman: Postman) -> None:
    postman.answers = {LISE: "452 full"}
    await write(clock=clock)
    tallies = []
    for _ in range(MOST_ATTEMPTS):
        tallies.append(await send(postman, clock))
        clock.later(hours=8)
    assert tallies == [SendingTally(put_off=1)] * (MOST_ATTEMPTS - 1) + [SendingTally(failed=1)]
    assert (await family.messages())[0].state is MessageState.FAILED


async def test_the_message_of_a_dead_worker_is_taken_again(clock: Clock, postman: Postman) -> None:
    await write(clock=clock)
    taken = await outbox.claim("dead", now=clock.now, lease=LEASE)
    assert taken is not None
    assert await send(postman, clock) == SendingTally()
    clock.later(minutes=6)
    assert await send(postman, clock) == SendingTally(sent=1)
    assert not await outbox.mark_sent(taken.id, "dead", clock.now)
    assert postman.received[0]["message-id"] == taken.message_id


async def test_a_message_that_kills_its_workers_is_given_up(clock: Clock) -> None:
    await write(clock=clock)
    for number in range(MOST_ATTEMPTS):
        assert await outbox.claim(f"w{number}", now=clock.now, lease=LEASE) is not None
        clock.later(minutes=6)
    assert await outbox.claim("last", now=clock.now, lease=LEASE) is None
    assert [each.state for each in await family.messages()] == [MessageState.FAILED]


async def test_a_code_passes_before_what_has_waited_longer(clock: Clock) -> None:
    await write(clock=clock)
    clock.later(minutes=1)
    async with write_transaction():
        letter = MessageText(
            purpose=Purpose.SIGNATURE_CODE,
            impulse=Impulse.ASKED,
            template="signature_code",
            to_address=LISE,
            service=await services.get(cast.SERVICE),
            values={"name": "Lise", "digits": "012345", "document": SimpleNamespace(number="35-2026-0001")},
        )
        await post(letter, base_url=BASE_URL, now=clock.now)
    first = await outbox.claim("w", now=clock.now, lease=LEASE)
    assert first is not None
    assert first.purpose is Purpose.SIGNATURE_CODE


async def test_three_workers_send_each_message_once(clock: Clock, postman: Postman) -> None:
    for number in range(12):
        await write(f"p{number}@exemple.fr", clock=clock)
    tallies = await asyncio.gather(*(send(postman, clock, f"w{number}") for number in range(3)))
    assert sum(each.sent for each in tallies) == 12
    assert len({each["to"] for each in postman.received}) == len(postman.received) == 12


async def test_a_server_that_hangs_up_loses_nothing(clock: Clock, postman: Postman) -> None:
    postman.hang_up_after = 2
    for number in range(4):
        await write(f"p{number}@exemple.fr", clock=clock)
    assert await send(postman, clock) == SendingTally(sent=2, put_off=2)
    postman.hang_up_after = None
    clock.later(minutes=2)
    assert await send(postman, clock) == SendingTally(sent=2)
    assert len({each["message-id"] for each in postman.received}) == 4


async def test_the_loop_sends_and_stops_when_told(clock: Clock, postman: Postman) -> None:
    await write(clock=clock)
    loop = outbox_loop(postman.server, base_url=BASE_URL, clock=clock, poll_seconds=0.05)
    async with asyncio.timeout(20), Watch().running(loop):
        while not postman.received:
            await asyncio.sleep(0.05)


async def test_managers_read_the_mail_of_their_own_service(clock: Clock) -> None:
    await write(clock=clock)
    for actor in (ADMIN, cast.MANAGER):
        (message,) = await listed(actor=actor)
        assert (await get_message(message.id, actor=actor)).to_address == LISE
    with pytest.raises(PermissionDenied):
        await listed(actor=cast.READER)
    with pytest.raises(PermissionDenied):
        await get_message(message.id, actor=cast.READER)
    assert await listed(actor=cast.STRANGER) == []
    with refused(NotFound, "mail.not_found"):
        await get_message(message.id, actor=cast.STRANGER)
