"""Photographs of an item: see them, attach some, delete one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.incident.photo import LARGEST_PHOTO, MOST_AT_ONCE, PhotoOccasion
from materiel.errors import MaterielError, NotFound
from materiel.use_cases.incident.photo import AddPhotos, add_photos, photos_of_item, read_photo, remove_photo
from materiel.use_cases.item.item import get_item
from materiel.web.acting import provide_today
from materiel.web.audience import Audience, page_router
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.session import session_of
from materiel.web.pages.shell.filters import plural
from materiel.web.pages.shell.rendering import render, render_form

TEMPLATE = "item/photos.html"
JPEG = "image/jpeg"
WRITE = {"permission": Permission.WRITE}


@get("/{item_id:uuid}/photos", name="item:photos")
async def show(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    today: NamedDependency[date],
) -> Response[str]:
    """The photographs of an item, and the form that attaches more; `?incident=` says which one they are about."""
    incident = read_query(request).typed("incident")
    occasion = PhotoOccasion.INCIDENT if incident else None
    form = Form.filled(taken_on=today, incident=incident, occasion=occasion)
    return render(request, TEMPLATE, {"form": form, **await _context(item_id, actor, today)})


@post("/{item_id:uuid}/photos", name="item:add_photos", opt=WRITE)
async def add(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    today: NamedDependency[date],
) -> Response[Any]:
    """Attach photographs."""
    form = await read_form(request)
    occasion = form.choice("occasion", PhotoOccasion, required="Dites quand ces photos ont été prises.")
    taken_on = form.day("taken_on", required="Indiquez le jour.")
    sent = form.several_files("photos")
    if not sent:
        form.fault("photos", "Choisissez une photo, ou plusieurs.")
    if occasion is not None and taken_on is not None and not form.faults:
        command = AddPhotos(
            item_id=item_id,
            files=tuple([await each.read() for each in sent]),
            occasion=occasion,
            taken_on=taken_on,
            incident_id=_incident(form),
        )
        try:
            kept = await add_photos(command, actor=actor, now=now)
        except NotFound:
            raise
        except MaterielError as refusal:
            form.refuse(refusal, "taken_on" if refusal.code == "photo.in_future" else "photos")
        else:
            said = plural(kept, "photo jointe") if kept else "Ces photos étaient déjà jointes : rien n'a changé"
            await session_of(request).flash(f"{said}.")
            return Redirect(request.app.route_reverse("item:photos", item_id=item_id), status_code=303)
    return render_form(request, TEMPLATE, form, await _context(item_id, actor, today))


@get("/{item_id:uuid}/photos/{photo_id:uuid}", name="item:photo")
async def large(item_id: FromPath[UUID], photo_id: FromPath[UUID], actor: NamedDependency[Actor]) -> Response[bytes]:
    """A photograph, which we made again from what was sent."""
    return Response(await read_photo(item_id, photo_id, actor=actor), media_type=JPEG)


@get("/{item_id:uuid}/photos/{photo_id:uuid}/vignette", name="item:thumbnail")
async def small(item_id: FromPath[UUID], photo_id: FromPath[UUID], actor: NamedDependency[Actor]) -> Response[bytes]:
    """Its thumbnail."""
    return Response(await read_photo(item_id, photo_id, actor=actor, small=True), media_type=JPEG)


@post("/{item_id:uuid}/photos/{photo_id:uuid}/supprimer", name="item:remove_photo", opt=WRITE)
async def remove(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    photo_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect:
    """Delete a photograph that should not be there."""
    await remove_photo(item_id, photo_id, actor=actor, now=now)
    await session_of(request).flash("La photo est supprimée.")
    return Redirect(request.app.route_reverse("item:photos", item_id=item_id), status_code=303)


def _incident(form: Form) -> UUID | None:
    try:
        return UUID(form.typed("incident"))
    except ValueError:
        return None


async def _context(item_id: UUID, actor: Actor, today: date) -> dict[str, Any]:
    return {
        "item": await get_item(item_id, actor=actor),
        "photos": await photos_of_item(item_id, actor=actor),
        "occasions": list(PhotoOccasion),
        "megabytes": LARGEST_PHOTO // 10**6,
        "most": MOST_AT_ONCE,
        "today": today,
    }


router = page_router(
    "/materiels",
    [show, add, large, small, remove],
    audience=Audience.ACCOUNT,
    permission=Permission.READ,
    largest_body=MOST_AT_ONCE * LARGEST_PHOTO + 50_000_000,
    dependencies={"today": Provide(provide_today)},
)
