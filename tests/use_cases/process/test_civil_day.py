"""Everything dated « today » is dated by the clocks of the service's territory, overseas as on the mainland."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from tests.use_cases.loan_cast import LAPTOP, SERVICE, a_request, set_up

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.loan.steps import HandedItem
from materiel.errors import RuleBroken
from materiel.store.accounts import service as services
from materiel.store.engine.database import write_transaction
from materiel.use_cases.accounts.token import CreateToken, authenticate, create_token
from materiel.use_cases.loan.loan import create_loan
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan
from materiel.use_cases.papers.issuer import Issuer


@pytest.fixture(autouse=True)
async def cast(db: object) -> None:
    await set_up()


async def moved_to(academie: str, departement: str, now: datetime) -> Issuer:
    """The service of the cast as if it were overseas, seen through one of its tokens."""
    async with write_transaction():
        service = await services.get(SERVICE)
        await services.save(replace(service, academie=academie, departement=departement))
    admin = Actor("cli", Role.ADMIN, SERVICE)
    made = await create_token(CreateToken(role=Role.MANAGER, expires_on=None), actor=admin, now=now)
    actor = await authenticate(made.secret, now)
    assert actor is not None
    return Issuer(actor=actor, now=now, base_url="https://pret.example.fr")


async def test_after_midnight_in_noumea_today_is_not_in_the_future() -> None:
    issuer = await moved_to("40", "988", datetime(2026, 11, 28, 13, 36, tzinfo=UTC))
    today = date(2026, 11, 29)
    request = a_request(starts_on=today)
    loan_id = (await create_loan(request, actor=issuer.actor, now=issuer.now)).case.loan.id
    issued = await issue_loan(loan_id, issuer=issuer)
    assert {each.issued_on for each in issued.made} == {today}
    handed = await hand_over(
        HandOver(loan_id=loan_id, handed_over_on=today, items=(HandedItem(item_id=LAPTOP),)), issuer=issuer
    )
    assert handed.case.loan.handed_over_on == today
    assert issued.made[0].issued_on.isoformat() in issued.made[0].content


@pytest.mark.parametrize(
    ("academie", "departement", "instant", "number"),
    [
        ("31", "972", datetime(2027, 9, 1, 3, 30, tzinfo=UTC), "DSDEN35-2026-00001"),  # 31 August, 23:30.
        ("14", "035", datetime(2027, 9, 1, 3, 30, tzinfo=UTC), "DSDEN35-2027-00001"),
        ("28", "974", datetime(2027, 8, 31, 20, 30, tzinfo=UTC), "DSDEN35-2027-00001"),  # 1 September, 00:30.
    ],
)
async def test_an_agreement_is_numbered_in_the_school_year_of_the_territory(
    academie: str, departement: str, instant: datetime, number: str
) -> None:
    issuer = await moved_to(academie, departement, instant)
    request = a_request(starts_on=date(2027, 8, 31))
    loan_id = (await create_loan(request, actor=issuer.actor, now=issuer.now)).case.loan.id
    issued = await issue_loan(loan_id, issuer=issuer)
    assert issued.made[0].number == number


async def test_tomorrow_stays_in_the_future_in_fort_de_france() -> None:
    issuer = await moved_to("31", "972", datetime(2027, 9, 1, 3, 30, tzinfo=UTC))
    loan_id = (
        await create_loan(a_request(starts_on=date(2027, 8, 1)), actor=issuer.actor, now=issuer.now)
    ).case.loan.id
    await issue_loan(loan_id, issuer=issuer)
    tomorrow = HandOver(loan_id=loan_id, handed_over_on=date(2027, 9, 1), items=(HandedItem(item_id=LAPTOP),))
    with pytest.raises(RuleBroken, match=r"loan\.date_in_future"):
        await hand_over(tomorrow, issuer=issuer)
