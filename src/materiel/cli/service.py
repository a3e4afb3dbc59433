"""`materiel service`: the managing services of the installation."""

from __future__ import annotations

import sys
from typing import Any

import click

from materiel.cli.french import Group, Labelled
from materiel.cli.opened import ACTOR_ID, OpenedBase, opened
from materiel.cli.output import json_option, say, show_json, show_table
from materiel.domain.accounts.service import NO_ADDRESS, RenewalPolicy, ServiceKind, missing_for_papers
from materiel.domain.address import Address
from materiel.use_cases.accounts.service import CreateService, create_service, list_services


@click.group(cls=Group, help="Services gestionnaires : DSDEN et rectorats.")
def service() -> None:
    """The family of commands."""


@service.command("create", help="Crée un service gestionnaire.")
@click.option("--code", required=True, metavar="CODE", help="Code court, par exemple DSDEN35.")
@click.option("--name", required=True, metavar="NOM", help="Nom complet, tel qu'imprimé.")
@click.option("--kind", required=True, type=Labelled(ServiceKind), help="DSDEN ou rectorat.")
@click.option("--academie", required=True, metavar="CODE", help="Code de l'académie, par exemple 14.")
@click.option("--departement", required=True, metavar="CODE", help="Code du département, par exemple 35.")
@click.option("--address", multiple=True, metavar="LIGNE", help="Ligne d'adresse ; à répéter au besoin.")
@click.option("--postcode", default="", metavar="CODE", help="Code postal.")
@click.option("--city", default="", metavar="VILLE", help="Ville.")
@click.option("--phone", default="", metavar="NUMÉRO", help="Téléphone imprimé sur les étiquettes.")
@click.option("--email", default="", metavar="ADRESSE", help="Adresse de courriel du service.")
@click.option("--signatory-name", default="", metavar="NOM", help="Signataire pour l'État.")
@click.option("--signatory-title", default="", metavar="QUALITÉ", help="Qualité du signataire.")
@click.option("--delegation", default="", metavar="TEXTE", help="Délégation de signature, le cas échéant.")
@click.option("--dpo-contact", default="", metavar="ADRESSE", help="Délégué à la protection des données.")
@click.option(
    "--renewal-policy",
    type=Labelled(RenewalPolicy),
    default=RenewalPolicy.YEARLY,
    help="Durée des conventions.",
)
@json_option
@opened
async def create(
    opening: OpenedBase, /, *, address: tuple[str, ...], postcode: str, city: str, as_json: bool, **fields: Any
) -> None:
    """Create one service and show it; on a terminal, ask for the address that its documents need."""
    where = Address(lines=address, postcode=postcode, city=city)
    if where == NO_ADDRESS and sys.stdin.isatty():
        where = _asked_address()
    command = CreateService(address=where, **fields)
    created = await create_service(command, actor_id=ACTOR_ID, now=opening.now)
    if as_json:
        show_json(created)
    else:
        say(f"Service {created.code} créé : {created.name}.")
    for fault in missing_for_papers(created):
        say(f"{fault.detail} Rien ne pourra être émis avant : un administrateur la saisit à « Réglages ».")


def _asked_address() -> Address:
    """The postal address typed at the terminal; an empty street leaves it for later."""
    asked = "Adresse imprimée sur les documents : rue (vide pour plus tard)"
    street = click.prompt(asked, default="", show_default=False)
    if not street.strip():
        return NO_ADDRESS
    return Address(lines=(street,), postcode=click.prompt("Code postal"), city=click.prompt("Ville"))


@service.command("list", help="Liste les services.")
@json_option
@opened
async def list_(_: OpenedBase, /, *, as_json: bool) -> None:
    """Every service, by code."""
    known = await list_services()
    if as_json:
        show_json(known)
        return
    show_table(
        ("Code", "Nom", "Type", "Académie", "Département"),
        [(each.code, each.name, each.kind.value, each.academie, each.departement) for each in known],
    )
