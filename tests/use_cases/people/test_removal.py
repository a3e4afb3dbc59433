"""A pupil entered by mistake goes when nothing was issued; a double is merged, and what it held follows."""

from __future__ import annotations

from datetime import date

import pytest
from tests.use_cases import loan_cast as cast

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.history.reading import ReadingKind
from materiel.domain.papers.document import AGREEMENTS, Party, SignatureChannel
from materiel.domain.people.pupil import Capacity
from materiel.domain.work.outbox import About, Message, Purpose
from materiel.errors import Conflict, NotFound, RuleBroken
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.loan import loan as loans
from materiel.store.papers import correction as corrections
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.work import outbox
from materiel.use_cases.history.reading import list_readings, record_reading
from materiel.use_cases.loan.steps import cancel_loan, issue_loan
from materiel.use_cases.people.pupil import (
    RegisterPupil,
    RepresentativeInput,
    UpdatePupil,
    register_pupil,
    update_pupil,
)
from materiel.use_cases.people.removal import DeletePupil, MergePupil, delete_pupil, merge_pupil
from materiel.use_cases.signing.recording import RecordSignature, record_signature

WHY = "Saisi deux fois"


@pytest.fixture(autouse=True)
async def known(db):
    await cast.set_up()


async def a_double(**changes):
    """Zoé, typed a second time without her accent, with a parent written otherwise and another one."""
    child = cast.a_child()
    parent = child.representatives[0]
    people = (
        RepresentativeInput(last_name=parent.last_name.upper(), first_name=parent.first_name, capacity=parent.capacity),
        RepresentativeInput(last_name="Autre", first_name="Personne", capacity=Capacity.GUARDIAN),
    )
    typed = RegisterPupil(
        last_name="EXEMPLE",
        first_name="Zoe",
        birth_date=date(2016, 5, 4),
        school=cast.BAULON,
        homes=child.homes,
        representatives=people,
    )
    return await register_pupil(typed, actor=cast.MANAGER, now=cast.NOW)


async def delete(pupil_id, reason=WHY):
    await delete_pupil(DeletePupil(pupil_id=pupil_id, reason=reason), actor=cast.MANAGER, now=cast.NOW)


async def merge(former, into=cast.CHILD, reason=WHY):
    command = MergePupil(pupil_id=former, into=into, reason=reason)
    return await merge_pupil(command, actor=cast.MANAGER, now=cast.NOW)


async def test_a_pupil_without_anything_issued_is_deleted_with_a_given_up_draft():
    double = await a_double()
    draft = await cast.a_draft(pupil=double.id)
    with pytest.raises(Conflict) as refused:
        await delete(double.id)
    assert refused.value.code == "pupil.has_loans"
    await cancel_loan(draft, reason="Erreur", issuer=cast.ISSUER)
    with pytest.raises(RuleBroken) as reasonless:
        await delete(double.id, reason=" \u200b ")
    assert reasonless.value.code == "correction.invalid"
    await delete(double.id)
    with pytest.raises(NotFound):
        await pupils.get(double.id, cast.SERVICE)
    assert await fetch("SELECT id FROM representative WHERE last_name = 'Autre'") == []
    assert (await loans.get(draft, cast.SERVICE)).pupil_id is None
    entries = await journal.of_subject(cast.SERVICE, double.id)
    assert entries[-1].action == "pupil.deleted"


async def a_message(pupil, person=None):
    message = Message(
        id=new_id(),
        service_id=cast.SERVICE,
        purpose=Purpose.NEW_LINK,
        to_address="famille@exemple.fr",
        subject="Lien",
        text="Bonjour",
        html="",
        message_id=f"<{new_id()}@exemple.fr>",
        created_at=cast.NOW,
        next_attempt_at=cast.NOW,
        about=About(pupil_id=pupil.id, person_id=person.id if person else None),
    )
    async with write_transaction():
        assert await outbox.add(message)
    return message


async def test_the_messages_of_a_mistake_go_with_it():
    double = await a_double()
    await a_message(double, double.representatives[0])
    await a_message(double)
    kept = await a_message(cast.a_child())
    await delete(double.id)
    assert [each.id for each in await outbox.page(cast.SERVICE, limit=9)] == [kept.id]


async def test_the_messages_of_a_double_follow_to_the_record_and_the_person_kept():
    double = await a_double()
    same, other = double.representatives
    messages = [await a_message(double, same), await a_message(double, other), await a_message(double)]
    await merge(double.id)
    kept = await pupils.get(cast.CHILD, cast.SERVICE)
    about = {each.id: each.about for each in await outbox.page(cast.SERVICE, limit=9)}
    assert [about[each.id].pupil_id for each in messages] == [cast.CHILD] * 3
    people = [about[each.id].person_id for each in messages]
    assert people == [kept.representatives[0].id, other.id, None]
    assert {person for person in people if person} <= {each.id for each in kept.representatives}


async def test_who_read_a_double_is_told_of_the_record_kept():
    double = await a_double()
    for pupil_id in (double.id, cast.CHILD, cast.ADULT):
        await record_reading(ReadingKind.PUPIL, pupil_id, actor=cast.MANAGER, now=cast.NOW)
    await merge(double.id)
    admin = Actor("tests", Role.ADMIN, cast.SERVICE)
    found = await list_readings(actor=admin, pupil_id=cast.CHILD, limit=9)
    assert len(found) == 2
    assert len({each.pupil for each in found}) == 1
    assert len(await list_readings(actor=admin, limit=9)) == 3


async def test_a_pupil_with_a_paper_is_never_deleted():
    loan = await cast.a_draft()
    await issue_loan(loan, issuer=cast.ISSUER)
    await cancel_loan(loan, reason="Erreur", issuer=cast.ISSUER)
    with pytest.raises(Conflict) as refused:
        await delete(cast.CHILD)
    assert refused.value.code == "pupil.has_loans"


async def test_what_a_double_held_goes_to_the_record_kept_and_papers_do_not_change():
    double = await a_double()
    loan = await cast.a_draft(pupil=double.id)
    await issue_loan(loan, issuer=cast.ISSUER)
    before = await documents.of_loan(loan)
    kept = await merge(double.id)
    assert kept.id == cast.CHILD
    assert (await loans.get(loan, cast.SERVICE)).pupil_id == cast.CHILD
    after = await documents.of_loan(loan)
    assert [(each.id, each.content, each.sha256) for each in after] == [
        (each.id, each.content, each.sha256) for each in before
    ]
    names = [person.full_name for person in kept.representatives]
    assert names == [*(person.full_name for person in cast.a_child().representatives), "Personne Autre"]
    signers = {box.signer_id for each in after for box in each.signatures if box.signer_id}
    assert not signers & {person.id for person in double.representatives[:1]}
    with pytest.raises(NotFound):
        await pupils.get(double.id, cast.SERVICE)
    (correction,) = await corrections.about([cast.CHILD], cast.SERVICE)
    assert correction.reason == WHY
    assert (await journal.of_subject(cast.SERVICE, cast.CHILD))[-1].details["former"] == str(double.id)


async def test_a_merge_that_would_make_something_false_is_refused():
    double = await a_double()
    cases = [(double.id, double.id, "pupil.merge_itself"), (cast.TWO_HOMES, cast.CHILD, "pupil.merge_schools")]
    moved = await cast.a_draft(pupil=cast.TWO_HOMES, school=cast.PRIVATE, items=(cast.BRAILLE,))
    await issue_loan(moved, issuer=cast.ISSUER)
    for former, into, code in cases:
        with pytest.raises(Conflict) as refused:
            await merge(former, into)
        assert refused.value.code == code
    with pytest.raises(NotFound):
        await merge_pupil(
            MergePupil(pupil_id=double.id, into=cast.CHILD, reason=WHY), actor=cast.STRANGER, now=cast.NOW
        )


async def signed_loan(pupil_id, item):
    """A loan whose agreement the first representative of a record has signed on paper."""
    loan = await cast.a_draft(pupil=pupil_id, items=(item,))
    await issue_loan(loan, issuer=cast.ISSUER)
    paper = next(each for each in await documents.of_loan(loan) if each.kind in AGREEMENTS)
    box = next(each for each in paper.signatures if each.party is Party.BORROWER)
    command = RecordSignature(
        document_id=paper.id, signatory_id=box.id, signed_on=cast.TODAY, channel=SignatureChannel.PAPER
    )
    await record_signature(command, actor=cast.MANAGER, now=cast.NOW)
    return box.signer_id


async def test_the_id_that_has_signed_is_the_one_that_stays():
    double = await a_double()
    signer = await signed_loan(double.id, cast.LAPTOP)
    kept = await merge(double.id)
    assert signer in {person.id for person in kept.representatives}
    assert len(kept.representatives) == len(cast.a_child().representatives) + 1


async def test_whoever_has_signed_under_both_records_keeps_them_apart():
    double = await a_double()
    await signed_loan(double.id, cast.LAPTOP)
    other = await a_double()
    await signed_loan(other.id, cast.BRAILLE)
    with pytest.raises(Conflict) as refused:
        await merge(double.id, other.id)
    assert refused.value.code == "pupil.merge_signed"


async def test_a_death_on_one_record_alone_keeps_them_apart():
    double = await a_double()
    await update_pupil(UpdatePupil(pupil_id=double.id, version=1, died_on=cast.TODAY), actor=cast.MANAGER, now=cast.NOW)
    with pytest.raises(Conflict) as refused:
        await merge(double.id)
    assert refused.value.code == "pupil.merge_deceased"
