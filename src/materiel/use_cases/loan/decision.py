"""What a case requires, and what issuing its documents would refuse, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.bounds import Uai
from materiel.domain.language.identifiers import clean_uai
from materiel.domain.loan.decision import Decision, DecisionFacts, Schooling, decide
from materiel.domain.loan.readiness import obstacles_to_issue
from materiel.domain.usage import Basis, Custody, Usage
from materiel.errors import MaterielError
from materiel.store.accounts import service as services
from materiel.store.people import pupil as pupils
from materiel.store.places.place import place_of


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDecision:
    """A case to examine; the pupil may still be unknown."""

    usage: Usage
    custody: Custody
    school: Uai
    basis: Basis | None = None
    pupil: UUID | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    schooling: Schooling = Schooling.ORDINARY
    override_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A case, the answer of the table to it, and what would prevent its documents from being issued today.

    Each obstacle is the refusal that issuing would give, with its code and what to mend.
    """

    facts: DecisionFacts
    decision: Decision
    obstacles: tuple[MaterielError, ...]


async def examine_case(question: AskDecision, *, actor: Actor, now: datetime) -> Examined:
    """Answer by the decision table; writes nothing.

    Raises:
        NotFound: `school.not_found`, `pupil.not_found`.
    """
    actor.require(Permission.READ)
    place = await place_of(clean_uai(question.school), actor.service_id)
    service = await services.get(actor.service_id)
    facts = DecisionFacts(
        usage=question.usage,
        custody=question.custody,
        school=place.school,
        today=actor.civil_date(now),
        basis=question.basis,
        pupil=await pupils.get(question.pupil, actor.service_id) if question.pupil else None,
        starts_on=question.starts_on,
        ends_on=question.ends_on,
        schooling=question.schooling,
        override_reason=question.override_reason,
        service=service,
    )
    decision = decide(facts)
    obstacles = obstacles_to_issue(
        decision.documents, service=service, pupil=facts.pupil, custodian=place.custodian, on=facts.today
    )
    return Examined(facts=facts, decision=decision, obstacles=obstacles)
