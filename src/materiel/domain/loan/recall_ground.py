"""Why an individual loan is claimed back before its term, and what of it is told to the family.

Law: Code civil, art. 1888, 1889; domain E11, E14, E30.
"""

from __future__ import annotations

from materiel.domain.language.labelled import LabelledEnum


class RecallGround(LabelledEnum):
    """Why an individual loan may be taken back before its term (E30): a clause, an agreement or a judge."""

    BASIS_ENDED = "basis_ended", "La notification a pris fin"
    TERM_REACHED = "term_reached", "Le terme de la convention est atteint"
    LEFT_ACADEMIE = "left_academie", "L'élève a quitté l'académie"
    NOT_ELIGIBLE = "not_eligible", "L'élève n'est plus scolarisé dans un établissement éligible"
    BORROWER_AGREES = "borrower_agrees", "L'emprunteur est d'accord"
    COURT = "court", "Décision du juge"

    @property
    def told(self) -> str:
        """The same for the family, as a sentence ends; empty when a manager is to say it, and no letter (E11)."""
        return _TOLD[self]


_TOLD = {
    RecallGround.BASIS_ENDED: "la décision sur laquelle ce prêt repose a pris fin",
    RecallGround.TERM_REACHED: "la date de fin écrite dans la convention est passée",
    RecallGround.LEFT_ACADEMIE: "l'élève a quitté l'académie, et le matériel reste à celle qui le prête",
    RecallGround.NOT_ELIGIBLE: "",
    RecallGround.BORROWER_AGREES: "vous en êtes convenus avec nous",
    RecallGround.COURT: "une décision de justice le demande",
}
