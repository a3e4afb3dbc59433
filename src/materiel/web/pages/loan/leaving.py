"""« L'élève quitte l'académie »: note it, record the contact with the other one, take it back, print the sheet."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.academies import ACADEMIES
from materiel.domain.accounts.roles import Actor, Permission
from materiel.errors import MaterielError
from materiel.use_cases.loan.elsewhere.leaving import (
    RecordLeaving,
    WithdrawLeaving,
    foreseen,
    liaison_paper,
    liaison_sheet,
    record_leaving,
    withdraw_leaving,
)
from materiel.use_cases.loan.elsewhere.liaison import RecordContact, get_leaving, record_contact
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.people.pupil import get_pupil
from materiel.web.acting import provide_issuer, provide_today
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.acting import letters_text, pdf_answer, post_text
from materiel.web.pages.shell.rendering import render, render_form

CHOICES = sorted(((each.code, each.name) for each in ACADEMIES.values()), key=lambda each: each[1])


@get("/{pupil_id:uuid}/depart", name="pupil:leave")
async def leave_page(
    request: Request[Any, Any, Any],
    pupil_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    today: NamedDependency[date],
) -> Response[str]:
    """What the departure will do to each loan, before it is noted."""
    form = Form.filled(left_on=today)
    return render(request, "people/leave.html", {"form": form, **await _context(pupil_id, actor, today)})


@post("/{pupil_id:uuid}/depart", name="pupil:left")
async def left_page(
    request: Request[Any, Any, Any], pupil_id: FromPath[UUID], issuer: NamedDependency[Issuer]
) -> Redirect | Response[str]:
    """Note it, or show the form again with every message."""
    form = await read_form(request)
    left_on = form.day("left_on", required="Indiquez le jour du départ.")
    kept_until, contact_on = form.day("kept_until"), form.day("contact_on")
    done = None
    try:
        if left_on is not None and not form.faults:
            command = RecordLeaving(
                pupil_id=pupil_id,
                left_on=left_on,
                academie=form.typed("academie"),
                departement=form.text("departement"),
                school=form.text("school"),
                kept_until=kept_until,
                contact_on=contact_on,
                contact_with=form.text("contact_with"),
            )
            done = await record_leaving(command, issuer=issuer)
    except MaterielError as refusal:
        form.refuse(refusal)
    if done is None:
        return render_form(request, "people/leave.html", form, await _context(pupil_id, issuer.actor, issuer.today))
    await session_of(request).flash(
        f"Le départ est noté. {letters_text(done.letters)}".strip(),
        left=post_text(done.letters),
        undo=(f"/eleves/{pupil_id}/depart/{done.leaving.id}/retirer", "à tout moment ; un prêt annulé reste à refaire"),
    )
    return Redirect(f"/eleves/{pupil_id}", status_code=303)


@get("/{pupil_id:uuid}/depart/{leaving_id:uuid}/contact", name="pupil:liaison")
async def contact_page(
    request: Request[Any, Any, Any],
    pupil_id: FromPath[UUID],
    leaving_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    today: NamedDependency[date],
) -> Response[str]:
    """When the contact was made, and with which service."""
    shown = await _one(pupil_id, leaving_id, actor)
    form = Form.filled(contact_on=today, academie=shown["leaving"].academie, school=shown["leaving"].school)
    return render(request, "people/liaison.html", {"form": form, "today": today, **shown})


@post("/{pupil_id:uuid}/depart/{leaving_id:uuid}/contact", name="pupil:liaison_made")
async def contact_made_page(
    request: Request[Any, Any, Any],
    pupil_id: FromPath[UUID],
    leaving_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    today: NamedDependency[date],
) -> Redirect | Response[str]:
    """Record it: the home page reminds of it no more."""
    form = await read_form(request)
    on = form.day("contact_on", required="Indiquez le jour du contact.")
    try:
        if on is not None:
            command = RecordContact(
                pupil_id=pupil_id,
                leaving_id=leaving_id,
                contact_on=on,
                contact_with=form.text("contact_with"),
                academie=form.typed("academie"),
                school=form.text("school"),
            )
            await record_contact(command, actor=actor, now=now)
    except MaterielError as refusal:
        form.refuse(refusal)
    if form.faults:
        shown = await _one(pupil_id, leaving_id, actor)
        return render_form(request, "people/liaison.html", form, {"today": today, **shown})
    await session_of(request).flash("Le contact est noté.")
    return Redirect(f"/eleves/{pupil_id}", status_code=303)


@get("/{pupil_id:uuid}/depart/{leaving_id:uuid}/retirer", name="pupil:withdraw_leaving")
async def withdraw_page(
    request: Request[Any, Any, Any],
    pupil_id: FromPath[UUID],
    leaving_id: FromPath[UUID],
    actor: NamedDependency[Actor],
) -> Response[str]:
    """What taking the departure back changes, and why it is taken back."""
    return render(request, "people/withdraw_leaving.html", {"form": Form(), **await _one(pupil_id, leaving_id, actor)})


@post("/{pupil_id:uuid}/depart/{leaving_id:uuid}/retirer", name="pupil:leaving_withdrawn")
async def withdrawn_page(
    request: Request[Any, Any, Any],
    pupil_id: FromPath[UUID],
    leaving_id: FromPath[UUID],
    issuer: NamedDependency[Issuer],
) -> Redirect | Response[str]:
    """Take it back: what it claimed is claimed no more."""
    form = await read_form(request)
    try:
        command = WithdrawLeaving(pupil_id=pupil_id, leaving_id=leaving_id, reason=form.text("reason"))
        done = await withdraw_leaving(command, issuer=issuer)
    except MaterielError as refusal:
        form.refuse(refusal)
        shown = await _one(pupil_id, leaving_id, issuer.actor)
        return render_form(request, "people/withdraw_leaving.html", form, shown)
    await session_of(request).flash(
        f"Le départ est retiré. {letters_text(done.letters)}".strip(), left=post_text(done.letters)
    )
    return Redirect(f"/eleves/{pupil_id}", status_code=303)


@get("/{pupil_id:uuid}/depart/{leaving_id:uuid}/fiche", name="pupil:liaison_sheet")
async def sheet_page(
    request: Request[Any, Any, Any],
    pupil_id: FromPath[UUID],
    leaving_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    today: NamedDependency[date],
) -> Response[str]:
    """The sheet that the family carries to the other académie, to print."""
    shown = await liaison_sheet(pupil_id, leaving_id, actor=actor)
    return render(request, "people/liaison_sheet.html", {"sheet": shown, "today": today})


@get("/{pupil_id:uuid}/depart/{leaving_id:uuid}/fiche.pdf", name="pupil:liaison_paper")
async def paper_page(
    pupil_id: FromPath[UUID],
    leaving_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    today: NamedDependency[date],
) -> Response[bytes]:
    """The same as a PDF, to give or to send."""
    return pdf_answer(await liaison_paper(pupil_id, leaving_id, actor=actor, today=today), "fiche-de-liaison")


async def _context(pupil_id: UUID, actor: Actor, today: date) -> dict[str, Any]:
    return {
        "pupil": await get_pupil(pupil_id, actor=actor),
        "reached": await foreseen(pupil_id, actor=actor),
        "academies": CHOICES,
        "today": today,
    }


async def _one(pupil_id: UUID, leaving_id: UUID, actor: Actor) -> dict[str, Any]:
    pupil = await get_pupil(pupil_id, actor=actor)
    return {"pupil": pupil, "leaving": await get_leaving(pupil_id, leaving_id, actor=actor), "academies": CHOICES}


router = Router(
    "/",
    route_handlers=[
        account_required(
            "/eleves",
            [
                *(leave_page, left_page, contact_page, contact_made_page),
                *(withdraw_page, withdrawn_page, sheet_page, paper_page),
            ],
            Permission.WRITE,
        )
    ],
    dependencies={"issuer": Provide(provide_issuer), "today": Provide(provide_today)},
)
