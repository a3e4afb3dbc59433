"""Treating incidents: papers, fault, notes, the answer and who is told of it, reopening."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from tests.stage import family_cast as family
from tests.stage.family_cast import BASE_URL, LISE, Clock, messages
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors import institution_cast

from materiel.domain.incident.incident import (
    DeclaredAs,
    Incident,
    IncidentFilter,
    IncidentKind,
    IncidentPaper,
    IncidentState,
)
from materiel.domain.incident.treatment import REASON_MAX, NoteKind
from materiel.domain.item.item import ItemStatus
from materiel.domain.loan.loan import RemovalReason
from materiel.domain.loan.plan import DESCRIPTION_MAX, Fault, Removal
from materiel.domain.work.outbox import Message, Purpose
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import write_transaction
from materiel.store.history.search import search
from materiel.store.incident import incident as incidents
from materiel.store.people import pupil as pupils
from materiel.use_cases.incident.incident import (
    DeclareIncident,
    RecordIncident,
    incidents_of_item,
    list_incidents,
    record_incident,
)
from materiel.use_cases.incident.sheet import read_incident, read_incident_sheet
from materiel.use_cases.incident.treatment import (
    CloseIncident,
    FindFault,
    NotePapers,
    ReopenIncident,
    add_note,
    close_incident,
    find_fault,
    note_papers,
    reopen_incident,
)
from materiel.use_cases.item.item import SetItemStatus, get_item, set_item_status
from materiel.use_cases.links.access_link import LinkHolder, make_link, person_of_link, revoke_link
from materiel.use_cases.links.deposit import institution_home
from materiel.use_cases.loan.changes import Amend, amend_loan
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.visitors.family import declare_by_family, family_home
from materiel.use_cases.visitors.presence import declare_by_institution

ISSUER = Issuer(actor=cast.MANAGER, now=cast.NOW, base_url=BASE_URL)


@pytest.fixture
async def clock(db: object) -> Clock:
    await family.set_up()
    return Clock()


async def an_incident(kind: IncidentKind = IncidentKind.BREAKDOWN, item_id: UUID = cast.LAPTOP) -> Incident:
    """Written down by a manager, on a day when it may be a loss."""
    command = RecordIncident(item_id=item_id, kind=kind, description="Raconté au téléphone", happened_on=cast.TODAY)
    return await record_incident(command, actor=cast.MANAGER, now=cast.NOW)


def answer(incident: Incident, resolution: str = "Réparé.") -> CloseIncident:
    return CloseIncident(incident_id=incident.id, resolution=resolution, version=incident.version)


async def lise_declares(kind: IncidentKind = IncidentKind.BREAKDOWN) -> Incident:
    """Through the link that Lise received, about the laptop of Noé."""
    await family.an_agreement()
    lise = (await pupils.get(cast.TWO_HOMES, cast.SERVICE)).representatives[0]
    holder = LinkHolder(
        service_id=cast.SERVICE,
        email=lise.email,
        name=lise.full_name,
        pupil_id=cast.TWO_HOMES,
        representative_id=lise.id,
    )
    async with write_transaction():
        made = await make_link(holder, actor_id="tests", now=cast.NOW)
    person = await person_of_link(made.link.id, now=cast.NOW)
    ((lent,),) = ((await family_home(person)).loans,)
    command = DeclareIncident(kind=kind, description="Écran noir", happened_on=cast.TODAY)
    return await declare_by_family(
        command, loan_id=lent.loan.id, item_id=cast.LAPTOP, person=person, base_url=BASE_URL, now=cast.NOW
    )


def link_id_of(incident: Incident) -> UUID:
    assert incident.declared_link is not None
    return incident.declared_link


async def the_answer(to: str) -> Message:
    (message,) = await messages(Purpose.INCIDENT_ANSWER, to)
    return message


async def test_the_papers_received_are_noted_with_their_day(clock: Clock) -> None:
    incident = await an_incident(IncidentKind.THEFT)
    papers = {IncidentPaper.STATEMENT: date(2026, 9, 5), IncidentPaper.COMPLAINT: cast.TODAY}
    command = NotePapers(incident_id=incident.id, papers=papers, version=1)
    noted = await note_papers(command, actor=cast.MANAGER, now=clock.now)
    assert (noted.papers, noted.version) == (papers, 2)
    assert (await read_incident_sheet(incident.id, actor=cast.READER)).missing == (IncidentPaper.INSURANCE,)
    entry = (await search(cast.SERVICE, limit=1))[0]
    assert (entry.action, entry.details["papers"]) == ("incident.papers_noted", "statement, complaint")
    with refused(Conflict, "incident.changed"):
        await note_papers(command, actor=cast.MANAGER, now=clock.now)


async def test_a_theft_is_closed_once_somebody_says_who_answers(clock: Clock) -> None:
    incident = await an_incident(IncidentKind.THEFT)
    with refused(RuleBroken, "incident.fault_undecided"):
        await close_incident(answer(incident), issuer=ISSUER)
    command = FindFault(incident_id=incident.id, fault=Fault.NONE, reason="Effraction", version=1)
    found = await find_fault(command, actor=cast.MANAGER, now=clock.now)
    assert (found.fault, found.fault_reason, found.decided_at) == (Fault.NONE, "Effraction", clock.now)
    entry = (await search(cast.SERVICE, limit=1))[0]
    assert entry.details == {"item": str(cast.LAPTOP), "kind": "theft", "fault": "none"}
    done = await close_incident(answer(found, "Remplacé par l'État."), issuer=ISSUER)
    assert (done.incident.state, done.is_told) == (IncidentState.CLOSED, False)
    with refused(Conflict, "incident.already_closed"):
        await close_incident(answer(done.incident), issuer=ISSUER)


async def test_an_absence_that_became_a_loss_needs_the_same_decision(clock: Clock) -> None:
    incident = await an_incident(IncidentKind.ABSENCE)
    item = await get_item(cast.LAPTOP, actor=cast.READER)
    change = SetItemStatus(item_id=item.id, status=ItemStatus.LOST, reason="Introuvable", version=item.version)
    await set_item_status(change, actor=cast.MANAGER, now=clock.now)
    assert (await read_incident_sheet(incident.id, actor=cast.READER)).lacks_finding
    with refused(RuleBroken, "incident.fault_undecided"):
        await close_incident(answer(incident), issuer=ISSUER)


async def test_closing_tells_the_family_by_a_link_and_nothing_more(clock: Clock) -> None:
    incident = await lise_declares()
    done = await close_incident(answer(incident, "Écran changé, venez le chercher."), issuer=ISSUER)
    assert done.is_told
    message = await the_answer(LISE)
    for word in ("cran", "ordinateur", "portable", "35-2026", "panne", "noé", "fictif noé"):
        assert word not in (message.subject + message.text + message.html).lower()
    # The letter cuts nothing that is open.
    assert (await person_of_link(link_id_of(incident), now=clock.now)).link.id == link_id_of(incident)
    assert BASE_URL + family.link_in(message) in message.text


async def test_a_family_reads_the_answer_even_once_the_item_is_gone(clock: Clock) -> None:
    incident = await lise_declares(IncidentKind.LOSS)
    person = await person_of_link(link_id_of(incident), now=clock.now)
    assert incident.loan_id is not None
    gone = Removal(item_id=cast.LAPTOP, reason=RemovalReason.LOST, fault=Fault.NONE)
    await amend_loan(
        Amend(loan_id=incident.loan_id, effective_on=cast.TODAY, add=(cast.SPARE,), remove=(gone,)), issuer=ISSUER
    )
    home = await family_home(person)
    assert (home.answered, [each.incident.id for each in home.waiting]) == ((), [incident.id])
    # The amendment joined the report of the family: its finding is not asked again.
    (joined,) = await incidents_of_item(cast.LAPTOP, actor=cast.READER)
    assert (joined.id, joined.fault, joined.description) == (incident.id, Fault.NONE, incident.description)
    await close_incident(answer(joined, "Remplacé, sans frais."), issuer=ISSUER)
    (told,) = (await family_home(person)).answered
    assert (told.incident.resolution, told.item.id) == ("Remplacé, sans frais.", cast.LAPTOP)


@pytest.mark.parametrize("is_told", [False, True], ids=["a new incident", "one already told"])
async def test_the_longest_story_of_an_amendment_is_kept_whole(clock: Clock, is_told: bool) -> None:
    # A breakdown is another event: what is lost next has an incident of its own.
    incident = await lise_declares(IncidentKind.LOSS if is_told else IncidentKind.BREAKDOWN)
    assert incident.loan_id is not None
    story = "Oublié dans le car. ".ljust(DESCRIPTION_MAX, "x")
    gone = Removal(item_id=cast.LAPTOP, reason=RemovalReason.LOST, fault=Fault.NONE, description=story)
    command = Amend(loan_id=incident.loan_id, effective_on=cast.TODAY, add=(cast.SPARE,), remove=(gone,))
    await amend_loan(command, issuer=ISSUER)
    known = await incidents_of_item(cast.LAPTOP, actor=cast.READER)
    last = max(known, key=lambda each: each.id)
    notes = [each.text for each in await incidents.notes(last.id)]
    assert story in (notes if is_told else [last.description])
    assert (len(known), last.fault, last.fault_reason) == (1 if is_told else 2, Fault.NONE, story[:REASON_MAX])


async def test_a_family_does_not_read_what_was_answered_to_others(clock: Clock) -> None:
    incident = await lise_declares()
    person = await person_of_link(link_id_of(incident), now=clock.now)
    ours = await an_incident()
    await close_incident(answer(ours, "À facturer à l'assureur du service"), issuer=ISSUER)
    home = await family_home(person)
    held = home.loans[0].items[0].incidents
    assert {each.id: each.answers(DeclaredAs.FAMILY) for each in held} == {incident.id: False, ours.id: False}
    assert home.answered == ()


async def test_a_school_is_told_and_reads_its_own_answers_only(clock: Clock) -> None:
    await institution_cast.a_deposit()
    college = await institution_cast.an_institution(cast.COLLEGE)
    command = DeclareIncident(kind=IncidentKind.BREAKDOWN, description="Ne s'allume plus")
    incident = await declare_by_institution(
        command, item_id=cast.BRAILLE, institution=college, base_url=BASE_URL, now=clock.now
    )
    by_telephone = RecordIncident(
        item_id=cast.KEYBOARD,
        kind=IncidentKind.BREAKDOWN,
        description="Touche cassée",
        declared_as=DeclaredAs.INSTITUTION,
    )
    told = await record_incident(by_telephone, actor=cast.MANAGER, now=clock.now)
    ours = await an_incident(item_id=cast.BRAILLE)
    assert (await institution_home(college)).answered == ()
    assert (await close_incident(answer(incident, "Réparé sur place."), issuer=ISSUER)).is_told
    assert (await the_answer(college.link.email)).subject.endswith("le service vous a répondu")
    assert not (await close_incident(answer(told, "Clavier échangé."), issuer=ISSUER)).is_told
    await close_incident(answer(ours, "Pour nous seuls."), issuer=ISSUER)
    answered = (await institution_home(college)).answered
    assert [each.incident.resolution for each in answered] == ["Clavier échangé.", "Réparé sur place."]
    assert (await institution_home(await institution_cast.an_institution(cast.CARDROC))).answered == ()


async def test_a_school_reads_its_answer_once_the_item_has_left(clock: Clock) -> None:
    loan_id = await institution_cast.a_deposit()
    college = await institution_cast.an_institution(cast.COLLEGE)
    command = DeclareIncident(kind=IncidentKind.BREAKDOWN, description="Ne s'allume plus")
    incident = await declare_by_institution(
        command, item_id=cast.BRAILLE, institution=college, base_url=BASE_URL, now=clock.now
    )
    broken = Removal(item_id=cast.BRAILLE, reason=RemovalReason.BROKEN, fault=Fault.NONE, came_back=True)
    await amend_loan(Amend(loan_id=loan_id, effective_on=cast.TODAY, remove=(broken,)), issuer=ISSUER)
    (joined,) = await incidents_of_item(cast.BRAILLE, actor=cast.READER)
    await close_incident(answer(joined, "Parti en réparation."), issuer=ISSUER)
    ((told,),) = ((await institution_home(college)).answered,)
    assert told.incident.id == incident.id


async def test_nobody_is_told_once_the_service_closed_the_link_or_the_person_left(clock: Clock) -> None:
    incident = await lise_declares()
    await revoke_link(link_id_of(incident), actor=cast.MANAGER, now=clock.now)
    assert not (await close_incident(answer(incident), issuer=ISSUER)).is_told
    second = await lise_declares_again()
    await family.change_pupil(died_on=cast.TODAY)
    assert not (await close_incident(answer(second), issuer=ISSUER)).is_told
    assert await messages(Purpose.INCIDENT_ANSWER) == []


async def lise_declares_again() -> Incident:
    """By a new link, about the same laptop."""
    lise = (await pupils.get(cast.TWO_HOMES, cast.SERVICE)).representatives[0]
    holder = LinkHolder(
        service_id=cast.SERVICE,
        email=lise.email,
        name=lise.full_name,
        pupil_id=cast.TWO_HOMES,
        representative_id=lise.id,
    )
    async with write_transaction():
        made = await make_link(holder, actor_id="tests", now=cast.NOW)
    person = await person_of_link(made.link.id, now=cast.NOW)
    loan_id = (await family_home(person)).loans[0].loan.id
    return await declare_by_family(
        DeclareIncident(kind=IncidentKind.BREAKDOWN, description="Encore"),
        loan_id=loan_id,
        item_id=cast.LAPTOP,
        person=person,
        base_url=BASE_URL,
        now=cast.NOW,
    )


async def test_what_was_closed_by_mistake_is_opened_again_and_its_answer_kept_aside(clock: Clock) -> None:
    incident = await lise_declares()
    done = (await close_incident(answer(incident, "Réparé."), issuer=ISSUER)).incident
    command = ReopenIncident(incident_id=incident.id, reason="Toujours en panne", version=done.version)
    again = await reopen_incident(command, actor=cast.MANAGER, now=clock.now)
    assert (again.state, again.resolution, again.closed_at) == (IncidentState.OPEN, "", None)
    _, notes = await read_incident(incident.id, actor=cast.READER)
    assert [(note.kind, note.text) for note in notes] == [
        (NoteKind.ANSWER, "Réparé."),
        (NoteKind.REOPENED, "Toujours en panne"),
    ]
    with refused(Conflict, "incident.already_open"):
        await reopen_incident(command, actor=cast.MANAGER, now=clock.now)
    assert (await close_incident(answer(again, "Échangé."), issuer=ISSUER)).is_told
    assert len(await messages(Purpose.INCIDENT_ANSWER, LISE)) == 2


async def test_notes_are_added_open_or_closed_and_never_journaled(clock: Clock) -> None:
    incident = await an_incident()
    await add_note(incident.id, "  Devis demandé ", actor=cast.MANAGER, now=clock.now)
    await close_incident(answer(incident), issuer=ISSUER)
    await add_note(incident.id, "Devis reçu", actor=cast.MANAGER, now=clock.now)
    sheet = await read_incident_sheet(incident.id, actor=cast.READER)
    assert [each.note.text for each in sheet.follow_up] == ["Devis demandé", "Devis reçu"]
    entries = await search(cast.SERVICE, limit=10)
    assert {entry.action for entry in entries} >= {"incident.noted", "incident.closed"}
    assert "Devis" not in str([entry.details for entry in entries])
    with refused(RuleBroken, "incident.invalid"):
        await add_note(incident.id, " ", actor=cast.MANAGER, now=clock.now)


async def test_the_sheet_tells_who_under_which_loan_and_what_was_done_since(clock: Clock) -> None:
    incident = await lise_declares()
    sheet = await read_incident_sheet(incident.id, actor=cast.READER)
    assert (sheet.declarer, sheet.by_link, sheet.is_in_loan, sheet.is_out) == ("Lise Exemple", True, True, False)
    assert (sheet.pupil.id, sheet.school.uai) == (cast.TWO_HOMES, cast.PRIVATE)  # type: ignore[union-attr]
    assert sheet.since[0].action == "loan.item_added"
    ours = await read_incident_sheet((await an_incident(item_id=cast.BRAILLE)).id, actor=cast.READER)
    assert (ours.loan, ours.by_link, ours.is_in_loan) == (None, False, False)


async def test_an_answer_to_an_older_page_is_refused(clock: Clock) -> None:
    incident = await an_incident()
    await incidents.save(replace(incident, description="Complété"))
    with refused(Conflict, "incident.changed"):
        await close_incident(answer(incident), issuer=ISSUER)


ACTS: dict[str, Callable[[UUID, Issuer], Awaitable[object]]] = {
    "papers": lambda id_, by: note_papers(
        NotePapers(incident_id=id_, papers={}, version=1), actor=by.actor, now=by.now
    ),
    "fault": lambda id_, by: find_fault(
        FindFault(incident_id=id_, fault=Fault.NONE, reason="Usure", version=1), actor=by.actor, now=by.now
    ),
    "note": lambda id_, by: add_note(id_, "Note", actor=by.actor, now=by.now),
    "close": lambda id_, by: close_incident(CloseIncident(incident_id=id_, resolution="Fait.", version=1), issuer=by),
    "reopen": lambda id_, by: reopen_incident(
        ReopenIncident(incident_id=id_, reason="Erreur", version=1), actor=by.actor, now=by.now
    ),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
async def test_rights_and_scope_are_checked(act: Callable[[UUID, Issuer], Awaitable[object]], clock: Clock) -> None:
    incident = await an_incident()
    with pytest.raises(PermissionDenied):
        await act(incident.id, replace(ISSUER, actor=cast.READER))
    with refused(NotFound, "incident.not_found"):
        await act(incident.id, replace(ISSUER, actor=cast.STRANGER))
    assert await incidents.notes(incident.id) == []
    assert await list_incidents(IncidentFilter(), actor=cast.READER) == [incident]
    for read in (read_incident, read_incident_sheet):
        with refused(NotFound, "incident.not_found"):
            await read(incident.id, actor=cast.STRANGER)
