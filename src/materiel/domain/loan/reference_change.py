"""Changes of the annuaire that touch running loans: nothing is rewritten, each is put to a manager.

A school that closes, leaves the contract, becomes private or changes commune touches who keeps, who is told, and
whether the loan is still lawful. Source: circulaire n° 2001-221 du 29 octobre 2001; domain § 8.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.loan.decision import Outcome
from materiel.domain.places.school import SchoolKind

REASON_MAX = 500


WHOLE, PARTIAL = "whole", "partial"
"""What the contract of a private school covers: every class, or a part of them."""


class ChangeKind(LabelledEnum):
    """What changed in the annuaire, or by a decision of the service."""

    CLOSED = "closed", "Établissement fermé"
    ABSENT = "absent", "Établissement absent de l'annuaire"
    KIND = "kind", "Nature changée"
    MUNICIPALITY = "municipality", "Commune changée"
    CONTRACT = "contract", "Contrat changé"
    DECIDED = "decided", "Nature décidée par le service"


class Settlement(LabelledEnum):
    """What a manager decides of it."""

    ACCEPT = "accept", "Suivre l'annuaire"
    KEEP = "keep", "Garder comme avant"


def settlements(kind: ChangeKind) -> dict[Settlement, str]:
    """What may be decided of a change, each as its button says it; the annuaire's contract cannot be kept away."""
    if kind is ChangeKind.DECIDED:
        return {Settlement.ACCEPT: "Garder cette décision", Settlement.KEEP: "Revenir à la nature d'avant"}
    if kind is ChangeKind.CONTRACT:
        return {Settlement.ACCEPT: "C'est réglé"}
    return {each: str(each.label) for each in Settlement}


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundChange:
    """A change found by an import, or made by a decision. `before` and `after` are kinds of school, INSEE codes,
    `WHOLE` or `PARTIAL`, or empty.
    """

    school_id: UUID
    uai: str
    kind: ChangeKind
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceChange:
    """A change kept for a service that has running loans at the school, until it is settled. Instants are UTC."""

    id: UUID
    service_id: UUID
    school_id: UUID
    kind: ChangeKind
    before: str
    after: str
    found_at: datetime
    settled_at: datetime | None = None


def change_in_words(change: FoundChange | ReferenceChange, names: dict[str, str]) -> str:
    """Tell a change; `names` gives the communes, by INSEE code."""
    if change.kind in (ChangeKind.KIND, ChangeKind.DECIDED):
        before, after = (str(SchoolKind(each).label) for each in (change.before, change.after))
        told = f"{before} jusqu'ici, {after[:1].lower()}{after[1:]} désormais"
        return told if change.kind is ChangeKind.KIND else f"{told}, par décision de votre service"
    if change.kind is ChangeKind.CONTRACT:
        if change.after == PARTIAL:
            return "toutes ses classes étaient sous contrat, une partie seulement désormais"
        return "une partie de ses classes était sous contrat, toutes désormais"
    if change.kind is ChangeKind.MUNICIPALITY:
        before, after = (names.get(each, each) for each in (change.before, change.after))
        return f"{before} jusqu'ici, {after} désormais"
    if change.kind is ChangeKind.CLOSED:
        return "l'annuaire le donne pour fermé"
    return "le dernier annuaire importé ne le contient plus"


def act_of(kind: ChangeKind, outcome: Outcome, after: str = "") -> str:
    """What to do about one loan, one sentence. `after`: what the change leads to."""
    if outcome in (Outcome.REFUSED, Outcome.BLOCKED):
        return "Les textes n'y permettent plus ce prêt : demandez le retour, ou changez l'établissement du prêt."
    if kind in (ChangeKind.CLOSED, ChangeKind.ABSENT):
        return "Changez l'établissement du prêt si l'élève ou le matériel change d'école ; sinon demandez le retour."
    if outcome is Outcome.MANUAL:
        return "La décision vous revient : écrivez pourquoi le prêt continue, ou demandez le retour."
    if kind is ChangeKind.CONTRACT:
        if after == WHOLE:
            return "Le prêt reste permis, et la classe de l'élève n'est plus à confirmer."
        return "Vérifiez que la classe de l'élève est sous contrat ; sinon demandez le retour."
    if kind is ChangeKind.MUNICIPALITY:
        return (
            "Une fois la nouvelle commune confirmée, c'est elle qui reçoit les papiers : renvoyez-lui ce qui reste à "
            "signer, ou refaites la convention si du matériel y est déposé."
        )
    return "Le prêt reste permis : refaites la convention si celui qui garde, signe ou est informé n'est plus le même."
