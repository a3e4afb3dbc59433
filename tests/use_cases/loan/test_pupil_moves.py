"""An event of a pupil is handled for all that the pupil holds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.use_cases import loan_cast as cast

from materiel.domain.papers.document import DocumentKind
from materiel.domain.usage import Custody
from materiel.errors import Conflict, RuleBroken
from materiel.store.engine.database import write_transaction
from materiel.store.loan import loan as loans
from materiel.store.people import pupil as pupils
from materiel.use_cases.loan.moves import ChangeSchool, change_school
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.people.pupil import UpdatePupil, update_pupil


@pytest.fixture(autouse=True)
async def known(db):
    await cast.set_up()


async def three_loans():
    home = await cast.a_draft(items=(cast.LAPTOP,))
    school = await cast.a_draft(items=(cast.BRAILLE,), custody=Custody.SCHOOL)
    draft = await cast.a_draft(items=(cast.KEYBOARD,))
    for each in (home, school):
        await issue_loan(each, issuer=cast.ISSUER)
    return home, school, draft


async def test_every_open_loan_of_the_pupil_follows_with_its_own_papers():
    home, school, draft = await three_loans()
    moved = await change_school(
        ChangeSchool(loan_id=home, school=cast.COLLEGE, effective_on=cast.TODAY), issuer=cast.ISSUER
    )
    assert [each.kind for each in moved.made] == [DocumentKind.NOTICE]
    made = {other.case.loan.id: [each.kind for each in other.made] for other in moved.others}
    assert DocumentKind.TRIPARTITE_AGREEMENT in made[school]
    assert made[draft] == []
    for each in (home, school, draft):
        assert (await loans.get(each, cast.SERVICE)).school_uai == cast.COLLEGE
    assert (await pupils.get(cast.CHILD, cast.SERVICE)).school_uai == cast.COLLEGE


async def test_nothing_moves_when_the_loan_asked_cannot_follow():
    home, school, draft = await three_loans()
    with pytest.raises(RuleBroken) as refused:
        await change_school(ChangeSchool(loan_id=home, school=cast.IME, effective_on=cast.TODAY), issuer=cast.ISSUER)
    assert refused.value.code == "loan.refused"
    await check_nothing_moved(home, school, draft)


async def test_a_refusal_names_the_loan_that_would_stay_behind():
    """What goes home needs a notice; what stays at school a tripartite agreement, which nobody may sign now."""
    home, school, draft = await three_loans()
    async with write_transaction():
        pupil = await pupils.get(cast.CHILD, cast.SERVICE)
        await pupils.save(replace(pupil, disagreement=True))
    with pytest.raises(RuleBroken, match="a un autre prêt") as told:
        await change_school(
            ChangeSchool(loan_id=home, school=cast.COLLEGE, effective_on=cast.TODAY), issuer=cast.ISSUER
        )
    assert (told.value.code, told.value.facts["loan"]) == ("loan.other_cannot_follow", str(school))
    await check_nothing_moved(home, school, draft)


async def check_nothing_moved(*loan_ids):
    for each in loan_ids:
        assert (await loans.get(each, cast.SERVICE)).school_uai == cast.BAULON
    assert (await pupils.get(cast.CHILD, cast.SERVICE)).school_uai == cast.BAULON


async def test_a_correction_of_the_record_does_not_leave_loans_behind():
    await three_loans()
    pupil = await pupils.get(cast.CHILD, cast.SERVICE)
    with pytest.raises(Conflict) as refused:
        await update_pupil(
            UpdatePupil(pupil_id=cast.CHILD, version=pupil.version, school=cast.COLLEGE),
            actor=cast.MANAGER,
            now=cast.NOW,
        )
    assert refused.value.code == "pupil.school_has_loans"
