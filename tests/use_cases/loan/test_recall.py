"""A claim is written to those who may be written to, can be taken back, and its letters are judged when they leave."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from tests.documents.reading import readable
from tests.mail.conftest import Postman, serving
from tests.stage import family_cast as family
from tests.stage.family_cast import BASE_URL, ILAN, LISE, PAUL, Clock
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors import institution_cast as places

from materiel.domain.history.correction import CorrectionKind
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.loan.recall_ground import RecallGround
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.domain.papers.document import SignatureChannel
from materiel.domain.usage import Custody, Usage
from materiel.domain.work import pause
from materiel.domain.work.outbox import MessageState, Purpose
from materiel.errors import Conflict, PermissionDenied, RuleBroken
from materiel.store.history.search import search
from materiel.store.item import item as items
from materiel.store.papers import correction as corrections
from materiel.store.papers import document as documents
from materiel.use_cases.loan.letter import recall_letters
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.loan.recall import recall_loan, undo_recall
from materiel.use_cases.loan.steps import HandOver, TakeBack, cancel_loan, hand_over, issue_loan, take_back
from materiel.use_cases.mail import departure
from materiel.use_cases.mail.sending import SendingTally, send_due
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.recording import RecordSignature, record_signature

HOSTILE = "Élève autiste, famille procédurière"
SCHOOLS = {cast.TWO_HOMES: cast.PRIVATE, cast.CHILD: cast.BAULON, cast.ADULT: cast.COLLEGE, None: cast.COLLEGE}
AGREED = RecallGround.BORROWER_AGREES


@pytest.fixture
def postman() -> Iterator[Postman]:
    made = Postman()
    controller = serving(made)
    controller.start()
    yield made
    controller.stop()


@pytest.fixture(autouse=True)
async def clock(db: object) -> Clock:
    await family.set_up()
    await places.set_up_mailbox()
    return Clock()


def at(clock: Clock) -> Issuer:
    return Issuer(actor=cast.MANAGER, now=clock.now, base_url=BASE_URL)


async def out(pupil: UUID | None = cast.TWO_HOMES, custody: Custody = Custody.HOME) -> UUID:
    """A loan handed over."""
    usage = Usage.SHARED if pupil is None else Usage.INDIVIDUAL
    loan_id = await cast.a_draft(pupil=pupil, usage=usage, custody=custody, school=SCHOOLS[pupil], items=(cast.LAPTOP,))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    handed = (HandedItem(item_id=cast.LAPTOP, condition=Condition.GOOD),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=handed), issuer=cast.ISSUER)
    return loan_id


async def recall(loan_id: UUID, clock: Clock, ground: RecallGround | None = AGREED):
    return await recall_loan(loan_id, reason=HOSTILE, ground=ground, issuer=at(clock))


async def send(postman: Postman, clock: Clock) -> SendingTally:
    return await send_due(postman.server, worker="w", base_url=BASE_URL, clock=clock)


async def fates(purpose: Purpose) -> dict[str, tuple[MessageState, str]]:
    return {each.to_address: (each.state, each.reason) for each in await family.messages(purpose)}


async def test_both_homes_read_the_ground_the_day_and_whom_to_call_never_the_explanation(clock: Clock) -> None:
    applied = await recall(await out(), clock)
    letters = {each.to_address: each for each in await family.messages(Purpose.RECALL)}
    assert set(letters) == {LISE, PAUL}
    assert len(applied.letters.written_to) == 2
    assert applied.letters.to_print == ()
    for letter in letters.values():
        assert letter.subject == "DSDEN d’Ille-et-Vilaine\u00a0: le retour du matériel est demandé"
        assert "Le 7\u00a0septembre\u00a02026, nous avons demandé le retour du matériel prêté à Noé" in letter.text
        assert "Pourquoi\u00a0: vous en êtes convenus avec nous." in letter.text
        assert "02 99 00 00 00 (du lundi au vendredi, de 9 h à 12 h)" in readable(letter.text)
        assert "celle de notre demande, non une date limite" in letter.text
        for part in (letter.text, letter.html, letter.subject):
            assert "autiste" not in part
            assert "Ordinateur" not in part
        assert "Noé" not in letter.subject


async def test_an_adult_is_written_to_himself(clock: Clock) -> None:
    await recall(await out(cast.ADULT), clock)
    (letter,) = await family.messages(Purpose.RECALL)
    assert (letter.to_address, letter.about.person_id) == (ILAN, None)
    assert "matériel qui vous est prêté" in letter.text


async def test_a_school_no_longer_eligible_is_a_reason_that_no_letter_gives(clock: Clock) -> None:
    await recall(await out(), clock, RecallGround.NOT_ELIGIBLE)
    text = (await family.messages(Purpose.RECALL))[0].text
    assert "Appelez-nous\u00a0: nous vous dirons pourquoi." in text
    assert "éligible" not in text
    assert "Pourquoi" not in text


async def test_whoever_has_no_address_is_named_and_has_a_letter_to_print(clock: Clock) -> None:
    loan_id = await out(cast.CHILD)
    applied = await recall(loan_id, clock)
    assert applied.letters.to_print == ("Anne Exemple",)
    assert await family.messages(Purpose.RECALL) == []
    printed = await recall_letters(loan_id, actor=cast.MANAGER, today=cast.TODAY)
    (letter,) = printed.letters
    assert (letter.name, letter.lines) == ("Anne Exemple", ("3 rue des Lilas", "35580 Baulon"))
    assert "prêté à Zoé" in letter.paragraphs[0]
    with pytest.raises(PermissionDenied):
        await recall_letters(loan_id, actor=cast.READER, today=cast.TODAY)


async def test_a_deposit_is_claimed_from_its_depositary_alone_without_any_name(clock: Clock) -> None:
    applied = await recall(await out(None, Custody.SCHOOL), clock, None)
    (letter,) = await family.messages(Purpose.RECALL)
    assert letter.about.pupil_id is None
    assert len(applied.letters.written_to) == 1
    assert "Code civil, art.\u00a01944" in letter.text
    assert "autiste" not in letter.text


async def test_a_loan_kept_at_school_is_claimed_from_the_depositary_and_told_to_the_family(clock: Clock) -> None:
    await recall(await out(cast.CHILD, Custody.SCHOOL), clock)
    (town_hall,) = await family.messages(Purpose.RECALL)
    assert town_hall.to_address == places.TOWN_HALL
    assert "Zoé" not in town_hall.text
    assert "convenus" not in town_hall.text
    printed = await recall_letters(town_hall.about.loan_id, actor=cast.MANAGER, today=cast.TODAY)
    assert printed.letters[0].name == "Anne Exemple"
    assert "vous n'avez rien à rapporter" in " ".join(printed.letters[0].paragraphs)


async def test_going_back_makes_the_loan_go_on_and_keeps_its_trace(clock: Clock) -> None:
    loan_id = await out()
    await recall(loan_id, clock)
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status is ItemStatus.DUE_BACK
    clock.later(hours=1)
    with pytest.raises(RuleBroken, match=r"correction\.invalid"):
        await undo_recall(loan_id, reason=" ", issuer=at(clock))
    await undo_recall(loan_id, reason="Mauvais dossier", issuer=at(clock))
    loan = (await get_loan(loan_id, actor=cast.MANAGER)).loan
    assert (loan.recalled_on, loan.recall_reason, loan.recall_ground) == (None, "", None)
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status is ItemStatus.ON_LOAN
    (kept,) = await corrections.about([loan_id], cast.SERVICE)
    assert (kept.kind, kept.reason) == (CorrectionKind.RECALL, "Mauvais dossier")
    entries = [each for each in await search(cast.SERVICE, limit=10) if each.action == "loan.recall_corrected"]
    assert len(entries) == 1
    assert "Mauvais" not in str(entries[0].details)
    with pytest.raises(Conflict, match=r"loan\.not_recalled"):
        await undo_recall(loan_id, reason="Encore", issuer=at(clock))
    with pytest.raises(Conflict, match=r"loan\.not_recalled"):
        await recall_letters(loan_id, actor=cast.MANAGER, today=cast.TODAY)


async def test_letters_that_wait_do_not_leave_and_nobody_is_told_of_what_they_never_read(
    clock: Clock, postman: Postman
) -> None:
    loan_id = await out()
    await recall(loan_id, clock)
    clock.later(hours=1)
    applied = await undo_recall(loan_id, reason="Erreur", issuer=at(clock))
    assert applied.letters.written_to == ()
    clock.later(hours=1)
    await recall(loan_id, clock, RecallGround.COURT)
    await send(postman, clock)
    states = [(each.state, each.reason) for each in await family.messages(Purpose.RECALL)]
    assert states == [(MessageState.CANCELLED, departure.WITHDRAWN)] * 2 + [(MessageState.SENT, "")] * 2


async def test_those_who_read_the_claim_are_told_that_it_is_withdrawn(clock: Clock, postman: Postman) -> None:
    loan_id = await out()
    await recall(loan_id, clock)
    await send(postman, clock)
    clock.later(hours=1)
    applied = await undo_recall(loan_id, reason="Erreur", issuer=at(clock))
    assert len(applied.letters.written_to) == 2
    told = await family.messages(Purpose.RECALL_WITHDRAWN)
    assert {each.to_address for each in told} == {LISE, PAUL}
    assert "nous ne le demandons plus" in told[0].text
    clock.later(hours=1)
    await recall(loan_id, clock)
    await send(postman, clock)
    assert await fates(Purpose.RECALL_WITHDRAWN) == dict.fromkeys(
        (LISE, PAUL), (MessageState.CANCELLED, departure.ASKED_AGAIN)
    )


async def test_a_claim_does_not_leave_once_everything_is_back(clock: Clock, postman: Postman) -> None:
    loan_id = await out()
    await recall(loan_id, clock)
    back = (ReturnedItem(item_id=cast.LAPTOP, condition=Condition.GOOD),)
    await take_back(TakeBack(loan_id=loan_id, returned_on=cast.TODAY, items=back), issuer=at(clock))
    await send(postman, clock)
    assert set((await fates(Purpose.RECALL)).values()) == {(MessageState.CANCELLED, departure.CAME_BACK)}


async def test_after_a_death_the_depositary_is_not_written_to_either(clock: Clock, postman: Postman) -> None:
    loan_id = await out(cast.CHILD, Custody.SCHOOL)
    await recall(loan_id, clock)
    await family.change_pupil(cast.CHILD, died_on=cast.TODAY)
    await send(postman, clock)
    assert await fates(Purpose.RECALL) == {places.TOWN_HALL: (MessageState.CANCELLED, pause.DIED)}
    clock.later(hours=1)
    assert (await undo_recall(loan_id, reason="Deuil", issuer=at(clock))).letters.to_print == ()


async def test_an_item_lost_meanwhile_stays_lost_when_the_claim_is_taken_back(clock: Clock) -> None:
    loan_id = await out()
    await recall(loan_id, clock)
    await items.set_status([cast.LAPTOP], ItemStatus.LOST)
    await undo_recall(loan_id, reason="Erreur", issuer=at(clock))
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status is ItemStatus.LOST


@pytest.mark.parametrize("signed", [True, False])
async def test_cancelling_tells_the_parties_once_one_of_them_has_signed(signed: bool, clock: Clock) -> None:
    agreement = await family.an_agreement()
    if signed:
        command = RecordSignature(
            document_id=agreement.id,
            signatory_id=agreement.signatures[1].id,
            signed_on=cast.TODAY,
            channel=SignatureChannel.PAPER,
        )
        await record_signature(command, actor=cast.MANAGER, now=clock.now)
    applied = await cancel_loan(agreement.loan_id, reason=HOSTILE, issuer=at(clock))
    letters = await family.messages(Purpose.LOAN_CANCELLED)
    assert len(applied.letters.written_to) == len(letters) == (2 if signed else 0)
    for letter in letters:
        assert agreement.number in letter.text
        assert "vous n’avez rien à rendre" in letter.text
        assert "autiste" not in letter.text
    assert (await documents.get(agreement.id, cast.SERVICE)).status.value == "ended"


async def test_a_letter_bears_the_link_of_its_reader(clock: Clock) -> None:
    await recall(await out(), clock)
    one, other = await family.messages(Purpose.RECALL)
    assert family.link_in(one) != family.link_in(other)
