"""When an item should be replaced, and the words of each reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from tests.stage.refusals import refused

from materiel.domain.circuit.workshop.passport import ReplacementRule, Wear, checked_rule, replacement_reasons
from materiel.errors import RuleBroken

TODAY = date(2026, 9, 7)
RULE = ReplacementRule(service_id=UUID(int=1))
NEW = Wear(acquired_on=date(2025, 9, 1), warranty_ends_on=None, price_cents=100_00, repair_cents=0, breakdowns=0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"acquired_on": None, "price_cents": None, "repair_cents": 500_00}, []),
        ({"warranty_ends_on": date(2026, 1, 1)}, []),
        ({"acquired_on": date(2020, 9, 1)}, ["6 ans"]),
        ({"repair_cents": 59_00}, []),
        ({"repair_cents": 60_00}, ["60 % de son prix"]),
        ({"breakdowns": 3, "warranty_ends_on": date(2026, 1, 1)}, ["3 pannes", "a pris fin le 1er janvier 2026"]),
        ({"breakdowns": 3, "warranty_ends_on": date(2027, 1, 1)}, ["3 pannes"]),
    ],
)
def test_each_reason_is_said_and_the_warranty_never_alone(changes: dict[str, object], said: list[str]) -> None:
    reasons = replacement_reasons(replace(NEW, **changes), RULE, TODAY)  # type: ignore[arg-type]
    assert len(reasons) == len(said)
    for reason, words in zip(reasons, said, strict=True):
        assert words in reason


def test_thresholds_have_bounds() -> None:
    assert checked_rule(RULE) is RULE
    for wrong in ({"years": 0}, {"cost_percent": 301}, {"breakdowns": -1}):
        with refused(RuleBroken, "replacement.invalid"):
            checked_rule(replace(RULE, **wrong))  # type: ignore[arg-type]
