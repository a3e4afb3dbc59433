"""Every sender, under every pause: what leaves, what waits, what falls; and nothing is lost, nothing piles up."""

from __future__ import annotations

import ast
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from tests.mail.conftest import Postman, serving
from tests.stage import family_cast as family
from tests.stage.family_cast import BASE_URL, LISE, SERVICE_ADDRESS, Clock, messages
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.papers.document import Document
from materiel.domain.work.outbox import About, Impulse, Message, MessageState, Purpose
from materiel.domain.work.pause import DIED, PAUSED, WAITING, PauseReason
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.work import outbox
from materiel.use_cases.desk.awaited import ask_again, awaited_groups, reminded_by_post
from materiel.use_cases.mail.departure import TO_SERVICE
from materiel.use_cases.mail.sending import send_due
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.daily import read_next_reminders, start_reminders
from materiel.use_cases.signing.reminder import due_reminders, remind, remind_signatures
from materiel.use_cases.work.pause import (
    AddPause,
    PauseLoan,
    add_pause,
    lift_loan_pause,
    list_pauses,
    loan_pause,
    pause_loan,
    pause_today,
    remove_pause,
)

SOURCES = Path(__file__).parents[3] / "src" / "materiel"
ADMIN = replace(cast.STRANGER, service_id=cast.SERVICE)

HAND, ASKED, OWN, MACHINE = Impulse.HAND, Impulse.ASKED, Impulse.OWN, Impulse.MACHINE
SENDERS: dict[str, tuple[str, list[tuple[Purpose, Impulse]]]] = {
    "circuit.stocktake.asking.ask_home": ("HAND", [(Purpose.STOCKTAKE, HAND)]),
    "circuit.stocktake.asking.ask_school": ("HAND", [(Purpose.STOCKTAKE, HAND)]),
    "links.referent._send": ("impulse", [(Purpose.REFERENT, HAND), (Purpose.REFERENT, ASKED)]),
    "accounts.event.tell_owner": ("OWN", [(Purpose.ACCOUNT, OWN)]),
    "history.witness._write": ("OWN", [(Purpose.WITNESS, OWN)]),
    "incident.answer.tell_declarer": ("HAND", [(Purpose.INCIDENT_ANSWER, HAND)]),
    "incident.incident.tell_service": ("OWN", [(Purpose.INCIDENT, OWN), (Purpose.INCIDENT_FILE, OWN)]),
    "links.access_link.send_new_link": ("ASKED", [(Purpose.NEW_LINK, ASKED)]),
    "links.institution_link._send": (
        "impulse",
        [(Purpose.INSTITUTION, HAND), (Purpose.INSTITUTION, ASKED), (Purpose.SIGNATURE_REMINDER, MACHINE)],
    ),
    "links.mailbox._ask": ("HAND", [(Purpose.MAILBOX_CODE, HAND), (Purpose.MAILBOX_CHANGED, HAND)]),
    "links.pupil.write_to_pupil": ("HAND", [(Purpose.NEW_LINK, HAND)]),
    "loan.letter.write_about_loan": (
        "HAND",
        [
            (Purpose.RECALL, HAND),
            (Purpose.RECALL_WITHDRAWN, HAND),
            (Purpose.LOAN_CANCELLED, HAND),
            (Purpose.SAFETY_RECALL, HAND),
        ],
    ),
    "mail.signed_copies._to_family": ("MACHINE", [(Purpose.SIGNED_BY_ALL, MACHINE)]),
    "mail.signed_copies._to_institution": ("MACHINE", [(Purpose.SIGNED_BY_ALL, MACHINE)]),
    "mail.sending.send_test": ("OWN", []),
    "mail.sms.send_test_sms": ("OWN", []),
    "signing.disagreement.declare_disagreement": ("OWN", [(Purpose.DISAGREEMENT, OWN)]),
    "signing.electronic_signature.send_copy": ("ASKED", [(Purpose.SIGNATURE_COPY, ASKED)]),
    "signing.lot.send_copies": ("ASKED", [(Purpose.SIGNATURE_COPY, ASKED)]),
    "signing.request.ask_person": (
        "impulse",
        [(Purpose.SIGNATURE_REQUEST, HAND), (Purpose.SIGNATURE_REMINDER, HAND), (Purpose.SIGNATURE_REMINDER, MACHINE)],
    ),
    "signing.telling_apart.write_code": ("ASKED", [(Purpose.SIGNATURE_CODE, ASKED)]),
}
"""Every place that writes a message, what it says made it write, and the messages that come of it.

A new sender fails here until it is in this table, hence tried under every pause.
"""
FALLS_ANYWAY = {Purpose.RECALL, Purpose.SAFETY_RECALL, Purpose.REFERENT}
"""Nothing of this loan is out, and no référent has this link: such a message leaves in no case here."""
CASES = sorted({(purpose, impulse) for _, made in SENDERS.values() for purpose, impulse in made})


def _calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    """Where a name is called: its module and function, below `use_cases` when it is there."""
    for path in sorted(SOURCES.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        place = ".".join(path.relative_to(SOURCES).with_suffix("").parts).removeprefix("use_cases.")
        for function in [each for each in ast.walk(tree) if isinstance(each, ast.AsyncFunctionDef | ast.FunctionDef)]:
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == name:
                    yield f"{place}.{function.name}", node


def test_every_sender_is_known_and_says_what_made_it_write() -> None:
    found: dict[str, set[str]] = {}
    for place, call in _calls("MessageText"):
        said = next(ast.unparse(each.value) for each in call.keywords if each.arg == "impulse")
        found.setdefault(place, set()).add(said.removeprefix("Impulse."))
    assert {place: "|".join(sorted(said)) for place, said in found.items()} == {
        place: said for place, (said, _) in SENDERS.items()
    }


def test_nothing_leaves_but_through_the_rule() -> None:
    """The servers are reached from two loops, which both judge each message; a message is claimed nowhere else."""
    tests = {"mail.sending.send_test", "mail.sms.send_test_sms"}
    mail = {place for place, _ in _calls("session_with")} - {"cli.mail.test"}
    sms = {place for place, _ in _calls("sms_session_with")}
    assert mail | sms == {"mail.sending.send_due", "mail.sms.send_due_sms"} | tests
    assert {place for place, _ in _calls("send_one")} == {"mail.sending.send_due", "mail.sms.send_due_sms"}
    assert {place for place, _ in _calls("judge")} == {"mail.sending.send_one", "mail.departure.why_not"}
    ruled = {place for place, _ in _calls("may_leave") if not place.startswith("web.")}
    assert ruled == {"mail.departure.judge", "signing.reminder._reminds"}
    added = {place for place, _ in _calls("add") if place.startswith("work.outbox.")}
    assert added == {"work.outbox.post", "work.outbox.post_sms"}


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


async def nothing(_: UUID, __: Clock) -> None:
    pass


async def summer(_: UUID, clock: Clock) -> None:
    today = cast.MANAGER.civil_date(clock.now)
    command = AddPause(name="Été", starts_on=today, ends_on=today + timedelta(days=20))
    await add_pause(command, actor=ADMIN, now=clock.now)


async def disagreement(loan_id: UUID, clock: Clock) -> None:
    command = PauseLoan(loan_id=loan_id, reason=PauseReason.SERVICE)
    await pause_loan(command, actor=cast.MANAGER, now=clock.now)


async def death(_: UUID, __: Clock) -> None:
    await family.change_pupil(died_on=cast.TODAY)


PAUSES: dict[str, Callable[[UUID, Clock], Awaitable[None]]] = {
    "nothing": nothing,
    "summer": summer,
    "disagreement": disagreement,
    "death": death,
}


def expected(pause: str, purpose: Purpose, impulse: Impulse) -> str:
    if pause == "death":
        return "leaves" if impulse is OWN else DIED
    if pause == "nothing" or impulse is not MACHINE:
        return "leaves"
    return PAUSED if purpose is Purpose.SIGNATURE_REMINDER else "waits"


async def written(document: Document, purpose: Purpose, impulse: Impulse, clock: Clock) -> Message:
    """A message of a sender about the loan of a paper, to somebody who may read it."""
    family_reads = impulse is not OWN
    noe = await family.change_pupil()
    message = Message(
        id=new_id(),
        service_id=cast.SERVICE,
        purpose=purpose,
        impulse=impulse,
        to_address=LISE if family_reads else SERVICE_ADDRESS,
        subject="Matériel adapté",
        text="Bonjour",
        html="",
        message_id=f"<{new_id()}@exemple.fr>",
        created_at=clock.now,
        next_attempt_at=clock.now,
        about=About(
            loan_id=document.loan_id,
            pupil_id=noe.id if family_reads else None,
            person_id=noe.representatives[0].id if family_reads else None,
        ),
    )
    async with write_transaction():
        assert await outbox.add(message)
    return message


@pytest.mark.parametrize("pause", PAUSES)
async def test_every_sender_under_every_pause(pause: str, clock: Clock, postman: Postman) -> None:
    document = await family.an_agreement()
    sent = [(await written(document, purpose, impulse, clock)).id for purpose, impulse in CASES]
    await PAUSES[pause](document.loan_id, clock)
    await send_due(postman.server, worker="w", base_url=BASE_URL, clock=clock)
    for (purpose, impulse), message_id in zip(CASES, sent, strict=True):
        message = await outbox.get(message_id, cast.SERVICE)
        fate = expected(pause, purpose, impulse)
        said = (purpose, impulse, message.state, message.error)
        if fate == "waits":
            assert (message.state, message.error) == (MessageState.QUEUED, WAITING), said
            assert message.next_attempt_at > clock.now, said
        elif fate == "leaves":
            # A claim that no loan bears falls for its own reason, and for no pause.
            assert message.state is MessageState.SENT or message.error not in (DIED, PAUSED, WAITING), said
            assert message.state is MessageState.SENT or purpose in FALLS_ANYWAY, said
        else:
            assert (message.state, message.error) == (MessageState.CANCELLED, fate), said
    assert set(TO_SERVICE) <= {purpose for purpose, impulse in CASES if impulse is OWN}


async def test_what_waited_leaves_at_the_resumption_and_at_once_when_a_pause_is_taken_back(
    clock: Clock, postman: Postman
) -> None:
    document = await family.an_agreement()
    await summer(document.loan_id, clock)
    message = await written(document, Purpose.SIGNED_BY_ALL, MACHINE, clock)

    async def state() -> MessageState:
        await send_due(postman.server, worker="w", base_url=BASE_URL, clock=clock)
        return (await outbox.get(message.id, cast.SERVICE)).state

    assert await state() is MessageState.QUEUED
    assert "part à la reprise" in (await outbox.get(message.id, cast.SERVICE)).reason
    clock.later(days=20)
    assert await state() is MessageState.QUEUED
    clock.later(days=1)
    assert await state() is MessageState.SENT
    await disagreement(document.loan_id, clock)
    message = await written(document, Purpose.SIGNED_BY_ALL, MACHINE, clock)
    assert await state() is MessageState.QUEUED
    await lift_loan_pause(document.loan_id, actor=cast.MANAGER, now=clock.now)
    assert await state() is MessageState.SENT
    (pause,) = await list_pauses(actor=cast.READER)
    await remove_pause(pause.id, actor=ADMIN, now=clock.now)
    assert await list_pauses(actor=cast.READER) == []


async def remind_daily() -> None:
    await fetch(f"UPDATE managing_service SET departement = '035', reminds_daily = true WHERE id = '{cast.SERVICE}'")


def issuer(clock: Clock) -> Issuer:
    return Issuer(actor=cast.MANAGER, now=clock.now, base_url=BASE_URL)


async def test_reminders_stop_in_a_pause_and_do_not_pile_up(clock: Clock) -> None:
    agreement = await family.an_agreement()
    await family.send(agreement, now=clock.now)
    clock.later(days=7)
    await remind_daily()
    await summer(agreement.loan_id, clock)
    assert await start_reminders(await services.get(cast.SERVICE), base_url=BASE_URL, now=clock.now) is None
    assert await due_reminders(issuer=issuer(clock)) == []
    assert (await remind_signatures(issuer=issuer(clock))).reminded == 0
    foreseen = await read_next_reminders(actor=cast.READER, now=clock.now)
    assert foreseen.pause is not None
    # The pause ends on a Sunday.
    assert foreseen.day == date(2026, 10, 5)
    assert await reminded_by_post(actor=cast.READER, now=clock.now) == []
    clock.later(days=21)
    assert await start_reminders(await services.get(cast.SERVICE), base_url=BASE_URL, now=clock.now) is not None
    (due,) = await due_reminders(issuer=issuer(clock))
    assert await remind(due, issuer=issuer(clock)) == 1
    # Four weeks have passed: one letter, not four.
    assert len(await messages(Purpose.SIGNATURE_REMINDER)) == 1
    assert await due_reminders(issuer=issuer(clock)) == []


async def test_a_disagreement_stops_one_loan_and_what_is_done_in_number(clock: Clock) -> None:
    agreement = await family.an_agreement()
    other = await family.an_agreement(cast.ADULT, cast.KEYBOARD)
    for each in (agreement, other):
        await family.send(each, now=clock.now)
    clock.later(days=7)
    await disagreement(agreement.loan_id, clock)
    assert [each.numbers for each in await due_reminders(issuer=issuer(clock))] == [[other.number]]
    lines = [line for group in await awaited_groups(actor=cast.READER, now=clock.now) for line in group.lines]
    assert {line.document.number for line in lines if "en pause" in line.to_print} >= {agreement.number}
    asked = await ask_again([agreement.id, other.id], issuer=issuer(clock))
    assert asked.asked == 1
    assert [number for number, why in asked.left if "en pause" in why] == [agreement.number]
    # On purpose, from its page, it leaves.
    await family.send(agreement, now=clock.now)
    assert len(await messages(Purpose.SIGNATURE_REQUEST, LISE)) == 2


async def test_a_pause_of_a_loan_is_changed_lifted_and_kept_out_of_the_journal(clock: Clock) -> None:
    agreement = await family.an_agreement()
    command = PauseLoan(loan_id=agreement.loan_id, reason=PauseReason.APPEAL, ends_on=cast.TODAY + timedelta(days=3))
    await pause_loan(command, actor=cast.MANAGER, now=clock.now)
    await pause_loan(replace(command, reason=PauseReason.AGREED), actor=cast.MANAGER, now=clock.now)
    found = await loan_pause(agreement.loan_id, actor=cast.READER, now=clock.now)
    assert found is not None
    assert found.reason is PauseReason.AGREED
    assert await loan_pause(agreement.loan_id, actor=cast.READER, now=clock.later(days=4)) is None
    entries = await journal.of_subject(cast.SERVICE, agreement.loan_id)
    assert [each.action for each in entries if "pause" in each.action] == ["loan.paused"] * 2
    assert not [each for each in entries if "reason" in each.details and "pause" in each.action]
    await lift_loan_pause(agreement.loan_id, actor=cast.MANAGER, now=clock.now)
    with refused(Conflict, "pause.none"):
        await lift_loan_pause(agreement.loan_id, actor=cast.MANAGER, now=clock.now)
    with refused(RuleBroken, "pause.invalid"):
        await pause_loan(command, actor=cast.MANAGER, now=clock.later(days=30))


async def test_a_pause_is_of_its_service_and_of_whoever_may_decide_it(clock: Clock) -> None:
    agreement = await family.an_agreement()
    await summer(agreement.loan_id, clock)
    (pause,) = await list_pauses(actor=cast.MANAGER)
    assert await list_pauses(actor=cast.STRANGER) == []
    assert await pause_today(actor=cast.MANAGER, now=clock.now) == pause
    with refused(NotFound, "pause.not_found"):
        await remove_pause(pause.id, actor=cast.STRANGER, now=clock.now)
    with pytest.raises(PermissionDenied):
        await remove_pause(pause.id, actor=cast.MANAGER, now=clock.now)
    command = PauseLoan(loan_id=agreement.loan_id, reason=PauseReason.AGREED)
    with refused(NotFound, "loan.not_found"):
        await pause_loan(command, actor=cast.STRANGER, now=clock.now)
    with pytest.raises(PermissionDenied):
        await pause_loan(command, actor=cast.READER, now=clock.now)
