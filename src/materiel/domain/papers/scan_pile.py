"""Piles of pages that come back from the scanner or from a telephone, and what became of each page and of each box.

A page is filed by its code alone, or by a person. Ink in a box signs nothing: a person confirms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.domain.language.labelled import LabelledEnum
from materiel.errors import BadInput, Conflict

MOST_FILES = 100
"""Of one pile: photographs, most often."""
LARGEST_PILE = 200_000_000
LARGEST_REASON = 500


class PageProblem(LabelledEnum):
    """Why a page is filed nowhere; the label is the sentence that people read."""

    BLANK = "blank", "Page blanche."
    NO_CODE = "no_code", "Aucun code lisible sur cette page. Classez-la à la main."
    SEVERAL_CODES = "several_codes", "Plusieurs pages dans une seule image. Numérisez-les une par une."
    TOO_LARGE = "too_large", "Image trop grande. Numérisez à 200 ou 300 points par pouce."
    DAMAGED = "damaged", "Page endommagée. Numérisez-la de nouveau."
    UNKNOWN = "unknown", "Page d'un document qui n'est pas de votre service."
    NO_SUCH_PAGE = "no_such_page", "Le document n'a pas de page de ce numéro."
    INCOMPLETE = "incomplete", "Il manque des pages à cet exemplaire du document."
    INFERRED = "inferred", "Sans code, entre deux pages du même document : dites si c'est bien celle qui manque."
    DUPLICATE = "duplicate", "Page déjà déposée."


class InkVerdict(LabelledEnum):
    """What is seen in a signature box; the label is what people read."""

    INK = "ink", "encre vue"
    NONE = "none", "pas d’encre"
    LOOK = "look", "à regarder"


class PageState(LabelledEnum):
    """What became of a page."""

    FILED = "filed", "Classée"
    WAITING = "waiting", "Attend les autres pages"
    INFERRED = "inferred", "Devinée, à confirmer"
    UNREAD = "unread", "À classer à la main"
    FOREIGN = "foreign", "D'un autre service"
    DUPLICATE = "duplicate", "Déjà déposée"
    BLANK = "blank", "Blanche"
    DISCARDED = "discarded", "Écartée"


TO_SETTLE = frozenset({PageState.WAITING, PageState.INFERRED, PageState.UNREAD, PageState.FOREIGN})
"""Pages that somebody has still to look at."""

BY_HAND = frozenset({PageState.WAITING, PageState.INFERRED, PageState.UNREAD})
"""Pages that a person may file; one whose code is of another service is not ours to file."""


class BoxState(LabelledEnum):
    """What a person said of a box: nothing yet, signed, or left unsigned."""

    WAITING = "waiting", "à confirmer"
    SIGNED = "signed", "signature confirmée"
    LEFT = "left", "sans signature"


class PileState(LabelledEnum):
    """Where the reading of a pile is."""

    READING = "reading", "Lecture en cours"
    READ = "read", "Lue"
    FAILED = "failed", "Illisible"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanPile:
    """What was handed in at once: one file or several. `sha256` tells the same pile; `job_id` reads it."""

    id: UUID
    service_id: UUID
    job_id: UUID
    sha256: str
    files: int
    state: PileState
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanPage:
    """One page of a pile, counted from 1, without its bytes. `rotation`: degrees clockwise that set it upright.

    `document_id` and `number` say which page of which document it is; `scan_id`, the scan that it is now part of.
    A page settled by a person says who and when, and one that was discarded why.
    """

    id: UUID
    pile_id: UUID
    rank: int
    state: PageState
    problem: PageProblem | None
    sha256: str
    document_id: UUID | None = None
    number: int | None = None
    rotation: int = 0
    scan_id: UUID | None = None
    reason: str = ""
    settled_by: str = ""
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanBox:
    """A signature box seen on a page: what the machine saw, and what a person said."""

    id: UUID
    page_id: UUID
    signature_id: UUID
    verdict: InkVerdict
    state: BoxState


def copies_of(waiting: Sequence[ScanPage], pages: int) -> list[list[ScanPage]]:
    """The complete copies of a document among its waiting pages, each in the order of the document.

    Several signed copies come back together: each page goes to the first copy that lacks it.
    """
    found: list[dict[int, ScanPage]] = []
    for page in waiting:
        if page.number is None:
            continue
        copy = next((each for each in found if page.number not in each), None)
        if copy is None:
            found.append(copy := {})
        copy[page.number] = page
    return [[copy[number] for number in sorted(copy)] for copy in found if len(copy) == pages]


def missing_of(waiting: Sequence[ScanPage], pages: int) -> list[int]:
    """The pages that the waiting ones lack to make a copy."""
    there = {page.number for page in waiting}
    return [number for number in range(1, pages + 1) if number not in there]


def check_by_hand(page: ScanPage) -> None:
    """Refuse to file by hand a page that is settled, or that is another service's.

    Raises:
        Conflict: `scan_page.settled`, `scan_page.foreign`.
    """
    if page.state is PageState.FOREIGN:
        raise Conflict(
            "scan_page.foreign",
            "Cette page porte le code d'un document qui n'est pas de votre service : écartez-la, et remettez le papier "
            "à qui il revient.",
        )
    if page.state not in BY_HAND:
        raise Conflict("scan_page.settled", f"Cette page n'attend plus rien ({page.state.label.lower()}).")


def check_number(number: int, pages: int) -> None:
    """Refuse a page that the document does not have.

    Raises:
        BadInput: `scan_page.no_such_page`.
    """
    if not 1 <= number <= pages:
        what = "une seule page" if pages == 1 else f"{pages} pages"
        raise BadInput("scan_page.no_such_page", f"Ce document a {what} : relisez le numéro de la page.")


def checked_discard(page: ScanPage, reason: str) -> str:
    """The reason why a page is discarded.

    Raises:
        Conflict: `scan_page.settled`.
        BadInput: `scan_page.reason`.
    """
    if page.state not in TO_SETTLE:
        raise Conflict("scan_page.settled", f"Cette page n'attend plus rien ({page.state.label.lower()}).")
    kept = " ".join(reason.split())
    if not kept or len(kept) > LARGEST_REASON:
        raise BadInput(
            "scan_page.reason",
            f"Dites en quelques mots pourquoi cette page est écartée ({LARGEST_REASON} signes au plus).",
        )
    return kept
