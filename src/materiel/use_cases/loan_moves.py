"""Moves during a loan: another school, another custody.

Each one reads the case, plans by the rules and carries the plan out, in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from materiel.domain.death import check_living
from materiel.domain.decision import Schooling
from materiel.domain.loan import Custody
from materiel.domain.loan_moves import plan_change_of_custody, plan_change_of_school
from materiel.domain.roles import Permission
from materiel.store import pupil as pupils
from materiel.store.engine import write_transaction
from materiel.use_cases.applying import Applied, apply_plan
from materiel.use_cases.case import load_case, place_of
from materiel.use_cases.issuing import Issuer


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSchool:
    """The pupil, or the shared deposit, moves to another school from a day on."""

    loan_id: UUID
    school: str
    effective_on: date
    schooling: Schooling = Schooling.ORDINARY
    override_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeCustody:
    """The items go home, or stay at school, from a day on."""

    loan_id: UUID
    custody: Custody
    effective_on: date
    override_reason: str = ""


async def change_school(command: ChangeSchool, *, issuer: Issuer) -> Applied:
    """Follow the pupil to another school; the pupil's own record follows too.

    Raises:
        NotFound: `loan.not_found`, `school.not_found`.
        Conflict, RuleBroken: see `plan_change_of_school`.

    Source: circulaire n° 2001-061; domain E9-E14.
    """
    issuer.actor.require(Permission.WRITE)
    async with write_transaction():
        case = await load_case(command.loan_id, issuer.actor)
        check_living(case.pupil)
        place = await place_of(command.school)
        plan = plan_change_of_school(
            case.loan,
            case.documents,
            old=case.place.school,
            new=place.school,
            effective_on=command.effective_on,
            today=issuer.today,
            schooling=command.schooling,
            override_reason=command.override_reason,
        )
        if case.pupil is not None and case.pupil.school_uai != place.school.uai:
            pupil = await pupils.save(replace(case.pupil, school_uai=place.school.uai))
            case = replace(case, pupil=pupil)
        return await apply_plan(case, plan, issuer, new_place=place)


async def change_custody(command: ChangeCustody, *, issuer: Issuer) -> Applied:
    """Take home what stayed at school, or leave at school what went home.

    Raises:
        NotFound: `loan.not_found`.
        Conflict, RuleBroken: see `plan_change_of_custody`.

    Source: circulaire n° 2001-221; domain E15, E16.
    """
    issuer.actor.require(Permission.WRITE)
    async with write_transaction():
        case = await load_case(command.loan_id, issuer.actor)
        check_living(case.pupil)
        plan = plan_change_of_custody(
            case.loan,
            case.documents,
            school=case.place.school,
            custody=command.custody,
            effective_on=command.effective_on,
            today=issuer.today,
            override_reason=command.override_reason,
        )
        return await apply_plan(case, plan, issuer)
