"""Pupils of a school who go to another one together: each by its rule, all of them or none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.loan.moves import MoveOutcome
from materiel.domain.loan.steps import HandedItem
from materiel.domain.papers.document import DocumentKind
from materiel.domain.usage import Custody
from materiel.errors import NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import write_transaction
from materiel.store.people import pupil as pupils
from materiel.use_cases.desk.pupil_moves import MOST_TOGETHER, MoveTogether, look_together, move_together
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await cast.set_up()
    async with write_transaction():
        await pupils.save(replace(await pupils.get(cast.TWO_HOMES, cast.SERVICE), school_uai=cast.BAULON))


async def lent(pupil: UUID, item: UUID, custody: Custody = Custody.HOME) -> UUID:
    loan_id = await cast.a_draft(pupil=pupil, items=(item,), custody=custody)
    await issue_loan(loan_id, issuer=cast.ISSUER)
    handed = HandedItem(item_id=item)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=(handed,)), issuer=cast.ISSUER)
    return loan_id


def asked(*chosen: UUID, to: str = cast.COLLEGE) -> MoveTogether:
    return MoveTogether(
        former=cast.BAULON, school=to, effective_on=cast.TODAY, pupils=chosen or (cast.CHILD, cast.TWO_HOMES)
    )


async def test_each_is_shown_what_its_move_asks_then_all_are_moved() -> None:
    await lent(cast.CHILD, cast.LAPTOP)
    look = await look_together(asked(), actor=cast.READER, today=cast.TODAY)
    assert [each.outcome for each in look.moves] == [MoveOutcome.NOTICE, MoveOutcome.RECORD]
    assert "chef d'établissement" in look.moves[0].why
    assert (await pupils.get(cast.CHILD, cast.SERVICE)).school_uai == cast.BAULON
    moved = await move_together(asked(), issuer=cast.ISSUER)
    assert len(moved) == 2
    for pupil_id in (cast.CHILD, cast.TWO_HOMES):
        assert (await pupils.get(pupil_id, cast.SERVICE)).school_uai == cast.COLLEGE
    made = [each.kind for one in moved for applied in one.applied for each in applied.made]
    assert made == [DocumentKind.NOTICE]


async def test_what_stayed_at_school_is_given_back_then_agreed_again() -> None:
    await lent(cast.CHILD, cast.LAPTOP, Custody.SCHOOL)
    (one,) = (await look_together(asked(cast.CHILD), actor=cast.READER, today=cast.TODAY)).moves
    assert one.outcome is MoveOutcome.AGREEMENT
    assert one.documents == (DocumentKind.RETURN_RECEIPT, DocumentKind.TRIPARTITE_AGREEMENT)


async def test_one_who_cannot_follow_holds_all_back() -> None:
    await lent(cast.CHILD, cast.LAPTOP)
    with refused(RuleBroken, "pupil.moves_refused"):
        await move_together(asked(to=cast.IME), issuer=cast.ISSUER)
    for pupil_id in (cast.CHILD, cast.TWO_HOMES):
        assert (await pupils.get(pupil_id, cast.SERVICE)).school_uai == cast.BAULON
    # The adult attends another school than the one that the page is of.
    with refused(RuleBroken, "pupil.moves_refused"):
        await move_together(asked(cast.CHILD, cast.ADULT, to=cast.CARDROC), issuer=cast.ISSUER)


async def test_what_is_refused() -> None:
    with refused(NotFound, "school.not_found"):
        await look_together(asked(to="0359999Z"), actor=cast.READER, today=cast.TODAY)
    with refused(NotFound, "pupil.not_found"):
        await look_together(asked(UUID(int=5)), actor=cast.READER, today=cast.TODAY)
    nobody = MoveTogether(former=cast.BAULON, school=cast.COLLEGE, effective_on=cast.TODAY, pupils=())
    with refused(RuleBroken, "pupil.none_moves"):
        await look_together(nobody, actor=cast.READER, today=cast.TODAY)
    with refused(RuleBroken, "pupil.too_many_move"):
        many = (UUID(int=n) for n in range(1, MOST_TOGETHER + 2))
        await look_together(asked(*many), actor=cast.READER, today=cast.TODAY)
    tomorrow = MoveTogether(
        former=cast.BAULON,
        school=cast.COLLEGE,
        effective_on=cast.TODAY + timedelta(days=1),
        pupils=(cast.CHILD,),
    )
    with refused(RuleBroken, "pupil.moves_refused"):
        await move_together(tomorrow, issuer=cast.ISSUER)


async def test_who_may_not_write() -> None:
    with pytest.raises(PermissionDenied):
        await move_together(asked(), issuer=replace(cast.ISSUER, actor=cast.READER))
