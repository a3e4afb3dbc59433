"""« Aujourd'hui »: what waits for us, then for others, each group with the act that settles it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from materiel.domain.accounts.roles import PERMISSIONS, Actor, Permission
from materiel.domain.desk.dashboard import Concern
from materiel.domain.desk.first_day import FirstStep
from materiel.domain.desk.lot import LotAct
from materiel.domain.language.french import MONTHS
from materiel.domain.usage import Custody, Usage
from materiel.domain.work.lot import MOST_LINES
from materiel.errors import MaterielError
from materiel.settings import Settings
from materiel.use_cases.desk.awaited import ask_again, papers_to_sign
from materiel.use_cases.desk.dashboard import Figures, figures
from materiel.use_cases.desk.first_day import first_steps
from materiel.use_cases.desk.lots.lot import StartLot, is_many
from materiel.use_cases.desk.today import WaitingGroup, papers_awaited, read_today
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.daily import read_next_reminders
from materiel.use_cases.signing.signed_copy import waiting_seals
from materiel.web.acting import provide_issuer
from materiel.web.audience import account_required, safe_next
from materiel.web.http.forms import read_form, read_query
from materiel.web.pages.acting import chosen_of, lead_to_lot
from materiel.web.pages.desk.lines import ShownGroup, group_of
from materiel.web.pages.shell.rendering import render
from materiel.web.pages.shell.waiting import told_number
from materiel.web.pages.work.mailing import Warned, say, told_asked

OTHERS = "autres"
FIGURES = "chiffres"

WHAT_FOR = {
    FirstStep.SERVICE: ("Son adresse et son signataire sont imprimés sur chaque document.", "/reglages/service"),
    FirstStep.SCHOOLS: ("L'Annuaire de l'éducation dit la nature de chacun, dont dépendent les papiers.", "/imports"),
    FirstStep.ITEMS: (
        "Un classeur suffit, tel qu'il est : vous lisez ce qui serait fait, puis vous importez.",
        "/imports",
    ),
    FirstStep.PUPILS: ("Avec leurs responsables et leurs foyers : d'un classeur, ou un par un.", "/imports"),
    FirstStep.MAYORS: ("Chacun est informé des prêts ramenés au domicile de ses élèves.", "/communes"),
    FirstStep.MAIL: ("Un serveur d'envoi (MATERIEL_SMTP_URL), que règle qui administre l'installation.", ""),
    FirstStep.COLLEAGUES: ("Chacun a son compte, avec le rôle qu'il lui faut.", "/reglages/comptes"),
}
FOR_ADMINISTRATORS = (FirstStep.SERVICE, FirstStep.COLLEAGUES)


@get("/", name="dashboard:show")
async def show(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """What waits for us; `?vue=autres`, for others; `?vue=chiffres`, the charts."""
    view = read_query(request).typed("vue")
    found = await read_today(actor=actor, now=now, theirs=None if view == FIGURES else view == OTHERS)
    context = {
        "view": view,
        "today": now,
        "asleep": found.asleep,
        "ours": told_number(found.ours),
        "theirs": told_number(found.theirs),
        "groups": [_shown(group, actor, now) for group in found.groups],
    }
    if not view:
        seals = await waiting_seals(actor=actor)
        context["seals"] = seals if seals.is_late(now) else None
        context["steps"] = _steps(await first_steps(actor=actor, sends_mail=settings.mail_server is not None), actor)
    if view == OTHERS:
        context["following"] = await read_next_reminders(actor=actor, now=now, with_due=False)
    if view == FIGURES:
        context["charts"] = _charts(await figures(actor=actor, now=now))
    return render(request, "desk/today/show.html", context)


@post(
    "/a-faire/relancer",
    name="dashboard:remind",
    opt={"permission": Permission.WRITE},
    dependencies={"issuer": Provide(provide_issuer)},
)
async def remind(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    issuer: NamedDependency[Issuer],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Write to those whose signature is awaited: on what is ticked, else on everything that the group lists."""
    form = await read_form(request)
    unsigned = form.typed("concern") == Concern.UNSIGNED.value
    if not unsigned and form.typed("concern") != Concern.SIGNATURE.value:
        raise NotFoundException
    chosen = chosen_of(form, "loan" if unsigned else "documents")
    try:
        if not chosen:
            concern = Concern.UNSIGNED if unsigned else Concern.SIGNATURE
            papers = await papers_awaited(concern, actor=actor, now=now, most=MOST_LINES)
        else:
            papers = await papers_to_sign(chosen, actor=actor) if unsigned else chosen
        if is_many(papers):
            return await lead_to_lot(request, StartLot(act=LotAct.REMIND, references=tuple(papers)), issuer)
        said = told_asked(await ask_again(papers, issuer=issuer), settings)
    except MaterielError as refusal:
        said = Warned(refusal.message)
    await say(request, said)
    # The sheet of a loan asks for its own papers, and is led back to.
    wanted = form.typed("retour") or ("/" if unsigned else f"/?vue={OTHERS}")
    return Redirect(safe_next(wanted), status_code=303)


def _steps(found: Mapping[FirstStep, bool], actor: Actor) -> list[tuple[FirstStep, bool, str, str]]:
    """Each step, whether it is done, what it is for, and where this reader does it."""
    allowed = PERMISSIONS[actor.role]
    steps = []
    for step, is_done in found.items():
        why, where = WHAT_FOR[step]
        needed = Permission.ADMINISTER if step in FOR_ADMINISTRATORS else Permission.WRITE
        steps.append((step, is_done, why, where if needed in allowed else ""))
    return steps


def _shown(group: WaitingGroup, actor: Actor, now: datetime) -> ShownGroup:
    tally = group.tally
    return group_of(
        tally.concern,
        group.duty,
        group.things,
        actor,
        now,
        count=told_number([tally]),
        others=tally.count - len(group.things),
        more=tally.more,
    )


def _charts(found: Figures) -> list[tuple[str, str, list[tuple[str, int]]]]:
    """Title, first column and bars of each chart that has something to show."""
    kinds = {
        "Prêts individuels, à domicile": found.loans.get((Usage.INDIVIDUAL, Custody.HOME), 0),
        "Prêts individuels, sur place": found.loans.get((Usage.INDIVIDUAL, Custody.SCHOOL), 0),
        "Dépôts à usage collectif": sum(count for (usage, _), count in found.loans.items() if usage is Usage.SHARED),
    }
    months = [(f"{MONTHS[first.month - 1].capitalize()} {first.year}", count) for first, count in found.months.items()]
    charts = [
        ("Matériels par état", "État", [(status.label, count) for status, count in found.items.items() if count]),
        ("Prêts et dépôts en cours", "Nature", list(kinds.items())),
        ("Prêts et dépôts par mois de début", "Mois", months[-6:]),
    ]
    return [chart for chart in charts if any(count for _, count in chart[2])]


router = account_required("/", [show, remind], Permission.READ)
