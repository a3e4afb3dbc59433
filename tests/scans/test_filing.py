"""Sorting: a page goes where its code says, one inference is allowed, and nothing is ever filed wrong."""

from __future__ import annotations

import itertools

import pytest

from materiel.scans.filing import sort_pages
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


def copies(sorted_pages):
    return [(copy.code, [filed.index for filed in copy.pages]) for copy in sorted_pages.copies]


def test_complete_documents_are_filed_in_their_own_order():
    result = sort_pages(bundle("A1", "A2", "A3", "B2", "B1"), COUNTS)
    assert copies(result) == [("A", [0, 1, 2]), ("B", [4, 3])]
    assert result.unfiled == ()


def test_any_order_of_the_pile_gives_the_same_documents():
    for order in itertools.permutations(["A1", "A2", "A3", "B1", "B2"]):
        result = sort_pages(bundle(*order), COUNTS)
        found = {copy.code: [order[filed.index] for filed in copy.pages] for copy in result.copies}
        assert found == {"A": ["A1", "A2", "A3"], "B": ["B1", "B2"]}


def test_two_copies_of_a_document_are_two_scans():
    assert copies(sort_pages(bundle("B1", "B2", "B1", "B2"), COUNTS)) == [("B", [0, 1]), ("B", [2, 3])]


@pytest.mark.parametrize("names", [("A1", "?", "A3"), ("A3", "?", "A1"), ("A1", "_", "?", "_", "A3")])
def test_a_page_between_two_agreeing_neighbours_is_inferred_and_flagged(names):
    (copy,) = sort_pages(bundle(*names), COUNTS).copies
    assert [filed.inferred for filed in copy.pages] == [False, True, False]
    assert names[copy.pages[1].index] == "?"


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
def test_nothing_else_is_inferred(names):
    result = sort_pages(bundle(*names), COUNTS)
    filed = [names[each.index] for copy in result.copies for each in copy.pages]
    assert "?" not in filed
    assert "_" not in filed


def test_neighbours_that_lie_otherwise_do_not_agree():
    result = sort_pages([page("A1"), UNREAD, page("A3", rotation=180)], COUNTS)
    assert result.copies == ()


def test_an_incomplete_document_is_left_with_its_reason():
    result = sort_pages(bundle("A1", "A3", "B1", "B2"), COUNTS)
    assert copies(result) == [("B", [2, 3])]
    assert result.unfiled == ((0, PageProblem.INCOMPLETE), (1, PageProblem.INCOMPLETE))


def test_unknown_codes_and_page_numbers_are_left_with_their_reason():
    result = sort_pages(bundle("C1", "B3", "?", "_"), COUNTS)
    assert [problem for _, problem in result.unfiled] == [
        PageProblem.UNKNOWN,
        PageProblem.NO_SUCH_PAGE,
        PageProblem.NO_CODE,
        PageProblem.BLANK,
    ]


def test_every_page_is_accounted_for_once():
    for names in itertools.product(["A1", "A2", "A3", "B1", "?", "_"], repeat=4):
        result = sort_pages(bundle(*names), COUNTS)
        seen = [filed.index for copy in result.copies for filed in copy.pages]
        seen += [index for index, _ in result.unfiled]
        assert sorted(seen) == [0, 1, 2, 3]
