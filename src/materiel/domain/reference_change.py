"""Changes of the annuaire that touch running loans: nothing is rewritten, each is put to a manager.

A school that closes, leaves the contract, becomes private or changes commune touches who keeps, who is told, and
whether the loan is still lawful. Source: circulaire n° 2001-221 du 29 octobre 2001; domain § 8.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.domain.decision import Outcome
from materiel.domain.labelled import LabelledEnum
from materiel.domain.school import SchoolKind

REASON_MAX = 500


class ChangeKind(LabelledEnum):
    """What changed in the annuaire."""

    CLOSED = "closed", "Établissement fermé"
    ABSENT = "absent", "Établissement absent de l'annuaire"
    KIND = "kind", "Nature changée"
    MUNICIPALITY = "municipality", "Commune changée"


class Settlement(LabelledEnum):
    """What a manager decides of it."""

    ACCEPT = "accept", "Suivre l'annuaire"
    KEEP = "keep", "Garder comme avant"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundChange:
    """A change that an import finds. `before` and `after` are kinds of school, INSEE codes, or empty."""

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
    if change.kind is ChangeKind.KIND:
        before, after = (str(SchoolKind(each).label) for each in (change.before, change.after))
        return f"{before} jusqu'ici, {after[:1].lower()}{after[1:]} désormais"
    if change.kind is ChangeKind.MUNICIPALITY:
        before, after = (names.get(each, each) for each in (change.before, change.after))
        return f"{before} jusqu'ici, {after} désormais"
    if change.kind is ChangeKind.CLOSED:
        return "l'annuaire le donne pour fermé"
    return "le dernier annuaire importé ne le contient plus"


def act_of(kind: ChangeKind, outcome: Outcome) -> str:
    """What to do about one loan, one sentence."""
    if outcome in (Outcome.REFUSED, Outcome.BLOCKED):
        return "Les textes n'y permettent plus ce prêt : demandez le retour, ou changez l'établissement du prêt."
    if kind in (ChangeKind.CLOSED, ChangeKind.ABSENT):
        return "Changez l'établissement du prêt si l'élève ou le matériel change d'école ; sinon demandez le retour."
    if outcome is Outcome.MANUAL:
        return "La décision vous revient : écrivez pourquoi le prêt continue, ou demandez le retour."
    if kind is ChangeKind.MUNICIPALITY:
        return (
            "Une fois la nouvelle commune confirmée, c'est elle qui reçoit les papiers : renvoyez-lui ce qui reste à "
            "signer, ou refaites la convention si du matériel y est déposé."
        )
    return "Le prêt reste permis : refaites la convention si celui qui garde, signe ou est informé n'est plus le même."
