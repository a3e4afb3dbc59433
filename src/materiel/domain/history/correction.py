"""Ways back from an act recorded by mistake: what was done, by whom, and why it is taken back.

A way back never rewrites what was issued: it ends it, with a reason that stays beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.domain.language.fields import Fields
from materiel.domain.language.labelled import LabelledEnum

REASON_MAX = 500


class CorrectionKind(LabelledEnum):
    """What was taken back, as the sheets say it."""

    DEATH = "death", "Décès noté par erreur"
    SIGNATURE = "signature", "Signature enregistrée par erreur"
    HAND_OVER = "hand_over", "Remise enregistrée par erreur"
    RETURN = "return", "Retour enregistré par erreur"
    RECALL = "recall", "Demande de retour retirée"
    LEAVING = "leaving", "Départ de l'académie noté par erreur"
    MERGE = "merge", "Fiche réunie à une autre"
    DELETION = "deletion", "Fiche supprimée"


class CorrectionSubject(LabelledEnum):
    """What a way back is about."""

    PUPIL = "pupil", "Élève"
    LOAN = "loan", "Prêt"
    DOCUMENT = "document", "Document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One way back. `reason` may name somebody: it is erased with its subject, and never enters the journal."""

    id: UUID
    service_id: UUID
    subject_kind: CorrectionSubject
    subject_id: UUID
    kind: CorrectionKind
    reason: str
    corrected_by: str
    corrected_at: datetime


def checked_reason(reason: str) -> str:
    """Why an act is taken back, cleaned.

    Raises:
        RuleBroken: `correction.invalid`, with the fault of `/reason`.
    """
    fields = Fields("correction.invalid")
    kept = fields.text("/reason", reason, longest=REASON_MAX, required=True, name="le motif")
    fields.check()
    return kept
