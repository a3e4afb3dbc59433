"""Changes of the annuaire under running loans: kept by the import for each service, settled by its managers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.fields import Fields
from materiel.domain.loan.decision import Decision, DecisionFacts, decide
from materiel.domain.loan.loan import Loan
from materiel.domain.loan.reference_change import (
    REASON_MAX,
    ChangeKind,
    FoundChange,
    ReferenceChange,
    Settlement,
    act_of,
    change_in_words,
    settlements,
)
from materiel.domain.papers.document import AGREEMENTS
from materiel.domain.places.school import School, SchoolKind
from materiel.errors import Conflict
from materiel.exchange.report import ReportedLoan
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.loan import loan as loans
from materiel.store.loan import reference_change as changes
from materiel.store.loan.reference_change import Lender
from materiel.store.papers import document as documents
from materiel.store.places import municipality as municipalities
from materiel.store.places import school as schools

"""Of one school and one service: beyond, the page of the school lists them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedLoan:
    """A running loan at the school, its agreement's number, what the table says of it now, and what to do."""

    loan: Loan
    number: str
    decision: Decision
    act: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSettle:
    """A change to settle, told in French, with the loans that it touches."""

    change: ReferenceChange
    school: School
    told: str
    loans: tuple[TouchedLoan, ...]


async def keep_changes(found: Sequence[FoundChange], *, at: datetime) -> None:
    """Keep changes for the services that they touch, and their papers at the former commune; in the import's
    transaction.
    """
    if not found:
        return
    lenders = await changes.lenders()
    for change in found:
        for lender in _touched(change, lenders):
            if change.kind is ChangeKind.MUNICIPALITY:
                held = lender.held_municipality or change.before
                await schools.hold_municipality(
                    change.school_id, lender.service_id, None if held == change.after else held
                )
            await changes.note(change, lender.service_id, at)


async def note_decided(school: School, kind: SchoolKind, *, actor: Actor, at: datetime) -> None:
    """Put a kind that the service has just decided to its managers, when it has loans there; in that transaction.

    Args:
        school: as it was before.
    """
    if kind is school.kind or not await _running(school.uai, actor.service_id):
        return
    change = FoundChange(
        school_id=school.id,
        uai=school.uai,
        kind=ChangeKind.DECIDED,
        before=school.kind.value,
        after=kind.value,
    )
    await changes.note(change, actor.service_id, at)


async def concerned_loans(found: Sequence[FoundChange], *, actor: Actor) -> list[ReportedLoan]:
    """The running loans of the actor's service that changes touch, for the report of an import."""
    lenders = await changes.lenders() if found else {}
    told: list[ReportedLoan] = []
    for change in found:
        if any(lender.service_id == actor.service_id for lender in _touched(change, lenders)):
            told += [
                ReportedLoan(loan=str(loan.id), number=number, school=change.uai, change=change.kind.value)
                for loan, number in await _running(change.uai, actor.service_id)
            ]
    return told


async def list_changes(*, actor: Actor, now: datetime, limit: int = 50, after: UUID | None = None) -> list[ToSettle]:
    """What is still to settle in the actor's service, oldest first."""
    actor.require(Permission.READ)
    names = await municipalities.names()
    found = await changes.page(actor.service_id, limit=limit, after=after)
    return [await _to_settle(change, names, actor, now) for change in found]


async def changes_of_school(school: School, *, actor: Actor, most: int = 50) -> list[ReferenceChange]:
    """What is still to settle about one school, among the oldest of the service; its list has the loans."""
    actor.require(Permission.READ)
    return [each for each in await changes.page(actor.service_id, limit=most) if each.school_id == school.id]


@in_one_visit
async def settle_change(
    change_id: UUID, decision: Settlement, reason: str, *, actor: Actor, now: datetime
) -> ReferenceChange:
    """Record what a manager decides of a change: no paper is rewritten, no loan moves.

    A new commune reads and signs the papers of the school from the moment that it is accepted; a kind kept is a
    decision of the service, which survives the imports.

    Raises:
        NotFound: `reference_change.not_found`.
        RuleBroken: `reference_change.invalid`, the reason is missing or too long; `/decision`, not one of the change.
        Conflict: `reference_change.settled`.
    """
    actor.require(Permission.WRITE)
    fields = Fields("reference_change.invalid")
    why = fields.text("/reason", reason, longest=REASON_MAX, required=True, name="le motif")
    async with write_transaction():
        change = await changes.get(change_id, actor.service_id)
        # Another service's change does not exist, whatever is typed.
        if decision not in settlements(change.kind):
            fields.add("/decision", "L'annuaire seul dit ce que le contrat couvre : cette décision n'y change rien.")
        fields.check()
        if not await changes.settle(change.id, decision, reason=why, by=actor.id, at=now):
            raise Conflict("reference_change.settled", "Ce changement est déjà réglé. Rechargez la liste.")
        school = await schools.get(change.school_id, actor.service_id)
        if change.kind is ChangeKind.MUNICIPALITY and decision is Settlement.ACCEPT:
            await schools.hold_municipality(school.id, actor.service_id, None)
        if change.kind in (ChangeKind.KIND, ChangeKind.DECIDED) and decision is Settlement.KEEP:
            before = SchoolKind(change.before)
            is_computed = change.kind is ChangeKind.DECIDED and before is school.computed_kind
            kind = None if is_computed else before
            await schools.save_decision(school, actor.service_id, kind, reason=why, by=actor.id, at=now)
        await journal.by(actor, now).note(
            "reference_change.settled",
            school.uai,
            {"kind": change.kind.value, "decision": decision.value, "before": change.before}
            | {"after": change.after, "reason": why},
            of="school",
        )
    return change


def _touched(change: FoundChange, lenders: Mapping[UUID, Sequence[Lender]]) -> list[Lender]:
    """The services whose loans a change touches: a kind that they decided themselves does not move."""
    found = lenders.get(change.school_id, ())
    if change.kind is ChangeKind.KIND:
        return [lender for lender in found if lender.decided_kind is None]
    if change.kind is ChangeKind.CONTRACT:
        return [each for each in found if each.decided_kind in (None, SchoolKind.PRIVATE_UNDER_CONTRACT.value)]
    return list(found)


async def _running(uai: str, service_id: UUID) -> list[tuple[Loan, str]]:
    here = [loan for loan in await loans.page(service_id, school_uai=uai, limit=loans.MOST) if loan.is_open]
    papers = await documents.of_loans([loan.id for loan in here])
    numbers = {
        loan_id: [each.number for each in issued if each.kind in AGREEMENTS] for loan_id, issued in papers.items()
    }
    return [(loan, (numbers.get(loan.id) or [""])[-1]) for loan in here]


async def _to_settle(change: ReferenceChange, names: dict[str, str], actor: Actor, now: datetime) -> ToSettle:
    school = await schools.get(change.school_id, actor.service_id)
    service = await services.get(actor.service_id)
    touched = []
    for loan, number in await _running(school.uai, actor.service_id):
        decision = decide(
            DecisionFacts(
                usage=loan.usage,
                custody=loan.custody,
                school=school,
                today=actor.civil_date(now),
                basis=loan.basis,
                override_reason=loan.override_reason,
                service=service,
            )
        )
        act = act_of(change.kind, decision.outcome, change.after)
        touched.append(TouchedLoan(loan=loan, number=number, decision=decision, act=act))
    return ToSettle(change=change, school=school, told=change_in_words(change, names), loans=tuple(touched))
