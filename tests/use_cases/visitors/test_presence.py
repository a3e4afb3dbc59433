"""Confirming that deposited items are there, or saying that one is not."""

from datetime import timedelta

import pytest
from tests.stage.presences import presences_of_item
from tests.use_cases.loan_cast import (
    BAULON,
    BRAILLE,
    COLLEGE,
    ISSUER,
    KEYBOARD,
    LAPTOP,
    MANAGER,
    NOW,
    SERVICE,
    STRANGER,
    TODAY,
)
from tests.use_cases.visitors.institution_cast import (
    BAULON_INSEE,
    a_deposit,
    a_tripartite,
    an_institution,
    set_up_institutions,
)

from materiel.domain.incident.incident import DeclaredAs, IncidentKind
from materiel.errors import NotFound, RuleBroken
from materiel.store.history.search import search
from materiel.store.incident import incident as incidents
from materiel.use_cases.incident.incident import DeclareIncident
from materiel.use_cases.links.deposit import held_by, held_item
from materiel.use_cases.links.institution import InviteInstitution, institution_sheet
from materiel.use_cases.visitors.presence import (
    confirm_presence,
    confirm_readings,
    declare_by_institution,
)

URL = ISSUER.base_url


@pytest.fixture(autouse=True)
async def _cast(db):
    await set_up_institutions()


async def test_what_is_ticked_is_confirmed_and_the_service_reads_it():
    await a_deposit()
    college = await an_institution(COLLEGE)
    await confirm_presence([BRAILLE], institution=college, now=NOW)
    (seen,) = await presences_of_item(BRAILLE)
    assert (seen.is_present, seen.seen_on, seen.confirmed_by) == (True, TODAY, f"link:{college.link.id}")
    kept = (await institution_sheet(InviteInstitution(uai=COLLEGE), actor=MANAGER)).home.held
    assert [each.presence and each.presence.seen_on for each in kept] == [TODAY, None]


async def test_a_form_sent_twice_is_kept_once_and_the_next_day_is_another():
    await a_deposit()
    college = await an_institution(COLLEGE)
    for when in (NOW, NOW, NOW + timedelta(days=1)):
        await confirm_presence([BRAILLE, BRAILLE, KEYBOARD], institution=college, now=when)
    assert len(await presences_of_item(BRAILLE)) == 2
    entries = [each for each in await search(str(SERVICE), limit=50) if each.action == "presence.confirmed"]
    assert len(entries) == 2
    assert "35-2026" not in str(entries[0].details)


async def test_nothing_is_confirmed_when_one_item_is_kept_elsewhere():
    await a_deposit()
    await a_tripartite(BAULON)
    college = await an_institution(COLLEGE)
    with pytest.raises(RuleBroken) as refused:
        await confirm_presence([BRAILLE, LAPTOP], institution=college, now=NOW)
    assert refused.value.code == "presence.not_held"
    assert await presences_of_item(BRAILLE) == []
    assert await presences_of_item(LAPTOP) == []


async def test_confirming_nothing_is_told():
    with pytest.raises(RuleBroken) as refused:
        await confirm_presence([], institution=await an_institution(COLLEGE), now=NOW)
    assert refused.value.code == "presence.nothing"


async def test_scanned_and_typed_lines_are_confirmed_and_the_others_given_back():
    await a_deposit()
    college = await an_institution(COLLEGE)
    text = "https://pret.example.fr/Q/ABCDEFGHJKM02\n35-2026-00003\n\n35-2026-00001\nbonjour\nbonjour"
    confirmed = await confirm_readings(text, institution=college, now=NOW)
    assert [each.item.id for each in confirmed.items] == [BRAILLE, KEYBOARD]
    # An item kept by nobody here is as unknown as a word: its number tells nothing.
    assert confirmed.unknown == ("35-2026-00001", "bonjour")


async def test_no_reading_is_told_and_too_many_are_refused():
    college = await an_institution(COLLEGE)
    for text, code in (("  \n ", "presence.nothing"), ("x\n" * 501, "presence.too_many")):
        with pytest.raises(RuleBroken) as refused:
            await confirm_readings(text, institution=college, now=NOW)
        assert refused.value.code == code


async def test_the_commune_reads_what_the_ecole_confirmed():
    await a_tripartite()
    ecole, commune = await an_institution(BAULON), await an_institution(insee_code=BAULON_INSEE)
    await confirm_presence([LAPTOP], institution=ecole, now=NOW)
    (kept,) = await held_by(commune)
    assert kept.presence is not None
    assert kept.presence.confirmed_by == ecole.link.actor_id


async def test_an_absence_opens_an_incident_and_is_the_last_word_on_the_item():
    await a_deposit()
    college = await an_institution(COLLEGE)
    await confirm_presence([BRAILLE], institution=college, now=NOW)
    command = DeclareIncident(kind=IncidentKind.ABSENCE, description="Plus dans l'armoire depuis lundi.")
    for _ in range(2):
        await declare_by_institution(command, item_id=BRAILLE, institution=college, base_url=URL, now=NOW)
    (declared,) = await incidents.of_item(BRAILLE, SERVICE)
    assert (declared.kind, declared.declared_as) == (IncidentKind.ABSENCE, DeclaredAs.INSTITUTION)
    kept = await held_item(BRAILLE, college)
    assert kept.presence is not None
    assert not kept.presence.is_present
    assert [each.id for each in kept.incidents] == [declared.id]
    assert [each.is_present for each in await presences_of_item(BRAILLE)] == [True, False]


async def test_a_breakdown_says_nothing_of_presence():
    await a_deposit()
    college = await an_institution(COLLEGE)
    command = DeclareIncident(kind=IncidentKind.BREAKDOWN, description="L'écran reste noir.")
    await declare_by_institution(command, item_id=BRAILLE, institution=college, base_url=URL, now=NOW)
    assert await presences_of_item(BRAILLE) == []


async def test_a_refused_absence_leaves_no_trace():
    await a_deposit()
    college = await an_institution(COLLEGE)
    command = DeclareIncident(kind=IncidentKind.ABSENCE, description=" ")
    with pytest.raises(RuleBroken):
        await declare_by_institution(command, item_id=BRAILLE, institution=college, base_url=URL, now=NOW)
    assert await incidents.of_item(BRAILLE, SERVICE) == []
    assert await presences_of_item(BRAILLE) == []


async def test_nothing_is_declared_about_an_item_kept_elsewhere():
    await a_tripartite(BAULON)
    command = DeclareIncident(kind=IncidentKind.BREAKDOWN, description="L'écran reste noir.")
    college = await an_institution(COLLEGE)
    with pytest.raises(NotFound):
        await declare_by_institution(command, item_id=LAPTOP, institution=college, base_url=URL, now=NOW)
    assert await incidents.of_item(LAPTOP, SERVICE) == []


async def test_another_service_reads_no_confirmation_of_ours():
    await a_deposit()
    assert (await institution_sheet(InviteInstitution(uai=COLLEGE), actor=STRANGER)).home.held == ()
