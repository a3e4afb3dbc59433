"""Figures: delays that somebody really waited, periods, coverage."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.stage.refusals import refused

from materiel.domain.circuit.figures import Delay, FigureLine, Period
from materiel.errors import RuleBroken

YEAR = Period(date(2026, 9, 1), date(2027, 8, 31))


def line(key: str, **counts: Any) -> FigureLine:
    return FigureLine(key=key, label=key, **counts)


@pytest.mark.parametrize(
    ("days", "median", "p90"),
    [
        ({3: 1}, 3, 3),
        ({3: 1, 9: 1}, 3, 9),
        ({1: 5, 2: 4, 90: 1}, 1, 2),
        ({1: 5, 2: 3, 90: 2}, 1, 90),
        ({0: 2, 10: 1}, 0, 10),
    ],
)
def test_a_delay_is_one_that_somebody_waited(days: dict[int, int], median: int, p90: int) -> None:
    assert Delay.of(days) == Delay(sum(days.values()), median, p90)


def test_no_delay_where_there_was_none() -> None:
    assert Delay.of({}) is None


def test_a_period_has_an_order_and_a_length() -> None:
    assert YEAR.words == "du 1er septembre 2026 au 31 août 2027"
    with refused(RuleBroken, "statistics.period"):
        Period(date(2026, 9, 2), date(2026, 9, 1))
    with refused(RuleBroken, "statistics.period"):
        Period(date(2010, 9, 1), date(2026, 9, 1))


def test_coverage_is_of_the_needs_of_the_period() -> None:
    assert line("a", met=3, waiting=1).coverage == 75
    assert line("a").coverage is None
