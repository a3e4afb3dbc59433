"""The sheet of an incident and what a manager does there: papers, who answers, notes, the answer, reopening."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.incident.incident import IncidentKind, IncidentPaper
from materiel.domain.incident.treatment import (
    CONDITION_OF,
    NOTE_MAX,
    REASON_MAX,
    REMOVAL_OF,
    RESOLUTION_MAX,
)
from materiel.domain.item.item import LOSSES, ItemStatus
from materiel.domain.language import states
from materiel.domain.language.typography import bound
from materiel.domain.loan.loan import Loan
from materiel.domain.loan.plan import Fault
from materiel.errors import MaterielError, RuleBroken
from materiel.use_cases.incident.sheet import IncidentSheet, read_incident_sheet
from materiel.use_cases.incident.treatment import (
    CloseIncident,
    FindFault,
    NotePapers,
    ReopenIncident,
    add_note,
    close_incident,
    find_fault,
    note_papers,
    reopen_incident,
)
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer, provide_today
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.acting import may_write
from materiel.web.pages.loan.change import CHANGES
from materiel.web.pages.loan.recall import RECALLS
from materiel.web.pages.loan.step import STEPS
from materiel.web.pages.shell.filters import day
from materiel.web.pages.shell.rendering import render, render_form

FINDINGS = (Fault.NONE, Fault.USER)
LOST_AS: dict[IncidentKind, tuple[ItemStatus, ...]] = {
    IncidentKind.LOSS: (ItemStatus.LOST,),
    IncidentKind.THEFT: (ItemStatus.STOLEN,),
    IncidentKind.ABSENCE: (ItemStatus.LOST, ItemStatus.STOLEN),
}
"""What the item may be noted when it is not there."""

STATES_OF: dict[ItemStatus, str] = {
    ItemStatus.TO_PREPARE: "Mettre le matériel à préparer",
    ItemStatus.IN_REPAIR: "Envoyer le matériel en réparation",
    ItemStatus.IN_STOCK: "Remettre le matériel en réserve",
    ItemStatus.LOST: "Noter le matériel perdu",
    ItemStatus.STOLEN: "Noter le matériel volé",
    ItemStatus.WRITTEN_OFF: "Réformer le matériel",
}
NOBODY_TOLD = bound("Aucun courriel n'est écrit : donnez la réponse de vive voix, si quelqu'un l'attend.")
STEP_BY_SLUG = {step.slug: step for step in (*STEPS, *RECALLS, *CHANGES)}


@dataclass(frozen=True, slots=True)
class ElsewhereAct:
    """Something that may be done now on another page, filled beforehand. `hint` says what it does."""

    address: str
    label: str
    hint: str = ""


@get("/{incident_id:uuid}", name="incident:show")
async def show(
    request: Request[Any, Any, Any],
    incident_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    today: NamedDependency[date],
) -> Response[str]:
    """What was told, what the file lacks, who answers, what may be done now."""
    sheet = await read_incident_sheet(incident_id, actor=actor)
    return render(request, "incident/show.html", _context(sheet, Form(), actor, today))


async def _note_papers(form: Form, version: int, sheet: IncidentSheet, issuer: Issuer) -> str:
    """Note the papers ticked; those already there keep their day."""
    incident = sheet.incident
    received_on = form.day("received_on") or issuer.today
    ticked = [paper for paper in IncidentPaper if form.ticked("papers", paper.value)]
    papers = {paper: incident.papers.get(paper, received_on) for paper in ticked}
    command = NotePapers(incident_id=incident.id, papers=papers, version=version)
    if not form.faults:
        try:
            await note_papers(command, actor=issuer.actor, now=issuer.now)
        except RuleBroken as refusal:
            # The page has one date for all the papers ticked together.
            form.fault("received_on", refusal.errors[0].detail)
    return "Les pièces reçues sont notées."


async def _find_fault(form: Form, version: int, sheet: IncidentSheet, issuer: Issuer) -> str:
    found = Fault(form.text("fault")) if form.text("fault") in set(Fault) else Fault.UNDECIDED
    command = FindFault(incident_id=sheet.incident.id, fault=found, reason=form.typed("reason"), version=version)
    await find_fault(command, actor=issuer.actor, now=issuer.now)
    return bound(f"C'est décidé : {found.label[:1].lower()}{found.label[1:]}.")


async def _add_note(form: Form, version: int, sheet: IncidentSheet, issuer: Issuer) -> str:
    await add_note(sheet.incident.id, form.typed("text"), actor=issuer.actor, now=issuer.now)
    return "La note est ajoutée au suivi."


async def _close(form: Form, version: int, sheet: IncidentSheet, issuer: Issuer) -> str:
    command = CloseIncident(incident_id=sheet.incident.id, resolution=form.typed("resolution"), version=version)
    is_told = (await close_incident(command, issuer=issuer)).is_told
    told = "Un courriel à envoyer dira à qui l'a signalé que votre réponse l'attend." if is_told else NOBODY_TOLD
    return f"L'incident est traité. {told}"


async def _reopen(form: Form, version: int, sheet: IncidentSheet, issuer: Issuer) -> str:
    command = ReopenIncident(incident_id=sheet.incident.id, reason=form.typed("reason"), version=version)
    await reopen_incident(command, actor=issuer.actor, now=issuer.now)
    return "L'incident est rouvert. La réponse n'est plus montrée ; elle reste dans le suivi."


ACTS: dict[str, Callable[[Form, int, IncidentSheet, Issuer], Awaitable[str]]] = {
    "pieces": _note_papers,
    "faute": _find_fault,
    "notes": _add_note,
    "reponse": _close,
    "reouverture": _reopen,
}
"""What is done on the sheet, by the end of its address; each says what it did."""


def act_handler(slug: str) -> Any:
    """What the form of an act does; the same function for every act."""

    @post(f"/{{incident_id:uuid}}/{slug}", name=f"incident:{slug}", opt={"permission": Permission.WRITE})
    async def do(
        request: Request[Any, Any, Any], incident_id: FromPath[UUID], issuer: NamedDependency[Issuer]
    ) -> Response[Any]:
        """Do it and come back to the sheet; or show it again with every message and what was typed."""
        form = await read_form(request)
        sheet = await read_incident_sheet(incident_id, actor=issuer.actor)
        version = form.whole("version", lowest=1, highest=10**9, required="Rechargez la page, puis recommencez.")
        if version is not None and not form.faults:
            try:
                said = await ACTS[slug](form, version, sheet, issuer)
            except MaterielError as refusal:
                form.refuse(refusal)
            if not form.faults:
                await session_of(request).flash(said)
                return Redirect(request.app.route_reverse("incident:show", incident_id=incident_id), status_code=303)
        return render_form(request, "incident/show.html", form, _context(sheet, form, issuer.actor, issuer.today))

    return do


def _context(sheet: IncidentSheet, form: Form, actor: Actor, today: date) -> dict[str, object]:
    shown = Form.filled(
        papers=[paper.value for paper in sheet.incident.papers],
        received_on=today,
        fault=sheet.incident.fault if sheet.incident.fault in FINDINGS else None,
        reason=sheet.incident.fault_reason if sheet.incident.is_open else "",
    ).take(form)
    shown.faults = form.faults
    return {
        "sheet": sheet,
        "incident": sheet.incident,
        "form": shown,
        "writes": may_write(actor),
        "acts": acts_of(sheet) if may_write(actor) else [],
        "papers": [(paper.value, paper.label, _paper_hint(sheet, paper)) for paper in IncidentPaper],
        "findings": FINDINGS,
        "today": today,
        "longest": {"reason": REASON_MAX, "resolution": RESOLUTION_MAX, "note": NOTE_MAX},
    }


def acts_of(sheet: IncidentSheet) -> list[ElsewhereAct]:
    """What may be done now for this incident on the pages of the loan and of the item, the likeliest first."""
    item, kind = sheet.item, sheet.incident.kind
    acts = _acts_of_loan(sheet, sheet.loan) if sheet.loan is not None and sheet.is_in_loan else []
    hint = "Le prêt continue de porter ce matériel : l'avenant l'en retire." if sheet.is_in_loan else ""
    for status in sheet.statuses:
        if status not in LOSSES or status in LOST_AS.get(kind, ()):
            asked = {"status": status.value, "reason": f"{kind.label}, incident signalé"}
            acts.append(ElsewhereAct(f"/materiels/{item.id}?{urlencode(asked)}#etat", STATES_OF[status], bound(hint)))
    return acts


def _acts_of_loan(sheet: IncidentSheet, loan: Loan) -> list[ElsewhereAct]:
    incident, item_id = sheet.incident, sheet.item.id
    condition = CONDITION_OF.get(incident.kind)
    is_lost = incident.kind in LOST_AS
    removal = {f"remove-{item_id}": REMOVAL_OF[incident.kind].value, f"fault-{item_id}": incident.fault.value}
    back = {"items": str(item_id)} | ({f"condition-{item_id}": condition.value} if condition else {})
    exchange = ElsewhereAct(
        f"/prets/{loan.id}/avenant?{urlencode(removal)}",
        "Retirer ou échanger ce matériel par avenant",
        bound("Le retrait est rempli d'avance ; ajoutez le matériel de remplacement, s'il y en a un."),
    )
    taken_back = ElsewhereAct(
        f"/prets/{loan.id}/retour?{urlencode(back)}",
        STEP_BY_SLUG["retour"].title,
        bound("L'état est rempli d'avance ; le matériel sera à préparer, puis ira en réparation.")
        if condition
        else "S'il est retrouvé."
        if is_lost
        else "",
    )
    recalled = ElsewhereAct(f"/prets/{loan.id}/rappel", STEP_BY_SLUG["rappel"].title)
    order = {"avenant": exchange, "retour": taken_back} if is_lost else {"retour": taken_back, "avenant": exchange}
    if not is_lost:
        order["rappel"] = recalled
    return [
        act
        for slug, act in order.items()
        if STEP_BY_SLUG[slug].is_possible(loan) and (slug == "avenant" or sheet.is_out)
    ]


def _paper_hint(sheet: IncidentSheet, paper: IncidentPaper) -> str:
    received_on = sheet.incident.papers.get(paper)
    if received_on is not None:
        return f"Reçue le {day(received_on)}"
    return states.AWAITED.label if paper in sheet.missing else ""


router = Router(
    "/",
    route_handlers=[account_required("/incidents", [show, *map(act_handler, ACTS)], Permission.READ)],
    dependencies={"issuer": Provide(provide_issuer), "today": Provide(provide_today)},
)
