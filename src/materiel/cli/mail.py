"""`materiel mail test`, `sms` and `resend`: whether mail leaves, and what was refused sent again."""

from __future__ import annotations

import click

from materiel.cli.french import Command, Group
from materiel.cli.opened import OpenedBase, opened, service_option
from materiel.cli.output import json_option, say, show_json, show_table
from materiel.domain.work.mail_server import Server
from materiel.domain.work.sms_gateway import Gateway
from materiel.errors import RuleBroken
from materiel.mail.smtp import Attempt, SendingOutcome
from materiel.settings import Settings
from materiel.use_cases.mail.resending import resend_refused
from materiel.use_cases.mail.sending import send_test
from materiel.use_cases.mail.sms import send_test_sms


@click.group(cls=Group, help="Vérifie que les courriels et les SMS partent, et renvoie ce qui a été refusé.")
def mail() -> None:
    """The commands about outgoing mail."""


@mail.command(cls=Command, help="Envoie un message d'essai à une adresse, et dit ce que le serveur a répondu.")
@click.argument("address", metavar="ADRESSE")
@service_option
@json_option
@opened
async def test(opening: OpenedBase, /, *, address: str, service_code: str | None, as_json: bool) -> int:
    """Hand one message over at once; 1 when the server does not take it."""
    settings = opening.settings
    actor = await opening.administrator_of(service_code)
    attempt = await send_test(
        address, server=_server(settings), base_url=settings.base_url, actor=actor, now=opening.now
    )
    return _tell(
        attempt,
        "Le serveur de courriel a accepté le message d'essai. Regardez s'il arrive.",
        f"Le message d'essai n'est pas parti : {attempt.reason}.",
        f"Réponse : {attempt.error}",
        as_json=as_json,
    )


@mail.command("sms", cls=Command, help="Envoie un SMS d'essai à un mobile, et dit ce que la passerelle a répondu.")
@click.argument("number", metavar="NUMÉRO")
@service_option
@json_option
@opened
async def sms(opening: OpenedBase, /, *, number: str, service_code: str | None, as_json: bool) -> int:
    """Hand one message over at once; 1 when the gateway does not take it."""
    settings = opening.settings
    actor = await opening.administrator_of(service_code)
    attempt = await send_test_sms(
        number, gateway=_gateway(settings), base_url=settings.base_url, actor=actor, clock=lambda: opening.now
    )
    return _tell(
        attempt,
        "La passerelle a accepté le SMS d'essai. Regardez s'il arrive.",
        f"Le SMS d'essai n'est pas parti : {attempt.reason}.",
        as_json=as_json,
    )


@mail.command(cls=Command, help="Remet à envoyer les courriels refusés, à l'adresse connue aujourd'hui.")
@click.option("--dry-run", is_flag=True, help="Dit ce qui serait renvoyé, sans rien écrire.")
@service_option
@json_option
@opened
async def resend(opening: OpenedBase, /, *, dry_run: bool, service_code: str | None, as_json: bool) -> int:
    """Queue again what was refused; 1 when something could not be."""
    report = await resend_refused(actor=await opening.administrator_of(service_code), now=opening.now, dry_run=dry_run)
    if as_json:
        show_json(report)
    else:
        show_table(("Message", "Nature", "Empêché par"), [(str(m.id), m.purpose, m.reason) for m in report.left])
        done = "à renvoyer" if dry_run else "remis à envoyer"
        say(f"{report.queued} courriel(s) {done}, {len(report.left)} laissé(s).")
        if opening.settings.mail_server is None:
            say("Aucun serveur de courriel n'est réglé : rien ne part (MATERIEL_SMTP_URL).")
    return 1 if report.left else 0


def _tell(attempt: Attempt, taken: str, *refused: str, as_json: bool) -> int:
    """What became of a message tried, and the exit of the command."""
    is_taken = attempt.outcome is SendingOutcome.SENT
    if as_json:
        show_json({"outcome": attempt.outcome.value, "reason": attempt.reason, "answer": attempt.error})
    else:
        for line in (taken,) if is_taken else refused:
            say(line)
    return 0 if is_taken else 1


def _gateway(settings: Settings) -> Gateway:
    if settings.sms_gateway is None:
        raise RuleBroken(
            "sms.no_gateway",
            "Aucune passerelle SMS n'est réglée : donnez MATERIEL_SMS_URL et MATERIEL_SMS_TOKEN, puis recommencez.",
        )
    return settings.sms_gateway


def _server(settings: Settings) -> Server:
    if settings.mail_server is None:
        raise RuleBroken(
            "mail.no_server",
            "Aucun serveur de courriel n'est réglé : donnez son adresse à MATERIEL_SMTP_URL, puis recommencez.",
        )
    return settings.mail_server
