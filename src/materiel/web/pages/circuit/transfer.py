"""« Transferts »: the items that pass from a service to another, asked, answered, with their act."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.territory import departement_in_words
from materiel.domain.circuit.transfer import MOST_ITEMS, REASON_MAX, Transfer, TransferLine, TransferState
from materiel.domain.language import states
from materiel.errors import MaterielError
from materiel.use_cases.circuit.service_loan import (
    AnswerExtension,
    ExtendTransfer,
    answer_extension,
    ask_extension,
    ask_return,
)
from materiel.use_cases.circuit.transfer import (
    RefuseTransfer,
    count_transfers,
    list_transfers,
    other_services,
    read_transfer,
    refuse_transfer,
    transfer_act,
    withdraw_transfer,
)
from materiel.use_cases.loan.elsewhere.accepting import AcceptTransfer, accept_transfer
from materiel.use_cases.loan.elsewhere.asking import AskTransfer, Passing, ask_transfer, items_to_pass
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.paging import cut, read_cursor
from materiel.web.http.session import session_of
from materiel.web.pages.acting import pdf_answer, uuids_of
from materiel.web.pages.item.item import chosen_of
from materiel.web.pages.shell.filters import plural
from materiel.web.pages.shell.rendering import render, render_form

PAGE = 30
WRITE = {"permission": Permission.WRITE}
VIEWS: tuple[tuple[str, str, tuple[TransferState, ...], bool], ...] = (
    ("", "À vous de répondre", (), True),
    ("demandes", states.ASKED.label, (TransferState.ASKED,), False),
    ("faits", "Acceptés", (TransferState.ACCEPTED,), False),
    ("tous", "Tous", (), False),
)


@get("/", name="transfer:list")
async def list_page(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """The transfers that concern the service, the newest first; what it is to answer comes first."""
    form = read_query(request)
    asked = form.text("etat")
    view = next((each for each in VIEWS if each[0] == asked), VIEWS[0])
    after = read_cursor(form.text("apres") or None, UUID)
    found = await list_transfers(actor=actor, states=view[2], awaits=view[3], limit=PAGE + 1, after=after)
    lines, following = cut(found, PAGE, lambda each: each.transfer.id)
    context = {
        "lines": lines,
        "following": following,
        "asked": view[0],
        "views": [
            (slug, title, await count_transfers(actor=actor, states=some, awaits=awaits))
            for slug, title, some, awaits in VIEWS
        ],
        "ours": actor.service_id,
        "asked_on": {line.transfer.id: actor.civil_date(line.transfer.asked_at) for line in lines},
        "answered_on": {line.transfer.id: _answered_on(line.transfer, actor) for line in lines},
    }
    return render(request, "circuit/transfer/list.html", context)


@post("/choisir", name="transfer:choose", status_code=200, opt=WRITE)
async def choose(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """To which service the items chosen in « Parc » would go; nothing is written yet."""
    form = await read_form(request)
    return await _ask_where(request, form, await chosen_of(form, actor), actor)


@get("/nouveau", name="transfer:new", opt=WRITE)
async def new(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """The same from the sheet of one item."""
    form = read_query(request)
    return await _ask_where(request, form, uuids_of(form.many("items")), actor)


async def _ask_where(
    request: Request[Any, Any, Any], form: Form, chosen: Sequence[UUID], actor: Actor
) -> Response[str]:
    found = Passing(items=())
    try:
        found = await items_to_pass(chosen[:MOST_ITEMS], actor=actor)
        if not found.items and not form.faults:
            form.fault("", "Aucun matériel n'est choisi : revenez à la liste et cochez-en au moins un.")
    except MaterielError as refusal:
        form.refuse(refusal)
    return render(request, "circuit/transfer/new.html", {"form": form, **await _asking(found, actor)})


@post("/", name="transfer:ask", opt=WRITE)
async def ask(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[Any]:
    """Ask the other service; the same page with every message when something lacks."""
    form = await read_form(request)
    chosen = uuids_of(form.many("items"))
    code = form.text("to", required="Choisissez le service qui recevrait ces matériels.")
    reason = form.text("reason", required="Dites pourquoi : l'autre service le lit.")
    until = form.day("until")
    if not form.faults:
        try:
            command = AskTransfer(
                items=tuple(chosen), to=code, reason=reason, with_loans=form.ticked("with_loans"), until=until
            )
            asked = await ask_transfer(command, actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            await session_of(request).flash(
                f"Le transfert est demandé : le service « {asked.receiver_name} » doit répondre."
            )
            return Redirect(request.app.route_reverse("transfer:show", transfer_id=asked.transfer.id), status_code=303)
    try:
        found = await items_to_pass(chosen[:MOST_ITEMS], actor=actor)
    except MaterielError as refusal:
        found = Passing(items=())
        form.refuse(refusal)
    return render_form(request, "circuit/transfer/new.html", form, await _asking(found, actor))


async def _asking(found: Passing, actor: Actor) -> dict[str, Any]:
    services = [(each.code, f"{each.name} ({each.code})") for each in await other_services(actor=actor)]
    return {"chosen": found.items, "loans": found.loans, "services": services, "longest": REASON_MAX}


@get("/{transfer_id:uuid}", name="transfer:show")
async def show(
    request: Request[Any, Any, Any], transfer_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[str]:
    """What passes, from where to where, why, and what is awaited from whom."""
    line = await read_transfer(transfer_id, actor=actor)
    return render(request, "circuit/transfer/show.html", {"form": Form(), **_sheet(line, actor)})


@post("/{transfer_id:uuid}/accepter", name="transfer:accept", opt=WRITE)
async def accept(
    request: Request[Any, Any, Any],
    transfer_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    issuer: NamedDependency[Issuer],
) -> Response[Any]:
    """Let pass what is ticked, with the loans if it is said so."""
    line = await read_transfer(transfer_id, actor=actor)
    form = await read_form(request)
    ticked = frozenset(uuids_of(form.many("items")))
    left_out = tuple(each.item_id for each in line.transfer.items if each.item_id not in ticked)
    command = AcceptTransfer(transfer_id=transfer_id, leave_out=left_out, with_loans=form.ticked("with_loans"))
    return await _done(request, line, actor, form, accept_transfer(command, issuer=issuer), _accepted)


def _accepted(done: TransferLine) -> str:
    moved = plural(len(done.transfer.moved), "matériel passe", "matériels passent")
    passed = len(done.transfer.moved_loans)
    with_loans = f" Avec {plural(passed, 'prêt')} : faites signer l'avenant qui vous nomme." if passed else ""
    return f"{moved} du service « {done.giver_name} » au service « {done.receiver_name} ».{with_loans}"


@post("/{transfer_id:uuid}/refuser", name="transfer:refuse", opt=WRITE)
async def refuse(
    request: Request[Any, Any, Any],
    transfer_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Say no, and why."""
    line = await read_transfer(transfer_id, actor=actor)
    form = await read_form(request)
    reason = form.text("reason", required="Dites pourquoi : l'autre service le lit.")
    act = None
    if not form.faults:
        act = refuse_transfer(RefuseTransfer(transfer_id=transfer_id, reason=reason), actor=actor, now=now)
    return await _done(request, line, actor, form, act, "Le transfert est refusé : rien ne passe.")


@post("/{transfer_id:uuid}/retirer", name="transfer:withdraw", opt=WRITE)
async def withdraw(
    request: Request[Any, Any, Any],
    transfer_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Take the demand back."""
    line = await read_transfer(transfer_id, actor=actor)
    form = await read_form(request)
    act = withdraw_transfer(transfer_id, actor=actor, now=now)
    return await _done(request, line, actor, form, act, "Le transfert est retiré : rien ne passe.")


@post("/{transfer_id:uuid}/rendre", name="transfer:return", opt=WRITE)
async def give_back(
    request: Request[Any, Any, Any],
    transfer_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Give back, or ask back: the transfer the other way."""
    line = await read_transfer(transfer_id, actor=actor)
    form = await read_form(request)

    def told(back: TransferLine) -> str:
        if back.transfer.id == transfer_id:
            return "Plus rien n'est à rendre : ce prêt est terminé."
        return "Le retour est demandé : l'autre service répond."

    return await _done(request, line, actor, form, ask_return(transfer_id, actor=actor, now=now), told)


@post("/{transfer_id:uuid}/prolonger", name="transfer:extend", opt=WRITE)
async def extend(
    request: Request[Any, Any, Any],
    transfer_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Ask for a later day of return."""
    line = await read_transfer(transfer_id, actor=actor)
    form = await read_form(request)
    until = form.day("until", required="Indiquez le nouveau jour du retour.")
    act = None
    if until is not None and not form.faults:
        act = ask_extension(ExtendTransfer(transfer_id=transfer_id, until=until), actor=actor, now=now)
    return await _done(request, line, actor, form, act, "La prolongation est demandée : l'autre service répond.")


@post("/{transfer_id:uuid}/prolongation", name="transfer:extension", opt=WRITE)
async def answer(
    request: Request[Any, Any, Any],
    transfer_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Say yes or no to a later day."""
    line = await read_transfer(transfer_id, actor=actor)
    form = await read_form(request)
    command = AnswerExtension(transfer_id=transfer_id, accept=form.text("answer") == "oui")
    said = "La prolongation est acceptée." if command.accept else "La prolongation est refusée : le jour convenu reste."
    return await _done(request, line, actor, form, answer_extension(command, actor=actor, now=now), said)


async def _done(
    request: Request[Any, Any, Any],
    line: TransferLine,
    actor: Actor,
    form: Form,
    act: Awaitable[TransferLine] | None,
    told: str | Callable[[TransferLine], str],
) -> Response[Any]:
    """Do the act, if the form has no fault, and show what it left; a refusal is told on the sheet."""
    after = line
    if act is not None:
        try:
            after = await act
        except MaterielError as refusal:
            form.refuse(refusal)
    if form.faults:
        return render_form(request, "circuit/transfer/show.html", form, _sheet(line, actor))
    await session_of(request).flash(told if isinstance(told, str) else told(after))
    return Redirect(request.app.route_reverse("transfer:show", transfer_id=after.transfer.id), status_code=303)


@get("/{transfer_id:uuid}/acte.pdf", name="transfer:act")
async def act(
    transfer_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[bytes]:
    """The act to sign, once accepted."""
    return pdf_answer(await transfer_act(transfer_id, actor=actor, now=now), "acte-de-transfert")


def _sheet(line: TransferLine, actor: Actor) -> dict[str, Any]:
    transfer = line.transfer
    gives = transfer.giver_id == actor.service_id
    # Each service opens its own record of an item; that of the other does not exist for it.
    records = [(each, each.item_id if gives else each.received_as) for each in transfer.items]
    return {
        "line": line,
        "transfer": transfer,
        "records": records,
        # Each service opens its own loan too; before the answer, the other one reads neither whose it is nor where.
        "loans": [
            (each, departement_in_words(each.departement), each.loan_id if gives else each.received_as)
            for each in transfer.loans
        ],
        "gives": gives,
        "answers": transfer.awaits(actor.service_id),
        "extension_ours": transfer.until_asked_by == actor.service_id,
        "asked_here": transfer.asked_by == actor.service_id,
        "asked_on": actor.civil_date(transfer.asked_at),
        "answered_on": _answered_on(transfer, actor),
        "longest": REASON_MAX,
    }


def _answered_on(transfer: Transfer, actor: Actor) -> date | None:
    """The day of the answer, whatever it was; None while there is none."""
    return actor.civil_date(transfer.answered_at) if transfer.answered_at is not None else None


router = Router(
    "/",
    route_handlers=[
        account_required(
            "/transferts",
            [list_page, choose, new, ask, show, accept, refuse, withdraw, give_back, extend, answer, act],
            Permission.READ,
        )
    ],
    dependencies={"issuer": Provide(provide_issuer)},
)
