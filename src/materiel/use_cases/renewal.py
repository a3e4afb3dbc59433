"""Batches over the loans of a service: renew them for a school year, list what must be reminded.

Each renewal is its own transaction: a loan that cannot be renewed is told and does not hold the others back.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from materiel.domain.death import check_living, is_silenced
from materiel.domain.loan import Loan, LoanStatus, Usage
from materiel.domain.loan_alerts import Alert, alerts
from materiel.domain.loan_changes import plan_renewal
from materiel.domain.roles import Actor, Permission
from materiel.domain.school_year import first_day, last_day
from materiel.errors import MaterielError
from materiel.store import loan as loans
from materiel.use_cases.case import Case, load_case
from materiel.use_cases.issuing import Issuer
from materiel.use_cases.loan_changes import Renew, check_still_allowed, renew_loan

PAGE = 200

Progress = Callable[[int, int], None]
"""Told how many loans are done, of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """One loan with its new last day and the number of the amendment, empty in a dry run."""

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
    waiting = [loan.id async for loan in _loans(issuer.actor) if _waits_for(loan, school_year)]
    for done, loan_id in enumerate(waiting, start=1):
        case = await load_case(loan_id, issuer.actor)
        agreement = case.agreement.number if case.agreement else ""
        try:
            until = _offer(case, school_year, issuer)
            if case.loan.renewal is None or until != case.loan.renewal_ends_on:
                report.renewed.append(
                    Renewed(loan_id=loan_id, agreement=agreement, ends_on=until)
                    if dry_run
                    else await _renew(case, agreement, school_year, issuer)
                )
        except MaterielError as refusal:
            report.refused.append(
                NotRenewed(loan_id=loan_id, agreement=agreement, code=refusal.code, detail=refusal.message)
            )
        progress(done, len(waiting))
    return report


async def list_reminders(*, actor: Actor, now: datetime) -> list[Reminder]:
    """The loans of the actor's service that ask for something today, oldest first. Sends nothing."""
    actor.require(Permission.READ)
    today = actor.civil_date(now)
    reminders = []
    async for loan in _loans(actor):
        if loan.issued_on is None:
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
            number = case.agreement.number if case.agreement else ""
            reminders.append(Reminder(loan_id=loan.id, agreement=number, alerts=found))
    return reminders


def _waits_for(loan: Loan, school_year: int) -> bool:
    return (
        loan.usage is Usage.INDIVIDUAL
        and loan.status is LoanStatus.HANDED_OVER
        and loan.recalled_on is None
        and loan.ends_on is not None
        and loan.ends_on < first_day(school_year)
    )


def _offer(case: Case, school_year: int, issuer: Issuer) -> date | None:
    """Until when a renewal for the year would run; what waits for its signatures with that end is not offered twice."""
    check_living(case.pupil)
    check_still_allowed(case, issuer)
    held = {line.item_id for line in case.loan.open_items}
    plan = plan_renewal(
        case.loan,
        case.documents,
        case.place.school.kind,
        policy=case.service.renewal_policy,
        items=[item for item in case.items if item.id in held],
        today=issuer.today,
        ends_on=last_day(school_year),
    )
    return plan.new_ends_on


async def _renew(case: Case, agreement: str, school_year: int, issuer: Issuer) -> Renewed:
    applied = await renew_loan(Renew(loan_id=case.loan.id, ends_on=last_day(school_year)), issuer=issuer)
    return Renewed(
        loan_id=case.loan.id,
        agreement=agreement,
        ends_on=applied.case.loan.renewal_ends_on,
        amendment=applied.made[0].number,
    )


async def _loans(actor: Actor) -> AsyncIterator[Loan]:
    """The open loans of the service, a page in memory at a time."""
    after: UUID | None = None
    while page := await loans.page(actor.service_id, limit=PAGE, after=after):
        for loan in page:
            if loan.is_open:
                yield loan
        after = page[-1].id
