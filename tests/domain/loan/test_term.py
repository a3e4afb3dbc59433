from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.domain.cast import STARTS_ON, an_item

from materiel.domain.accounts.service import RenewalPolicy
from materiel.domain.item.item import Ownership
from materiel.domain.loan.term import Term, term_of
from materiel.domain.usage import Basis, BasisKind, Usage
from materiel.errors import RuleBroken

RENTED = an_item(ownership=Ownership.RENTED, lease_ends_on=date(2027, 3, 31))


def term(**changes: Any) -> Term:
    values: dict[str, Any] = {
        "usage": Usage.INDIVIDUAL,
        "policy": RenewalPolicy.YEARLY,
        "starts_on": STARTS_ON,
        "basis": Basis(kind=BasisKind.CDAPH, valid_until=date(2028, 8, 31)),
    }
    return term_of(**values | changes)


def notified_until(day: date | None, kind: BasisKind = BasisKind.CDAPH) -> Basis:
    return Basis(kind=kind, valid_until=day)


@pytest.mark.parametrize(
    ("changes", "ends_on"),
    [
        ({}, date(2027, 8, 31)),
        ({"asked": date(2027, 7, 5)}, date(2027, 7, 5)),
        ({"basis": notified_until(date(2027, 1, 31))}, date(2027, 1, 31)),
        ({"policy": RenewalPolicy.BASIS}, date(2028, 8, 31)),
        ({"policy": RenewalPolicy.SCHOOLING, "basis": None}, None),
        ({"policy": RenewalPolicy.SCHOOLING, "items": [RENTED]}, date(2027, 3, 31)),
        ({"usage": Usage.SHARED, "basis": notified_until(date(2027, 1, 31))}, date(2027, 8, 31)),
        ({"usage": Usage.SHARED, "policy": RenewalPolicy.BASIS, "basis": None}, None),
        ({"basis": notified_until(None, BasisKind.PAS)}, date(2027, 8, 31)),
        ({"basis": notified_until(date(2026, 8, 31))}, date(2027, 8, 31)),
    ],
    ids=[
        "end of the school year",
        "asked earlier",
        "notification",
        "policy: notification",
        "policy: schooling",
        "lease",
        "a notification does not limit a shared deposit",
        "a deposit may have no end",
        "PAS under a yearly policy",
        "an expired basis, lifted by a manager, does not limit",
    ],
)
def test_the_earliest_limit_ends_the_loan(changes: dict[str, Any], ends_on: date | None) -> None:
    assert term(**changes).ends_on == ends_on


def test_a_term_asked_too_far_is_brought_back_and_says_why() -> None:
    brought_back = term(asked=date(2029, 8, 31), items=[RENTED])
    assert brought_back.ends_on == date(2027, 3, 31)
    assert [caution.code for caution in brought_back.cautions] == ["TERME_RAMENE"]
    assert RENTED.inventory_number in brought_back.cautions[0].detail


def test_a_term_kept_as_asked_says_nothing() -> None:
    assert term(asked=date(2027, 8, 31)).cautions == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"policy": RenewalPolicy.BASIS, "basis": None}, "loan.end_required"),
        ({"policy": RenewalPolicy.SCHOOLING, "basis": notified_until(None, BasisKind.PAS)}, "loan.end_required"),
        ({"policy": RenewalPolicy.BASIS, "basis": notified_until(None, BasisKind.PAS)}, "loan.end_required"),
        ({"asked": date(2026, 8, 31)}, "loan.ends_before_start"),
        ({"starts_on": date(2027, 4, 1), "items": [RENTED]}, "loan.lease_over"),
    ],
)
def test_a_term_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        term(**changes)
    assert refusal.value.code == code


def codes(term: Term) -> list[str]:
    return [each.code for each in term.cautions]


def test_a_renewal_past_a_lease_names_it_and_says_what_to_do() -> None:
    rented = an_item(ownership=Ownership.RENTED, lease_ends_on=date(2026, 10, 31))
    with pytest.raises(RuleBroken) as refusal:
        term_of(
            usage=Usage.INDIVIDUAL,
            policy=RenewalPolicy.YEARLY,
            starts_on=date(2026, 11, 21),
            asked=date(2027, 8, 31),
            items=[rented],
        )
    assert refusal.value.code == "loan.lease_over"
    for said in (rented.inventory_number, "31 octobre 2026", "21 novembre 2026", "avenant"):
        assert said in refusal.value.message


@pytest.mark.parametrize(
    ("ends_on", "acquired_on", "code"),
    [
        (date(2045, 8, 31), None, "DUREE_INHABITUELLE"),
        (date(2028, 2, 29), None, "TERME_29_FEVRIER"),
        (date(2027, 8, 31), date(2026, 9, 2), "DEBUT_AVANT_ACQUISITION"),
    ],
)
def test_lawful_dates_that_are_most_often_a_slip_are_said(ends_on: date, acquired_on: date | None, code: str) -> None:
    asked = {"usage": Usage.INDIVIDUAL, "policy": RenewalPolicy.BASIS, "starts_on": date(2026, 9, 1)}
    term = term_of(**asked, asked=ends_on, items=[an_item(acquired_on=acquired_on)])  # type: ignore[arg-type]
    assert (term.ends_on, codes(term)) == (ends_on, [code])
    usual = term_of(**asked, asked=date(2032, 9, 1), items=[an_item(acquired_on=date(2026, 9, 1))])  # type: ignore[arg-type]
    assert codes(usual) == []


def test_a_year_after_29_february_is_the_28th() -> None:
    term = term_of(
        usage=Usage.SHARED, policy=RenewalPolicy.BASIS, starts_on=date(2027, 9, 1), asked=date(2028, 2, 29), items=[]
    )
    assert "irait au 28 février 2029" in term.cautions[0].detail
