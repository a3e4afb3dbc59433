"""Moves during a loan: another school, another custody.

Each one reads the case, plans by the rules and carries the plan out, in one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.bounds import Uai, several
from materiel.domain.language.identifiers import clean_uai
from materiel.domain.loan.decision import Schooling
from materiel.domain.loan.moves import (
    check_day_of_moves,
    check_may_receive,
    plan_change_of_custody,
    plan_change_of_school,
)
from materiel.domain.loan.plan import Plan, Side
from materiel.domain.loan.split import Split, plan_split, takes_part
from materiel.domain.loan.steps import HandedItem
from materiel.domain.papers.custodians import Place
from materiel.domain.people.death import check_living
from materiel.domain.people.pupil import Pupil
from materiel.domain.places.school import School
from materiel.domain.usage import Custody
from materiel.errors import MaterielError, RuleBroken
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.loan import loan as loans
from materiel.store.people import pupil as pupils
from materiel.store.places import school as schools
from materiel.store.places.place import place_of, places_of
from materiel.store.work import pause as pauses
from materiel.use_cases.loan.applying import Applied, apply_plan
from materiel.use_cases.loan.case import Case, load_case, load_cases
from materiel.use_cases.loan.issuing import named_signatories
from materiel.use_cases.papers.issuer import Issuer


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSchool:
    """The pupil, or the shared deposit, moves to another school from a day on; `items` tells the condition of what the
    old school gives back, of this loan and of those that follow.
    """

    loan_id: UUID
    school: Uai
    effective_on: date
    schooling: Schooling = Schooling.ORDINARY
    override_reason: str = ""
    items: Annotated[tuple[HandedItem, ...], several(200)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeCustody:
    """The items go home, or stay at school, from a day on; `items` tells their condition as they change hands.

    `only`: the items that change custody, all of the loan unless told.
    """

    loan_id: UUID
    custody: Custody
    effective_on: date
    items: Annotated[tuple[HandedItem, ...], several(200)] = ()
    only: Annotated[tuple[UUID, ...], several(200)] = ()
    override_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePupil:
    """A pupil attends another school from a day on, and every open loan follows.

    `former`: the UAI of the school where whoever asks believes the pupil to be; empty when nobody says.
    """

    pupil_id: UUID
    school: Uai
    effective_on: date
    former: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMove:
    """What the move of a pupil would do: the loans that follow and the plan of each, or why it is refused.

    `place` is the new school, None for one that nobody knows.
    """

    asked: MovePupil
    pupil: Pupil
    former: School
    place: Place | None
    cases: tuple[Case, ...] = ()
    plans: tuple[Plan, ...] = ()
    refusal: MaterielError | None = None

    @property
    def is_done(self) -> bool:
        """Whether the pupil is there already, with every loan."""
        is_there = self.place is not None and self.former.uai == self.place.school.uai
        return is_there and not self.cases and self.refusal is None


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedPupil:
    """A pupil moved: what was planned, and what was done to each loan; nothing for one who was there already."""

    look: PlannedMove
    applied: tuple[Applied, ...] = ()


@in_one_visit
async def change_school(command: ChangeSchool, *, issuer: Issuer) -> Applied:
    """Follow the pupil to another school, with all that the pupil holds; the pupil's own record follows too.

    A pupil attends one school: every open loan of the pupil moves in the same transaction, each with papers of its
    own, or none does.

    Raises:
        NotFound: `loan.not_found`, `school.not_found`.
        Conflict, RuleBroken: see `plan_change_of_school`; `loan.other_cannot_follow`, another loan of the pupil would
            stay behind: which one, and why.

    Source: circulaire n° 2001-061; domain E9-E14.
    """
    issuer.actor.require(Permission.WRITE)
    async with write_transaction():
        case = await load_case(command.loan_id, issuer.actor)
        check_living(case.pupil)
        place = await place_of(clean_uai(command.school), issuer.actor.service_id)
        if case.pupil is not None and case.pupil.school_uai != place.school.uai:
            pupil = await pupils.save(replace(case.pupil, school_uai=place.school.uai))
            case = replace(case, pupil=pupil)
        applied = await _follow(case, place, command, issuer)
        others = [
            await _bring_along(other, place, command, issuer)
            for other in await _others(case, issuer.actor)
            if other.loan.school_uai != place.school.uai
        ]
    return replace(applied, others=tuple(others))


async def other_loans_of_pupil(case: Case, *, actor: Actor) -> tuple[Case, ...]:
    """The other open loans of the pupil of a loan, which an event of the pupil concerns as well."""
    actor.require(Permission.READ)
    return await _others(case, actor)


async def _others(case: Case, actor: Actor) -> tuple[Case, ...]:
    if case.loan.pupil_id is None:
        return ()
    held = await loans.page(actor.service_id, pupil_id=case.loan.pupil_id, limit=loans.MOST)
    return tuple(await load_cases([each.id for each in held if each.is_open and each.id != case.loan.id], actor))


async def _bring_along(case: Case, place: Place, command: ChangeSchool, issuer: Issuer) -> Applied:
    """Another loan of the pupil follows; one that begins later follows from its first day."""
    day = max(command.effective_on, case.loan.starts_on)
    try:
        return await _follow(case, place, replace(command, effective_on=day), issuer)
    except MaterielError as refusal:
        raise _cannot_follow(case, refusal) from refusal


async def _follow(case: Case, place: Place, command: ChangeSchool, issuer: Issuer) -> Applied:
    return await apply_plan(case, _plan_to_follow(case, place, command, issuer.today), issuer, new_place=place)


def _plan_to_follow(case: Case, place: Place, command: ChangeSchool, today: date) -> Plan:
    return plan_change_of_school(
        case.loan,
        case.documents,
        old=case.place.school,
        new=place.school,
        effective_on=command.effective_on,
        today=today,
        schooling=command.schooling,
        override_reason=command.override_reason,
        conditions={each.item_id: each.condition for each in command.items},
    )


async def look_at_moves(asked: Sequence[MovePupil], *, actor: Actor, today: date) -> list[PlannedMove]:
    """What the moves of some pupils would do, by the rules of each; nothing is written.

    All are read in as few statements as one, in the order asked; those who are not the service's are left out.
    """
    actor.require(Permission.READ)
    service_id = actor.service_id
    people = await pupils.get_many([each.pupil_id for each in asked], service_id)
    uais = {clean_uai(each.school) for each in asked} | {pupil.school_uai for pupil in people.values()}
    places = await places_of(uais, service_id)
    held = await loans.open_of_pupils(list(people), service_id)
    cases: dict[UUID | None, list[Case]] = {}
    for case in await load_cases([each.id for each in held], actor):
        cases.setdefault(case.loan.pupil_id, []).append(case)
    return [
        _planned_move(
            each,
            people[each.pupil_id],
            places,
            cases.get(each.pupil_id, []),
            today,
        )
        for each in asked
        if each.pupil_id in people
    ]


def _planned_move(
    asked: MovePupil, pupil: Pupil, places: dict[str, Place], cases: Sequence[Case], today: date
) -> PlannedMove:
    place = places.get(clean_uai(asked.school))
    look = PlannedMove(asked=asked, pupil=pupil, former=places[pupil.school_uai].school, place=place)
    staying = [case for case in cases if place is None or case.loan.school_uai != place.school.uai]
    try:
        if place is None:
            raise schools.unknown(clean_uai(asked.school))
        if pupil.school_uai == place.school.uai and not staying:
            return look
        check_living(pupil)
        check_day_of_moves(asked.effective_on, today)
        if asked.former not in ("", pupil.school_uai) and pupil.school_uai != place.school.uai:
            raise RuleBroken(
                "pupil.elsewhere",
                f"Cet élève a changé d'établissement depuis que le fichier a été lu : {look.former.name} "
                f"({look.former.uai}). Rien n'est changé.",
            )
        check_may_receive(place.school)
        several_follow = len(staying) > 1
        plans = tuple(_plan_of_one(case, place, asked, today, is_named=several_follow) for case in staying)
    except MaterielError as refusal:
        return replace(look, cases=tuple(staying), refusal=refusal)
    return replace(look, cases=tuple(staying), plans=plans)


def _plan_of_one(case: Case, place: Place, asked: MovePupil, today: date, *, is_named: bool) -> Plan:
    """The plan of one loan that follows, from its first day if that is later; its papers have who signs them."""
    day = max(asked.effective_on, case.loan.starts_on)
    try:
        command = ChangeSchool(loan_id=case.loan.id, school=place.school.uai, effective_on=day)
        plan = _plan_to_follow(case, place, command, today)
        for planned in plan.make:
            at = case.place if planned.side is Side.BEFORE else place
            named_signatories(replace(case, place=at), planned.required, today)
    except MaterielError as refusal:
        if not is_named:
            raise
        raise _cannot_follow(case, refusal) from refusal
    return plan


def _cannot_follow(case: Case, refusal: MaterielError) -> RuleBroken:
    what = case.reference or f"en préparation ({case.items[0].inventory_number})"
    return RuleBroken(
        "loan.other_cannot_follow",
        f"Rien n'est changé : l'élève a un autre prêt, {what}, qui ne peut pas suivre. {refusal.message}",
        loan=str(case.loan.id),
        cause=refusal.code,
    )


@in_one_visit
async def move_pupil(command: MovePupil, *, issuer: Issuer) -> MovedPupil:
    """Move a pupil to another school, with every open loan, as the rules plan it; again, it does nothing.

    Raises:
        NotFound: `pupil.not_found`, `school.not_found`.
        Conflict, RuleBroken: `pupil.deceased`, `pupil.move_in_future`, `pupil.elsewhere`, `pupil.school_closed`; see
            `plan_change_of_school`; `loan.other_cannot_follow`, one of several loans would stay behind.

    Source: circulaire n° 2001-061; domain E9-E14.
    """
    issuer.actor.require(Permission.WRITE)
    async with write_transaction():
        found = await look_at_moves([command], actor=issuer.actor, today=issuer.today)
        if not found:
            raise pupils.unknown()
        (look,) = found
        if look.refusal is not None:
            raise look.refusal
        if look.is_done or look.place is None:
            return MovedPupil(look=look)
        pupil = look.pupil
        if pupil.school_uai != look.place.school.uai:
            pupil = await pupils.save(replace(pupil, school_uai=look.place.school.uai))
        if not look.cases:
            details = {"school": pupil.school_uai, "effective_on": command.effective_on.isoformat()}
            await journal.by(issuer.actor, issuer.now).note("pupil.school_changed", pupil.id, details)
        applied = [
            await apply_plan(replace(case, pupil=pupil), plan, issuer, new_place=look.place)
            for case, plan in zip(look.cases, look.plans, strict=True)
        ]
    return MovedPupil(look=look, applied=tuple(applied))


@in_one_visit
async def change_custody(command: ChangeCustody, *, issuer: Issuer) -> Applied:
    """Take home what stayed at school, or leave at school what went home: the whole loan, or some of its items.

    Some items make a second loan, in `others`, in the same transaction: custody is of the item (row 17).

    Raises:
        NotFound: `loan.not_found`, `loan.unknown_item`.
        Conflict, RuleBroken: see `plan_change_of_custody` and `plan_split`.

    Source: circulaire n° 2001-221; domain § 6.1, row 17; E15, E16.
    """
    issuer.actor.require(Permission.WRITE)
    async with write_transaction():
        case = await load_case(command.loan_id, issuer.actor)
        check_living(case.pupil)
        asked: dict[str, Any] = {
            "school": case.place.school,
            "custody": command.custody,
            "effective_on": command.effective_on,
            "today": issuer.today,
            "conditions": {each.item_id: each.condition for each in command.items},
            "override_reason": command.override_reason,
        }
        if not takes_part(case.loan, command.only):
            return await apply_plan(case, plan_change_of_custody(case.loan, case.documents, **asked), issuer)
        split = plan_split(case.loan, case.documents, only=command.only, apart_id=new_id(), now=issuer.now, **asked)
        return await _split(case, split, issuer)


async def _split(case: Case, split: Split, issuer: Issuer) -> Applied:
    """The items leave the first loan, then the second one takes them: an item has one open line."""
    rest = await apply_plan(case, split.rest, issuer)
    loan = split.apart.loan
    decided = msgspec.json.encode(split.decision).decode()
    await loans.insert(
        loan, decided, override_by=issuer.actor.id if loan.override_reason else "", school_id=case.place.school.id
    )
    if (pause := await pauses.of_loan(case.loan.id)) is not None:
        # What was said of the whole is said of each part.
        await pauses.put(replace(pause, loan_id=loan.id))
    held = {line.item_id for line in loan.items}
    apart = replace(
        case, loan=loan, documents=(), items=tuple(item for item in case.items if item.id in held), former=None
    )
    return replace(rest, others=(await apply_plan(apart, split.apart, issuer),), made_other=True)
