"""The views that somebody keeps of a list: named in the list itself, renamed and given up there."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.saved_view import KeptList
from materiel.errors import MaterielError, NotFound
from materiel.use_cases.accounts.saved_view import SaveView, delete_view, rename_view, save_view
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of


@post("/", name="saved_view:save")
async def save_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Redirect:
    """Keep the view that the list shows, and go back to it."""
    form = await read_form(request)
    kept = _list_of(form)
    query = form.typed("query").removeprefix("?")
    try:
        view = await save_view(SaveView(list=kept, name=form.text("name"), query=query), actor=actor, now=now)
        query = view.query
        said, kind = f"La vue « {view.name} » est gardée ; vous seul la voyez.", "success"
    except MaterielError as refusal:
        said, kind = _told(refusal), "warning"
    await session_of(request).flash(said, kind)
    return _back(kept, query)


@post("/{view_id:uuid}/nom", name="saved_view:rename")
async def rename_page(
    request: Request[Any, Any, Any], view_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Redirect:
    """Give the view another name."""
    form = await read_form(request)
    kept = _list_of(form)
    try:
        view = await rename_view(view_id, kept, form.text("name"), actor=actor)
        said, kind = f"La vue s'appelle maintenant « {view.name} ».", "success"
    except NotFound:
        raise
    except MaterielError as refusal:
        said, kind = _told(refusal), "warning"
    await session_of(request).flash(said, kind)
    return _back(kept, form.typed("query").removeprefix("?"))


@post("/{view_id:uuid}/retirer", name="saved_view:delete")
async def delete_page(
    request: Request[Any, Any, Any], view_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Redirect:
    """Keep the view no more; the list stays as it is shown."""
    form = await read_form(request)
    kept = _list_of(form)
    await delete_view(view_id, actor=actor)
    await session_of(request).flash("La vue n'est plus gardée.")
    return _back(kept, form.typed("query").removeprefix("?"))


def _list_of(form: Form) -> KeptList:
    asked = form.typed("list")
    if asked not in set(KeptList):
        raise NotFound("saved_view.not_found", "Aucune vue n'est gardée de cette liste.")
    return KeptList(asked)


def _told(refusal: MaterielError) -> str:
    return " ".join(each.detail for each in refusal.errors) or refusal.message


def _back(kept: KeptList, query: str) -> Redirect:
    """The list, which asks nothing of what it does not know."""
    return Redirect(f"/{kept.value}?{query}" if query else f"/{kept.value}", status_code=303)


router = account_required("/vues", [save_page, rename_page, delete_page], Permission.READ)
