"""Readings (« lectures ») of pupils' data: who read what of whom, when and how. Apart from the journal, for a year.

Source: règlement (UE) 2016/679, art. 5 and 32; délibération CNIL n° 2021-122 du 14 octobre 2021 (journalisation), which
recommends six months to a year.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.domain.language.labelled import LabelledEnum


class ReadingKind(LabelledEnum):
    """What was read. A list holds several pupils, and is not told pupil by pupil."""

    PUPIL = "pupil", "Fiche d'un élève"
    LOAN = "loan", "Prêt d'un élève"
    DOCUMENT = "document", "Document d'un élève"
    INCIDENT = "incident", "Incident"
    ITEM = "item", "Matériel prêté à un élève"
    PERSON = "person", "Export des données d'une personne"
    PUPILS = "pupils", "Liste d'élèves"
    SEARCH = "search", "Recherche"
    LOANS = "loans", "Liste de prêts"
    DOCUMENTS = "documents", "Liste de documents"
    INCIDENTS = "incidents", "Liste d'incidents"
    LOANS_EXPORT = "loans_export", "Export des prêts"
    JOURNAL = "journal", "Journal"
    READINGS = "readings", "Liste des lectures"
    MAIL = "mail", "Courriels"
    LENDING = "lending", "Préparation d'un prêt"
    OTHER = "other", "Autre page qui nomme des élèves"


class Channel(LabelledEnum):
    """How it was read."""

    PAGE = "page", "par une page"
    API = "api", "par l'API"
    COMMAND = "command", "par une commande du serveur"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Somebody's readings of one thing within a short while: `times` from `first_at` to `last_at`, in UTC.

    `actor` is what the journal would keep. `subject_id` is what was read, None for a list; `pupil_id` the pupil whose
    data it held, once known.
    """

    id: UUID
    service_id: UUID
    actor: str
    kind: ReadingKind
    subject_id: UUID | None
    pupil_id: UUID | None
    times: int
    first_at: datetime
    last_at: datetime

    @property
    def channel(self) -> Channel:
        """How it was read, by what kind of actor read it."""
        return {"user": Channel.PAGE, "token": Channel.API}.get(self.actor.partition(":")[0], Channel.COMMAND)
