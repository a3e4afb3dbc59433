"""What may be proposed for an end of life: which items, for which outcome, at which worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from tests.stage.refusals import refused

from materiel.domain.circuit.disposal.disposal import (
    MOST_ITEMS,
    AppraisedItem,
    AssociationKind,
    Disposal,
    DisposalOutcome,
    DisposedItem,
)
from materiel.domain.circuit.disposal.proposal import check_may_leave_stock, checked_proposal
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import Condition, Item, ItemStatus, Ownership
from materiel.errors import Conflict, RuleBroken

SERVICE = UUID(int=1)
ITEM = Item(
    id=UUID(int=9),
    service_id=SERVICE,
    inventory_number="35-2026-00009",
    designation="Ordinateur portable",
    family=ItemFamily.COMPUTER,
    brand="Exemple",
    serial_number="SN-9",
    acquired_on=date(2019, 9, 2),
    purchase_price_cents=89900,
    funding_service="Rectorat",
    storage_place="Armoire 2",
    note="Prêté à Zoé",
    public_code="7K2M9QX4TBW3H",
)
HERE = DisposedItem(item=ITEM, has_photo=True)
WORTH = AppraisedItem(item_id=ITEM.id, value_cents=300_00, condition=Condition.WORN)
PROPOSED = Disposal(
    id=UUID(int=5),
    service_id=SERVICE,
    outcome=DisposalOutcome.ASSOCIATION,
    association=AssociationKind.PARENTS,
    reason=" Trop ancien ",
    beneficiary=" Parents d'Exemple ",
    proposed_at=datetime(2026, 9, 7, tzinfo=UTC),
)


def test_what_is_proposed_is_cleaned_and_keeps_what_the_items_were() -> None:
    disposal = checked_proposal(PROPOSED, [HERE], [WORTH])
    assert (disposal.reason, disposal.beneficiary) == ("Trop ancien", "Parents d'Exemple")
    (kept,) = disposal.items
    assert (kept.inventory_number, kept.brand, kept.serial_number, kept.acquired_on) == (
        "35-2026-00009",
        "Exemple",
        "SN-9",
        date(2019, 9, 2),
    )
    assert (kept.value_cents, kept.condition, kept.seen_at) == (300_00, Condition.WORN, "Armoire 2")
    assert (kept.holds_data, disposal.lacks_erasure, disposal.value_cents) == (True, True, 300_00)
    assert disposal.photo_number(0) == 1
    bare = checked_proposal(PROPOSED, [replace(HERE, has_photo=False)], [WORTH])
    assert bare.photo_number(0) is None


def test_an_association_is_one_that_the_law_names_and_only_an_association_has_a_kind() -> None:
    with refused(RuleBroken, "disposal.invalid"):
        checked_proposal(replace(PROPOSED, association=None), [HERE], [WORTH])
    kept = checked_proposal(replace(PROPOSED, outcome=DisposalOutcome.STAFF), [HERE], [WORTH])
    assert kept.association is None


def test_everything_that_lacks_is_told_at_once() -> None:
    with pytest.raises(RuleBroken) as refusal:
        checked_proposal(replace(PROPOSED, reason="", beneficiary=" "), [], [replace(WORTH, value_cents=-1)])
    told = {each.pointer for each in refusal.value.errors}
    assert told == {"/reason", "/beneficiary", "/items", "/items/0/value_cents"}
    with refused(RuleBroken, "disposal.invalid"):
        checked_proposal(PROPOSED, [HERE] * (MOST_ITEMS + 1), [WORTH])


@pytest.mark.parametrize("outcome", [DisposalOutcome.ASSOCIATION, DisposalOutcome.STAFF])
def test_only_computing_equipment_up_to_300_euros_is_given(outcome: DisposalOutcome) -> None:
    given = replace(PROPOSED, outcome=outcome)
    with refused(RuleBroken, "disposal.too_valuable"):
        checked_proposal(given, [HERE], [replace(WORTH, value_cents=300_01)])
    for family in (ItemFamily.OTHER, ItemFamily.SOFTWARE, ItemFamily.BOOK_OR_DOCUMENT):
        with refused(RuleBroken, "disposal.not_computing"):
            checked_proposal(given, [replace(HERE, item=replace(ITEM, family=family))], [WORTH])


@pytest.mark.parametrize("outcome", [DisposalOutcome.DOMAINE, DisposalOutcome.DESTRUCTION])
def test_the_domaine_and_the_waste_take_anything(outcome: DisposalOutcome) -> None:
    dear = replace(WORTH, value_cents=5_000_00)
    taken = checked_proposal(
        replace(PROPOSED, outcome=outcome), [replace(HERE, item=replace(ITEM, family=ItemFamily.OTHER))], [dear]
    )
    assert taken.value_cents == 5_000_00
    assert not taken.lacks_erasure


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (ItemStatus.RESERVED, "disposal.item_lent"),
        (ItemStatus.ON_LOAN, "disposal.item_lent"),
        (ItemStatus.DEPOSITED, "disposal.item_lent"),
        (ItemStatus.DUE_BACK, "disposal.item_lent"),
        (ItemStatus.LOST, "disposal.item_gone"),
        (ItemStatus.STOLEN, "disposal.item_gone"),
        (ItemStatus.TRANSFERRED, "disposal.item_gone"),
    ],
)
def test_what_is_lent_or_gone_stays(status: ItemStatus, code: str) -> None:
    with refused(Conflict, code):
        check_may_leave_stock(DisposalOutcome.DOMAINE, [replace(HERE, item=replace(ITEM, status=status))])


def test_what_waits_at_the_service_or_was_written_off_by_hand_may_leave() -> None:
    for status in (ItemStatus.IN_STOCK, ItemStatus.TO_PREPARE, ItemStatus.IN_REPAIR, ItemStatus.WRITTEN_OFF):
        check_may_leave_stock(DisposalOutcome.STAFF, [replace(HERE, item=replace(ITEM, status=status))])


@pytest.mark.parametrize(
    ("kept_by", "code"),
    [
        ("in_transfer", "disposal.item_in_transfer"),
        ("at_provider", "disposal.item_in_repair"),
        ("incident_open", "disposal.incident_open"),
        ("not_seen", "disposal.item_not_seen"),
    ],
)
def test_what_something_else_waits_for_stays(kept_by: str, code: str) -> None:
    with refused(Conflict, code):
        check_may_leave_stock(DisposalOutcome.DOMAINE, [replace(HERE, **{kept_by: True})])


def test_what_is_rented_goes_back_to_its_owner() -> None:
    rented = replace(HERE, item=replace(ITEM, ownership=Ownership.RENTED, lessor="Loueur SA"))
    with refused(RuleBroken, "disposal.not_state_property"):
        check_may_leave_stock(DisposalOutcome.DESTRUCTION, [rented])


def test_what_another_service_lends_goes_back_to_it() -> None:
    borrowed = replace(HERE, item=replace(ITEM, lent_until=date(2027, 6, 30)))
    with refused(Conflict, "disposal.item_borrowed"):
        check_may_leave_stock(DisposalOutcome.DESTRUCTION, [borrowed])


def test_what_its_maker_recalls_is_only_destroyed() -> None:
    recalled = replace(HERE, item=replace(ITEM, safety_hold=True))
    for outcome in (DisposalOutcome.DOMAINE, DisposalOutcome.ASSOCIATION, DisposalOutcome.STAFF):
        with refused(Conflict, "disposal.item_recalled"):
            check_may_leave_stock(outcome, [recalled])
    check_may_leave_stock(DisposalOutcome.DESTRUCTION, [recalled])


def test_a_refusal_names_the_first_numbers() -> None:
    many = [
        replace(HERE, item=replace(ITEM, inventory_number=f"N-{rank}", status=ItemStatus.ON_LOAN)) for rank in range(7)
    ]
    with pytest.raises(Conflict, match="N-0, N-1, N-2, N-3, N-4 et 2 autres : dans un prêt"):
        check_may_leave_stock(None, many)
