"""What a service types of a school or a commune is its own: another one reads nothing, and nothing steers it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors.institution_cast import BAULON_INSEE, TOWN_HALL, code_sent_to, set_up_institutions

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.address import Address
from materiel.domain.places.municipality import AuthorityKind
from materiel.domain.places.school import SchoolKind
from materiel.domain.usage import Custody
from materiel.errors import MaterielError, NotFound, RuleBroken
from materiel.store.engine.database import fetch
from materiel.store.history import journal
from materiel.store.places import school as schools
from materiel.store.work import outbox
from materiel.use_cases.links.institution import InviteInstitution, institution_of_link
from materiel.use_cases.links.institution_link import invite_institution
from materiel.use_cases.links.mailbox import confirm_mailbox, give_up_mailbox, read_mailbox
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.places.municipality import (
    BY_CODE,
    UpdateMunicipality,
    get_municipality,
    municipality_page,
    update_municipality,
)
from materiel.use_cases.places.school import (
    DecideSchoolKind,
    UpdateSchoolContact,
    decide_school_kind,
    get_school,
    list_schools,
    update_school_contact,
)

THEIRS = Actor("token:theirs", Role.MANAGER, cast.OTHER_SERVICE)
ELSEWHERE = Address(lines=("9 rue Inventée",), postcode="29000", city="Quimper")
INVENTED: dict[str, Any] = {
    "address": ELSEWHERE,
    "email": "pirate@exemple.invalid",
    "phone": "02 98 00 00 00",
    "mayor_name": "Nom Inventé",
    "authority_kind": AuthorityKind.EPCI,
    "authority_name": "Communauté inventée",
    "authority_address": ELSEWHERE,
    "authority_email": "pirate.epci@exemple.invalid",
    "signatory_name": "Signataire Inventée",
    "signatory_title": "présidente",
    "deliberation": "n° 1 inventée",
}
SIGNS: dict[str, Any] = {
    "head_name": "Chef Inventé",
    "head_title": "proviseur",
    "on_behalf_of": "OGEC inventé",
    "board_act": "n° 2 inventé",
    "email": "pirate.college@exemple.invalid",
}
HALL = InviteInstitution(insee_code=BAULON_INSEE)
COLLEGE = InviteInstitution(uai=cast.COLLEGE)


@pytest.fixture(autouse=True)
async def people(db: object) -> None:
    await set_up_institutions()


async def change_hall(email: str) -> None:
    commune = await get_municipality(BAULON_INSEE, actor=cast.MANAGER)
    command = UpdateMunicipality(insee_code=BAULON_INSEE, version=commune.version, email=email)
    await update_municipality(command, actor=cast.MANAGER, now=cast.NOW)


async def hall_in_use() -> str:
    return (await get_municipality(BAULON_INSEE, actor=cast.MANAGER)).email


@pytest.mark.parametrize("field", INVENTED)
async def test_what_another_service_types_of_a_commune_changes_nothing_here(field: str) -> None:
    before = await get_municipality(BAULON_INSEE, actor=cast.MANAGER)
    listed = await municipality_page("", BY_CODE, actor=cast.MANAGER, limit=50)
    command = UpdateMunicipality(insee_code=BAULON_INSEE, version=1, **{field: INVENTED[field]})
    saved = await update_municipality(command, actor=THEIRS, now=cast.NOW)
    assert getattr(saved, field) == INVENTED[field]
    assert await get_municipality(BAULON_INSEE, actor=cast.MANAGER) == before
    assert await municipality_page("", BY_CODE, actor=cast.MANAGER, limit=50) == listed
    assert getattr(await get_municipality(BAULON_INSEE, actor=THEIRS), field) == INVENTED[field]


@pytest.mark.parametrize("field", SIGNS)
async def test_what_another_service_types_of_a_school_changes_nothing_here(field: str) -> None:
    before = await get_school(cast.COLLEGE, actor=cast.MANAGER)
    command = UpdateSchoolContact(uai=cast.COLLEGE, version=1, **{field: SIGNS[field]})
    await update_school_contact(command, actor=THEIRS, now=cast.NOW)
    assert await get_school(cast.COLLEGE, actor=cast.MANAGER) == before
    if field != "email":
        assert getattr(await get_school(cast.COLLEGE, actor=THEIRS), field) == SIGNS[field]


async def test_the_kind_that_another_service_decides_does_not_decide_here() -> None:
    before = await get_school(cast.IME, actor=cast.MANAGER)
    command = DecideSchoolKind(uai=cast.IME, kind=SchoolKind.EPLE, reason="Inventé", version=1)
    await decide_school_kind(command, actor=THEIRS, now=cast.NOW)
    assert await get_school(cast.IME, actor=cast.MANAGER) == before
    assert cast.IME not in {each.uai for each in await list_schools(actor=cast.MANAGER, kind=SchoolKind.EPLE)}
    assert cast.IME in {each.uai for each in await list_schools(actor=THEIRS, kind=SchoolKind.EPLE)}


async def test_papers_and_links_of_a_service_use_what_it_typed_alone() -> None:
    command = UpdateMunicipality(insee_code=BAULON_INSEE, version=1, **INVENTED)
    await update_municipality(command, actor=THEIRS, now=cast.NOW)
    applied = await issue_loan(await cast.a_draft(custody=Custody.SCHOOL), issuer=cast.ISSUER)
    names = {box.name for document in applied.made for box in document.signatures}
    assert "Andrea Personnage" in names
    assert not names & {"Nom Inventé", "Signataire Inventée"}
    assert (await invite_institution(HALL, issuer=cast.ISSUER)).link.email == TOWN_HALL
    theirs = await invite_institution(HALL, issuer=replace(cast.ISSUER, actor=THEIRS))
    assert theirs.link.email == INVENTED["email"]
    assert (await institution_of_link(theirs.link.id, now=cast.NOW)).service.id == cast.OTHER_SERVICE


async def test_a_contact_keeps_its_id_for_life() -> None:
    first = (await get_municipality(BAULON_INSEE, actor=cast.MANAGER)).contact_id
    commune = await get_municipality(BAULON_INSEE, actor=cast.MANAGER)
    command = UpdateMunicipality(insee_code=BAULON_INSEE, version=commune.version, mayor_name="Autre Personnage")
    await update_municipality(command, actor=cast.MANAGER, now=cast.NOW)
    assert first is not None
    assert (await get_municipality(BAULON_INSEE, actor=cast.MANAGER)).contact_id == first
    assert (await get_municipality(BAULON_INSEE, actor=THEIRS)).contact_id is None


async def test_a_changed_mailbox_waits_for_the_code_that_was_sent_to_it() -> None:
    await change_hall("nouvelle@baulon.example")
    assert await hall_in_use() == TOWN_HALL
    assert (await invite_institution(HALL, issuer=cast.ISSUER)).link.email == TOWN_HALL
    code = await code_sent_to("nouvelle@baulon.example")
    confirmed = await confirm_mailbox(HALL, f" {code[:3]} {code[3:]} ", actor=cast.MANAGER, now=cast.NOW)
    assert (confirmed.email, confirmed.pending) == ("nouvelle@baulon.example", None)
    assert await hall_in_use() == "nouvelle@baulon.example"


async def test_the_former_mailbox_is_told_and_the_journal_says_it_without_an_address() -> None:
    await change_hall("nouvelle@baulon.example")
    told = [each for each in await outbox.page(cast.SERVICE, limit=50) if each.to_address == TOWN_HALL]
    assert [each.purpose.value for each in told] == ["mailbox_changed"]
    assert "nouvelle@" not in told[0].text
    await confirm_mailbox(HALL, await code_sent_to("nouvelle@baulon.example"), actor=cast.MANAGER, now=cast.NOW)
    entries = [each for each in await journal.of_subject(cast.SERVICE, BAULON_INSEE)]
    assert {"institution.mailbox_asked", "institution.mailbox_changed"} <= {each.action for each in entries}
    assert "@" not in str([each.details for each in entries])


async def test_a_wrong_code_is_counted_then_refused() -> None:
    await change_hall("nouvelle@baulon.example")
    code = await code_sent_to("nouvelle@baulon.example")
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(5):
        with pytest.raises(RuleBroken, match=r"mailbox\.code_wrong"):
            await confirm_mailbox(HALL, wrong, actor=cast.MANAGER, now=cast.NOW)
    with pytest.raises(RuleBroken, match=r"mailbox\.code_exhausted"):
        await confirm_mailbox(HALL, code, actor=cast.MANAGER, now=cast.NOW)
    assert await hall_in_use() == TOWN_HALL


async def test_a_code_is_over_after_a_week() -> None:
    await change_hall("nouvelle@baulon.example")
    waiting = (await read_mailbox(HALL, actor=cast.READER)).pending
    assert waiting is not None
    with pytest.raises(RuleBroken, match=r"mailbox\.code_expired"):
        await confirm_mailbox(HALL, "000000", actor=cast.MANAGER, now=waiting.expires_at)


async def test_a_second_code_at_once_is_refused_and_a_new_mailbox_may_be_given_up() -> None:
    await change_hall("nouvelle@baulon.example")
    with pytest.raises(RuleBroken, match=r"mailbox\.too_soon"):
        await change_hall("nouvelle@baulon.example")
    await give_up_mailbox(HALL, actor=cast.MANAGER, now=cast.NOW)
    with pytest.raises(NotFound, match=r"mailbox\.nothing_pending"):
        await give_up_mailbox(HALL, actor=cast.MANAGER, now=cast.NOW)


async def test_the_code_of_a_service_confirms_nothing_for_another() -> None:
    await change_hall("nouvelle@baulon.example")
    code = await code_sent_to("nouvelle@baulon.example")
    with pytest.raises(MaterielError, match=r"mailbox\.nothing_pending"):
        await confirm_mailbox(HALL, code, actor=THEIRS, now=cast.NOW)


async def test_the_first_mailbox_needs_no_code_unless_links_were_sent() -> None:
    command = UpdateMunicipality(insee_code=BAULON_INSEE, version=1, email="premiere@quimper.example")
    assert (await update_municipality(command, actor=THEIRS, now=cast.NOW)).email == "premiere@quimper.example"
    await invite_institution(HALL, issuer=cast.ISSUER)
    await change_hall("")
    await change_hall("nouvelle@baulon.example")
    assert await hall_in_use() == ""
    assert (await read_mailbox(HALL, actor=cast.READER)).pending is not None


async def test_an_import_does_not_move_a_mailbox_that_was_written_to() -> None:
    published = (await get_school(cast.COLLEGE, actor=cast.MANAGER)).email
    link = (await invite_institution(COLLEGE, issuer=cast.ISSUER)).link
    await fetch(f"UPDATE school SET email = 'pirate@exemple.invalid' WHERE uai = '{cast.COLLEGE}'")
    school = await schools.by_uai(cast.COLLEGE, cast.SERVICE)
    assert (school.email, school.published_email) == (published, "pirate@exemple.invalid")
    assert (await institution_of_link(link.id, now=cast.NOW)).name == school.name


async def test_the_mailbox_of_a_school_is_confirmed_too() -> None:
    before = (await get_school(cast.COLLEGE, actor=cast.MANAGER)).email
    command = UpdateSchoolContact(uai=cast.COLLEGE, version=1, email="accueil@college.example")
    await update_school_contact(command, actor=cast.MANAGER, now=cast.NOW)
    assert (await get_school(cast.COLLEGE, actor=cast.MANAGER)).email == before
    await confirm_mailbox(COLLEGE, await code_sent_to("accueil@college.example"), actor=cast.MANAGER, now=cast.NOW)
    assert (await get_school(cast.COLLEGE, actor=cast.MANAGER)).email == "accueil@college.example"
