"""« Recherche »: one field for everything, an exact number to its sheet, each thing found with its usual act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.desk.finding import Findings, Hit, HitKind, UsualAct
from materiel.errors import MaterielError, NotFound
from materiel.use_cases.desk.finding import find
from materiel.use_cases.item.code import item_of_label
from materiel.use_cases.search.spelling import close_items, close_pupils
from materiel.web.audience import account_required
from materiel.web.http.forms import read_query
from materiel.web.http.session import session_of
from materiel.web.pages.shell.query import query
from materiel.web.pages.shell.rendering import render, render_form

TEMPLATE = "desk/finding/show.html"
SHEETS = {
    HitKind.PUPIL: "/eleves/{key}",
    HitKind.REPRESENTATIVE: "/eleves/{pupil_id}",
    HitKind.ITEM: "/materiels/{key}",
    HitKind.LOAN: "/prets/{key}",
    HitKind.DOCUMENT: "/documents/{key}",
    HitKind.SCHOOL: "/etablissements/{key}",
    HitKind.MUNICIPALITY: "/communes/{key}",
}
ACTS = {
    UsualAct.RESUME: "/prets/{loan_id}",
    UsualAct.HAND_OVER: "/prets/{loan_id}/remise",
    UsualAct.TAKE_BACK: "/prets/{loan_id}/retour",
    UsualAct.PREPARE: "/materiels/{key}/preparer",
    UsualAct.SIGN: "/documents/{key}",
}
LENDING = {HitKind.PUPIL: "/preter?pupil={key}", HitKind.ITEM: "/preter?item={key}"}
LISTS = {
    HitKind.PUPIL: ("/eleves", {}),
    HitKind.ITEM: ("/materiels", {}),
    HitKind.LOAN: ("/prets", {"liste": "tous"}),
    HitKind.SCHOOL: ("/etablissements", {}),
    HitKind.MUNICIPALITY: ("/communes", {}),
}
"""The lists that show all of a kind, with what they are asked beside the words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLine:
    """Something found, the address of its sheet and that of its usual act, empty without one."""

    hit: Hit
    sheet: str
    act: str


@get("/", name="finding:show")
async def show(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[Any]:
    """What answers to the words typed, or the sheet of the only thing that bears the number typed."""
    form = read_query(request)
    typed = form.text("q")
    if not typed:
        return render(request, TEMPLATE, {"form": form, "found": None})
    try:
        found = await find(typed, actor=actor, now=now)
    except MaterielError as refusal:
        form.refuse(refusal, "q")
        return render_form(request, TEMPLATE, form, {"found": None})
    if found.exact is not None:
        try:
            await item_of_label(typed, actor=actor)
        except NotFound as replaced:
            await session_of(request).flash(replaced.message, "warning")
        return Redirect(_sheet(found.exact), status_code=303)
    close = [] if found.groups else [*await close_pupils(typed, actor=actor), *await close_items(typed, actor=actor)]
    return render(request, TEMPLATE, {"form": form, "found": found, "groups": _groups(found), "close": close})


def _groups(found: Findings) -> list[tuple[HitKind, list[FoundLine], str]]:
    """Each kind with its lines, and the address of the list of all of them when more were found."""
    return [
        (group.kind, [_line(hit) for hit in group.hits], _list(group.kind, found.q) if group.more else "")
        for group in found.groups
    ]


def _line(hit: Hit) -> FoundLine:
    address = LENDING[hit.kind] if hit.act is UsualAct.LEND else ACTS[hit.act] if hit.act is not None else ""
    return FoundLine(hit=hit, sheet=_sheet(hit), act=_filled(address, hit))


def _sheet(hit: Hit) -> str:
    return _filled(SHEETS[hit.kind], hit)


def _filled(address: str, hit: Hit) -> str:
    return address.format(key=hit.key, pupil_id=hit.pupil_id, loan_id=hit.loan_id)


def _list(kind: HitKind, q: str) -> str:
    path, asked = LISTS.get(kind, ("", {}))
    return f"{path}{query(**asked, q=q)}" if path else ""


router = account_required("/recherche", [show], Permission.READ)
