"""« Noter l'état »: the states of an item, a new one, its sheet with marks and photographs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.condition.outline import ItemView, ItemZone, MarkKind, Outline, outline_of, place_name
from materiel.domain.circuit.condition.state import (
    CAPTION_MAX,
    MARK_NOTE_MAX,
    MOST_MARKS,
    NOTE_MAX,
    ConditionMoment,
    ConditionSeen,
    ConditionState,
    Mark,
)
from materiel.domain.incident.photo import LARGEST_PHOTO, MOST_AT_ONCE
from materiel.errors import MaterielError, NotFound
from materiel.use_cases.circuit.condition.noting import (
    ConditionSheet,
    CorrectCondition,
    NoteCondition,
    PictureCondition,
    conditions_of_item,
    correct_condition,
    note_condition,
    picture_condition,
    read_condition,
)
from materiel.use_cases.item.item import get_item
from materiel.web.audience import Audience, page_router
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.session import session_of
from materiel.web.pages.circuit.condition.drawing import drawn
from materiel.web.pages.shell.filters import plural
from materiel.web.pages.shell.rendering import render, render_form

NEW, SHEET = "circuit/condition/new.html", "circuit/condition/show.html"
WRITE = {"permission": Permission.WRITE}
BLANK_ROWS = 3
"""So many marks may be added at once; another three once they are kept."""


@get("/{item_id:uuid}/etats", name="condition:list")
async def listed(
    request: Request[Any, Any, Any], item_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[str]:
    """The states of an item, the last seen first."""
    found = await conditions_of_item(item_id, actor=actor)
    item = await get_item(item_id, actor=actor)
    return render(request, "circuit/condition/list.html", {"item": item, "found": found})


@get("/{item_id:uuid}/etats/nouveau", name="condition:new", opt=WRITE)
async def new(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """The form of a state; one that is already noted for this moment of this loan opens instead."""
    asked = read_query(request)
    loan_id = _loan(asked)
    moment = _moment(asked.typed("moment"))
    for each in await conditions_of_item(item_id, actor=actor):
        if loan_id is not None and (each.loan_id, each.moment) == (loan_id, moment):
            return _to(request, each)
    form = Form.filled(seen_on=actor.civil_date(now), pret=loan_id or "", moment=moment.value)
    return render(request, NEW, {"form": form, **await _asking(form, item_id, actor, now)})


@post("/{item_id:uuid}/etats/nouveau", name="condition:note", opt=WRITE)
async def note(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Keep it, and show its sheet, where photographs are joined."""
    form = await read_form(request)
    seen = _seen(form)
    if seen is not None:
        command = NoteCondition(
            item_id=item_id,
            moment=_moment(form.typed("moment")),
            loan_id=_loan(form),
            seen_on=seen.seen_on,
            marks=seen.marks,
            note=seen.note,
        )
        try:
            state = await note_condition(command, actor=actor, now=now)
        except NotFound:
            raise
        except MaterielError as refusal:
            _refuse(form, refusal)
        else:
            await session_of(request).flash("L'état est noté. Joignez maintenant les photos, s'il y en a.")
            return _to(request, state)
    return render_form(request, NEW, form, await _asking(form, item_id, actor, now))


@get("/{item_id:uuid}/etats/{state_id:uuid}", name="condition:show")
async def show(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    state_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """One state: its marks, its photographs, and the forms that correct and complete it."""
    sheet = await read_condition(item_id, state_id, actor=actor)
    return render(request, SHEET, _context(sheet, _filled(sheet.state), Form(), actor.civil_date(now)))


@post("/{item_id:uuid}/etats/{state_id:uuid}", name="condition:correct", opt=WRITE)
async def correct(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    state_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Write it again."""
    form = await read_form(request)
    sheet = await read_condition(item_id, state_id, actor=actor)
    seen = _seen(form)
    if seen is not None:
        command = CorrectCondition(
            item_id=item_id,
            state_id=state_id,
            version=form.version(sheet.state.version),
            seen_on=seen.seen_on,
            marks=seen.marks,
            note=seen.note,
        )
        try:
            state = await correct_condition(command, actor=actor, now=now)
        except NotFound:
            raise
        except MaterielError as refusal:
            _refuse(form, refusal)
        else:
            await session_of(request).flash("L'état est corrigé.")
            return _to(request, state)
    return render_form(request, SHEET, form, _context(sheet, form, Form(), actor.civil_date(now)))


@post("/{item_id:uuid}/etats/{state_id:uuid}/photos", name="condition:picture", opt=WRITE)
async def picture(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    state_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Join photographs."""
    form = await read_form(request)
    sheet = await read_condition(item_id, state_id, actor=actor)
    caption = form.text("caption", required="Dites en quelques mots ce que montre la photo.")
    view = form.choice("view", ItemView, required="Choisissez dans la liste.") if form.typed("view") else None
    sent = form.several_files("photos")
    if not sent:
        form.fault("photos", "Choisissez une photo, ou plusieurs.")
    if not form.faults:
        command = PictureCondition(
            item_id=item_id,
            state_id=state_id,
            files=tuple([await each.read() for each in sent]),
            caption=caption,
            view=view,
        )
        try:
            kept = await picture_condition(command, actor=actor, now=now)
        except NotFound:
            raise
        except MaterielError as refusal:
            form.refuse(refusal, "photos")
        else:
            said = plural(kept, "photo jointe") if kept else "Ces photos étaient déjà jointes : rien n'a changé"
            await session_of(request).flash(f"{said}.")
            return _to(request, sheet.state)
    context = _context(sheet, _filled(sheet.state), form, actor.civil_date(now))
    return render_form(request, SHEET, form, context)


def _seen(form: Form) -> ConditionSeen | None:
    """What was typed of a state; None, with the faults in the form."""
    seen_on = form.day("seen_on", required="Indiquez le jour du constat.")
    marks = []
    for rank in range(MOST_MARKS + BLANK_ROWS):
        place, typed, word = (form.typed(f"{name}-{rank}") for name in ("place", "kind", "word"))
        if not place and not typed and not word:
            continue
        found = _place(place)
        kind = form.choice(f"kind-{rank}", MarkKind, required="Dites ce que vous voyez.")
        if found is None:
            form.fault(f"place-{rank}", "Dites où, dans la liste.")
        elif kind is not None:
            # The rank of the row is that of the form: its faults are told there.
            marks.append((rank, Mark(view=found[0], zone=found[1], kind=kind, note=word)))
    if seen_on is None or form.faults:
        return None
    form.set("rows", " ".join(str(rank) for rank, _ in marks))
    return ConditionSeen(seen_on=seen_on, marks=tuple(mark for _, mark in marks), note=form.typed("note"))


def _refuse(form: Form, refusal: MaterielError) -> None:
    """Tell what was refused beside the row of the form that it is about."""
    rows = form.typed("rows").split()
    if not refusal.errors:
        form.refuse(refusal)
    for each in refusal.errors:
        part = each.pointer.lstrip("/").split("/")
        if len(part) == 3 and part[0] == "marks":
            name = f"word-{rows[int(part[1])]}" if part[2] == "note" else f"place-{rows[int(part[1])]}"
            form.fault(name, each.detail)
        else:
            form.fault(part[0] if part[0] != "marks" else "", each.detail)


def _place(typed: str) -> tuple[ItemView, ItemZone] | None:
    view, _, zone = typed.partition(":")
    try:
        return ItemView(view), ItemZone(zone)
    except ValueError:
        return None


def _moment(typed: str) -> ConditionMoment:
    return ConditionMoment(typed) if typed in set(ConditionMoment) else ConditionMoment.OTHER


def _loan(form: Form) -> UUID | None:
    try:
        return UUID(form.typed("pret"))
    except ValueError:
        return None


def _filled(state: ConditionState) -> Form:
    form = Form.filled(seen_on=state.seen_on, note=state.note, version=state.version)
    for rank, mark in enumerate(state.marks):
        form.set(f"place-{rank}", f"{mark.view.value}:{mark.zone.value}")
        form.set(f"kind-{rank}", mark.kind.value)
        form.set(f"word-{rank}", mark.note)
    return form


def _rows(form: Form) -> list[int]:
    """The rows of marks that a form shows: those filled, and three blank ones."""
    filled = [
        rank
        for rank in range(MOST_MARKS + BLANK_ROWS)
        if any(form.typed(f"{name}-{rank}") for name in ("place", "kind", "word"))
    ]
    first = filled[-1] + 1 if filled else 0
    return [*filled, *range(first, min(first + BLANK_ROWS, MOST_MARKS + BLANK_ROWS))]


def _form_context(form: Form, outline: Outline, today: date) -> dict[str, Any]:
    return {
        "rows": _rows(form),
        "places": [
            (f"{view.value}:{zone.value}", place_name(view, zone)) for view in outline.views for zone in ItemZone
        ],
        "kinds": list(MarkKind),
        "views": list(outline.views),
        "today": today,
        "longest": {"note": NOTE_MAX, "word": MARK_NOTE_MAX, "caption": CAPTION_MAX},
    }


async def _asking(form: Form, item_id: UUID, actor: Actor, now: datetime) -> dict[str, Any]:
    item = await get_item(item_id, actor=actor)
    outline = outline_of(item)
    return {
        "item": item,
        "moment": _moment(form.typed("moment")),
        "loan_id": _loan(form),
        "drawn_views": drawn(outline, ()),
        "outline": outline,
        **_form_context(form, outline, actor.civil_date(now)),
    }


def _context(sheet: ConditionSheet, form: Form, photo_form: Form, today: date) -> dict[str, Any]:
    return {
        "form": form,
        "photo_form": photo_form,
        "sheet": sheet,
        "item": sheet.item,
        "state": sheet.state,
        "outline": sheet.outline,
        "drawn_views": drawn(sheet.outline, sheet.state.marks),
        "megabytes": LARGEST_PHOTO // 10**6,
        "most": MOST_AT_ONCE,
        **_form_context(form, sheet.outline, today),
    }


def _to(request: Request[Any, Any, Any], state: ConditionState) -> Redirect:
    to = request.app.route_reverse("condition:show", item_id=state.item_id, state_id=state.id)
    return Redirect(to, status_code=303)


router = page_router(
    "/materiels",
    [listed, new, note, show, correct, picture],
    audience=Audience.ACCOUNT,
    permission=Permission.READ,
    largest_body=MOST_AT_ONCE * LARGEST_PHOTO + 50_000_000,
)
