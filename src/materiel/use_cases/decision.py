"""What a case requires, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.decision import Decision, DecisionFacts, Schooling, decide
from materiel.domain.loan import Basis, Custody, Usage
from materiel.domain.roles import Actor, Permission
from materiel.domain.school_year import civil_date
from materiel.store import pupil as pupils
from materiel.store import school as schools


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDecision:
    """A case to examine; the pupil may still be unknown."""

    usage: Usage
    custody: Custody
    school: str
    basis: Basis | None = None
    pupil: UUID | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    schooling: Schooling = Schooling.ORDINARY
    override_reason: str = ""


async def ask_decision(question: AskDecision, *, actor: Actor, now: datetime) -> Decision:
    """Answer by the decision table; writes nothing.

    Raises:
        NotFound: `school.not_found`, `pupil.not_found`.
    """
    actor.require(Permission.READ)
    return decide(
        DecisionFacts(
            usage=question.usage,
            custody=question.custody,
            school=await schools.by_uai(question.school),
            today=civil_date(now),
            basis=question.basis,
            pupil=await pupils.get(question.pupil, actor.service_id) if question.pupil else None,
            starts_on=question.starts_on,
            ends_on=question.ends_on,
            schooling=question.schooling,
            override_reason=question.override_reason,
        )
    )
