"""Help: whom to ask, and what each kind of reader can do here."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from materiel.use_cases.accounts.service import list_services
from materiel.web.audience import Audience, page_router
from materiel.web.pages.shell.rendering import render


@get("/aide", name="help:show")
async def show_help(request: Request[Any, Any, Any]) -> Response[str]:
    """Questions that come up, and the services to call."""
    return render(request, "site/help/show.html", {"services": await list_services()})


router = page_router("/", [show_help], audience=Audience.PUBLIC)
