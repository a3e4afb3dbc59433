"""Sorting: a page goes where its code says, one inference is allowed, and nothing is ever filed wrong."""

from __future__ import annotations

import itertools

import pytest

from materiel.scans.filing import place_pages
from materiel.scans.reading import PageProblem, PageReading

UNREAD = PageReading(problem=PageProblem.NO_CODE)
BLANK = PageReading(problem=PageProblem.BLANK)
COUNTS = {"A": 3, "B": 2}


def page(name, rotation=0):
    """`page("A2")` is page 2 of document A."""
    return PageReading(code=name[0], number=int(name[1:]), rotation=rotation)


def bundle(*names):
    special = {"?": UNREAD, "_": BLANK}
    return [special.get(name) or page(name) for name in names]


def told(*names):
    """Each page as it is placed: « A2 », « A2? » when it is guessed, else the problem."""
    placed = place_pages(bundle(*names), COUNTS)
    return [
        f"{each.code}{each.number}{'?' if each.problem else ''}" if each.code else each.problem.value for each in placed
    ]


def test_a_page_goes_where_its_code_says_in_any_order():
    for order in itertools.permutations(["A1", "A2", "A3", "B1", "B2"]):
        assert told(*order) == list(order)


@pytest.mark.parametrize("names", [("A1", "?", "A3"), ("A3", "?", "A1"), ("A1", "_", "?", "_", "A3")])
def test_a_page_between_two_agreeing_neighbours_is_guessed_and_flagged(names):
    assert told(*names)[names.index("?")] == "A2?"


@pytest.mark.parametrize(
    "names",
    [
        ("A1", "A2", "?", "B1", "B2"),
        ("?", "A2", "A3"),
        ("A1", "?", "B2"),
        ("A1", "?", "?", "A3"),
        ("A1", "_", "A3"),
        ("A1", "?", "A3", "A2"),
        ("A1", "?", "A2", "A3"),
        ("B1", "?", "B2"),
    ],
)
def test_nothing_else_is_guessed(names):
    assert [each for each in told(*names) if each.endswith("?")] == []


def test_neighbours_that_lie_otherwise_do_not_agree():
    placed = place_pages([page("A1"), UNREAD, page("A3", rotation=180)], COUNTS)
    assert placed[1].problem is PageProblem.NO_CODE


def test_unknown_codes_and_page_numbers_are_left_with_their_reason():
    assert told("C1", "B3", "?", "_") == ["unknown", "no_such_page", "no_code", "blank"]


def test_every_page_is_placed_once_and_never_elsewhere_than_its_code():
    for names in itertools.product(["A1", "A2", "A3", "B1", "?", "_"], repeat=4):
        found = told(*names)
        assert len(found) == 4
        assert all(now == name for now, name in zip(found, names, strict=True) if name[0] in "AB")
