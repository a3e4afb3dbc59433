"""What a reader outside may never find again: by a sum, by another table, by how many times a delay was counted."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from materiel.domain.circuit.figures import COUNTS, Delay, FigureLine, Grouping, Period, ServiceFigures
from materiel.domain.circuit.masking import ADDED_UP, FEW, for_outside

YEAR = Period(date(2026, 9, 1), date(2027, 8, 31))


def told(*lines: FigureLine, **whole: Any) -> ServiceFigures:
    sums = {name: sum(getattr(line, name) or 0 for line in lines) for name in COUNTS}
    total = FigureLine(key="", label="Ensemble", **{**sums, **whole})
    return ServiceFigures(period=YEAR, grouping=Grouping.MUNICIPALITY, lines=lines, total=total)


def line(key: str, **counts: Any) -> FigureLine:
    return FigureLine(key=key, label=key, **counts)


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
    few, many = Delay(4, 3, 9), Delay(15, 3, 9)
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


def test_several_ones_are_not_told_by_their_sum() -> None:
    shown = for_outside(told(line("a", loans=20, losses=1), line("b", loans=9, losses=1), line("c", loans=8, losses=9)))
    assert shown.total.losses == 11
    # Eleven less nine is two: as each is one at least, each would be one.
    assert [each.losses for each in shown.lines] == [None, None, None]
    alone = for_outside(told(*(line(key, loans=9, losses=1) for key in "abcde"), line("f", loans=9)))
    # Nothing else is lost: a zero is masked with them, and nobody knows which it is.
    assert [each.losses for each in alone.lines] == [None] * 6
    assert alone.total.losses == 5


def test_what_a_row_adds_up_does_not_give_back_what_it_masks() -> None:
    shown = for_outside(
        told(
            line("rennes", needs=30, met=28, waiting=2, handed_over=40, returned=3, items=37),
            line("vitre", needs=20, met=9, waiting=11, handed_over=30, returned=12, items=18),
            line("dol", needs=22, met=10, waiting=12, handed_over=31, returned=14, items=17),
        )
    )
    for each in (*shown.lines, shown.total):
        for names in ADDED_UP:
            assert len(each.masked & set(names)) != 1
    assert {"waiting", "met"} <= shown.lines[0].masked
    assert {"returned", "items"} <= shown.lines[0].masked


def test_how_often_a_delay_was_counted_does_not_give_back_a_count() -> None:
    many = {"to_hand_over": Delay(7, 3, 9), "to_signature": Delay(12, 3, 9)}
    shown = for_outside(told(line("rennes", loans=9, met=7, **many), line("vitre", loans=9, met=3)))
    rennes = shown.lines[0]
    assert rennes.met is None
    assert rennes.to_hand_over is None
    assert "to_hand_over" in rennes.masked
    # Twelve is told as ten: what others counted does not follow from the whole.
    assert rennes.to_signature == Delay(10, 3, 9)


def test_the_table_of_the_communes_does_not_give_back_that_of_the_schools() -> None:
    rennes, vitre = frozenset({"municipality:35238"}), frozenset({"municipality:35360"})
    shown = for_outside(
        told(
            line("a", loans=40, within=rennes),
            line("b", loans=30, within=rennes),
            line("small", loans=3, within=rennes),
            line("c", loans=8, within=vitre),
            line("hidden", loans=2, within=vitre),
        )
    )
    # The commune of Vitré is told to have ten loans: eight in one school would leave two in the other.
    by_key = {each.key: each.loans for each in shown.lines}
    assert by_key["c"] is None
    assert by_key["b"] is None
    assert by_key["a"] == 40


@given(
    st.lists(
        st.tuples(*(st.integers(0, 12) for _ in range(6)), st.sampled_from(["x", "y", ""])), min_size=1, max_size=6
    )
)
def test_nothing_masked_follows_from_a_sum(drawn: list[tuple[Any, ...]]) -> None:
    names = [name for three in ADDED_UP for name in three]
    lines = [
        line(f"c{rank}", loans=9, within=frozenset({of[-1]} - {""}), **dict(zip(names, of, strict=False)))
        for rank, of in enumerate(drawn)
    ]
    figures = told(*lines)
    shown = for_outside(figures)
    for name in names:
        masked = [each for each in shown.lines if name in each.masked]
        real = {each.key: getattr(each, name) for each in figures.lines}
        if name in shown.total.masked:
            assert masked or not getattr(figures.total, name)
        elif masked:
            assert len(masked) > 1
            assert sum(real[each.key] for each in masked) != len(masked)
        for parent in "xy":
            within = [each for each in shown.lines if parent in each.within]
            hidden = [each for each in within if name in each.masked and real[each.key]]
            assert len(hidden) != 1 or not [each for each in within if getattr(each, name)]
    for each, before in zip((*shown.lines, shown.total), (*figures.lines, figures.total), strict=True):
        for three in ADDED_UP:
            counted = [name for name in three if getattr(before, name)]
            assert len([name for name in counted if name in each.masked]) != 1 or len(counted) == 1
