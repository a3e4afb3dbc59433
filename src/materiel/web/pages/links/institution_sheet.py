"""For managers: what a school or a local authority keeps, confirmed, signed and read, and the link to its mailbox.

Three places have such a page: a school, a commune, and the body that runs the écoles of a commune. Each router below
says which one an address names; the handlers are the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.errors import MaterielError, NotFound
from materiel.settings import Settings
from materiel.use_cases.links.access_link import revoke_link
from materiel.use_cases.links.institution import (
    InviteInstitution,
    deposit_list,
    institution_sheet,
    links_of_institution,
)
from materiel.use_cases.links.institution_link import invite_institution
from materiel.use_cases.mail.status import mail_to_institution
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.audience import Audience, page_router
from materiel.web.http.session import session_of
from materiel.web.pages.acting import may_write, pdf_answer
from materiel.web.pages.links.mailbox import record_of, settle
from materiel.web.pages.shell.rendering import render
from materiel.web.pages.work.mailing import kind_of, queued

WRITES = {"permission": Permission.WRITE}


async def provide_school(uai: FromPath[str]) -> InviteInstitution:
    """A school."""
    return InviteInstitution(uai=uai)


async def provide_commune(insee_code: FromPath[str]) -> InviteInstitution:
    """A commune: its mayor."""
    return InviteInstitution(insee_code=insee_code)


async def provide_authority(insee_code: FromPath[str]) -> InviteInstitution:
    """The body that runs the écoles of a commune, when it is not the commune itself."""
    return InviteInstitution(insee_code=insee_code, of_authority=True)


async def show(
    request: Request[Any, Any, Any],
    place: NamedDependency[InviteInstitution],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """What it sees, and its link."""
    sheet = await institution_sheet(place, actor=actor)
    last = sheet.links[-1] if sheet.links else None
    context = {
        "sheet": sheet,
        "institution": sheet.institution,
        "link": last if last is not None and last.is_valid(now) else None,
        "place": _address(place),
        "record": record_of(place),
        "writes": may_write(actor),
        "mail": await mail_to_institution(place, actor=actor),
        "today": actor.civil_date(now),
    }
    return render(request, "visitors/institution/sheet.html", context)


async def show_list(
    place: NamedDependency[InviteInstitution], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[bytes]:
    """What it keeps, to print."""
    return pdf_answer(await deposit_list(place, actor=actor, now=now), "materiel-depose")


async def invite(
    request: Request[Any, Any, Any],
    place: NamedDependency[InviteInstitution],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Send a link to its mailbox."""
    try:
        invited = await invite_institution(place, issuer=Issuer(actor=actor, now=now, base_url=settings.base_url))
    except NotFound:
        raise
    except MaterielError as refusal:
        await session_of(request).flash(refusal.message, "warning")
    else:
        said = queued([invited.link.email], settings, more="Il remplacera le lien précédent quand il sera ouvert.")
        await session_of(request).flash(said, kind_of(said))
    return _back(place)


async def close(
    request: Request[Any, Any, Any],
    place: NamedDependency[InviteInstitution],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Close its link."""
    for link in await links_of_institution(place, actor=actor):
        await revoke_link(link.id, actor=actor, now=now)
    await session_of(request).flash("Le lien est fermé : il ne laisse plus entrer personne.")
    return _back(place)


def _address(place: InviteInstitution) -> str:
    return f"{record_of(place)}{'/collectivite' if place.of_authority else ''}"


def _back(place: InviteInstitution) -> Response[Any]:
    return Redirect(f"{_address(place)}/depots", status_code=303)


def _pages(path: str, name: str, provide: Callable[[Any], Awaitable[InviteInstitution]]) -> Router:
    """The pages of one kind of place; the mailbox of an authority is settled on the sheet of its commune."""
    mailbox = [] if name == "authority" else [post("/boite", name=f"{name}:mailbox", opt=WRITES)(settle)]
    return page_router(
        path,
        [
            get("/depots", name=f"institution_sheet:{name}")(show),
            get("/depots.pdf", name=f"institution_sheet:list_{name}")(show_list),
            post("/lien", name=f"institution_sheet:invite_{name}", opt=WRITES)(invite),
            post("/lien/fermer", name=f"institution_sheet:close_{name}", opt=WRITES)(close),
            *mailbox,
        ],
        audience=Audience.ACCOUNT,
        permission=Permission.READ,
        dependencies={"place": Provide(provide)},
    )


router = Router(
    "/",
    route_handlers=[
        _pages("/etablissements/{uai:str}", "school", provide_school),
        _pages("/communes/{insee_code:str}", "municipality", provide_commune),
        _pages("/communes/{insee_code:str}/collectivite", "authority", provide_authority),
    ],
)
