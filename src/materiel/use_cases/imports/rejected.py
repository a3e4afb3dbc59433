"""The refused lines of a file to import, given back to be corrected."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor
from materiel.domain.imports.import_file import ImportKind
from materiel.errors import Conflict, NotFound
from materiel.exchange.rejected import rejected_lines
from materiel.exchange.tabular import TableFormat
from materiel.store.imports import import_file as import_files
from materiel.use_cases.imports.examination import columns_read
from materiel.use_cases.imports.import_file import get_import


async def rejected_of(file_id: UUID, form: TableFormat, *, actor: Actor, now: datetime) -> AsyncIterator[bytes]:
    """The refused lines of a file, with the column « Erreur ».

    Raises:
        NotFound: `import.expired`; `import.nothing_to_correct`, nobody corrects the administration's directory.
        Conflict: `import.not_examined`.
    """
    found = await get_import(file_id, actor=actor, now=now)
    if found.file.expires_at <= now:
        raise import_files.expired()
    if found.report is None:
        raise Conflict("import.not_examined", "Ce fichier n'a pas encore été examiné. Attendez son examen.")
    if found.file.kind is ImportKind.MUNICIPALITIES:
        raise NotFound(
            "import.nothing_to_correct", "Les fiches de cet annuaire ne se corrigent pas ici : complétez la commune."
        )
    faults = {each.line: each.told for each in found.report.rejected}
    options = found.file.options
    columns = columns_read(found.file.kind, options)
    content = await import_files.content(file_id)
    return rejected_lines(content, columns, faults, form, sheet=options.sheet, encoding=options.encoding)
