"""`materiel export`: tables out, as a CSV or a workbook."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import click

from materiel.cli.french import Group
from materiel.cli.opened import OpenedBase, opened, service_option
from materiel.cli.output import force_option, say, written_path
from materiel.domain.history.filter import JournalFilter
from materiel.domain.history.reading import ReadingKind
from materiel.exchange.tabular import TableFormat
from materiel.files import written_whole
from materiel.use_cases.history.list import export_journal
from materiel.use_cases.history.reading import record_reading
from materiel.use_cases.imports.exports import export_items, export_loans, export_register
from materiel.use_cases.people.export import ExportPerson, export_person

target_argument = click.argument("file", metavar="FICHIER", type=written_path)


@click.group(cls=Group, help="Exporte un tableau, en CSV ou, si le nom finit par .xlsx, en classeur.")
def export() -> None:
    """The family of exports."""


@export.command("items", help="Exporte les matériels du service, tels qu'ils s'importent.")
@target_argument
@force_option
@service_option
@opened
async def export_items_(opening: OpenedBase, /, *, file: Path, force: bool, service_code: str | None) -> None:
    """Export items."""
    await write_table(
        file, export_items(actor=await opening.administrator_of(service_code), form=table_format(file)), force=force
    )


@export.command("loans", help="Exporte les prêts et dépôts du service. Ce fichier contient des noms d'élèves.")
@target_argument
@force_option
@service_option
@opened
async def export_loans_(opening: OpenedBase, /, *, file: Path, force: bool, service_code: str | None) -> None:
    """Export loans."""
    actor = await opening.administrator_of(service_code)
    await write_table(file, export_loans(actor=actor, form=table_format(file)), force=force)
    await record_reading(ReadingKind.LOANS_EXPORT, actor=actor, now=opening.now)


@export.command("register", help="Exporte l'inventaire et où se trouve chaque matériel, sans nom d'élève.")
@target_argument
@force_option
@service_option
@opened
async def export_register_(opening: OpenedBase, /, *, file: Path, force: bool, service_code: str | None) -> None:
    """Export the register."""
    await write_table(
        file, export_register(actor=await opening.administrator_of(service_code), form=table_format(file)), force=force
    )


@export.command("journal", help="Exporte le journal du service, avec les noms que ses fiches portent aujourd'hui.")
@target_argument
@force_option
@service_option
@opened
async def export_journal_(opening: OpenedBase, /, *, file: Path, force: bool, service_code: str | None) -> None:
    """Export the journal."""
    actor = await opening.administrator_of(service_code)
    chunks = export_journal(JournalFilter(), actor=actor, now=opening.now, form=table_format(file))
    await write_table(file, chunks, force=force)


@export.command("person", help="Rassemble en un ZIP ce que la base garde d'un élève, ou d'un représentant légal.")
@click.argument("pupil", type=click.UUID, metavar="ÉLÈVE")
@target_argument
@force_option
@click.option("--representative", type=click.UUID, metavar="ID", help="Ses données à lui, et non celles de l'élève.")
@click.option("--handed-to", type=click.UUID, metavar="ID", help="Le représentant légal qui reçoit le fichier.")
@service_option
@opened
async def export_person_(
    opening: OpenedBase,
    /,
    *,
    pupil: UUID,
    file: Path,
    force: bool,
    representative: UUID | None,
    handed_to: UUID | None,
    service_code: str | None,
) -> None:
    """Export one person's data."""
    actor = await opening.administrator_of(service_code)
    command = ExportPerson(pupil_id=pupil, representative_id=representative, handed_to=handed_to)

    async def whole() -> AsyncIterator[bytes]:
        yield await export_person(command, actor=actor, now=opening.now)

    await write_table(file, whole(), force=force)


def table_format(file: Path) -> TableFormat:
    """That of the end of the name; a CSV for any other, and for the standard output."""
    return TableFormat.XLSX if file.suffix.lower() == ".xlsx" else TableFormat.CSV


def is_output(file: Path) -> bool:
    """Whether `-` was written, the standard output."""
    return str(file) == "-"


async def write_table(file: Path, chunks: AsyncIterator[bytes], *, force: bool) -> None:
    """Write the file; `-` is the standard output."""
    if is_output(file):
        async for chunk in chunks:
            sys.stdout.buffer.write(chunk)
        return
    with written_whole(file, force=force) as stream:
        async for chunk in chunks:
            stream.write(chunk)
    say(f"Écrit : {file} ({file.stat().st_size} octets).")
