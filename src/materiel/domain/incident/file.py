"""What somebody behind a link sends for the file of an incident: a photograph, or the copy of a paper.

Whoever declared a theft has the complaint on their telephone: they send it from there. What a file is, its first bytes
say; a photograph is made again, in a process of its own, to be shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.incident.incident import Incident, IncidentPaper
from materiel.domain.incident.treatment import check_open
from materiel.domain.language.labelled import LabelledEnum
from materiel.errors import BadInput, RuleBroken

LARGEST_BYTES = 10_000_000
MOST_FILES = 10
"""Of one incident: the papers that it may need, on several pages."""

FILE_TYPES = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
"""By the first bytes; the name that the sender gave and the type that the browser announces tell nothing."""

TO_CONVERT = {"image/webp", "image/heic"}
"""Photographs of telephones that not every browser shows: kept as JPEG."""

EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})


class FileKind(LabelledEnum):
    """What a file shows: one of the papers that the service waits for, or a photograph."""

    STATEMENT = "statement", IncidentPaper.STATEMENT.label
    COMPLAINT = "complaint", IncidentPaper.COMPLAINT.label
    INSURANCE = "insurance", IncidentPaper.INSURANCE.label
    PHOTO = "photo", "Photo du matériel ou des lieux"

    @property
    def paper(self) -> IncidentPaper | None:
        """The paper that is received with it; None for a photograph."""
        return None if self is FileKind.PHOTO else IncidentPaper(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFile:
    """One file received, without its bytes. `received_on` is a civil date of the service.

    `sent_by` is what the journal calls whoever sent it, `sent_link` the link by which it came. A file removed has no
    bytes left; `removed_by` is who deleted it, `removed_reason` why, for the service alone.
    """

    id: UUID
    incident_id: UUID
    kind: FileKind
    media_type: str
    size: int
    sha256: str
    received_on: date
    received_at: datetime
    sent_by: str
    sent_link: UUID
    removed_at: datetime | None = None
    removed_by: str = ""
    removed_reason: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether its bytes are still there."""
        return self.removed_at is None


def media_type_of(data: bytes, *, largest: int) -> str:
    """The type of a file that may be kept, by its content.

    Raises:
        BadInput: `incident_file.too_large`, `incident_file.unreadable`.
    """
    if len(data) > largest:
        raise BadInput(
            "incident_file.too_large",
            f"Ce fichier dépasse {largest // 10**6} Mo : envoyez une photo moins grande, ou le document page par page.",
        )
    found = next((kind for start, kind in FILE_TYPES.items() if data.startswith(start)), None)
    if found is None and data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        return "image/heic"
    if found is None and data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    if found is None:
        raise BadInput(
            "incident_file.unreadable",
            "Ce fichier n'est ni un PDF, ni une image JPEG, PNG, WebP ou HEIC : envoyez la pièce sous l'une de ces "
            "formes.",
        )
    return found


def with_file(incident: Incident, kind: FileKind, known: Sequence[IncidentFile], *, received_on: date) -> Incident:
    """The incident once a file is received; a paper already received keeps its day.

    Raises:
        Conflict: `incident.already_closed`.
        RuleBroken: `incident_file.too_many`.
    """
    check_open(incident)
    if sum(each.is_kept for each in known) >= MOST_FILES:
        raise RuleBroken(
            "incident_file.too_many",
            f"Cet incident a déjà {MOST_FILES} fichiers : remettez les autres pièces au service.",
        )
    paper = kind.paper
    if paper is None or paper in incident.papers:
        return incident
    return replace(incident, papers={**incident.papers, paper: received_on})


def without_file(incident: Incident, file: IncidentFile, known: Sequence[IncidentFile]) -> Incident:
    """The incident once a file is deleted: a paper that this file alone had brought is awaited again.

    An incident that is closed keeps the papers on which it was decided.
    """
    paper = file.kind.paper
    others = any(each.is_kept and each.kind is file.kind for each in known if each.id != file.id)
    if not incident.is_open or paper is None or others or incident.papers.get(paper) != file.received_on:
        return incident
    return replace(incident, papers={each: on for each, on in incident.papers.items() if each is not paper})
