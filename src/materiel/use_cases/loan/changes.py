"""Changes of the terms of a loan: a new term, items in and out.

Each one reads the case, plans by the rules and carries the plan out, in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Permission
from materiel.domain.language.bounds import several
from materiel.domain.loan.changes import check_replacement, plan_amendment, plan_renewal
from materiel.domain.loan.decision import DecisionFacts, decide
from materiel.domain.loan.plan import Plan, Removal
from materiel.domain.loan.request import check_permitted
from materiel.domain.people.death import check_living
from materiel.domain.usage import Basis
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.incident import incident as incidents
from materiel.store.item import item as items
from materiel.use_cases.incident.event import record_removals, with_known_faults
from materiel.use_cases.loan.applying import Applied, apply_plan
from materiel.use_cases.loan.case import Case, load_case
from materiel.use_cases.papers.issuer import Issuer


@dataclass(frozen=True, slots=True, kw_only=True)
class Renew:
    """A new last day; None for the service's policy. `basis` is the new decision, None to keep the old one."""

    loan_id: UUID
    ends_on: date | None = None
    basis: Basis | None = None
    override_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amend:
    """Items that enter and leave a loan from a day on."""

    loan_id: UUID
    effective_on: date
    add: Annotated[tuple[UUID, ...], several(200)] = ()
    remove: tuple[Removal, ...] = ()


@in_one_visit
async def renew_loan(command: Renew, *, issuer: Issuer) -> Applied:
    """Give the same loan a new term, by an amendment.

    Raises:
        NotFound: `loan.not_found`.
        Conflict, RuleBroken: see `plan_renewal`; `loan.refused`, the table no longer allows the loan: the school has
            left its contract since, for example.

    Source: circulaire n° 2016-117, § 2.5; domain § 2.3, E5, E18.
    """
    issuer.actor.require(Permission.WRITE)
    async with write_transaction():
        case = await load_case(command.loan_id, issuer.actor)
        return await apply_plan(case, renewal_of(case, command, issuer), issuer)


def renewal_of(case: Case, command: Renew, issuer: Issuer) -> Plan:
    """What a renewal would do to a case; errors are those of `renew_loan`."""
    check_living(case.pupil)
    check_still_allowed(case, issuer, command.override_reason)
    held = {line.item_id for line in case.loan.open_items}
    return plan_renewal(
        case.loan,
        case.documents,
        case.place.school.kind,
        policy=case.service.renewal_policy,
        items=[item for item in case.items if item.id in held],
        today=issuer.today,
        ends_on=command.ends_on,
        basis=command.basis,
        override_reason=command.override_reason,
    )


@in_one_visit
async def amend_loan(command: Amend, *, issuer: Issuer) -> Applied:
    """Add, remove or swap items, by an amendment.

    Raises:
        NotFound: `loan.not_found`, `loan.unknown_item`, `item.not_found`.
        Conflict, RuleBroken: see `plan_amendment` and `check_replacement`; `loan.refused`, see `renew_loan`: nothing
            more is lent.

    Source: domain E25-E27.
    """
    issuer.actor.require(Permission.WRITE)
    async with write_transaction():
        case = await load_case(command.loan_id, issuer.actor)
        check_living(case.pupil)
        if command.add:
            check_still_allowed(case, issuer)
        added = await items.get_many(command.add, issuer.actor.service_id)
        removed = await with_known_faults(command.remove, case.service.id)
        if case.service.replacement_limit:
            earlier = await incidents.count_at_fault(
                case.service.id,
                pupil_id=case.loan.pupil_id,
                loan_id=case.loan.id,
                but=[each.item_id for each in removed],
            )
            check_replacement(added, removed, limit=case.service.replacement_limit, earlier=earlier)
        plan = plan_amendment(
            case.loan,
            case.documents,
            case.place.school.kind,
            add=added,
            remove=removed,
            effective_on=command.effective_on,
            today=issuer.today,
        )
        applied = await apply_plan(case, plan, issuer, added=added)
        await record_removals(command.remove, command.loan_id, command.effective_on, actor=issuer.actor, now=issuer.now)
    return applied


def check_still_allowed(case: Case, issuer: Issuer, override_reason: str = "") -> None:
    """Refuse a new term or a new item where the table would refuse the loan today; how long the basis runs is ruled by
    the plan.

    Raises:
        RuleBroken: `loan.refused`.
    """
    loan = case.loan
    facts = DecisionFacts(
        usage=loan.usage,
        custody=loan.custody,
        school=case.place.school,
        today=issuer.today,
        basis=replace(loan.basis, valid_until=None) if loan.basis else None,
        ends_on=loan.ends_on,
        override_reason=override_reason.strip() or loan.override_reason,
    )
    check_permitted(decide(facts))
