"""A file to import: what it holds, and how long it is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from materiel.domain.language.labelled import LabelledEnum

KEPT = timedelta(days=1)
"""After its examination, then after its import: long enough to correct the refused lines and send them again."""

LARGEST_FILE = 100_000_000


class ImportKind(LabelledEnum):
    """What a file holds."""

    SCHOOLS = "schools", "Annuaire de l'éducation"
    ITEMS = "items", "Matériels"
    PUPILS = "pupils", "Élèves"
    MUNICIPALITIES = "municipalities", "Mairies, annuaire de l'administration"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingOptions:
    """How somebody wants a file to be read.

    `sheet`: the name of a worksheet; `school`: the UAI of every line that says none. `chosen`: what columns are, by
    their normalised titles; an empty one is left aside.
    """

    sheet: str = ""
    school: str = ""
    chosen: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFile:
    """A file sent. `name` is the one it had on the sender's machine, `sha256` that of its bytes.

    `report` is the JSON of what its examination, then its import, told; None until the examination is done.
    `examination` and `job` are the jobs that examine and import it, if any. `created` and `updated` count what an
    import by batches has written so far. `options`: how it is read.
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
