"""What issuing would refuse is told before anything is written, and a refused submission leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.use_cases import loan_cast as cast

from materiel.domain.accounts.service import NO_ADDRESS
from materiel.domain.item.item import ItemStatus
from materiel.domain.loan.decision import SCHOOL_OUTSIDE_TERRITORY
from materiel.domain.loan.loan import LoanStatus
from materiel.domain.usage import Custody, Usage
from materiel.errors import Conflict, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.people import pupil as pupils
from materiel.use_cases.loan.lending import AskDecision, create_and_issue, examine_case
from materiel.use_cases.loan.loan import create_loan
from materiel.use_cases.loan.steps import drop_draft, issue_loan


@pytest.fixture(autouse=True)
async def people(db: object) -> None:
    await cast.set_up()


async def change_pupil(**changes: object) -> None:
    await pupils.save(replace(await pupils.get(cast.CHILD, cast.SERVICE), **changes))


async def forget_address() -> None:
    await services.save(replace(await services.get(cast.SERVICE), address=NO_ADDRESS))


async def obstacles(**asked: object) -> list[str]:
    question = AskDecision(
        **{"usage": Usage.INDIVIDUAL, "custody": Custody.HOME, "school": cast.BAULON, "pupil": cast.CHILD, **asked}
    )
    return [each.code for each in (await examine_case(question, actor=cast.READER, now=cast.NOW)).obstacles]


async def nobody() -> None:
    await change_pupil(representatives=())


async def nowhere() -> None:
    await change_pupil(homes=(), representatives=())


async def disagreement() -> None:
    await change_pupil(disagreement=True)


async def death() -> None:
    await change_pupil(died_on=cast.TODAY)


PREVENTED = {
    "pupil.no_home": nowhere,
    "pupil.no_representative": nobody,
    "pupil.disagreement": disagreement,
    "pupil.deceased": death,
    "service.incomplete": forget_address,
}


async def test_a_whole_case_has_no_obstacle() -> None:
    assert await obstacles() == []
    assert await obstacles(pupil=None) == []


@pytest.mark.parametrize("code", PREVENTED)
async def test_the_refusal_of_issuing_is_told_beforehand(code: str) -> None:
    await PREVENTED[code]()
    assert await obstacles() == [code]
    with pytest.raises(RuleBroken) as refusal:
        await issue_loan(await cast.a_draft(), issuer=cast.ISSUER)
    assert refusal.value.code == code


@pytest.mark.parametrize("code", PREVENTED)
async def test_a_refused_submission_leaves_no_draft_and_no_reservation(code: str) -> None:
    await PREVENTED[code]()
    with pytest.raises(RuleBroken, match=code.replace(".", r"\.")):
        await create_and_issue(cast.a_request(), issuer=cast.ISSUER)
    assert list(await loans.page(cast.SERVICE, limit=5)) == []
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status is ItemStatus.IN_STOCK


async def test_a_submission_without_obstacle_is_issued_at_once() -> None:
    created, applied = await create_and_issue(cast.a_request(), issuer=cast.ISSUER)
    assert applied.case.loan.id == created.case.loan.id
    assert applied.case.loan.status is LoanStatus.ISSUED


async def test_an_incomplete_service_names_its_fields() -> None:
    await forget_address()
    with pytest.raises(RuleBroken) as refusal:
        await issue_loan(await cast.a_draft(), issuer=cast.ISSUER)
    assert [each.pointer for each in refusal.value.errors] == ["/address"]
    assert "/reglages/service" in refusal.value.message


async def test_a_draft_given_up_frees_its_items() -> None:
    await drop_draft(draft := await cast.a_draft(), issuer=cast.ISSUER)
    assert (await loans.get(draft, cast.SERVICE)).status is LoanStatus.CANCELLED
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status is ItemStatus.IN_STOCK


async def test_an_issued_loan_is_not_given_up_as_a_draft() -> None:
    await issue_loan(issued := await cast.a_draft(), issuer=cast.ISSUER)
    with pytest.raises(Conflict, match=r"loan\.not_draft"):
        await drop_draft(issued, issuer=cast.ISSUER)


async def test_a_school_outside_the_territory_is_warned_and_its_reason_kept() -> None:
    await services.save(replace(await services.get(cast.SERVICE), departement="056"))
    asked = cast.a_request(override_reason="Accord de la DSDEN 35")
    created = await create_loan(asked, actor=cast.MANAGER, now=cast.NOW)
    assert SCHOOL_OUTSIDE_TERRITORY in [each.code for each in created.cautions]
    assert (await loans.get(created.case.loan.id, cast.SERVICE)).override_reason == "Accord de la DSDEN 35"
