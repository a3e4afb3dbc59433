"""HTTP for decisions: which documents a case requires, or why it is refused. Writes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Router, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.loan.decision import Decision, Outcome
from materiel.domain.papers.document import Covers, DocumentKind, Party
from materiel.domain.papers.required import Moment
from materiel.domain.usage import Basis
from materiel.use_cases.loan.lending import AskDecision, examine_case
from materiel.web.api.body import CommandBody
from materiel.web.api.problems import WRITE, problems


class BasisBody(CommandBody[Basis]):
    """Ce sur quoi le prêt se fonde. Les dates sont celles de la décision, jamais calculées."""


class DecisionBody(CommandBody[AskDecision], given=("override_reason",)):
    """Le cas à examiner."""


class WarningOut(Struct):
    """Un point que le gestionnaire doit voir ou confirmer."""

    code: str
    detail: str


class RequiredDocumentOut(Struct):
    """Un document que le cas demande, qui le signe, qui le reçoit sans le signer, et à quel moment il est fait."""

    kind: DocumentKind
    covers: list[Covers]
    signatories: list[Party]
    recipients: list[Party]
    made_at: Moment


class DecisionOut(Struct):
    """La réponse de la table de décision, avec sa source. `code` est nul quand le cas est permis sans réserve."""

    outcome: Outcome
    code: str | None
    reason: str
    next_step: str
    source: str
    warnings: list[WarningOut]
    documents: list[RequiredDocumentOut]

    @classmethod
    def of(cls, decision: Decision) -> DecisionOut:
        """The wire form of a decision."""
        return cls(**cls.parts(decision))

    @staticmethod
    def parts(decision: Decision) -> dict[str, Any]:
        """What a decision says, field by field."""
        return dict(
            outcome=decision.outcome,
            code=decision.code,
            reason=decision.reason,
            next_step=decision.next_step,
            source=str(decision.source),
            warnings=[WarningOut(code=each.code, detail=each.detail) for each in decision.warnings],
            documents=[
                RequiredDocumentOut(
                    kind=each.kind,
                    covers=list(each.covers),
                    signatories=list(each.signatories),
                    recipients=list(each.recipients),
                    made_at=each.made_at,
                )
                for each in decision.documents
            ],
        )


class ExaminedOut(DecisionOut):
    """La réponse, et ce qui empêcherait aujourd'hui d'émettre les documents : les refus que donnerait l'émission."""

    obstacles: list[WarningOut]


@post(
    "/",
    status_code=200,
    operation_id="AskDecision",
    summary="Savoir ce qu'un cas permet et demande",
    tags=["Prêts"],
    opt={"writes_nothing": True},
    responses=problems(
        *(status for status in WRITE if status != 409),
        examples={404: ("school.not_found", "Aucun établissement ne porte cet UAI.")},
    ),
)
async def decide(
    data: JSONBody[DecisionBody], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> ExaminedOut:
    """N'écrit rien. Un refus cite sa source et dit ce qui reste possible."""
    examined = await examine_case(data.command(), actor=actor, now=now)
    return ExaminedOut(
        **DecisionOut.parts(examined.decision),
        obstacles=[WarningOut(code=each.code, detail=each.message) for each in examined.obstacles],
    )


router = Router("/decisions", route_handlers=[decide])
