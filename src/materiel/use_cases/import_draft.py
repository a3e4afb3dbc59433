"""A file to import, kept between its examination and its confirmation; no more than an hour, by its service alone."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from materiel.domain.labelled import LabelledEnum
from materiel.domain.roles import Actor, Permission
from materiel.errors import BadInput, NotFound
from materiel.exchange.report import ImportReport
from materiel.store.ids import new_id
from materiel.use_cases.exchange import import_items, import_pupils
from materiel.use_cases.school import import_schools

KEPT = timedelta(hours=1)
LARGEST_FILE = 100_000_000


class ImportKind(LabelledEnum):
    """What a file holds; the value is in the page's address."""

    SCHOOLS = "etablissements", "Annuaire de l'éducation"
    ITEMS = "materiels", "Matériels"
    PUPILS = "eleves", "Élèves"


_IMPORTERS: dict[ImportKind, Callable[..., Awaitable[ImportReport]]] = {
    ImportKind.SCHOOLS: import_schools,
    ImportKind.ITEMS: import_items,
    ImportKind.PUPILS: import_pupils,
}


async def examine_file(
    kind: ImportKind, data: bytes, folder: Path, *, actor: Actor, now: datetime
) -> tuple[UUID, ImportReport]:
    """Keep a file and tell what its import would do; nothing is written to the database.

    Args:
        folder: of the installation's data; the file is readable by this account of the machine only.

    Raises:
        PermissionDenied: the actor may not write.
        BadInput: the file cannot be read, or is too large (`import.too_large`).
    """
    actor.require(Permission.WRITE)
    if len(data) > LARGEST_FILE:
        raise BadInput("import.too_large", f"Ce fichier dépasse {LARGEST_FILE // 10**6} Mo : importez-le en parties.")
    report = await _IMPORTERS[kind](data, actor=actor, now=now, dry_run=True)
    _forget_old(folder, now)
    draft = new_id()
    path = _path(kind, draft, folder, actor)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_bytes(data)
    os.utime(path, (now.timestamp(), now.timestamp()))
    return draft, report


async def import_file(kind: ImportKind, draft: UUID, folder: Path, *, actor: Actor, now: datetime) -> ImportReport:
    """Import the file that was examined, and forget it.

    Raises:
        NotFound: `import.expired`, kept too long, already imported, or another service's.
    """
    actor.require(Permission.WRITE)
    _forget_old(folder, now)
    path = _path(kind, draft, folder, actor)
    if not path.is_file():
        raise NotFound(
            "import.expired",
            "Ce fichier n'est plus gardé : il a déjà été importé, ou l'examen date de plus d'une heure. "
            "Envoyez-le de nouveau.",
        )
    report = await _IMPORTERS[kind](path, actor=actor, now=now)
    path.unlink(missing_ok=True)
    return report


def _path(kind: ImportKind, draft: UUID, folder: Path, actor: Actor) -> Path:
    return folder / "imports" / f"{actor.service_id}-{kind.value}-{draft}.csv"


def _forget_old(folder: Path, now: datetime) -> None:
    limit = (now - KEPT).timestamp()
    for path in (folder / "imports").glob("*.csv"):
        if path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)
