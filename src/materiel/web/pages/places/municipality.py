"""Pages of municipalities: find one, keep its mayor, its addresses and who signs the deposits of its écoles."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.places.directory import SourcedField
from materiel.domain.places.municipality import AuthorityKind, Municipality
from materiel.errors import MaterielError
from materiel.settings import Settings
from materiel.use_cases.links.institution import InviteInstitution
from materiel.use_cases.places.municipality import (
    UpdateMunicipality,
    get_municipality,
    update_municipality,
)
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.acting import may_write
from materiel.web.pages.links.mailbox import mailbox_of
from materiel.web.pages.places.address import address_faults, address_typed, read_address, show_address
from materiel.web.pages.shell.rendering import render, render_form

WRITES = {"permission": Permission.WRITE}
TEXTS = (
    *("email", "phone", "mayor_name", "authority_name", "authority_email", "signatory_name", "signatory_title"),
    "deliberation",
)
ADDRESSES = ("address", "authority_address")


@get("/{insee_code:str}", name="municipality:show")
async def show_page(
    request: Request[Any, Any, Any], insee_code: FromPath[str], actor: NamedDependency[Actor]
) -> Response[str]:
    """Who receives notices, who signs deposits, and what is still unknown."""
    commune = await get_municipality(insee_code, actor=actor)
    hall = InviteInstitution(insee_code=commune.insee_code)
    context = {
        "commune": commune,
        "writes": may_write(actor),
        "sourced": [SourcedField(name).label.lower() for name in commune.source_fields],
        "mailbox": await mailbox_of(hall, actor),
        "authority_mailbox": await mailbox_of(replace(hall, of_authority=True), actor),
    }
    return render(request, "places/municipality/show.html", context)


@get("/{insee_code:str}/modifier", name="municipality:edit", opt=WRITES)
async def edit_page(
    request: Request[Any, Any, Any], insee_code: FromPath[str], actor: NamedDependency[Actor]
) -> Response[str]:
    """The form of the contacts."""
    commune = await get_municipality(insee_code, actor=actor)
    return render(request, "places/municipality/edit.html", _context(_filled(commune), commune))


@post("/{insee_code:str}/modifier", name="municipality:update", opt=WRITES)
async def update_page(
    request: Request[Any, Any, Any],
    insee_code: FromPath[str],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Redirect | Response[str]:
    """Keep the contacts, or show the form again with every message."""
    form = await read_form(request)
    commune = await get_municipality(insee_code, actor=actor)
    kind = form.choice("authority_kind", AuthorityKind)
    version = form.version(commune.version)
    texts: dict[str, Any] = {name: form.text(name) for name in TEXTS}
    addresses: dict[str, Any] = {name: read_address(form, name) for name in ADDRESSES if address_typed(form, name)}
    command = UpdateMunicipality(
        insee_code=commune.insee_code, version=version, authority_kind=kind, **texts, **addresses
    )
    if not form.faults:
        try:
            await update_municipality(command, actor=actor, now=now, base_url=settings.base_url)
        except MaterielError as refusal:
            form.refuse(refusal)
            address_faults(form)
    if form.faults:
        return render_form(request, "places/municipality/edit.html", form, _context(form, commune))
    await session_of(request).flash("Commune enregistrée. Les documents déjà émis ne changent pas.")
    return Redirect(f"/communes/{commune.insee_code}", status_code=303)


def _filled(commune: Municipality) -> Form:
    form = Form.filled(
        version=commune.version,
        authority_kind=commune.authority_kind,
        **{name: getattr(commune, name) for name in TEXTS},
    )
    for name in ADDRESSES:
        show_address(form, name, getattr(commune, name))
    return form


def _context(form: Form, commune: Municipality) -> dict[str, Any]:
    return {"form": form, "commune": commune, "authorities": list(AuthorityKind)}


router = account_required("/communes", [show_page, edit_page, update_page], Permission.READ)
