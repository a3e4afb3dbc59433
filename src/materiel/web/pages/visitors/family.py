"""« Mes matériels »: what a family holds and until when, its papers, and what to tell the service."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.session import Person
from materiel.domain.circuit.workshop.safety import ACKNOWLEDGEMENT
from materiel.domain.incident.incident import DECLARED_BY_FAMILIES, PROVIDE, IncidentKind
from materiel.domain.language.typography import bound
from materiel.errors import MaterielError
from materiel.settings import Settings
from materiel.use_cases.visitors.condition import remarkable_items
from materiel.use_cases.visitors.family import declare_by_family, family_home, held_item
from materiel.use_cases.visitors.having import answer_by_family, asked_of_family
from materiel.use_cases.visitors.liaison import family_liaison_sheet, leaving_of
from materiel.use_cases.visitors.safety import acknowledge_by_family, recalls_of_family
from materiel.web.audience import family_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.acting import pdf_answer
from materiel.web.pages.incident.declaring import declaration_context, read_declaration
from materiel.web.pages.links.session import of_whom, readers_of
from materiel.web.pages.shell.rendering import render, render_form
from materiel.web.pages.signing.family import lots_of

SAID = {
    IncidentKind.BREAKDOWN: "Il ne marche plus",
    IncidentKind.DAMAGE: "Il est cassé ou abîmé",
    IncidentKind.LOSS: "Il est perdu",
    IncidentKind.THEFT: "Il a été volé",
    IncidentKind.RETURN_WISH: "Je voudrais le rendre",
}
"""The kinds as a family says them."""

THANKS = bound("C'est noté, merci. N'utilisez plus l'appareil : le service vous dira la suite.")

OPTIONS = [(kind.value, SAID[kind], " ".join(bound(each) for each in PROVIDE[kind])) for kind in DECLARED_BY_FAMILIES]


@get("/", name="family:home")
async def home(
    request: Request[Any, Any, Any], person: NamedDependency[Person], now: NamedDependency[datetime]
) -> Response[str]:
    """What is held, what is to sign, what is signed."""
    readers = await readers_of(person, now)
    homes = [(reader, await family_home(reader)) for reader in readers]
    asked = await asked_of_family([home for _, home in homes])
    held = {(lent.loan.id, each.item.id) for _, home in homes for lent in home.loans for each in lent.items}
    may_be_told = {reader.pupil.id: await remarkable_items(reader, now) for reader in readers}
    context = {
        "homes": homes,
        "leavings": {reader.pupil.id: await leaving_of(reader) for reader in readers},
        "lots": lots_of(homes),
        "recalls": {
            reader.pupil.id: await recalls_of_family(shown.loans, reader) for reader, shown in homes if reader.acts
        },
        "said": bound(ACKNOWLEDGEMENT),
        "today": person.civil_date(now),
        "provide": PROVIDE,
        "asked": asked,
        "remarkable": {(each.loan_id, each.item.id) for told in may_be_told.values() for each in told},
        "given_back": {
            pupil_id: [each for each in told if (each.loan_id, each.item.id) not in held]
            for pupil_id, told in may_be_told.items()
        },
        "unanswered": [each for each in asked.values() if each.has_it is None],
    }
    return render(request, "visitors/family/home.html", context)


@post("/prets/{loan_id:uuid}/{item_id:uuid}/presence", name="family:answer")
async def answer(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    item_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
) -> Redirect:
    """« Je l'ai », or « Je ne le trouve pas », which is a question to the service and nothing else."""
    form = await read_form(request)
    has_it = form.typed("has_it") == "oui"
    _, held = await of_whom(
        await readers_of(person, now),
        lambda each: answer_by_family(loan_id, item_id, has_it=has_it, person=each, now=now),
    )
    said = "vous l'avez. Merci." if has_it else "vous ne le trouvez pas. Le service cherchera avec vous."
    await session_of(request).flash(bound(f"C'est noté pour le n° {held.item.inventory_number} : {said}"))
    return Redirect("/f", status_code=303)


@post("/rappels/{line_id:uuid}/lu", name="family:safety_read")
async def read_safety(
    request: Request[Any, Any, Any],
    line_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
) -> Redirect:
    """Say that a safety recall was read, and that the thing is used no more."""
    await of_whom(await readers_of(person, now), lambda each: acknowledge_by_family(line_id, each, now=now))
    await session_of(request).flash(THANKS)
    return Redirect("/f", status_code=303)


@get("/prets/{loan_id:uuid}/{item_id:uuid}/signaler", name="family:declare")
async def show_declaration(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    item_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
) -> Response[str]:
    """Say what happened to an item, or ask to give it back."""
    _, (_, held) = await of_whom(await readers_of(person, now), lambda each: held_item(loan_id, item_id, each))
    context = declaration_context(held.item, OPTIONS, person.civil_date(now))
    return render(request, "visitors/family/declare.html", {"form": Form(), **context})


@post("/prets/{loan_id:uuid}/{item_id:uuid}/signaler", name="family:declare_it")
async def declare(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    item_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Keep it and tell the service; the same page with every message when something lacks."""
    reader, (_, held) = await of_whom(await readers_of(person, now), lambda each: held_item(loan_id, item_id, each))
    form = await read_form(request)
    command = read_declaration(form, DECLARED_BY_FAMILIES)
    if command is not None:
        try:
            await declare_by_family(
                command, loan_id=loan_id, item_id=item_id, person=reader, base_url=settings.base_url, now=now
            )
            return Redirect(f"/f/prets/{loan_id}/{item_id}/signale", status_code=303)
        except MaterielError as refusal:
            form.refuse(refusal)
    context = declaration_context(held.item, OPTIONS, person.civil_date(now))
    return render_form(request, "visitors/family/declare.html", form, context)


@get("/prets/{loan_id:uuid}/{item_id:uuid}/signale", name="family:declared")
async def show_declared(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    item_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
) -> Response[str]:
    """What was declared about an item, what to provide, and where it stands."""
    reader, (shown, held) = await of_whom(await readers_of(person, now), lambda each: held_item(loan_id, item_id, each))
    service = (await family_home(reader)).service
    context = {"held": held, "loan": shown.loan, "provide": PROVIDE, "service": service}
    return render(request, "visitors/family/declared.html", context)


@get("/departs/{leaving_id:uuid}/fiche.pdf", name="family:liaison")
async def liaison(
    leaving_id: FromPath[UUID], person: NamedDependency[Person], now: NamedDependency[datetime]
) -> Response[bytes]:
    """The liaison sheet that the family carries to the other académie."""
    readers, today = await readers_of(person, now), person.civil_date(now)
    _, data = await of_whom(readers, lambda each: family_liaison_sheet(leaving_id, each, today))
    return pdf_answer(data, "fiche-de-liaison")


router = family_required("/f", [home, answer, read_safety, show_declaration, declare, show_declared, liaison])
