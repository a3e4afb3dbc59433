"""« Corriger une erreur » on a pupil's sheet: delete what was entered by mistake, or merge it with what it doubles."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.people.pupil import Pupil
from materiel.errors import MaterielError
from materiel.use_cases.people.double import doubles_of
from materiel.use_cases.people.pupil import get_pupil, list_pupils
from materiel.use_cases.people.removal import DeletePupil, MergePupil, delete_pupil, merge_pupil
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.session import session_of
from materiel.web.pages.acting import uuid_of
from materiel.web.pages.shell.rendering import render, render_form

MOST_FOUND = 10


@get("/{pupil_id:uuid}/supprimer", name="pupil:delete")
async def delete_page(
    request: Request[Any, Any, Any], pupil_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[str]:
    """What deleting a record does, before it is done."""
    pupil = await get_pupil(pupil_id, actor=actor)
    return render(request, "people/delete.html", {"form": Form(), "pupil": pupil})


@post("/{pupil_id:uuid}/supprimer", name="pupil:deleted")
async def deleted_page(
    request: Request[Any, Any, Any],
    pupil_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect | Response[str]:
    """Delete it, or say why not."""
    form = await read_form(request)
    pupil = await get_pupil(pupil_id, actor=actor)
    try:
        await delete_pupil(DeletePupil(pupil_id=pupil_id, reason=form.text("reason")), actor=actor, now=now)
    except MaterielError as refusal:
        form.refuse(refusal)
        return render_form(request, "people/delete.html", form, {"pupil": pupil})
    await session_of(request).flash("La fiche est supprimée. Le journal en garde la trace.")
    return Redirect("/eleves", status_code=303)


@get("/{pupil_id:uuid}/reunir", name="pupil:merge")
async def merge_page(
    request: Request[Any, Any, Any], pupil_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[str]:
    """The records that this one may double: those alike, or found by a name."""
    form = read_query(request)
    return render(request, "people/merge.html", {"form": form, **await _context(pupil_id, form, actor)})


@post("/{pupil_id:uuid}/reunir", name="pupil:merged")
async def merged_page(
    request: Request[Any, Any, Any],
    pupil_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect | Response[str]:
    """Give all that this record holds to the one chosen, or say why not."""
    form = await read_form(request)
    into = uuid_of(form.typed("into"))
    if into is None:
        form.fault("into", "Choisissez la fiche à garder.")
    else:
        try:
            command = MergePupil(pupil_id=pupil_id, into=into, reason=form.text("reason"))
            await merge_pupil(command, actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
    if form.faults or into is None:
        return render_form(request, "people/merge.html", form, await _context(pupil_id, form, actor))
    await session_of(request).flash("Les deux fiches sont réunies : prêts, liens et signatures attendues ont suivi.")
    return Redirect(f"/eleves/{into}", status_code=303)


async def _context(pupil_id: UUID, form: Form, actor: Actor) -> dict[str, Any]:
    pupil = await get_pupil(pupil_id, actor=actor)
    found = [await get_pupil(each, actor=actor) for each in await doubles_of(pupil, actor=actor)]
    if words := form.text("q"):
        found += await list_pupils(actor=actor, q=words, limit=MOST_FOUND)
    others = {each.id: each for each in found if each.id != pupil.id}
    return {"pupil": pupil, "choices": [(str(each.id), _told(each)) for each in others.values()]}


def _told(pupil: Pupil) -> str:
    return f"{pupil.last_name} {pupil.first_name}, naissance le {pupil.birth_date:%d/%m/%Y}, {pupil.school_uai}"


router = account_required("/eleves", [delete_page, deleted_page, merge_page, merged_page], Permission.WRITE)
