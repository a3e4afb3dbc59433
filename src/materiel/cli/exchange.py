"""`materiel import` and `materiel export`: tables in, CSV out."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol
from uuid import UUID

import click

from materiel.cli.french import Group
from materiel.cli.opened import OpenedBase, opened, service_option
from materiel.cli.output import force_option, json_option, progress, say, show_json, written_path
from materiel.domain.accounts.roles import Actor
from materiel.domain.history.filter import JournalFilter
from materiel.domain.history.reading import ReadingKind
from materiel.domain.imports.import_file import ImportKind
from materiel.domain.places.directory import PATERNITY
from materiel.exchange.rejected import rejected_lines
from materiel.exchange.report import FileReport
from materiel.exchange.tabular import TableFormat
from materiel.files import check_free, written_whole
from materiel.use_cases.history.list import export_journal
from materiel.use_cases.history.reading import record_reading
from materiel.use_cases.imports.examination import COLUMNS
from materiel.use_cases.imports.exports import export_items, export_loans, export_register
from materiel.use_cases.imports.items import import_items
from materiel.use_cases.imports.municipalities import ASKED, EVERY, import_municipalities
from materiel.use_cases.imports.prepared import Progress
from materiel.use_cases.imports.pupils import import_pupils
from materiel.use_cases.imports.schools import import_schools
from materiel.use_cases.people.export import ExportPerson, export_person

LINES_SHOWN = 20
"""Refused lines shown on a terminal; `--json` gives them all."""

file_argument = click.argument("file", metavar="FICHIER", type=click.Path(path_type=Path, dir_okay=False, exists=True))
target_argument = click.argument("file", metavar="FICHIER", type=written_path)
dry_run_option = click.option("--dry-run", is_flag=True, help="Compare et rend compte, sans rien écrire.")
rejected_option = click.option(
    "--rejected",
    metavar="FICHIER",
    type=written_path,
    help="Écrit les lignes refusées, avec une colonne « Erreur », en CSV ou en .xlsx selon le nom.",
)


class Importer(Protocol):
    """The common shape of the imports."""

    def __call__(
        self, source: Path, *, actor: Actor, now: datetime, dry_run: bool, progress: Progress
    ) -> Awaitable[FileReport]: ...


IMPORTERS: dict[ImportKind, Importer] = {
    # Whoever installs writes the schools of every académie.
    ImportKind.SCHOOLS: partial(import_schools, everywhere=True),
    ImportKind.ITEMS: import_items,
    ImportKind.PUPILS: import_pupils,
}


@click.group("import", cls=Group, help="Importe un fichier CSV ; une ligne fautive n'arrête pas les autres.")
def import_() -> None:
    """The family of imports."""


@click.group(cls=Group, help="Exporte un tableau, en CSV ou, si le nom finit par .xlsx, en classeur.")
def export() -> None:
    """The family of exports."""


def _add_import(name: str, kind: ImportKind, told: str) -> None:
    """Add the command that imports one kind of records: all take the same file, options and report."""

    @import_.command(name, help=told)
    @file_argument
    @dry_run_option
    @rejected_option
    @force_option
    @service_option
    @json_option
    @opened
    async def command(
        opening: OpenedBase,
        /,
        *,
        file: Path,
        dry_run: bool,
        rejected: Path | None,
        force: bool,
        service_code: str | None,
        as_json: bool,
    ) -> int:
        return await _import(
            opening,
            kind,
            file,
            dry_run=dry_run,
            rejected=rejected,
            force=force,
            service_code=service_code,
            as_json=as_json,
        )


_add_import("schools", ImportKind.SCHOOLS, "Importe l'Annuaire de l'éducation.")
_add_import("items", ImportKind.ITEMS, "Importe des matériels ; un numéro connu est corrigé.")
_add_import("pupils", ImportKind.PUPILS, "Importe des élèves ; un élève connu est laissé tel quel.")


@import_.command(
    "municipalities",
    help="Complète les communes du service par l'annuaire de l'administration (JSON ou CSV). Ce qui est saisi reste.",
)
@file_argument
@dry_run_option
@click.option("--replace", is_flag=True, help="Prend aussi ce qui diffère de ce qui est saisi.")
@service_option
@json_option
@opened
async def import_municipalities_(
    opening: OpenedBase, /, *, file: Path, dry_run: bool, replace: bool, service_code: str | None, as_json: bool
) -> int:
    """Complete the communes."""
    actor = await opening.administrator_of(service_code)
    with progress("Import") as advance:

        async def told(done: int, total: int) -> None:
            advance(done, total)

        report = await import_municipalities(
            file,
            actor=actor,
            now=opening.now,
            dry_run=dry_run,
            progress=told,
            chosen=(EVERY,) if replace else (),
            base_url=opening.settings.base_url,
        )
    if as_json:
        show_json(report)
    else:
        tell_communes(report, replaces=replace)
    return 1 if report.rejected else 0


@export.command("items", help="Exporte les matériels du service, tels qu'ils s'importent.")
@target_argument
@force_option
@service_option
@opened
async def export_items_(opening: OpenedBase, /, *, file: Path, force: bool, service_code: str | None) -> None:
    """Export items."""
    await _write(
        file, export_items(actor=await opening.administrator_of(service_code), form=_format(file)), force=force
    )


@export.command("loans", help="Exporte les prêts et dépôts du service. Ce fichier contient des noms d'élèves.")
@target_argument
@force_option
@service_option
@opened
async def export_loans_(opening: OpenedBase, /, *, file: Path, force: bool, service_code: str | None) -> None:
    """Export loans."""
    actor = await opening.administrator_of(service_code)
    await _write(file, export_loans(actor=actor, form=_format(file)), force=force)
    await record_reading(ReadingKind.LOANS_EXPORT, actor=actor, now=opening.now)


@export.command("register", help="Exporte l'inventaire et où se trouve chaque matériel, sans nom d'élève.")
@target_argument
@force_option
@service_option
@opened
async def export_register_(opening: OpenedBase, /, *, file: Path, force: bool, service_code: str | None) -> None:
    """Export the register."""
    await _write(
        file, export_register(actor=await opening.administrator_of(service_code), form=_format(file)), force=force
    )


@export.command("journal", help="Exporte le journal du service, avec les noms que ses fiches portent aujourd'hui.")
@target_argument
@force_option
@service_option
@opened
async def export_journal_(opening: OpenedBase, /, *, file: Path, force: bool, service_code: str | None) -> None:
    """Export the journal."""
    actor = await opening.administrator_of(service_code)
    await _write(file, export_journal(JournalFilter(), actor=actor, now=opening.now, form=_format(file)), force=force)


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

    await _write(file, whole(), force=force)


async def _import(
    opening: OpenedBase,
    kind: ImportKind,
    file: Path,
    *,
    dry_run: bool,
    rejected: Path | None,
    force: bool,
    service_code: str | None,
    as_json: bool,
) -> int:
    """Import, report, and answer 1 when a line was refused."""
    if rejected and not _is_output(rejected):
        # Told before the import, whose report would be lost.
        check_free(rejected, force=force)
    actor = await opening.administrator_of(service_code)
    with progress("Import") as advance:

        async def told(done: int, total: int) -> None:
            advance(done, total)

        report = await IMPORTERS[kind](file, actor=actor, now=opening.now, dry_run=dry_run, progress=told)
    if as_json:
        show_json(report)
    else:
        _tell(report)
    if rejected and report.rejected:
        faults = {each.line: each.told for each in report.rejected}
        await _write(rejected, rejected_lines(file, COLUMNS[kind], faults, _format(rejected)), force=force)
    return 1 if report.rejected else 0


def _tell(report: FileReport) -> None:
    say("Essai, rien n'est écrit :" if report.dry_run else "Import terminé :")
    say(
        f"  {report.read} ligne(s) lue(s), {report.created} créée(s), {report.updated} modifiée(s), "
        f"{report.unchanged} inchangée(s), {report.absent} absente(s), {len(report.rejected)} refusée(s)."
    )
    if report.loans_concerned:
        say(f"  {len(report.loans_concerned)} prêt(s) en cours touché(s) : voyez « À faire », sur l'accueil.")
    for remark in report.warnings:
        say(f"  Remarque ({remark.lines} ligne(s), dès la ligne {remark.line}) : {remark.detail}")
    if report.words:
        say(f"  Accents lus ainsi : {', '.join(report.words)}. S'ils sont faux, enregistrez le tableau en CSV UTF-8.")
    for each in report.twins[:LINES_SHOWN]:
        say(f"  Ligne {each.line} : {each.detail}")
    for left in report.left[:LINES_SHOWN]:
        say(f"  Ligne {left.line}, « {left.column} », laissé de côté : {left.detail}")
    if report.left_count > LINES_SHOWN:
        say(f"  … et {report.left_count - LINES_SHOWN} autre(s) case(s) laissée(s) de côté.")
    if report.ignored:
        say(f"  Colonnes laissées de côté : {', '.join(report.ignored)}.")
    for refused in report.rejected[:LINES_SHOWN]:
        say(f"  Ligne {refused.line} refusée : {refused.told}")
    if len(report.rejected) > LINES_SHOWN:
        say(f"  … et {len(report.rejected) - LINES_SHOWN} autre(s) ; --json les donne toutes.")


def tell_communes(report: FileReport, *, replaces: bool) -> None:
    """Say what the directory gives to each commune, and what it does not change."""
    say("Essai, rien n'est écrit :" if report.dry_run else "Import terminé :")
    say(
        f"  {report.read} fiche(s) lue(s), {report.created + report.updated} commune(s) complétée(s), "
        f"{report.absent} sans mairie dans ce fichier, {len(report.rejected)} fiche(s) illisible(s)."
    )
    if report.source_on is not None:
        say(f"  Source : {PATERNITY}, {report.source_on:%d/%m/%Y}.")
    for commune in report.communes:
        for each in commune.contacts:
            was = f"« {each.before} » → " if each.before else ""
            what = "" if each.fills or replaces else " : laissé tel quel"
            sent = " : un code y part, elle sert une fois le code saisi" if each.outcome == ASKED else ""
            say(f"  {commune.code} {commune.name}, {each.label.lower()} : {was}« {each.after} »{what}{sent}")
    for remark in report.warnings:
        say(f"  Remarque ({remark.lines} fiche(s), dès la {remark.line}) : {remark.detail}")
    for refused in report.rejected[:LINES_SHOWN]:
        say(f"  Fiche {refused.line} : {refused.detail}")


def _format(file: Path) -> TableFormat:
    """That of the end of the name; a CSV for any other, and for the standard output."""
    return TableFormat.XLSX if file.suffix.lower() == ".xlsx" else TableFormat.CSV


def _is_output(file: Path) -> bool:
    """Whether `-` was written, the standard output."""
    return str(file) == "-"


async def _write(file: Path, chunks: AsyncIterator[bytes], *, force: bool) -> None:
    """Write the file; `-` is the standard output."""
    if _is_output(file):
        async for chunk in chunks:
            sys.stdout.buffer.write(chunk)
        return
    with written_whole(file, force=force) as stream:
        async for chunk in chunks:
            stream.write(chunk)
    say(f"Écrit : {file} ({file.stat().st_size} octets).")
