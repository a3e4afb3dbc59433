"""The progress of a background job: by reloading the page, by itself when a script can listen."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, ServerSentEvent, Stream

from materiel.domain.accounts.roles import PERMISSIONS, Actor, Permission
from materiel.domain.item.item import ItemStatus
from materiel.domain.work.job import ITEM_STATUSES, LABELS, LOT, PRINT, REMINDERS, SAFETY, Job
from materiel.errors import Conflict
from materiel.settings import Settings
from materiel.use_cases.desk.campaign import campaign_of
from materiel.use_cases.desk.print_together import printed_file
from materiel.use_cases.history import check as journal_check
from materiel.use_cases.imports import import_file
from materiel.use_cases.papers import signed_scans as scan
from materiel.use_cases.papers.scan_sheet import pile_of_job
from materiel.use_cases.retention import elimination
from materiel.use_cases.work.job import get_job, stop_job
from materiel.web.api.work.job import job_events
from materiel.web.audience import account_required
from materiel.web.http.session import session_of
from materiel.web.pages.acting import pdf_stream
from materiel.web.pages.shell.rendering import render
from materiel.web.pages.work.lot import lot_page

TITLES = {
    ITEM_STATUSES: "Changement d'état",
    scan.KIND: "Lecture de documents numérisés",
    journal_check.KIND: "Vérification du journal",
    import_file.EXAMINE: "Examen du fichier",
    import_file.IMPORT: "Import du fichier",
    import_file.UNDO: "Annulation de l'import",
    elimination.KIND: "Élimination",
    REMINDERS: "Relances du jour",
    PRINT: "Documents à imprimer",
    LABELS: "Étiquettes à imprimer",
    SAFETY: "Envoi d'un rappel de sécurité",
}
HOME = ("dashboard:show", "Revenir à l'accueil")
BACK = {
    ITEM_STATUSES: ("item:list", "Revenir au parc"),
    scan.KIND: ("document:list", "Revenir aux documents"),
    journal_check.KIND: ("journal:list", "Revenir au journal"),
    import_file.EXAMINE: ("import:new", "Revenir aux imports"),
    import_file.IMPORT: ("import:new", "Revenir aux imports"),
    import_file.UNDO: ("import:new", "Revenir aux imports"),
    elimination.KIND: ("retention:show", "Revenir à la conservation"),
    REMINDERS: ("reminders:show", "Revenir aux relances"),
    PRINT: ("document:list", "Revenir aux documents"),
    LABELS: ("item:list", "Revenir au parc"),
    SAFETY: ("safety:list", "Revenir aux rappels de sécurité"),
}
NEEDED = {"import:new": Permission.WRITE, "retention:show": Permission.ADMINISTER}
"""What these pages need more than reading: whoever may not open them is led home."""


@get("/{job_id:uuid}", name="job:show")
async def show(
    request: Request[Any, Any, Any],
    job_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """How far a job is, then what came out of it; an import that is over, a campaign, a pile have their own."""
    job = await get_job(job_id, actor=actor)
    if job.kind == LOT:
        return await lot_page(request, job, actor, settings)
    if (pile := await pile_of_job(job.id, actor=actor)) is not None:
        return Redirect(request.app.route_reverse("returned:show", pile_id=pile.id), status_code=303)
    if (campaign_id := campaign_of(job)) is not None:
        return Redirect(request.app.route_reverse("campaign:show", campaign_id=campaign_id), status_code=303)
    if (file_id := await import_file.reported_by(job, actor=actor, now=now)) is not None:
        return Redirect(request.app.route_reverse("import:show", file_id=file_id), status_code=303)
    back, back_text = BACK.get(job.kind, HOME)
    if NEEDED.get(back, Permission.READ) not in PERMISSIONS[actor.role]:
        back, back_text = HOME
    context = {
        "job": job,
        "title": TITLES.get(job.kind, "Tâche"),
        "is_over": job.is_over,
        "outcome": _outcome(job),
        "back": back,
        "back_text": back_text,
        "statuses": {status.value: status.label for status in ItemStatus},
    }
    return render(request, "work/job/show.html", context)


@get("/{job_id:uuid}/suivi", name="job:events")
async def follow(job_id: FromPath[UUID], actor: NamedDependency[Actor]) -> ServerSentEvent:
    """The same as events; proxies must not keep them back."""
    job = await get_job(job_id, actor=actor)
    return ServerSentEvent(job_events(job, actor), headers={"X-Accel-Buffering": "no"})


@get("/{job_id:uuid}/fichier", name="job:file")
async def file_page(job_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]) -> Stream:
    """The file that a job has made to be printed."""
    file = await printed_file(job_id, actor=actor, now=now)
    return pdf_stream(file.pieces, file.name.removesuffix(".pdf"))


@post("/{job_id:uuid}/arret", name="job:stop", opt={"permission": Permission.WRITE})
async def stop(
    request: Request[Any, Any, Any],
    job_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect:
    """Ask for the job to end with what is done."""
    try:
        await stop_job(job_id, actor=actor, now=now)
    except Conflict as refusal:
        await session_of(request).flash(refusal.message, "warning")
    return Redirect(request.app.route_reverse("job:show", job_id=job_id), status_code=303)


def _outcome(job: Job) -> dict[str, Any]:
    return msgspec.json.decode(job.result, type=dict[str, Any]) if job.result and job.finished_at else {}


router = account_required("/taches", [show, follow, file_page, stop], Permission.READ)
