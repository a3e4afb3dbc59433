"""Opening a campaign, examining its loans, deciding by groups, having it run.

Source: circulaire n° 2016-117, § 2.5; domain § 2.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.desk.campaign import (
    REASON_MAX,
    Campaign,
    CampaignKind,
    CampaignLine,
    Choice,
    RenewalOutcome,
    check_choice,
    check_end,
    default_choice,
)
from materiel.domain.language.bounds import line, several
from materiel.domain.work.job import CAMPAIGN, Job
from materiel.domain.work.lot import MOST_LINES, LineState
from materiel.errors import Conflict, FieldError, NotFound
from materiel.store.accounts import service as services
from materiel.store.desk import campaign as store
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.work import job as jobs
from materiel.use_cases.papers.issuer import Issuer

MOST_CAMPAIGNS = 20

Counts = Mapping[tuple[RenewalOutcome, Choice | None, LineState], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCampaign:
    """The campaign of a school year; `ends_on` is the last day asked, 31 August unless told. A dry run only examines;
    else what is plainly renewed is renewed at once, with no e-mail unless `send`.
    """

    kind: CampaignKind
    school_year: int
    ends_on: date | None = None
    dry_run: bool = True
    send: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseForGroup:
    """What is done with the loans of an outcome: all of them, or `loans`. None goes back on what was chosen."""

    campaign_id: UUID
    outcome: RenewalOutcome
    choice: Choice | None
    reason: Annotated[str, line(REASON_MAX)] = ""
    loans: Annotated[tuple[UUID, ...], several(MOST_LINES)] | None = None


class CampaignAsked(msgspec.Struct, frozen=True):
    """What the job of a campaign is given: whether it examines, whether it runs, and whether it writes to people."""

    campaign: UUID
    examines: bool
    runs: bool
    send: bool
    base_url: str
    label_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedCampaign:
    """A campaign and the job under way for it."""

    campaign: Campaign
    job: Job


@dataclass(frozen=True, slots=True)
class Reach:
    """Of the renewals that a run would do: families that have a mailbox, that have none, and what is kept at school."""

    written: int
    unwritten: int
    kept: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignReport:
    """A campaign, its last job if it is still known, and how many loans are of each outcome, choice and state."""

    campaign: Campaign
    job: Job | None
    counts: Counts
    reach: Reach

    def count(
        self, outcome: RenewalOutcome | None = None, state: LineState | None = None, choice: Choice | None = None
    ) -> int:
        """How many loans: of an outcome, in a state, with a choice, whichever are told."""
        return sum(
            found
            for (each, chosen, where), found in self.counts.items()
            if (outcome is None or each is outcome)
            and (state is None or where is state)
            and (choice is None or chosen is choice)
        )

    @property
    def is_under_way(self) -> bool:
        """Whether it is being examined or run."""
        return self.job is not None and not self.job.is_over

    def to_do(self, choice: Choice) -> int:
        """How many loans a run would renew, or claim back."""
        return sum(self.count(state=state, choice=choice) for state in (LineState.LEFT, LineState.REFUSED))

    @property
    def undecided(self) -> int:
        """How many loans wait for a manager's choice."""
        return sum(self.undecided_of(outcome) for outcome in RenewalOutcome)

    def undecided_of(self, outcome: RenewalOutcome) -> int:
        """How many loans of an outcome do."""
        return sum(
            found
            for (each, chosen, state), found in self.counts.items()
            if each is outcome
            and outcome is not RenewalOutcome.NOTHING
            and chosen is None
            and state is not LineState.DONE
        )


def new_campaign(command: OpenCampaign, issuer: Issuer) -> Campaign:
    """The campaign that a command opens, unless the service has it already.

    Raises:
        RuleBroken: `campaign.end_outside_year`.
    """
    return Campaign(
        id=new_id(),
        service_id=issuer.actor.service_id,
        kind=command.kind,
        school_year=command.school_year,
        ends_on=check_end(command.school_year, command.ends_on),
        created_by=issuer.actor.id,
        created_at=issuer.now,
    )


async def open_campaign(command: OpenCampaign, *, issuer: Issuer) -> OpenedCampaign:
    """Examine the loans of the service for a school year, and keep what was chosen and done already.

    A service has one campaign a year: asked again, the same one is examined anew.

    Raises:
        RuleBroken: `campaign.end_outside_year`.
        Conflict: `campaign.under_way`, it is being run.
    """
    issuer.actor.require(Permission.WRITE)
    opened = new_campaign(command, issuer)
    return await _begin(opened, issuer, examines=True, runs=not command.dry_run, send=command.send)


async def start_campaign(campaign_id: UUID, *, send: bool, issuer: Issuer) -> OpenedCampaign:
    """Have what was chosen done, loan by loan; what is done already is not done again.

    Raises:
        NotFound: `campaign.not_found`.
        Conflict: `campaign.not_examined`; `campaign.under_way`, it is being examined.
    """
    issuer.actor.require(Permission.WRITE)
    campaign = await store.get(campaign_id, issuer.actor.service_id)
    if campaign.examined_at is None:
        raise Conflict(
            "campaign.not_examined", "Cette campagne n'est pas encore examinée : attendez la fin de son examen."
        )
    return await _begin(campaign, issuer, examines=False, runs=True, send=send)


@in_one_visit
async def begin_without_job(campaign: Campaign, issuer: Issuer) -> Campaign:
    """Note that somebody examines and runs a campaign, and waits for it.

    Raises:
        Conflict: `campaign.under_way`.
    """
    issuer.actor.require(Permission.WRITE)
    async with write_transaction():
        kept = await _kept(campaign, issuer)
        await _check_free(kept)
        begun = replace(
            kept, ends_on=campaign.ends_on, examination=kept.examination + 1, runs=kept.runs + 1, job_id=None
        )
        await store.begin(begun)
        await journal.by(issuer.actor, issuer.now).note("campaign.started", kept.id, {})
    return begun


@in_one_visit
async def _begin(campaign: Campaign, issuer: Issuer, *, examines: bool, runs: bool, send: bool) -> OpenedCampaign:
    service_id = issuer.actor.service_id
    async with write_transaction():
        kept = await _kept(campaign, issuer)
        asked = CampaignAsked(kept.id, examines, runs, send, issuer.base_url, issuer.label_url)
        payload = msgspec.json.encode(asked).decode()
        if (known := await _known(kept.job_id, service_id)) is not None and not known.is_over:
            if known.payload == payload and known.stop_asked_at is None:
                return OpenedCampaign(campaign=kept, job=known)
            raise _under_way()
        job = await jobs.enqueue(service_id, CAMPAIGN, payload, created_by=issuer.actor.id, created_at=issuer.now)
        kept = replace(
            kept,
            job_id=job.id,
            ends_on=campaign.ends_on,
            examination=kept.examination + examines,
            runs=kept.runs + runs,
        )
        await store.begin(kept)
        if runs:
            details = {"job": str(job.id), "send": send}
            await journal.by(issuer.actor, issuer.now).note("campaign.started", kept.id, details)
    return OpenedCampaign(campaign=kept, job=job)


async def _kept(campaign: Campaign, issuer: Issuer) -> Campaign:
    """The campaign of the service for that year, opened if it has none; nobody else begins its work meanwhile."""
    await services.lock(campaign.service_id)
    kept = await store.add(campaign)
    if kept.id == campaign.id and not kept.examination:
        details = {"school_year": kept.school_year, "ends_on": campaign.ends_on.isoformat()}
        await journal.by(issuer.actor, issuer.now).note("campaign.opened", kept.id, details)
    return kept


async def _check_free(campaign: Campaign) -> None:
    job = await _known(campaign.job_id, campaign.service_id)
    if job is not None and not job.is_over:
        raise _under_way()


async def _known(job_id: UUID | None, service_id: UUID) -> Job | None:
    try:
        return await jobs.get(job_id, service_id) if job_id is not None else None
    except NotFound:
        return None


@in_one_visit
async def choose_for_group(command: ChooseForGroup, *, issuer: Issuer) -> int:
    """Note what is to be done with the loans of an outcome, which the rules treat alike; how many that makes.

    Nothing is done before the campaign is run.

    Raises:
        NotFound: `campaign.not_found`; `campaign.unknown_loan`, one is not of this outcome any more.
        RuleBroken: `campaign.choice_not_allowed`, `campaign.reason_required`, `campaign.reason_too_long`.
        Conflict: `campaign.under_way`.
    """
    actor = issuer.actor
    actor.require(Permission.WRITE)
    choice = command.choice or default_choice(command.outcome)
    reason = check_choice(command.outcome, choice, command.reason) if choice is not None else ""
    async with write_transaction():
        campaign = await store.get(command.campaign_id, actor.service_id)
        await _check_free(campaign)
        if command.loans is not None:
            await _check_of_group(campaign, command)
        changed = await store.choose(campaign.id, command.outcome, choice, reason, command.loans)
        details = {"outcome": command.outcome.value, "choice": choice.value if choice else None, "loans": changed}
        await journal.by(actor, issuer.now).note("campaign.chosen", campaign.id, details)
    return changed


async def _check_of_group(campaign: Campaign, command: ChooseForGroup) -> None:
    asked = command.loans or ()
    lines = await store.get_lines(campaign.id, asked)
    found = {each.loan_id for each in lines if each.outcome is command.outcome}
    for rank, loan_id in enumerate(asked):
        if loan_id not in found:
            told = "Ce prêt n'est pas, ou n'est plus, dans ce groupe de la campagne : relisez la page."
            raise NotFound("campaign.unknown_loan", told, errors=(FieldError(f"/loans/{rank}", told),))


async def read_campaign(campaign_id: UUID, *, actor: Actor) -> CampaignReport:
    """A campaign of the actor's service, with its counts.

    Raises:
        NotFound: `campaign.not_found`.
    """
    actor.require(Permission.READ)
    campaign = await store.get(campaign_id, actor.service_id)
    return CampaignReport(
        campaign=campaign,
        job=await _known(campaign.job_id, actor.service_id),
        counts=await store.counts(campaign.id),
        reach=Reach(*await store.reach(campaign.id)),
    )


async def list_campaigns(*, actor: Actor) -> list[Campaign]:
    """The campaigns of the actor's service, the last school year first."""
    actor.require(Permission.READ)
    return await store.of_service(actor.service_id, limit=MOST_CAMPAIGNS)


async def list_campaign_lines(
    campaign_id: UUID,
    outcome: RenewalOutcome | None = None,
    state: LineState | None = None,
    *,
    actor: Actor,
    limit: int,
    after: UUID | None = None,
) -> Sequence[CampaignLine]:
    """The loans of a campaign, of one outcome or in one state if told, in their order, after the line of one of them.

    Raises:
        NotFound: `campaign.not_found`.
    """
    actor.require(Permission.READ)
    campaign = await store.get(campaign_id, actor.service_id)
    return await store.page(campaign.id, outcome, state, limit=limit, after=after)


def _under_way() -> Conflict:
    return Conflict(
        "campaign.under_way", "Cette campagne est déjà en cours : attendez la fin de son travail, ou arrêtez-le."
    )


def campaign_of(job: Job) -> UUID | None:
    """The campaign that a job is of; None for another work."""
    return msgspec.json.decode(job.payload, type=CampaignAsked).campaign if job.kind == CAMPAIGN else None
