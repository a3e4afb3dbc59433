"""Photographs of items: their state when they leave and come back, what happened to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.circuit.condition.outline import ItemView
from materiel.domain.language.labelled import LabelledEnum
from materiel.errors import BadInput, Conflict

LARGEST_PHOTO = 20_000_000
MOST_AT_ONCE = 10


class PhotoOccasion(LabelledEnum):
    """When a photograph was taken."""

    HANDOVER = "handover", "À la remise"
    RETURN = "return", "Au retour"
    INCIDENT = "incident", "Pour un incident"
    OTHER = "other", "À un autre moment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """One photograph, without its bytes. `taken_on` is a civil date; `loan_id` the loan of the item then.

    `incident_id` is the incident that it is about, `file_id` the file that a link sent, of which it is the picture.
    `state_id` is the state of condition that it shows, `remark_id` the remark of a family that it came with. `caption`
    says what it shows, for whoever does not see it; `view` which side, when somebody said so.
    """

    id: UUID
    service_id: UUID
    item_id: UUID
    occasion: PhotoOccasion
    taken_on: date
    sha256: str
    added_by: str
    added_at: datetime
    loan_id: UUID | None = None
    incident_id: UUID | None = None
    file_id: UUID | None = None
    state_id: UUID | None = None
    remark_id: UUID | None = None
    caption: str = ""
    view: ItemView | None = None

    @property
    def of_family(self) -> bool:
        """Whether a family showed it with a remark: it is theirs, and stays as it came."""
        return self.remark_id is not None


def check_removable(photo: Photo) -> None:
    """Refuse to take away what a family showed.

    Raises:
        Conflict: `photo.of_family`.
    """
    if photo.of_family:
        raise Conflict(
            "photo.of_family",
            "Cette photo est celle de la famille : le service la garde telle quelle, jusqu'à l'élimination du prêt.",
        )


def check_photos(sizes: list[int]) -> None:
    """Refuse too many photographs at once, or one too heavy to be opened.

    Raises:
        BadInput: `photo.too_many`, `photo.too_large`.
    """
    if not 1 <= len(sizes) <= MOST_AT_ONCE:
        raise BadInput("photo.too_many", f"Choisissez entre une et {MOST_AT_ONCE} photos à la fois.")
    if max(sizes) > LARGEST_PHOTO:
        raise BadInput(
            "photo.too_large",
            f"Une de ces photos dépasse {LARGEST_PHOTO // 10**6} Mo : réduisez la résolution de l'appareil.",
        )
