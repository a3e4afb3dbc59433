"""From the eighteenth birthday the manager is told, writes to the pupil, and the pupil reads the loan as his own."""

from __future__ import annotations

from datetime import date

import pytest
from tests.stage import family_cast as family
from tests.stage.family_cast import BASE_URL, ILAN, Clock, messages
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.desk.dashboard import Concern
from materiel.domain.links.access_link import FamilyPerson
from materiel.domain.papers.document import DocumentKind, Party, SignatureChannel
from materiel.domain.people.pupil import ProtectionRegime
from materiel.domain.work.outbox import Purpose
from materiel.errors import NotFound, PermissionDenied, RuleBroken
from materiel.store.links import access_link as links
from materiel.store.papers import document as documents
from materiel.use_cases.desk.dashboard import concerned_loans
from materiel.use_cases.links.access_link import person_of_link
from materiel.use_cases.links.pupil import write_to_pupil
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.electronic_signature import ask_code
from materiel.use_cases.signing.recording import RecordSignature, record_signature
from materiel.use_cases.visitors.family import family_document, family_home

NOE = "noe@exemple.fr"
BIRTHDAY = date(cast.NOW.year - 18, cast.NOW.month, cast.NOW.day)


@pytest.fixture
async def clock(db: object) -> Clock:
    await family.set_up()
    return Clock()


def issuer(clock: Clock, actor: object = cast.MANAGER) -> Issuer:
    return Issuer(actor=actor, now=clock.now, base_url=BASE_URL)  # type: ignore[arg-type]


async def came_of_age(clock: Clock) -> list[tuple[str, ...]]:
    await cast.noted()
    found = await concerned_loans(Concern.CAME_OF_AGE, actor=cast.READER, now=clock.now, limit=10)
    return [each.reasons for each in found]


async def noe_himself(clock: Clock) -> FamilyPerson:
    own = [link for link in await links.of_pupil(cast.TWO_HOMES) if link.representative_id is None]
    return await person_of_link(own[-1].id, now=clock.now)


async def test_the_manager_is_told_until_the_pupil_can_be_written_to(clock: Clock) -> None:
    agreement = await family.an_agreement()
    eve = {"birth_date": date(BIRTHDAY.year, BIRTHDAY.month, BIRTHDAY.day + 1)}
    await family.change_pupil(**eve)
    assert await came_of_age(clock) == []
    await family.change_pupil(birth_date=BIRTHDAY)
    ((since, asked),) = await came_of_age(clock)
    assert since == "Majeur depuis le 7 septembre 2026."
    assert "adresse électronique" in asked
    await family.change_pupil(email=NOE)
    ((_, left),) = await came_of_age(clock)
    assert "qui ne signe plus" in left
    await family.change_pupil(protection=ProtectionRegime.GUARDIANSHIP)
    assert await came_of_age(clock) == []
    await family.change_pupil(protection=ProtectionRegime.NONE, died_on=cast.TODAY)
    assert await came_of_age(clock) == []
    await family.change_pupil(died_on=None)
    mother = next(box for box in agreement.signatures if box.party is Party.BORROWER)
    command = RecordSignature(
        document_id=agreement.id, signatory_id=mother.id, signed_on=cast.TODAY, channel=SignatureChannel.PAPER
    )
    await record_signature(command, actor=cast.MANAGER, now=clock.now)
    assert await came_of_age(clock) == []


async def test_the_pupil_reads_what_others_signed_for_him_and_signs_nothing_of_it(clock: Clock) -> None:
    agreement = await family.an_agreement()
    await family.change_pupil(birth_date=BIRTHDAY, email=NOE)
    await write_to_pupil(cast.TWO_HOMES, issuer=issuer(clock))
    (message,) = await messages(Purpose.NEW_LINK)
    assert message.to_address == NOE
    assert "C’est vous, maintenant, qui lisez et signez" in message.text
    person = await noe_himself(clock)
    home = await family_home(person)
    assert [paper.document.id for paper in home.to_read] == [agreement.id]
    assert (home.to_sign, home.signed, len(home.loans)) == ((), (), 1)
    assert (await family_document(agreement.id, person)).paper.box is None
    with refused(NotFound, "document.not_found"):
        await ask_code(agreement.id, signer=person, base_url=BASE_URL, now=clock.now)
    notice = next(each for each in await documents.of_loan(agreement.loan_id) if each.kind is DocumentKind.NOTICE)
    with refused(NotFound, "document.not_found"):
        await family_document(notice.id, person)


async def test_a_second_click_writes_once(clock: Clock) -> None:
    for _ in range(2):
        await write_to_pupil(cast.ADULT, issuer=issuer(clock))
    clock.later(minutes=5)
    await write_to_pupil(cast.ADULT, issuer=issuer(clock))
    assert [each.to_address for each in await messages()] == [ILAN, ILAN]


async def test_only_a_pupil_who_acts_and_has_an_address_is_written_to(clock: Clock) -> None:
    with refused(RuleBroken, "pupil.acts_through_others"):
        await write_to_pupil(cast.CHILD, issuer=issuer(clock))
    await family.change_pupil(cast.ADULT, protection=ProtectionRegime.GUARDIANSHIP)
    with refused(RuleBroken, "pupil.acts_through_others"):
        await write_to_pupil(cast.ADULT, issuer=issuer(clock))
    await family.change_pupil(cast.ADULT, protection=ProtectionRegime.NONE, email="")
    with refused(RuleBroken, "pupil.no_address"):
        await write_to_pupil(cast.ADULT, issuer=issuer(clock))
    with pytest.raises(PermissionDenied):
        await write_to_pupil(cast.ADULT, issuer=issuer(clock, cast.READER))
    with refused(NotFound, "pupil.not_found"):
        await write_to_pupil(cast.ADULT, issuer=issuer(clock, cast.STRANGER))
    assert await messages() == []
