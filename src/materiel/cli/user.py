"""`materiel user`: the accounts of a service."""

from __future__ import annotations

from dataclasses import asdict

import click

from materiel.cli.french import Group, Labelled
from materiel.cli.opened import OpenedBase, opened, service_option
from materiel.cli.output import json_option, say, show, show_json, show_table
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.language.french import long_date
from materiel.use_cases.accounts.credential import Invitation, invite_user
from materiel.use_cases.accounts.user import CreateUser, create_user, disable_user, list_users


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
    opening: OpenedBase, /, *, email: str, name: str, role: Role, service_code: str | None, as_json: bool
) -> None:
    """Create one account and show it."""
    actor = await opening.administrator_of(service_code)
    created = await create_user(CreateUser(email=email, name=name, role=role), actor=actor, now=opening.now)
    invitation = await _invite(opening, created.email, actor, forget_second_factor=False)
    if as_json:
        show_json({**asdict(created), "invitation": invitation})
    else:
        say(f"Compte créé : {created.email}, {created.role.label.lower()}.")
        _show_link(invitation, actor)


@user.command("invite", help="Donne un lien pour choisir un mot de passe, le premier ou un nouveau.")
@click.argument("email", metavar="ADRESSE")
@click.option("--forget-second-factor", is_flag=True, help="Retire aussi le second facteur (téléphone perdu).")
@service_option
@opened
async def invite(opening: OpenedBase, /, *, email: str, forget_second_factor: bool, service_code: str | None) -> None:
    """Make one link and show it."""
    actor = await opening.administrator_of(service_code)
    _show_link(await _invite(opening, email, actor, forget_second_factor=forget_second_factor), actor)


@user.command("list", help="Liste les comptes d'un service.")
@service_option
@json_option
@opened
async def list_(opening: OpenedBase, /, *, service_code: str | None, as_json: bool) -> None:
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
async def disable(opening: OpenedBase, /, *, email: str, service_code: str | None) -> None:
    """Close one account."""
    actor = await opening.administrator_of(service_code)
    closed = await disable_user(email, actor=actor, now=opening.now)
    say(f"Compte fermé : {closed.email}.")


async def _invite(opening: OpenedBase, email: str, actor: Actor, *, forget_second_factor: bool) -> Invitation:
    settings = opening.settings
    return await invite_user(
        email,
        actor=actor,
        base_url=settings.base_url,
        secret_key=settings.secret_key,
        now=opening.now,
        forget_second_factor=forget_second_factor,
    )


def _show_link(invitation: Invitation, actor: Actor) -> None:
    say(f"Lien à lui remettre, valable une fois, jusqu'au {long_date(actor.civil_date(invitation.expires_at))} :")
    show(invitation.url)
