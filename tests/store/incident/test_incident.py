"""Incidents and their follow-up, as the database keeps them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.incident.incident import (
    DeclaredAs,
    Incident,
    IncidentFilter,
    IncidentKind,
    IncidentPaper,
    IncidentState,
)
from materiel.domain.incident.treatment import IncidentNote, NoteKind
from materiel.domain.loan.plan import Fault
from materiel.errors import Conflict, NotFound
from materiel.store.engine.ids import new_id
from materiel.store.incident import incident as incidents

LINK = UUID(int=1)


@pytest.fixture(autouse=True)
async def people(db: object) -> None:
    await cast.set_up()


async def kept(**changes: object) -> Incident:
    incident = Incident(
        id=new_id(),
        service_id=cast.SERVICE,
        item_id=cast.LAPTOP,
        loan_id=None,
        kind=IncidentKind.THEFT,
        description="Volé dans le bus",
        happened_on=cast.TODAY,
        declared_by="link:x",
        declared_link=LINK,
        declared_as=DeclaredAs.FAMILY,
        declared_at=cast.NOW,
    )
    incident = replace(incident, **changes)  # type: ignore[arg-type]
    await incidents.insert(incident)
    return incident


async def ids(wanted: IncidentFilter, **asked: object) -> list[UUID]:
    found = await incidents.page(cast.SERVICE, wanted, **{"limit": 10, **asked})  # type: ignore[arg-type]
    return [each.id for each in found]


async def test_everything_comes_back_as_it_was_kept() -> None:
    treated = await kept(
        papers={IncidentPaper.STATEMENT: date(2026, 9, 1), IncidentPaper.INSURANCE: date(2026, 9, 2)},
        fault=Fault.NONE,
        fault_reason="Effraction",
        decided_at=cast.NOW,
        state=IncidentState.CLOSED,
        resolution="Remplacé",
        closed_at=cast.NOW,
    )
    assert await incidents.get(treated.id, cast.SERVICE) == treated
    plain = await kept()
    assert await incidents.get(plain.id, cast.SERVICE) == plain
    with refused(NotFound, "incident.not_found"):
        await incidents.get(plain.id, cast.OTHER_SERVICE)


async def test_saving_raises_the_version_once() -> None:
    incident = await kept()
    saved = await incidents.save(replace(incident, papers={IncidentPaper.COMPLAINT: cast.TODAY}))
    assert saved.version == 2
    assert await incidents.get(incident.id, cast.SERVICE) == saved
    with refused(Conflict, "incident.changed"):
        await incidents.save(incident)


async def test_a_page_answers_its_filter_in_both_orders() -> None:
    theft = await kept()
    done = await kept(kind=IncidentKind.LOSS, state=IncidentState.CLOSED, declared_as=DeclaredAs.ACCOUNT)
    broken = await kept(kind=IncidentKind.BREAKDOWN, item_id=cast.SOFTWARE)
    assert await ids(IncidentFilter()) == [theft.id, done.id, broken.id]
    assert await ids(IncidentFilter(), newest_first=True) == [broken.id, done.id, theft.id]
    assert await ids(IncidentFilter(), limit=1, after=theft.id) == [done.id]
    assert await ids(IncidentFilter(), limit=1, after=broken.id, newest_first=True) == [done.id]
    assert await ids(IncidentFilter(state=IncidentState.OPEN)) == [theft.id, broken.id]
    assert await ids(IncidentFilter(kind=IncidentKind.LOSS, declared_as=DeclaredAs.ACCOUNT)) == [done.id]
    assert await ids(IncidentFilter(item_id=cast.SOFTWARE)) == [broken.id]
    assert await ids(IncidentFilter(q="2026-00001")) == [theft.id, done.id]
    assert await ids(IncidentFilter(q="logiciel LECTURE", state=IncidentState.OPEN)) == [broken.id]
    assert await ids(IncidentFilter(q="introuvable")) == []
    assert await incidents.page(cast.OTHER_SERVICE, IncidentFilter(), limit=10) == []


async def test_what_some_declared_is_found_newest_first() -> None:
    another = UUID(int=2)
    first, other, last = await kept(), await kept(declared_link=another), await kept()
    found = await incidents.declared_through([LINK, UUID(int=3)], cast.SERVICE, limit=5)
    assert [each.id for each in found] == [last.id, first.id]
    assert [each.id for each in await incidents.declared_through([LINK, another], cast.SERVICE, limit=2)] == [
        last.id,
        other.id,
    ]
    assert await incidents.declared_through([LINK], cast.OTHER_SERVICE, limit=5) == []
    assert await incidents.declared_through([], cast.SERVICE, limit=5) == []


async def test_the_follow_up_is_kept_in_order() -> None:
    incident, other = await kept(), await kept()
    written = [
        IncidentNote(
            id=new_id(), incident_id=incident.id, kind=kind, text=kind.label, written_by="user:a", written_at=cast.NOW
        )
        for kind in NoteKind
    ]
    for note in written:
        await incidents.add_note(note)
    assert await incidents.notes(incident.id) == written
    assert await incidents.notes(other.id) == []
