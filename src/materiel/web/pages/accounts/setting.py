"""Settings of the service: what its documents say of it, how it renews; for its administrators."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from materiel.domain.accounts.delays import LEAST_DELAY, MOST_DELAY
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import MOST_REPLACEMENTS, ManagingService, RenewalPolicy, StateSigns
from materiel.errors import MaterielError
from materiel.use_cases.accounts.service import UpdateService, read_service, update_service
from materiel.use_cases.signing.daily import read_next_reminders
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.places.address import address_faults, address_typed, read_address, show_address
from materiel.web.pages.shell.rendering import render, render_form

TEXTS = (
    *("name", "phone", "email", "opening_hours", "signatory_name", "signatory_title", "delegation"),
    *("dpo_contact", "inventory_pattern", "witness_email"),
)
DELAYS = ("amber_days", "red_days")


@get("/", name="settings:show")
async def show_page(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """What is set, and where to change it."""
    return render(request, "accounts/setting/show.html", {"service": await read_service(actor=actor)})


@get("/service", name="settings:service")
async def service_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """The form of the service."""
    service = await read_service(actor=actor)
    return render(request, "accounts/setting/service.html", await _context(_filled(service), service, actor, now))


@post("/service", name="settings:update_service")
async def update_service_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Redirect | Response[str]:
    """Keep the settings, or show the form again with every message."""
    form = await read_form(request)
    service = await read_service(actor=actor)
    policy = form.choice("renewal_policy", RenewalPolicy)
    order = form.choice("state_signs", StateSigns) if form.typed("state_signs") else None
    texts: dict[str, Any] = {name: form.text(name) for name in TEXTS}
    delays: dict[str, Any] = {
        name: form.whole(name, lowest=LEAST_DELAY, highest=MOST_DELAY, required="Indiquez un nombre de jours.")
        for name in DELAYS
    }
    most = form.whole("replacement_limit", lowest=0, highest=MOST_REPLACEMENTS)
    if not form.faults:
        command = UpdateService(
            version=form.version(service.version),
            renewal_policy=policy,
            state_signs=order,
            ask_both_parents=form.ticked("ask_both_parents"),
            reminds_daily=form.ticked("reminds_daily"),
            address=read_address(form, "address") if address_typed(form, "address") else None,
            replacement_limit=most or 0,
            **texts,
            **delays,
        )
        try:
            await update_service(command, actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
            address_faults(form)
    if form.faults:
        return render_form(request, "accounts/setting/service.html", form, await _context(form, service, actor, now))
    await session_of(request).flash("Réglages enregistrés. Les documents déjà émis ne changent pas.")
    return Redirect("/reglages", status_code=303)


def _filled(service: ManagingService) -> Form:
    form = Form.filled(
        version=service.version,
        renewal_policy=service.renewal_policy,
        state_signs=service.state_signs,
        ask_both_parents=service.ask_both_parents,
        reminds_daily=service.reminds_daily,
        replacement_limit=service.replacement_limit or "",
        **{name: getattr(service, name) for name in (*TEXTS, *DELAYS)},
    )
    show_address(form, "address", service.address)
    return form


async def _context(form: Form, service: ManagingService, actor: Actor, now: datetime) -> dict[str, Any]:
    following = await read_next_reminders(actor=actor, now=now)
    return {
        "form": form,
        "service": service,
        "policies": list(RenewalPolicy),
        "orders": list(StateSigns),
        "following": following,
    }


router = account_required("/reglages", [show_page, service_page, update_service_page], Permission.ADMINISTER)
