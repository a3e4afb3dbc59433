"""`materiel import`: tables in, and an import undone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import msgspec

from materiel.cli.exchange import is_output, table_format, write_table
from materiel.cli.french import Day, Group
from materiel.cli.opened import OpenedBase, opened, see_through, service_option
from materiel.cli.output import force_option, json_option, progress, say, show_json, written_path
from materiel.domain.accounts.roles import Actor
from materiel.domain.imports.import_file import ImportFile, ImportKind, ReadingOptions, RecordKind
from materiel.domain.places.directory import PATERNITY
from materiel.domain.work.job import Job, JobState
from materiel.errors import Conflict
from materiel.exchange.rejected import rejected_lines
from materiel.exchange.report import FileReport
from materiel.files import check_free
from materiel.use_cases.desk.pupil_moves import MovesDone, move_all
from materiel.use_cases.imports.examination import FIELDS, columns_read
from materiel.use_cases.imports.import_file import examine_file, get_import, reported_by
from materiel.use_cases.imports.items import import_items
from materiel.use_cases.imports.municipalities import ASKED, EVERY, import_municipalities
from materiel.use_cases.imports.needs import import_needs
from materiel.use_cases.imports.park.inventory import import_inventory, import_loans
from materiel.use_cases.imports.prepared import READ_AS_IT_IS
from materiel.use_cases.imports.pupils import import_pupils
from materiel.use_cases.imports.reading_options import check_options, options_said
from materiel.use_cases.imports.schools import import_schools
from materiel.use_cases.imports.undoing import NOUNS, undo_import
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.worker import HANDLERS

LINES_SHOWN = 20
"""Refused lines shown on a terminal; `--json` gives them all."""

file_argument = click.argument("file", metavar="FICHIER", type=click.Path(path_type=Path, dir_okay=False, exists=True))
dry_run_option = click.option("--dry-run", is_flag=True, help="Compare et rend compte, sans rien écrire.")
rejected_option = click.option(
    "--rejected",
    metavar="FICHIER",
    type=written_path,
    help="Écrit les lignes refusées, avec une colonne « Erreur », en CSV ou en .xlsx selon le nom.",
)


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How a table is to be read, where its columns may be said."""
    for option in (
        click.option("--school", default="", metavar="UAI", help="L'établissement des lignes qui n'en disent aucun."),
        click.option("--sheet", default="", metavar="NOM", help="La feuille du classeur."),
        click.option(
            "--mapping",
            type=click.Path(path_type=Path, dir_okay=False, exists=True),
            metavar="FICHIER",
            help='Ce que sont les colonnes, en JSON : {"titre": "champ"}, null pour une colonne à laisser.',
        ),
    ):
        command = option(command)
    return command


IMPORTERS: dict[ImportKind, Callable[..., Awaitable[FileReport]]] = {
    # Whoever installs writes the schools of every académie.
    ImportKind.SCHOOLS: partial(import_schools, everywhere=True),
    ImportKind.ITEMS: import_items,
    ImportKind.PUPILS: import_pupils,
    ImportKind.INVENTORY: import_inventory,
    ImportKind.LOANS: import_loans,
    ImportKind.NEEDS: import_needs,
}


@click.group("import", cls=Group, help="Importe un fichier CSV ; une ligne fautive n'arrête pas les autres.")
def import_() -> None:
    """The family of imports."""


def move_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The day on which those whom a file of pupils says elsewhere change school."""
    option = click.option(
        "--move-on",
        metavar="AAAA-MM-JJ",
        type=Day(),
        help="Change aussi d'établissement, de ce jour, ceux que le fichier dit ailleurs ; leurs prêts suivent.",
    )
    return option(command)


def _as_it_is(command: Callable[..., Any]) -> Callable[..., Any]:
    """An annuaire has its own columns."""
    return command


def _add_import(name: str, kind: ImportKind, told: str) -> None:
    """Add the command that imports one kind of records: all take the same file, options and report."""

    @import_.command(name, help=told)
    @file_argument
    @(reading_options if kind in FIELDS else _as_it_is)
    @(move_option if kind is ImportKind.PUPILS else _as_it_is)
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
        mapping: Path | None = None,
        move_on: date | None = None,
        **said: str,
    ) -> int:
        """Import, report, and answer 1 when a line, or a move, was refused."""
        if rejected and not is_output(rejected):
            # Told before the import, whose report would be lost.
            check_free(rejected, force=force)
        actor = await opening.administrator_of(service_code)
        options = options_said(kind, mapping=mapping.read_bytes() if mapping else b"", **said)
        if dry_run or kind not in FIELDS:
            report, more = await _import(opening, kind, file, options, dry_run=dry_run, actor=actor), {}
        else:
            report, sent = await _import_by_job(opening, kind, file, options, actor=actor)
            more, options = {"import": str(sent.id)}, sent.options
        moves = await _move(opening, report, move_on, actor) if move_on is not None else None
        if as_json:
            show_json(msgspec.to_builtins(report) | more | ({} if moves is None else {"moved": moves}))
        else:
            _tell(report)
            _tell_moves(report, moves)
            if more and (report.created or report.updated):
                say(f"  Cet import se défait pendant trente jours : materiel import undo {more['import']}")
        if rejected and report.rejected:
            faults = {each.line: each.told for each in report.rejected}
            columns, form = columns_read(kind, options), table_format(rejected)
            lines = rejected_lines(file, columns, faults, form, sheet=options.sheet)
            await write_table(rejected, lines, force=force)
        return 1 if report.rejected or (moves is not None and moves.refused) else 0


_add_import("schools", ImportKind.SCHOOLS, "Importe l'Annuaire de l'éducation.")
_add_import("items", ImportKind.ITEMS, "Importe des matériels ; un numéro connu est corrigé.")
_add_import(
    "pupils",
    ImportKind.PUPILS,
    "Importe des élèves ; un élève connu est complété, et ne change d'établissement qu'avec --move-on.",
)
_add_import("inventory", ImportKind.INVENTORY, "Importe un parc : matériels, élèves et prêts en cours d'une ligne.")
_add_import("loans", ImportKind.LOANS, "Reprend les prêts en cours de matériels connus.")
_add_import("needs", ImportKind.NEEDS, "Importe les besoins notifiés d'élèves connus ; un besoin connu reste tel quel.")


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


async def _import(
    opening: OpenedBase, kind: ImportKind, file: Path, options: ReadingOptions, *, dry_run: bool, actor: Actor
) -> FileReport:
    """Compare a file, and write what an annuaire says."""
    await check_options(kind, options, actor.service_id)
    importer = IMPORTERS[kind] if options == READ_AS_IT_IS else partial(IMPORTERS[kind], options=options)
    with progress("Import") as advance:

        async def told(done: int, total: int) -> None:
            advance(done, total)

        return await importer(file, actor=actor, now=opening.now, dry_run=dry_run, progress=told)


async def _import_by_job(
    opening: OpenedBase, kind: ImportKind, file: Path, options: ReadingOptions, *, actor: Actor
) -> tuple[FileReport, ImportFile]:
    """Import as the page does, so that it is remembered and may be undone."""
    data = await asyncio.to_thread(file.read_bytes)
    sent = await examine_file(kind, file.name, data, actor=actor, now=opening.now, confirmed=True, options=options)
    if sent.job is None:
        raise LookupError("a confirmed import has its job")
    # The report is that of another file of the same content when its import was under way.
    done = _succeeded(await see_through(sent.job, "Import", HANDLERS, actor=actor))
    reported = await reported_by(done, actor=actor, now=opening.now)
    found = await get_import(reported or sent.id, actor=actor, now=opening.now)
    if found.report is None:
        raise LookupError("an import that is over has its report")
    return found.report, found.file


def _succeeded(job: Job) -> Job:
    """A job that is over and did its work.

    Raises:
        Conflict: with the code and the sentence of what went wrong.
    """
    if job.state is JobState.FAILED:
        told = msgspec.json.decode(job.result or "{}", type=dict[str, Any])
        raise Conflict(str(told.get("code", "job.error")), str(told.get("message", "L'import a échoué.")))
    return job


@import_.command("undo", help="Défait en entier un import (matériels, élèves, prêts, besoins) dont rien ne dépend.")
@click.argument("import_id", type=click.UUID, metavar="IMPORT")
@service_option
@json_option
@opened
async def undo_(opening: OpenedBase, /, *, import_id: UUID, service_code: str | None, as_json: bool) -> None:
    """Undo an import."""
    actor = await opening.administrator_of(service_code)
    job_id = await undo_import(import_id, actor=actor, now=opening.now)
    done = _succeeded(await see_through(job_id, "Annulation", HANDLERS, actor=actor))
    told = msgspec.json.decode(done.result or "{}", type=dict[str, Any])
    if as_json:
        show_json({name: told[name] for name in ("removed", "restored", "left")})
        return
    say(f"Import défait : {told['removed']} fiche(s) retirée(s), {told['restored']} remise(s) comme avant.")
    if told["left"]:
        say(f"  {told['left']} fiche(s) laissée(s), employée(s) entre-temps.")


def _tell(report: FileReport) -> None:
    say("Essai, rien n'est écrit :" if report.dry_run else "Import terminé :")
    say(
        f"  {report.read} ligne(s) lue(s), {report.created} créée(s), {report.updated} modifiée(s), "
        f"{report.unchanged} inchangée(s), {report.absent} absente(s), {len(report.rejected)} refusée(s)."
    )
    if report.made:
        made = [f"{report.made[kind.value]} {NOUNS[kind][1]}" for kind in RecordKind if kind.value in report.made]
        say(f"  Créés : {', '.join(made)}.")
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


async def _move(opening: OpenedBase, report: FileReport, on: date, actor: Actor) -> MovesDone:
    """Move those whom the file says elsewhere, or, of an import that writes nothing, count what that would do."""
    issuer = Issuer(
        actor=actor,
        now=opening.now,
        base_url=opening.settings.base_url,
        label_url=opening.settings.label_url,
    )
    with progress("Changements d'établissement") as advance:

        async def told(done: int, total: int) -> None:
            advance(done, total)

        return await move_all(report.moves, on, issuer=issuer, dry_run=report.dry_run, progress=told)


def _tell_moves(report: FileReport, moves: MovesDone | None) -> None:
    """Say what became of them, or that they were left where they are."""
    if moves is None:
        if report.moving:
            say(f"  {report.moving} élève(s) connu(s) dans un autre établissement, laissé(s) là : voyez --move-on.")
        return
    done = "à changer" if report.dry_run else "changé(s)"
    say(
        f"  {moves.moved} élève(s) {done} d'établissement, {moves.papers} document(s), "
        f"{len(moves.refused)} refusé(s) ; "
        f"nouvelle convention : {moves.agreements}, notification : {moves.notices}, fiche seule : {moves.records}."
    )
    for refused in moves.refused[:LINES_SHOWN]:
        say(f"  Ligne {refused.line}, changement refusé : {refused.detail}")
    if len(moves.refused) > LINES_SHOWN:
        say(f"  … et {len(moves.refused) - LINES_SHOWN} autre(s) ; --json les donne tous.")


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
