"""What was read on one scanned page: values shared by the reader, the sorter and the process between them."""

from __future__ import annotations

from dataclasses import dataclass

from materiel.domain.language.labelled import LabelledEnum


class PageProblem(LabelledEnum):
    """Why a page is filed nowhere; the label is the sentence that people read."""

    BLANK = "blank", "Page blanche."
    NO_CODE = "no_code", "Aucun code lisible sur cette page. Classez-la à la main."
    SEVERAL_CODES = "several_codes", "Plusieurs pages dans une seule image. Numérisez-les une par une."
    TOO_LARGE = "too_large", "Image trop grande. Numérisez à 200 ou 300 points par pouce."
    DAMAGED = "damaged", "Page endommagée. Numérisez-la de nouveau."
    UNKNOWN = "unknown", "Ce code n'est pas celui d'un document de votre service."
    NO_SUCH_PAGE = "no_such_page", "Le document n'a pas de page de ce numéro."
    INCOMPLETE = "incomplete", "Il manque des pages à cet exemplaire du document."


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReading:
    """One page of a bundle: the document and page that its code names, or the problem.

    `rotation` is how many degrees to turn the page clockwise to set it upright: 0, 90, 180 or 270.
    """

    code: str | None = None
    number: int | None = None
    rotation: int = 0
    problem: PageProblem | None = None
