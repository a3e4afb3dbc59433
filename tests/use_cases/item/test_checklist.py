"""What a service checks: its own lines by family, kept in the words of the day, and holding nothing back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.item.checklist import LINE_MAX, MOST_LINES, CheckedLine, Checklist, CheckMoment
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.item.preparation import ChecksDone
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.errors import Conflict, PermissionDenied, RuleBroken
from materiel.store.history.search import search
from materiel.store.item import item as items
from materiel.use_cases.history.item import item_history
from materiel.use_cases.item.checklist import (
    WriteChecklist,
    check_sheets,
    lines_of,
    print_check_list,
    read_checklists,
    write_checklist,
)
from materiel.use_cases.item.preparation import prepare_item
from materiel.use_cases.loan.applying import Applied
from materiel.use_cases.loan.steps import HandOver, TakeBack, hand_over, issue_loan, take_back

ADMIN = Actor("token:admin", Role.ADMIN, cast.SERVICE)
BATTERY, KEYS = "La batterie tient une heure", "Les touches répondent"
DONE = ChecksDone(done_on=cast.TODAY, condition=Condition.GOOD, erased=True)


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await cast.set_up()
    await items.save(replace(await items.get(cast.LAPTOP, cast.SERVICE), family=ItemFamily.COMPUTER))


async def written(*lines: str, moment: CheckMoment = CheckMoment.PREPARATION, later: int = 0) -> Checklist:
    command = WriteChecklist(family=ItemFamily.COMPUTER, moment=moment, lines=lines)
    return await write_checklist(command, actor=ADMIN, now=cast.NOW + timedelta(minutes=later))


async def came_back(ticked: tuple[str, ...] | None = None) -> Applied:
    loan_id = await cast.a_draft(items=(cast.LAPTOP,))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    handed = HandOver(loan_id=loan_id, items=(HandedItem(item_id=cast.LAPTOP),), handed_over_on=cast.TODAY)
    await hand_over(handed, issuer=cast.ISSUER)
    back = ReturnedItem(item_id=cast.LAPTOP, condition=Condition.GOOD, ticked=ticked)
    return await take_back(TakeBack(loan_id=loan_id, items=(back,), returned_on=cast.TODAY), issuer=cast.ISSUER)


async def test_without_a_list_nothing_is_asked_and_the_checks_are_those_of_always() -> None:
    item = await items.get(cast.LAPTOP, cast.SERVICE)
    assert await lines_of([item], CheckMoment.PREPARATION, actor=cast.READER) == {}
    await came_back(ticked=())
    with refused(RuleBroken, "item.not_erased"):
        await prepare_item(cast.LAPTOP, replace(DONE, erased=False, ticked=()), issuer=cast.ISSUER)
    await prepare_item(cast.LAPTOP, replace(DONE, ticked=()), issuer=cast.ISSUER)
    assert await check_sheets(cast.LAPTOP, actor=cast.READER) == []


async def test_what_was_ticked_keeps_the_words_of_its_day() -> None:
    await written(BATTERY, KEYS)
    await written("L'écran est propre", moment=CheckMoment.RETURN)
    applied = await came_back(ticked=())
    assert [each.kind.value for each in applied.made] == ["return_receipt"]
    await prepare_item(cast.LAPTOP, replace(DONE, ticked=(KEYS,)), issuer=cast.ISSUER)
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status is ItemStatus.IN_STOCK
    await written("Tout est vérifié", later=5)
    back, prepared = await check_sheets(cast.LAPTOP, actor=cast.READER)
    assert (back.moment, back.left) == (CheckMoment.RETURN, ("L'écran est propre",))
    assert prepared.lines == (CheckedLine(text=BATTERY), CheckedLine(text=KEYS, done=True))
    assert await check_sheets(cast.LAPTOP, actor=cast.STRANGER) == []
    told = [each.sentence for each in await item_history(cast.LAPTOP, actor=cast.MANAGER)]
    assert any(f"pas coché : {BATTERY}" in each for each in told)


async def test_a_line_that_the_list_no_longer_has_is_refused() -> None:
    await written(BATTERY)
    await came_back()
    await written(KEYS, later=5)
    with refused(Conflict, "checklist.changed"):
        await prepare_item(cast.LAPTOP, replace(DONE, ticked=(BATTERY,)), issuer=cast.ISSUER)
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status is ItemStatus.TO_PREPARE


async def test_a_list_takes_the_place_of_another_and_the_same_one_of_none() -> None:
    first = await written(f"  {BATTERY}  ", "", KEYS)
    assert first.lines == (BATTERY, KEYS)
    assert await written(BATTERY, KEYS, later=1) == first
    await written(later=2)
    item = await items.get(cast.LAPTOP, cast.SERVICE)
    assert await lines_of([item], CheckMoment.PREPARATION, actor=cast.READER) == {}
    assert [each.lines for each in await read_checklists(actor=cast.READER)] == [(BATTERY, KEYS), ()]
    assert await read_checklists(actor=cast.STRANGER) == []
    noted = await search(cast.SERVICE, action="service.checklist_written", limit=20)
    assert [each.details["lines"] for each in noted] == [0, 2]


async def test_the_lines_of_a_licence_are_those_of_software_whatever_its_family() -> None:
    command = WriteChecklist(family=ItemFamily.SOFTWARE, moment=CheckMoment.PREPARATION, lines=("Compte fermé",))
    await write_checklist(command, actor=ADMIN, now=cast.NOW)
    item = await items.get(cast.SOFTWARE, cast.SERVICE)
    assert await lines_of([item], CheckMoment.PREPARATION, actor=cast.READER) == {cast.SOFTWARE: ("Compte fermé",)}


@pytest.mark.parametrize(
    "lines", [("a" * (LINE_MAX + 1),), (BATTERY, BATTERY.upper()), tuple(map(str, range(MOST_LINES + 1)))]
)
async def test_a_list_that_nobody_would_read_is_refused(lines: tuple[str, ...]) -> None:
    with refused(RuleBroken, "checklist.invalid"):
        await written(*lines)


async def test_only_who_administers_writes_a_list() -> None:
    command = WriteChecklist(family=ItemFamily.COMPUTER, moment=CheckMoment.RETURN, lines=(KEYS,))
    with refused(PermissionDenied, "actor.forbidden"):
        await write_checklist(command, actor=cast.MANAGER, now=cast.NOW)


async def test_the_sheet_to_tick_is_a_paper() -> None:
    await written(BATTERY)
    pdf = await print_check_list(cast.LAPTOP, CheckMoment.PREPARATION, actor=cast.READER, now=cast.NOW)
    assert pdf.startswith(b"%PDF")
