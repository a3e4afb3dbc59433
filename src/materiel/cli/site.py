"""`materiel site`: whose pages set what the site says of itself."""

from __future__ import annotations

import click

from materiel.cli.french import Group
from materiel.cli.opened import ACTOR_ID, OpenedBase, opened
from materiel.cli.output import say
from materiel.use_cases.accounts.site import entrust_site


@click.group(cls=Group, help="Mentions légales et réglages du site.")
def site() -> None:
    """The family of commands."""


@site.command("entrust", help="Confie les réglages du site aux administrateurs d'un service.")
@click.argument("code", metavar="CODE")
@opened
async def entrust(opening: OpenedBase, /, *, code: str) -> None:
    """Name the service whose administrators set the site."""
    name = await entrust_site(code, actor_id=ACTOR_ID, now=opening.now)
    say(f"Les réglages du site reviennent aux administrateurs de : {name}.")
