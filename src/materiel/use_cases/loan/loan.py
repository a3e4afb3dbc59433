"""Loans and deposits: prepare one, read it, list them. Next come `steps` and `changes`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import ManagingService
from materiel.domain.item.item import Item, ItemStatus
from materiel.domain.language.bounds import Uai, filled_text, several
from materiel.domain.language.identifiers import clean_uai
from materiel.domain.loan.decision import Caution, Decision, DecisionFacts, Schooling, decide
from materiel.domain.loan.loan import Loan, LoanItem, LoanStatus
from materiel.domain.loan.request import check_examination, check_permitted, check_request
from materiel.domain.loan.term import term_of
from materiel.domain.people.death import check_living
from materiel.domain.people.pupil import Pupil
from materiel.domain.places.school import School
from materiel.domain.usage import Basis, Custody, Usage
from materiel.errors import FieldError, NotFound, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.engine.database import enclosing_transaction, in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.people import pupil as pupils
from materiel.store.places.place import place_of
from materiel.use_cases.circuit.meeting import take_need
from materiel.use_cases.loan.case import Case, load_case
from materiel.use_cases.papers.printable import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateLoan:
    """What is asked. `items` in the order they will be printed; `ends_on` is capped by every limit.

    `override_reason` is a manager's written reason where the table awaits a person. `need` is the need of the pupil
    that the loan is to meet: the hand-over does. `for_examination`: a deposit at a centre of examination, which has a
    last day.
    """

    usage: Usage
    custody: Custody
    school: Uai
    items: Annotated[tuple[UUID, ...], several(200, least=1)]
    starts_on: date
    purpose: Annotated[str, filled_text(1000)]
    pupil: UUID | None = None
    ends_on: date | None = None
    basis: Basis | None = None
    schooling: Schooling = Schooling.ORDINARY
    override_reason: str = ""
    need: UUID | None = None
    for_examination: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """A draft and the decision that allows it; `cautions` also tell what shortened the term."""

    case: Case
    decision: Decision
    cautions: tuple[Caution, ...]


@in_one_visit
async def create_loan(command: CreateLoan, *, actor: Actor, now: datetime) -> Created:
    """Prepare a loan: decide, reserve the items, keep the decision.

    Raises:
        RuleBroken: `loan.refused` with the code of the table; what `check_request`, `check_examination` and `term_of`
            refuse; `need.other_pupil`.
        Conflict: `item.already_lent`, `item.not_available`; `need.over`, `need.loan_prepared`.
        NotFound: `school.not_found`, `pupil.not_found`, `item.not_found` (with the pointer of the item);
            `need.not_found`.

    Source: circulaire n° 2001-221 du 29 octobre 2001.
    """
    actor.require(Permission.WRITE)
    printable(command)
    async with write_transaction():
        place = await place_of(clean_uai(command.school), actor.service_id)
        wanted = await wanted_items(command.items, actor)
        service = await services.get(actor.service_id)
        pupil = await pupils.get(command.pupil, actor.service_id) if command.pupil else None
        check_living(pupil)
        decision = _decide(command, place.school, pupil, service, now)
        check_permitted(decision)
        check_request(
            usage=command.usage,
            pupil_id=command.pupil,
            items=wanted,
            starts_on=command.starts_on,
            purpose=command.purpose,
        )
        if command.for_examination:
            check_examination(usage=command.usage, ends_on=command.ends_on)
        term = term_of(
            usage=command.usage,
            policy=service.renewal_policy,
            starts_on=command.starts_on,
            asked=command.ends_on,
            basis=command.basis,
            items=wanted,
        )
        loan = _draft(command, place.school.uai, actor, now, term.ends_on)
        await loans.insert(
            loan,
            msgspec.json.encode(decision).decode(),
            override_by=actor.id if loan.override_reason else "",
            school_id=place.school.id,
        )
        if command.need is not None:
            await take_need(command.need, loan, actor=actor, now=now)
        reserved = await items.set_status(command.items, ItemStatus.RESERVED)
        await _journal(loan, decision, actor, now)
        case = Case(
            service=service,
            loan=loan,
            place=place,
            pupil=pupil,
            items=tuple(reserved[line.item_id] for line in loan.items),
            documents=(),
        )
    return Created(case=case, decision=decision, cautions=(*decision.warnings, *term.cautions))


@in_one_visit
async def create_loans(
    command: CreateLoan, elsewhere: Sequence[UUID], *, actor: Actor, now: datetime
) -> tuple[Created, ...]:
    """Prepare a loan and, for the items that are in the other custody, a second one; together or not at all.

    Raises:
        NotFound: `loan.unknown_item`, an item of `elsewhere` is not asked.
        RuleBroken: `loan.custody_of_all`, nothing would be left in the custody asked.
        MaterielError: what `create_loan` raises.

    Source: circulaire n° 2001-221; domain § 6.1, row 17.
    """
    commands = by_custody(command, elsewhere)
    async with enclosing_transaction():
        return tuple([await create_loan(each, actor=actor, now=now) for each in commands])


def by_custody(command: CreateLoan, elsewhere: Sequence[UUID]) -> tuple[CreateLoan, ...]:
    """One request a custody, the one asked first, which alone meets the need. Raises what `create_loans` says of
    `elsewhere`."""
    if not elsewhere:
        return (command,)
    here = tuple(each for each in command.items if each not in elsewhere)
    there = tuple(each for each in command.items if each in elsewhere)
    if set(elsewhere) - set(there):
        raise NotFound(
            "loan.unknown_item", "L'un des matériels d'une autre garde ne fait pas partie du prêt : relisez la liste."
        )
    if not here:
        raise RuleBroken(
            "loan.custody_of_all",
            "Tout le matériel aurait l'autre garde : choisissez-la pour le prêt entier.",
        )
    other = Custody.SCHOOL if command.custody is Custody.HOME else Custody.HOME
    return (replace(command, items=here), replace(command, items=there, custody=other, need=None))


async def wanted_items(item_ids: Sequence[UUID], actor: Actor) -> list[Item]:
    """The items that a loan asks for. Raises `NotFound`, `item.not_found`, with the pointer of the one that is not."""
    try:
        return await items.get_many(item_ids, actor.service_id)
    except NotFound as missing:
        position = missing.facts.get("position", 0)
        raise NotFound(
            missing.code,
            missing.message,
            errors=[FieldError(f"/items/{position}", missing.message)],
        ) from None


def _decide(
    command: CreateLoan, school: School, pupil: Pupil | None, service: ManagingService, now: datetime
) -> Decision:
    return decide(
        DecisionFacts(
            usage=command.usage,
            custody=command.custody,
            school=school,
            today=service.civil_date(now),
            basis=command.basis,
            pupil=pupil,
            starts_on=command.starts_on,
            ends_on=command.ends_on,
            schooling=command.schooling,
            override_reason=command.override_reason,
            service=service,
        )
    )


def _draft(command: CreateLoan, school_uai: str, actor: Actor, now: datetime, ends_on: date | None) -> Loan:
    today = actor.civil_date(now)
    return Loan(
        id=new_id(),
        service_id=actor.service_id,
        usage=command.usage,
        custody=command.custody,
        school_uai=school_uai,
        pupil_id=command.pupil,
        status=LoanStatus.DRAFT,
        starts_on=command.starts_on,
        ends_on=ends_on,
        purpose=command.purpose.strip(),
        basis=command.basis,
        override_reason=command.override_reason.strip(),
        items=tuple(LoanItem(item_id=item_id, added_on=today) for item_id in command.items),
        created_at=now,
    )


async def _journal(loan: Loan, decision: Decision, actor: Actor, now: datetime) -> None:
    await journal.by(actor, now).note(
        "loan.created",
        loan.id,
        {
            "usage": loan.usage.value,
            "custody": loan.custody.value,
            "school": loan.school_uai,
            "items": [str(line.item_id) for line in loan.items],
            "code": decision.code,
            "overridden": bool(loan.override_reason),
        },
    )


async def get_loan(loan_id: UUID, *, actor: Actor) -> Case:
    """Read a loan of the actor's service with all it refers to.

    Raises:
        NotFound: `loan.not_found`.
    """
    actor.require(Permission.READ)
    return await load_case(loan_id, actor)


async def decision_of(loan_id: UUID) -> Decision:
    """The decision that allowed a loan, as it was given at its creation."""
    return msgspec.json.decode(await loans.decision(loan_id), type=Decision)


async def list_loans(
    *,
    actor: Actor,
    status: LoanStatus | None = None,
    school: str = "",
    pupil: UUID | None = None,
    item: UUID | None = None,
    limit: int = 50,
    after: UUID | None = None,
) -> Sequence[Loan]:
    """Loans of the actor's service, oldest first; `after` is the last id of the page before."""
    actor.require(Permission.READ)
    return await loans.page(
        actor.service_id,
        status=status,
        school_uai=school,
        pupil_id=pupil,
        item_id=item,
        limit=limit,
        after=after,
    )
