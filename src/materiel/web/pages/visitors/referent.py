"""« Mon secteur »: the pupils of a référent who have something of the service, and whether it serves, in three taps."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.attempt import Limit
from materiel.domain.accounts.session import Person
from materiel.domain.circuit.use import UseLevel
from materiel.errors import MaterielError, NotFound
from materiel.use_cases.circuit.asking import AskNeed, ask_need
from materiel.use_cases.circuit.use import NoteSectorUses, note_by_referent, pupil_of_sector, pupils_of_sector
from materiel.use_cases.links.referent import ReferentReader, reader_of_link
from materiel.web.audience import Audience, SessionRequired, referent_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.links.new_link import OF_A_SITE, limit_tries
from materiel.web.pages.loan.use import read_levels
from materiel.web.pages.shell.rendering import render, render_form

PUPIL, NEED = "visitors/referent/pupil.html", "visitors/referent/need.html"

ASKED = Limit(most=40, window=timedelta(hours=1))
"""For one référent: a long meeting names ten pupils."""


@get("/", name="sector:home")
async def home(
    request: Request[Any, Any, Any], person: NamedDependency[Person], now: NamedDependency[datetime]
) -> Response[str]:
    """The pupils, school by school."""
    reader = await reader_of(person, now)
    found = await pupils_of_sector(reader)
    by_school = [list(pupils) for _, pupils in groupby(found, key=lambda each: each.school_uai)]
    schools = [(pupils[0].school_name, pupils[0].school_town, pupils) for pupils in by_school]
    context = {"reader": reader, "schools": schools, "today": person.civil_date(now)}
    return render(request, "visitors/referent/home.html", context)


@get("/eleves/{pupil_id:uuid}", name="sector:pupil")
async def show(
    request: Request[Any, Any, Any],
    pupil_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
) -> Response[str]:
    """What one pupil has, and what was said of it last."""
    reader = await reader_of(person, now)
    form = Form.filled(said_on=person.civil_date(now))
    return render(request, PUPIL, {"form": form, **await _context(pupil_id, reader, person, now)})


@post("/eleves/{pupil_id:uuid}", name="sector:note")
async def note(
    request: Request[Any, Any, Any],
    pupil_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Keep what was said and come back to the sector; the same page with what is at fault."""
    reader = await reader_of(person, now)
    context = await _context(pupil_id, reader, person, now)
    form = await read_form(request)
    said_on = form.day("said_on", required="Indiquez la date de la réunion.")
    levels = read_levels(form, (key for key, _ in context["asked"]))
    if said_on is not None and not form.faults:
        try:
            command = NoteSectorUses(pupil_id=pupil_id, said_on=said_on, levels=levels)
            await note_by_referent(command, reader=reader, now=now)
        except NotFound:
            raise
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            await session_of(request).flash("C'est noté. Merci.")
            return Redirect("/r", status_code=303)
    return render_form(request, PUPIL, form, context)


@get("/besoin", name="sector:need")
async def show_need(
    request: Request[Any, Any, Any], person: NamedDependency[Person], now: NamedDependency[datetime]
) -> Response[str]:
    """Ask equipment for a pupil of the sector, in the words of the decision."""
    reader = await reader_of(person, now)
    return render(request, NEED, {"form": Form(), "reader": reader, "today": person.civil_date(now)})


@post("/besoin", name="sector:ask")
async def ask(
    request: Request[Any, Any, Any], person: NamedDependency[Person], now: NamedDependency[datetime]
) -> Response[Any]:
    """Keep it for the service to confirm; the same page with what is at fault."""
    reader = await reader_of(person, now)
    form = await read_form(request)
    last_name = form.text("last_name", required="Indiquez le nom de l'élève.")
    first_name = form.text("first_name", required="Indiquez son prénom.")
    born = form.day("birth_date", required="Indiquez sa date de naissance.")
    form.text("wording", required="Indiquez les mots de la décision.")
    notified = form.day("notified_on", required="Indiquez la date de la notification.")
    if born is not None and notified is not None and not form.faults:
        await limit_tries(request, "ask_need", OF_A_SITE, now, own=(f"ask_need|{reader.referent.id}", ASKED))
        command = AskNeed(
            last_name=last_name,
            first_name=first_name,
            birth_date=born,
            wording=form.typed("wording"),
            notified_on=notified,
        )
        try:
            await ask_need(command, reader=reader, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            await session_of(request).flash("La demande est transmise. Le service la confirmera.")
            return Redirect("/r", status_code=303)
    return render_form(request, NEED, form, {"reader": reader, "today": person.civil_date(now)})


async def reader_of(person: Person, now: datetime) -> ReferentReader:
    """Whom the link of a référent's session lets in today.

    Raises:
        SessionRequired: the link was revoked, has expired, or its address is no longer the one on file.
    """
    assert person.link_id is not None
    try:
        return await reader_of_link(person.link_id, now=now)
    except NotFound as closed:
        raise SessionRequired(Audience.REFERENT) from closed


async def _context(pupil_id: UUID, reader: ReferentReader, person: Person, now: datetime) -> dict[str, Any]:
    pupil = await pupil_of_sector(pupil_id, reader)
    return {
        "reader": reader,
        "pupil": pupil,
        "asked": [(each.item_id, pupil.called(each)) for each in pupil.held],
        "levels": list(UseLevel),
        "today": person.civil_date(now),
    }


router = referent_required("/r", [home, show, note, show_need, ask])
