"""« Matériel déposé chez vous »: what a school or a town hall keeps, whether it is there, what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.session import Person
from materiel.domain.circuit.workshop.safety import ACKNOWLEDGEMENT
from materiel.domain.language.fields import Fields
from materiel.domain.language.typography import bound
from materiel.domain.places.school import School
from materiel.domain.signing.electronic_signature import NAME_MAX
from materiel.domain.visitors.institution import (
    CAPACITY_MAX,
    DECLARED_BY_INSTITUTIONS,
    TO_PROVIDE,
    Deposited,
    Institution,
)
from materiel.errors import MaterielError
from materiel.settings import Settings
from materiel.use_cases.links.deposit import answered_to, held_by, held_item, institution_home
from materiel.use_cases.visitors.presence import Confirmed, confirm_presence, declare_by_institution
from materiel.use_cases.visitors.safety import acknowledge_by_institution, recalls_of_institution
from materiel.web.audience import institution_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.incident.declaring import declaration_context, read_declaration
from materiel.web.pages.links.session import Acting, acting_in, institution_of, keep_acting
from materiel.web.pages.shell.filters import plural, unbroken_date
from materiel.web.pages.shell.rendering import render, render_form
from materiel.web.pages.signing.institution import lot_of

ACTING = "visitors/institution/acting.html"

OPTIONS = [(kind.value, kind.label, TO_PROVIDE[kind]) for kind in DECLARED_BY_INSTITUTIONS]


@get("/", name="institution:home")
async def home(
    request: Request[Any, Any, Any], person: NamedDependency[Person], now: NamedDependency[datetime]
) -> Response[str]:
    """What is kept, to sign, to read and done."""
    return await _home(request, await institution_of(person, now), Form(), now)


@post("/presence", name="institution:confirm")
async def confirm(
    request: Request[Any, Any, Any], person: NamedDependency[Person], now: NamedDependency[datetime]
) -> Response[Any]:
    """Confirm the items ticked, or all those that the page showed."""
    institution = await institution_of(person, now)
    form = await read_form(request)
    wanted = form.many("shown" if form.ticked("all") else "item")
    try:
        confirmed = await confirm_presence(_ids(wanted), institution=institution, now=now)
    except MaterielError as refusal:
        form.refuse(refusal)
        return await _home(request, institution, form, now)
    await session_of(request).flash(thanks(confirmed, person.civil_date(now)))
    return Redirect("/e", status_code=303)


@post("/rappels/{line_id:uuid}/lu", name="institution:safety_read")
async def read_safety(
    request: Request[Any, Any, Any],
    line_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
) -> Redirect:
    """Say that a safety recall was read, and that the thing is used no more."""
    await acknowledge_by_institution(line_id, await institution_of(person, now), now=now)
    await session_of(request).flash(
        bound("C'est noté, merci. L'appareil ne doit plus servir : le service vous dira la suite.")
    )
    return Redirect("/e", status_code=303)


@get("/liste", name="institution:list")
async def show_list(
    request: Request[Any, Any, Any], person: NamedDependency[Person], now: NamedDependency[datetime]
) -> Response[str]:
    """The list alone, to print."""
    institution = await institution_of(person, now)
    context = {"institution": institution, "groups": _groups(institution, await held_by(institution)), "now": now}
    return render(request, "visitors/institution/list.html", context)


@get("/materiels/{item_id:uuid}", name="institution:item")
async def show_item(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
) -> Response[str]:
    """One item: where its label leads when somebody there scans it."""
    institution = await institution_of(person, now)
    held = await held_item(item_id, institution)
    answered = [each for each in await answered_to(institution, [held]) if each.item.id == item_id]
    context = {"institution": institution, "held": held, "school": institution.school(held.school_id)}
    context |= {"answered": answered}
    return render(request, "visitors/institution/item.html", {**context, "today": institution.service.civil_date(now)})


@get("/materiels/{item_id:uuid}/signaler", name="institution:declare")
async def show_declaration(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
) -> Response[str]:
    """Say what is wrong with an item, or that it is no longer needed."""
    institution = await institution_of(person, now)
    held = await held_item(item_id, institution)
    return render(
        request,
        "visitors/institution/declare.html",
        {"form": Form(), **_about(institution, held, person.civil_date(now))},
    )


@post("/materiels/{item_id:uuid}/signaler", name="institution:declare_it")
async def declare(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Keep it and tell the service; the same page with every message when something lacks."""
    institution = await institution_of(person, now)
    held = await held_item(item_id, institution)
    form = await read_form(request)
    command = read_declaration(form, DECLARED_BY_INSTITUTIONS)
    if command is not None:
        try:
            await declare_by_institution(
                command, item_id=item_id, institution=institution, base_url=settings.base_url, now=now
            )
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            await session_of(request).flash(
                "Le service est prévenu. Il vous répondra : vous n'avez rien d'autre à faire."
            )
            return Redirect(f"/e/materiels/{item_id}", status_code=303)
    return render_form(
        request, "visitors/institution/declare.html", form, _about(institution, held, person.civil_date(now))
    )


@get("/qui", name="institution:acting")
async def show_acting(
    request: Request[Any, Any, Any], person: NamedDependency[Person], now: NamedDependency[datetime]
) -> Response[str]:
    """Ask once who acts: several people share the mailbox of the link."""
    institution = await institution_of(person, now)
    acting = acting_in(request)
    form = Form.filled(name=acting.name, capacity=acting.capacity)
    return render(request, ACTING, {"form": form, "institution": institution})


@post("/qui", name="institution:act_as")
async def act_as(
    request: Request[Any, Any, Any], person: NamedDependency[Person], now: NamedDependency[datetime]
) -> Response[Any]:
    """Keep it for the session; what signs is still each signature."""
    institution = await institution_of(person, now)
    form = await read_form(request)
    fields = Fields("acting.invalid")
    name = fields.text("/name", form.typed("name"), longest=NAME_MAX, required=True, name="vos prénom et nom")
    capacity = fields.text(
        "/capacity", form.typed("capacity"), longest=CAPACITY_MAX, required=True, name="votre qualité"
    )
    try:
        fields.check()
    except MaterielError as refusal:
        form.refuse(refusal)
        return render_form(request, ACTING, form, {"institution": institution})
    await keep_acting(request, Acting(name, capacity))
    return Redirect("/e", status_code=303)


async def _home(request: Request[Any, Any, Any], institution: Institution, form: Form, now: datetime) -> Response[str]:
    shown = await institution_home(institution)
    context = {
        "institution": institution,
        "home": shown,
        "recalls": await recalls_of_institution(shown.held, institution),
        "said": bound(ACKNOWLEDGEMENT),
        "lot": lot_of(institution, shown.to_sign),
        "acting": acting_in(request),
        "groups": _groups(institution, shown.held),
        "today": institution.service.civil_date(now),
        "form": form,
    }
    return render(request, "visitors/institution/home.html", context, status=form.status if form.faults else 200)


def _groups(institution: Institution, held: Sequence[Deposited]) -> list[tuple[School, list[Deposited]]]:
    """The items school by school; a school that keeps nothing is left out."""
    by_school = [(school, [each for each in held if each.school_id == school.id]) for school in institution.schools]
    return [(school, kept) for school, kept in by_school if kept]


def _ids(typed: Sequence[str]) -> list[UUID]:
    """The ids of ticked boxes; what is no id is no item."""
    found = []
    for each in typed:
        try:
            found.append(UUID(each))
        except ValueError:
            found.append(UUID(int=0))
    return found


def thanks(confirmed: Confirmed, today: date) -> str:
    """What is said to whoever confirmed."""
    number = len(confirmed.items)
    return bound(f"C'est noté : {plural(number, 'matériel présent')} le {unbroken_date(today)}. Merci.")


def _about(institution: Institution, held: Deposited, today: date) -> dict[str, Any]:
    return {"institution": institution, "held": held, **declaration_context(held.item, OPTIONS, today)}


router = institution_required(
    "/e", [home, confirm, read_safety, show_list, show_item, show_declaration, declare, show_acting, act_as]
)
