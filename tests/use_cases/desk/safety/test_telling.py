"""Telling every holder of what a recall concerns: one act, a message for a mailbox, nobody twice, whatever happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from tests.stage.cut_short import cut, is_cut_short
from tests.stage.family_cast import Clock
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors.institution_cast import a_deposit, a_tripartite, set_up_institutions

from materiel.domain.circuit.workshop.safety import SafetyRecall, SafetyStage
from materiel.domain.loan.steps import HandedItem
from materiel.domain.work.job import Job, JobState
from materiel.domain.work.outbox import Message, Purpose
from materiel.store.engine.database import write_transaction
from materiel.store.history.search import search
from materiel.store.people import pupil as pupils
from materiel.store.work import job as jobs
from materiel.store.work import outbox
from materiel.use_cases.circuit.workshop.safety import (
    AddToSafetyRecall,
    CloseSafetyRecall,
    OpenSafetyRecall,
    close_safety_recall,
    open_safety_recall,
    read_safety_recall,
)
from materiel.use_cases.desk.safety import holders, letters, telling
from materiel.use_cases.desk.safety.telling import add_and_tell, open_and_tell, tell_holders, telling_of
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.work.job import run_next, stop_job
from materiel.use_cases.worker import HANDLERS

ASKED = OpenSafetyRecall(
    title="La batterie peut prendre feu", to_do="Éteignez l'appareil.", published_on=cast.TODAY, model="ordinateur"
)
LENT = ((cast.CHILD, cast.LAPTOP), (cast.ADULT, cast.KEYBOARD), (cast.TWO_HOMES, cast.SPARE))


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await set_up_institutions()
    for number, pupil_id in enumerate((cast.CHILD, cast.ADULT, cast.TWO_HOMES)):
        pupil = await pupils.get(pupil_id, cast.SERVICE)
        known = tuple(
            replace(each, email=f"parent{number}{rank}@exemple.fr") for rank, each in enumerate(pupil.representatives)
        )
        async with write_transaction():
            await pupils.save(replace(pupil, representatives=known, email="" if known else "majeur@exemple.fr"))


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if two loans were more than are told while whoever asked waits."""
    monkeypatch.setattr(telling, "MANY", 1)


async def lent(*pairs: tuple[UUID, UUID]) -> list[UUID]:
    made = []
    for pupil, item in pairs:
        loan_id = await cast.a_draft(pupil=pupil, items=(item,))
        await issue_loan(loan_id, issuer=cast.ISSUER)
        lines = (HandedItem(item_id=item),)
        await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=lines), issuer=cast.ISSUER)
        made.append(loan_id)
    return made


async def opened(*chosen: UUID) -> SafetyRecall:
    return await open_safety_recall(replace(ASKED, items=chosen), actor=cast.MANAGER, now=cast.NOW)


async def stages(recall: SafetyRecall) -> list[SafetyStage]:
    return [each.stage for each in (await read_safety_recall(recall.id, actor=cast.READER)).cases]


async def written() -> list[Message]:
    found = await outbox.page(cast.SERVICE, limit=100)
    return [each for each in found if each.purpose is Purpose.SAFETY_RECALL]


def told_by(job: Job) -> dict[str, object]:
    read: dict[str, object] = msgspec.json.decode(job.result or "{}", type=dict)
    return read


async def ended(job: Job | None) -> Job:
    assert job is not None
    return await jobs.get(job.id, cast.SERVICE)


async def test_opening_tells_in_the_same_act() -> None:
    await lent(*LENT[:2])
    command = replace(ASKED, items=(cast.LAPTOP, cast.KEYBOARD))
    recall, told = await open_and_tell(command, issuer=cast.ISSUER)
    assert (told.written, told.left, told.job) == (2, 0, None)
    assert await stages(recall) == [SafetyStage.TOLD, SafetyStage.TOLD]
    (entry,) = [each for each in await search(cast.SERVICE, limit=50) if each.action == "safety_recall.telling"]
    assert entry.details == {"loans": 2}


async def test_many_are_told_by_a_job_that_the_opening_leaves_behind(many: None) -> None:
    await lent(*LENT)
    command = replace(ASKED, items=(cast.LAPTOP, cast.KEYBOARD, cast.SPARE))
    recall, told = await open_and_tell(command, issuer=cast.ISSUER)
    assert (told.written, told.left) == (0, 3)
    under_way = await telling_of(recall.id, actor=cast.READER)
    assert told.job is not None
    assert under_way is not None
    assert under_way.id == told.job.id
    assert (await tell_holders(recall.id, issuer=cast.ISSUER)).job == told.job, "pressed twice, it is the same"
    assert await run_next("w1", HANDLERS, clock=Clock(cast.NOW))
    assert not await run_next("w1", HANDLERS, clock=Clock(cast.NOW))
    assert await telling_of(recall.id, actor=cast.READER) is None
    assert len(await written()) == 4
    wanted = {"told": 3, "by_hand": 0, "silenced": 0, "left": 0, "refused": [], "safety_recall": str(recall.id)}
    assert told_by(await ended(told.job)) == wanted


async def test_killed_it_goes_on_and_nobody_is_told_twice(many: None, monkeypatch: pytest.MonkeyPatch) -> None:
    await lent(*LENT)
    recall = await opened(cast.LAPTOP, cast.KEYBOARD, cast.SPARE)
    told = await tell_holders(recall.id, issuer=cast.ISSUER)
    reaching, steps = holders.tell_together, 0

    async def die(recall: SafetyRecall, loan_ids: Sequence[UUID], issuer: Issuer, *, again: bool) -> holders.Reached:
        nonlocal steps
        steps += 1
        reached = await reaching(recall, loan_ids, issuer, again=again)
        if steps == 2:
            await cut()
        return reached

    with monkeypatch.context() as patched:
        patched.setattr(telling, "tell_together", die)
        await is_cut_short(run_next("dead", HANDLERS, clock=Clock(cast.NOW)))
    assert len(await written()) == 1, "what was being told when it was killed was not"
    later = Clock(cast.NOW)
    later.later(minutes=5)
    assert await run_next("w2", HANDLERS, clock=later)
    addresses = [each.to_address for each in await written()]
    assert len(addresses) == len(set(addresses)) == 4
    done = await ended(told.job)
    assert (done.state, done.done, done.total, told_by(done)["told"]) == (JobState.DONE, 3, 3, 3)


async def test_told_to_stop_it_keeps_what_is_done_and_is_asked_again(many: None) -> None:
    await lent(*LENT)
    recall = await opened(cast.LAPTOP, cast.KEYBOARD, cast.SPARE)
    told = await tell_holders(recall.id, issuer=cast.ISSUER)
    assert told.job is not None
    await stop_job(told.job.id, actor=cast.MANAGER, now=cast.NOW)
    assert await run_next("w1", HANDLERS, clock=Clock(cast.NOW))
    assert told_by(await ended(told.job))["left"] == 3
    again = await tell_holders(recall.id, issuer=cast.ISSUER)
    assert again.job is not None
    assert again.job.id != told.job.id
    assert await run_next("w1", HANDLERS, clock=Clock(cast.NOW))
    assert len(await written()) == 4


async def test_a_recall_closed_meanwhile_writes_to_nobody(many: None) -> None:
    await lent(*LENT)
    recall = await opened(cast.LAPTOP, cast.KEYBOARD, cast.SPARE)
    told = await tell_holders(recall.id, issuer=cast.ISSUER)
    closing = CloseSafetyRecall(recall_id=recall.id, version=recall.version, reason="Fausse alerte")
    await close_safety_recall(closing, actor=cast.MANAGER, now=cast.NOW)
    assert await run_next("w1", HANDLERS, clock=Clock(cast.NOW))
    assert told_by(await ended(told.job))["left"] == 3
    assert await written() == []


async def test_a_school_reads_of_all_that_it_keeps_in_one_message() -> None:
    await a_deposit(items=(cast.BRAILLE,))
    await a_deposit(items=(cast.KEYBOARD,))
    recall = await opened(cast.BRAILLE, cast.KEYBOARD)
    told = await tell_holders(recall.id, issuer=cast.ISSUER)
    (letter,) = await written()
    assert told.written == 1
    for number in await numbers_of(recall):
        assert number in letter.text
    assert letter.about.loan_id is None, "the end of one of the loans does not stop it"
    assert await stages(recall) == [SafetyStage.TOLD, SafetyStage.TOLD]
    entries = [each for each in await search(cast.SERVICE, limit=50) if each.action == "loan.safety_told"]
    assert len(entries) == 2, "each loan says so"


async def numbers_of(recall: SafetyRecall) -> list[str]:
    return [each.item.inventory_number for each in (await read_safety_recall(recall.id, actor=cast.READER)).cases]


async def test_a_family_reads_of_all_that_its_child_has_in_one_message() -> None:
    await lent(LENT[0], (cast.CHILD, cast.KEYBOARD))
    recall = await opened(cast.LAPTOP, cast.KEYBOARD)
    assert (await tell_holders(recall.id, issuer=cast.ISSUER)).written == 1
    (letter,) = await written()
    for number in await numbers_of(recall):
        assert number in letter.text


async def test_what_stays_at_school_and_what_is_at_home_are_not_said_in_one_breath() -> None:
    await lent((cast.CHILD, cast.KEYBOARD))
    await a_tripartite()
    recall = await opened(cast.LAPTOP, cast.KEYBOARD)
    await tell_holders(recall.id, issuer=cast.ISSUER)
    bodies = [each.text for each in await written() if each.to_address == "parent00@exemple.fr"]
    assert sorted("rien à rapporter" in each for each in bodies) == [False, True]


async def test_what_is_wrong_with_one_loan_leaves_the_others_of_its_mailbox_told() -> None:
    await a_deposit(cast.BAULON, items=(cast.BRAILLE,))
    broken = await a_tripartite()
    pupil = await pupils.get(cast.CHILD, cast.SERVICE)
    async with write_transaction():
        wrong = tuple(replace(each, email="deux@exemple.fr, un@exemple.fr") for each in pupil.representatives)
        await pupils.save(replace(pupil, representatives=wrong))
    recall = await opened(cast.BRAILLE, cast.LAPTOP)
    told = await tell_holders(recall.id, issuer=cast.ISSUER)
    assert [each.id for each in told.refused] == [broken]
    assert "adresse" in told.refused[0].why
    assert told.written == 1
    assert await stages(recall) == [SafetyStage.TOLD, SafetyStage.TO_TELL]


async def test_a_death_and_no_address_are_counted_apart(many: None) -> None:
    await lent(*LENT)
    for pupil_id, changes in ((cast.CHILD, {"died_on": cast.TODAY}), (cast.ADULT, {"email": ""})):
        async with write_transaction():
            await pupils.save(replace(await pupils.get(pupil_id, cast.SERVICE), **changes))
    recall = await opened(cast.LAPTOP, cast.KEYBOARD, cast.SPARE)
    told = await tell_holders(recall.id, issuer=cast.ISSUER)
    assert await run_next("w1", HANDLERS, clock=Clock(cast.NOW))
    read = told_by(await ended(told.job))
    assert (read["told"], read["by_hand"], read["silenced"], read["left"]) == (1, 1, 1, 0)


async def test_adding_tells_the_new_holder_alone() -> None:
    await lent(*LENT[:2])
    recall, first = await open_and_tell(replace(ASKED, items=(cast.LAPTOP,)), issuer=cast.ISSUER)
    later = replace(cast.ISSUER, now=cast.NOW + timedelta(minutes=1))
    command = AddToSafetyRecall(recall_id=recall.id, items=(cast.KEYBOARD,))
    second = await add_and_tell(command, issuer=later)
    assert (first.written, second.written) == (1, 1)
    assert (await add_and_tell(command, issuer=later)).written == 0


async def test_letters_are_printed_some_at_a_time_and_those_never_told_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "MOST_LOANS", 1)
    for pupil_id in (cast.CHILD, cast.ADULT):
        pupil = await pupils.get(pupil_id, cast.SERVICE)
        silent = tuple(replace(each, email="") for each in pupil.representatives)
        async with write_transaction():
            await pupils.save(replace(pupil, representatives=silent, email=""))
    await lent(*LENT[:2])
    recall = await opened(cast.LAPTOP, cast.KEYBOARD)
    for minutes, wanted in enumerate(((1, 0), (1, 1), (2, 1), (2, 2))):
        issuer = replace(cast.ISSUER, now=cast.NOW + timedelta(minutes=minutes))
        assert (await letters.print_safety_letters(recall.id, issuer=issuer)).startswith(b"%PDF")
        cases = (await read_safety_recall(recall.id, actor=cast.READER)).cases
        assert tuple(each.line.told_times for each in cases) == wanted
