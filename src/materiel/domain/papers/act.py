"""The acts that are kept as they were decided: what is signed between services, for the stock, or for the archives.

Source: Code des relations entre le public et l'administration, art. L212-1 (an act bears the name and the quality of
its author, as they were when it was made); Code du patrimoine, art. L212-2. Such an act has no number and no loan: a
document of a loan is a `Document`.
"""

from __future__ import annotations

from materiel.domain.language.labelled import LabelledEnum


class ActKind(LabelledEnum):
    """Which act."""

    TRANSFER = "transfer", "acte de transfert"
    DISPOSAL = "disposal", "acte de fin de vie"
    COMMITMENT = "commitment", "engagement d'une association"
    ELIMINATION = "elimination", "bordereau d'élimination"


KEPT_AS: dict[ActKind, str] = {
    ActKind.TRANSFER: "transfer.act_kept",
    ActKind.DISPOSAL: "disposal.act_kept",
    ActKind.COMMITMENT: "disposal.commitment_kept",
    ActKind.ELIMINATION: "elimination.list_kept",
}
"""The entry of the journal that says what was kept; its details hold the digests, and `act`, the identifier."""
