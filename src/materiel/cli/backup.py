"""`materiel backup` and `materiel restore`: the whole database in one file."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from materiel.beginning import KEY
from materiel.cli.french import Command
from materiel.cli.opened import clock, read_settings
from materiel.cli.output import force_option, progress, say, written_path
from materiel.settings import Settings
from materiel.use_cases.process.backup import Restored, moment
from materiel.use_cases.process.backup import back_up as back_up_database
from materiel.use_cases.process.backup import restore as restore_database

WITHOUT_KEY = (
    "sans elle, les seconds facteurs sont perdus (« materiel user invite --forget-second-factor » pour chacun) et les "
    "invitations déjà envoyées ne valent plus"
)


@click.command(cls=Command, help="Sauvegarde la base dans un fichier, à chaud.")
@click.argument("file", metavar="FICHIER", type=written_path)
@force_option
def backup(file: Path, *, force: bool) -> None:
    """Copy the database."""
    settings = read_settings()
    with progress("Sauvegarde") as advance:
        asyncio.run(
            back_up_database(settings.database_url, file, secret_key=settings.secret_key, force=force, progress=advance)
        )
    say(f"Base sauvegardée dans {file} ({file.stat().st_size / 1e6:.1f} Mo). Ce fichier est confidentiel.")
    say(f"La clé secrète n'y est pas : gardez à part {_key(settings)} ; {WITHOUT_KEY}.")


@click.command(cls=Command, help="Remplace toute la base par une sauvegarde ; l'ancien contenu est gardé.")
@click.argument("file", metavar="FICHIER", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--yes", is_flag=True, help="Ne demande pas de confirmation.")
@click.option("--force", is_flag=True, help="Même si la base présente en sait plus que la sauvegarde.")
def restore(file: Path, *, yes: bool, force: bool) -> None:
    """Replace the database."""
    settings = read_settings()
    if not yes and sys.stdin.isatty():
        click.confirm("Tout le contenu actuel sera remplacé. Continuer ?", abort=True, err=True)
    with progress("Restauration") as advance:
        done = asyncio.run(
            restore_database(
                settings.database_url,
                file,
                data_dir=settings.data_dir,
                secret_key=settings.secret_key,
                force=force,
                now=clock(),
                progress=advance,
            )
        )
    say(f"Base restaurée depuis {file}{_until(done)}.")
    for sentence in (_migrated(done), _replayed(done), _of_key(done, settings)):
        if sentence:
            say(sentence)
    if done.lost.entries:
        say("Comptes, jetons et liens sont ceux de la sauvegarde : ce qui a été fermé depuis est à fermer de nouveau.")
    say("Un serveur en marche continue avec elle, et le dit dans son journal.")
    if done.kept is not None:
        say(f"L'ancien contenu est gardé dans {done.kept}.")


def _key(settings: Settings) -> str:
    kept = settings.data_dir / KEY
    return str(kept) if kept.exists() else "le réglage MATERIEL_SECRET_KEY"


def _until(done: Restored) -> str:
    return f", dont l'historique va jusqu'au {moment(done.last_at)}" if done.last_at else ""


def _migrated(done: Restored) -> str:
    if not done.migrated:
        return ""
    return f"Elle venait d'une version antérieure : {len(done.migrated)} étape(s) l'ont mise à jour."


def _replayed(done: Restored) -> str:
    if done.replayed:
        return (
            f"Éliminé ou supprimé depuis la sauvegarde, et effacé de nouveau : {done.replayed.loans} prêt(s), "
            f"{done.replayed.pupils} élève(s), {done.replayed.files} fichier(s). La sauvegarde en porte encore les "
            "noms : faites-en une nouvelle et détruisez-la."
        )
    if done.erased_unknown:
        return (
            "Aucune base lisible n'était là pour dire ce qui a été éliminé ou supprimé depuis la sauvegarde : si "
            "quelque chose l'a été, ses noms sont revenus. Reprenez les bordereaux visés depuis, et éliminez "
            "de nouveau."
        )
    return ""


def _of_key(done: Restored, settings: Settings) -> str:
    if done.same_key is False:
        return (
            f"La sauvegarde a été faite sous une autre clé secrète que {_key(settings)} : remettez l'ancienne ; "
            f"{WITHOUT_KEY}."
        )
    if done.same_key is None:
        return (
            f"La clé secrète n'est pas dans la sauvegarde : {_key(settings)} doit être celle d'alors ; {WITHOUT_KEY}."
        )
    return ""
