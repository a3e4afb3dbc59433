"""`materiel db`: the schema of the database."""

from __future__ import annotations

import asyncio

import click

from materiel.cli.french import Group
from materiel.cli.opened import new_option, read_settings
from materiel.cli.output import json_option, say, show, show_json
from materiel.use_cases.process.running import missing_migrations, upgrade_database


@click.group(cls=Group, help="Schéma de la base de données.")
def db() -> None:
    """The family of commands."""


@db.command("upgrade", help="Met le schéma à jour ; sans effet s'il l'est déjà.")
@new_option
@json_option
def upgrade(*, new: bool, as_json: bool) -> None:
    """Run the missing migrations, all or none."""
    settings = read_settings()
    done = asyncio.run(upgrade_database(settings.database_url, data_dir=settings.data_dir, new=new))
    if as_json:
        show_json({"migrations": done})
        return
    for name in done:
        show(name)
    say(f"Base mise à jour : {len(done)} étape(s)." if done else "La base est déjà à jour.")


@db.command("check", help="Dit si le schéma est à jour ; rend 1 s'il ne l'est pas.")
@json_option
def check(*, as_json: bool) -> int:
    """Name the missing migrations."""
    settings = read_settings()
    missing = asyncio.run(missing_migrations(settings.database_url, data_dir=settings.data_dir))
    if as_json:
        show_json({"missing": missing})
    if missing:
        say(f"Il manque {len(missing)} étape(s) : {', '.join(missing)}. Lancez « materiel db upgrade ».")
        return 1
    say("La base est à jour.")
    return 0
