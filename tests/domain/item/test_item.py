from __future__ import annotations

from datetime import date

import pytest
from tests.domain.cast import STARTS_ON, an_item

from materiel.domain.item.item import (
    HELD,
    TERMINAL,
    TRANSITIONS,
    Condition,
    ItemStatus,
    Ownership,
    check_can_be_lent,
    check_transition,
    needs_repair,
)
from materiel.errors import Conflict, RuleBroken


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_what_left_the_stock_never_changes(status: ItemStatus) -> None:
    for target in set(ItemStatus) - {status}:
        with pytest.raises(Conflict) as refusal:
            check_transition(status, target)
        assert refusal.value.code == "item.terminal"


@pytest.mark.parametrize("status", sorted(ItemStatus))
def test_the_same_status_is_no_change(status: ItemStatus) -> None:
    check_transition(status, status)


def test_an_item_in_stock_is_not_lent_without_a_reservation() -> None:
    check_transition(ItemStatus.IN_STOCK, ItemStatus.RESERVED)
    with pytest.raises(Conflict) as refusal:
        check_transition(ItemStatus.IN_STOCK, ItemStatus.ON_LOAN)
    assert refusal.value.code == "item.transition_refused"


def test_an_item_in_a_loan_is_not_written_off() -> None:
    assert all(ItemStatus.WRITTEN_OFF not in TRANSITIONS[status] for status in HELD)


def test_every_status_has_its_transitions() -> None:
    assert set(TRANSITIONS) == set(ItemStatus)


@pytest.mark.parametrize("status", sorted(set(ItemStatus) - {ItemStatus.IN_STOCK}))
def test_only_an_item_in_stock_can_be_lent(status: ItemStatus) -> None:
    with pytest.raises(Conflict) as refusal:
        check_can_be_lent(an_item(status=status), STARTS_ON)
    awaited = {ItemStatus.TO_PREPARE: "item.to_prepare"} | dict.fromkeys(HELD, "item.already_lent")
    assert refusal.value.code == awaited.get(status, "item.not_available")


def test_a_rented_item_is_not_lent_after_its_lease() -> None:
    item = an_item(ownership=Ownership.RENTED, lease_ends_on=date(2026, 8, 31))
    with pytest.raises(RuleBroken) as refusal:
        check_can_be_lent(item, STARTS_ON)
    assert refusal.value.code == "item.lease_ended"
    check_can_be_lent(item, date(2026, 8, 31))


def test_a_lease_date_means_nothing_for_state_property() -> None:
    check_can_be_lent(an_item(lease_ends_on=date(2020, 1, 1)), STARTS_ON)


@pytest.mark.parametrize("condition", sorted(Condition))
def test_normal_wear_is_fit_to_lend_again(condition: Condition) -> None:
    assert needs_repair(condition) is (condition in {Condition.DAMAGED, Condition.OUT_OF_ORDER})


def test_what_is_to_prepare_enters_the_stock_by_its_checks_alone() -> None:
    for target in (ItemStatus.IN_STOCK, ItemStatus.IN_REPAIR, ItemStatus.RESERVED):
        with pytest.raises(Conflict) as refusal:
            check_transition(ItemStatus.TO_PREPARE, target)
        assert refusal.value.code == "item.to_prepare"


def test_software_is_known_by_its_category() -> None:
    assert an_item(category=" Logiciel ").is_software
    assert not an_item(category="Ordinateur").is_software
