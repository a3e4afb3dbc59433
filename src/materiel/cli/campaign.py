"""`materiel campaign renewal`: the campaign of a school year, examined or run at once."""

from __future__ import annotations

import click

from materiel.cli.french import Command, Group
from materiel.cli.opened import OpenedBase, clock, opened, service_option
from materiel.cli.output import json_option, progress, say, show_json, show_table
from materiel.domain.calendar.school_year import label
from materiel.domain.desk.campaign import CampaignKind, Choice, RenewalOutcome
from materiel.domain.work.lot import LineState
from materiel.use_cases.desk.campaign import CampaignReport, OpenCampaign
from materiel.use_cases.desk.campaign_at_once import ForeseenLoan, foresee_campaign, run_campaign_at_once
from materiel.use_cases.papers.issuer import Issuer


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
