"""« Webhooks »: what another program is told of, for the administrators of the service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.work.webhook import URL_MAX, WebhookEvent
from materiel.errors import MaterielError, NotFound
from materiel.settings import Settings
from materiel.use_cases.work.webhook import (
    AddWebhook,
    add_webhook,
    delete_webhook,
    list_webhooks,
    pause_webhook,
    read_webhook,
    resume_webhook,
    try_webhook,
)
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.shell.rendering import render, render_form

ADDRESS = "/reglages/webhooks"
EVENTS = {each.value: each.label for each in WebhookEvent} | {"webhook.test": "Essai"}


@get("/", name="webhook:list")
async def list_page(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """The webhooks, and the form that adds one."""
    return render(request, "work/webhook/list.html", {"form": Form(), **await _listed(actor)})


@post("/", name="webhook:add")
async def add_page(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Show the secret, once; or the form again with every message."""
    form = await read_form(request)
    known = {each.value for each in WebhookEvent}
    events = tuple(WebhookEvent(each) for each in form.many("events") if each in known)
    try:
        added = await add_webhook(
            AddWebhook(url=form.text("url"), events=events),
            networks=settings.webhook_networks,
            secret_key=settings.secret_key,
            actor=actor,
            now=now,
        )
    except MaterielError as refusal:
        form.refuse(refusal)
        return render_form(request, "work/webhook/list.html", form, await _listed(actor))
    return render(request, "work/webhook/added.html", {"webhook": added.webhook, "secret": added.secret})


@get("/{webhook_id:uuid}", name="webhook:show")
async def show_page(
    request: Request[Any, Any, Any], webhook_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[str]:
    """What it is told of, its last calls, and what may be done with it."""
    found = await read_webhook(webhook_id, actor=actor)
    return render(request, "work/webhook/show.html", {"webhook": found.webhook, "calls": found.calls, "names": EVENTS})


Act = Callable[..., Awaitable[Any]]


def _act_page(slug: str, act: Act, said: str, *, leads: str = "") -> Any:
    """The route of one act on a webhook; a refusal is told on its sheet."""

    @post(f"/{{webhook_id:uuid}}/{slug}", name=f"webhook:{slug}")
    async def page(
        request: Request[Any, Any, Any],
        webhook_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        now: NamedDependency[datetime],
    ) -> Redirect:
        try:
            await act(webhook_id, actor=actor, now=now)
        except NotFound:
            raise
        except MaterielError as refusal:
            await session_of(request).flash(refusal.message, "error")
        else:
            await session_of(request).flash(said)
        return Redirect(leads or f"{ADDRESS}/{webhook_id}", status_code=303)

    return page


async def _listed(actor: Actor) -> dict[str, Any]:
    return {
        "webhooks": await list_webhooks(actor=actor),
        "events": list(WebhookEvent),
        "names": EVENTS,
        "longest": URL_MAX,
    }


router = account_required(
    ADDRESS,
    [
        list_page,
        add_page,
        show_page,
        _act_page("pause", pause_webhook, "Webhook en pause : ce qui arrive est gardé pour la reprise."),
        _act_page("reprise", resume_webhook, "Webhook repris : ce qui n'avait pas de réponse est essayé de nouveau."),
        _act_page("essai", try_webhook, "L'appel d'essai part dans quelques secondes : rechargez cette page."),
        _act_page("suppression", delete_webhook, "Webhook supprimé.", leads=ADDRESS),
    ],
    Permission.ADMINISTER,
)
