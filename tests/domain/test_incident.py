from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from tests.refusals import refused

from materiel.domain.incident import PROVIDE, DeclaredAs, Incident, IncidentKind, checked_incident, closed
from materiel.errors import Conflict, RuleBroken

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


def test_closing_says_what_was_decided_once() -> None:
    done = closed(an_incident(), resolution="Écran changé.", now=NOW)
    assert (done.resolution, done.closed_at) == ("Écran changé.", NOW)
    with refused(Conflict, "incident.already_closed"):
        closed(done, resolution="Encore", now=NOW)
    with refused(RuleBroken, "incident.invalid"):
        closed(an_incident(), resolution=" ", now=NOW)
