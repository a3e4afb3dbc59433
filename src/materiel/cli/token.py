"""`materiel token`: the API tokens of a service."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import click

from materiel.cli.french import Day, Group, Labelled
from materiel.cli.opened import OpenedBase, opened, service_option
from materiel.cli.output import json_option, say, show, show_json, show_table
from materiel.domain.accounts.roles import PROGRAM_ROLES, Role
from materiel.use_cases.accounts.token import CreateToken, create_token, list_tokens, revoke_token


@click.group(cls=Group, help="Jetons d'accès à l'API.")
def token() -> None:
    """The family of commands."""


@token.command("create", help="Crée un jeton et l'affiche, seul, sur la dernière ligne.")
@click.option("--role", required=True, type=Labelled(PROGRAM_ROLES), help="Droits du jeton.")
@click.option("--expires", "expires_on", type=Day(), metavar="AAAA-MM-JJ", help="Dernier jour ; sinon sans fin.")
@click.option("--label", default="", metavar="TEXTE", help="À quoi il sert, pour le reconnaître.")
@service_option
@json_option
@opened
async def create(
    opening: OpenedBase,
    /,
    *,
    role: Role,
    expires_on: date | None,
    label: str,
    service_code: str | None,
    as_json: bool,
) -> None:
    """Make one token; it is shown this once."""
    actor = await opening.administrator_of(service_code)
    command = CreateToken(role=role, label=label, expires_on=expires_on)
    made = await create_token(command, actor=actor, now=opening.now)
    if as_json:
        show_json({"id": made.token.id, "role": role, "expires_on": expires_on, "token": made.secret})
        return
    say("Jeton créé. Il ne sera plus jamais affiché : rangez-le maintenant.")
    show(made.secret)


@token.command("list", help="Liste les jetons d'un service, sans leur valeur.")
@service_option
@json_option
@opened
async def list_(opening: OpenedBase, /, *, service_code: str | None, as_json: bool) -> None:
    """Every token, revoked ones included."""
    known = await list_tokens(actor=await opening.administrator_of(service_code))
    if as_json:
        show_json(known)
        return
    show_table(
        ("Identifiant", "Usage", "Rôle", "Dernier jour", "État"),
        [
            (
                str(each.id),
                each.label,
                each.role.label,
                each.expires_on.isoformat() if each.expires_on else "sans fin",
                "révoqué" if each.revoked_at else "valable",
            )
            for each in known
        ],
    )


@token.command("revoke", help="Révoque un jeton aussitôt.")
@click.argument("token_id", metavar="IDENTIFIANT", type=click.UUID)
@service_option
@opened
async def revoke(opening: OpenedBase, /, *, token_id: UUID, service_code: str | None) -> None:
    """End one token."""
    actor = await opening.administrator_of(service_code)
    await revoke_token(token_id, actor=actor, now=opening.now)
    say("Jeton révoqué.")
