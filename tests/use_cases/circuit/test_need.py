"""Needs: written down, ordered for, met by the hand-over of a loan, waiting again when it is given up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.circuit.need import Need, NeedFilter, NeedKind, NeedStage, NeedState
from materiel.domain.loan.steps import HandedItem
from materiel.domain.usage import Basis, BasisKind
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.circuit import need as needs
from materiel.store.engine.database import write_transaction
from materiel.store.history.search import search
from materiel.store.item import item as items
from materiel.store.people import pupil as pupils
from materiel.use_cases.circuit.matching import elsewhere_for, in_stock_for, matches_of, oldest_need_for
from materiel.use_cases.circuit.need import (
    CloseNeed,
    CorrectNeed,
    OrderNeed,
    ReceiveNeed,
    RecordNeed,
    TakeBackStep,
    close_need,
    correct_need,
    count_needs,
    list_needs,
    order_need,
    queue_figures,
    read_need,
    receive_need,
    record_need,
    take_back_step,
)
from materiel.use_cases.loan.loan import Created, create_loan
from materiel.use_cases.loan.receipt_correction import UndoReceipt, undo_receipt
from materiel.use_cases.loan.steps import HandOver, drop_draft, hand_over, issue_loan

NOTIFIED = date(2026, 6, 1)
WORDS = "Ordinateur avec logiciel de synthèse vocale"
ALIKE = "Ordinateur portable"


@pytest.fixture
async def _cast(db: object) -> None:
    await cast.set_up()


pytestmark = pytest.mark.usefixtures("_cast")


async def recorded(pupil: UUID = cast.CHILD, **asked: object) -> Need:
    values: dict[str, object] = {"pupil_id": pupil, "wording": WORDS, "notified_on": NOTIFIED}
    return await record_need(RecordNeed(**{**values, **asked}), actor=cast.MANAGER, now=cast.NOW)  # type: ignore[arg-type]


async def prepared(need: Need, **asked: object) -> Created:
    return await create_loan(cast.a_request(need=need.id, **asked), actor=cast.MANAGER, now=cast.NOW)


async def test_a_need_is_kept_and_journaled_without_its_words() -> None:
    need = await recorded(valid_until=date(2028, 8, 31))
    line = await read_need(need.id, actor=cast.READER)
    assert line.need == need
    assert (line.last_name, line.first_name, line.school_uai) == ("Exemple", "Zoé", cast.BAULON)
    assert need.basis.kind is BasisKind.CDAPH
    (entry,) = [each for each in await search(cast.SERVICE, limit=50) if each.action == "need.recorded"]
    assert entry.details == {"pupil": str(cast.CHILD), "kind": "need"}


async def test_a_trial_rests_on_a_request_and_has_an_end() -> None:
    with refused(RuleBroken, "need.invalid"):
        await recorded(kind=NeedKind.TRIAL)
    trial = await recorded(kind=NeedKind.TRIAL, valid_until=cast.TODAY + timedelta(days=40))
    assert trial.basis.kind is BasisKind.PAS


async def test_who_may_not_write_and_who_has_died() -> None:
    with pytest.raises(PermissionDenied):
        await record_need(
            RecordNeed(pupil_id=cast.CHILD, wording=WORDS, notified_on=NOTIFIED), actor=cast.READER, now=cast.NOW
        )
    with refused(NotFound, "pupil.not_found"):
        await record_need(
            RecordNeed(pupil_id=cast.CHILD, wording=WORDS, notified_on=NOTIFIED), actor=cast.STRANGER, now=cast.NOW
        )
    async with write_transaction():
        await pupils.save(replace(cast.a_child(), died_on=cast.TODAY))
    with refused(RuleBroken, "pupil.deceased"):
        await recorded()


async def test_another_service_sees_nothing_of_it() -> None:
    need = await recorded()
    for read in (
        read_need(need.id, actor=cast.STRANGER),
        close_need(CloseNeed(need_id=need.id, reason="Sans objet"), actor=cast.STRANGER, now=cast.NOW),
        order_need(OrderNeed(need_id=need.id, version=1, reference="BC"), actor=cast.STRANGER, now=cast.NOW),
    ):
        with refused(NotFound, "need.not_found"):
            await read
    assert await list_needs(NeedFilter(), actor=cast.STRANGER, limit=10) == []
    assert await count_needs(NeedFilter(), actor=cast.STRANGER) == 0


async def test_the_queue_is_by_age_and_skips_the_dead() -> None:
    late = await recorded(notified_on=date(2026, 9, 1))
    early = await recorded(cast.ADULT)
    middle = await recorded(cast.TWO_HOMES, notified_on=date(2026, 7, 1))
    waiting = NeedFilter(state=NeedState.OPEN)
    lines = await list_needs(waiting, actor=cast.MANAGER, limit=2)
    assert [each.need.id for each in lines] == [early.id, middle.id]
    last = lines[-1].need
    (rest,) = await list_needs(waiting, actor=cast.MANAGER, limit=9, after=(last.notified_on, last.id))
    assert rest.need.id == late.id
    told = await queue_figures(actor=cast.MANAGER, now=cast.NOW)
    assert (told.waiting, told.median_days, told.longest_days) == (3, 68, 98)
    async with write_transaction():
        await pupils.save(replace(cast.an_adult(), died_on=cast.TODAY))
    assert await count_needs(waiting, actor=cast.MANAGER) == 2
    assert (await queue_figures(actor=cast.MANAGER, now=cast.NOW)).longest_days == 68
    (found,) = await list_needs(NeedFilter(q="noe fictif"), actor=cast.MANAGER, limit=9)
    assert found.need.id == middle.id


async def test_ordered_then_received_then_closed() -> None:
    need = await recorded()
    need = await order_need(
        OrderNeed(need_id=need.id, version=need.version, reference="BC-14", expected_on=date(2026, 10, 1)),
        actor=cast.MANAGER,
        now=cast.NOW,
    )
    assert await count_needs(NeedFilter(stage=NeedStage.ORDERED), actor=cast.MANAGER) == 1
    with refused(Conflict, "need.changed"):
        await receive_need(
            ReceiveNeed(need_id=need.id, version=1, received_on=cast.TODAY), actor=cast.MANAGER, now=cast.NOW
        )
    need = await receive_need(
        ReceiveNeed(need_id=need.id, version=need.version, received_on=cast.TODAY), actor=cast.MANAGER, now=cast.NOW
    )
    assert need.stage is NeedStage.RECEIVED
    need = await close_need(CloseNeed(need_id=need.id, reason="Déménagement"), actor=cast.MANAGER, now=cast.NOW)
    assert (need.state, need.closed_on) == (NeedState.CLOSED, cast.TODAY)
    with refused(Conflict, "need.over"):
        await close_need(CloseNeed(need_id=need.id, reason="Encore"), actor=cast.MANAGER, now=cast.NOW)


async def test_it_is_corrected_while_it_waits() -> None:
    need = await recorded()
    command = CorrectNeed(
        need_id=need.id,
        version=need.version,
        wording="Plage braille",
        notified_on=NOTIFIED,
        basis=Basis(kind=BasisKind.CDAPH, reference="2026-77"),
    )
    corrected = await correct_need(command, actor=cast.MANAGER, now=cast.NOW)
    assert (corrected.wording, corrected.basis.reference, corrected.version) == ("Plage braille", "2026-77", 2)
    with refused(RuleBroken, "need.health_words"):
        await correct_need(
            replace(command, version=2, wording="Écran pour une élève malvoyante"), actor=cast.MANAGER, now=cast.NOW
        )


async def test_the_hand_over_meets_it_and_not_the_agreement() -> None:
    need = await recorded()
    loan_id = (await prepared(need)).case.loan.id
    await issue_loan(loan_id, issuer=cast.ISSUER)
    assert (await needs.get(need.id, cast.SERVICE)).stage is NeedStage.PREPARED
    with refused(Conflict, "need.loan_prepared"):
        await close_need(CloseNeed(need_id=need.id, reason="Sans objet"), actor=cast.MANAGER, now=cast.NOW)
    handed = HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=(HandedItem(item_id=cast.LAPTOP),))
    await hand_over(handed, issuer=cast.ISSUER)
    met = await needs.get(need.id, cast.SERVICE)
    assert (met.state, met.met_on) == (NeedState.MET, cast.TODAY)
    assert met.waiting_days(date(2027, 1, 1)) == 98
    assert "need.met" in {each.action for each in await search(cast.SERVICE, limit=50)}
    assert await needs.of_loan(loan_id, cast.SERVICE) == [met]


async def test_a_hand_over_taken_back_lets_it_wait_for_its_loan() -> None:
    need = await recorded()
    loan_id = (await prepared(need)).case.loan.id
    await issue_loan(loan_id, issuer=cast.ISSUER)
    handed = HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=(HandedItem(item_id=cast.LAPTOP),))
    receipt = (await hand_over(handed, issuer=cast.ISSUER)).made[0]
    await undo_receipt(UndoReceipt(document_id=receipt.id, reason="Erreur de ligne"), issuer=cast.ISSUER)
    waiting = await needs.get(need.id, cast.SERVICE)
    assert (waiting.stage, waiting.met_on) == (NeedStage.PREPARED, None)
    assert "need.not_met" in {each.action for each in await search(cast.SERVICE, limit=50)}


async def test_a_loan_given_up_lets_it_wait_again() -> None:
    need = await recorded()
    loan_id = (await prepared(need)).case.loan.id
    await drop_draft(loan_id, issuer=cast.ISSUER)
    assert (await needs.get(need.id, cast.SERVICE)).stage is NeedStage.TO_FIND


async def test_a_loan_takes_the_need_of_its_own_pupil_once() -> None:
    need = await recorded(cast.TWO_HOMES)
    with refused(RuleBroken, "need.other_pupil"):
        await prepared(need)
    own = await recorded()
    await prepared(own, items=(cast.KEYBOARD,))
    with refused(Conflict, "need.loan_prepared"):
        await prepared(own, items=(cast.BRAILLE,))
    with refused(NotFound, "need.not_found"):
        await create_loan(cast.a_request(need=UUID(int=5)), actor=cast.MANAGER, now=cast.NOW)


async def test_what_would_do_the_longest_asleep_first() -> None:
    need = await recorded(category=ALIKE)
    in_stock = await in_stock_for([need], actor=cast.MANAGER)
    found = await matches_of(need, actor=cast.MANAGER)
    assert in_stock[need.id] == len(found) > 1
    assert cast.SOFTWARE not in {each.item.id for each in found}
    assert [each.idle_since for each in found] == sorted(each.idle_since for each in found)
    await prepared(need)
    assert cast.LAPTOP not in {each.item.id for each in await matches_of(need, actor=cast.MANAGER)}


async def test_what_sleeps_elsewhere_in_the_academie_is_counted_and_not_shown() -> None:
    need = await recorded(category=ALIKE)
    assert await elsewhere_for(need, actor=cast.MANAGER, now=cast.NOW) == []
    later = cast.NOW + timedelta(days=300)
    (told,) = await elsewhere_for(need, actor=cast.STRANGER, now=later)
    assert told.found == len(await matches_of(need, actor=cast.MANAGER))


async def test_an_item_is_proposed_to_the_oldest_need_that_it_fits() -> None:
    item = (await matches_of(await recorded(category=ALIKE, notified_on=date(2026, 8, 1)), actor=cast.MANAGER))[0].item
    oldest = await recorded(cast.ADULT, category=ALIKE)
    await recorded(cast.TWO_HOMES, wording="Plage braille", notified_on=date(2026, 1, 5))
    found = await oldest_need_for([item], actor=cast.MANAGER)
    assert found is not None
    assert (found[0], found[1].need.id) == (item, oldest.id)
    assert await oldest_need_for([item], actor=cast.STRANGER) is None


async def test_of_several_items_that_come_back_the_one_that_is_waited_for_longest_is_told() -> None:
    await recorded(cast.ADULT, wording="Ordinateur portable", notified_on=date(2026, 8, 1))
    oldest = await recorded(cast.TWO_HOMES, wording="Logiciel de lecture", notified_on=date(2026, 2, 1))
    back = [await items.get(each, cast.SERVICE) for each in (cast.LAPTOP, cast.SOFTWARE)]
    found = await oldest_need_for(back, actor=cast.MANAGER)
    assert found is not None
    assert (found[0].id, found[1].need.id) == (cast.SOFTWARE, oldest.id)


async def test_what_sleeps_in_the_departement_comes_before_the_rest_of_the_academie() -> None:
    need = await recorded()
    near = replace(cast.a_service(UUID(int=50), "RECT14", "35"), name="Rectorat de Rennes")
    await services.insert(near)
    async with write_transaction():
        laptop = await items.get(cast.LAPTOP, cast.SERVICE)
        for rank, whose in enumerate((cast.OTHER_SERVICE, near.id, near.id)):
            there = replace(laptop, id=UUID(int=60 + rank), service_id=whose, inventory_number=f"X-{rank}")
            await items.insert(replace(there, public_code=f"ZZZZZZZZZZZ6{rank}", safety_hold=rank == 2), cast.NOW)
    found = await elsewhere_for(need, actor=cast.MANAGER, now=cast.NOW + timedelta(days=300))
    assert [(each.service_name, each.is_near, each.found) for each in found] == [
        ("Rectorat de Rennes", True, 1),
        ("DSDEN d'Ille-et-Vilaine", False, 1),
    ]
    async with write_transaction():
        lent = await items.get(UUID(int=60), cast.OTHER_SERVICE)
        await items.save(replace(lent, lent_until=date(2027, 9, 1)))
    (only,) = await elsewhere_for(need, actor=cast.MANAGER, now=cast.NOW + timedelta(days=300))
    assert only.is_near


async def test_the_same_need_is_written_down_once_while_it_waits() -> None:
    first = await recorded()
    with refused(Conflict, "need.already_written"):
        await recorded(wording=WORDS.upper())
    other = await recorded(wording="Plage braille")
    same = CorrectNeed(need_id=other.id, version=other.version, wording=WORDS, notified_on=NOTIFIED)
    with refused(Conflict, "need.already_written"):
        await correct_need(same, actor=cast.MANAGER, now=cast.NOW)
    kept = CorrectNeed(need_id=first.id, version=first.version, wording=WORDS.lower(), notified_on=NOTIFIED)
    assert (await correct_need(kept, actor=cast.MANAGER, now=cast.NOW)).wording == WORDS.lower()
    await close_need(CloseNeed(need_id=first.id, reason="Sans objet"), actor=cast.MANAGER, now=cast.NOW)
    await recorded()


async def test_a_step_noted_by_mistake_is_taken_back_and_journaled() -> None:
    need = await recorded()
    asked = OrderNeed(need_id=need.id, version=need.version, reference="BC-2026-031")
    need = await order_need(asked, actor=cast.MANAGER, now=cast.NOW)
    last = TakeBackStep(need_id=need.id, version=need.version)
    with pytest.raises(PermissionDenied):
        await take_back_step(last, actor=cast.READER, now=cast.NOW)
    with refused(Conflict, "need.changed"):
        await take_back_step(replace(last, version=need.version - 1), actor=cast.MANAGER, now=cast.NOW)
    assert (await take_back_step(last, actor=cast.MANAGER, now=cast.NOW)).stage is NeedStage.TO_FIND
    assert "need.step_undone" in {each.action for each in await search(cast.SERVICE, limit=50)}
