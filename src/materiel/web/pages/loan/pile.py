"""Piles: scan many items, read the list again, then hand over, take back, prepare or label them all at once.

The page keeps the pile in its own form, so that it works without a script and a lost connection loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.desk.lot import LotAct
from materiel.domain.item.checklist import CheckMoment
from materiel.domain.item.item import Condition
from materiel.domain.item.preparation import checks_of
from materiel.domain.papers.document import DocumentStatus
from materiel.errors import MaterielError
from materiel.use_cases.desk.lots.lot import Seen, StartLot, is_many
from materiel.use_cases.item.checklist import lines_of
from materiel.use_cases.item.code import LARGEST_UPLOAD, find_meant_item
from materiel.use_cases.loan.pile import Looked, PileAction, PileItem, items_of, look_at, process_pile
from materiel.use_cases.loan.receipt_correction import LookedReceipt, UndoReceipts, look_at_receipts, undo_receipts
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.papers.printing import merged_pdf
from materiel.use_cases.papers.receipts import MOST_ITEMS
from materiel.web.acting import provide_issuer
from materiel.web.audience import Audience, page_router
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.session import session_of
from materiel.web.pages.acting import fault_of_code, lead_to_lot, may_write, pdf_answer, uuid_of, uuids_of
from materiel.web.pages.item.scanner import items_of_photo
from materiel.web.pages.loan.step import BACK_UNTIL, HANDED_UNTIL
from materiel.web.pages.shell.filters import plural
from materiel.web.pages.shell.query import query
from materiel.web.pages.shell.rendering import render, render_form

WRITE = {"permission": Permission.WRITE}
OWN_CHECKS = {PileAction.TAKE_BACK: CheckMoment.RETURN, PileAction.PREPARE: CheckMoment.PREPARATION}
"""Of which of the service's own lists a pile asks the lines."""

DONE = {
    PileAction.HAND_OVER: ("matériel remis", "matériels remis"),
    PileAction.TAKE_BACK: ("matériel repris", "matériels repris"),
    PileAction.PREPARE: ("matériel préparé", "matériels préparés"),
}
STEPS_TAKEN = {PileAction.HAND_OVER: ("remise", "remises"), PileAction.TAKE_BACK: ("retour", "retours")}
UNDONE = {
    PileAction.HAND_OVER: ("remise annulée", "remises annulées"),
    PileAction.TAKE_BACK: ("retour annulé", "retours annulés"),
}
UNTIL = {PileAction.HAND_OVER: HANDED_UNTIL, PileAction.TAKE_BACK: BACK_UNTIL}
LOTS = {
    PileAction.HAND_OVER: LotAct.HAND_OVER,
    PileAction.TAKE_BACK: LotAct.TAKE_BACK,
    PileAction.PREPARE: LotAct.PREPARE,
}


@get("/pile/{action:str}", name="scan:pile", opt=WRITE)
async def show(
    request: Request[Any, Any, Any],
    action: FromPath[str],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """An empty pile, or what the loans of the address hold."""
    asked, form = _action(action), Form.filled(on=actor.civil_date(now))
    pile: list[UUID] = []
    try:
        pile = await items_of(uuids_of(read_query(request).many("loan")), asked, actor=actor)
    except MaterielError as refusal:
        form.refuse(refusal)
    said = f"{plural(len(pile), 'matériel ajouté', 'matériels ajoutés')}." if pile else ""
    return await _page(request, asked, form, pile, actor, now, said=said)


@post("/pile/{action:str}", name="scan:add", status_code=200, opt=WRITE)
async def add(
    request: Request[Any, Any, Any],
    action: FromPath[str],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """Put on the pile what was scanned, typed or photographed, or take one item off; nothing is written."""
    form = await read_form(request)
    pile = _pile(form)
    said = ""
    if removed := uuid_of(form.typed("remove")):
        pile = [item_id for item_id in pile if item_id != removed]
        said = "Retiré de la pile."
    elif form.typed("read") == "photo":
        found = [item.id for item in await items_of_photo(form, actor)]
        said = f"{plural(len(set(found) - set(pile)), 'matériel ajouté', 'matériels ajoutés')} d'après la photo."
        pile = list(dict.fromkeys([*found, *pile]))
    else:
        said = await _add_typed(form, pile, actor)
    return await _page(request, _action(action), form, pile, actor, now, said=said)


@post(
    "/pile/{action:str}/valider",
    name="scan:process",
    opt=WRITE,
    dependencies={"issuer": Provide(provide_issuer)},
)
async def process(
    request: Request[Any, Any, Any],
    action: FromPath[str],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    issuer: NamedDependency[Issuer],
) -> Response[Any]:
    """Do the whole pile; what is refused stays on it, with the reason, beside what is done."""
    asked = _action(action)
    if asked is PileAction.LABEL:
        raise NotFoundException
    form = await read_form(request)
    pile = _pile(form)
    on = form.day("on", required="Indiquez la date.") or date.min
    if form.faults:
        return await _page(request, asked, form, pile, actor, now)
    seen = [_seen(form, item_id) for item_id in pile]
    try:
        if is_many(pile):
            return await lead_to_lot(
                request,
                StartLot(
                    act=LOTS[asked],
                    references=tuple(pile),
                    on=on,
                    # Of each, what was seen of it is given besides.
                    condition=Condition.GOOD if asked is PileAction.PREPARE else None,
                ),
                issuer,
                seen={each.item_id: _told(each) for each in seen},
            )
        done = await process_pile(asked, seen, on=on, issuer=issuer)
    except MaterielError as error:
        form.refuse(error)
        return await _page(request, asked, form, pile, actor, now)
    summary = query(geste=asked.value, n=len(done.items), recus=",".join(str(each.id) for each in done.receipts))
    result = request.app.route_reverse("scan:result") + summary
    if not done.refused:
        return Redirect(result, status_code=303)
    left = [item_id for item_id in pile if item_id in done.refused]
    if not done.items:
        form.fault("", "Rien n'est enregistré : lisez le motif de chaque refus.")
    return await _page(
        request,
        asked,
        form,
        left,
        actor,
        now,
        refusals=done.refused,
        result=result if done.receipts else "",
        success=f"{plural(len(done.items), *DONE[asked])}." if done.items else "",
    )


@get("/bilan", name="scan:result")
async def result(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """What was done, its receipts to print, and whether it may still be undone."""
    form = read_query(request)
    action = _action(form.typed("geste"))
    receipts = await look_at_receipts(_receipt_ids(form), actor=actor, today=actor.civil_date(now))
    number = int(form.typed("n")) if form.typed("n").isdigit() and len(form.typed("n")) < 6 else 0
    context = {
        "action": action,
        "done": plural(number, *DONE.get(action, ("matériel", "matériels"))),
        "receipts": receipts,
        "same": query(geste=action.value, recus=form.typed("recus")),
        "standing": sum(1 for each in receipts if each.receipt.status is not DocumentStatus.VOID),
        "undone": sum(1 for each in receipts if not each.refusal),
        "until": UNTIL.get(action, ""),
        "writes": may_write(actor),
    }
    return render(request, "item/scanner/result.html", context)


@get("/bilan/defaire", name="scan:undo", opt=WRITE)
async def undo_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """What undoing the pile does, receipt by receipt, before it is done."""
    form = read_query(request)
    return render(request, "item/scanner/undo.html", {"form": form, **await _to_undo(form, actor, now)})


@post("/bilan/defaire", name="scan:undone", opt=WRITE, dependencies={"issuer": Provide(provide_issuer)})
async def undo_all(request: Request[Any, Any, Any], issuer: NamedDependency[Issuer]) -> Response[Any]:
    """Undo it loan by loan, and say what could not be; or say why nothing was."""
    form = await read_form(request)
    action = _undoable(form)
    command = UndoReceipts(document_ids=tuple(_receipt_ids(form)), reason=form.text("reason"))
    done: list[LookedReceipt] = []
    try:
        done = await undo_receipts(command, issuer=issuer)
    except MaterielError as refusal:
        form.refuse(refusal)
    left = [each for each in done if each.refusal]
    if len(left) == len(done):
        if not form.faults:
            form.fault("", "Rien n'est annulé : le motif est écrit à côté de chaque reçu.")
        context = await _to_undo(form, issuer.actor, issuer.now)
        return render_form(request, "item/scanner/undo.html", form, context)
    number = plural(len(done) - len(left), *UNDONE[action])
    reasons = " ".join(f"{each.receipt.number} : {each.refusal}" for each in left)
    kept = f"{plural(len(left), 'reçu laissé tel quel', 'reçus laissés tels quels')}. {reasons}" if left else ""
    await session_of(request).flash(f"{number} : le matériel est comme avant. L'historique le dit.", left=kept)
    return Redirect(request.app.route_reverse("scan:show"), status_code=303)


async def _to_undo(form: Form, actor: Actor, now: datetime) -> dict[str, object]:
    receipts = await look_at_receipts(_receipt_ids(form), actor=actor, today=actor.civil_date(now))
    action = _undoable(form)
    number = sum(1 for each in receipts if not each.refusal)
    return {
        "action": action,
        "hands_over": action is PileAction.HAND_OVER,
        "receipts": receipts,
        "undone": number,
        "what": plural(number, *STEPS_TAKEN[action]),
        "until": UNTIL[action],
        "asked": form.typed("recus"),
        "same": query(geste=action.value, recus=form.typed("recus")),
    }


@get("/recus.pdf", name="scan:receipts")
async def receipts_pdf(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[bytes]:
    """Every receipt in one file."""
    return pdf_answer(await merged_pdf(_receipt_ids(read_query(request)), actor=actor), "recus")


async def _add_typed(form: Form, pile: list[UUID], actor: Actor) -> str:
    """Add to the pile what was scanned or typed, newest first; say what happened."""
    try:
        item = await find_meant_item(form.typed("code"), actor=actor)
    except MaterielError as unknown:
        fault_of_code(form, "code", unknown)
        return ""
    form.set("code", "")
    if item.id in pile:
        return f"{item.inventory_number} est déjà dans la pile."
    if len(pile) >= MOST_ITEMS:
        form.fault("code", f"La pile compte déjà {MOST_ITEMS} matériels : enregistrez-la, puis continuez.")
        return ""
    pile.insert(0, item.id)
    return f"Ajouté : {item.inventory_number}, {item.designation}."


async def _page(
    request: Request[Any, Any, Any],
    action: PileAction,
    form: Form,
    pile: list[UUID],
    actor: Actor,
    now: datetime,
    *,
    said: str = "",
    refusals: dict[UUID, str] | None = None,
    result: str = "",
    success: str = "",
) -> Response[str]:
    looked: list[Looked] = []
    try:
        looked = await look_at(action, pile, actor=actor, now=now)
    except MaterielError as error:
        form.refuse(error)
    context = {
        "action": action,
        "actions": list(PileAction),
        "form": form,
        "pile": looked,
        "said": said,
        "refusals": {str(item_id): reason for item_id, reason in (refusals or {}).items()},
        "refused": sum(1 for each in looked if each.refusal),
        "result": result,
        "success": success,
        "checks": {each.item.id: checks_of(each.item) for each in looked},
        "own": await _own_checks(action, looked, actor),
        "conditions": list(Condition),
    }
    if form.faults:
        return render_form(request, "item/scanner/pile.html", form, context)
    return render(request, "item/scanner/pile.html", context)


async def _own_checks(action: PileAction, looked: Sequence[Looked], actor: Actor) -> dict[UUID, tuple[str, ...]]:
    """The lines of the service's own list for what comes back or is prepared, by item."""
    moment = OWN_CHECKS.get(action)
    return await lines_of([each.item for each in looked], moment, actor=actor) if moment and looked else {}


def _action(value: str) -> PileAction:
    try:
        return PileAction(value)
    except ValueError as unknown:
        raise NotFoundException from unknown


def _undoable(form: Form) -> PileAction:
    """What was done with the pile that a form undoes."""
    action = _action(form.typed("geste"))
    if action not in UNDONE:
        raise NotFoundException
    return action


def _pile(form: Form) -> list[UUID]:
    """The items on the pile, each once, in the order of the page."""
    return uuids_of(form.many("items"))


def _seen(form: Form, item_id: UUID) -> PileItem:
    typed = form.typed(f"condition-{item_id}")
    condition = Condition(typed) if typed in set(Condition) else Condition.GOOD
    # Without its mark the page asked nothing: a pile scanned and confirmed at once gives all that the item has.
    asked = form.ticked(f"accessories-{item_id}")
    return PileItem(
        item_id,
        condition,
        tuple(form.many(f"missing-{item_id}")),
        accessories=tuple(form.many(f"given-{item_id}")) if asked else None,
        erased=form.ticked(f"erased-{item_id}"),
        uninstalled=form.ticked(f"uninstalled-{item_id}"),
        ticked=tuple(form.many(f"ticked-{item_id}")) or None,
    )


def _told(each: PileItem) -> Seen:
    return Seen(
        condition=each.condition,
        missing=each.missing_accessories,
        accessories=each.accessories,
        erased=each.erased,
        uninstalled=each.uninstalled,
        ticked=each.ticked,
    )


def _receipt_ids(form: Form) -> list[UUID]:
    return [item_id for typed in form.typed("recus").split(",") if (item_id := uuid_of(typed)) is not None]


router = page_router(
    "/scanner",
    [show, add, process, result, undo_page, undo_all, receipts_pdf],
    audience=Audience.ACCOUNT,
    permission=Permission.READ,
    largest_body=LARGEST_UPLOAD,
)
