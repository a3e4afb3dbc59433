"""After a pupil's death nothing is made, renewed, claimed or asked by itself; giving back stays possible."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from tests.use_cases import loan_cast as cast

from materiel.domain.item.item import Condition
from materiel.domain.loan.loan import LoanStatus
from materiel.domain.loan.recall_ground import RecallGround
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.domain.people.death import check_living, is_silenced
from materiel.domain.usage import Custody
from materiel.errors import RuleBroken
from materiel.store.engine.database import write_transaction
from materiel.store.people import pupil as pupils
from materiel.use_cases.loan.changes import Amend, Renew, amend_loan, renew_loan
from materiel.use_cases.loan.loan import create_loan
from materiel.use_cases.loan.moves import ChangeCustody, ChangeSchool, change_custody, change_school
from materiel.use_cases.loan.recall import recall_loan
from materiel.use_cases.loan.renewal import renew_school_year
from materiel.use_cases.loan.steps import HandOver, TakeBack, hand_over, issue_loan, take_back
from materiel.use_cases.people.death import WithdrawDeath, withdraw_death


@pytest.fixture(autouse=True)
async def known(db):
    await cast.set_up()


async def dies(died_on: date | None = cast.TODAY) -> None:
    async with write_transaction():
        await pupils.save(replace(await pupils.get(cast.CHILD, cast.SERVICE), died_on=died_on))


def test_one_function_tells_what_a_death_stops():
    assert is_silenced(None) is False
    assert is_silenced(cast.a_child()) is False
    assert is_silenced(replace(cast.a_child(), died_on=cast.TODAY)) is True
    check_living(None)


async def test_every_act_about_the_loans_of_a_dead_pupil_is_refused_but_giving_back():
    held = await _handed_over()
    await dies()
    acts = [
        lambda: recall_loan(held, reason="Fin", ground=next(iter(RecallGround)), issuer=cast.ISSUER),
        lambda: renew_loan(Renew(loan_id=held), issuer=cast.ISSUER),
        lambda: amend_loan(Amend(loan_id=held, effective_on=cast.TODAY, add=(cast.KEYBOARD,)), issuer=cast.ISSUER),
        lambda: change_school(
            ChangeSchool(loan_id=held, school=cast.COLLEGE, effective_on=cast.TODAY), issuer=cast.ISSUER
        ),
        lambda: change_custody(
            ChangeCustody(loan_id=held, custody=Custody.SCHOOL, effective_on=cast.TODAY), issuer=cast.ISSUER
        ),
        lambda: create_loan(cast.a_request(items=(cast.BRAILLE,)), actor=cast.MANAGER, now=cast.NOW),
    ]
    for act in acts:
        with pytest.raises(RuleBroken) as refused:
            await act()
        assert refused.value.code == "pupil.deceased"
    returned = TakeBack(
        loan_id=held, returned_on=cast.TODAY, items=(ReturnedItem(item_id=cast.LAPTOP, condition=Condition.GOOD),)
    )
    assert (await take_back(returned, issuer=cast.ISSUER)).case.loan.status is LoanStatus.RETURNED


async def test_a_campaign_leaves_a_dead_pupil_alone():
    held = await _handed_over()
    await dies()
    report = await renew_school_year(2028, issuer=cast.ISSUER, dry_run=True, progress=lambda done, total: None)
    assert report.renewed == []
    assert {each.code for each in report.refused if each.loan_id == held} <= {"pupil.deceased"}


async def test_once_the_death_is_taken_back_everything_works_again():
    held = await _handed_over()
    await dies()
    command = WithdrawDeath(pupil_id=cast.CHILD, reason="Noté sur la mauvaise fiche")
    await withdraw_death(command, actor=cast.MANAGER, now=cast.NOW)
    moved = ChangeSchool(loan_id=held, school=cast.COLLEGE, effective_on=cast.TODAY)
    assert (await change_school(moved, issuer=cast.ISSUER)).case.loan.school_uai == cast.COLLEGE


async def _handed_over():
    created = await create_loan(cast.a_request(items=(cast.LAPTOP,)), actor=cast.MANAGER, now=cast.NOW)
    loan_id = created.case.loan.id
    await issue_loan(loan_id, issuer=cast.ISSUER)
    items = (HandedItem(item_id=cast.LAPTOP, condition=Condition.GOOD),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=items), issuer=cast.ISSUER)
    return loan_id
