"""A file to import: what it holds, and how long it is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from materiel.domain.language.labelled import LabelledEnum

KEPT = timedelta(days=1)
"""After its examination, then after its import: long enough to correct the refused lines and send them again."""

UNDO_KEPT = timedelta(days=30)
"""After its import: how long it may be undone, and its report read. A mistake is seen when the items are used."""

LARGEST_FILE = 100_000_000


class ImportKind(LabelledEnum):
    """What a file holds."""

    SCHOOLS = "schools", "Annuaire de l'éducation"
    INVENTORY = "inventory", "Inventaire avec les élèves et leurs prêts en cours"
    ITEMS = "items", "Matériels"
    PUPILS = "pupils", "Élèves"
    LOANS = "loans", "Prêts en cours de matériels connus"
    NEEDS = "needs", "Besoins notifiés"
    MUNICIPALITIES = "municipalities", "Mairies, annuaire de l'administration"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingOptions:
    """How somebody wants a file to be read.

    `sheet`: the name of a worksheet; `school`: the UAI of every line that says none. `chosen`: what columns are, by
    their normalised titles; an empty one is left aside. `schools`: the UAIs of the schools that are written so (see
    `domain.places.written_school.school_as_written`); empty where none of those offered is meant.
    `encoding`: that of a CSV that says none (see `exchange.encoding.CANDIDATES`).
    """

    sheet: str = ""
    school: str = ""
    chosen: dict[str, str] = field(default_factory=dict)
    schools: dict[str, str] = field(default_factory=dict)
    encoding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFile:
    """A file sent. `name` is the one it had on the sender's machine, `sha256` that of its bytes.

    `report` is the JSON of what its examination, then its import, told; None until the examination is done.
    `examination` and `job` are the jobs that examine and import it, if any. `created` and `updated` count what an
    import by batches has written so far. `options`: how it is read. The bytes are kept until `expires_at`;
    `kept_until`, once it is imported, is the end of its report and of its undoing, whose job is `undo_job`.
    """

    id: UUID
    service_id: UUID
    kind: ImportKind
    name: str
    sha256: str
    report: str | None
    examination: UUID | None
    job: UUID | None
    created: int
    updated: int
    expires_at: datetime
    options: ReadingOptions = field(default_factory=ReadingOptions)
    kept_until: datetime | None = None
    undo_job: UUID | None = None

    @property
    def imported_at(self) -> datetime | None:
        """When its import ended, if it did."""
        return None if self.kept_until is None else self.kept_until - UNDO_KEPT


class ImportState(LabelledEnum):
    """Where the import of a file is: the state of its latest step."""

    EXAMINING = "examining", "Examen en cours"
    EXAMINED = "examined", "Examiné"
    IMPORTING = "importing", "Import en cours"
    IMPORTED = "imported", "Importé"
    FAILED = "failed", "Échoué"
    UNDOING = "undoing", "Annulation en cours"
    UNDONE = "undone", "Défait"


class RecordKind(LabelledEnum):
    """The kinds of records that an import makes or corrects one by one, and that its undoing takes back."""

    ITEM = "item", "Matériel"
    PUPIL = "pupil", "Élève"
    LOAN = "loan", "Prêt repris"
    NEED = "need", "Besoin"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenRecord:
    """A record that a batch makes or corrects.

    `before`: what it was, as JSON; None for one that the import makes. `version` is the one that the batch gives it,
    `line` that of the file.
    """

    kind: RecordKind
    subject: UUID
    before: str | None
    version: int
    line: int


class Dependence(LabelledEnum):
    """What keeps a record of an import from being taken back: what stands on it, or was done to it since."""

    CHANGED = "changed", "une modification faite depuis"
    LOAN = "loan", "un prêt ou un dépôt"
    NEED = "need", "un besoin"
    ORDER = "order", "une commande ou une réception"
    TRANSFER = "transfer", "un transfert"
    DISPOSAL = "disposal", "une fin de vie"
    REPAIR = "repair", "une réparation"
    LICENCE = "licence", "une licence installée"
    CHECKS = "checks", "une vérification notée"
    KIT = "kit", "un kit"
    SAFETY_RECALL = "safety_recall", "un rappel de sécurité"
    USE = "use", "un usage noté à une réunion"
    EXAMINATION = "examination", "une fiche de préparation à un examen"
    INCIDENT = "incident", "un incident"
    PRESENCE = "presence", "une présence confirmée"
    STOCKTAKE = "stocktake", "un récolement"
    LABEL = "label", "une étiquette imprimée depuis"
    UNNAMED_LABEL = "unnamed_label", "peut-être une étiquette : plus de cent ont été imprimées ensemble depuis"
    LINK = "link", "un lien personnel"
    MESSAGE = "message", "un courriel"
    DOCUMENT = "document", "un document"
    SCAN = "scan", "une numérisation classée"
    PHOTO = "photo", "une photographie"
    CONDITION = "condition", "un état constaté"
    LEAVING = "leaving", "un départ vers une autre académie"
    RETENTION = "retention", "un bordereau d'élimination"
    CORRECTION = "correction", "un acte corrigé"
    OTHER = "other", "autre chose"


@dataclass(frozen=True, slots=True, kw_only=True)
class InUse:
    """Records of an import that cannot be taken back for one reason: how many, and the first of them."""

    why: Dependence
    kind: RecordKind
    count: int
    subjects: tuple[UUID, ...]
