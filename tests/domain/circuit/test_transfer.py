"""Transfers: who answers, who withdraws, what passes and what is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from tests.stage.refusals import refused

from materiel.domain.circuit.transfer import (
    Transfer,
    TransferState,
    check_answers,
    check_may_pass,
    check_withdraws,
    checked_asking,
    given,
    number_taken,
    received,
    without,
)
from materiel.domain.item.item import TRANSITIONS, Item, ItemStatus, check_transition, statuses_by_hand
from materiel.errors import Conflict, PermissionDenied, RuleBroken

GIVER, RECEIVER, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
ITEM = Item(
    id=UUID(int=9),
    service_id=GIVER,
    inventory_number="35-2026-00009",
    designation="Loupe",
    storage_place="Armoire 2",
    note="Prêtée à Zoé",
    funding_service="Rectorat",
    public_code="7K2M9QX4TBW3H",
    version=4,
)
ASKED = Transfer(
    id=UUID(int=5),
    giver_id=GIVER,
    receiver_id=RECEIVER,
    asked_by=GIVER,
    reason=" Réorganisation ",
    asked_at=datetime(2026, 9, 7, tzinfo=UTC),
)


def test_what_is_asked_is_cleaned_and_keeps_what_the_items_were() -> None:
    asked = checked_asking(ASKED, [ITEM])
    assert asked.reason == "Réorganisation"
    (kept,) = asked.items
    assert (kept.item_id, kept.inventory_number, kept.funding_service) == (ITEM.id, "35-2026-00009", "Rectorat")


def test_what_is_wrong_is_told_at_once() -> None:
    with pytest.raises(RuleBroken) as refusal:
        checked_asking(replace(ASKED, reason=""), [])
    assert {each.pointer for each in refusal.value.errors} == {"/reason", "/items"}
    with refused(RuleBroken, "transfer.invalid"):
        checked_asking(ASKED, [ITEM] * 201)
    with refused(RuleBroken, "transfer.same_service"):
        checked_asking(replace(ASKED, receiver_id=GIVER), [ITEM])


@pytest.mark.parametrize("status", ItemStatus)
def test_only_what_lies_at_the_service_passes(status: ItemStatus) -> None:
    if status in (ItemStatus.IN_STOCK, ItemStatus.TO_PREPARE, ItemStatus.IN_REPAIR):
        check_may_pass([replace(ITEM, status=status)])
        return
    with pytest.raises(Conflict) as refusal:
        check_may_pass([ITEM, replace(ITEM, status=status)])
    assert refusal.value.code in ("transfer.item_lent", "transfer.item_gone")


@pytest.mark.parametrize(("asked_by", "answers"), [(GIVER, RECEIVER), (RECEIVER, GIVER)])
def test_one_asks_and_the_other_answers(asked_by: UUID, answers: UUID) -> None:
    transfer = replace(ASKED, asked_by=asked_by)
    check_answers(transfer, answers)
    check_withdraws(transfer, asked_by)
    assert transfer.awaits(answers)
    assert not transfer.awaits(asked_by)
    with refused(PermissionDenied, "transfer.not_yours"):
        check_answers(transfer, asked_by)
    with refused(PermissionDenied, "transfer.not_yours"):
        check_withdraws(transfer, answers)
    over = replace(transfer, state=TransferState.REFUSED)
    for check in (check_answers, check_withdraws):
        with refused(Conflict, "transfer.over"):
            check(over, answers)


def test_what_stays_is_said_and_something_passes() -> None:
    asked = checked_asking(ASKED, [ITEM, replace(ITEM, id=OTHER)])
    assert [each.item_id for each in without(asked, [OTHER]).moved] == [ITEM.id]
    for wrong in ([ITEM.id, OTHER], [UUID(int=77)]):
        with refused(RuleBroken, "transfer.invalid"):
            without(asked, wrong)


def test_what_arrives_is_the_item_less_what_the_other_noted() -> None:
    arrived = received(ITEM, item_id=OTHER, service_id=RECEIVER)
    assert arrived == replace(ITEM, id=OTHER, service_id=RECEIVER, storage_place="", note="", version=1)


def test_what_stays_is_out_of_the_stock_for_good() -> None:
    kept = given(ITEM, public_code="AAAAAAAAAAAA9")
    assert (kept.status, kept.note, kept.public_code) == (ItemStatus.TRANSFERRED, ITEM.note, "AAAAAAAAAAAA9")
    assert statuses_by_hand(kept) == ()
    here = replace(ITEM, status=ItemStatus.IN_STOCK)
    assert ItemStatus.WRITTEN_OFF in statuses_by_hand(here)
    assert ItemStatus.WRITTEN_OFF not in statuses_by_hand(replace(here, lent_until=date(2027, 6, 30)))
    assert not any(ItemStatus.TRANSFERRED in following for following in TRANSITIONS.values())
    with refused(Conflict, "item.terminal"):
        check_transition(ItemStatus.TRANSFERRED, ItemStatus.IN_STOCK)


def test_numbers_that_are_taken_are_named_up_to_five() -> None:
    told = number_taken([f"35-{n}" for n in range(7)]).message
    assert "35-4 et 2 autres" in told
    assert "35-5" not in told
