"""The route sheet: only what is still to hand over, by school, with who signs; nothing of another service."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.documents.gate import faults
from tests.documents.printing import pages, words
from tests.use_cases import loan_cast as cast

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.loan.steps import HandedItem
from materiel.errors import BadInput, NotFound
from materiel.use_cases.desk.route_sheet import MOST_STOPS, route_sheet
from materiel.use_cases.loan.case import load_case
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan

STRANGER = Actor("tests", Role.ADMIN, cast.OTHER_SERVICE)


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await cast.set_up()


def read(data: bytes) -> str:
    return " ".join(words(data, page) for page in range(pages(data)))


async def issued(**asked: object) -> UUID:
    loan_id = await cast.a_draft(**asked)
    await issue_loan(loan_id, issuer=cast.ISSUER)
    return loan_id


async def test_a_round_says_where_what_to_tick_and_who_signs() -> None:
    first = await issued()
    second = await issued(items=(cast.BRAILLE,), pupil=cast.ADULT, school=cast.COLLEGE)
    data = await route_sheet([first, second], actor=cast.MANAGER, now=cast.NOW)
    text = read(data)
    assert "2 matériels à remettre dans 2 établissements." in text
    for loan_id in (first, second):
        assert (await load_case(loan_id, cast.MANAGER)).reference in text
    assert "☐" in text
    assert "le bon avec vous" in text
    assert faults(data) == []


async def test_what_is_a_draft_or_handed_over_is_left_out() -> None:
    draft, out = await cast.a_draft(items=(cast.KEYBOARD,), pupil=cast.ADULT, school=cast.COLLEGE), await issued()
    case = await load_case(out, cast.MANAGER)
    handed = tuple(HandedItem(item_id=line.item_id) for line in case.loan.items)
    await hand_over(HandOver(loan_id=out, handed_over_on=cast.TODAY, items=handed), issuer=cast.ISSUER)
    for asked in ([draft], [out], [draft, out], []):
        with pytest.raises(BadInput) as refusal:
            await route_sheet(asked, actor=cast.MANAGER, now=cast.NOW)
        assert refusal.value.code == "route_sheet.empty"


async def test_the_loan_of_another_service_is_not_found() -> None:
    loan_id = await issued()
    with pytest.raises(NotFound):
        await route_sheet([loan_id], actor=STRANGER, now=cast.NOW)


async def test_a_sheet_has_a_hundred_loans_at_most() -> None:
    many = [UUID(int=rank) for rank in range(MOST_STOPS + 1)]
    with pytest.raises(BadInput) as refusal:
        await route_sheet(many, actor=cast.MANAGER, now=cast.NOW)
    assert refusal.value.code == "route_sheet.too_long"
