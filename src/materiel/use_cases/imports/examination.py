"""What the import of a file would do: each kind of table with its columns, and what prepares its import."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from materiel.domain.accounts.roles import Actor
from materiel.domain.imports.import_file import ImportFile, ImportKind, ReadingOptions
from materiel.errors import BadInput
from materiel.exchange import inventory, item, need, pupil
from materiel.exchange.places import annuaire, directory
from materiel.exchange.reading import Source
from materiel.exchange.report import ColumnUse, FileReport
from materiel.exchange.table import Columns, column_name
from materiel.exchange.titles import holds_data
from materiel.use_cases.imports.items import prepare_items
from materiel.use_cases.imports.municipalities import prepare_municipalities
from materiel.use_cases.imports.needs import prepare_needs
from materiel.use_cases.imports.park.inventory import prepare_inventory, prepare_loans
from materiel.use_cases.imports.prepared import READ_AS_IT_IS, PreparedImport, Progress, untold, warn_of_titles
from materiel.use_cases.imports.pupils import prepare_pupils
from materiel.use_cases.imports.schools import prepare_schools

PREPARE: dict[ImportKind, Callable[..., Awaitable[PreparedImport]]] = {
    ImportKind.SCHOOLS: prepare_schools,
    ImportKind.ITEMS: prepare_items,
    ImportKind.PUPILS: prepare_pupils,
    ImportKind.INVENTORY: prepare_inventory,
    ImportKind.LOANS: prepare_loans,
    ImportKind.NEEDS: prepare_needs,
    ImportKind.MUNICIPALITIES: prepare_municipalities,
}
COLUMNS: dict[ImportKind, Columns] = {
    ImportKind.SCHOOLS: annuaire.LAYOUT.columns,
    ImportKind.ITEMS: item.LAYOUT.columns,
    ImportKind.PUPILS: pupil.LAYOUT.columns,
    ImportKind.INVENTORY: inventory.LAYOUT.columns,
    ImportKind.LOANS: inventory.LOANS_LAYOUT.columns,
    ImportKind.NEEDS: need.LAYOUT.columns,
    ImportKind.MUNICIPALITIES: directory.COLUMNS,
}


FIELDS: dict[ImportKind, Mapping[str, str]] = {
    ImportKind.ITEMS: item.CHOICES,
    ImportKind.PUPILS: pupil.CHOICES,
    ImportKind.INVENTORY: inventory.CHOICES,
    ImportKind.LOANS: inventory.LOANS_CHOICES,
    ImportKind.NEEDS: need.CHOICES,
}
"""What a column may be said to be, with its French heading; the annuaire has its own columns."""


def columns_read(kind: ImportKind, options: ReadingOptions) -> Columns:
    """The columns of a kind of table, as somebody said; one school for the whole file is that of each line."""
    columns = COLUMNS[kind]
    either = tuple(group for group in columns.either if not (options.school and group == pupil.SCHOOL))
    return replace(columns, chosen=options.chosen, either=either)


async def examination(
    file: ImportFile, data: Source, *, actor: Actor, now: datetime, progress: Progress = untold
) -> FileReport:
    """What the import of a file would do; of one whose titles are not known, these titles.

    Raises:
        BadInput: the file cannot be read.
    """
    try:
        return (await prepared_of(file, data, actor=actor, now=now, dry_run=True, progress=progress)).report
    except BadInput as refusal:
        return of_unknown_titles(file.kind, refusal, file.options)


def of_unknown_titles(kind: ImportKind, refusal: BadInput, options: ReadingOptions = READ_AS_IT_IS) -> FileReport:
    """The report of a table in which a column is missing; any other refusal goes on."""
    titles, missing = refusal.facts.get("titles"), refusal.facts.get("columns")
    if kind not in FIELDS or not isinstance(titles, list) or not isinstance(missing, list):
        raise refusal
    told = refusal.facts.get("guessed")
    guessed = told if isinstance(told, dict) else {}
    names = replace(columns_read(kind, options), guessed=guessed).names(titles)
    known = FIELDS[kind]
    columns = [
        ColumnUse(title, name if name in known else "", is_guessed=column_name(title) in guessed)
        for title, name in zip(titles, names, strict=True)
    ]
    report = FileReport(dry_run=True, columns=columns, missing=missing)
    readings = refusal.facts.get("readings")
    if isinstance(readings, dict):
        report.tell_readings(readings, str(refusal.facts.get("encoding", "")))
    if holds_data(titles):
        warn_of_titles(report)
    return report


def may_keep_titles(kind: ImportKind, report: FileReport) -> bool:
    """Whether what its columns are may be kept for the next file: titles that look like data of persons are not."""
    titles = [each.title for each in report.columns]
    return kind in FIELDS and bool(titles) and not holds_data(titles)


async def prepared_of(file: ImportFile, data: Source, **asked: Any) -> PreparedImport:
    """A file compared, and written unless it is a dry run, as its options say."""
    options = {"options": file.options} if file.kind in FIELDS else {}
    return await PREPARE[file.kind](data, **asked, **options)
