"""`materiel backup` and `materiel restore`: the whole database in one file."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from materiel.cli.french import Command
from materiel.cli.opened import read_settings
from materiel.cli.output import force_option, progress, say, written_path
from materiel.use_cases.backup import back_up as back_up_database
from materiel.use_cases.backup import restore as restore_database


@click.command(cls=Command, help="Sauvegarde la base dans un fichier, à chaud.")
@click.argument("file", metavar="FICHIER", type=written_path)
@force_option
def backup(file: Path, *, force: bool) -> None:
    """Copy the database."""
    settings = read_settings()
    with progress("Sauvegarde") as advance:
        asyncio.run(back_up_database(settings.database_url, file, force=force, progress=advance))
    say(f"Base sauvegardée dans {file} ({file.stat().st_size / 1e6:.1f} Mo). Ce fichier est confidentiel.")


@click.command(cls=Command, help="Remplace toute la base par une sauvegarde.")
@click.argument("file", metavar="FICHIER", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--yes", is_flag=True, help="Ne demande pas de confirmation.")
def restore(file: Path, *, yes: bool) -> None:
    """Replace the database."""
    settings = read_settings()
    if not yes and sys.stdin.isatty():
        click.confirm("Tout le contenu actuel sera remplacé. Continuer ?", abort=True, err=True)
    with progress("Restauration") as advance:
        kept = asyncio.run(restore_database(settings.database_url, file, progress=advance))
    say(f"Base restaurée depuis {file}.")
    if kept is not None:
        say(f"L'ancien contenu est gardé dans {kept}.")
