"""Take over a loan that runs already, several of them, its old paper's scan, and back: no document is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import ManagingService
from materiel.domain.item.item import Item, ItemStatus, check_due_elsewhere
from materiel.domain.language.bounds import Uai, line, several
from materiel.domain.language.identifiers import clean_uai
from materiel.domain.language.values import corrected, replace
from materiel.domain.loan.decision import Decision, DecisionFacts, Schooling, decide
from materiel.domain.loan.loan import Loan, LoanOrigin, LoanStatus, held_status
from materiel.domain.loan.request import check_borrower, check_permitted
from materiel.domain.loan.takeover import check_facts, check_items, handed_over, taken_back
from materiel.domain.papers.old_paper import OldPaper
from materiel.domain.people.pupil import Pupil
from materiel.domain.places.school import School
from materiel.domain.usage import Basis, Custody, Usage
from materiel.errors import Conflict, FieldError, MaterielError, RuleBroken, Unavailable
from materiel.store.accounts import service as services
from materiel.store.engine.database import enclosing_transaction, in_one_visit, undone_alone, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.incident import incident as incidents
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.loan import old_scan as scans
from materiel.store.loan.loan import NewLoan
from materiel.store.loan.old_scan import OldScan
from materiel.store.people import pupil as pupils
from materiel.store.places.place import place_of
from materiel.use_cases.loan.case import Case, load_case
from materiel.use_cases.loan.loan import Created, wanted_items
from materiel.use_cases.papers.document import media_type_of_scan
from materiel.use_cases.papers.printable import printable

NO_PAPER = OldPaper()
"""Nothing is known of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOverLoan:
    """A loan as it runs: who holds which items since when, and what is known of its paper.

    `starts_on` is the first day agreed upon, that of the hand-over unless told; `ends_on` the last one, that of the
    paper unless told, and is not capped: it was agreed upon. `unsigned`: no paper was ever signed.
    """

    usage: Usage
    custody: Custody
    school: Uai
    items: Annotated[tuple[UUID, ...], several(200, least=1)]
    handed_over_on: date
    paper: OldPaper = NO_PAPER
    unsigned: bool = False
    starts_on: date | None = None
    ends_on: date | None = None
    purpose: Annotated[str, line(1000)] = ""
    pupil: UUID | None = None
    basis: Basis | None = None
    schooling: Schooling = Schooling.ORDINARY
    override_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningLoan:
    """A loan as it is going to be entered, and what the table answered."""

    loan: Loan
    decision: Decision
    unsigned: bool
    school_id: UUID


@in_one_visit
async def take_over_loan(command: TakeOverLoan, *, actor: Actor, now: datetime) -> Created:
    """Enter a loan that runs already: the table is asked, its items are out, no document is made.

    Raises:
        RuleBroken: `loan.refused` with the code of the table; what `takeover` refuses of the facts.
        Conflict: `item.already_lent`, `item.not_available`.
        NotFound: `school.not_found`, `pupil.not_found`, `item.not_found` (with the pointer of the item).

    Source: circulaire n° 2001-221 du 29 octobre 2001; E32.
    """
    actor.require(Permission.WRITE)
    printable(command)
    async with write_transaction():
        place = await place_of(clean_uai(command.school), actor.service_id)
        held = await wanted_items(command.items, actor)
        service = await services.get(actor.service_id)
        pupil = await pupils.get(command.pupil, actor.service_id) if command.pupil else None
        running = running_loan(command, held, school=place.school, pupil=pupil, service=service, actor=actor, now=now)
        loan, decision = running.loan, running.decision
        await enter([running], actor=actor, now=now)
        out = await items.set_status(command.items, held_status(loan.custody))
        case = Case(
            service=service,
            loan=loan,
            place=place,
            pupil=pupil,
            items=tuple(out[each.item_id] for each in loan.items),
            documents=(),
        )
    return Created(case=case, decision=decision, cautions=decision.warnings)


@in_one_visit
async def undo_take_over(loan_id: UUID, *, actor: Actor, now: datetime) -> Case:
    """Go back on a loan taken over by mistake, to which nothing has happened since: as a draft given up, it is
    cancelled, and its items are in stock, never lent.

    Raises:
        NotFound: `loan.not_found`.
        Conflict: `loan.not_taken_over`, `loan.changed_since`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        case = await load_case(loan_id, actor)
        after = taken_back(case.loan, today=actor.civil_date(now))
        if case.documents or await incidents.of_loans([loan_id]):
            raise Conflict(
                "loan.changed_since",
                "Un document ou un incident tient à ce prêt repris : la reprise ne se retire plus.",
            )
        saved = await loans.save(after, was=case.loan)
        free = await items.set_status([each.item_id for each in saved.items], ItemStatus.IN_STOCK)
        await journal.by(actor, now).note(
            "loan.take_over_undone", loan_id, {"items": [str(each.item_id) for each in saved.items]}
        )
    return replace(case, loan=saved, items=tuple(free[each.item_id] for each in saved.items))


@in_one_visit
async def take_over_several(lines: Sequence[TakeOverLoan], *, actor: Actor, now: datetime) -> tuple[Created, ...]:
    """Take these loans over in one transaction; a refusal tells every line at fault and leaves nothing.

    Raises:
        RuleBroken: `loan.some_refused`, with the pointer of each line and its sentence.
    """
    actor.require(Permission.WRITE)
    made: list[Created] = []
    refused: list[FieldError] = []
    async with enclosing_transaction():
        for rank, line in enumerate(lines):
            try:
                async with undone_alone():
                    made.append(await take_over_loan(line, actor=actor, now=now))
            except Unavailable:
                raise
            except MaterielError as refusal:
                refused.append(FieldError(f"/lines/{rank}", refusal.message))
        if refused:
            number = len(refused)
            what = "une ligne est refusée" if number == 1 else f"{number} lignes sont refusées"
            raise RuleBroken(
                "loan.some_refused",
                f"Rien n'est enregistré : {what}. Corrigez, puis envoyez de nouveau.",
                errors=refused,
            )
    return tuple(made)


@in_one_visit
async def file_old_scan(loan_id: UUID, data: bytes, *, actor: Actor, now: datetime) -> OldScan:
    """Keep the scan of the old paper beside its loan.

    Raises:
        NotFound: `loan.not_found`.
        Conflict: `loan.not_taken_over`, it has papers of ours, to which scans are filed.
        BadInput: `scan.unreadable`, `scan.too_large`.
    """
    actor.require(Permission.WRITE)
    media_type = media_type_of_scan(data)
    async with write_transaction():
        loan = await loans.get(loan_id, actor.service_id)
        if loan.origin is not LoanOrigin.TAKEN_OVER:
            raise Conflict(
                "loan.not_taken_over", "Ce prêt n'a pas été repris : classez la numérisation à son document."
            )
        scan = await scans.add(loan.id, data, media_type=media_type, filed_by=actor.id, filed_at=now)
        await journal.by(actor, now).note("loan.old_paper_filed", loan.id, {"sha256": scan.sha256})
    return scan


async def old_scans(loan: Loan, *, actor: Actor) -> list[OldScan]:
    """The scans of the old paper of a loan that the actor has read."""
    actor.require(Permission.READ)
    return await scans.of_loan(loan.id) if loan.origin is LoanOrigin.TAKEN_OVER else []


async def read_old_scan(loan_id: UUID, scan_id: UUID, *, actor: Actor) -> tuple[str, bytes]:
    """The media type and the bytes of a scan.

    Raises:
        NotFound: `loan.not_found`, `scan.not_found`.
    """
    actor.require(Permission.READ)
    loan = await loans.get(loan_id, actor.service_id)
    return await scans.content(loan.id, scan_id)


def running_loan(
    command: TakeOverLoan,
    held: Sequence[Item],
    *,
    school: School,
    pupil: Pupil | None,
    service: ManagingService,
    actor: Actor,
    now: datetime,
) -> RunningLoan:
    """What is entered of a loan that runs, once the table is asked and the facts are checked.

    Args:
        held: the items of the command, as they are known.

    Raises:
        RuleBroken, Conflict: see `take_over_loan`.
    """
    decision = _decide(command, school, pupil, service, now)
    check_permitted(decision)
    check_borrower(usage=command.usage, pupil_id=command.pupil)
    check_items(held)
    for each in held:
        check_due_elsewhere(each, command.ends_on or command.paper.ends_on)
    loan = _running(command, school.uai, actor, now)
    return RunningLoan(loan=loan, decision=decision, unsigned=command.unsigned, school_id=school.id)


async def enter(running: Sequence[RunningLoan], *, actor: Actor, now: datetime) -> None:
    """Write loans and their lines of the journal, in the caller's transaction, at its instant; their items are the
    caller's."""
    await loans.insert_many(
        [
            NewLoan(
                loan=each.loan,
                decision=msgspec.json.encode(each.decision).decode(),
                override_by=actor.id if each.loan.override_reason else "",
                school_id=each.school_id,
            )
            for each in running
        ],
        now,
    )
    for each in running:
        await _journal(each.loan, each.decision, each.unsigned, actor, now)


def _decide(
    command: TakeOverLoan, school: School, pupil: Pupil | None, service: ManagingService, now: datetime
) -> Decision:
    """What the table answers today; how long the basis ran is a past fact, which shows on the loan (E18)."""
    return decide(
        DecisionFacts(
            usage=command.usage,
            custody=command.custody,
            school=school,
            today=service.civil_date(now),
            basis=replace(command.basis, valid_until=None) if command.basis else None,
            pupil=pupil,
            starts_on=command.starts_on or command.handed_over_on,
            ends_on=command.ends_on or command.paper.ends_on,
            schooling=command.schooling,
            override_reason=command.override_reason,
            service=service,
        )
    )


def _running(command: TakeOverLoan, school_uai: str, actor: Actor, now: datetime) -> Loan:
    starts_on = command.starts_on or command.handed_over_on
    ends_on = command.ends_on or command.paper.ends_on
    check_facts(
        command.paper,
        unsigned=command.unsigned,
        starts_on=starts_on,
        ends_on=ends_on,
        handed_over_on=command.handed_over_on,
        today=actor.civil_date(now),
    )
    loan = Loan(
        id=new_id(),
        service_id=actor.service_id,
        usage=command.usage,
        custody=command.custody,
        school_uai=school_uai,
        pupil_id=command.pupil,
        status=LoanStatus.DRAFT,
        starts_on=starts_on,
        ends_on=ends_on,
        purpose=command.purpose.strip(),
        basis=command.basis,
        override_reason=command.override_reason.strip(),
        items=(),
        created_at=now,
        paper=corrected(command.paper, reference=command.paper.reference.strip(), ended_on=None),
    )
    return handed_over(loan, command.items, on=command.handed_over_on)


async def _journal(loan: Loan, decision: Decision, unsigned: bool, actor: Actor, now: datetime) -> None:
    await journal.by(actor, now).note(
        "loan.taken_over",
        loan.id,
        {
            "usage": loan.usage.value,
            "custody": loan.custody.value,
            "school": loan.school_uai,
            "items": [str(each.item_id) for each in loan.items],
            "handed_over_on": loan.handed_over_on.isoformat() if loan.handed_over_on else None,
            "unsigned": unsigned,
            "code": decision.code,
            "overridden": bool(loan.override_reason),
        },
    )
