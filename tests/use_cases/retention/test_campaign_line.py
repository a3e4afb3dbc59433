"""What a campaign said of a loan goes with the loan."""

from __future__ import annotations

import pytest
from tests.stage import retention_cast as old
from tests.use_cases import loan_cast as cast
from tests.use_cases.retention.test_old_paper import taken_and_over

from materiel.domain.desk.campaign import CampaignKind
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.engine.ids import new_id
from materiel.use_cases.desk.campaign import OpenCampaign, open_campaign
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS


@pytest.fixture(autouse=True)
async def people(db: object) -> None:
    await old.set_up()


async def test_a_line_is_erased_with_its_loan_and_the_campaign_stays() -> None:
    loan_id = await taken_and_over()
    asked = OpenCampaign(kind=CampaignKind.RENEWAL, school_year=2027)
    opened = await open_campaign(asked, issuer=cast.ISSUER)
    assert await run_next("w", HANDLERS, clock=lambda: cast.NOW)
    async with write_transaction():
        # Of the campaign of the year in which the loan ran.
        await fetch(
            "INSERT INTO campaign_line (id, campaign, loan, outcome, why, code, documents, reason, state, said, made,"
            f" to_send, to_print, run, examination) VALUES ('{new_id()}', '{opened.campaign.id}', '{loan_id}', 'renew',"
            " '', '', '[]', '', 'left', '', '[]', FALSE, FALSE, 0, 1)"
        )
    await old.eliminated()
    assert await fetch(f"SELECT id FROM campaign_line WHERE loan = '{loan_id}'") == []
    assert len(await fetch("SELECT id FROM campaign")) == 1
