"""`materiel demo`: fictional people, real schools."""

from __future__ import annotations

import click

from materiel.cli.french import Command
from materiel.cli.opened import ACTOR_ID, OpenedBase, opened
from materiel.cli.output import json_option, progress, say, show, show_json
from materiel.errors import Conflict
from materiel.use_cases.demo.fill import Demo, fill_demo
from materiel.use_cases.signing.signed_copy import press_of, seal_now


@click.command(cls=Command, help="Remplit la base d'une démonstration : personnes fictives, écoles réelles.")
@json_option
@opened
async def demo(opening: OpenedBase, /, *, as_json: bool) -> None:
    """Fill the base once; a second time only makes fresh tokens."""
    if opening.settings.production:
        raise Conflict("demo.in_production", "La démonstration ne se charge pas dans une base de production.")
    with progress("Démonstration") as advance:
        made = await fill_demo(
            base_url=opening.settings.base_url,
            secret_key=opening.settings.secret_key,
            actor_id=ACTOR_ID,
            now=opening.now,
            progress=advance,
        )
    # Its papers were signed days ago in its story: a server started on it would find their seals late.
    await seal_now(press_of(opening.settings), base_url=opening.settings.base_url, now=opening.now)
    if as_json:
        show_json(made)
    else:
        _tell(made, opening.settings.base_url)


def _tell(made: Demo, base_url: str) -> None:
    say("Démonstration chargée." if made.filled else "La démonstration était déjà là ; ses jetons sont nouveaux.")
    say("Toutes les personnes sont fictives ; les écoles viennent de l'annuaire public.")
    show(f"Comptes, avec le mot de passe « {made.access.password} », sur {base_url}/connexion :")
    for email in made.access.accounts:
        show(f"  {email}")
    show("Liens envoyés par courriel, à ouvrir sans compte :")
    for who, url in made.access.links.items():
        show(f"  {who} : {url}")
    show("Jetons de l'API, par rôle :")
    for role, secret in made.tokens.items():
        show(f"  {role} : {secret}")
    show("À essayer :")
    show(f"  {base_url}/api/docs")
    show(f"  {base_url}/Q/{made.item_code}   (étiquette du matériel {made.item_number})")
    show(f"  curl -H 'Authorization: Bearer {made.tokens['manager']}' {base_url}/api/loans")
