"""`materiel forget`: the technical rows that nobody needs any more."""

from __future__ import annotations

import click

from materiel.cli.french import Command
from materiel.cli.opened import OpenedBase, opened
from materiel.cli.output import json_option, say, show_json, show_table
from materiel.use_cases.retention.housekeeping import forget as forget_what_is_over


@click.command(cls=Command, help="Oublie ce qui est technique et périmé, comme le serveur toutes les dix minutes.")
@click.option("--dry-run", is_flag=True, help="Compte, sans rien effacer.")
@json_option
@opened
async def forget(opening: OpenedBase, /, *, dry_run: bool, as_json: bool) -> None:
    """Forget, and say how many of each."""
    report = await forget_what_is_over(now=opening.now, dry_run=dry_run)
    if as_json:
        show_json({"dry_run": dry_run, **{remnant.value: count for remnant, count in report.counts.items()}})
        return
    show_table(("Nombre", "Quoi"), [(str(count), remnant.label) for remnant, count in report.counts.items()])
    say(f"{report.total} élément(s) {'à effacer' if dry_run else 'effacé(s)'} ; ni prêt, ni élève, ni document.")
