"""`materiel user`: the accounts of a service."""

from __future__ import annotations

import click

from materiel.cli.french import Group, Labelled
from materiel.cli.opened import Opened, opened, service_option
from materiel.cli.output import json_option, say, show_json, show_table
from materiel.domain.roles import Role
from materiel.use_cases.user import CreateUser, create_user, disable_user, list_users


@click.group(cls=Group, help="Comptes des personnes d'un service.")
def user() -> None:
    """The family of commands."""


@user.command("create", help="Crée un compte.")
@click.option("--email", required=True, metavar="ADRESSE", help="Adresse de courriel, unique.")
@click.option("--name", required=True, metavar="NOM", help="Prénom et nom.")
@click.option("--role", required=True, type=Labelled(Role), help="Droits dans le service.")
@service_option
@json_option
@opened
async def create(
    opening: Opened, /, *, email: str, name: str, role: Role, service_code: str | None, as_json: bool
) -> None:
    """Create one account and show it."""
    actor = await opening.administrator_of(service_code)
    created = await create_user(CreateUser(email=email, name=name, role=role), actor=actor, now=opening.now)
    if as_json:
        show_json(created)
    else:
        say(f"Compte créé : {created.email}, {created.role.label.lower()}.")


@user.command("list", help="Liste les comptes d'un service.")
@service_option
@json_option
@opened
async def list_(opening: Opened, /, *, service_code: str | None, as_json: bool) -> None:
    """Every account, disabled ones included."""
    known = await list_users(actor=await opening.administrator_of(service_code))
    if as_json:
        show_json(known)
        return
    show_table(
        ("Adresse", "Nom", "Rôle", "État"),
        [(each.email, each.name, each.role.label, "fermé" if each.disabled_at else "ouvert") for each in known],
    )


@user.command("disable", help="Ferme un compte, sans rien effacer de l'historique.")
@click.argument("email", metavar="ADRESSE")
@service_option
@opened
async def disable(opening: Opened, /, *, email: str, service_code: str | None) -> None:
    """Close one account."""
    actor = await opening.administrator_of(service_code)
    closed = await disable_user(email, actor=actor, now=opening.now)
    say(f"Compte fermé : {closed.email}.")
