"""Figures: delays that somebody really waited, periods, and what a reader outside may never find again."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.stage.refusals import refused

from materiel.domain.circuit.figures import (
    COUNTS,
    FEW,
    Delay,
    FigureLine,
    Grouping,
    Period,
    ServiceFigures,
    for_outside,
)
from materiel.errors import RuleBroken

YEAR = Period(date(2026, 9, 1), date(2027, 8, 31))


def told(*lines: FigureLine, **whole: Any) -> ServiceFigures:
    sums = {name: sum(getattr(line, name) or 0 for line in lines) for name in COUNTS}
    total = FigureLine(key="", label="Ensemble", **{**sums, **whole})
    return ServiceFigures(period=YEAR, grouping=Grouping.MUNICIPALITY, lines=lines, total=total)


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


def test_outside_a_small_count_is_masked_and_so_is_what_would_give_it_back() -> None:
    shown = for_outside(told(line("rennes", loans=40), line("vitre", loans=12), line("dol", loans=2, deposits=9)))
    by_key = {each.key: each for each in shown.lines}
    assert by_key["dol"].loans is None
    assert by_key["dol"].deposits == 9
    assert by_key["vitre"].masked == {"loans"}
    assert by_key["rennes"].loans == 40
    assert shown.total.loans == 54


def test_a_group_that_is_small_in_all_is_not_named() -> None:
    shown = for_outside(told(line("rennes", loans=40), line("dol", loans=2), line("vern", loans=4)))
    assert [each.key for each in shown.lines] == ["rennes", FEW]
    assert shown.lines[1].loans == 6
    assert "dol" not in str(shown)


def test_alone_in_its_column_it_takes_the_whole_with_it() -> None:
    shown = for_outside(told(line("rennes", loans=9, losses=3), line("vitre", loans=8)))
    assert shown.lines[0].losses is None
    assert shown.total.losses is None


def test_a_delay_of_few_is_masked() -> None:
    few, many = Delay(4, 3, 9), Delay(12, 3, 9)
    shown = for_outside(told(line("rennes", loans=9, to_hand_over=few, to_signature=many)))
    assert shown.lines[0].to_hand_over is None
    assert shown.lines[0].to_signature == many
    assert "to_hand_over" in shown.lines[0].masked


@given(st.lists(st.integers(0, 30), min_size=1, max_size=8))
def test_no_small_count_is_shown_nor_found_by_a_subtraction(loans: list[int]) -> None:
    shown = for_outside(told(*(line(f"c{rank}", loans=count) for rank, count in enumerate(loans))))
    counts = [each.loans for each in shown.lines]
    assert not any(count is not None and 0 < count < 5 for count in counts)
    assert not (shown.total.loans is not None and 0 < shown.total.loans < 5)
    hidden = [count for count in counts if count is None]
    if shown.total.loans is not None and hidden:
        left = shown.total.loans - sum(count or 0 for count in counts)
        # What is left is shared by two lines at least: none of them is known.
        assert len(hidden) > 1 or left >= 5
