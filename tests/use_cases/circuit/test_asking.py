"""A need that a référent asks, what waits for a hand among the needs, and the queue counted in one statement."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from tests.stage import referent_cast as stage
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.circuit.need import Need, NeedFilter, NeedKind, NeedStage, NeedState
from materiel.domain.desk.dashboard import Concern
from materiel.domain.item.item import Condition
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.domain.usage import Basis, BasisKind
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.people import pupil as pupils
from materiel.store.retention.retention import WAITED_FOR
from materiel.use_cases.circuit.asking import AskNeed, ask_need, who_asked
from materiel.use_cases.circuit.need import (
    CloseNeed,
    ReceiveNeed,
    RecordNeed,
    close_need,
    confirm_need,
    count_needs,
    list_needs,
    receive_need,
    record_need,
    tally_needs,
)
from materiel.use_cases.desk.dashboard import needs_that_wait, tallies
from materiel.use_cases.loan.steps import HandOver, TakeBack, hand_over, issue_loan, take_back

WORDS = "Ordinateur avec logiciel de synthèse vocale"
NOTIFIED = date(2026, 6, 1)


@pytest.fixture(autouse=True)
async def _cast(db: None) -> None:
    await cast.set_up()


def asking(**changes: object) -> AskNeed:
    """What a référent types of Zoé, with the accents and capitals of another file."""
    asked: dict[str, object] = {
        **{"last_name": "EXEMPLE", "first_name": "zoe", "birth_date": cast.a_child().birth_date},
        **{"wording": WORDS, "notified_on": NOTIFIED, **changes},
    }
    return AskNeed(**asked)  # type: ignore[arg-type]


async def recorded(**asked: object) -> Need:
    values: dict[str, object] = {"pupil_id": cast.CHILD, "wording": WORDS, "notified_on": NOTIFIED, **asked}
    return await record_need(RecordNeed(**values), actor=cast.MANAGER, now=cast.NOW)  # type: ignore[arg-type]


async def waiting(concern: Concern) -> list[tuple[UUID, date]]:
    found = await needs_that_wait(concern, actor=cast.READER, now=cast.NOW, limit=9)
    counted = {each.concern: each.count for each in await tallies(actor=cast.READER, now=cast.NOW)}
    assert counted[concern] == len(found)
    return [(each.line.need.id, each.day) for each in found]


async def test_what_is_asked_waits_for_the_service_and_says_who_asked() -> None:
    reader = await stage.a_reader()
    need = await ask_need(asking(), reader=reader, now=cast.NOW)
    assert (need.state, need.stage, need.pupil_id) == (NeedState.ASKED, NeedStage.ASKED, cast.CHILD)
    assert await who_asked(need, actor=cast.READER) == reader.referent.name
    assert await who_asked(need, actor=cast.STRANGER) == ""
    assert await who_asked(await recorded(wording="Plage braille"), actor=cast.READER) == ""
    assert await waiting(Concern.NEED_ASKED) == [(need.id, NOTIFIED)]
    waits = await list_needs(NeedFilter(state=NeedState.OPEN), actor=cast.READER, limit=9)
    assert need.id not in [each.need.id for each in waits]
    with refused(Conflict, "need.to_confirm"):
        await receive_need(
            ReceiveNeed(need_id=need.id, version=1, received_on=cast.TODAY), actor=cast.MANAGER, now=cast.NOW
        )
    with pytest.raises(PermissionDenied):
        await confirm_need(need.id, actor=cast.READER, now=cast.NOW)
    with refused(NotFound, "need.not_found"):
        await confirm_need(need.id, actor=cast.STRANGER, now=cast.NOW)
    confirmed = await confirm_need(need.id, actor=cast.MANAGER, now=cast.NOW)
    assert (confirmed.state, confirmed.notified_on, confirmed.asked_by) == (NeedState.OPEN, NOTIFIED, need.asked_by)
    assert await waiting(Concern.NEED_ASKED) == []
    with refused(Conflict, "need.not_asked"):
        await confirm_need(need.id, actor=cast.MANAGER, now=cast.NOW)
    (row,) = await fetch("SELECT actor FROM journal WHERE action = 'need.asked'")
    assert row["actor"] == reader.actor_id


async def test_one_that_is_not_taken_is_closed_with_its_reason() -> None:
    need = await ask_need(asking(), reader=await stage.a_reader(), now=cast.NOW)
    command = CloseNeed(need_id=need.id, reason="Notification non reçue.")
    closed = await close_need(command, actor=cast.MANAGER, now=cast.NOW)
    assert closed.state is NeedState.CLOSED


async def test_nobody_is_found_outside_the_sector_nor_by_half_a_name() -> None:
    reader = await stage.a_reader()
    other = cast.a_child_with_two_homes()
    wrong = (
        asking(last_name=other.last_name, first_name=other.first_name, birth_date=other.birth_date),
        asking(first_name="Zo"),
        asking(birth_date=date(2012, 1, 1)),
    )
    for command in wrong:
        with refused(RuleBroken, "need.unknown_pupil") as caught:
            await ask_need(command, reader=reader, now=cast.NOW)
        assert [each.pointer for each in caught.value.errors] == ["/last_name"]
    with refused(RuleBroken, "need.health_words"):
        await ask_need(asking(wording="Écran pour malvoyant"), reader=reader, now=cast.NOW)
    with refused(RuleBroken, "need.invalid"):
        await ask_need(asking(notified_on=cast.TODAY + timedelta(days=1)), reader=reader, now=cast.NOW)


async def test_what_is_received_is_told_with_its_age_until_a_loan_is_prepared() -> None:
    need = await recorded()
    assert await waiting(Concern.NEED_RECEIVED) == []
    day = cast.TODAY - timedelta(days=9)
    await receive_need(ReceiveNeed(need_id=need.id, version=1, received_on=day), actor=cast.MANAGER, now=cast.NOW)
    assert await waiting(Concern.NEED_RECEIVED) == [(need.id, day)]
    await cast.a_draft(need=need.id)
    assert await waiting(Concern.NEED_RECEIVED) == []


async def test_a_need_that_keeps_its_pupil_for_years_is_told() -> None:
    fresh = await recorded()
    ended = await recorded(wording="Plage braille", valid_until=cast.TODAY - timedelta(days=1))
    old = await recorded(notified_on=cast.TODAY - timedelta(days=731))
    assert [each for each, _ in await waiting(Concern.NEED_FORGOTTEN)] == [old.id, ended.id]
    rows = await fetch(f"SELECT id FROM pupil WHERE {WAITED_FOR}")
    assert [row["id"] for row in rows] == [cast.CHILD]
    assert fresh.id not in dict(await waiting(Concern.NEED_FORGOTTEN))
    async with write_transaction():
        await pupils.save(replace(await pupils.get(cast.CHILD, cast.SERVICE), died_on=cast.TODAY))
    await cast.noted()
    assert await waiting(Concern.NEED_FORGOTTEN) == []


async def test_a_trial_is_told_before_its_end_until_it_comes_back() -> None:
    pas = Basis(kind=BasisKind.PAS, decided_on=NOTIFIED)
    ends_on = cast.TODAY + timedelta(days=20)
    trial = await recorded(kind=NeedKind.TRIAL, valid_until=ends_on, basis=pas)
    after = cast.TODAY + timedelta(days=40)
    late = await recorded(kind=NeedKind.TRIAL, wording="Plage braille", valid_until=after, basis=pas)
    for need, item in ((trial, cast.LAPTOP), (late, cast.BRAILLE)):
        loan_id = await cast.a_draft(items=(item,), need=need.id, basis=pas, ends_on=date(2027, 6, 30))
        await issue_loan(loan_id, issuer=cast.ISSUER)
        assert await waiting(Concern.TRIAL) == ([] if need is trial else [(trial.id, ends_on)])
        handed = (HandedItem(item_id=item),)
        await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=handed), issuer=cast.ISSUER)
        if need is trial:
            first = loan_id
    assert await waiting(Concern.TRIAL) == [(trial.id, ends_on)]
    back = (ReturnedItem(item_id=cast.LAPTOP, condition=Condition.GOOD),)
    await take_back(TakeBack(loan_id=first, returned_on=cast.TODAY, items=back), issuer=cast.ISSUER)
    assert await waiting(Concern.TRIAL) == []


async def counted_as_listed() -> dict[NeedStage, int]:
    found = await tally_needs(actor=cast.READER, now=cast.NOW)
    state = {NeedStage.ASKED: NeedState.ASKED, NeedStage.MET: NeedState.MET, NeedStage.CLOSED: NeedState.CLOSED}
    for stage_ in NeedStage:
        wanted = NeedFilter(stage=stage_, state=state.get(stage_, NeedState.OPEN))
        listed = await list_needs(wanted, actor=cast.READER, limit=50)
        assert found[stage_] == await count_needs(wanted, actor=cast.READER) == len(listed), stage_
    return found


async def test_the_tally_counts_as_the_lists_do() -> None:
    await ask_need(asking(), reader=await stage.a_reader(), now=cast.NOW)
    need = await recorded(wording="Plage braille")
    await recorded(wording="Loupe électronique")
    await cast.a_draft(need=need.id)
    found = await counted_as_listed()
    assert found[NeedStage.PREPARED] == found[NeedStage.TO_FIND] == found[NeedStage.ASKED] == 1
    assert set((await tally_needs(actor=cast.STRANGER, now=cast.NOW)).values()) == {0}
    async with write_transaction():
        await pupils.save(replace(await pupils.get(cast.CHILD, cast.SERVICE), died_on=cast.TODAY))
    await cast.noted()
    found = await counted_as_listed()
    assert found[NeedStage.PREPARED] == found[NeedStage.TO_FIND] == found[NeedStage.ASKED] == 0


async def test_a_referent_does_not_ask_what_already_waits() -> None:
    reader = await stage.a_reader()
    await recorded()
    with refused(Conflict, "need.already_written"):
        await ask_need(asking(), reader=reader, now=cast.NOW)
    await ask_need(asking(wording="Plage braille"), reader=reader, now=cast.NOW)
    with refused(Conflict, "need.already_written"):
        await recorded(wording="plage  braille")
