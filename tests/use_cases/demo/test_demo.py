"""The demonstration: whole, true to the product, made once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.stage.held import held
from tests.use_cases.accounts.account_cast import VISIT

from materiel.documents.typography import typeset
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.desk.dashboard import Concern
from materiel.domain.incident.file import FileKind
from materiel.domain.incident.incident import IncidentFilter, IncidentKind, IncidentPaper, IncidentState
from materiel.domain.incident.treatment import EXPECTED, missing_papers
from materiel.domain.item.item import ItemStatus
from materiel.domain.loan.loan import LoanStatus
from materiel.domain.papers.annex_rules import pointed_out
from materiel.domain.papers.document import AGREEMENTS, DocumentKind, DocumentStatus
from materiel.scans.letterhead import printable_picture
from materiel.store.engine.database import fetch
from materiel.store.history import journal
from materiel.store.incident import file as incident_files
from materiel.store.papers.list import DocumentFilter
from materiel.use_cases.accounts.annex import list_annexes
from materiel.use_cases.accounts.login import check_password
from materiel.use_cases.accounts.service import choose_service, list_services
from materiel.use_cases.accounts.token import authenticate
from materiel.use_cases.demo import people
from materiel.use_cases.demo.fill import RECTORAT, Demo, fill_demo
from materiel.use_cases.demo.letterhead import fictitious_letterhead
from materiel.use_cases.desk.dashboard import tallies
from materiel.use_cases.incident.incident import list_incident_lines
from materiel.use_cases.item.item import list_items
from materiel.use_cases.links.access_link import open_link
from materiel.use_cases.links.institution import InviteInstitution
from materiel.use_cases.links.institution_link import open_institution_link
from materiel.use_cases.links.mailbox import read_mailbox
from materiel.use_cases.links.referent import open_referent_link
from materiel.use_cases.loan.list import list_documents
from materiel.use_cases.loan.loan import list_loans
from materiel.use_cases.people.pupil import list_pupils

pytestmark = pytest.mark.usefixtures("db")

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
BASE_URL = "http://127.0.0.1:8000"


async def fill(now: datetime = NOW) -> Demo:
    return await fill_demo(
        base_url=BASE_URL, secret_key="k" * 32, actor_id="cli", now=now, progress=lambda done, total: None
    )


async def filled() -> Demo:
    return await held("the demonstration", fill)


async def test_the_demonstration_shows_every_state_and_every_document() -> None:
    demo = await filled()
    actor = await authenticate(demo.tokens["reader"], NOW)
    assert actor is not None
    items = await list_items(actor=actor, limit=200)
    assert len(items) == 61
    assert {item.status for item in items} == set(ItemStatus)
    loans = await list_loans(actor=actor, limit=200)
    assert {loan.status for loan in loans} == set(LoanStatus)
    papers = [each.document for each in await list_documents(DocumentFilter(), actor=actor, limit=200)]
    assert {paper.kind for paper in papers} == set(DocumentKind)
    # A paper is replaced once the one that follows is signed: each here still waits.
    assert {paper.status for paper in papers} == set(DocumentStatus) - {DocumentStatus.REPLACED}
    assert len(await list_pupils(actor=actor, limit=200)) == 21


async def test_an_agreement_of_the_demonstration_carries_what_is_asked_for_its_families_and_nothing_else() -> None:
    demo = await filled()
    actor = Actor("cli", Role.ADMIN, demo.service.id)
    (version,) = await list_annexes(actor=actor, now=NOW)
    assert version.in_force
    papers = [each.document for each in await list_documents(DocumentFilter(), actor=actor, limit=200)]
    families = {each.inventory_number: each.family for each in await list_items(actor=actor, limit=200)}
    for section in version.annex.sections:
        said = typeset(section.text.splitlines()[-1].removeprefix("- "))
        carrying = {each.id for each in papers if said in each.content}
        asked = [number for number, family in families.items() if family is section.family]
        about = {each.id for each in papers if any(number in each.content for number in asked)}
        assert carrying
        assert carrying == {each.id for each in papers if each.kind in AGREEMENTS and each.id in about}
    assert all(version.annex.starts_on < each.issued_on for each in papers)
    assert pointed_out(version.annex.title, version.annex.sections) == ()


async def test_something_waits_under_every_heading_of_the_home_page_but_refused_mail() -> None:
    """No mail leaves a demonstration: no server refuses any."""
    demo = await filled()
    counted = await tallies(actor=Actor("cli", Role.MANAGER, demo.service.id), now=NOW)
    assert [tally.concern for tally in counted if not tally.count] == [Concern.MAIL]


async def test_the_demonstration_has_a_mailbox_to_confirm_a_picture_a_hidden_and_a_foreign_home() -> None:
    demo = await filled()
    actor = Actor("cli", Role.MANAGER, demo.service.id)
    waiting = await read_mailbox(InviteInstitution(uai=people.COLLEGE_SAINT_MALO), actor=actor)
    assert waiting.pending is not None
    homes = [home for pupil in await list_pupils(actor=actor, limit=200) for home in pupil.homes]
    assert (sum(home.confidential for home in homes), {home.address.country for home in homes}) == (1, {"", "Jersey"})
    told = await list_incident_lines(IncidentFilter(), actor=actor, limit=10)
    sent = [await incident_files.of_incident(each.incident.id) for each in told]
    assert [each.kind for kept in sent for each in kept] == [FileKind.PHOTO]


async def test_the_demonstration_tells_incidents_to_treat_and_treated() -> None:
    demo = await filled()
    told = await list_incident_lines(IncidentFilter(), actor=Actor("cli", Role.READER, demo.service.id), limit=10)
    assert {
        (each.incident.kind, each.incident.state, missing_papers(each.incident), each.item.status) for each in told
    } == {
        (IncidentKind.LOSS, IncidentState.CLOSED, (), ItemStatus.LOST),
        (IncidentKind.BREAKDOWN, IncidentState.OPEN, (), ItemStatus.DEPOSITED),
        (IncidentKind.THEFT, IncidentState.OPEN, (IncidentPaper.INSURANCE,), ItemStatus.ON_LOAN),
        (IncidentKind.LOSS, IncidentState.CLOSED, EXPECTED[IncidentKind.LOSS], ItemStatus.TO_PREPARE),
        (IncidentKind.DAMAGE, IncidentState.OPEN, (), ItemStatus.IN_REPAIR),
        (IncidentKind.THEFT, IncidentState.OPEN, EXPECTED[IncidentKind.THEFT], ItemStatus.STOLEN),
    }


async def test_a_second_time_only_makes_fresh_tokens() -> None:
    first = await filled()
    second = await fill()
    assert (first.filled, second.filled) == (True, False)
    assert await authenticate(first.tokens["admin"], NOW) is None
    actor = await authenticate(second.tokens["admin"], NOW)
    assert actor == Actor(actor.id if actor else "", Role.ADMIN, first.service.id)
    assert len(await list_services()) == 2
    assert len(await list_items(actor=Actor("cli", Role.ADMIN, first.service.id), limit=200)) == 61


async def test_the_other_service_sees_what_is_its_own_and_what_it_was_given() -> None:
    await filled()
    rectorat = await choose_service(RECTORAT.code)
    seen = await list_items(actor=Actor("cli", Role.ADMIN, rectorat.id), limit=10)
    numbers = {each.inventory_number for each in seen}
    assert numbers == {"RECT-ORD-001", "RECT-LOU-001", "RECT-TAB-001", "RECT-CLA-001", "DEMO-SCA-004"}


async def test_a_demonstration_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("materiel.use_cases.demo.fill.tell_all", fail)
    with pytest.raises(OSError, match="disk full"):
        await fill()
    assert await list_services() == []
    assert await journal.chains() == []


@pytest.mark.parametrize("month", [6, 9])
async def test_the_demonstration_may_be_made_all_year_round(month: int) -> None:
    demo = await fill(datetime(2027, month, 2, 10, tzinfo=UTC))
    loans = await list_loans(actor=Actor("cli", Role.READER, demo.service.id), limit=200)
    assert {loan.status for loan in loans} == set(LoanStatus)


async def test_its_accounts_and_links_let_in() -> None:
    made = await filled()
    recognised = await check_password(made.access.accounts[1], made.access.password, visit=VISIT, now=NOW)
    assert recognised.user.role is Role.MANAGER
    family, school, town_hall, sector = (url.rpartition("/")[2] for url in made.access.links.values())
    assert await open_link(family, now=NOW)
    for token in (school, town_hall):
        assert await open_institution_link(token, now=NOW)
    assert await open_referent_link(sector, now=NOW)


def test_its_bloc_marque_is_drawn_for_it_and_is_as_ours_are_made() -> None:
    ours = fictitious_letterhead()
    assert printable_picture(ours.png) == ours.png
    assert "Exemple" in ours.alt


async def test_its_papers_bear_it() -> None:
    await filled()
    kept = await fetch("SELECT DISTINCT letterhead FROM document")
    assert [row["letterhead"] for row in kept] == [fictitious_letterhead().sha256]
