"""What a safety recall concerns, by words and serial numbers, and what its lines become."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from tests.stage.refusals import refused

from materiel.domain.circuit.workshop.safety import (
    HolderKind,
    SafetyCase,
    SafetyLine,
    SafetyRecall,
    SafetyStage,
    SafetyTreatment,
    acknowledged,
    checked_recall,
    concerns,
    may_tell,
    told,
)
from materiel.domain.item.item import Item, ItemStatus
from materiel.errors import RuleBroken

TODAY = date(2026, 9, 7)
NOW = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
FIRST, SECOND = UUID(int=21), UUID(int=22)
RECALL = SafetyRecall(
    id=UUID(int=1),
    service_id=UUID(int=2),
    title="La batterie peut prendre feu.",
    to_do="Éteignez l'appareil.",
    published_on=TODAY,
    brand="Pointillé",
    model="P40",
    opened_at=NOW,
)
ITEM = Item(
    id=UUID(int=3),
    service_id=UUID(int=2),
    inventory_number="35-1",
    designation="Plage braille 40 cellules",
    brand="POINTILLE",
    model="P40-b",
    public_code="A",
)
LINE = SafetyLine(id=UUID(int=4), recall_id=RECALL.id, item_id=ITEM.id)


@pytest.mark.parametrize(
    ("changes", "holds"),
    [
        ({}, True),
        ({"brand": "", "model": "", "designation": "Plage Pointillé P40"}, True),
        ({"model": "P400"}, True),
        ({"model": "XP40"}, False),
        ({"brand": "Autre"}, False),
        ({"status": ItemStatus.WRITTEN_OFF}, False),
        ({"status": ItemStatus.STOLEN}, True),
    ],
)
def test_its_words_are_those_of_the_record(changes: dict[str, object], holds: bool) -> None:
    assert concerns(RECALL, replace(ITEM, **changes)) is holds  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("first", "last", "serial", "holds"),
    [
        ("PT40-0090", "PT40-0100", "PT40-0092", True),
        ("PT40-0090", "PT40-0100", "pt40 95", True),
        ("PT40-0090", "PT40-0100", "PT40-0101", False),
        ("PT40-0090", "", "PT40-0089", False),
        ("", "PT40-0100", "PT40-0007", True),
        ("A9", "B1", "A10", True),
        ("PT40-0090", "PT40-0100", "", True),
    ],
)
def test_serial_numbers_are_in_the_order_of_makers(first: str, last: str, serial: str, holds: bool) -> None:
    asked = replace(RECALL, serial_from=first, serial_to=last)
    assert concerns(asked, replace(ITEM, serial_number=serial)) is holds


def test_what_lacks_is_told_at_once() -> None:
    wrong = replace(RECALL, title=" ", to_do="", brand="", model="", published_on=TODAY + timedelta(days=1))
    with pytest.raises(RuleBroken) as refusal:
        checked_recall(wrong, TODAY)
    assert {each.pointer for each in refusal.value.errors} == {"/title", "/to_do", "/model", "/published_on"}
    with refused(RuleBroken, "safety_recall.invalid"):
        checked_recall(replace(RECALL, serial_from="B2", serial_to="B1"), TODAY)


def test_a_new_holder_is_told_anew() -> None:
    line = acknowledged(told(LINE, FIRST, NOW), FIRST, HolderKind.FAMILY, "link:1", NOW)
    case = SafetyCase(line=line, item=ITEM, held_by=FIRST)
    assert case.stage is SafetyStage.READ
    moved = replace(case, held_by=SECOND)
    assert moved.stage is SafetyStage.TO_TELL
    assert may_tell(moved, NOW, again=False)
    again = told(line, SECOND, NOW)
    assert (again.told_times, again.acknowledged_at) == (1, None)
    assert told(again, SECOND, NOW).told_times == 2


def test_one_who_was_not_told_may_answer() -> None:
    line = acknowledged(LINE, FIRST, HolderKind.DEPOSITARY, "link:1", NOW)
    assert SafetyCase(line=line, item=ITEM, held_by=FIRST).stage is SafetyStage.READ
    assert acknowledged(line, FIRST, HolderKind.FAMILY, "link:2", NOW) is line


def test_who_has_not_answered_is_reminded_the_day_after() -> None:
    case = SafetyCase(line=told(LINE, FIRST, NOW), item=ITEM, held_by=FIRST)
    assert case.stage is SafetyStage.TOLD
    assert not may_tell(case, NOW + timedelta(days=2), again=False)
    assert not may_tell(case, NOW + timedelta(hours=1), again=True)
    assert may_tell(case, NOW + timedelta(days=1), again=True)


def test_what_is_at_its_makers_is_still_held_back() -> None:
    assert LINE.holds_back
    assert replace(LINE, treatment=SafetyTreatment.RETURNED).holds_back
    assert not replace(LINE, treatment=SafetyTreatment.NOT_CONCERNED).holds_back
    gone = SafetyCase(line=LINE, item=replace(ITEM, status=ItemStatus.WRITTEN_OFF))
    assert gone.stage is SafetyStage.OUT_OF_STOCK
