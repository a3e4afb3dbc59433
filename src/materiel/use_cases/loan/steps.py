"""Steps of a loan: issue its documents, hand over, take back, cancel, close.

Each one reads the case, plans by the rules and carries the plan out, in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Permission
from materiel.domain.item.checklist import CheckMoment
from materiel.domain.item.item import check_safe
from materiel.domain.item.preparation import given_accessories
from materiel.domain.language.bounds import several
from materiel.domain.loan.decision import Decision, DecisionFacts, decide
from materiel.domain.loan.plan import Plan, find_lines
from materiel.domain.loan.request import check_permitted
from materiel.domain.loan.steps import (
    HandedItem,
    ReturnedItem,
    plan_cancel,
    plan_close,
    plan_hand_over,
    plan_issue,
    plan_return,
)
from materiel.domain.people.death import check_living
from materiel.domain.work.outbox import Purpose
from materiel.errors import Conflict
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.use_cases.incident.event import record_returns
from materiel.use_cases.item.checklist import note_checks
from materiel.use_cases.loan.applying import Applied, Letters, apply_plan
from materiel.use_cases.loan.case import Case, load_case
from materiel.use_cases.loan.letter import signed_by_a_party, tell_notified, tell_parties
from materiel.use_cases.papers.issuer import Issuer

DRAFT_DROPPED = "Brouillon abandonné"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """Items handed over on a day, each in the condition both sides saw, with the accessories really given."""

    loan_id: UUID
    handed_over_on: date
    items: Annotated[tuple[HandedItem, ...], several(200, least=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack:
    """Items that came back on a day, each with its condition and what is missing."""

    loan_id: UUID
    returned_on: date
    items: Annotated[tuple[ReturnedItem, ...], several(200, least=1)]


@in_one_visit
async def issue_loan(loan_id: UUID, *, issuer: Issuer) -> Applied:
    """Issue the documents that the case requires; the table is asked again, since schools change.

    Raises:
        NotFound: `loan.not_found`.
        Conflict: `loan.not_draft`, `loan.closed`, `loan.changed`.
        RuleBroken: `loan.refused`; nobody may sign for the pupil, see `borrower_signatories`.

    Source: circulaire n° 2001-221 du 29 octobre 2001.
    """

    def plan(case: Case) -> Plan:
        if case.loan.issued_on is None and case.loan.is_open:
            check_permitted(_decision_today(case, issuer.today))
        return plan_issue(case.loan, case.place.school.kind, today=issuer.today)

    return await _step(loan_id, issuer, plan, of_living=True)


def _decision_today(case: Case, today: date) -> Decision:
    loan = case.loan
    return decide(
        DecisionFacts(
            usage=loan.usage,
            custody=loan.custody,
            school=case.place.school,
            today=today,
            basis=loan.basis,
            starts_on=loan.starts_on,
            ends_on=loan.ends_on,
            override_reason=loan.override_reason,
        )
    )


@in_one_visit
async def hand_over(command: HandOver, *, issuer: Issuer) -> Applied:
    """Hand items over and make the receipt; a missing signature does not prevent it, it shows (E32).

    Raises:
        NotFound: `loan.not_found`, `loan.unknown_item`.
        Conflict, RuleBroken: see `plan_hand_over`; `item.safety_recall`, a maker recalls one of them.

    Source: Code civil, art. 1919.
    """
    issuer.actor.require(Permission.WRITE)
    async with write_transaction():
        return await hand_over_case(await load_case(command.loan_id, issuer.actor), command, issuer=issuer)


async def hand_over_case(case: Case, command: HandOver, *, issuer: Issuer) -> Applied:
    """The same of a loan already read, in the caller's transaction, whose actor may write."""
    check_living(case.pupil)
    for line in find_lines(case.loan, [each.item_id for each in command.items]):
        check_safe(case.item(line.item_id))
    handed = [
        replace(each, accessories=given_accessories(case.item(each.item_id), each.accessories))
        for each in command.items
    ]
    plan = plan_hand_over(
        case.loan,
        case.documents,
        case.place.school.kind,
        handed,
        handed_over_on=command.handed_over_on,
        today=issuer.today,
    )
    return await apply_plan(case, plan, issuer)


@in_one_visit
async def take_back(command: TakeBack, *, issuer: Issuer) -> Applied:
    """Take items back and make the receipt that discharges who gives them back; the last one ends the loan.

    Raises:
        NotFound: `loan.not_found`, `loan.unknown_item`.
        Conflict, RuleBroken: see `plan_return`.

    Source: Code civil, art. 1884, 1932, 1933, 1937.
    """
    issuer.actor.require(Permission.WRITE)
    async with write_transaction():
        return await take_back_case(await load_case(command.loan_id, issuer.actor), command, issuer=issuer)


async def take_back_case(case: Case, command: TakeBack, *, issuer: Issuer) -> Applied:
    """The same of a loan already read, in the caller's transaction, whose actor may write."""
    plan = plan_return(
        case.loan,
        case.documents,
        case.place.school.kind,
        command.items,
        returned_on=command.returned_on,
        today=issuer.today,
        software=frozenset(item.id for item in case.items if item.is_software),
    )
    applied = await apply_plan(case, plan, issuer)
    ticked = {each.item_id: each.ticked for each in command.items if each.ticked is not None}
    checked = {each: case.item(each) for each in ticked}
    await note_checks(
        ticked,
        checked,
        CheckMoment.RETURN,
        done_on=command.returned_on,
        actor=issuer.actor,
        now=issuer.now,
    )
    await record_returns(command.items, command.loan_id, command.returned_on, actor=issuer.actor, now=issuer.now)
    return applied


@in_one_visit
async def cancel_loan(loan_id: UUID, *, reason: str, issuer: Issuer) -> Applied:
    """Cancel a loan whose items never left. Once somebody else than the service has signed it, its parties are told;
    whoever was sent its notice is told too.

    Raises:
        NotFound: `loan.not_found`.
        Conflict, RuleBroken: see `plan_cancel`.
    """
    issuer.actor.require(Permission.WRITE)
    async with write_transaction():
        before = await load_case(loan_id, issuer.actor)
        plan = plan_cancel(before.loan, before.documents, reason=reason, today=issuer.today)
        applied = await apply_plan(before, plan, issuer)
        letters = await tell_notified(before, issuer=issuer)
        if signed_by_a_party(before):
            told = await tell_parties(applied.case, Purpose.LOAN_CANCELLED, issuer=issuer)
            letters = Letters(
                written_to=(*told.written_to, *letters.written_to), to_print=(*told.to_print, *letters.to_print)
            )
        return replace(applied, letters=letters)


@in_one_visit
async def drop_draft(loan_id: UUID, *, issuer: Issuer) -> Applied:
    """Give up a draft: its items are free again; nothing was issued, so no reason is asked.

    Raises:
        NotFound: `loan.not_found`.
        Conflict: `loan.not_draft`, `loan.closed`.
    """

    def plan(case: Case) -> Plan:
        if case.loan.issued_on is not None:
            raise Conflict(
                "loan.not_draft", "Les documents de ce prêt sont émis : annulez-le depuis sa fiche, avec un motif."
            )
        return plan_cancel(case.loan, case.documents, reason=DRAFT_DROPPED, today=issuer.today)

    return await _step(loan_id, issuer, plan)


@in_one_visit
async def close_loan(loan_id: UUID, *, issuer: Issuer, despite_unsigned: bool = False) -> Applied:
    """File a returned loan away; `despite_unsigned` says that somebody read which receipts are not signed.

    Raises:
        NotFound: `loan.not_found`.
        Conflict: `loan.not_returned`, `loan.receipts_unsigned`.
    """
    return await _step(
        loan_id,
        issuer,
        lambda case: plan_close(case.loan, case.documents, today=issuer.today, despite_unsigned=despite_unsigned),
    )


@in_one_visit
async def _step(loan_id: UUID, issuer: Issuer, plan: Callable[[Case], Plan], *, of_living: bool = False) -> Applied:
    issuer.actor.require(Permission.WRITE)
    async with write_transaction():
        case = await load_case(loan_id, issuer.actor)
        if of_living:
            check_living(case.pupil)
        return await apply_plan(case, plan(case), issuer)
