"""What a refused request may become: the same case changed so that the texts allow it, ready to be asked again.

The sentences are those of `refusal`; here is only what to change. The table is asked again for each alternative, so
that none is offered that would be refused in turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from materiel.domain.loan import refusal
from materiel.domain.loan.decision import Decision, DecisionFacts, Outcome, decide
from materiel.domain.usage import BasisKind, Custody, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A change of the request; None keeps what was asked. `label` is French, for a button."""

    label: str
    usage: Usage | None = None
    custody: Custody | None = None
    basis: BasisKind | None = None


INDIVIDUAL_AT_SCHOOL = Alternative(
    label="Prêter à un élève, le matériel restant dans l'établissement",
    usage=Usage.INDIVIDUAL,
    custody=Custody.SCHOOL,
)
INDIVIDUAL_AT_HOME = Alternative(
    label="Prêter à un élève, qui ramène le matériel chez lui", usage=Usage.INDIVIDUAL, custody=Custody.HOME
)
SHARED_AT_SCHOOL = Alternative(
    label="Déposer le matériel dans l'établissement, pour tous ses élèves", usage=Usage.SHARED, custody=Custody.SCHOOL
)
ON_A_NOTIFICATION = Alternative(label="Fonder le prêt sur une notification de la CDAPH", basis=BasisKind.CDAPH)
ON_A_PAS = Alternative(label="Fonder le prêt sur une décision du pôle d'appui à la scolarité", basis=BasisKind.PAS)

_OF_CODE: dict[str, tuple[Alternative, ...]] = {
    refusal.COLLECTIF_PRIVE: (INDIVIDUAL_AT_SCHOOL, INDIVIDUAL_AT_HOME),
    refusal.COLLECTIF_DOMICILE: (SHARED_AT_SCHOOL, INDIVIDUAL_AT_HOME),
    refusal.PAP_SEUL: (ON_A_NOTIFICATION, ON_A_PAS),
}

OTHER_SCHOOL = frozenset({refusal.MEDICO_EDUCATIF, refusal.HORS_CHAMP, refusal.HORS_CONTRAT})
"""The school itself is refused: another one that the pupil attends may do."""

STATUS_TO_RECORD = frozenset({refusal.CONTRAT_A_VERIFIER, refusal.HORS_CONTRAT})
"""A manager may record the status of the school, with its reason, and ask again."""


def alternatives(facts: DecisionFacts, decision: Decision) -> tuple[Alternative, ...]:
    """The changes of this very request that the table would not refuse; none when it is not refused.

    Source: circulaire n° 2001-221; domain § 6.3.
    """
    if decision.outcome is not Outcome.REFUSED:
        return ()
    return tuple(_lawful(facts, _OF_CODE.get(decision.code or "", ())))


def _lawful(facts: DecisionFacts, candidates: tuple[Alternative, ...]) -> Iterator[Alternative]:
    for each in candidates:
        changed = replace(facts, usage=each.usage or facts.usage, custody=each.custody or facts.custody)
        if each.basis is not None and facts.basis is not None:
            changed = replace(changed, basis=replace(facts.basis, kind=each.basis))
        if decide(changed).outcome is not Outcome.REFUSED:
            yield each
