"""« Courriels sortants »: what was written to whom by the service, and whether a mail server accepted it.

The text of a message holds a family's link or code: an administrator reads it only where nothing is sent, on a
demonstration; a manager never does.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from materiel.domain.roles import PERMISSIONS, Actor, Permission
from materiel.settings import Settings
from materiel.use_cases.outbox import get_message, list_messages
from materiel.web.audience import account_required
from materiel.web.forms import read_query
from materiel.web.pages.rendering import render

PAGE = 50


@get("/", name="outbox:list")
async def show_list(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], settings: NamedDependency[Settings]
) -> Response[str]:
    """The messages of the service, newest first."""
    before = read_query(request).typed("avant")
    messages = await list_messages(actor=actor, limit=PAGE + 1, before=_id(before))
    context = {
        "messages": messages[:PAGE],
        "next": f"/courriels?avant={messages[PAGE - 1].id}" if len(messages) > PAGE else "",
        "is_sending": bool(settings.smtp_url),
    }
    return render(request, "outbox/list.html", context)


@get("/{message_id:uuid}", name="outbox:show")
async def show_message(
    request: Request[Any, Any, Any],
    message_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """One message, with its text for an administrator where nothing is sent."""
    administers = Permission.ADMINISTER in PERMISSIONS[actor.role]
    context = {
        "message": await get_message(message_id, actor=actor),
        "readable": administers and not settings.smtp_url and not settings.production,
        "is_sending": bool(settings.smtp_url),
    }
    return render(request, "outbox/show.html", context)


def _id(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


router = account_required("/courriels", [show_list, show_message], Permission.WRITE)
