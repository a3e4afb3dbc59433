"""Confirming presence by labels: a reader, the camera, a photograph or the keyboard, each enough alone.

Only the labels of what this institution keeps are recognised: an unknown code and another school's answer alike.
"""

from __future__ import annotations

from datetime import date, datetime
from time import monotonic
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from materiel.domain.accounts.session import Person
from materiel.errors import MaterielError
from materiel.use_cases.item.code import LARGEST_UPLOAD, codes_in_photo
from materiel.use_cases.links.deposit import find_held, held_by
from materiel.use_cases.visitors.presence import Confirmed, confirm_readings
from materiel.web.audience import Audience, page_router
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.item.scanner import PICTURES
from materiel.web.pages.links.session import institution_of
from materiel.web.pages.shell.filters import inflected, plural
from materiel.web.pages.shell.rendering import render, render_form
from materiel.web.pages.visitors.institution import thanks

NO_CODE = (
    "Aucune étiquette n'est lisible sur cette photo : rapprochez l'appareil, évitez les reflets, "
    "ou saisissez les numéros."
)


@get("/", name="institution:scan")
async def show(
    request: Request[Any, Any, Any], person: NamedDependency[Person], now: NamedDependency[datetime]
) -> Response[str]:
    """Confirm by scanning labels, filming or photographing them, or typing numbers."""
    institution = await institution_of(person, now)
    return render(request, "visitors/institution/scan.html", {"form": Form(), "institution": institution})


@post("/", name="institution:scan_confirm")
async def confirm(
    request: Request[Any, Any, Any], person: NamedDependency[Person], now: NamedDependency[datetime]
) -> Response[Any]:
    """Confirm what was read; what is not recognised comes back to be corrected, the rest is done."""
    institution = await institution_of(person, now)
    form = await read_form(request)
    photo = form.file("photo")
    try:
        if photo is not None:
            PICTURES.take(str(person.link_id), monotonic())
        codes = await codes_in_photo(await photo.read()) if photo is not None else []
        if photo is not None and not codes:
            form.fault("photo", NO_CODE)
        typed = "\n".join((form.typed("codes"), *codes))
        if not form.faults or typed.strip():
            confirmed = await confirm_readings(typed, institution=institution, now=now)
            if not confirmed.unknown and not form.faults:
                await session_of(request).flash(thanks(confirmed, person.civil_date(now)))
                return Redirect("/e", status_code=303)
            form = _not_recognised(form, confirmed, person.civil_date(now))
    except MaterielError as refusal:
        about_photo = refusal.code.startswith(("photo.", "request."))
        form.fault("photo" if about_photo else "codes", refusal.message)
    return render_form(request, "visitors/institution/scan.html", form, {"institution": institution})


@post("/image", name="institution:scan_image", status_code=200)
async def read_image(
    request: Request[Any, Any, Any], person: NamedDependency[Person], now: NamedDependency[datetime]
) -> dict[str, list[str]]:
    """The codes of one picture of the camera, for browsers that cannot read them by themselves."""
    await institution_of(person, now)
    PICTURES.take(str(person.link_id), monotonic())
    return {"codes": await codes_in_photo(await request.body())}


@post("/code", name="institution:scan_code", status_code=200)
async def recognise(
    request: Request[Any, Any, Any], person: NamedDependency[Person], now: NamedDependency[datetime]
) -> dict[str, dict[str, str] | None]:
    """The item of a label filmed, to be added to those to confirm; nothing is written."""
    institution = await institution_of(person, now)
    form = await read_form(request)
    held = find_held(form.typed("code"), await held_by(institution))
    if held is None:
        return {"item": None}
    return {"item": {"number": held.item.inventory_number, "designation": institution.calls(held.item)}}


def _not_recognised(form: Form, confirmed: Confirmed, today: date) -> Form:
    """The form with what is left to correct, and what was done said first."""
    again = Form({"codes": ["\n".join(confirmed.unknown)]})
    again.faults = list(form.faults)
    if confirmed.unknown:
        number = len(confirmed.unknown)
        again.fault(
            "codes",
            f"{plural(number, 'ligne')} ne {inflected(number, 'désigne', 'désignent')} aucun matériel déposé "
            "chez vous. Corrigez ou effacez ce qui reste ci-dessous.",
        )
    if confirmed.items:
        again.set("done", thanks(confirmed, today))
    return again


router = page_router(
    "/e/scanner",
    [show, confirm, read_image, recognise],
    audience=Audience.INSTITUTION,
    largest_body=LARGEST_UPLOAD,
)
