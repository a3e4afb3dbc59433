"""A pupil leaves the académie: all that the pupil holds follows one rule, and the contact promised stays to be made."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import pytest
from tests.documents.gate import faults
from tests.documents.printing import pages, words
from tests.mail.conftest import Postman, serving
from tests.stage import family_cast as family
from tests.stage.family_cast import BASE_URL, LISE, PAUL, Clock
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors import institution_cast as places

from materiel.domain.history.correction import CorrectionKind
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.loan.elsewhere.leaving import Fate
from materiel.domain.loan.loan import LoanStatus
from materiel.domain.loan.recall_ground import RecallGround
from materiel.domain.loan.steps import HandedItem
from materiel.domain.papers.document import DocumentKind, NoticeChannel, SignatureChannel
from materiel.domain.usage import Custody
from materiel.domain.work.outbox import MessageState, Purpose
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.papers import correction as corrections
from materiel.store.papers import document as documents
from materiel.use_cases.loan.elsewhere.leaving import (
    NotedLeaving,
    RecordLeaving,
    WithdrawLeaving,
    foreseen,
    liaison_paper,
    liaison_sheet,
    record_leaving,
    withdraw_leaving,
)
from materiel.use_cases.loan.elsewhere.liaison import RecordContact, leavings_of, record_contact, to_contact
from materiel.use_cases.loan.letter import recall_letters
from materiel.use_cases.loan.recall import recall_loan, undo_recall
from materiel.use_cases.loan.sheet import read_loan_sheet
from materiel.use_cases.loan.steps import HandOver, cancel_loan, hand_over, issue_loan
from materiel.use_cases.mail.sending import send_due
from materiel.use_cases.papers.document import mark_sent
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.people.export import ExportPerson, export_person
from materiel.use_cases.signing.recording import RecordSignature, record_signature

NANTES = "17"
SERVICE = "DSDEN de Loire-Atlantique"


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


async def a_loan(item: UUID, custody: Custody = Custody.HOME, *, out: bool = True, issued: bool = True) -> UUID:
    loan_id = await cast.a_draft(pupil=cast.TWO_HOMES, school=cast.PRIVATE, custody=custody, items=(item,))
    if issued:
        await issue_loan(loan_id, issuer=cast.ISSUER)
    if out:
        handed = (HandedItem(item_id=item, condition=Condition.GOOD),)
        await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=handed), issuer=cast.ISSUER)
    return loan_id


async def three_loans() -> tuple[UUID, UUID, UUID]:
    """One at home, one that stays at school, one issued and not handed over."""
    return (
        await a_loan(cast.LAPTOP),
        await a_loan(cast.BRAILLE, Custody.SCHOOL),
        await a_loan(cast.KEYBOARD, out=False),
    )


async def leave(clock: Clock, **typed: object) -> NotedLeaving:
    values: dict[str, object] = {"left_on": cast.TODAY, "academie": NANTES, **typed}
    return await record_leaving(RecordLeaving(pupil_id=cast.TWO_HOMES, **values), issuer=at(clock))  # type: ignore[arg-type]


async def waiting(clock: Clock) -> list[tuple[str, ...]]:
    return [each.acts for each in await to_contact(actor=cast.MANAGER, now=clock.now, limit=10)]


async def test_every_running_loan_is_claimed_or_cancelled_with_its_letter(clock: Clock) -> None:
    home, school, waiting_loan = await three_loans()
    assert [each.fate for each in await foreseen(cast.TWO_HOMES, actor=cast.MANAGER)] == [
        each.fate for each in (await leave(clock)).loans
    ]
    for loan_id in (home, school):
        loan = await loans.get(loan_id, cast.SERVICE)
        assert (loan.recalled_on, loan.recall_ground) == (cast.TODAY, RecallGround.LEFT_ACADEMIE)
    assert (await loans.get(waiting_loan, cast.SERVICE)).status is LoanStatus.CANCELLED
    assert (await items.get(cast.KEYBOARD, cast.SERVICE)).status is ItemStatus.IN_STOCK
    letters = await family.messages(Purpose.RECALL)
    # Each parent reads of each loan; the school keeps one of them.
    assert sorted(each.to_address for each in letters if each.about.pupil_id) == [LISE, LISE, PAUL, PAUL]
    assert len([each for each in letters if each.about.pupil_id is None]) == 1
    text = next(each.text for each in letters if each.to_address == LISE)
    assert "Nous prenons contact avec la nouvelle académie" in text
    entry = (await journal.of_subject(cast.SERVICE, cast.TWO_HOMES))[-1]
    assert (entry.action, entry.details["academie"]) == ("pupil.left_academie", NANTES)
    assert entry.details["loans"][str(school)] == "recalled"


async def test_nothing_of_it_is_kept_when_one_loan_refuses(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    home, school, _ = await three_loans()

    async def broken(*_: object, **__: object) -> None:
        raise Conflict("loan.changed", "Le prêt a changé.")

    monkeypatch.setattr("materiel.use_cases.loan.elsewhere.leaving.cancel_loan", broken)
    with refused(Conflict, "loan.changed"):
        await leave(clock)
    assert await leavings_of(cast.TWO_HOMES, actor=cast.MANAGER) == []
    for loan_id in (home, school):
        assert (await loans.get(loan_id, cast.SERVICE)).recalled_on is None


async def test_the_contact_stays_to_be_made_until_a_manager_records_it(clock: Clock) -> None:
    await three_loans()
    noted = (await leave(clock)).leaving
    assert await waiting(clock) == [("Prenez contact\u00a0: académie de Nantes.",)]
    command = RecordContact(
        pupil_id=cast.TWO_HOMES, leaving_id=noted.id, contact_on=cast.TODAY, contact_with=SERVICE, school="Collège"
    )
    with pytest.raises(PermissionDenied):
        await record_contact(command, actor=cast.READER, now=clock.now)
    with refused(NotFound, "pupil.not_found"):
        await record_contact(command, actor=cast.STRANGER, now=clock.now)
    made = await record_contact(command, actor=cast.MANAGER, now=clock.now)
    assert (made.contact_on, made.contact_with, made.school) == (cast.TODAY, SERVICE, "Collège")
    assert await waiting(clock) == []
    with refused(Conflict, "leaving.contacted"):
        await record_contact(command, actor=cast.MANAGER, now=clock.now)
    assert (await journal.of_subject(cast.SERVICE, cast.TWO_HOMES))[-1].action == "pupil.liaison_made"
    # Nothing goes to the other académie: the manager calls it.
    assert {each.to_address for each in await family.messages()} <= {LISE, PAUL, family.SERVICE_ADDRESS} | {
        each.to_address for each in await family.messages(Purpose.RECALL)
    }


async def test_what_goes_home_may_stay_until_the_day_that_both_services_agreed_upon(clock: Clock) -> None:
    home, school, _ = await three_loans()
    until = cast.TODAY + timedelta(days=60)
    with pytest.raises(RuleBroken) as fault:
        await leave(clock, kept_until=until)
    assert [each.pointer for each in fault.value.errors] == ["/contact_on"]
    left = await leave(clock, kept_until=until, contact_on=cast.TODAY, contact_with=SERVICE)
    assert {each.case.loan.id: each.fate for each in left.loans}[home] is Fate.KEPT
    assert (await loans.get(home, cast.SERVICE)).recalled_on is None
    # The pupil is no longer at that school: what it keeps comes back all the same.
    assert (await loans.get(school, cast.SERVICE)).recalled_on == cast.TODAY
    assert await waiting(clock) == []
    clock.later(days=61)
    (acts,) = await waiting(clock)
    assert acts == ("Le matériel laissé devait revenir le 6 novembre 2026\u00a0: demandez-en le retour.",)
    await recall_loan(home, reason="Délai passé", ground=RecallGround.LEFT_ACADEMIE, issuer=at(clock))
    assert await waiting(clock) == []


@pytest.mark.parametrize(
    ("typed", "pointers"),
    [
        ({"left_on": cast.TODAY + timedelta(days=1)}, ["/left_on"]),
        ({"left_on": date(2010, 1, 1)}, ["/left_on"]),
        ({"academie": ""}, ["/academie"]),
        ({"academie": "14"}, ["/academie"]),
        ({"departement": "75"}, ["/departement"]),
        ({"departement": "999"}, ["/departement"]),
        ({"contact_with": SERVICE}, ["/contact_on"]),
        ({"contact_on": cast.TODAY}, ["/contact_with"]),
        ({"contact_on": cast.TODAY + timedelta(days=1), "contact_with": SERVICE}, ["/contact_on"]),
        ({"kept_until": cast.TODAY, "contact_on": cast.TODAY, "contact_with": SERVICE}, ["/kept_until"]),
        ({"kept_until": date(2028, 1, 1), "contact_on": cast.TODAY, "contact_with": SERVICE}, ["/kept_until"]),
    ],
)
async def test_what_cannot_be_true_is_refused_beside_its_field(
    clock: Clock, typed: dict[str, object], pointers: list[str]
) -> None:
    with pytest.raises(RuleBroken) as fault:
        await leave(clock, **typed)
    assert (fault.value.code, [each.pointer for each in fault.value.errors]) == ("leaving.invalid", pointers)


async def test_the_departement_tells_the_academie(clock: Clock) -> None:
    assert (await leave(clock, academie="", departement="44")).leaving.academie == NANTES


async def test_a_departure_is_noted_once_and_never_after_a_death(clock: Clock) -> None:
    await leave(clock)
    with refused(Conflict, "leaving.already_noted"):
        await leave(clock)
    await family.change_pupil(died_on=cast.TODAY)
    assert await waiting(clock) == []
    with refused(RuleBroken, "pupil.deceased"):
        await leave(clock)


async def test_taking_it_back_takes_its_claims_back_and_tells_who_read_them(clock: Clock, postman: Postman) -> None:
    home, school, cancelled = await three_loans()
    noted = (await leave(clock)).leaving
    await send_due(postman.server, worker="w", base_url=BASE_URL, clock=clock)
    clock.later(hours=1)
    command = WithdrawLeaving(pupil_id=cast.TWO_HOMES, leaving_id=noted.id, reason="Homonyme")
    await withdraw_leaving(command, issuer=at(clock))
    for loan_id in (home, school):
        assert (await loans.get(loan_id, cast.SERVICE)).recalled_on is None
        sheet = await read_loan_sheet(loan_id, actor=cast.READER, now=clock.now)
        assert [each.reason for each in sheet.corrections] == ["Homonyme"]
    # What was given up for good stays so.
    assert (await loans.get(cancelled, cast.SERVICE)).status is LoanStatus.CANCELLED
    told = {each.to_address for each in await family.messages(Purpose.RECALL_WITHDRAWN)}
    assert {LISE, PAUL} <= told
    (kept,) = await corrections.about([cast.TWO_HOMES], cast.SERVICE)
    assert (kept.kind, kept.reason) == (CorrectionKind.LEAVING, "Homonyme")
    assert (await journal.of_subject(cast.SERVICE, cast.TWO_HOMES))[-1].action == "pupil.leaving_corrected"
    assert await waiting(clock) == []
    with refused(Conflict, "leaving.withdrawn"):
        await withdraw_leaving(command, issuer=at(clock))
    with refused(Conflict, "leaving.withdrawn"):
        await record_contact(
            RecordContact(pupil_id=cast.TWO_HOMES, leaving_id=noted.id, contact_on=cast.TODAY, contact_with=SERVICE),
            actor=cast.MANAGER,
            now=clock.now,
        )
    # It may be noted again, on the right day.
    assert (await leave(clock)).leaving.id != noted.id


async def test_letters_that_still_wait_do_not_leave_once_the_departure_is_taken_back(
    clock: Clock, postman: Postman
) -> None:
    await a_loan(cast.LAPTOP)
    noted = (await leave(clock)).leaving
    await withdraw_leaving(
        WithdrawLeaving(pupil_id=cast.TWO_HOMES, leaving_id=noted.id, reason="Homonyme"), issuer=at(clock)
    )
    await send_due(postman.server, worker="w", base_url=BASE_URL, clock=clock)
    assert {each.state for each in await family.messages(Purpose.RECALL)} == {MessageState.CANCELLED}


async def test_a_claim_on_that_ground_owes_the_contact_that_its_letter_promises(clock: Clock) -> None:
    loan_id = await a_loan(cast.LAPTOP)
    await recall_loan(loan_id, reason="Courriel", ground=RecallGround.LEFT_ACADEMIE, issuer=at(clock))
    assert await waiting(clock) == [("Prenez contact\u00a0: académie à préciser.",)]
    await undo_recall(loan_id, reason="Erreur", issuer=at(clock))
    assert await waiting(clock) == []
    await recall_loan(loan_id, reason="Courriel", ground=RecallGround.LEFT_ACADEMIE, issuer=at(clock))
    noted = next(each for each in await leavings_of(cast.TWO_HOMES, actor=cast.MANAGER) if each.stands)
    made = RecordContact(
        pupil_id=cast.TWO_HOMES, leaving_id=noted.id, contact_on=cast.TODAY, contact_with=SERVICE, academie=NANTES
    )
    assert (await record_contact(made, actor=cast.MANAGER, now=clock.now)).academie == NANTES


async def test_another_ground_owes_nothing(clock: Clock) -> None:
    loan_id = await a_loan(cast.LAPTOP)
    await recall_loan(loan_id, reason="Accord", ground=RecallGround.BORROWER_AGREES, issuer=at(clock))
    assert await leavings_of(cast.TWO_HOMES, actor=cast.MANAGER) == []


async def test_the_sheet_that_the_family_carries_lists_what_is_out(clock: Clock) -> None:
    await three_loans()
    noted = (await leave(clock)).leaving
    sheet = await liaison_sheet(cast.TWO_HOMES, noted.id, actor=cast.MANAGER)
    listed = {line.item_id for each in sheet.loans for line in each.case.loan.lines_out}
    assert listed == {cast.LAPTOP, cast.BRAILLE}
    with refused(NotFound, "leaving.not_found"):
        await liaison_sheet(cast.CHILD, noted.id, actor=cast.MANAGER)
    pdf = await liaison_paper(cast.TWO_HOMES, noted.id, actor=cast.MANAGER, today=cast.TODAY)
    text = " ".join(words(pdf, page) for page in range(pages(pdf)))
    assert text.count("Ordinateur portable") == 2
    assert "jamais pourquoi" in text
    assert "35-2026" not in text
    assert faults(pdf) == []


async def test_the_departure_is_in_the_data_of_the_person(clock: Clock) -> None:
    await leave(clock, school="Collège de Nantes")
    made = await export_person(ExportPerson(pupil_id=cast.TWO_HOMES), actor=cast.MANAGER, now=clock.now)
    data = json.loads(zipfile.ZipFile(io.BytesIO(made)).read("donnees.json"))
    assert data["leaving"][0]["school"] == "Collège de Nantes"
    assert data["leaving"][0]["noted_by"] == "le service"


async def test_whoever_was_sent_the_notice_of_a_loan_is_told_that_it_is_cancelled(clock: Clock) -> None:
    loan_id = await cast.a_draft(items=(cast.LAPTOP,))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    notice = next(each for each in await documents.of_loan(loan_id) if each.kind is DocumentKind.NOTICE)
    await mark_sent(notice.id, actor=cast.MANAGER, now=cast.NOW, channel=NoticeChannel.EMAIL)
    applied = await cancel_loan(loan_id, reason="Élève autiste, renonce", issuer=at(clock))
    (letter,) = await family.messages(Purpose.LOAN_CANCELLED)
    assert letter.to_address == places.TOWN_HALL
    assert notice.number in letter.text
    assert "ce prêt a été annulé" in letter.text
    for word in ("Zoé", "Exemple", "autiste", "Ordinateur"):
        assert word not in letter.text
    assert applied.letters.written_to == ("Mairie – Baulon",)
    printed = await recall_letters(loan_id, actor=cast.MANAGER, today=cast.TODAY)
    assert [each.email for each in printed.letters] == [places.TOWN_HALL]


async def test_nobody_is_told_of_a_cancelled_loan_whose_notice_never_left(clock: Clock) -> None:
    loan_id = await cast.a_draft(items=(cast.LAPTOP,))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    applied = await cancel_loan(loan_id, reason="Renonce", issuer=at(clock))
    assert await family.messages(Purpose.LOAN_CANCELLED) == []
    assert applied.letters.to_print == ()


async def test_a_notice_sent_where_no_mailbox_is_known_has_its_letter_to_print(clock: Clock) -> None:
    loan_id = await cast.a_draft(school=cast.CARDROC, items=(cast.LAPTOP,))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    notice, agreement = sorted(await documents.of_loan(loan_id), key=lambda each: each.kind is not DocumentKind.NOTICE)
    await mark_sent(notice.id, actor=cast.MANAGER, now=cast.NOW, channel=NoticeChannel.POST)
    mother = next(each for each in agreement.signatures if each.signer_id == cast.a_child().representatives[0].id)
    await record_signature(
        RecordSignature(
            document_id=agreement.id, signatory_id=mother.id, signed_on=cast.TODAY, channel=SignatureChannel.PAPER
        ),
        actor=cast.MANAGER,
        now=cast.NOW,
    )
    applied = await cancel_loan(loan_id, reason="Renonce", issuer=at(clock))
    assert set(applied.letters.to_print) == {"Mairie – Cardroc", "Anne Exemple"}
    printed = await recall_letters(loan_id, actor=cast.MANAGER, today=cast.TODAY)
    assert len(printed.letters) == 2
