"""Batches over the loans of a service: renew them for a school year, list what must be reminded.

Loans are found a page at a time. Each renewal is its own transaction: a loan that cannot be renewed is told and does
not hold the others back.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.calendar.school_year import first_day, last_day
from materiel.domain.loan.alerts import Alert, alerts
from materiel.domain.loan.loan import Loan
from materiel.domain.loan.plan import Plan
from materiel.domain.people.death import is_silenced
from materiel.errors import MaterielError
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.loan import loan as loans
from materiel.use_cases.loan.applying import apply_plan
from materiel.use_cases.loan.case import Case, load_case
from materiel.use_cases.loan.changes import Renew, renewal_of
from materiel.use_cases.papers.issuer import Issuer

PAGE = 200

Progress = Callable[[int, int], None]
"""Told how many loans are done, of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """One loan with its new last day and the number of the amendment, or of the agreement that a loan taken over has
    instead; empty in a dry run.
    """

    loan_id: UUID
    agreement: str
    ends_on: date | None
    amendment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRenewed:
    """One loan that cannot be renewed, and why: `code` of the refusal, `detail` in French."""

    loan_id: UUID
    agreement: str
    code: str
    detail: str


@dataclass(slots=True, kw_only=True)
class RenewalReport:
    """What a batch did, or would do when `dry_run`."""

    school_year: int
    dry_run: bool
    renewed: list[Renewed] = field(default_factory=list)
    refused: list[NotRenewed] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """One loan about which somebody must be reminded today; no name, the loan tells it to whoever may read it."""

    loan_id: UUID
    agreement: str
    alerts: tuple[Alert, ...]


async def renew_school_year(
    school_year: int, *, issuer: Issuer, dry_run: bool = False, progress: Progress
) -> RenewalReport:
    """Renew, until the end of a school year, the individual loans handed over that end before it begins.

    Args:
        school_year: the year of its 1st of September.

    Raises:
        PermissionDenied: the actor may not write.

    Source: circulaire n° 2016-117, § 2.5; domain § 2.3.
    """
    issuer.actor.require(Permission.READ if dry_run else Permission.WRITE)
    report = RenewalReport(school_year=school_year, dry_run=dry_run)
    before = first_day(school_year)
    total, done, after = await loans.count_ending_before(before, issuer.actor.service_id), 0, None
    while page := await loans.ids_ending_before(before, issuer.actor.service_id, limit=PAGE, after=after):
        for loan_id in page:
            await _offer(loan_id, report, issuer)
            done += 1
            progress(done, max(done, total))
        after = page[-1]
    return report


async def list_reminders(*, actor: Actor, now: datetime) -> list[Reminder]:
    """The loans of the actor's service that ask for something today, oldest first. Sends nothing."""
    actor.require(Permission.READ)
    today = actor.civil_date(now)
    reminders = []
    async for loan in _loans(actor):
        if loan.is_draft:
            continue
        case = await load_case(loan.id, actor)
        found = alerts(
            loan,
            case.documents,
            today,
            pupil_died=is_silenced(case.pupil),
            former=case.former,
            items=case.items,
            policy=case.service.renewal_policy,
        )
        if found:
            reminders.append(Reminder(loan_id=loan.id, agreement=case.reference, alerts=found))
    return reminders


@in_one_visit
async def _offer(loan_id: UUID, report: RenewalReport, issuer: Issuer) -> None:
    """Renew one loan, in its own transaction, or tell why not."""
    case = await load_case(loan_id, issuer.actor) if report.dry_run else None
    try:
        if case is not None:
            _tell(case, _planned(case, report, issuer), report)
            return
        async with write_transaction():
            case = await load_case(loan_id, issuer.actor)
            plan = _planned(case, report, issuer)
            applied = None if plan is None else await apply_plan(case, plan, issuer)
    except MaterielError as refusal:
        if case is None:
            raise
        report.refused.append(
            NotRenewed(loan_id=loan_id, agreement=_number(case), code=refusal.code, detail=refusal.message)
        )
    else:
        _tell(case, plan, report, applied.made[0].number if applied else "")


def _planned(case: Case, report: RenewalReport, issuer: Issuer) -> Plan | None:
    """What waits for its signatures with that very end is not offered twice."""
    command = Renew(loan_id=case.loan.id, ends_on=last_day(report.school_year))
    plan = renewal_of(case, command, issuer)
    is_offered = case.loan.renewal is not None and plan.new_ends_on == case.loan.renewal_ends_on
    return None if is_offered else plan


def _tell(case: Case, plan: Plan | None, report: RenewalReport, amendment: str = "") -> None:
    if plan is not None:
        report.renewed.append(
            Renewed(loan_id=case.loan.id, agreement=_number(case), ends_on=plan.new_ends_on, amendment=amendment)
        )


def _number(case: Case) -> str:
    return case.reference


async def _loans(actor: Actor) -> AsyncIterator[Loan]:
    """The open loans of the service, a page in memory at a time."""
    after: UUID | None = None
    while page := await loans.page(actor.service_id, limit=PAGE, after=after):
        for loan in page:
            if loan.is_open:
                yield loan
        after = page[-1].id
