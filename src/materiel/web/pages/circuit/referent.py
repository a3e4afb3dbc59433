"""« Référents »: to whom a sector is given for a school year, and the link that opens it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.calendar.school_year import last_day, school_year
from materiel.domain.language.french import enumeration
from materiel.domain.links.referent import NAME_MAX, lines_without_uai, uais_in
from materiel.errors import MaterielError, NotFound
from materiel.settings import Settings
from materiel.use_cases.links.referent import (
    ChangeReferent,
    RecordReferent,
    ReferentSheet,
    change_referent,
    close_referent_links,
    list_referents,
    read_referent,
    record_referent,
    send_referent_link,
)
from materiel.use_cases.mail.status import mail_to_referent
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.shell.rendering import render, render_form
from materiel.web.pages.work.mailing import kind_of, queued

WRITE = {"permission": Permission.WRITE}
EDIT = "circuit/referent_edit.html"
LINES_SHOWN, LINE_SHOWN = 5, 60


@get("/", name="referent:list")
async def list_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """Every référent, whose sector lasts or is over."""
    context = {"referents": await list_referents(actor=actor), "today": actor.civil_date(now)}
    return render(request, "circuit/referents.html", context)


@get("/nouveau", name="referent:new", opt=WRITE)
async def new(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """Whom, until when, which schools."""
    form = Form.filled(ends_on=last_day(school_year(actor.civil_date(now))))
    return render(request, EDIT, _editing(form, None))


@post("/nouveau", name="referent:record", opt=WRITE)
async def record(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[Any]:
    """Keep it and lead to the sheet; the same page with every message when something lacks."""
    form = await read_form(request)
    asked = _read(form)
    if asked is not None:
        try:
            referent = await record_referent(RecordReferent(**asked), actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            await session_of(request).flash("Le secteur est enregistré. Rien n'est encore parti.")
            return Redirect(request.app.route_reverse("referent:show", referent_id=referent.id), status_code=303)
    return render_form(request, EDIT, form, _editing(form, None))


@get("/{referent_id:uuid}", name="referent:show")
async def show(
    request: Request[Any, Any, Any],
    referent_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """The sector, the link, what became of its messages."""
    sheet = await read_referent(referent_id, actor=actor)
    last = sheet.links[-1] if sheet.links else None
    context = {
        "sheet": sheet,
        "referent": sheet.referent,
        "link": last if last is not None and last.is_valid(now) else None,
        "mail": await mail_to_referent(referent_id, actor=actor),
        "today": actor.civil_date(now),
    }
    return render(request, "circuit/referent.html", context)


@get("/{referent_id:uuid}/modifier", name="referent:edit", opt=WRITE)
async def edit(
    request: Request[Any, Any, Any], referent_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[str]:
    """The same, to write it again."""
    sheet = await read_referent(referent_id, actor=actor)
    referent = sheet.referent
    form = Form.filled(
        version=referent.version,
        name=referent.name,
        email=referent.email,
        ends_on=referent.ends_on,
        schools="\n".join(f"{each.uai} {each.name}, {each.municipality_name}" for each in sheet.schools),
    )
    return render(request, EDIT, _editing(form, sheet))


@post("/{referent_id:uuid}/modifier", name="referent:change", opt=WRITE)
async def change(
    request: Request[Any, Any, Any],
    referent_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Write it again; the same page with every message when something lacks."""
    sheet = await read_referent(referent_id, actor=actor)
    form = await read_form(request)
    asked = _read(form)
    if asked is not None:
        version = form.version(sheet.referent.version)
        command = ChangeReferent(referent_id=referent_id, version=version, **asked)
        try:
            await change_referent(command, actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            await session_of(request).flash("Le secteur est modifié.")
            return _to_sheet(request, referent_id)
    return render_form(request, EDIT, form, _editing(form, sheet))


@post("/{referent_id:uuid}/lien", name="referent:send", opt=WRITE)
async def send(
    request: Request[Any, Any, Any],
    referent_id: FromPath[UUID],
    issuer: NamedDependency[Issuer],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Send a link."""
    try:
        link = await send_referent_link(referent_id, issuer=issuer)
    except NotFound:
        raise
    except MaterielError as refusal:
        await session_of(request).flash(refusal.message, "warning")
    else:
        said = queued([link.email], settings, more="Il remplacera le lien précédent quand il sera ouvert.")
        await session_of(request).flash(said, kind_of(said))
    return _to_sheet(request, referent_id)


@post("/{referent_id:uuid}/lien/fermer", name="referent:close", opt=WRITE)
async def close(
    request: Request[Any, Any, Any],
    referent_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Close the links at once."""
    await close_referent_links(referent_id, actor=actor, now=now)
    await session_of(request).flash("Le lien est fermé : il ne laisse plus entrer personne.")
    return _to_sheet(request, referent_id)


def _read(form: Form) -> dict[str, Any] | None:
    """The fields as typed; None after a fault."""
    name = form.text("name", required="Indiquez les prénom et nom.")
    form.text("email", required="Indiquez l'adresse électronique professionnelle : le lien y part.")
    ends_on = form.day("ends_on", required="Indiquez le dernier jour du secteur.")
    form.text("schools", required="Indiquez un établissement au moins, par son code UAI.")
    schools, unread = uais_in(form.lines("schools")), lines_without_uai(form.lines("schools"))
    if schools and unread:
        form.fault("schools", _told(unread))
    if ends_on is None or form.faults:
        return None
    return {"name": name, "email": form.typed("email"), "ends_on": ends_on, "schools": schools}


def _told(unread: Sequence[str]) -> str:
    """What is said of the lines that name no school: a sector that lacks one would be seen by nobody."""
    shown = enumeration([f"« {each[:LINE_SHOWN]} »" for each in unread[:LINES_SHOWN]])
    more = f", et {len(unread) - LINES_SHOWN} de plus" if len(unread) > LINES_SHOWN else ""
    which = "Cette ligne ne contient" if len(unread) == 1 else "Ces lignes ne contiennent"
    return f"{which} aucun code UAI (sept chiffres et une lettre) : {shown}{more}. Ajoutez le code, ou ôtez la ligne."


def _editing(form: Form, sheet: ReferentSheet | None) -> dict[str, Any]:
    return {"form": form, "sheet": sheet, "longest": NAME_MAX}


def _to_sheet(request: Request[Any, Any, Any], referent_id: UUID) -> Redirect:
    return Redirect(request.app.route_reverse("referent:show", referent_id=referent_id), status_code=303)


router = Router(
    "/",
    route_handlers=[
        account_required("/referents", [list_page, new, record, show, edit, change, send, close], Permission.READ)
    ],
    dependencies={"issuer": Provide(provide_issuer)},
)
