"""Letters of a loan for the post: offered when they have an object, to whoever has an address, noted without a name."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.documents.gate import reading_text
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.item.item import Condition
from materiel.domain.loan.recall_ground import RecallGround
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.domain.papers.cover_letter import CoverLetterKind
from materiel.domain.usage import Custody, Usage
from materiel.errors import Conflict, PermissionDenied, RuleBroken
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.people import pupil as pupils
from materiel.use_cases.desk.cover_letter import PrintCoverLetters, letter_choices, print_cover_letters
from materiel.use_cases.loan.recall import recall_loan
from materiel.use_cases.loan.steps import HandOver, TakeBack, hand_over, issue_loan, take_back
from materiel.use_cases.papers.issuer import Issuer

K = CoverLetterKind
LATER = cast.TODAY + timedelta(days=21)


@pytest.fixture(autouse=True)
async def _cast(db: None) -> None:
    await cast.set_up()


async def issued(**changes):
    await issue_loan(loan_id := await cast.a_draft(**changes), issuer=cast.ISSUER)
    return loan_id


async def said(loan_id, kind: CoverLetterKind, **changes) -> str:
    """The words of the letters to everybody of a loan."""
    choices = await letter_choices(loan_id, issuer=cast.ISSUER)
    to = tuple(each.key for each in choices.recipients)
    command = PrintCoverLetters(**{"loan_id": loan_id, "kind": kind, "to": to, "back_by": LATER} | changes)
    return " ".join(reading_text(await print_cover_letters(command, issuer=cast.ISSUER))).replace("\u00a0", " ")


async def kinds(loan_id) -> set[CoverLetterKind]:
    return set((await letter_choices(loan_id, issuer=cast.ISSUER)).kinds)


async def test_letters_follow_the_life_of_a_loan_and_the_journal_names_nobody() -> None:
    assert await kinds(await cast.a_draft(items=(cast.BRAILLE,))) == set()
    loan_id = await issued(items=(cast.LAPTOP,))
    assert await kinds(loan_id) == {K.SENDING, K.REMINDER, K.APPOINTMENT}
    sent = await said(loan_id, K.SENDING)
    assert "Zoé Exemple" in sent
    assert "Convention de prêt, n° " in sent
    assert "en deux exemplaires" in sent
    assert "avant le 28 septembre 2026" in sent
    assert "Nous n'avons pas encore reçu" in (await said(loan_id, K.REMINDER)).replace("’", "'")
    meeting = {"meets_on": LATER, "hour": "14 h 30", "place": "1 quai Dujardin"}
    met = await said(loan_id, K.APPOINTMENT, **meeting)
    assert "28 septembre 2026 à 14 h 30 pour vous remettre" in met
    assert "Lieu : 1 quai Dujardin." in met

    handed = (HandedItem(item_id=cast.LAPTOP),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=handed), issuer=cast.ISSUER)
    assert "pour reprendre le matériel" in await said(loan_id, K.APPOINTMENT, **meeting)
    await recall_loan(loan_id, reason="Interne", ground=RecallGround.BORROWER_AGREES, issuer=cast.ISSUER)
    claimed = await said(loan_id, K.RECALL)
    assert "vous en êtes convenus avec nous" in claimed
    assert "Interne" not in claimed
    back = (ReturnedItem(item_id=cast.LAPTOP, condition=Condition.GOOD),)
    await take_back(TakeBack(loan_id=loan_id, returned_on=cast.TODAY, items=back), issuer=cast.ISSUER)
    returned = await said(loan_id, K.QUITUS)
    assert "35-2026-00001" in returned
    assert "Sous les seules réserves" in returned
    noted = await fetch("SELECT details FROM journal WHERE action = 'loan.letters_printed' ORDER BY id")
    facts = [json.loads(row["details"]) if isinstance(row["details"], str) else row["details"] for row in noted]
    assert [each["kind"] for each in facts] == [
        *("letter_sending", "letter_reminder", "letter_appointment", "letter_appointment"),
        *("letter_recall", "letter_quitus"),
    ]
    assert {each["letters"] for each in facts} == {1}


async def test_a_letter_to_the_keeper_names_no_pupil() -> None:
    loan_id = await issued(custody=Custody.SCHOOL, items=(cast.LAPTOP,))
    choices = await letter_choices(loan_id, issuer=cast.ISSUER)
    (keeper,) = (each for each in choices.recipients if each.is_institution)
    text = await said(loan_id, K.SENDING, to=(keeper.key,))
    assert "dont la garde vous est confiée" in text
    assert "Exemple" not in text.replace(keeper.name, "")
    handed = (HandedItem(item_id=cast.LAPTOP),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=handed), issuer=cast.ISSUER)
    await recall_loan(loan_id, reason="Interne", ground=RecallGround.NOT_ELIGIBLE, issuer=cast.ISSUER)
    claimed = await said(loan_id, K.RECALL)
    assert "article 1944" in claimed
    assert "vous n'avez rien à rapporter" in claimed.replace("’", "'")
    assert "nous vous dirons pourquoi" in claimed


async def test_a_deposit_has_a_keeper_alone() -> None:
    loan_id = await issued(pupil=None, usage=Usage.SHARED, custody=Custody.SCHOOL, items=(cast.LAPTOP,))
    choices = await letter_choices(loan_id, issuer=cast.ISSUER)
    assert [each.is_institution for each in choices.recipients] == [True]
    assert "dont la garde vous est confiée" in await said(loan_id, K.REMINDER)


async def test_what_is_missing_is_told_field_by_field() -> None:
    loan_id = await issued()
    for kind, fields in ((K.SENDING, {"/to", "/back_by"}), (K.APPOINTMENT, {"/to", "/meets_on", "/hour", "/place"})):
        with refused(RuleBroken, "letter.invalid") as caught:
            await said(loan_id, kind, to=(), back_by=None)
        assert {each.pointer for each in caught.value.errors} == fields
    with refused(Conflict, "letter.nothing_to_say"):
        await said(loan_id, K.QUITUS)
    reader = Issuer(actor=cast.READER, now=cast.NOW, base_url=cast.ISSUER.base_url)
    with pytest.raises(PermissionDenied):
        await letter_choices(loan_id, issuer=reader)


async def test_whoever_has_no_postal_address_is_told_apart() -> None:
    loan_id = await issued()
    async with write_transaction():
        pupil = await pupils.get(cast.CHILD, cast.SERVICE)
        without = tuple(replace(each, home=None) for each in pupil.representatives)
        await pupils.save(replace(pupil, representatives=without))
    (person,) = (await letter_choices(loan_id, issuer=cast.ISSUER)).recipients
    assert person.lines == ()
    with refused(RuleBroken, "letter.invalid"):
        await said(loan_id, K.SENDING)
