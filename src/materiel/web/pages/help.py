"""Help: whom to ask, what each kind of reader can do here, and what to do without the right link."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from materiel.use_cases.service import list_services
from materiel.web.audience import Audience, page_router
from materiel.web.pages.rendering import render


@get("/aide", name="help:show")
async def show_help(request: Request[Any, Any, Any]) -> Response[str]:
    """Questions that come up, and the services to call."""
    return render(request, "help/show.html", {"services": await list_services()})


@get("/lien-necessaire", name="help:link_needed")
async def show_link_needed(request: Request[Any, Any, Any]) -> Response[str]:
    """What a family or a school sees whose link is over or was never opened in this browser."""
    return render(request, "help/link_needed.html", {"services": await list_services()})


router = page_router("/", [show_help, show_link_needed], audience=Audience.PUBLIC)
