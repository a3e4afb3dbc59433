"""What the rules say of loans for a campaign: read as few statements as one loan, a page of them at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from materiel.domain.desk.campaign import Campaign, CampaignLine, RenewalOutcome, default_choice
from materiel.domain.desk.campaign_outcome import Foreseen, RenewalFacts, outcome_of
from materiel.domain.loan.elsewhere.leaving import Leaving
from materiel.domain.loan.plan import Plan
from materiel.domain.places.school import School
from materiel.errors import MaterielError
from materiel.store.engine.ids import new_id
from materiel.store.loan import leaving as leavings
from materiel.store.places.place import places_of
from materiel.use_cases.loan.case import Case, load_cases
from materiel.use_cases.loan.changes import Renew, renewal_of
from materiel.use_cases.papers.issuer import Issuer


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminedLoan:
    """A loan with its outcome, and the plan of its renewal or what refuses it."""

    case: Case
    found: Foreseen
    renewal: Plan | MaterielError


async def examine_loans(loan_ids: Sequence[UUID], campaign: Campaign, issuer: Issuer) -> list[ExaminedLoan]:
    """What becomes of these loans of the actor's service in a campaign, in the order asked.

    Raises:
        NotFound: `loan.not_found`.
    """
    cases = await load_cases(loan_ids, issuer.actor)
    elsewhere = await _new_schools(cases, issuer)
    people = [case.pupil.id for case in cases if case.pupil is not None]
    gone = await leavings.standing(people, issuer.actor.service_id)
    return [_examined(case, campaign, elsewhere.get(case.loan.id), gone, issuer) for case in cases]


def as_line(examined: ExaminedLoan, campaign: Campaign) -> CampaignLine:
    """The line of a loan that a campaign sees for the first time."""
    found = examined.found
    return CampaignLine(
        id=new_id(),
        campaign_id=campaign.id,
        loan_id=examined.case.loan.id,
        outcome=found.outcome,
        why=found.why,
        code=found.code,
        documents=found.documents,
        ends_on=found.ends_on,
        choice=default_choice(found.outcome),
        examination=campaign.examination,
    )


def _examined(
    case: Case, campaign: Campaign, elsewhere: School | None, gone: dict[UUID, Leaving], issuer: Issuer
) -> ExaminedLoan:
    left = gone.get(case.pupil.id) if case.pupil is not None else None
    renewal = _renewal(case, campaign, issuer)
    facts = RenewalFacts(
        loan=case.loan,
        documents=case.documents,
        service=case.service,
        school=case.place.school,
        pupil=case.pupil,
        new_school=elsewhere,
        departure=left if left is not None and case.loan.created_at <= left.noted_at else None,
        renewal=renewal,
    )
    return ExaminedLoan(case=case, found=outcome_of(facts, campaign.school_year, issuer.today), renewal=renewal)


def _renewal(case: Case, campaign: Campaign, issuer: Issuer) -> Plan | MaterielError:
    try:
        return renewal_of(case, Renew(loan_id=case.loan.id, ends_on=campaign.ends_on), issuer)
    except MaterielError as refusal:
        return refusal


async def _new_schools(cases: Sequence[Case], issuer: Issuer) -> dict[UUID, School]:
    """By loan, the school of its pupil's record where it is another one; a section and its school are the same."""
    asked = {
        case.loan.id: case.pupil.school_uai
        for case in cases
        if case.pupil is not None and case.pupil.school_uai not in (case.place.school.uai, case.place.school.section_of)
    }
    places = await places_of(set(asked.values()), issuer.actor.service_id) if asked else {}
    here = {case.loan.id: case.place.school.uai for case in cases}
    return {
        loan_id: places[uai].school for loan_id, uai in asked.items() if places[uai].school.section_of != here[loan_id]
    }


CHANGED = "Sa situation a changé depuis l'examen : relisez-la, puis décidez de nouveau."


def overtaken(line: CampaignLine, examined: ExaminedLoan) -> CampaignLine:
    """The line of a loan whose outcome is no longer the one that was decided upon."""
    found = examined.found
    return CampaignLine(
        id=line.id,
        campaign_id=line.campaign_id,
        loan_id=line.loan_id,
        outcome=found.outcome,
        why=found.why,
        code=found.code,
        documents=found.documents,
        ends_on=found.ends_on,
        said="" if found.outcome is RenewalOutcome.NOTHING else CHANGED,
        run=line.run,
        examination=line.examination,
    )
