"""Everything that the page of a loan shows, and its documents as one file to print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.condition.remark import ConditionRemark
from materiel.domain.circuit.transfer import TransferLine
from materiel.domain.circuit.use import UseNote, unused_in_a_row
from materiel.domain.circuit.workshop.licence import SeatCase
from materiel.domain.history.correction import Correction
from materiel.domain.history.loan import LoanEvent, in_order, told_of_document, told_of_loan
from materiel.domain.incident.incident import Incident
from materiel.domain.loan.alerts import Alert, alerts
from materiel.domain.loan.decision import Decision
from materiel.domain.loan.elsewhere.leaving import Leaving
from materiel.domain.loan.loan import Loan, LoanStatus, is_handed_over_unsigned
from materiel.domain.loan.placement import Placement, placement_on
from materiel.domain.loan.request import obstacles_to_issue
from materiel.domain.papers.document import in_force
from materiel.domain.papers.required import required_documents
from materiel.domain.people.death import is_silenced
from materiel.domain.usage import Custody
from materiel.errors import MaterielError, NotFound
from materiel.store.circuit import transfer as transfers
from materiel.store.circuit import use as uses
from materiel.store.circuit.condition import remark as condition_remarks
from materiel.store.circuit.workshop import licence as licences
from materiel.store.history import journal
from materiel.store.history.journal import Entry
from materiel.store.incident import incident as incidents
from materiel.store.loan import leaving
from materiel.store.loan import loan as loans
from materiel.store.loan.split import split_from
from materiel.store.papers import correction as corrections
from materiel.store.papers import document as documents
from materiel.store.papers import scan as scans
from materiel.store.papers.scan import Scan
from materiel.use_cases.loan.case import Case, load_case
from materiel.use_cases.loan.loan import decision_of
from materiel.use_cases.papers.document import get_document
from materiel.use_cases.papers.printing import merged_pdf
from materiel.use_cases.retention.retention import LoanRetention, read_loan_retention


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedRule:
    """The rule that allowed a loan where it was from a day on, as it was given that day."""

    place: Placement
    reason: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCustody:
    """The loan that holds, in another custody, what this one held or came from; its agreement's number."""

    loan: Loan
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanSheet:
    """A loan, why it was allowed at first and at each move, what it awaits today, its scans by document, the
    incidents told under it and the acts taken back, oldest first, how long it is kept, its history and what was said of
    its use, newest first.

    `remarks`: what the family says of the condition of the items. `transfer`: the one by which it came from another
    service, or went there; `leavings`: the departures of the pupil from the académie that stand.
    `obstacles` prevent a draft from being issued.
    """

    case: Case
    decision: Decision
    rules: tuple[AppliedRule, ...]
    alerts: tuple[Alert, ...]
    scans: dict[UUID, list[Scan]]
    incidents: tuple[Incident, ...]
    retention: LoanRetention
    obstacles: tuple[MaterielError, ...]
    corrections: tuple[Correction, ...]
    events: Sequence[LoanEvent]
    others: tuple[OtherCustody, ...]
    uses: tuple[UseNote, ...]
    remarks: tuple[ConditionRemark, ...]
    seats: tuple[SeatCase, ...]
    transfer: TransferLine | None
    leavings: tuple[Leaving, ...]

    @property
    def unused(self) -> dict[UUID, date]:
        """What two meetings in a row found without use, as long as nobody has asked it back or dealt with it."""
        loan = self.case.loan
        if loan.recalled_on is not None or is_silenced(self.case.pupil):
            return {}
        return unused_in_a_row(self.uses, [line.item_id for line in loan.lines_out])

    @property
    def is_covered(self) -> bool:
        """Whether the signed agreement of the first loan still stands for the one that is to be signed."""
        bare = replace(self.case.loan, covered_by=None)
        return is_handed_over_unsigned(bare, self.case.documents) and not is_handed_over_unsigned(
            self.case.loan, self.case.documents, self.case.former
        )


async def read_loan_sheet(loan_id: UUID, *, actor: Actor, now: datetime) -> LoanSheet:
    """The sheet of a loan of the actor's service.

    Raises:
        NotFound: `loan.not_found`.
    """
    actor.require(Permission.READ)
    case = await load_case(loan_id, actor)
    entries = await journal.of_subject(actor.service_id, loan_id)
    decision = await decision_of(loan_id)
    return LoanSheet(
        case=case,
        decision=decision,
        rules=await _rules(case.loan, decision, entries),
        alerts=alerts(
            case.loan,
            case.documents,
            actor.civil_date(now),
            pupil_died=is_silenced(case.pupil),
            former=case.former,
            items=case.items,
            policy=case.service.renewal_policy,
        ),
        scans={document.id: await scans.of_document(document.id) for document in case.documents},
        incidents=tuple(await incidents.of_loans([case.loan.id])),
        retention=await read_loan_retention(loan_id, actor=actor),
        obstacles=_obstacles(case, actor.civil_date(now)),
        corrections=tuple(await corrections.about([loan_id], actor.service_id)),
        events=await _events(case, entries, actor),
        others=await _others(case.loan),
        uses=tuple(await uses.of_loan(loan_id, actor.service_id)),
        remarks=tuple(await condition_remarks.of_loan(loan_id, actor.service_id)),
        seats=tuple(await licences.of_loan(loan_id, actor.service_id)),
        transfer=await transfers.of_loan(loan_id, actor.service_id),
        leavings=await _leavings(case),
    )


async def _leavings(case: Case) -> tuple[Leaving, ...]:
    if case.pupil is None or not case.loan.lines_out:
        return ()
    return tuple(each for each in await leaving.of_pupil(case.pupil.id, case.service.id) if each.stands)


async def _others(loan: Loan) -> tuple[OtherCustody, ...]:
    """The loan that this one was split from, then those split from it; one that was eliminated is left out."""
    ids = [*([loan.split_from] if loan.split_from else []), *await split_from(loan.id, loan.service_id)]
    numbers = await documents.agreement_numbers(ids)
    return tuple(
        OtherCustody(loan=each, number=numbers.get(each.id, "")) for each in await loans.get_many(ids, loan.service_id)
    )


def _obstacles(case: Case, today: date) -> tuple[MaterielError, ...]:
    if case.loan.status is not LoanStatus.DRAFT:
        return ()
    required = required_documents(case.loan.usage, case.loan.custody, case.place.school.kind)
    return obstacles_to_issue(
        required, service=case.service, pupil=case.pupil, custodian=case.place.custodian, on=today
    )


async def _rules(loan: Loan, decision: Decision, entries: Sequence[Entry]) -> tuple[AppliedRule, ...]:
    """The rule of each day, with where the loan was: a move never changes what is said of the days before."""
    places = await loans.schools_of(loan.id)
    began = placement_on(places, loan.starts_on) or Placement(loan.school_uai, loan.custody, loan.starts_on)
    first = AppliedRule(place=began, reason=decision.reason, source=str(decision.source))
    moved = [
        AppliedRule(
            place=Placement(
                entry.details["school"],
                Custody(entry.details["custody"]),
                date.fromisoformat(entry.details["effective_on"]),
            ),
            reason=entry.details["rule"]["reason"],
            source=entry.details["rule"]["source"],
        )
        for entry in entries
        if "rule" in entry.details
    ]
    return (first, *moved)


async def _events(case: Case, entries: Sequence[Entry], actor: Actor) -> Sequence[LoanEvent]:
    told: list[LoanEvent | None] = [
        told_of_loan(entry.at, entry.action, entry.details, actor=entry.actor) for entry in entries
    ]
    for document in case.documents:
        told += [
            told_of_document(entry.at, entry.action, entry.details, actor=entry.actor, document=document)
            for entry in await journal.of_subject(actor.service_id, document.id)
        ]
    return in_order(told)


async def print_documents(loan_id: UUID, *, actor: Actor) -> bytes:
    """The documents in force of a loan, drawn one after the other into one PDF, in order of issue.

    Raises:
        NotFound: `loan.not_found`; `loan.nothing_to_print`, a draft, or a loan whose documents have all ended.
    """
    actor.require(Permission.READ)
    case = await load_case(loan_id, actor)
    papers = in_force(case.documents)
    if not papers:
        raise NotFound(
            "loan.nothing_to_print",
            "Ce prêt n'a aucun document en vigueur à imprimer. Émettez-les, ou ouvrez ceux d'avant un par un.",
        )
    return await merged_pdf([paper.id for paper in papers], actor=actor)


async def scans_of(document_id: UUID, *, actor: Actor) -> list[Scan]:
    """The scans filed to a document, in order.

    Raises:
        NotFound: `document.not_found`.
    """
    document = await get_document(document_id, actor=actor)
    return await scans.of_document(document.id)


async def read_scan(document_id: UUID, scan_id: UUID, *, actor: Actor) -> tuple[str, bytes]:
    """The media type and the bytes of the scan of a signed paper.

    Raises:
        NotFound: `document.not_found`, `scan.not_found`.
    """
    document = await get_document(document_id, actor=actor)
    return await scans.content(document.id, scan_id)
