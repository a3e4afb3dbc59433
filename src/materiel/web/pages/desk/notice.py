"""« Notifications à envoyer »: by recipient, in number, by e-mail or printed for the post."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.desk.lot import LotAct
from materiel.domain.papers.document import NoticeChannel
from materiel.errors import MaterielError
from materiel.settings import Settings
from materiel.use_cases.desk.lots.lot import StartLot, is_many
from materiel.use_cases.desk.notice import SendNotices, SentNotices, notices_pdf, notices_to_send, send_notices
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.acting import chosen_of, lead_to_lot, lead_to_print, pdf_answer
from materiel.web.pages.shell.rendering import render, render_form
from materiel.web.pages.work.mailing import NO_SERVER, Warned, kind_of


@get("/", name="notice:list")
async def show_list(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], settings: NamedDependency[Settings]
) -> Response[str]:
    """What has still to be sent, recipient by recipient."""
    return render(request, "desk/notice/list.html", {"form": Form(), **await _context(actor, settings)})


@post("/", name="notice:send")
async def send(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Write the messages, print the letters, or note that they were posted."""
    form = await read_form(request)
    chosen = tuple(chosen_of(form, "documents"))
    if not chosen and form.typed("tous"):
        groups = await notices_to_send(actor=actor)
        chosen = tuple({each.document_id for group in groups for each in group.notices})
    if not chosen:
        form.fault("documents", "Cochez au moins une notification.")
        return render_form(request, "desk/notice/list.html", form, await _context(actor, settings))
    try:
        if form.typed("action") == "imprimer":
            if is_many(chosen):
                return await lead_to_print(request, chosen, actor, now)
            return pdf_answer(await notices_pdf(chosen, actor=actor), "notifications")
        channel = NoticeChannel.POST if form.typed("action") == "poste" else NoticeChannel.EMAIL
        issuer = Issuer(actor=actor, now=now, base_url=settings.base_url, label_url=settings.label_url)
        if is_many(chosen):
            return await lead_to_lot(request, StartLot(act=LotAct.NOTIFY, references=chosen, channel=channel), issuer)
        done = await send_notices(SendNotices(document_ids=chosen, channel=channel), issuer=issuer)
    except MaterielError as refusal:
        form.refuse(refusal)
        return render_form(request, "desk/notice/list.html", form, await _context(actor, settings))
    said = _said(done, channel, settings)
    await session_of(request).flash(said, kind_of(said))
    return Redirect("/notifications", status_code=303)


def _said(done: SentNotices, channel: NoticeChannel, settings: Settings) -> str:
    if channel is NoticeChannel.POST:
        return f"Envoi par la poste noté : {done.posted} notification{'s' if done.posted > 1 else ''}."
    said = f"{done.queued} message{'s' if done.queued > 1 else ''} à envoyer, un par destinataire."
    if done.left:
        said += f" Sans adresse électronique, à imprimer et à poster : {len(done.left)}."
    if not done.queued or not settings.mail_server:
        return Warned(said if settings.mail_server else f"{said} {NO_SERVER}")
    return said


async def _context(actor: Actor, settings: Settings) -> dict[str, Any]:
    groups = await notices_to_send(actor=actor)
    return {
        "groups": groups,
        "total": sum(len(group.notices) for group in groups),
        "is_sending": settings.mail_server is not None,
    }


router = account_required("/notifications", [show_list, send], Permission.WRITE)
