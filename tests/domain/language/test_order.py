"""A short list is sorted whole: what has no value comes last both ways, and pages follow each other."""

import pytest

from materiel.domain.language.order import LinePlace, Order, few_sorted

LINES = [(3, 1), (None, 2), (1, 3), (3, 4), (None, 5), (2, 6)]


def page(descending: bool, limit: int = 9, after: LinePlace | None = None) -> list[int]:
    found = few_sorted(LINES, lambda line: LinePlace(*line), descending=descending, limit=limit, after=after)
    return [line[1] for line, _ in found]


@pytest.mark.parametrize(("descending", "whole"), [(False, [3, 6, 1, 4, 2, 5]), (True, [4, 1, 6, 3, 2, 5])])
def test_pages_of_a_short_list_follow_each_other(descending: bool, whole: list[int]) -> None:
    assert page(descending) == whole
    seen: list[int] = []
    after: LinePlace | None = None
    while found := page(descending, 2, after):
        seen += found
        after = LinePlace(*next(line for line in LINES if line[1] == found[-1]))
    assert seen == whole


def test_an_order_is_read_as_it_is_written() -> None:
    for text in ("prix", "-prix"):
        assert str(Order.read(text)) == text
