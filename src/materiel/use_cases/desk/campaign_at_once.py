"""A campaign by the command line: foreseen without writing anything, or run at once by whoever waits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.roles import Permission
from materiel.domain.desk.campaign import RenewalOutcome
from materiel.domain.papers.document import DocumentKind
from materiel.store.desk import campaign as store
from materiel.store.engine.database import enclosing_transaction
from materiel.use_cases.desk.campaign import (
    CampaignReport,
    OpenCampaign,
    begin_without_job,
    new_campaign,
    read_campaign,
)
from materiel.use_cases.desk.campaign_examining import examine_loans
from materiel.use_cases.desk.campaign_running import AT_ONCE, Work, carry_out, examine
from materiel.use_cases.papers.issuer import Issuer

Progress = Callable[[int, int], None]
"""Told how many loans are done, of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeseenLoan:
    """What a campaign would say of a loan; `agreement` is by what people name it."""

    loan_id: UUID
    agreement: str
    outcome: RenewalOutcome
    why: str
    documents: tuple[DocumentKind, ...]
    ends_on: date | None


class _AtOnce:
    """The steps of a campaign that nobody stops but by ending the command; each holds by itself."""

    def __init__(self, clock: Callable[[], datetime], progress: Progress) -> None:
        self._clock, self._progress = clock, progress

    def now(self) -> datetime:
        return self._clock()

    @asynccontextmanager
    async def step(self, done: int, total: int) -> AsyncIterator[None]:
        async with enclosing_transaction():
            yield
        self._progress(done, total)

    async def is_asked_to_stop(self) -> bool:
        return False


async def foresee_campaign(command: OpenCampaign, *, issuer: Issuer, progress: Progress) -> list[ForeseenLoan]:
    """What becomes of each loan under way, oldest first; nothing is written.

    Raises:
        RuleBroken: `campaign.end_outside_year`.
    """
    issuer.actor.require(Permission.READ)
    campaign = new_campaign(command, issuer)
    total, foreseen, after = await store.count_active(campaign.service_id), list[ForeseenLoan](), None
    while page := await store.active_loans(campaign.service_id, limit=AT_ONCE, after=after):
        for each in await examine_loans(page, campaign, issuer):
            foreseen.append(
                ForeseenLoan(
                    loan_id=each.case.loan.id,
                    agreement=each.case.name,
                    outcome=each.found.outcome,
                    why=each.found.why,
                    documents=each.found.documents,
                    ends_on=each.found.ends_on,
                )
            )
        after = page[-1]
        progress(len(foreseen), max(total, len(foreseen)))
    return foreseen


async def run_campaign_at_once(
    command: OpenCampaign, *, issuer: Issuer, clock: Callable[[], datetime], progress: Progress
) -> CampaignReport:
    """Examine the loans under way and do what is chosen for them, what was chosen on the page included.

    Raises:
        RuleBroken: `campaign.end_outside_year`.
        Conflict: `campaign.under_way`.
    """
    issuer.actor.require(Permission.WRITE)
    campaign = await begin_without_job(new_campaign(command, issuer), issuer)
    work = Work(
        campaign=campaign,
        actor=issuer.actor,
        steps=_AtOnce(clock, progress),
        base_url=issuer.base_url,
        label_url=issuer.label_url,
    )
    await examine(work)
    await carry_out(work, send=command.send)
    return await read_campaign(campaign.id, actor=issuer.actor)
