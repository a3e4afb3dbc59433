"""Pages that wait make copies; what is settled, foreign or without a reason is refused."""

from __future__ import annotations

from uuid import UUID

import pytest

from materiel.domain.papers.scan_pile import (
    PageState,
    ScanPage,
    check_by_hand,
    check_number,
    checked_discard,
    copies_of,
    missing_of,
)
from materiel.errors import BadInput, Conflict


def page(number, rank=1, state=PageState.WAITING):
    return ScanPage(
        id=UUID(int=rank), pile_id=UUID(int=1), rank=rank, state=state, problem=None, sha256="", number=number
    )


def pages(*numbers):
    return [page(number, rank) for rank, number in enumerate(numbers, 1)]


@pytest.mark.parametrize(
    ("there", "copies"),
    [((1, 2), [[1, 2]]), ((2, 1), [[1, 2]]), ((1, 1, 2, 2), [[1, 2], [1, 2]]), ((1, 1, 2), [[1, 2]]), ((2,), [])],
)
def test_pages_make_the_copies_that_they_complete(there, copies):
    assert [[each.number for each in copy] for copy in copies_of(pages(*there), 2)] == copies


def test_what_is_missing_is_told():
    assert missing_of(pages(1, 3), 4) == [2, 4]


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (PageState.FOREIGN, "scan_page.foreign"),
        (PageState.FILED, "scan_page.settled"),
        (PageState.DISCARDED, "scan_page.settled"),
        (PageState.DUPLICATE, "scan_page.settled"),
    ],
)
def test_only_a_page_of_ours_that_waits_is_filed_by_hand(state, code):
    with pytest.raises(Conflict) as refusal:
        check_by_hand(page(1, state=state))
    assert refusal.value.code == code


@pytest.mark.parametrize("number", [0, 3, -1])
def test_a_page_that_the_document_has_not_is_refused(number):
    with pytest.raises(BadInput) as refusal:
        check_number(number, 2)
    assert refusal.value.code == "scan_page.no_such_page"


def test_a_page_is_set_aside_for_a_reason():
    assert checked_discard(page(1), "  Page de  garde ") == "Page de garde"
    for reason in ("", "  ", "x" * 501):
        with pytest.raises(BadInput) as refusal:
            checked_discard(page(1), reason)
        assert refusal.value.code == "scan_page.reason"
    with pytest.raises(Conflict):
        checked_discard(page(1, state=PageState.FILED), "Trop tard")
