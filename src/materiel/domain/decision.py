"""The decision table (domain § 6.1): from a usage, a custody and a school to the documents, or a refusal that cites its source.

Law: circulaire n° 2001-221 du 29 octobre 2001. Pure: `today` is a parameter; every input gives exactly one outcome.
"""

from __future__ import annotations

from dataclasses import dataclass

from materiel.domain.document import Covers, DocumentKind, Party
from materiel.domain.labelled import LabelledEnum
from materiel.domain.source import Source


class Outcome(LabelledEnum):
    """The four answers of the table."""

    ALLOWED = "allowed", "Autorisé"
    REFUSED = "refused", "Refusé"
    BLOCKED = "blocked", "Bloqué : une information manque"
    MANUAL = "manual", "À décider par un gestionnaire, avec un motif"


class Moment(LabelledEnum):
    """When a required document is made."""

    ISSUE = "issue", "À l'émission"
    HANDOVER = "handover", "À la remise"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredDocument:
    """One document that the case requires, who signs it and who receives it without signing."""

    kind: DocumentKind
    covers: tuple[Covers, ...] = ()
    signatories: tuple[Party, ...] = ()
    recipients: tuple[Party, ...] = ()
    made_at: Moment = Moment.ISSUE


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """Something the manager must see or confirm; `code` such as `CLASSE_A_CONFIRMER`, `detail` in French."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The outcome and why. `code` is None when allowed without reserve; `next_step` says what is lawful instead."""

    outcome: Outcome
    code: str | None
    reason: str
    next_step: str
    source: Source
    warnings: tuple[Caution, ...] = ()
    documents: tuple[RequiredDocument, ...] = ()
