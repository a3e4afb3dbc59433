"""Sending a document to a family, reminding it, and the links that this makes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from tests.stage import family_cast as family
from tests.stage.family_cast import BASE_URL, ILAN, LISE, PAUL, Clock, messages
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.item.item import Condition
from materiel.domain.loan.steps import HandedItem
from materiel.domain.papers.document import Document, DocumentKind, SignatureChannel
from materiel.domain.signing.electronic_signature import Intent
from materiel.domain.work.outbox import Purpose
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import write_transaction
from materiel.store.history.search import search
from materiel.store.links import access_link as links
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.use_cases.links.access_link import enter_by, links_of_pupil, open_link, person_of_link, revoke_link
from materiel.use_cases.links.link_request import request_links_of
from materiel.use_cases.loan.steps import HandOver, hand_over
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.people.pupil import RepresentativeInput, UpdatePupil, update_pupil
from materiel.use_cases.signing.disagreement import declare_disagreement
from materiel.use_cases.signing.electronic_signature import (
    SignElectronically,
    ask_code,
    evidence_of,
    sign_electronically,
)
from materiel.use_cases.signing.recording import RecordSignature, record_signature
from materiel.use_cases.signing.reminder import remind_signatures
from materiel.use_cases.signing.request import SendForSignature, send_for_signature
from materiel.use_cases.visitors.family import family_home

INPUT = RepresentativeInput.__dataclass_fields__


@pytest.fixture
async def clock(db: object) -> Clock:
    await family.set_up()
    return Clock()


def issuer(clock: Clock, actor: object = cast.MANAGER) -> Issuer:
    return Issuer(actor=actor, now=clock.now, base_url=BASE_URL)  # type: ignore[arg-type]


async def ask(document: Document, clock: Clock) -> tuple[tuple[str, ...], tuple[str, ...]]:
    sent = await send_for_signature(SendForSignature(document_id=document.id), issuer=issuer(clock))
    return sent.written_to, sent.to_print


async def test_both_homes_are_written_to_by_links_of_their_own(clock: Clock) -> None:
    agreement = await family.an_agreement()
    assert await ask(agreement, clock) == (("Lise Exemple", "Paul Exemple"), ())
    sent = await messages(Purpose.SIGNATURE_REQUEST)
    assert [each.to_address for each in sent] == [LISE, PAUL]
    paths = [family.link_in(each) for each in sent]
    assert len(set(paths)) == 2
    assert all(path.endswith(f"/{agreement.code}") for path in paths)
    assert "Une seule signature suffit" in sent[0].text
    assert "Votre signature n’est pas obligatoire" in sent[1].text
    assert PAUL not in sent[0].text + sent[0].html
    entry = (await search(cast.SERVICE, limit=1))[0]
    assert (entry.action, entry.details["letters"]) == ("document.sent_for_signature", 2)


async def test_whoever_has_no_address_is_to_be_handed_a_print(clock: Clock) -> None:
    noe = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    lise, paul = noe.representatives
    await family.change_pupil(representatives=(lise, replace(paul, email="")))
    agreement = await family.an_agreement()
    assert await ask(agreement, clock) == (("Lise Exemple",), ("Paul Exemple",))


async def test_a_second_click_sends_nothing_more(clock: Clock) -> None:
    agreement = await family.an_agreement()
    await ask(agreement, clock)
    clock.later(seconds=60)
    assert await ask(agreement, clock) == (("Lise Exemple", "Paul Exemple"), ())
    assert len(await messages()) == 2
    clock.later(minutes=5)
    await ask(agreement, clock)
    assert len(await messages()) == 4


async def test_the_former_link_of_the_same_person_lives_until_the_new_one_is_used(clock: Clock) -> None:
    agreement = await family.an_agreement()
    await ask(agreement, clock)
    clock.later(minutes=5)
    await ask(agreement, clock)
    tokens = [family.token_in(family.link_in(each)) for each in await messages()]
    former, of_paul, new, _ = [await open_link(token, now=clock.now) for token in tokens]
    assert former is not None
    assert of_paul is not None
    assert new is not None
    # A mail scanner has opened every link: nothing is lost. Then Lise reads a page behind the new one.
    async with write_transaction():
        await enter_by(new.id, clock.now)
    assert await open_link(tokens[0], now=clock.now) is None
    assert await open_link(tokens[1], now=clock.now) == replace(of_paul, last_opened_at=clock.now)
    # What she had opened by the former one stays open.
    assert (await person_of_link(former.id, now=clock.now)).name == "Lise Exemple"


async def test_closing_a_link_closes_every_link_of_the_person(clock: Clock) -> None:
    agreement = await family.an_agreement()
    await ask(agreement, clock)
    clock.later(minutes=5)
    await ask(agreement, clock)
    first, of_paul, last, _ = await links.of_pupil(cast.TWO_HOMES)
    await revoke_link(last.id, actor=cast.MANAGER, now=clock.now)
    for link in (first, last):
        with refused(NotFound, "access_link.closed"):
            await person_of_link(link.id, now=clock.now)
    assert (await person_of_link(of_paul.id, now=clock.now)).name == "Paul Exemple"


async def test_parents_who_share_a_mailbox_keep_a_link_each(clock: Clock) -> None:
    noe = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    await family.change_pupil(representatives=tuple(replace(each, email=LISE) for each in noe.representatives))
    await ask(await family.an_agreement(), clock)
    tokens = [family.token_in(family.link_in(each)) for each in await messages()]
    opened = [await open_link(token, now=clock.now) for token in tokens]
    people = [await person_of_link(link.id, now=clock.now) for link in opened if link]
    assert [person.name for person in people] == ["Lise Exemple", "Paul Exemple"]


async def test_an_adult_is_written_to_at_the_pupils_own_address(clock: Clock) -> None:
    agreement = await family.an_agreement(cast.ADULT, cast.KEYBOARD)
    await family.change_pupil(cast.ADULT, email="")
    assert await ask(agreement, clock) == ((), ("Ilan Modèle",))
    await family.change_pupil(cast.ADULT, email=ILAN)
    assert await ask(agreement, clock) == (("Ilan Modèle",), ())
    assert [each.to_address for each in await messages()] == [ILAN]


async def test_what_no_family_signs_is_not_sent(clock: Clock) -> None:
    agreement = await family.an_agreement()
    notice = next(each for each in await documents.of_loan(agreement.loan_id) if each.kind is DocumentKind.NOTICE)
    with refused(RuleBroken, "signature.nobody_to_ask"):
        await ask(notice, clock)


async def test_nothing_is_asked_after_a_signature_a_death_or_under_a_disagreement(clock: Clock) -> None:
    agreement = await family.an_agreement()
    await family.change_pupil(disagreement=True)
    with refused(RuleBroken, "signature.disagreement"):
        await ask(agreement, clock)
    await family.change_pupil(disagreement=False, died_on=cast.TODAY)
    with refused(RuleBroken, "pupil.deceased"):
        await ask(agreement, clock)
    await family.change_pupil(died_on=None)
    await sign_on_paper(agreement)
    with refused(Conflict, "signature.already_signed"):
        await ask(agreement, clock)
    assert await messages() == []


async def sign_on_paper(agreement: Document) -> None:
    box = next(each for each in agreement.signatures if each.name == "Lise Exemple")
    command = RecordSignature(
        document_id=agreement.id, signatory_id=box.id, signed_on=cast.TODAY, channel=SignatureChannel.PAPER
    )
    await record_signature(command, actor=cast.MANAGER, now=cast.NOW)


async def test_rights_and_scope_are_checked(clock: Clock) -> None:
    agreement = await family.an_agreement()
    command = SendForSignature(document_id=agreement.id)
    with pytest.raises(PermissionDenied):
        await send_for_signature(command, issuer=issuer(clock, cast.READER))
    with refused(NotFound, "document.not_found"):
        await send_for_signature(command, issuer=issuer(clock, cast.STRANGER))
    with refused(NotFound, "document.not_found"):
        await evidence_of(agreement.id, actor=cast.STRANGER)
    with refused(NotFound, "pupil.not_found"):
        await links_of_pupil(cast.TWO_HOMES, actor=cast.STRANGER)
    await ask(agreement, clock)
    (link, _) = await links.of_pupil(cast.TWO_HOMES)
    with refused(NotFound, "access_link.not_found"):
        await revoke_link(link.id, actor=cast.STRANGER, now=clock.now)


async def test_a_link_closed_by_the_service_is_not_given_again(clock: Clock) -> None:
    await ask(await family.an_agreement(), clock)
    (link, _) = await links.of_pupil(cast.TWO_HOMES)
    for _ in range(2):
        await revoke_link(link.id, actor=cast.MANAGER, now=clock.now)
    with refused(NotFound, "access_link.closed"):
        await person_of_link(link.id, now=clock.now)
    closings = [each for each in await search(cast.SERVICE, limit=50) if each.action == "access_link.revoked"]
    assert len(closings) == 1


async def test_reminders_follow_a_week_later_and_stop(clock: Clock) -> None:
    agreement = await family.an_agreement()
    assert (await remind_signatures(issuer=issuer(clock))).reminded == 0
    await ask(agreement, clock)
    clock.later(days=6)
    assert (await remind_signatures(issuer=issuer(clock))).reminded == 0
    clock.later(days=1)
    foreseen = await remind_signatures(issuer=issuer(clock), dry_run=True)
    assert (foreseen.reminded, foreseen.documents) == (1, [agreement.number])
    assert await messages(Purpose.SIGNATURE_REMINDER) == []
    for _ in range(8):
        await remind_signatures(issuer=issuer(clock))
        clock.later(days=7)
    reminders = await messages(Purpose.SIGNATURE_REMINDER)
    assert [each.to_address for each in reminders] == [LISE] * 5
    assert "rappel" in reminders[0].subject


async def test_nobody_is_reminded_under_a_disagreement(clock: Clock) -> None:
    await ask(await family.an_agreement(), clock)
    await family.change_pupil(disagreement=True)
    clock.later(days=8)
    assert (await remind_signatures(issuer=issuer(clock))).reminded == 0


async def test_a_disagreement_without_two_parents_means_nothing(clock: Clock) -> None:
    agreement = await family.an_agreement(cast.ADULT, cast.KEYBOARD)
    await ask(agreement, clock)
    (link,) = await links.of_pupil(cast.ADULT)
    person = await person_of_link(link.id, now=clock.now)
    with refused(RuleBroken, "disagreement.meaningless"):
        await declare_disagreement(person=person, base_url=BASE_URL, now=clock.now)


async def test_two_windows_that_ask_at_once_ask_once(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    agreement = await family.an_agreement()
    await ask(agreement, clock)
    clock.later(minutes=5)

    async def none_seen(_: object) -> tuple[int, list[datetime]]:
        return 0, []

    # The other window has written between this one's look and its own writing.
    monkeypatch.setattr("materiel.store.work.outbox.requests_for", none_seen)
    with refused(Conflict, "document.changed"):
        await ask(agreement, clock)
    made = await links.of_pupil(cast.TWO_HOMES)
    assert [each.revoked_at for each in made] == [None, None]


async def test_a_name_corrected_with_the_same_mailbox_leaves_the_link_open(clock: Clock) -> None:
    agreement = await family.an_agreement()
    await ask(agreement, clock)
    (first, _) = [family.token_in(family.link_in(each)) for each in await messages()]
    noe = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    lise, paul = (RepresentativeInput(**{name: getattr(each, name) for name in INPUT}) for each in noe.representatives)
    command = UpdatePupil(
        pupil_id=noe.id, version=noe.version, representatives=(replace(lise, first_name="Lyse"), paul)
    )
    corrected = await update_pupil(command, actor=cast.MANAGER, now=clock.now)
    assert [each.id for each in corrected.representatives] == [each.id for each in noe.representatives]
    link = await open_link(first, now=clock.now)
    assert link is not None
    person = await person_of_link(link.id, now=clock.now)
    assert person.name == "Lyse Exemple"
    assert [paper.document.id for paper in (await family_home(person)).to_sign] == [agreement.id]
    clock.later(minutes=5)
    # The paper still bears the name of its day; both are written to, Lyse by hers.
    assert await ask(agreement, clock) == (("Lise Exemple", "Paul Exemple"), ())
    assert "Lyse Exemple" in (await messages())[-2].text


async def test_only_the_parent_alone_in_charge_is_written_to_on_every_path(clock: Clock) -> None:
    noe = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    lise, paul = noe.representatives
    before = await family.an_agreement()
    await ask(before, clock)
    paul_link = (await links.of_pupil(cast.TWO_HOMES))[1]
    await family.change_pupil(representatives=(replace(lise, sole_authority=True), paul))
    clock.later(days=8)
    assert await ask(before, clock) == (("Lise Exemple",), ())
    clock.later(days=8)
    assert (await remind_signatures(issuer=issuer(clock))).reminded == 1
    await request_links_of(PAUL, base_url=BASE_URL, now=clock.now)
    excluded = await person_of_link(paul_link.id, now=clock.now)
    home = await family_home(excluded)
    assert (home.loans, home.to_sign, home.signed) == ((), (), ())
    with refused(NotFound, "document.not_found"):
        await ask_code(before.id, signer=excluded, base_url=BASE_URL, now=clock.now)
    with refused(RuleBroken, "disagreement.meaningless"):
        await declare_disagreement(person=excluded, base_url=BASE_URL, now=clock.now)
    lise_link = next(
        each for each in await links.of_pupil(cast.TWO_HOMES) if each.email == LISE and not each.revoked_at
    )
    signer = await person_of_link(lise_link.id, now=clock.now)
    await ask_code(before.id, signer=signer, base_url=BASE_URL, now=clock.now)
    intent = Intent(typed_name=signer.name, capacity="mère", shown_at=clock.now, consented_at=clock.now)
    command = SignElectronically(document_id=before.id, intent=intent, code=await family.last_code(LISE))
    await sign_electronically(command, signer=signer, base_url=BASE_URL, now=clock.now)
    assert len(await messages(to=PAUL)) == 1


async def test_a_receipt_has_no_box_for_an_excluded_parent(clock: Clock) -> None:
    noe = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    lise, paul = noe.representatives
    await family.change_pupil(representatives=(replace(lise, sole_authority=True), paul))
    agreement = await family.an_agreement()
    items = (HandedItem(item_id=cast.LAPTOP, condition=Condition.NEW),)
    command = HandOver(loan_id=agreement.loan_id, handed_over_on=cast.TODAY, items=items)
    await hand_over(command, issuer=issuer(clock))
    for document in await documents.of_loan(agreement.loan_id):
        assert "Paul Exemple" not in [box.name for box in document.signatures]


async def test_from_the_eighteenth_birthday_nothing_more_is_asked_of_the_parents(clock: Clock) -> None:
    agreement, unsigned = await family.an_agreement(), await family.an_agreement(item=cast.SOFTWARE)
    await ask(agreement, clock)
    await ask(unsigned, clock)
    await sign_on_paper(agreement)
    mother = (await links.of_pupil(cast.TWO_HOMES))[-2]
    await family.change_pupil(birth_date=date(clock.now.year - 18, clock.now.month, clock.now.day))
    person = await person_of_link(mother.id, now=clock.now)
    home = await family_home(person)
    assert ([paper.document.id for paper in home.signed], home.to_sign, home.loans) == ([agreement.id], (), ())
    clock.later(days=8)
    assert (await remind_signatures(issuer=issuer(clock))).reminded == 0
    with refused(RuleBroken, "signature.signers_changed"):
        await ask(unsigned, clock)
    before = len(await messages())
    await request_links_of(LISE, base_url=BASE_URL, now=clock.now)
    assert len(await messages()) == before
