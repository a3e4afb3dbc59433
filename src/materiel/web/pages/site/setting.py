"""« Mentions du site »: publisher, host, contact, audit, for the administrators to whom the site is entrusted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.errors import MaterielError
from materiel.use_cases.accounts.site import UpdateSite, read_site, sets_site, update_site
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.shell.rendering import render, render_form
from materiel.web.site import current_site

TEXTS = ("publication_director", "contact", "dpo", "audit_by", "accessibility_plan")
LINES = ("organisation", "hosting")
TEMPLATE = "accounts/setting/site.html"


@get("/", name="site:edit")
async def site_page(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """The form, or what is said and by whom for the administrators of another service."""
    facts = await read_site()
    form = Form.filled(
        version=facts.version,
        audit_on=facts.audit_on,
        audit_rate=facts.audit_rate if facts.audit_on else None,
        **{name: getattr(facts, name) for name in (*TEXTS, *LINES)},
    )
    return render(request, TEMPLATE, {"form": form, "entrusted": await sets_site(actor=actor)})


@post("/", name="site:update", status_code=200)
async def update_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Redirect | Response[str]:
    """Keep what the site says, or show the form again with every message."""
    form = await read_form(request)
    audit_on = form.day("audit_on")
    rate = form.whole("audit_rate", lowest=0, highest=100)
    version = form.version(1)
    if not form.faults:
        command = UpdateSite(
            version=version,
            audit_on=audit_on,
            audit_rate=rate or 0,
            **{name: form.text(name) for name in TEXTS},
            **{name: form.lines(name) for name in LINES},
        )
        try:
            await update_site(command, actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
    if form.faults:
        return render_form(request, TEMPLATE, form, {"entrusted": await sets_site(actor=actor)})
    await current_site(request).kept.read()
    await session_of(request).flash("Mentions du site enregistrées : les pages publiques les montrent.")
    return Redirect("/reglages/site", status_code=303)


router = account_required("/reglages/site", [site_page, update_page], Permission.ADMINISTER)
