"""Kits: what may enter, what lacks, where one stands; all follows from the states of the parts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from tests.stage.refusals import refused

from materiel.domain.circuit.workshop.kit import (
    MOST_PARTS,
    Kit,
    KitState,
    check_may_enter,
    check_may_leave_kits,
    check_not_dissolved,
    checked_kit,
    kit_of,
    named,
    why_not_lent,
)
from materiel.domain.item.item import Item, ItemStatus, Ownership
from materiel.errors import Conflict, RuleBroken

TODAY = date(2026, 9, 7)
SERVICE = UUID(int=1)


def an_item(rank: int, status: ItemStatus = ItemStatus.IN_STOCK, **more: object) -> Item:
    return Item(
        id=UUID(int=100 + rank),
        service_id=SERVICE,
        inventory_number=f"35-{rank}",
        designation=f"Objet {rank}",
        public_code=f"C{rank}",
        status=status,
        **more,  # type: ignore[arg-type]
    )


def a_kit(*parts: Item) -> Kit:
    return Kit(
        id=UUID(int=9),
        service_id=SERVICE,
        number="kit 1",
        designation="  Lecture  et écriture ",
        created_at=datetime(2026, 9, 7, tzinfo=UTC),
        parts=parts,
    )


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (ItemStatus.IN_STOCK, KitState.WHOLE),
        (ItemStatus.STOLEN, KitState.INCOMPLETE),
        (ItemStatus.IN_REPAIR, KitState.INCOMPLETE),
        (ItemStatus.TO_PREPARE, KitState.INCOMPLETE),
        (ItemStatus.RESERVED, KitState.LENT),
        (ItemStatus.ON_LOAN, KitState.LENT),
    ],
)
def test_its_state_follows_from_its_parts(status: ItemStatus, state: KitState) -> None:
    kit = a_kit(an_item(1), an_item(2, status))
    assert kit.state is state
    assert replace(kit, parts=(), dissolved_on=TODAY).state is KitState.DISSOLVED


def test_what_lacks_is_named_with_its_reason() -> None:
    held = an_item(3, safety_hold=True)
    rented = an_item(4, ownership=Ownership.RENTED, lease_ends_on=date(2026, 9, 1))
    kit = a_kit(an_item(1), an_item(2, ItemStatus.LOST), held, rented)
    assert kit.available(TODAY) == (kit.parts[0],)
    assert kit.missing(TODAY) == kit.parts[1:]
    told = [why_not_lent(each, TODAY) for each in kit.parts]
    assert told == ["", "perdu", "rappel de sécurité", "location terminée"]
    assert named(kit.parts[:2]) == "35-1 (Objet 1) et 35-2 (Objet 2)"
    assert kit.lacking(TODAY) == kit.missing(TODAY)
    assert a_kit(an_item(1, ItemStatus.ON_LOAN)).lacking(TODAY) == ()
    assert kit.but({kit.parts[0].id}) == kit.parts[1:]


def test_its_texts_are_cleaned_and_it_has_two_parts_at_least() -> None:
    kit = checked_kit(a_kit(an_item(1), an_item(2)))
    assert (kit.number, kit.designation) == ("KIT1", "Lecture et écriture")
    with refused(RuleBroken, "kit.invalid"):
        checked_kit(a_kit(an_item(1)))
    with refused(RuleBroken, "kit.invalid"):
        checked_kit(a_kit(*map(an_item, range(MOST_PARTS + 1))))
    with refused(RuleBroken, "kit.invalid"):
        checked_kit(replace(a_kit(an_item(1), an_item(2)), number=" "))


def test_what_is_in_another_kit_lent_or_gone_does_not_enter() -> None:
    fine = an_item(1)
    check_may_enter([fine, an_item(2, ItemStatus.IN_REPAIR)], others={}, lent_with=())
    with refused(Conflict, "kit.item_taken"):
        check_may_enter([fine], others={fine.id: "KIT2"}, lent_with=())
    with refused(Conflict, "kit.item_gone"):
        check_may_enter([an_item(1, ItemStatus.WRITTEN_OFF)], others={}, lent_with=())
    lent = an_item(1, ItemStatus.ON_LOAN)
    with refused(Conflict, "kit.item_lent"):
        check_may_enter([lent], others={}, lent_with=())
    check_may_enter([lent], others={}, lent_with={lent.id})


def test_a_part_does_not_leave_the_service_and_what_is_dissolved_does_not_change() -> None:
    kit = a_kit(an_item(1), an_item(2))
    check_may_leave_kits([kit], [an_item(3)])
    with refused(Conflict, "transfer.item_in_kit"):
        check_may_leave_kits([kit], [an_item(2)])
    assert kit_of([kit], UUID(int=102)) == kit
    assert kit_of([kit], UUID(int=109)) is None
    check_not_dissolved(kit)
    with refused(Conflict, "kit.dissolved"):
        check_not_dissolved(replace(kit, dissolved_on=TODAY))
