"""Pages of pupils: read, create, correct, and note a death, after which nothing is sent to the family."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.desk.dashboard import Concern
from materiel.domain.desk.due import DueAct
from materiel.domain.language.french import long_date
from materiel.domain.links.mailbox import shared_mailbox_warnings
from materiel.domain.loan.elsewhere.leaving import Leaving
from materiel.domain.papers.document import newest_first
from materiel.domain.people.pupil import Pupil
from materiel.domain.people.standing import age_on, is_adult, pupil_acts
from materiel.domain.usage import Basis
from materiel.errors import MaterielError, RuleBroken
from materiel.use_cases.circuit.need import needs_of_pupil
from materiel.use_cases.history.correcting import corrections_about
from materiel.use_cases.links.access_link import links_of_pupil, revoke_link
from materiel.use_cases.links.pupil import write_to_pupil
from materiel.use_cases.loan.elsewhere.liaison import leavings_of
from materiel.use_cases.loan.list import LoanFilter, LoanLine, list_loan_lines
from materiel.use_cases.mail.status import mail_to_family
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.people.confidential_home import papers_telling_address
from materiel.use_cases.people.death import WithdrawDeath, withdraw_death
from materiel.use_cases.people.double import look_alikes
from materiel.use_cases.people.pupil import UpdatePupil, get_pupil, register_pupil, update_pupil
from materiel.use_cases.people.schooling import schools_lived
from materiel.web.acting import provide_issuer, provide_today
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.acting import Button, may_write, shown_in_order
from materiel.web.pages.loan.next_act import dues_of_loans, dues_of_mail
from materiel.web.pages.people.form import form_context, pupil_form, read_pupil
from materiel.web.pages.places.address import address_faults
from materiel.web.pages.shell.rendering import render, render_form

MOST_LOANS = 50
WRITES = {"permission": Permission.WRITE}
MORE_ROWS = frozenset({"domicile", "representant"})


@get("/nouveau", name="pupil:new", opt=WRITES)
async def new_page(request: Request[Any, Any, Any]) -> Response[str]:
    """An empty form."""
    form = Form.filled(protection="none")
    return render(request, "people/edit.html", {"form": form, "pupil": None, **form_context(form)})


@post("/nouveau", name="pupil:create", opt=WRITES)
async def create_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Redirect | Response[str]:
    """Register the pupil, or show the form again with every message."""
    form = await read_form(request)
    if form.typed("action") in MORE_ROWS:
        return render(request, "people/edit.html", {"form": form, "pupil": None, **form_context(form)})
    pupil, alike = None, list[Pupil]()
    try:
        command = await read_pupil(form, actor=actor)
        if command is not None and not form.ticked("homonym"):
            born = command.birth_date
            alike = await look_alikes(command.last_name, command.first_name, born, actor=actor)
        if alike:
            form.fault("homonym", "Un élève de ce nom, né le même jour, est déjà enregistré.")
        elif command is not None:
            pupil = await register_pupil(command, actor=actor, now=now)
    except MaterielError as refusal:
        form.refuse(refusal)
        address_faults(form)
    if pupil is None:
        return render_form(request, "people/edit.html", form, {"pupil": None, **form_context(form), "alike": alike})
    await session_of(request).flash("Élève enregistré.")
    return Redirect(f"/eleves/{pupil.id}", status_code=303)


@get("/{pupil_id:uuid}", name="pupil:show")
async def show_page(
    request: Request[Any, Any, Any],
    pupil_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    today: NamedDependency[date],
) -> Response[str]:
    """The sheet: family, school, loans, and the links by which the family was written to."""
    pupil = await get_pupil(pupil_id, actor=actor)
    lines = await list_loan_lines(LoanFilter(pupil=pupil_id), actor=actor, now=now, limit=MOST_LOANS)
    lived = await schools_lived(pupil, [line.loan for line in lines], actor=actor)
    leavings = await leavings_of(pupil_id, actor=actor)
    mail = await mail_to_family(pupil_id, actor=actor)
    context = {
        "pupil": pupil,
        "school": lived[0].school,
        "lived": lived,
        "loans": lines,
        "papers": newest_first([paper for line in lines for paper in line.papers]),
        "decisions": decisions_of(lines),
        "needs": await needs_of_pupil(pupil_id, actor=actor),
        "dues": shown_in_order(
            [
                *_of_leavings(pupil, leavings),
                *dues_of_mail(mail, actor, today),
                *dues_of_loans(lines, today=today, pupil=pupil, whole=f"/prets?liste=tous&eleve={pupil_id}"),
            ],
            today,
            actor=actor,
        ),
        "age": age_on(pupil, today),
        "today": today,
        "links": list(reversed(await links_of_pupil(pupil_id, actor=actor))),
        "mail": mail,
        "is_adult": is_adult(pupil, today),
        "shared": shared_mailbox_warnings(pupil),
        "acts": pupil_acts(pupil, today),
        "writes": may_write(actor),
        "now": now,
        "telling": await papers_telling_address(pupil_id, actor=actor),
        "leavings": leavings,
        "corrections": await corrections_about([pupil_id], actor=actor),
    }
    return render(request, "people/show.html", context)


def _of_leavings(pupil: Pupil, leavings: Sequence[Leaving]) -> list[tuple[DueAct, Button | None]]:
    """The contact that is still to be made with another académie."""
    return [
        (
            DueAct(
                concerns=(Concern.LIAISON,),
                detail=f"Départ de l'académie le {long_date(each.left_on)}.",
                since=each.left_on,
            ),
            Button(text="Noter le contact", to=f"/eleves/{pupil.id}/depart/{each.id}/contact"),
        )
        for each in leavings
        if each.awaits_contact
    ]


def decisions_of(lines: Sequence[LoanLine]) -> list[Basis]:
    """The decisions that the loans rest upon, each once, the one that lasts longest first."""
    found = dict.fromkeys(line.loan.basis for line in lines if line.loan.basis is not None)
    return sorted(found, key=lambda each: each.valid_until or date.max, reverse=True)


@get("/{pupil_id:uuid}/modifier", name="pupil:edit", opt=WRITES)
async def edit_page(
    request: Request[Any, Any, Any], pupil_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[str]:
    """The form of a known pupil."""
    pupil = await get_pupil(pupil_id, actor=actor)
    form = pupil_form(pupil)
    return render(request, "people/edit.html", {"form": form, "pupil": pupil, **form_context(form)})


@post("/{pupil_id:uuid}/modifier", name="pupil:update", opt=WRITES)
async def update_page(
    request: Request[Any, Any, Any],
    pupil_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect | Response[str]:
    """Correct the pupil, or show the form again with every message."""
    form = await read_form(request)
    pupil = await get_pupil(pupil_id, actor=actor)
    if form.typed("action") in MORE_ROWS:
        return render(request, "people/edit.html", {"form": form, "pupil": pupil, **form_context(form)})
    saved = None
    try:
        typed = await read_pupil(form, actor=actor, known=pupil)
        if typed is not None and not form.faults:
            changes = {name: getattr(typed, name) for name in typed.__dataclass_fields__}
            version = form.version(pupil.version)
            saved = await update_pupil(UpdatePupil(pupil_id=pupil_id, version=version, **changes), actor=actor, now=now)
    except MaterielError as refusal:
        form.refuse(refusal)
        address_faults(form)
    if saved is None:
        return render_form(request, "people/edit.html", form, {"pupil": pupil, **form_context(form)})
    await session_of(request).flash("Fiche corrigée. Les documents déjà émis ne changent pas.")
    return Redirect(f"/eleves/{pupil_id}", status_code=303)


@get("/{pupil_id:uuid}/deces", name="pupil:death", opt=WRITES)
async def death_page(
    request: Request[Any, Any, Any], pupil_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[str]:
    """What noting a death changes, before it is noted."""
    pupil = await get_pupil(pupil_id, actor=actor)
    return render(request, "people/death.html", {"form": Form(), "pupil": pupil})


@post("/{pupil_id:uuid}/deces", name="pupil:note_death", opt=WRITES)
async def note_death_page(
    request: Request[Any, Any, Any],
    pupil_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect | Response[str]:
    """Note the death: no automatic message leaves any more."""
    form = await read_form(request)
    pupil = await get_pupil(pupil_id, actor=actor)
    on = form.day("died_on", required="Indiquez la date du décès.")
    try:
        if on is not None:
            command = UpdatePupil(pupil_id=pupil_id, version=pupil.version, died_on=on)
            await update_pupil(command, actor=actor, now=now)
    except MaterielError as refusal:
        form.refuse(refusal)
    if form.faults:
        return render_form(request, "people/death.html", form, {"pupil": pupil})
    await session_of(request).flash(
        "Le décès est noté : aucun message automatique ne partira plus.",
        undo=(f"/eleves/{pupil_id}/deces/retirer", "à tout moment, avec un motif"),
    )
    return Redirect(f"/eleves/{pupil_id}", status_code=303)


@get("/{pupil_id:uuid}/deces/retirer", name="pupil:withdraw_death", opt=WRITES)
async def withdraw_death_page(
    request: Request[Any, Any, Any], pupil_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[Any]:
    """What taking back a death noted by mistake changes, and why it is taken back."""
    pupil = await get_pupil(pupil_id, actor=actor)
    if pupil.died_on is None:
        return Redirect(f"/eleves/{pupil_id}", status_code=303)
    return render(request, "people/withdraw_death.html", {"form": Form(), "pupil": pupil})


@post("/{pupil_id:uuid}/deces/retirer", name="pupil:death_withdrawn", opt=WRITES)
async def death_withdrawn_page(
    request: Request[Any, Any, Any],
    pupil_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect | Response[str]:
    """Take the death back: links and reminders work again."""
    form = await read_form(request)
    pupil = await get_pupil(pupil_id, actor=actor)
    if pupil.died_on is not None:
        try:
            await withdraw_death(WithdrawDeath(pupil_id=pupil_id, reason=form.text("reason")), actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
            return render_form(request, "people/withdraw_death.html", form, {"pupil": pupil})
    await session_of(request).flash("Le décès est retiré : les liens de la famille fonctionnent de nouveau.")
    return Redirect(f"/eleves/{pupil_id}", status_code=303)


@post("/{pupil_id:uuid}/lien", name="pupil:write", opt=WRITES)
async def write_page(
    request: Request[Any, Any, Any], pupil_id: FromPath[UUID], issuer: NamedDependency[Issuer]
) -> Redirect:
    """Write to the pupil himself, or say why nothing leaves."""
    try:
        await write_to_pupil(pupil_id, issuer=issuer)
        await session_of(request).flash(
            "Le message à l'élève est prêt à partir, avec un lien vers ses matériels et ses documents."
        )
    except RuleBroken as refusal:
        await session_of(request).flash(refusal.message, "warning")
    return Redirect(f"/eleves/{pupil_id}", status_code=303)


@post("/{pupil_id:uuid}/liens/{link_id:uuid}/fermer", name="pupil:revoke_link", opt=WRITES)
async def revoke_page(
    request: Request[Any, Any, Any],
    pupil_id: FromPath[UUID],
    link_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect:
    """Close a link at once, its open sessions included."""
    await revoke_link(link_id, actor=actor, now=now)
    await session_of(request).flash("Le lien est fermé : il n'ouvre plus rien.")
    return Redirect(f"/eleves/{pupil_id}", status_code=303)


router = Router(
    "/",
    route_handlers=[
        account_required(
            "/eleves",
            [
                *(new_page, create_page, show_page, edit_page, update_page),
                *(death_page, note_death_page, withdraw_death_page, death_withdrawn_page, revoke_page, write_page),
            ],
            Permission.READ,
        )
    ],
    dependencies={"today": Provide(provide_today), "issuer": Provide(provide_issuer)},
)
