"""Following and closing what families and schools declare."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests import family_cast as family
from tests.family_cast import BASE_URL, Clock, messages
from tests.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.incident import DeclaredAs, Incident, IncidentKind, IncidentState
from materiel.domain.outbox import Purpose
from materiel.errors import Conflict, NotFound, PermissionDenied
from materiel.store import incident as incidents
from materiel.store import item as items
from materiel.store import journal
from materiel.use_cases.incident import (
    CloseIncident,
    DeclareIncident,
    Declarer,
    close_incident,
    declare_incident,
    incidents_of_item,
    list_incidents,
)


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
    assert await list_incidents(actor=cast.READER) == [incident]
    assert await incidents_of_item(cast.LAPTOP, actor=cast.READER) == [incident]
    (told,) = await messages(Purpose.INCIDENT)
    assert "écran" not in told.text + told.subject
    entry = (await journal.page(cast.SERVICE, limit=1))[0]
    assert (entry.actor, entry.action) == ("link:someone", "incident.declared")
    assert entry.details == {"item": str(cast.LAPTOP), "kind": "breakdown"}


async def test_the_same_declaration_is_kept_once_until_it_is_closed(clock: Clock) -> None:
    first = await declare(clock)
    assert (await declare(clock)).id == first.id
    assert (await declare(clock, "Le clavier aussi")).id != first.id
    await close_incident(
        CloseIncident(incident_id=first.id, resolution="Réparé.", version=1), actor=cast.MANAGER, now=clock.now
    )
    assert (await declare(clock)).id != first.id


async def test_closing_answers_whoever_declared(clock: Clock) -> None:
    incident = await declare(clock)
    command = CloseIncident(incident_id=incident.id, resolution="Écran changé.", version=1)
    done = await close_incident(command, actor=cast.MANAGER, now=clock.now)
    assert (done.state, done.resolution, done.version) == (IncidentState.CLOSED, "Écran changé.", 2)
    assert await list_incidents(actor=cast.READER) == []
    with refused(Conflict, "incident.already_closed"):
        await close_incident(command, actor=cast.MANAGER, now=clock.now)


async def test_an_answer_to_an_older_page_is_refused(clock: Clock) -> None:
    incident = await declare(clock)
    await incidents.save(replace(incident, description="Complété"))
    with refused(Conflict, "incident.changed"):
        await close_incident(
            CloseIncident(incident_id=incident.id, resolution="Réparé.", version=1), actor=cast.MANAGER, now=clock.now
        )


async def test_rights_and_scope_are_checked(clock: Clock) -> None:
    incident = await declare(clock)
    command = CloseIncident(incident_id=incident.id, resolution="Réparé.", version=1)
    with pytest.raises(PermissionDenied):
        await close_incident(command, actor=cast.READER, now=clock.now)
    with refused(NotFound, "incident.not_found"):
        await close_incident(command, actor=cast.STRANGER, now=clock.now)
    assert await list_incidents(actor=cast.STRANGER) == []
    assert await incidents_of_item(cast.LAPTOP, actor=cast.STRANGER) == []
