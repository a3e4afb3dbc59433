"""Repairs: when one is late, whether the warranty held, what lacks is told at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from tests.stage.refusals import refused

from materiel.domain.circuit.workshop.repair import (
    SILENT_AFTER,
    Repair,
    RepairBack,
    RepairOutcome,
    RepairStage,
    checked_repair,
    come_back,
    warranty_holds,
)
from materiel.domain.item.item import Item
from materiel.errors import Conflict, RuleBroken

TODAY = date(2026, 9, 7)
REPAIR = Repair(
    id=UUID(int=1),
    service_id=UUID(int=2),
    item_id=UUID(int=3),
    provider="Atelier Pointillé",
    fault="Points 12 et 13 muets",
    sent_on=date(2026, 9, 1),
    created_at=datetime(2026, 9, 1, 9, 0, tzinfo=UTC),
)


def test_it_is_late_after_the_day_announced_or_a_month_of_silence() -> None:
    announced = replace(REPAIR, expected_on=TODAY)
    assert announced.stage(TODAY) is RepairStage.AT_PROVIDER
    assert announced.stage(TODAY + timedelta(days=1)) is RepairStage.LATE
    assert REPAIR.stage(REPAIR.sent_on + SILENT_AFTER) is RepairStage.AT_PROVIDER
    assert REPAIR.stage(REPAIR.sent_on + SILENT_AFTER + timedelta(days=1)) is RepairStage.LATE


def test_the_warranty_holds_its_last_day_too_and_nobody_guesses() -> None:
    item = Item(
        id=UUID(int=3), service_id=UUID(int=2), inventory_number="35-1", designation="Plage braille", public_code="A"
    )
    assert warranty_holds(item, TODAY) is None
    assert warranty_holds(replace(item, warranty_ends_on=TODAY), TODAY) is True
    assert warranty_holds(replace(item, warranty_ends_on=TODAY), TODAY + timedelta(days=1)) is False


def test_what_lacks_is_told_at_once() -> None:
    wrong = replace(
        REPAIR, provider="", fault=" ", sent_on=TODAY + timedelta(days=1), expected_on=TODAY - timedelta(days=9)
    )
    with pytest.raises(RuleBroken) as refusal:
        checked_repair(wrong, TODAY)
    assert {each.pointer for each in refusal.value.errors} == {"/provider", "/fault", "/sent_on", "/expected_on"}


def test_it_comes_back_once_not_before_it_left_and_at_a_price() -> None:
    back = RepairBack(returned_on=TODAY, outcome=RepairOutcome.REPAIRED, cost_cents=8400)
    done = come_back(REPAIR, back, TODAY)
    assert (done.stage(TODAY), done.cost_cents) == (RepairStage.BACK, 8400)
    with refused(Conflict, "repair.over"):
        come_back(done, back, TODAY)
    for wrong in (replace(back, returned_on=date(2026, 8, 1)), replace(back, cost_cents=-1)):
        with refused(RuleBroken, "repair.invalid"):
            come_back(REPAIR, wrong, TODAY)
