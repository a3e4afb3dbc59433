"""Use: noted by a manager or a référent, of what a pupil has today and of nothing else; twice without, it is told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from tests.documents.gate import reading_text
from tests.stage import referent_cast as stage
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.circuit.use import NotedBy, UseLevel
from materiel.domain.desk.dashboard import Concern
from materiel.domain.item.item import Condition
from materiel.domain.loan.recall_ground import RecallGround
from materiel.domain.loan.steps import ReturnedItem
from materiel.domain.papers.cover_letter import CoverLetterKind
from materiel.domain.usage import Custody, Usage
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.people import pupil as pupils
from materiel.use_cases.circuit.use import (
    NoteSectorUses,
    NoteUses,
    note_by_referent,
    note_uses,
    pupil_of_sector,
    pupils_of_sector,
    settle_unused,
    uses_of_item,
    uses_of_loan,
    withdraw_uses,
)
from materiel.use_cases.desk.cover_letter import PrintCoverLetters, letter_choices, print_cover_letters
from materiel.use_cases.desk.dashboard import concerned_loans, tallies
from materiel.use_cases.loan.recall import recall_loan
from materiel.use_cases.loan.steps import TakeBack, take_back

U, L, N = UseLevel.USED, UseLevel.LITTLE, UseLevel.UNUSED


@pytest.fixture(autouse=True)
async def _cast(db: None) -> None:
    await cast.set_up()


def day(ago: int) -> date:
    return cast.TODAY - timedelta(days=ago)


async def said(loan_id: UUID, ago: int, **levels: UseLevel) -> None:
    named = {"laptop": cast.LAPTOP, "braille": cast.BRAILLE}
    command = NoteUses(loan_id=loan_id, said_on=day(ago), levels={named[name]: at for name, at in levels.items()})
    await note_uses(command, actor=cast.MANAGER, now=cast.NOW)


async def told() -> list[tuple[UUID, date, tuple[str, ...]]]:
    found = await concerned_loans(Concern.UNUSED, actor=cast.READER, now=cast.NOW, limit=9)
    counted = {each.concern: each.count for each in await tallies(actor=cast.READER, now=cast.NOW)}
    assert counted[Concern.UNUSED] == len(found)
    return [(each.loan.id, each.day, each.reasons) for each in found]


async def test_a_manager_notes_what_was_said_and_says_it_again() -> None:
    loan_id = await stage.held_since(90, cast.LAPTOP, cast.BRAILLE)
    await said(loan_id, 30, laptop=N, braille=U)
    await said(loan_id, 30, laptop=L)
    found = await uses_of_loan(loan_id, actor=cast.READER)
    assert {(each.item_id, each.level, each.said_on) for each in found} == {
        (cast.LAPTOP, L, day(30)),
        (cast.BRAILLE, U, day(30)),
    }
    assert {each.by for each in found} == {NotedBy.SERVICE}
    (mine,) = await uses_of_item(cast.LAPTOP, actor=cast.READER)
    assert mine.level is L
    with refused(NotFound, "loan.not_found"):
        await uses_of_loan(loan_id, actor=cast.STRANGER)
    with refused(NotFound, "item.not_found"):
        await uses_of_item(cast.LAPTOP, actor=cast.STRANGER)


async def test_what_is_not_with_the_pupil_is_not_spoken_of() -> None:
    loan_id = await stage.held_since(90)
    with refused(Conflict, "use.not_held"):
        await said(loan_id, 3, braille=N)
    with refused(RuleBroken, "use.invalid"):
        await said(loan_id, 91, laptop=N)
    with refused(RuleBroken, "use.invalid"):
        await said(loan_id, 3)
    command = NoteUses(loan_id=loan_id, said_on=day(3), levels={cast.LAPTOP: U})
    with refused(NotFound, "loan.not_found"):
        await note_uses(command, actor=cast.STRANGER, now=cast.NOW)
    with pytest.raises(PermissionDenied):
        await note_uses(command, actor=cast.READER, now=cast.NOW)
    shared = await stage.held_since(90, cast.BRAILLE, pupil=None, usage=Usage.SHARED, custody=Custody.SCHOOL)
    with refused(Conflict, "use.not_held"):
        await said(shared, 3, braille=N)


async def test_twice_without_use_is_told_until_it_is_dealt_with() -> None:
    loan_id = await stage.held_since(90)
    await said(loan_id, 60, laptop=N)
    assert await told() == []
    await said(loan_id, 20, laptop=N)
    ((told_id, since, (why,)),) = await told()
    assert (told_id, since) == (loan_id, day(20))
    assert "18 août 2026" in why
    await settle_unused(loan_id, actor=cast.MANAGER, now=cast.NOW)
    await settle_unused(loan_id, actor=cast.MANAGER, now=cast.NOW)
    assert await told() == []
    assert len(await fetch("SELECT id FROM journal WHERE action = 'use.settled'")) == 1
    await said(loan_id, 5, laptop=N)
    assert len(await told()) == 1
    await said(loan_id, 2, laptop=L)
    assert await told() == []
    with refused(NotFound, "loan.not_found"):
        await settle_unused(loan_id, actor=cast.STRANGER, now=cast.NOW)


async def test_nothing_is_told_of_what_came_back_is_asked_back_or_of_a_pupil_who_died() -> None:
    loan_id = await stage.held_since(90)
    await said(loan_id, 60, laptop=N)
    await said(loan_id, 20, laptop=N)
    async with write_transaction():
        pupil = await pupils.get(cast.CHILD, cast.SERVICE)
        pupil = await pupils.save(replace(pupil, died_on=day(1)))
    await cast.noted()
    assert await told() == []
    async with write_transaction():
        await pupils.save(replace(pupil, died_on=None))
    await cast.noted()
    assert len(await told()) == 1
    await recall_loan(loan_id, reason="Interne", ground=RecallGround.BORROWER_AGREES, issuer=cast.ISSUER)
    assert await told() == []
    back = (ReturnedItem(item_id=cast.LAPTOP, condition=Condition.GOOD),)
    await take_back(TakeBack(loan_id=loan_id, returned_on=cast.TODAY, items=back), issuer=cast.ISSUER)
    assert await told() == []
    assert len(await uses_of_item(cast.LAPTOP, actor=cast.READER)) == 2


async def test_the_letter_invites_to_talk_and_asks_nothing_back() -> None:
    loan_id = await stage.held_since(90, custody=Custody.SCHOOL)
    assert CoverLetterKind.UNUSED not in (await letter_choices(loan_id, issuer=cast.ISSUER)).kinds
    await said(loan_id, 60, laptop=N)
    await said(loan_id, 20, laptop=N)
    choices = await letter_choices(loan_id, issuer=cast.ISSUER)
    assert CoverLetterKind.UNUSED in choices.kinds
    keeper = next(each.key for each in choices.recipients if each.is_institution)
    family = next(each.key for each in choices.recipients if not each.is_institution)
    with refused(RuleBroken, "letter.invalid"):
        command = PrintCoverLetters(loan_id=loan_id, kind=CoverLetterKind.UNUSED, to=(keeper,))
        await print_cover_letters(command, issuer=cast.ISSUER)
    command = PrintCoverLetters(loan_id=loan_id, kind=CoverLetterKind.UNUSED, to=(family,))
    text = " ".join(reading_text(await print_cover_letters(command, issuer=cast.ISSUER))).replace("\u00a0", " ")
    assert "35-2026-00001" in text
    assert "Rien ne vous oblige à le rendre" in text
    assert "1888 et 1889" in text
    for hurting in ("faute", "retour demandé", "négligence", "mise en demeure", "pas utilisé"):
        assert hurting not in text


async def test_a_referent_sees_the_pupils_of_the_sector_and_what_they_hold_alone() -> None:
    loan_id = await stage.held_since(90, cast.LAPTOP, cast.BRAILLE)
    await stage.held_since(90, cast.KEYBOARD, pupil=cast.TWO_HOMES, school=cast.PRIVATE)
    await cast.a_draft(items=(cast.SPARE,))
    await stage.held_since(90, cast.FM, pupil=None, usage=Usage.SHARED, custody=Custody.SCHOOL)
    reader = await stage.a_reader()
    (child,) = await pupils_of_sector(reader)
    assert (child.id, child.first_name, len(child.held)) == (cast.CHILD, "Zoé", 2)
    assert {each.loan_id for each in child.held} == {loan_id}
    with refused(NotFound, "pupil.not_found"):
        await pupil_of_sector(cast.TWO_HOMES, reader)
    with refused(NotFound, "pupil.not_found"):
        await pupil_of_sector(cast.ADULT, reader)


async def test_a_referent_notes_and_the_journal_names_nobody() -> None:
    loan_id = await stage.held_since(90)
    reader = await stage.a_reader()
    command = NoteSectorUses(pupil_id=cast.CHILD, said_on=day(3), levels={cast.LAPTOP: N})
    await note_by_referent(command, reader=reader, now=cast.NOW)
    (note,) = await uses_of_loan(loan_id, actor=cast.READER)
    assert (note.by, note.level) == (NotedBy.REFERENT, N)
    (child,) = await pupils_of_sector(reader)
    assert (child.noted_on, child.held[0].level) == (day(3), N)
    (row,) = await fetch("SELECT actor, subject_id, details FROM journal WHERE action = 'use.noted'")
    assert (row["actor"], row["subject_id"]) == (f"referent:{reader.referent.id}", str(loan_id))
    details = json.loads(row["details"]) if isinstance(row["details"], str) else row["details"]
    assert details == {"items": [str(cast.LAPTOP)], "said_on": day(3).isoformat()}
    with refused(NotFound, "pupil.not_found"):
        await note_by_referent(replace(command, pupil_id=cast.TWO_HOMES), reader=reader, now=cast.NOW)
    with refused(Conflict, "use.not_held"):
        await note_by_referent(replace(command, levels={cast.BRAILLE: U}), reader=reader, now=cast.NOW)


async def test_a_meeting_noted_on_a_wrong_day_is_taken_back() -> None:
    loan_id = await stage.held_since(90)
    await said(loan_id, 30, laptop=N)
    await said(loan_id, 29, laptop=N)
    assert [each for each, _, _ in await told()] == [loan_id]
    for actor, kind in ((cast.READER, PermissionDenied), (cast.STRANGER, NotFound)):
        with pytest.raises(kind):
            await withdraw_uses(loan_id, day(29), actor=actor, now=cast.NOW)
    await withdraw_uses(loan_id, day(29), actor=cast.MANAGER, now=cast.NOW)
    await withdraw_uses(loan_id, day(29), actor=cast.MANAGER, now=cast.NOW)
    assert [each.said_on for each in await uses_of_loan(loan_id, actor=cast.READER)] == [day(30)]
    assert await told() == []
    (row,) = await fetch("SELECT details FROM journal WHERE action = 'use.withdrawn'")
    details = json.loads(row["details"]) if isinstance(row["details"], str) else row["details"]
    assert details == {"said_on": day(29).isoformat()}


async def test_nothing_is_said_of_what_was_not_there_yet() -> None:
    await stage.held_since(90, cast.LAPTOP)
    await stage.held_since(10, cast.BRAILLE)
    reader = await stage.a_reader()
    both = NoteSectorUses(pupil_id=cast.CHILD, said_on=day(30), levels={cast.LAPTOP: U, cast.BRAILLE: N})
    with refused(RuleBroken, "use.invalid") as refusal:
        await note_by_referent(both, reader=reader, now=cast.NOW)
    assert "n'avait pas encore tout" in refusal.value.message
    await note_by_referent(replace(both, levels={cast.LAPTOP: U}), reader=reader, now=cast.NOW)
    await note_by_referent(replace(both, said_on=day(10)), reader=reader, now=cast.NOW)


async def test_a_change_of_school_is_followed_at_once() -> None:
    await stage.held_since(90)
    reader = await stage.a_reader()
    async with write_transaction():
        pupil = await pupils.get(cast.CHILD, cast.SERVICE)
        pupil = await pupils.save(replace(pupil, school_uai=cast.PRIVATE))
    assert await pupils_of_sector(reader) == []
    async with write_transaction():
        await pupils.save(replace(pupil, school_uai=cast.COLLEGE))
    assert len(await pupils_of_sector(reader)) == 1
    async with write_transaction():
        pupil = await pupils.get(cast.CHILD, cast.SERVICE)
        await pupils.save(replace(pupil, died_on=day(1)))
    assert await pupils_of_sector(reader) == []
