"""« Fins de vie »: the list, and proposing where items chosen in « Parc » go. Its steps are in `disposal_step`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.disposal.disposal import (
    BENEFICIARY_MAX,
    MOST_ITEMS,
    REASON_MAX,
    REFERENCE_MAX,
    AppraisedItem,
    AssociationKind,
    DisposalOutcome,
    DisposalState,
    DisposedItem,
)
from materiel.domain.item.item import Condition
from materiel.errors import MaterielError
from materiel.use_cases.circuit.disposal import (
    ProposeDisposal,
    count_disposals,
    items_to_dispose,
    list_disposals,
    propose_disposal,
)
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.paging import cut, read_cursor
from materiel.web.http.session import session_of
from materiel.web.pages.acting import uuids_of
from materiel.web.pages.item.item import chosen_of
from materiel.web.pages.shell.rendering import render, render_form

PAGE = 30
WRITE = {"permission": Permission.WRITE}
VIEWS: tuple[tuple[str, str, tuple[DisposalState, ...]], ...] = (
    ("", "À décider", (DisposalState.PROPOSED,)),
    ("decidees", "Décidées, à faire", (DisposalState.DECIDED,)),
    ("faites", "Faites", (DisposalState.DONE,)),
    ("toutes", "Toutes", ()),
)
NEW = "circuit/disposal/new.html"


@get("/", name="disposal:list")
async def list_page(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """The ends of life of the service, the newest first; those to decide come first."""
    form = read_query(request)
    asked = form.text("etat")
    view = next((each for each in VIEWS if each[0] == asked), VIEWS[0])
    after = read_cursor(form.text("apres") or None, UUID)
    found = await list_disposals(actor=actor, states=view[2], limit=PAGE + 1, after=after)
    lines, following = cut(found, PAGE, lambda each: each.id)
    context = {
        "lines": lines,
        "following": following,
        "asked": view[0],
        "views": [(slug, title, await count_disposals(actor=actor, states=some)) for slug, title, some in VIEWS],
    }
    return render(request, "circuit/disposal/list.html", context)


@post("/choisir", name="disposal:choose", status_code=200, opt=WRITE)
async def choose(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """Where the items chosen in « Parc » would go; nothing is written yet."""
    form = await read_form(request)
    return await _ask_where(request, form, await chosen_of(form, actor), actor)


@get("/nouvelle", name="disposal:new", opt=WRITE)
async def new(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """The same from the sheet or the passport of one item."""
    form = read_query(request)
    return await _ask_where(request, form, uuids_of(form.many("items")), actor)


async def _ask_where(
    request: Request[Any, Any, Any], form: Form, chosen: Sequence[UUID], actor: Actor
) -> Response[str]:
    found: Sequence[DisposedItem] = ()
    try:
        found = await items_to_dispose(chosen[:MOST_ITEMS], actor=actor)
        if not found and not form.faults:
            form.fault("", "Aucun matériel n'est choisi : revenez à la liste et cochez-en au moins un.")
        if len(chosen) > MOST_ITEMS:
            form.fault("", f"Une fin de vie compte {MOST_ITEMS} matériels au plus : les premiers sont pris.")
    except MaterielError as refusal:
        form.refuse(refusal)
    return render(request, NEW, {"form": form, **_asking(found)})


@post("/", name="disposal:propose", opt=WRITE)
async def propose(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[Any]:
    """Propose it to who decides; the same page with every message when something lacks."""
    form = await read_form(request)
    chosen = uuids_of(form.many("items"))
    outcome = form.choice("outcome", DisposalOutcome, required="Choisissez où vont ces matériels.")
    association = None
    if outcome is DisposalOutcome.ASSOCIATION:
        association = form.choice("association", AssociationKind, required="Dites de quelle association il s'agit.")
    items = [_appraised(form, item_id, rank) for rank, item_id in enumerate(chosen)]
    beneficiary = form.text("beneficiary", required="Indiquez qui les reçoit.")
    reason = form.text("reason", required="Indiquez le motif : l'acte le dit.")
    if outcome is not None and not form.faults:
        command = ProposeDisposal(
            outcome=outcome,
            reason=reason,
            beneficiary=beneficiary,
            association=association,
            agreement=form.text("agreement"),
            items=tuple(each for each in items if each is not None),
        )
        try:
            proposed = await propose_disposal(command, actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            await session_of(request).flash("La fin de vie est proposée : un signataire de l'État la décide.")
            return Redirect(request.app.route_reverse("disposal:show", disposal_id=proposed.id), status_code=303)
    try:
        found = await items_to_dispose(chosen[:MOST_ITEMS], actor=actor)
    except MaterielError as refusal:
        found = []
        if not form.faults:
            form.refuse(refusal)
    return render_form(request, NEW, form, _asking(found))


def _appraised(form: Form, item_id: UUID, rank: int) -> AppraisedItem | None:
    value = form.cents(
        f"items/{rank}/value_cents",
        unread="Cette valeur ne se lit pas. Écrivez-la ainsi : 120,00.",
        required="Indiquez la valeur estimée, 0 s'il ne vaut plus rien.",
    )
    condition = form.choice(f"items/{rank}/condition", Condition, required="Dites dans quel état il est.")
    if value is None or condition is None:
        return None
    return AppraisedItem(item_id=item_id, value_cents=value, condition=condition)


def _asking(found: Sequence[DisposedItem]) -> dict[str, Any]:
    return {
        "chosen": [each.item for each in found],
        "outcomes": list(DisposalOutcome),
        "associations": list(AssociationKind),
        "conditions": list(Condition),
        "longest": {"reason": REASON_MAX, "beneficiary": BENEFICIARY_MAX, "reference": REFERENCE_MAX},
    }


router = Router(
    "/",
    route_handlers=[account_required("/fins-de-vie", [list_page, choose, new, propose], Permission.READ)],
)
