"""« Rentrée »: what becomes of each loan, decided by groups, done, printed, followed to its end."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.calendar.school_year import label, school_year
from materiel.domain.desk.campaign import ASKS_REASON, MAY_CHOOSE, CampaignKind, Choice, FollowedState, RenewalOutcome
from materiel.domain.papers.cover_letter import USUAL_DAYS
from materiel.domain.papers.printing import PrintOrder
from materiel.domain.work.job import Job
from materiel.domain.work.lot import LineState
from materiel.errors import Conflict, MaterielError, NotFound, RuleBroken
from materiel.settings import Settings
from materiel.use_cases.desk.campaign import (
    CampaignReport,
    ChooseForGroup,
    OpenCampaign,
    choose_for_group,
    list_campaign_lines,
    list_campaigns,
    open_campaign,
    read_campaign,
    start_campaign,
)
from materiel.use_cases.desk.campaign_following import (
    PrintPile,
    ShownLoan,
    follow_campaign,
    list_followed,
    print_pile,
    shown,
)
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.acting import CURSOR, pdf_answer, uuid_of, uuids_of
from materiel.web.pages.desk.awaited import TITLES
from materiel.web.pages.shell.filters import plural
from materiel.web.pages.shell.rendering import render, render_form
from materiel.web.pages.work.mailing import NO_SERVER

WRITES = {"permission": Permission.WRITE}
ISSUER = {"issuer": Provide(provide_issuer)}
SHOWN = 10
"""Loans of each group on the page of the campaign; the page of the group lists them all."""
PAGE = 50
YEARS_AHEAD = 2
BEGINNING = (9, 10)
"""Months in which the campaign of a school year that has begun goes on."""
CHOSEN = {
    Choice.RENEW: "à renouveler au prochain lancement",
    Choice.MOVE: "établissement à changer au prochain lancement, puis renouvellement",
    Choice.RETURN: "retour à demander au prochain lancement",
    Choice.LATER: "laissé pour plus tard",
}
SETTLES = {
    RenewalOutcome.CHANGE_OF_DOCUMENT: ("Changer l'établissement", "/prets/{loan}/etablissement"),
    RenewalOutcome.SCHOOL_UNKNOWN: ("Noter l'établissement", "/prets/{loan}/etablissement"),
    RenewalOutcome.BASIS_ENDED: ("Noter la décision", "/prets/{loan}/renouvellement"),
    RenewalOutcome.LEAVES_ACADEMIE: ("Noter le départ", "/eleves/{pupil}/depart"),
}
"""What settles one loan of an outcome, where it is done; the campaign then sees it as it has become."""
After = Annotated[str, QueryParameter(name=CURSOR)]


@get("/", name="campaign:list")
async def list_page(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Redirect:
    """Lead to the campaign of the last school year, or to where one begins."""
    known = await list_campaigns(actor=actor)
    if known:
        return _to(request, known[0].id)
    return Redirect(request.app.route_reverse("campaign:new"), status_code=303)


@get("/nouvelle", name="campaign:new")
async def new_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """Choose the school year, and see the campaigns of the others."""
    today = actor.civil_date(now)
    form = Form.filled(school_year=_next_year(today))
    return render(request, "desk/campaign/new.html", {"form": form, **await _choices(actor, today)})


@post("/", name="campaign:open", opt=WRITES, dependencies=ISSUER)
async def open_page(request: Request[Any, Any, Any], issuer: NamedDependency[Issuer]) -> Response[Any]:
    """Have the loans examined for a school year, once more if they were."""
    form = await read_form(request)
    year = form.whole("school_year", lowest=2000, highest=2100, required="Choisissez l'année scolaire.")
    if year is not None and not form.faults:
        try:
            command = OpenCampaign(kind=CampaignKind.RENEWAL, school_year=year)
            return _to(request, (await open_campaign(command, issuer=issuer)).campaign.id)
        except MaterielError as refusal:
            form.refuse(refusal)
    return render_form(request, "desk/campaign/new.html", form, await _choices(issuer.actor, issuer.today))


@get("/{campaign_id:uuid}", name="campaign:show")
async def show_page(
    request: Request[Any, Any, Any],
    campaign_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """The numbers, the groups with their first loans, what would leave to whom, then where what was done is."""
    report = await read_campaign(campaign_id, actor=actor)
    groups = [
        (outcome, await _lines(campaign_id, outcome, actor, limit=SHOWN))
        for outcome in RenewalOutcome
        if report.count(outcome)
    ]
    refused = await list_campaign_lines(campaign_id, state=LineState.REFUSED, actor=actor, limit=SHOWN)
    context = {
        "report": report,
        "groups": groups,
        "refused": await shown(refused, actor=actor),
        "followed": await follow_campaign(campaign_id, actor=actor),
        "answer_by": actor.civil_date(now) + timedelta(days=USUAL_DAYS),
        "parties": TITLES,
        "states": FollowedState,
        "year": label(report.campaign.school_year),
        "warning": NO_SERVER if settings.mail_server is None else "",
        **_words(),
    }
    return render(request, "desk/campaign/show.html", context)


@get("/{campaign_id:uuid}/groupes/{slug:str}", name="campaign:group")
async def group_page(
    request: Request[Any, Any, Any],
    campaign_id: FromPath[UUID],
    slug: FromPath[str],
    actor: NamedDependency[Actor],
    after: After = "",
) -> Response[str]:
    """All the loans of a group, a page at a time, with what may be decided of them."""
    outcome = _outcome(slug)
    report = await read_campaign(campaign_id, actor=actor)
    lines = await _lines(campaign_id, outcome, actor, limit=PAGE + 1, after=uuid_of(after))
    context = {"form": Form(), **_group(report, outcome, lines, request)}
    return render(request, "desk/campaign/group.html", context)


@post("/{campaign_id:uuid}/groupes/{slug:str}", name="campaign:choose", opt=WRITES, dependencies=ISSUER)
async def choose_page(
    request: Request[Any, Any, Any], campaign_id: FromPath[UUID], slug: FromPath[str], issuer: NamedDependency[Issuer]
) -> Response[Any]:
    """Decide of the ticked loans of a group, or of all of it when none is ticked."""
    outcome = _outcome(slug)
    form = await read_form(request)
    ticked = uuids_of(form.many("loans"))
    choice = next((each for each in Choice if each.value == form.typed("choice")), None)
    command = ChooseForGroup(
        campaign_id=campaign_id,
        outcome=outcome,
        choice=choice,
        reason=form.text("reason"),
        loans=tuple(ticked) if ticked else None,
    )
    try:
        changed = await choose_for_group(command, issuer=issuer)
    except MaterielError as refusal:
        form.refuse(refusal)
        report = await read_campaign(campaign_id, actor=issuer.actor)
        lines = await _lines(campaign_id, outcome, issuer.actor, limit=PAGE + 1)
        context = _group(report, outcome, lines, request)
        return render_form(request, "desk/campaign/group.html", form, context)
    what = CHOSEN[choice] if choice is not None else "comme prévu"
    await session_of(request).flash(f"{plural(changed, 'prêt')} : {what}.")
    return _to(request, campaign_id)


@post("/{campaign_id:uuid}/lancer", name="campaign:run", opt=WRITES, dependencies=ISSUER)
async def run_page(
    request: Request[Any, Any, Any], campaign_id: FromPath[UUID], issuer: NamedDependency[Issuer]
) -> Redirect:
    """Have what was chosen done; the page then follows it."""
    form = await read_form(request)
    try:
        await start_campaign(campaign_id, send=form.ticked("send"), issuer=issuer)
    except Conflict as refusal:
        await session_of(request).flash(refusal.message, "warning")
    return _to(request, campaign_id)


@get("/{campaign_id:uuid}/suivi", name="campaign:follow")
async def follow_page(
    request: Request[Any, Any, Any],
    campaign_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    where: Annotated[str, QueryParameter(name="etat")] = FollowedState.AWAITED.value,
    after: After = "",
) -> Response[str]:
    """The loans that were done and are somewhere since: signed, awaited, claimed and not returned…"""
    wanted = next((each for each in FollowedState if each.value == where), FollowedState.AWAITED)
    report = await read_campaign(campaign_id, actor=actor)
    lines = await list_followed(campaign_id, wanted, actor=actor, limit=PAGE + 1, after=uuid_of(after))
    context = {
        "report": report,
        "wanted": wanted,
        "lines": lines[:PAGE],
        "next": _next(request, lines, etat=wanted.value),
        "parties": TITLES,
        **_words(),
    }
    return render(request, "desk/campaign/follow.html", context)


@post("/{campaign_id:uuid}/impression", name="campaign:print", opt={"permission": Permission.READ})
async def print_page(
    request: Request[Any, Any, Any],
    campaign_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """The papers of a school, of a commune, or of all, to be signed on paper; many are drawn by a job."""
    form = await read_form(request)
    letters_by = form.day("letters_by", required="Indiquez un jour à venir.") if form.ticked("letters") else None
    if form.faults:
        await session_of(request).flash(form.faults[0].detail, "warning")
        return _to(request, campaign_id)
    pile = PrintPile(
        campaign_id=campaign_id,
        order=next((each for each in PrintOrder if each.value == form.typed("by")), PrintOrder.SCHOOL),
        school=form.typed("school"),
        municipality=form.typed("municipality"),
        separators=form.ticked("separators"),
        letters_by=letters_by,
    )
    try:
        made = await print_pile(pile, actor=actor, now=now)
    except (NotFound, RuleBroken) as refusal:
        if isinstance(refusal, NotFound) and refusal.code != "campaign.nothing_to_print":
            raise
        await session_of(request).flash(refusal.message, "warning")
        return _to(request, campaign_id)
    if isinstance(made, Job):
        return Redirect(request.app.route_reverse("job:show", job_id=made.id), status_code=303)
    return pdf_answer(made, "rentree")


async def _lines(
    campaign_id: UUID, outcome: RenewalOutcome, actor: Actor, *, limit: int, after: UUID | None = None
) -> list[ShownLoan]:
    lines = await list_campaign_lines(campaign_id, outcome, actor=actor, limit=limit, after=after)
    return await shown(lines, actor=actor)


def _group(
    report: CampaignReport, outcome: RenewalOutcome, lines: list[ShownLoan], request: Request[Any, Any, Any]
) -> dict[str, Any]:
    return {
        "report": report,
        "outcome": outcome,
        "lines": lines[:PAGE],
        "next": _next(request, lines),
        **_words(),
    }


def _next(request: Request[Any, Any, Any], lines: list[ShownLoan], **kept: str) -> str:
    if len(lines) <= PAGE:
        return ""
    return f"{request.url.path}?{urlencode({**kept, CURSOR: str(lines[PAGE - 1].line.id)})}"


def _words() -> dict[str, Any]:
    return {
        "may_choose": MAY_CHOOSE,
        "asks_reason": {outcome for outcome, _ in ASKS_REASON},
        "chosen": CHOSEN,
        "choices": Choice,
        "settles": SETTLES,
        "orders": PrintOrder,
        "done": LineState.DONE,
    }


def _outcome(slug: str) -> RenewalOutcome:
    found = next((each for each in RenewalOutcome if each.value == slug), None)
    if found is None:
        raise NotFound("route.not_found", "Ce groupe n'existe pas : revenez à la campagne.")
    return found


async def _choices(actor: Actor, today: date) -> dict[str, Any]:
    first = _next_year(today)
    years = range(first - 1, first + YEARS_AHEAD)
    return {"years": [(year, label(year)) for year in years], "campaigns": await list_campaigns(actor=actor)}


def _next_year(today: date) -> int:
    """The school year of the September that a manager works for: the coming one, or that of these weeks."""
    return school_year(today) + (today.month not in BEGINNING)


def _to(request: Request[Any, Any, Any], campaign_id: UUID) -> Redirect:
    return Redirect(request.app.route_reverse("campaign:show", campaign_id=campaign_id), status_code=303)


router = account_required(
    "/rentree",
    [
        *(list_page, new_page, open_page, show_page, group_page),
        *(choose_page, run_page, follow_page, print_page),
    ],
    Permission.READ,
)
