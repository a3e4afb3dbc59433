"""The bodies and the answers of the API about incidents."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from materiel.domain.history.correction import REASON_MAX as REMOVAL_MAX
from materiel.domain.incident.file import FileKind, IncidentFile
from materiel.domain.incident.incident import (
    DeclaredAs,
    Incident,
    IncidentKind,
    IncidentPaper,
    IncidentState,
)
from materiel.domain.incident.treatment import (
    NOTE_MAX,
    IncidentNote,
    NoteKind,
    missing_papers,
)
from materiel.domain.language.bounds import Version, filled_text
from materiel.domain.loan.plan import Fault
from materiel.use_cases.incident.incident import RecordIncident
from materiel.use_cases.incident.treatment import CloseIncident, FindFault, ReopenIncident
from materiel.web.api.body import Body, CommandBody


class IncidentBody(CommandBody[RecordIncident]):
    """Un incident que l'on signale au service. `declared_as` est le côté de celui qui l'a signalé."""


class PaperBody(Body):
    """Une pièce reçue, et le jour."""

    paper: IncidentPaper
    received_on: date


class PapersBody(Body):
    """Toutes les pièces reçues à ce jour ; celles qui n'y sont pas ne sont plus notées."""

    version: Version
    papers: Annotated[list[PaperBody], Meta(max_length=len(IncidentPaper))]


class FindingBody(CommandBody[FindFault], given=("incident_id",)):
    """La faute appréciée par le gestionnaire : `none` ou `user`, avec son motif, qui reste dans le service."""


class NoteBody(Body):
    """Une note du suivi, pour le service seul."""

    text: Annotated[str, filled_text(NOTE_MAX)]


class CloseIncidentBody(CommandBody[CloseIncident], given=("incident_id",)):
    """La réponse du service, que lit celui qui a signalé."""


class ReopenIncidentBody(CommandBody[ReopenIncident], given=("incident_id",)):
    """Pourquoi l'incident est rouvert."""


class ReceivedPaperOut(Struct):
    """Une pièce reçue, et le jour."""

    paper: IncidentPaper
    received_on: date


class IncidentOut(Struct):
    """Un incident. `missing_papers` sont les pièces que le dossier attend encore ; aucun nom n'y figure."""

    id: UUID
    item: UUID
    loan: UUID | None
    kind: IncidentKind
    description: str
    happened_on: date | None
    declared_as: DeclaredAs
    declared_by: str
    declared_at: datetime
    state: IncidentState
    papers: list[ReceivedPaperOut]
    missing_papers: list[IncidentPaper]
    fault: Fault
    fault_reason: str
    decided_at: datetime | None
    resolution: str
    closed_at: datetime | None
    version: int

    @classmethod
    def of(cls, incident: Incident) -> IncidentOut:
        """The wire form of an incident."""
        same = ("id", "kind", "description", "happened_on", "declared_as", "declared_by", "declared_at", "state")
        ends = ("fault", "fault_reason", "decided_at", "resolution", "closed_at", "version")
        return cls(
            item=incident.item_id,
            loan=incident.loan_id,
            papers=[ReceivedPaperOut(paper=paper, received_on=on) for paper, on in incident.papers.items()],
            missing_papers=list(missing_papers(incident)),
            **{name: getattr(incident, name) for name in (*same, *ends)},
        )


class NoteOut(Struct):
    """Une ligne du suivi. `written_by` est un identifiant, jamais un nom."""

    id: UUID
    kind: NoteKind
    text: str
    written_by: str
    written_at: datetime

    @classmethod
    def of(cls, note: IncidentNote) -> NoteOut:
        """The wire form of a note."""
        return cls(**{name: getattr(note, name) for name in cls.__struct_fields__})


class IncidentDetail(IncidentOut):
    """Un incident et son suivi, le plus ancien d'abord."""

    notes: list[NoteOut] = []


class IncidentFileOut(Struct):
    """Un fichier envoyé par un lien. `received_on` est un jour civil du service ; aucun nom de fichier n'est gardé.

    `removed_at` : un gestionnaire l'a supprimé, son contenu n'existe plus.
    """

    id: UUID
    kind: FileKind
    media_type: str
    size: int
    sha256: str
    received_on: date
    received_at: datetime
    sent_by: str
    removed_at: datetime | None
    removed_by: str
    removed_reason: str

    @classmethod
    def of(cls, file: IncidentFile) -> IncidentFileOut:
        """The wire form of a file."""
        return cls(**{name: getattr(file, name) for name in cls.__struct_fields__})


class IncidentFiles(Struct):
    """Les fichiers d'un incident, les plus anciens d'abord, ceux qui sont supprimés compris."""

    items: list[IncidentFileOut]


class RemoveFileBody(Body):
    """Pourquoi un fichier est supprimé ; le motif reste au service."""

    reason: Annotated[str, filled_text(REMOVAL_MAX)]


class IncidentPage(Struct):
    """Une page d'incidents, les plus anciens d'abord."""

    items: list[IncidentOut]
    next_cursor: str | None


class ClosedOut(IncidentOut):
    """Un incident traité. `told` : un courriel dit à celui qui a signalé que la réponse l'attend."""

    told: bool = False


def fields_of(incident: Incident) -> dict[str, Any]:
    """The fields that every answer about an incident has."""
    shown = IncidentOut.of(incident)
    return {name: getattr(shown, name) for name in IncidentOut.__struct_fields__}
