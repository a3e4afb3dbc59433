"""Declaring incidents, writing them down for somebody, listing them. Treating them is in `test_incident_treatment`."""

from __future__ import annotations

import pytest
from tests.stage import family_cast as family
from tests.stage.family_cast import BASE_URL, Clock, messages
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.incident.incident import DeclaredAs, Incident, IncidentFilter, IncidentKind, IncidentState
from materiel.domain.usage import Custody
from materiel.domain.work.outbox import Purpose
from materiel.errors import NotFound, PermissionDenied, RuleBroken
from materiel.store.history.search import search
from materiel.store.item import item as items
from materiel.use_cases.incident.incident import (
    DeclareIncident,
    Declarer,
    RecordIncident,
    declare_incident,
    incidents_of_item,
    list_incident_lines,
    list_incidents,
    record_incident,
    recordable_sides,
)
from materiel.use_cases.incident.treatment import CloseIncident, close_incident
from materiel.use_cases.loan.steps import issue_loan


@pytest.fixture
async def clock(db: object) -> Clock:
    await family.set_up()
    return Clock()


async def declare(clock: Clock, description: str = "L'écran reste noir") -> Incident:
    return await declare_incident(
        DeclareIncident(kind=IncidentKind.BREAKDOWN, description=description),
        item=await items.get(cast.LAPTOP, cast.SERVICE),
        loan_id=None,
        declarer=Declarer("link:someone", DeclaredAs.FAMILY),
        base_url=BASE_URL,
        now=clock.now,
    )


async def test_a_declaration_is_kept_told_and_journaled_without_its_story(clock: Clock) -> None:
    incident = await declare(clock)
    assert await list_incidents(IncidentFilter(), actor=cast.READER) == [incident]
    assert await incidents_of_item(cast.LAPTOP, actor=cast.READER) == [incident]
    (told,) = await messages(Purpose.INCIDENT)
    assert "écran" not in told.text + told.subject
    assert f"{BASE_URL}/incidents/{incident.id}" in told.text
    entry = (await search(cast.SERVICE, limit=1))[0]
    assert (entry.actor, entry.action) == ("link:someone", "incident.declared")
    assert entry.details == {"item": str(cast.LAPTOP), "kind": "breakdown"}


async def test_the_same_declaration_is_kept_once_until_it_is_closed(clock: Clock) -> None:
    first = await declare(clock)
    assert (await declare(clock)).id == first.id
    assert (await declare(clock, "Le clavier aussi")).id != first.id
    await close_incident(CloseIncident(incident_id=first.id, resolution="Réparé.", version=1), issuer=cast.ISSUER)
    assert (await declare(clock)).id != first.id


def told(**changes: object) -> RecordIncident:
    values: dict[str, object] = {"item_id": cast.LAPTOP, "kind": IncidentKind.BREAKDOWN, "description": "Plus d'image"}
    return RecordIncident(**{**values, **changes})  # type: ignore[arg-type]


async def test_a_manager_writes_down_what_a_family_tells_under_its_loan(clock: Clock) -> None:
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    item, sides = await recordable_sides(cast.LAPTOP, actor=cast.READER)
    assert (item.id, sides) == (cast.LAPTOP, (DeclaredAs.ACCOUNT, DeclaredAs.FAMILY))
    incident = await record_incident(told(declared_as=DeclaredAs.FAMILY), actor=cast.MANAGER, now=clock.now)
    assert (incident.loan_id, incident.declared_by) == (loan_id, cast.MANAGER.id)
    assert incident.declared_as is DeclaredAs.FAMILY
    assert await messages(Purpose.INCIDENT) == []
    again = await record_incident(told(declared_as=DeclaredAs.FAMILY), actor=cast.MANAGER, now=clock.now)
    assert again.id == incident.id
    assert (await record_incident(told(), actor=cast.MANAGER, now=clock.now)).id != incident.id


async def test_nobody_speaks_for_those_who_do_not_hold_the_item(clock: Clock) -> None:
    for side in (DeclaredAs.FAMILY, DeclaredAs.INSTITUTION):
        with refused(RuleBroken, "incident.invalid") as refusal:
            await record_incident(told(declared_as=side, description=""), actor=cast.MANAGER, now=clock.now)
        assert [fault.pointer for fault in refusal.value.errors] == ["/description", "/declared_as"]
    await cast.a_draft(custody=Custody.SCHOOL)
    _, sides = await recordable_sides(cast.LAPTOP, actor=cast.READER)
    assert sides == tuple(DeclaredAs)


async def test_recording_asks_for_a_right_and_an_item_of_the_service(clock: Clock) -> None:
    with pytest.raises(PermissionDenied):
        await record_incident(told(), actor=cast.READER, now=clock.now)
    for act in (
        record_incident(told(), actor=cast.STRANGER, now=clock.now),
        recordable_sides(cast.LAPTOP, actor=cast.STRANGER),
    ):
        with refused(NotFound, "item.not_found"):
            await act


async def test_the_list_shows_the_item_the_place_and_one_service(clock: Clock) -> None:
    await cast.a_draft()
    lent = await record_incident(told(declared_as=DeclaredAs.FAMILY), actor=cast.MANAGER, now=clock.now)
    other = await record_incident(told(item_id=cast.BRAILLE), actor=cast.MANAGER, now=clock.now)
    lines = await list_incident_lines(IncidentFilter(), actor=cast.READER, limit=10)
    assert [line.incident.id for line in lines] == [lent.id, other.id]
    assert lines[0].place is not None
    assert (lines[0].place.pupil_name, lines[1].place) == ("Exemple Zoé", None)
    assert lines[1].item.inventory_number == "35-2026-00002"
    assert await list_incident_lines(IncidentFilter(), actor=cast.STRANGER, limit=10) == []
    assert await incidents_of_item(cast.LAPTOP, actor=cast.STRANGER) == []
    open_ones = IncidentFilter(state=IncidentState.OPEN, declared_as=DeclaredAs.FAMILY)
    assert await list_incidents(open_ones, actor=cast.READER) == [lent]
