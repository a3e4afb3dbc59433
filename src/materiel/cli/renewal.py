"""`materiel renew`, `materiel campaign renewal` and `materiel remind`: the batches of the school year."""

from __future__ import annotations

import click

from materiel.cli.french import Command, Group
from materiel.cli.opened import OpenedBase, clock, opened, service_option
from materiel.cli.output import json_option, progress, say, show_json, show_table
from materiel.domain.calendar.school_year import label
from materiel.domain.desk.campaign import CampaignKind, Choice, RenewalOutcome
from materiel.domain.language.french import long_date
from materiel.domain.work.lot import LineState
from materiel.use_cases.desk.campaign import CampaignReport, OpenCampaign
from materiel.use_cases.desk.campaign_at_once import ForeseenLoan, foresee_campaign, run_campaign_at_once
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


@click.group(cls=Group, help="Les campagnes d'une année scolaire.")
def campaign() -> None:
    """The commands about campaigns."""


@campaign.command(
    cls=Command, help="Dit ce que devient chaque prêt en cours, et renouvelle ce qui ne pose pas question."
)
@click.option(
    "--school-year", required=True, type=click.IntRange(2000, 2100), metavar="AAAA", help="Année de la rentrée."
)
@click.option("--dry-run", is_flag=True, help="Dit ce qui serait fait, sans rien écrire.")
@click.option("--no-mail", is_flag=True, help="N'écrit à personne : tous les papiers sont à imprimer.")
@service_option
@json_option
@opened
async def renewal(
    opening: OpenedBase, /, *, school_year: int, dry_run: bool, no_mail: bool, service_code: str | None, as_json: bool
) -> int:
    """Examine the loans of a service, and do what is chosen for them; 1 when one was refused."""
    issuer = Issuer(
        actor=await opening.administrator_of(service_code),
        now=opening.now,
        base_url=opening.settings.base_url,
        label_url=opening.settings.label_url,
    )
    command = OpenCampaign(kind=CampaignKind.RENEWAL, school_year=school_year, dry_run=dry_run, send=not no_mail)
    with progress("Campagne de rentrée") as advance:
        if dry_run:
            foreseen = await foresee_campaign(command, issuer=issuer, progress=advance)
        else:
            report = await run_campaign_at_once(command, issuer=issuer, clock=clock, progress=advance)
    if dry_run:
        _tell_foreseen(foreseen, school_year, as_json=as_json)
        return 0
    return _tell(report, as_json=as_json)


def _tell_foreseen(foreseen: list[ForeseenLoan], school_year: int, *, as_json: bool) -> None:
    if as_json:
        show_json({"school_year": school_year, "dry_run": True, "loans": foreseen})
        return
    rows = [(each.agreement, each.outcome.value, each.why) for each in foreseen]
    show_table(("Convention", "Issue", "Pourquoi"), rows)
    for outcome in RenewalOutcome:
        if found := sum(each.outcome is outcome for each in foreseen):
            say(f"{outcome.label} : {found}.")
    say(f"{label(school_year)} : {len(foreseen)} prêt(s) examiné(s), rien n'est écrit.")


def _tell(report: CampaignReport, *, as_json: bool) -> int:
    refused = report.count(state=LineState.REFUSED)
    if as_json:
        counts = [
            {"outcome": outcome.value, "choice": choice and choice.value, "state": state.value, "loans": found}
            for (outcome, choice, state), found in report.counts.items()
        ]
        show_json({"campaign": str(report.campaign.id), "school_year": report.campaign.school_year, "counts": counts})
    else:
        rows = [
            (outcome.label, str(report.count(outcome)), str(report.count(outcome, state=LineState.DONE)))
            for outcome in RenewalOutcome
            if report.count(outcome)
        ]
        show_table(("Issue", "En tout", "Faits"), rows)
        renewed = report.count(state=LineState.DONE, choice=Choice.RENEW)
        say(
            f"{label(report.campaign.school_year)} : {renewed} prêt(s) renouvelé(s), {refused} impossible(s), "
            f"{report.undecided} à décider sur la page « {report.campaign.title} »."
        )
    return 1 if refused else 0
