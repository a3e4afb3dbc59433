"""Safety recalls: what they find and hold back, whom they tell, who has read, what is treated, how they end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors.institution_cast import (
    a_deposit,
    a_tripartite,
    an_institution,
    set_up_institutions,
)

from materiel.domain.circuit.workshop.safety import (
    HolderKind,
    SafetyRecall,
    SafetyStage,
    SafetyTreatment,
)
from materiel.domain.links.access_link import FamilyPerson
from materiel.domain.loan.steps import HandedItem
from materiel.domain.work.outbox import MessageState, Purpose
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import write_transaction
from materiel.store.history.search import search
from materiel.store.item import item as items
from materiel.store.people import pupil as pupils
from materiel.store.work import outbox
from materiel.use_cases.circuit.workshop import safety as acts
from materiel.use_cases.circuit.workshop.safety import (
    AddToSafetyRecall,
    CloseSafetyRecall,
    NoteSafetyAnswers,
    OpenSafetyRecall,
    SafetySheet,
    TreatSafetyItems,
    add_to_safety_recall,
    close_safety_recall,
    concerned_by,
    list_safety_recalls,
    note_safety_answers,
    open_safety_recall,
    read_safety_recall,
    recalls_of_item,
    treat_safety_items,
)
from materiel.use_cases.desk.safety.letters import print_safety_letters
from materiel.use_cases.desk.safety.telling import tell_holders
from materiel.use_cases.links.access_link import LinkHolder, make_link
from materiel.use_cases.links.deposit import held_by
from materiel.use_cases.loan.loan import create_loan
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan
from materiel.use_cases.visitors.family import family_home
from materiel.use_cases.visitors.safety import (
    acknowledge_by_family,
    acknowledge_by_institution,
    recalls_of_family,
    recalls_of_institution,
)

TITLE, TO_DO = "La batterie peut prendre feu", "Éteignez l'appareil, débranchez-le et ne vous en servez plus."
EMAIL = "parent@exemple.fr"
LATER = replace(cast.ISSUER, now=cast.NOW + timedelta(days=1))


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await set_up_institutions()


async def opened(*chosen: UUID, **changes: object) -> SafetyRecall:
    values: dict[str, object] = {"title": TITLE, "to_do": TO_DO, "model": "ordinateur", "published_on": cast.TODAY}
    values |= {"items": chosen} if chosen else {}
    return await open_safety_recall(OpenSafetyRecall(**(values | changes)), actor=cast.MANAGER, now=cast.NOW)  # type: ignore[arg-type]


async def handed(loan_id: UUID, *item_ids: UUID) -> None:
    lines = tuple(HandedItem(item_id=each) for each in item_ids)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=lines), issuer=cast.ISSUER)


async def at_home(*item_ids: UUID) -> UUID:
    loan_id = await cast.a_draft(items=item_ids)
    await issue_loan(loan_id, issuer=cast.ISSUER)
    await handed(loan_id, *item_ids)
    return loan_id


async def with_emails() -> None:
    pupil = await pupils.get(cast.CHILD, cast.SERVICE)
    known = tuple(replace(each, email=EMAIL) for each in pupil.representatives)
    async with write_transaction():
        await pupils.save(replace(pupil, representatives=known))


async def sheet_of(recall: SafetyRecall) -> SafetySheet:
    return await read_safety_recall(recall.id, actor=cast.READER)


async def stages(recall: SafetyRecall) -> dict[UUID, SafetyStage]:
    return {each.item.id: each.stage for each in (await sheet_of(recall)).cases}


async def a_parent() -> FamilyPerson:
    pupil = await pupils.get(cast.CHILD, cast.SERVICE)
    parent = pupil.representatives[0]
    holder = LinkHolder(
        service_id=cast.SERVICE, email=EMAIL, name=parent.full_name, pupil_id=pupil.id, representative_id=parent.id
    )
    async with write_transaction():
        made = await make_link(holder, actor_id="tests", now=cast.NOW)
    return FamilyPerson(link=made.link, pupil=pupil, representative=parent, acts=True)


async def written(purpose: Purpose = Purpose.SAFETY_RECALL) -> list[str]:
    messages = await outbox.page(cast.SERVICE, limit=50)
    return [each.text for each in messages if each.purpose is purpose and each.state is MessageState.QUEUED]


async def test_it_finds_the_model_and_holds_it_back() -> None:
    recall = await opened()
    found = await stages(recall)
    assert cast.SOFTWARE not in found
    assert set(found.values()) == {SafetyStage.HELD_BACK}
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).safety_hold
    with refused(Conflict, "item.safety_recall"):
        await create_loan(cast.a_request(), actor=cast.MANAGER, now=cast.NOW)
    with refused(RuleBroken, "safety_recall.nothing_found"):
        await opened(model="introuvable")
    with refused(RuleBroken, "safety_recall.invalid"):
        await opened(model="", to_do="")
    (entry,) = [each for each in await search(cast.SERVICE, limit=50) if each.action == "safety_recall.opened"]
    assert entry.details == {"items": len(found)}


async def test_serial_numbers_narrow_it_and_an_unknown_one_is_kept() -> None:
    async with write_transaction():
        for item_id, serial in ((cast.LAPTOP, "SN-0099"), (cast.KEYBOARD, "SN-0101")):
            item = await items.get(item_id, cast.SERVICE)
            await items.save(replace(item, serial_number=serial))
    asked = OpenSafetyRecall(
        title=TITLE, to_do=TO_DO, model="ordinateur", published_on=cast.TODAY, serial_from="SN-100", serial_to="SN-200"
    )
    found = {each.id for each in await concerned_by(asked, actor=cast.READER, now=cast.NOW)}
    assert cast.KEYBOARD in found
    assert cast.SPARE in found
    assert cast.LAPTOP not in found


async def test_so_many_are_not_one_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acts, "MOST_ITEMS", 2)
    with refused(RuleBroken, "safety_recall.too_many"):
        await opened()


async def test_what_was_reserved_before_is_not_handed_over() -> None:
    loan_id = await cast.a_draft(items=(cast.LAPTOP,))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    await opened(cast.LAPTOP)
    with refused(Conflict, "item.safety_recall"):
        await handed(loan_id, cast.LAPTOP)


async def test_a_family_is_told_by_its_link_and_answers() -> None:
    await with_emails()
    loan_id = await at_home(cast.LAPTOP)
    recall = await opened(cast.LAPTOP, cast.SPARE)
    assert (await stages(recall))[cast.LAPTOP] is SafetyStage.TO_TELL
    told = await tell_holders(recall.id, issuer=cast.ISSUER)
    assert told.written == len(await written()) > 0
    letter = (await written())[0]
    assert TO_DO.rstrip(".") in letter.replace("\u2019", "'").replace("\n", " ")
    assert "Ordinateur portable" not in letter
    assert (await stages(recall))[cast.LAPTOP] is SafetyStage.TOLD
    assert (await tell_holders(recall.id, issuer=cast.ISSUER)).written == 0
    assert (await tell_holders(recall.id, issuer=cast.ISSUER, again=True)).written == 0, "once a day"
    assert (await tell_holders(recall.id, issuer=LATER, again=True)).written == told.written

    parent = await a_parent()
    ((_, case),) = await recalls_of_family((await family_home(parent)).loans, parent)
    await acknowledge_by_family(case.line.id, parent, now=cast.NOW)
    await acknowledge_by_family(case.line.id, parent, now=cast.NOW)
    (read,) = [each for each in (await sheet_of(recall)).cases if each.item.id == cast.LAPTOP]
    assert (read.stage, read.line.acknowledged_as, read.held_by) == (SafetyStage.READ, HolderKind.FAMILY, loan_id)
    entries = [each for each in await search(cast.SERVICE, limit=50) if each.action == "item.safety_read"]
    assert len(entries) == 1
    assert entries[0].actor == parent.link.actor_id
    assert (await tell_holders(recall.id, issuer=LATER, again=True)).written == 0


async def test_a_school_answers_for_what_it_keeps() -> None:
    await a_deposit()
    college = await an_institution(cast.COLLEGE)
    recall = await opened(cast.BRAILLE)
    assert (await tell_holders(recall.id, issuer=cast.ISSUER)).written == 1
    ((_, case),) = await recalls_of_institution(await held_by(college), college)
    other = await an_institution(insee_code="35016")
    with refused(NotFound, "safety_recall.not_found"):
        await acknowledge_by_institution(case.line.id, other, now=cast.NOW)
    await acknowledge_by_institution(case.line.id, college, now=cast.NOW)
    assert (await stages(recall))[cast.BRAILLE] is SafetyStage.READ


async def test_a_family_reads_of_what_its_school_keeps_and_does_not_answer() -> None:
    await with_emails()
    await a_tripartite()
    recall = await opened(cast.LAPTOP)
    parent = await a_parent()
    ((_, case),) = await recalls_of_family((await family_home(parent)).loans, parent)
    assert case.at_school
    with refused(NotFound, "safety_recall.not_found"):
        await acknowledge_by_family(case.line.id, parent, now=cast.NOW)
    told = await tell_holders(recall.id, issuer=cast.ISSUER)
    assert told.written == len(await written())
    assert any("rien à rapporter" in each for each in await written())


async def test_those_without_email_get_a_letter_to_print() -> None:
    loan_id = await at_home(cast.LAPTOP)
    recall = await opened(cast.LAPTOP)
    told = await tell_holders(recall.id, issuer=cast.ISSUER)
    assert told.written == 0
    assert told.to_print
    assert (await stages(recall))[cast.LAPTOP] is SafetyStage.TO_TELL
    pdf = await print_safety_letters(recall.id, issuer=cast.ISSUER)
    assert pdf.startswith(b"%PDF")
    (case,) = (await sheet_of(recall)).cases
    assert (case.stage, case.line.loan_id, case.line.told_times) == (SafetyStage.TOLD, loan_id, 1)


async def test_nothing_is_printed_when_everybody_has_an_email() -> None:
    recall = await opened(cast.SPARE)
    with refused(Conflict, "letter.nothing_to_say"):
        await print_safety_letters(recall.id, issuer=cast.ISSUER)


async def test_nobody_is_written_to_after_a_death() -> None:
    await with_emails()
    await at_home(cast.LAPTOP)
    recall = await opened(cast.LAPTOP)
    async with write_transaction():
        await pupils.save(replace(await pupils.get(cast.CHILD, cast.SERVICE), died_on=cast.TODAY))
    assert (await tell_holders(recall.id, issuer=cast.ISSUER)).written == 0
    assert await written() == []


async def treat(recall: SafetyRecall, *chosen: UUID, how: SafetyTreatment, on: date = cast.TODAY) -> None:
    command = TreatSafetyItems(recall_id=recall.id, items=chosen, treatment=how, treated_on=on)
    await treat_safety_items(command, actor=cast.MANAGER, now=cast.NOW)


async def test_what_is_treated_is_lent_again_unless_it_is_at_its_makers() -> None:
    recall = await opened(cast.LAPTOP, cast.SPARE)
    await treat(recall, cast.LAPTOP, how=SafetyTreatment.RETURNED)
    assert (await stages(recall))[cast.LAPTOP] is SafetyStage.AT_MAKER
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).safety_hold
    await treat(recall, cast.LAPTOP, how=SafetyTreatment.BATTERY_REPLACED)
    assert (await stages(recall))[cast.LAPTOP] is SafetyStage.TREATED
    assert not (await items.get(cast.LAPTOP, cast.SERVICE)).safety_hold
    await create_loan(cast.a_request(), actor=cast.MANAGER, now=cast.NOW)
    with refused(RuleBroken, "safety_recall.invalid"):
        await treat(recall, cast.SPARE, how=SafetyTreatment.REPAIRED, on=cast.TODAY + timedelta(days=1))
    with refused(RuleBroken, "safety_recall.nothing_found"):
        await treat(recall, cast.BRAILLE, how=SafetyTreatment.REPAIRED)
    (line,) = await recalls_of_item(cast.LAPTOP, actor=cast.READER)
    assert line.title == TITLE


async def test_two_recalls_of_one_item_are_both_to_be_treated() -> None:
    first, second = await opened(cast.LAPTOP), await opened(cast.LAPTOP, title="Le chargeur chauffe")
    await treat(first, cast.LAPTOP, how=SafetyTreatment.REPAIRED)
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).safety_hold
    await treat(second, cast.LAPTOP, how=SafetyTreatment.NOT_CONCERNED)
    assert not (await items.get(cast.LAPTOP, cast.SERVICE)).safety_hold
    assert len(await list_safety_recalls(actor=cast.READER)) == 2


async def test_what_is_registered_since_is_shown_and_added() -> None:
    recall = await opened(cast.LAPTOP)
    others = {each.id for each in (await sheet_of(recall)).others}
    assert cast.SPARE in others
    command = AddToSafetyRecall(recall_id=recall.id, items=(cast.SPARE, cast.LAPTOP))
    await add_to_safety_recall(command, actor=cast.MANAGER, now=cast.NOW)
    await add_to_safety_recall(command, actor=cast.MANAGER, now=cast.NOW)
    assert set(await stages(recall)) == {cast.LAPTOP, cast.SPARE}
    assert (await items.get(cast.SPARE, cast.SERVICE)).safety_hold


async def test_it_is_closed_with_a_reason_while_something_is_left() -> None:
    recall = await opened(cast.LAPTOP)
    closing = CloseSafetyRecall(recall_id=recall.id, version=recall.version)
    with refused(RuleBroken, "safety_recall.invalid"):
        await close_safety_recall(closing, actor=cast.MANAGER, now=cast.NOW)
    with refused(Conflict, "safety_recall.changed"):
        stale = replace(closing, version=9, reason="Retiré")
        await close_safety_recall(stale, actor=cast.MANAGER, now=cast.NOW)
    await close_safety_recall(replace(closing, reason="Retiré par le fabricant"), actor=cast.MANAGER, now=cast.NOW)
    assert not (await items.get(cast.LAPTOP, cast.SERVICE)).safety_hold
    with refused(Conflict, "safety_recall.closed"):
        await treat(recall, cast.LAPTOP, how=SafetyTreatment.REPAIRED)
    with refused(Conflict, "safety_recall.closed"):
        await tell_holders(recall.id, issuer=cast.ISSUER)


async def test_another_service_and_a_reader() -> None:
    recall = await opened(cast.LAPTOP)
    with refused(NotFound, "safety_recall.not_found"):
        await read_safety_recall(recall.id, actor=cast.STRANGER)
    with refused(NotFound, "safety_recall.not_found"):
        await tell_holders(recall.id, issuer=replace(cast.ISSUER, actor=cast.STRANGER))
    with refused(NotFound, "item.not_found"):
        asked = OpenSafetyRecall(title=TITLE, to_do=TO_DO, model="x", published_on=cast.TODAY, items=(cast.LAPTOP,))
        await open_safety_recall(asked, actor=cast.STRANGER, now=cast.NOW)
    with pytest.raises(PermissionDenied):
        await tell_holders(recall.id, issuer=replace(cast.ISSUER, actor=cast.READER))
    assert await list_safety_recalls(actor=cast.STRANGER) == []


async def test_an_answer_by_telephone_is_noted_by_the_service() -> None:
    await at_home(cast.LAPTOP)
    await a_deposit()
    recall = await opened(cast.LAPTOP, cast.BRAILLE, cast.SPARE)
    asked = NoteSafetyAnswers(recall_id=recall.id, items=(cast.LAPTOP, cast.BRAILLE, cast.SPARE))
    done = await note_safety_answers(asked, actor=cast.MANAGER, now=cast.NOW)
    assert {each.item.id: each.line.acknowledged_as for each in done} == {
        cast.LAPTOP: HolderKind.FAMILY,
        cast.BRAILLE: HolderKind.DEPOSITARY,
    }
    wanted = {cast.LAPTOP: SafetyStage.READ, cast.BRAILLE: SafetyStage.READ, cast.SPARE: SafetyStage.HELD_BACK}
    assert await stages(recall) == wanted
    told = [each.details for each in await search(cast.SERVICE, limit=50) if each.action == "item.safety_read"]
    assert [each["by_service"] for each in told] == [True, True]
    assert (await tell_holders(recall.id, issuer=LATER, again=True)).written == 0
    with refused(RuleBroken, "safety_recall.nothing_found"):
        await note_safety_answers(asked, actor=cast.MANAGER, now=cast.NOW)
    with refused(NotFound, "safety_recall.not_found"):
        await note_safety_answers(asked, actor=cast.STRANGER, now=cast.NOW)
    with pytest.raises(PermissionDenied):
        await note_safety_answers(asked, actor=cast.READER, now=cast.NOW)
