from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from tests.domain.cast import a_loan
from tests.stage.refusals import refused

from materiel.domain.incident.incident import (
    PROVIDE,
    DeclaredAs,
    Incident,
    IncidentKind,
    IncidentState,
    checked_incident,
    sides_of,
)
from materiel.domain.usage import Custody, Usage
from materiel.errors import RuleBroken

NOW = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
TODAY = date(2026, 9, 7)


def an_incident(**changes: object) -> Incident:
    incident = Incident(
        id=UUID(int=1),
        service_id=UUID(int=2),
        item_id=UUID(int=3),
        loan_id=None,
        kind=IncidentKind.BREAKDOWN,
        description="  L'écran   reste noir ",
        happened_on=None,
        declared_by="link:x",
        declared_as=DeclaredAs.FAMILY,
        declared_at=NOW,
    )
    return replace(incident, **changes)  # type: ignore[arg-type]


def test_a_breakdown_needs_a_story_and_no_date() -> None:
    assert checked_incident(an_incident(), today=TODAY).description == "L'écran reste noir"


def test_the_wish_to_give_back_needs_no_story() -> None:
    assert checked_incident(an_incident(kind=IncidentKind.RETURN_WISH, description=""), today=TODAY).description == ""


@pytest.mark.parametrize("kind", [IncidentKind.LOSS, IncidentKind.THEFT])
def test_a_loss_and_a_theft_need_a_day(kind: IncidentKind) -> None:
    with refused(RuleBroken, "incident.invalid") as refusal:
        checked_incident(an_incident(kind=kind, description=""), today=TODAY)
    assert [fault.pointer for fault in refusal.value.errors] == ["/description", "/happened_on"]
    checked_incident(an_incident(kind=kind, happened_on=TODAY), today=TODAY)


def test_nothing_happens_tomorrow() -> None:
    with refused(RuleBroken, "incident.invalid"):
        checked_incident(an_incident(happened_on=date(2026, 9, 8)), today=TODAY)


def test_every_kind_says_what_to_provide() -> None:
    assert set(PROVIDE) == set(IncidentKind)


def test_an_answer_is_for_the_side_that_declared_once_it_is_given() -> None:
    assert not an_incident().answers(DeclaredAs.FAMILY)
    done = an_incident(state=IncidentState.CLOSED, resolution="Réparé.")
    assert [side for side in DeclaredAs if done.answers(side)] == [DeclaredAs.FAMILY]


def test_a_manager_speaks_for_those_who_hold_the_item() -> None:
    home = a_loan()
    at_school = replace(home, custody=Custody.SCHOOL)
    shared = replace(at_school, usage=Usage.SHARED, pupil_id=None)
    assert sides_of(None) == (DeclaredAs.ACCOUNT,)
    assert sides_of(home) == (DeclaredAs.ACCOUNT, DeclaredAs.FAMILY)
    assert sides_of(at_school) == tuple(DeclaredAs)
    assert sides_of(shared) == (DeclaredAs.ACCOUNT, DeclaredAs.INSTITUTION)
    with refused(RuleBroken, "incident.invalid") as refusal:
        checked_incident(an_incident(), today=TODAY, by_hand=True)
    assert [fault.pointer for fault in refusal.value.errors] == ["/declared_as"]
    assert checked_incident(an_incident(), today=TODAY, loan=home, by_hand=True).declared_as is DeclaredAs.FAMILY
