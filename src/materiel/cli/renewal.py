"""`materiel renew` and `materiel remind`: the batches of the school year."""

from __future__ import annotations

import click

from materiel.cli.french import Command
from materiel.cli.opened import OpenedBase, opened, service_option
from materiel.cli.output import json_option, progress, say, show_json, show_table
from materiel.domain.calendar.school_year import label
from materiel.domain.language.french import long_date
from materiel.use_cases.loan.renewal import list_reminders, renew_school_year
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.reminder import remind_signatures


@click.command(cls=Command, help="Renouvelle, par avenant, les prêts en cours pour une année scolaire.")
@click.option(
    "--school-year", required=True, type=click.IntRange(2000, 2100), metavar="AAAA", help="Année de la rentrée."
)
@click.option("--dry-run", is_flag=True, help="Dit ce qui serait fait, sans rien écrire.")
@service_option
@json_option
@opened
async def renew(
    opening: OpenedBase, /, *, school_year: int, dry_run: bool, service_code: str | None, as_json: bool
) -> int:
    """Renew what ends before the year begins; 1 when a loan could not be."""
    issuer = Issuer(
        actor=await opening.administrator_of(service_code),
        now=opening.now,
        base_url=opening.settings.base_url,
        label_url=opening.settings.label_url,
    )
    with progress("Renouvellement") as advance:
        report = await renew_school_year(school_year, issuer=issuer, dry_run=dry_run, progress=advance)
    if as_json:
        show_json(report)
    else:
        rows = [
            (each.agreement, long_date(each.ends_on) if each.ends_on else "sans terme", each.amendment)
            for each in report.renewed
        ]
        show_table(("Convention", "Jusqu'au", "Avenant"), rows)
        for refused in report.refused:
            say(f"{refused.agreement} : {refused.detail}")
        done = "à renouveler" if dry_run else "renouvelé(s)"
        say(f"{label(school_year)} : {len(report.renewed)} prêt(s) {done}, {len(report.refused)} impossible(s).")
    return 1 if report.refused else 0


@click.command(cls=Command, help="Liste ce qui doit être rappelé et écrit à qui n'a pas signé.")
@click.option("--dry-run", is_flag=True, help="Dit qui serait relancé, sans écrire à personne.")
@service_option
@json_option
@opened
async def remind(opening: OpenedBase, /, *, dry_run: bool, service_code: str | None, as_json: bool) -> None:
    """List the reminders, and write once a week to those who were sent a document and have not signed it."""
    actor = await opening.administrator_of(service_code)
    issuer = Issuer(
        actor=actor, now=opening.now, base_url=opening.settings.base_url, label_url=opening.settings.label_url
    )
    reminders = await list_reminders(actor=actor, now=opening.now)
    report = await remind_signatures(issuer=issuer, dry_run=dry_run)
    if as_json:
        sent = 0 if dry_run else report.reminded
        show_json({"dry_run": dry_run, "sent": sent, "due": report.reminded, "reminders": reminders})
        return
    rows = [(each.agreement, alert.code, alert.detail) for each in reminders for alert in each.alerts]
    show_table(("Convention", "Motif", "Détail"), rows)
    done = "à écrire" if dry_run else "écrit(s)"
    say(f"{len(reminders)} prêt(s) à rappeler ; {report.reminded} courriel(s) {done} pour signature.")
