"""`materiel eliminate`: the list for the archives, then the elimination once their visa is there."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from materiel.cli.french import Command, Day
from materiel.cli.opened import OpenedBase, opened, see_through, service_option
from materiel.cli.output import force_option, json_option, say, show_json, show_table, written_path
from materiel.domain.accounts.roles import Actor
from materiel.domain.language.french import long_date
from materiel.domain.retention.retention import Elimination, megabytes
from materiel.errors import NotFound, Unavailable
from materiel.files import written_whole
from materiel.use_cases.retention.elimination import (
    GiveVisa,
    current_elimination,
    elimination_list,
    give_visa,
    prepare_elimination,
    read_elimination,
    resume_elimination,
)
from materiel.use_cases.retention.retention import read_overview
from materiel.use_cases.worker import HANDLERS


@click.command(cls=Command, help="Prépare le bordereau d'élimination, puis élimine avec le visa des archives.")
@click.option(
    "--list",
    "file",
    type=written_path,
    metavar="FICHIER",
    help="Prépare le bordereau et l'écrit en CSV.",
)
@force_option
@click.option("--visa-date", type=Day(), metavar="AAAA-MM-JJ", help="Date du visa des archives.")
@click.option("--visa-reference", metavar="TEXTE", default="", help="Référence de leur réponse.")
@click.option("--dry-run", is_flag=True, help="Compte ce qui est échu, sans rien préparer ni éliminer.")
@service_option
@json_option
@opened
async def eliminate(
    opening: OpenedBase,
    /,
    *,
    file: Path | None,
    force: bool,
    visa_date: date | None,
    visa_reference: str,
    dry_run: bool,
    service_code: str | None,
    as_json: bool,
) -> None:
    """Tell what is over, write the list, or carry it out."""
    actor = await opening.administrator_of(service_code)
    if dry_run:
        await _tell(opening, actor, as_json=as_json)
    elif file is not None:
        await _write_list(opening, actor, file, force=force, as_json=as_json)
    elif visa_date is not None:
        await _carry_out(opening, actor, visa_date, visa_reference, as_json=as_json)
    else:
        raise click.UsageError("Donnez --list pour préparer le bordereau, --visa-date pour éliminer, ou --dry-run.")


async def _tell(opening: OpenedBase, actor: Actor, *, as_json: bool) -> None:
    found = await read_overview(actor.civil_date(opening.now), actor=actor)
    if as_json:
        show_json({"loans": found.loans, "held": found.held, "returned": found.returned, "pupils": found.pupils})
        return
    say(
        f"{found.loans} prêt(s) échu(s), dont {found.held} retenu(s) ; {found.pupils} élève(s) sans aucun prêt ; "
        f"{found.returned} prêt(s) rendu(s) à clore d'abord."
    )


async def _write_list(opening: OpenedBase, actor: Actor, file: Path, *, force: bool, as_json: bool) -> None:
    """The list already prepared, else a new one."""
    with written_whole(file, force=force) as stream:
        listed = await current_elimination(actor=actor)
        if listed is None:
            listed = await prepare_elimination(actor.civil_date(opening.now), actor=actor, now=opening.now)
        stream.write(await elimination_list(listed.id, actor=actor))
    if as_json:
        show_json(listed)
        return
    _show(listed)
    say(f"Bordereau écrit dans {file} : envoyez-le aux archives, puis relancez avec --visa-date et --visa-reference.")


async def _carry_out(opening: OpenedBase, actor: Actor, on: date, reference: str, *, as_json: bool) -> None:
    listed = await current_elimination(actor=actor)
    if listed is None:
        raise NotFound(
            "elimination.none_prepared",
            "Aucun bordereau n'est préparé : le visa porte sur un bordereau. Préparez-le par --list FICHIER.",
        )
    sheet = await read_elimination(listed.id, actor=actor)
    if sheet.may_resume:
        job = await resume_elimination(listed.id, actor=actor, now=opening.now)
    elif sheet.job is not None:
        job = sheet.job
    else:
        command = GiveVisa(elimination_id=listed.id, on=on, reference=reference)
        job = await give_visa(command, actor=actor, now=opening.now)
    await see_through(job.id, "Élimination", HANDLERS, actor=actor)
    done = await read_elimination(listed.id, actor=actor)
    if done.elimination.finished_at is None:
        raise Unavailable(
            "elimination.stopped",
            "L'élimination s'est interrompue ; ce qui est fait l'est entièrement. Relancez la même commande.",
        )
    if as_json:
        show_json({"loans": done.loans_done, "documents": done.documents_done, "pupils": done.elimination.pupils})
        return
    say(
        f"{done.loans_done} prêt(s), {done.documents_done} document(s) et {done.elimination.pupils} élève(s) éliminés. "
        "Les sauvegardes d'avant les contiennent encore : faites-en une nouvelle et détruisez-les."
    )


def _show(listed: Elimination) -> None:
    rows = [
        (line.nature.label, long_date(line.first_on), long_date(line.last_on), str(line.files), megabytes(line.size))
        for line in listed.inventory
    ]
    show_table(("Nature", "Du", "Au", "Dossiers", "Mo"), rows)
