"""Acts are told to a webhook, once acknowledged never lost, never with a name; who stops answering is set aside."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from tests.stage.family_cast import Clock
from tests.stage.refusals import refused
from tests.stage.webhook_program import Program, a_program
from tests.use_cases import loan_cast as cast
from tests.use_cases.loan_cast import a_draft

from materiel.domain.loan.steps import HandedItem
from materiel.domain.work.webhook import MOST_TRIES, CallState, Webhook, WebhookEvent, WebhookState
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import write_transaction
from materiel.store.history import journal
from materiel.store.people import pupil as pupils
from materiel.store.work import webhook as store
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan
from materiel.use_cases.process.loop import Watch
from materiel.use_cases.retention.housekeeping import forget
from materiel.use_cases.work.webhook import (
    AddWebhook,
    add_webhook,
    delete_webhook,
    list_webhooks,
    pause_webhook,
    read_webhook,
    resume_webhook,
    secret_of,
    try_webhook,
)
from materiel.use_cases.work.webhook_sending import LEASE, Lanes, tell, webhook_loop

ADMIN = replace(cast.STRANGER, service_id=cast.SERVICE)
KEY = "k" * 40
NETWORKS = "127.0.0.0/8"
EVERYTHING = tuple(WebhookEvent)


@pytest.fixture
async def clock(db: object) -> Clock:
    await cast.set_up()
    return Clock()


@pytest.fixture
def program() -> Iterator[Program]:
    with a_program() as made:
        yield made


async def a_webhook(url: str, events: tuple[WebhookEvent, ...] = EVERYTHING) -> Webhook:
    command = AddWebhook(url=url, events=events)
    added = await add_webhook(command, networks=NETWORKS, secret_key=KEY, actor=ADMIN, now=cast.NOW)
    assert added.secret == secret_of(added.webhook.id, KEY)
    return added.webhook


async def turn(clock: Clock, worker: str = "w") -> dict[str, int]:
    for each in await store.untold():
        await tell(each, now=clock.now)
    lanes = Lanes(worker=worker, secret_key=KEY, networks=NETWORKS, clock=clock)
    await lanes.open()
    await lanes.close(within=300)
    return lanes.tally


async def a_hand_over() -> UUID:
    loan_id = await a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    lines = (HandedItem(item_id=cast.LAPTOP),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=lines), issuer=cast.ISSUER)
    return loan_id


async def test_acts_are_told_with_their_number_and_no_name(clock: Clock, program: Program) -> None:
    await a_draft(items=(cast.KEYBOARD,))
    webhook = await a_webhook(program.url)
    loan_id = await a_hand_over()
    tally = await turn(clock)
    told = [json.loads(each) for each in program.bodies]
    assert tally["sent"] == len(told) == len({each["id"] for each in told})
    assert {each["event"] for each in told} >= {"loan.issued", "loan.handed_over", "document.issued"}
    handed = next(each for each in told if each["event"] == "loan.handed_over")
    case = await get_loan(loan_id, actor=cast.MANAGER)
    assert handed["object"] == {"kind": "loan", "id": str(loan_id), "number": case.reference}
    pupil = await pupils.get(cast.CHILD, cast.SERVICE)
    people = [pupil.first_name, pupil.last_name, *(each.last_name for each in pupil.representatives)]
    item = case.items[0]
    for word in (*people, item.designation, item.category, item.brand, "CDAPH"):
        assert not word or word not in "".join(program.bodies)
    for body, headers in zip(program.bodies, program.headers, strict=True):
        instant, digest = (each.partition("=")[2] for each in headers["Materiel-Signature"].split(","))
        secret = secret_of(webhook.id, KEY).encode()
        assert digest == hmac.new(secret, f"{instant}.{body}".encode(), hashlib.sha256).hexdigest()
        assert headers["Materiel-Delivery"] == json.loads(body)["id"]
    # What was there before, and what it did not ask for, is not told; a second turn tells nothing more.
    assert await turn(clock) == {"sent": 0, "put_off": 0, "dead": 0}


async def test_only_what_was_asked_for_is_told(clock: Clock, program: Program) -> None:
    await a_webhook(program.url, (WebhookEvent.LOAN_HANDED_OVER,))
    await a_hand_over()
    await turn(clock)
    assert [json.loads(each)["event"] for each in program.bodies] == ["loan.handed_over"]


async def test_an_act_that_is_undone_is_not_told(clock: Clock, program: Program) -> None:
    await a_webhook(program.url)
    loan_id = await a_draft()

    async def give_up() -> None:
        async with write_transaction():
            await journal.by(cast.MANAGER, clock.now).note("loan.issued", loan_id)
            raise LookupError("given up")

    with pytest.raises(LookupError):
        await give_up()
    await turn(clock)
    assert program.bodies == []


async def test_a_failure_is_tried_again_with_the_same_body(clock: Clock, program: Program) -> None:
    webhook = await a_webhook(program.url, (WebhookEvent.LOAN_HANDED_OVER,))
    await a_hand_over()
    program.status = 503
    assert (await turn(clock))["put_off"] == 1
    assert (await turn(clock))["put_off"] == 0
    (call,) = (await read_webhook(webhook.id, actor=ADMIN)).calls
    assert (call.state, call.attempts, call.error) == (CallState.QUEUED, 1, "le programme a répondu 503")
    program.status = 200
    clock.later(minutes=2)
    assert (await turn(clock))["sent"] == 1
    first, second = program.bodies
    assert first == second


async def test_who_answers_no_more_is_stopped_and_told_everything_once_resumed(clock: Clock, program: Program) -> None:
    webhook = await a_webhook(program.url, (WebhookEvent.LOAN_ISSUED, WebhookEvent.LOAN_HANDED_OVER))
    loan_id = await a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    program.status = 500
    for _ in range(MOST_TRIES):
        await turn(clock)
        clock.later(hours=8)
    found = await read_webhook(webhook.id, actor=ADMIN)
    assert (found.webhook.state, found.calls[0].state) == (WebhookState.BROKEN, CallState.DEAD)
    lines = (HandedItem(item_id=cast.LAPTOP),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=lines), issuer=cast.ISSUER)
    tries = len(program.bodies)
    await turn(clock)
    assert len(program.bodies) == tries == MOST_TRIES
    program.status = 204
    await resume_webhook(webhook.id, actor=ADMIN, now=clock.now)
    assert (await turn(clock))["sent"] == 2
    assert [json.loads(each)["event"] for each in program.bodies[tries:]] == ["loan.issued", "loan.handed_over"]
    actions = [each.action for each in await journal.of_subject(cast.SERVICE, webhook.id)]
    assert actions == ["webhook.added", "webhook.stopped", "webhook.resumed"]


async def test_a_program_that_says_gone_is_called_no_more(clock: Clock, program: Program) -> None:
    webhook = await a_webhook(program.url)
    await try_webhook(webhook.id, actor=ADMIN, now=clock.now)
    program.status = 410
    assert (await turn(clock))["dead"] == 1
    with refused(Conflict, "webhook.not_active"):
        await try_webhook(webhook.id, actor=ADMIN, now=clock.now)
    with refused(Conflict, "webhook.not_active"):
        await pause_webhook(webhook.id, actor=ADMIN, now=clock.now)


async def test_what_a_dead_worker_held_is_called_by_another(clock: Clock, program: Program) -> None:
    webhook = await a_webhook(program.url)
    await try_webhook(webhook.id, actor=ADMIN, now=clock.now)
    assert await store.claim("dead", webhook.id, now=clock.now, lease=LEASE) is not None
    assert (await turn(clock))["sent"] == 0
    clock.later(minutes=3)
    assert (await turn(clock))["sent"] == 1
    await try_webhook(webhook.id, actor=ADMIN, now=clock.now)
    assert await store.claim("stopping", webhook.id, now=clock.now, lease=LEASE) is not None
    await store.give_back("stopping")
    assert (await turn(clock))["sent"] == 1


async def test_two_workers_tell_an_entry_once(clock: Clock, program: Program) -> None:
    webhook = await a_webhook(program.url)
    await a_hand_over()
    assert await tell(webhook, now=clock.now) > 0
    assert await tell(webhook, now=clock.now) == 0


async def test_the_loop_of_the_worker_tells(clock: Clock, program: Program) -> None:
    await a_webhook(program.url, (WebhookEvent.LOAN_HANDED_OVER,))
    await a_hand_over()
    loop = webhook_loop(secret_key=KEY, networks=NETWORKS, clock=clock, poll_seconds=0.01)
    async with Watch().running(loop):
        for _ in range(500):
            if program.bodies:
                break
            await asyncio.sleep(0.02)
    assert len(program.bodies) == 1


async def test_a_program_that_stalls_delays_no_other(
    clock: Clock, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It stalls for as long as the test lasts: whatever is told meanwhile was told beside it, however slow the machine.
    monkeypatch.setattr("materiel.mail.webhook.WHOLE_SECONDS", 3_600.0)
    with a_program() as stalled:
        stalled.released = threading.Event()
        first = await a_webhook(stalled.url, (WebhookEvent.LOAN_HANDED_OVER,))
        second = await a_webhook(program.url, (WebhookEvent.LOAN_HANDED_OVER,))
        await a_hand_over()
        await try_webhook(first.id, actor=ADMIN, now=clock.now)
        loop = webhook_loop(secret_key=KEY, networks=NETWORKS, clock=clock, poll_seconds=0.01)
        async with Watch().running(loop):
            await until(lambda: len(stalled.bodies) == 1 and len(program.bodies) == 1)
            # What happens while it stalls is told too.
            await try_webhook(second.id, actor=ADMIN, now=clock.now)
            await until(lambda: len(program.bodies) == 2)
            assert len(stalled.bodies) == 1
            # One lane for each: the second call of the same program waits for the first.
            calls = (await read_webhook(first.id, actor=ADMIN)).calls
            assert sorted(each.state for each in calls) == [CallState.QUEUED, CallState.SENDING]
        stalled.released.set()
    # Stopped meanwhile, nothing is lost.
    calls = (await read_webhook(first.id, actor=ADMIN)).calls
    assert [(each.state, each.attempts) for each in calls] == [(CallState.QUEUED, 0)] * 2


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(3_000):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came")


async def test_lanes_are_bounded_and_tell_what_broke_them(
    clock: Clock, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("materiel.use_cases.work.webhook_sending.MOST_LANES", 1)
    for _ in range(2):
        webhook = await a_webhook(program.url)
        await try_webhook(webhook.id, actor=ADMIN, now=clock.now)
    assert (await turn(clock))["sent"] == 1
    assert (await turn(clock))["sent"] == 1
    monkeypatch.setattr("materiel.use_cases.work.webhook_sending.send_call", broken)
    await try_webhook(webhook.id, actor=ADMIN, now=clock.now)
    with pytest.raises(LookupError):
        await turn(clock)


async def broken(*_: object, **__: object) -> None:
    raise LookupError("a fault of ours")


async def test_set_aside_it_is_told_later_and_deleted_never(clock: Clock, program: Program) -> None:
    webhook = await a_webhook(program.url, (WebhookEvent.LOAN_HANDED_OVER,))
    with refused(Conflict, "webhook.active"):
        await resume_webhook(webhook.id, actor=ADMIN, now=clock.now)
    await pause_webhook(webhook.id, actor=ADMIN, now=clock.now)
    await a_hand_over()
    await turn(clock)
    assert program.bodies == []
    await resume_webhook(webhook.id, actor=ADMIN, now=clock.now)
    await turn(clock)
    assert len(program.bodies) == 1
    await try_webhook(webhook.id, actor=ADMIN, now=clock.now)
    await delete_webhook(webhook.id, actor=ADMIN, now=clock.now)
    assert await list_webhooks(actor=ADMIN) == []
    await turn(clock)
    assert len(program.bodies) == 1


async def test_calls_are_forgotten_after_a_month(clock: Clock, program: Program) -> None:
    webhook = await a_webhook(program.url)
    await try_webhook(webhook.id, actor=ADMIN, now=clock.now)
    await turn(clock)
    await forget(now=clock.later(days=29))
    assert len((await read_webhook(webhook.id, actor=ADMIN)).calls) == 1
    await forget(now=clock.later(days=2))
    assert (await read_webhook(webhook.id, actor=ADMIN)).calls == ()


async def test_it_is_of_its_service_and_for_administrators(clock: Clock) -> None:
    webhook = await a_webhook("https://outil.exemple.fr/m?jeton=secret")
    for actor in (cast.MANAGER, cast.READER):
        with pytest.raises(PermissionDenied):
            await list_webhooks(actor=actor)
    assert await list_webhooks(actor=cast.STRANGER) == []
    for act in (pause_webhook, resume_webhook, try_webhook, delete_webhook):
        with refused(NotFound, "webhook.not_found"):
            await act(webhook.id, actor=cast.STRANGER, now=clock.now)
    with refused(RuleBroken, "webhook.invalid"):
        await add_webhook(
            AddWebhook(url="https://10.0.0.1/", events=EVERYTHING),
            networks="",
            secret_key=KEY,
            actor=ADMIN,
            now=clock.now,
        )
    (entry,) = await journal.of_subject(cast.SERVICE, webhook.id)
    assert entry.details == {"host": "outil.exemple.fr"}
