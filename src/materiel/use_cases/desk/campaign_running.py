"""The work of a campaign: its loans examined, then what was chosen done, then the papers sent.

One loan is one transaction, with the line that says so; so is the sending of its paper. Killed at any point it goes on
where it was: what is done was written, what is not was not done. Told to stop, it ends with what is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from time import thread_time
from typing import Protocol
from uuid import UUID

import msgspec

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.desk.campaign import (
    Campaign,
    CampaignLine,
    Choice,
    RenewalOutcome,
    default_choice,
    ground_of_return,
    return_waits,
)
from materiel.domain.loan.plan import Plan
from materiel.domain.usage import Custody
from materiel.domain.work.lot import LineState
from materiel.errors import Conflict, MaterielError, RuleBroken, Unavailable
from materiel.store.accounts import service as services
from materiel.store.desk import campaign as store
from materiel.store.engine.database import in_one_visit, undone_alone
from materiel.use_cases.desk.campaign import CampaignAsked
from materiel.use_cases.desk.campaign_examining import ExaminedLoan, as_line, examine_loans, overtaken
from materiel.use_cases.loan.applying import apply_plan
from materiel.use_cases.loan.changes import Renew, renewal_of
from materiel.use_cases.loan.moves import ChangeSchool, change_school, other_loans_of_pupil
from materiel.use_cases.loan.recall import recall_loan
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.process.turns import rest_since
from materiel.use_cases.signing.request import SendForSignature, send_for_signature
from materiel.use_cases.work.job import JobOutcome, JobRun

AT_ONCE = 50
"""Loans examined in one transaction: other writers wait for it."""
ATTEMPTS = 5
"""How often what somebody else changes at the same time is done anew, before it is told as refused."""

OVER = "Ce prêt n'est plus en cours."
BY_HAND = "Une personne qui signe n'a pas d'adresse électronique : imprimez l'avenant."
LETTER_BY_HAND = "Une personne n'a pas d'adresse électronique : remettez-lui la lettre imprimée."
MOVED = "Son établissement est changé, et une notification y est à envoyer."
MOVE_BY_HAND = (
    "Du matériel de l'élève reste à l'établissement, ou la convention est à refaire : son dépositaire le rend d'abord. "
    "Changez l'établissement depuis le prêt, en disant l'état de ce qui est rendu."
)
RETURN_REASON = "Campagne de rentrée : le prêt n'est pas renouvelé."


class Steps(Protocol):
    """Who does the work: a job, which holds its parts only while it is its own, or a command."""

    def now(self) -> datetime:
        """The current instant, in UTC."""

    def step(self, done: int, total: int) -> AbstractAsyncContextManager[None]:
        """A transaction that writes a part of the work, after which so much is done."""

    async def is_asked_to_stop(self) -> bool:
        """Whether to end here, with what is done."""


@dataclass(slots=True, kw_only=True)
class Work:
    """A campaign being worked on: by whom, for which site, and how far it is."""

    campaign: Campaign
    actor: Actor
    steps: Steps
    base_url: str
    label_url: str = ""
    done: int = 0
    total: int = 0

    def issuer(self) -> Issuer:
        """Who issues, now."""
        return Issuer(actor=self.actor, now=self.steps.now(), base_url=self.base_url, label_url=self.label_url)


class _Overtaken(Exception):
    """Somebody wrote what the act had read, or did it: nothing of it is kept."""


async def run_campaign(run: JobRun) -> JobOutcome:
    """Handler of the job; its result counts what is `done`, `refused`, `left` and `sent` of the campaign."""
    asked = msgspec.json.decode(run.job.payload, type=CampaignAsked)
    zone = await services.zone(run.job.service_id)
    work = Work(
        campaign=await store.get(asked.campaign, run.job.service_id),
        actor=Actor(run.job.created_by, Role.MANAGER, run.job.service_id, zone),
        steps=run,
        base_url=asked.base_url,
        label_url=asked.label_url,
    )
    if asked.examines:
        await examine(work)
    if asked.runs:
        await carry_out(work, send=asked.send)
    counts = await store.counts(work.campaign.id)

    by_state = {
        each.value: sum(found for (_, _, state), found in counts.items() if state is each) for each in LineState
    }
    return JobOutcome({"campaign": str(work.campaign.id), **by_state})


async def examine(work: Work) -> bool:
    """Say of every loan under way what becomes of it; False when told to stop before the end."""
    campaign, after = work.campaign, None
    work.done, work.total = 0, await store.count_active(campaign.service_id)
    while page := await store.active_loans(campaign.service_id, limit=AT_ONCE, after=after):
        if await work.steps.is_asked_to_stop():
            return False
        began = thread_time()
        examined = await examine_loans(page, campaign, work.issuer())
        work.done += len(page)
        await _keep(work, [as_line(each, campaign) for each in examined])
        after = page[-1]
        await rest_since(began)
    await _end_examination(work)
    return True


@in_one_visit
async def _keep(work: Work, lines: Sequence[CampaignLine]) -> None:
    async with work.steps.step(work.done, max(work.done, work.total)):
        await store.see(lines)


@in_one_visit
async def _end_examination(work: Work) -> None:
    async with work.steps.step(work.done, max(work.done, work.total)):
        await store.examined(work.campaign, work.steps.now(), OVER)


async def carry_out(work: Work, *, send: bool) -> None:
    """Do what was chosen for each loan, then send the papers: one transaction for each."""
    campaign_id, run = work.campaign.id, work.campaign.runs
    left = await store.count_to_do(campaign_id, run)
    work.done, work.total = 0, left * 2 if send else left
    work.total += await store.count_to_send(campaign_id) if send else 0
    while not await work.steps.is_asked_to_stop() and (line := await store.next_to_do(campaign_id, run)):
        began = thread_time()
        await _anew(work, line, send=send)
        await rest_since(began)
    work.total = work.done + await store.count_to_send(campaign_id)
    while not await work.steps.is_asked_to_stop() and (line := await store.next_to_send(campaign_id)):
        began = thread_time()
        work.done += 1
        with suppress(_Overtaken):
            await _send(work, line)
        await rest_since(began)


async def _anew(work: Work, line: CampaignLine, *, send: bool) -> None:
    """Do one loan, again when somebody wrote it meanwhile."""
    work.done += 1
    for attempt in range(1, ATTEMPTS + 1):
        try:
            await _settle(work, line, send=send, is_last=attempt == ATTEMPTS)
            break
        except _Overtaken:
            continue


@in_one_visit
async def _settle(work: Work, line: CampaignLine, *, send: bool, is_last: bool) -> None:
    """Do what was chosen for a loan and write what became of it; a refusal undoes it alone."""
    was, line = line, replace(line, run=work.campaign.runs)
    async with work.steps.step(work.done, max(work.done, work.total)):
        try:
            async with undone_alone():
                after = await _done(work, line, send=send)
        except Unavailable:
            raise
        except MaterielError as refusal:
            if isinstance(refusal, Conflict) and refusal.code.endswith(".changed") and not is_last:
                raise _Overtaken from refusal
            after = replace(line, state=LineState.REFUSED, said=refusal.message, code=refusal.code)
        if not await store.write(after, was=was):
            raise _Overtaken


async def _done(work: Work, line: CampaignLine, *, send: bool) -> CampaignLine:
    """The line once its loan is renewed or claimed back; or told why it waits, or that it changed since."""
    issuer = work.issuer()
    (examined,) = await examine_loans([line.loan_id], work.campaign, issuer)
    if examined.found.outcome is not line.outcome:
        return overtaken(line, examined)
    if line.choice is Choice.RETURN:
        return await _claimed(line, examined, issuer)
    if line.choice is Choice.MOVE:
        return await _moved(work, line, examined)
    applied = await apply_plan(examined.case, _plan(work, line, examined, issuer), issuer)
    return replace(
        line,
        state=LineState.DONE,
        said=" ".join(dict.fromkeys(each.detail for each in applied.cautions)),
        code="",
        made=tuple(each.id for each in applied.made),
        renewal=applied.case.loan.renewal,
        ends_on=applied.case.loan.renewal_ends_on,
        to_send=send,
        to_print=not send,
    )


def _plan(work: Work, line: CampaignLine, examined: ExaminedLoan, issuer: Issuer) -> Plan:
    """The plan of the renewal; without a decision any more it is provisional, with the manager's reason (E18)."""
    if line.outcome is RenewalOutcome.BASIS_ENDED:
        asked = Renew(loan_id=line.loan_id, ends_on=work.campaign.ends_on, override_reason=line.reason)
        return renewal_of(examined.case, asked, issuer)
    if isinstance(examined.renewal, MaterielError):
        raise examined.renewal
    return examined.renewal


async def _moved(work: Work, line: CampaignLine, examined: ExaminedLoan) -> CampaignLine:
    """The line of a loan that follows the pupil to the school of the record: what becomes of it there is then done.

    Only where nothing changes hands: what stays at a school is given back, and somebody has to see it (E9, E10).
    """
    issuer, case = work.issuer(), examined.case
    held = (case, *await other_loans_of_pupil(case, actor=issuer.actor))
    if case.pupil is None or any(each.loan.custody is not Custody.HOME for each in held):
        raise RuleBroken("campaign.move_by_hand", MOVE_BY_HAND)
    on = max(issuer.today, case.loan.starts_on)
    await change_school(
        ChangeSchool(loan_id=case.loan.id, school=case.pupil.school_uai, effective_on=on), issuer=issuer
    )
    (after,) = await examine_loans([line.loan_id], work.campaign, issuer)
    moved = overtaken(line, after)
    return replace(moved, choice=default_choice(moved.outcome), said=MOVED, run=line.run - 1)


async def _claimed(line: CampaignLine, examined: ExaminedLoan, issuer: Issuer) -> CampaignLine:
    loan = examined.case.loan
    if waits := return_waits(line.outcome, loan, issuer.today):
        return replace(line, state=LineState.LEFT, said=waits, code="")
    ground = ground_of_return(line.outcome, loan, issuer.today)
    applied = await recall_loan(loan.id, reason=line.reason or RETURN_REASON, ground=ground, issuer=issuer)
    said = LETTER_BY_HAND if applied.letters.to_print else ""
    return replace(line, state=LineState.DONE, said=said, code="")


@in_one_visit
async def _send(work: Work, line: CampaignLine) -> None:
    """Write to those who sign the paper of a renewal; whoever has no mailbox signs a print."""
    async with work.steps.step(work.done, max(work.done, work.total)):
        by_hand, said = True, line.said
        try:
            async with undone_alone():
                paper = _paper(line)
                sent = await send_for_signature(
                    SendForSignature(document_id=paper, in_number=True), issuer=work.issuer()
                )
                by_hand = bool(sent.to_print)
        except Unavailable:
            raise
        except MaterielError as refusal:
            said = " ".join(filter(None, (said, refusal.message)))
        if not await store.write(replace(line, to_send=False, to_print=by_hand, said=said), was=line):
            raise _Overtaken


def _paper(line: CampaignLine) -> UUID:
    assert line.renewal is not None, "what is to be sent was made"
    return line.renewal
