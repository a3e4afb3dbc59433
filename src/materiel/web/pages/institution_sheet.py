"""For managers: what a school or a commune keeps, confirmed, signed and read, and the link sent to its mailbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.roles import Actor, Permission
from materiel.domain.school_year import civil_date
from materiel.errors import MaterielError, NotFound
from materiel.settings import Settings
from materiel.use_cases.access_link import revoke_link
from materiel.use_cases.institution import (
    InviteInstitution,
    institution_sheet,
    invite_institution,
    links_of_institution,
)
from materiel.use_cases.issuing import Issuer
from materiel.web.audience import account_required
from materiel.web.pages.acting import may_write
from materiel.web.pages.rendering import render
from materiel.web.session import session_of

WRITES = {"permission": Permission.WRITE}


@get("/etablissements/{uai:str}/depots", name="institution_sheet:school")
async def show_school(
    request: Request[Any, Any, Any],
    uai: FromPath[str],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """A school."""
    return await _show(request, InviteInstitution(uai=uai), actor, now)


@get("/communes/{insee_code:str}/depots", name="institution_sheet:municipality")
async def show_municipality(
    request: Request[Any, Any, Any],
    insee_code: FromPath[str],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """A commune, or the body that runs its écoles."""
    return await _show(request, InviteInstitution(insee_code=insee_code), actor, now)


@post("/etablissements/{uai:str}/lien", name="institution_sheet:invite_school", opt=WRITES)
async def invite_school(
    request: Request[Any, Any, Any],
    uai: FromPath[str],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Send a link to the mailbox of a school."""
    issuer = Issuer(actor=actor, now=now, base_url=settings.base_url)
    return await _invite(request, InviteInstitution(uai=uai), issuer)


@post("/communes/{insee_code:str}/lien", name="institution_sheet:invite_municipality", opt=WRITES)
async def invite_municipality(
    request: Request[Any, Any, Any],
    insee_code: FromPath[str],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Send a link to the mailbox of a commune."""
    issuer = Issuer(actor=actor, now=now, base_url=settings.base_url)
    return await _invite(request, InviteInstitution(insee_code=insee_code), issuer)


@post("/etablissements/{uai:str}/lien/fermer", name="institution_sheet:close_school", opt=WRITES)
async def close_school(
    request: Request[Any, Any, Any],
    uai: FromPath[str],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Close the link of a school."""
    return await _close(request, InviteInstitution(uai=uai), actor, now)


@post("/communes/{insee_code:str}/lien/fermer", name="institution_sheet:close_municipality", opt=WRITES)
async def close_municipality(
    request: Request[Any, Any, Any],
    insee_code: FromPath[str],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Close the link of a commune."""
    return await _close(request, InviteInstitution(insee_code=insee_code), actor, now)


async def _show(
    request: Request[Any, Any, Any], command: InviteInstitution, actor: Actor, now: datetime
) -> Response[str]:
    sheet = await institution_sheet(command, actor=actor)
    last = sheet.links[-1] if sheet.links else None
    context = {
        "sheet": sheet,
        "institution": sheet.institution,
        "link": last if last is not None and last.is_valid(now) else None,
        "place": _place(command),
        "writes": may_write(actor),
        "today": civil_date(now),
    }
    return render(request, "institution/sheet.html", context)


async def _invite(request: Request[Any, Any, Any], command: InviteInstitution, issuer: Issuer) -> Response[Any]:
    try:
        invited = await invite_institution(command, issuer=issuer)
    except NotFound:
        raise
    except MaterielError as refusal:
        await session_of(request).flash(refusal.message, "warning")
    else:
        await session_of(request).flash(f"Le lien est parti à {invited.link.email}. Les liens précédents sont fermés.")
    return _back(command)


async def _close(
    request: Request[Any, Any, Any], command: InviteInstitution, actor: Actor, now: datetime
) -> Response[Any]:
    for link in await links_of_institution(command, actor=actor):
        await revoke_link(link.id, actor=actor, now=now)
    await session_of(request).flash("Le lien est fermé : il ne laisse plus entrer personne.")
    return _back(command)


def _place(command: InviteInstitution) -> str:
    return f"/etablissements/{command.uai}" if command.uai else f"/communes/{command.insee_code}"


def _back(command: InviteInstitution) -> Response[Any]:
    return Redirect(f"{_place(command)}/depots", status_code=303)


router = account_required(
    "/",
    [
        *(show_school, show_municipality, invite_school, invite_municipality),
        *(close_school, close_municipality),
    ],
    Permission.READ,
)
