from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.domain import cast

from materiel.domain.loan.alternative import (
    INDIVIDUAL_AT_HOME,
    INDIVIDUAL_AT_SCHOOL,
    ON_A_NOTIFICATION,
    ON_A_PAS,
    SHARED_AT_SCHOOL,
    alternatives,
)
from materiel.domain.loan.decision import DecisionFacts, Outcome, decide
from materiel.domain.places.school import SchoolKind
from materiel.domain.usage import Basis, BasisKind, Custody, Usage

TODAY = date(2026, 11, 21)


def facts(kind: SchoolKind, usage: Usage, custody: Custody, basis: Basis | None = None) -> DecisionFacts:
    school = replace(cast.a_school(), kind=kind)
    return DecisionFacts(usage=usage, custody=custody, school=school, today=TODAY, basis=basis)


def test_a_shared_item_in_a_private_school_becomes_an_individual_loan() -> None:
    asked = facts(SchoolKind.PRIVATE_UNDER_CONTRACT, Usage.SHARED, Custody.SCHOOL)
    assert alternatives(asked, decide(asked)) == (INDIVIDUAL_AT_SCHOOL, INDIVIDUAL_AT_HOME)


def test_a_shared_item_stays_at_school() -> None:
    asked = facts(SchoolKind.EPLE, Usage.SHARED, Custody.HOME)
    assert alternatives(asked, decide(asked)) == (SHARED_AT_SCHOOL, INDIVIDUAL_AT_HOME)


def test_a_plan_alone_is_replaced_by_a_decision() -> None:
    asked = facts(SchoolKind.EPLE, Usage.INDIVIDUAL, Custody.HOME, Basis(kind=BasisKind.PAP))
    assert alternatives(asked, decide(asked)) == (ON_A_NOTIFICATION, ON_A_PAS)


def test_nothing_is_offered_that_would_be_refused_in_turn() -> None:
    for kind in SchoolKind:
        for usage in Usage:
            for custody in Custody:
                asked = facts(kind, usage, custody)
                for each in alternatives(asked, decide(asked)):
                    changed = replace(asked, usage=each.usage or usage, custody=each.custody or custody)
                    assert decide(changed).outcome is not Outcome.REFUSED


def test_an_allowed_request_has_no_alternative() -> None:
    asked = facts(SchoolKind.EPLE, Usage.INDIVIDUAL, Custody.HOME)
    assert alternatives(asked, decide(asked)) == ()
