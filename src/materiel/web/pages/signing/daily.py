"""« Relances »: when the service reminds by itself next, whom it would write to, and what the last time did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from materiel.domain.accounts.roles import Actor, Permission
from materiel.settings import Settings
from materiel.use_cases.desk.awaited import reminded_by_post
from materiel.use_cases.signing.daily import read_next_reminders
from materiel.web.audience import account_required
from materiel.web.pages.shell.rendering import render

SHOWN = 200
"""Lines of the page; the number above them is that of all."""


@get("/relances", name="reminders:show")
async def show_page(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Those who are due: at the next time if the service reminds by itself, else now."""
    following = await read_next_reminders(actor=actor, now=now)
    context = {
        "following": following,
        "due": following.due[:SHOWN],
        "by_post": await reminded_by_post(actor=actor, now=now),
        "shown": SHOWN,
        "is_sending": settings.mail_server is not None,
    }
    return render(request, "signing/reminders.html", context)


router = account_required("/signatures", [show_page], Permission.READ)
