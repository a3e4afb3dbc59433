"""The steps of a loan, each a small form of its own: hand over, take back, cancel, close."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.checklist import CheckMoment
from materiel.domain.item.item import Condition
from materiel.domain.loan.loan import Loan, LoanStatus
from materiel.domain.loan.steps import HandedItem, ReturnedItem, unsigned_receipts
from materiel.errors import MaterielError
from materiel.use_cases.circuit.matching import oldest_need_for
from materiel.use_cases.item.checklist import lines_of
from materiel.use_cases.loan.applying import Applied
from materiel.use_cases.loan.case import Case
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.loan.steps import (
    HandOver,
    TakeBack,
    cancel_loan,
    close_loan,
    hand_over,
    take_back,
)
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer, provide_today
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.pages.acting import say_applied, undo_of_receipt
from materiel.web.pages.shell.filters import plural
from materiel.web.pages.shell.rendering import render, render_form

HANDED_UNTIL = "tant que rien n'est revenu ni signé par qui reçoit"
BACK_UNTIL = "tant que rien n'est préparé ni signé par qui rend"
"""As long as when a hand-over and a return are undone, as `plan_undo_hand_over` and `plan_undo_return` rule it."""

Act = Callable[[Form, Case, Issuer], Awaitable[Applied | None]]
Prefill = Callable[[Case, date], Form]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step and its page. `slug` ends its address; `done` is said afterwards; `act` gives None after a fault.

    `first_done` is said instead when a loan taken over had its real agreement by the step.
    """

    slug: str
    title: str
    button: str
    done: str
    first_done: str = ""
    is_possible: Callable[[Loan], bool]
    act: Act
    prefill: Prefill
    main: bool = False
    danger: bool = False
    options: Mapping[str, Any]
    read: Callable[[Case, Actor], Awaitable[Mapping[str, Any]]] | None = None
    """What else its page shows, read for the case."""
    undo: Callable[[Applied], tuple[str, str]] | None = None
    """Where it is undone once it is done, and as long as when; None for what has no way back."""
    settle: Callable[[Applied], tuple[str, str]] | None = None
    follow: Callable[[Applied, Actor], Awaitable[tuple[str, tuple[str, str]]]] | None = None
    """Where what it leaves to post is printed, and the words of the link; None for what is printed elsewhere."""


def chosen_items(form: Form, case: Case, lines: Mapping[UUID, object], none: str) -> list[UUID]:
    """The items ticked among the lines that the step is about, in order; a kit counts for its parts less the absent."""
    ticked = set(form.many("items"))
    for kit in case.kits:
        if str(kit.id) in form.many("kits"):
            ticked |= {str(each) for each in kit.part_ids} - set(form.many("absent"))
    chosen = [item_id for item_id in lines if str(item_id) in ticked]
    if not chosen:
        form.fault("items", none)
    return chosen


def tick_kits(form: Form, case: Case) -> Form:
    """The form with a kit ticked for the parts that are, and its other parts told absent."""
    ticked = form.many("items")
    kits = [each for each in case.in_kits(case.loan.open_items) if each.kit is not None]
    chosen = [each for each in kits if any(str(line.item_id) in ticked for line in each.things)]
    form.set("kits", [each.kit.id for each in chosen if each.kit is not None])
    absent = [line.item_id for each in chosen for line in each.things if str(line.item_id) not in ticked]
    form.set("absent", absent)
    return form


def condition_of(form: Form, item_id: UUID) -> Condition:
    """The condition of an item, which is asked for."""
    return form.choice(f"condition-{item_id}", Condition, required="Dites l'état de ce matériel.") or Condition.GOOD


async def _hand_over(form: Form, case: Case, issuer: Issuer) -> Applied | None:
    on = form.day("on", required="Indiquez la date de remise.")
    lines = {line.item_id: line for line in case.loan.lines_to_hand_over}
    chosen = chosen_items(form, case, lines, "Cochez au moins un matériel remis.")
    items = tuple(
        HandedItem(item_id=each, condition=condition_of(form, each), accessories=tuple(form.many(f"given-{each}")))
        for each in chosen
    )
    if form.faults or on is None:
        return None
    return await hand_over(HandOver(loan_id=case.loan.id, handed_over_on=on, items=items), issuer=issuer)


def _fill_hand_over(case: Case, today: date) -> Form:
    form = Form.filled(on=today, items=[line.item_id for line in case.loan.lines_to_hand_over])
    for line in case.loan.lines_to_hand_over:
        form.set(f"condition-{line.item_id}", Condition.GOOD)
        form.set(f"given-{line.item_id}", case.item(line.item_id).accessories)
    return form


async def _take_back(form: Form, case: Case, issuer: Issuer) -> Applied | None:
    on = form.day("on", required="Indiquez la date de retour.")
    lines = {line.item_id: line for line in case.loan.lines_out}
    chosen = chosen_items(form, case, lines, "Cochez au moins un matériel revenu.")
    items = tuple(
        ReturnedItem(
            item_id=each,
            condition=condition_of(form, each),
            missing_accessories=tuple(form.many(f"missing-{each}")),
            ticked=tuple(form.many(f"ticked-{each}")) if form.typed(f"asked-{each}") else None,
        )
        for each in chosen
    )
    if form.faults or on is None:
        return None
    return await take_back(TakeBack(loan_id=case.loan.id, returned_on=on, items=items), issuer=issuer)


def _fill_take_back(case: Case, today: date) -> Form:
    form = Form.filled(on=today, items=[line.item_id for line in case.loan.lines_out])
    for line in case.loan.lines_out:
        form.set(f"condition-{line.item_id}", Condition.GOOD)
    return form


async def _read_checks(case: Case, actor: Actor) -> dict[str, Any]:
    """What the service checks of each item that comes back."""
    out = [case.item(line.item_id) for line in case.loan.lines_out]
    return {"checked": await lines_of(out, CheckMoment.RETURN, actor=actor)}


async def _waited_for(applied: Applied, actor: Actor) -> tuple[str, tuple[str, str]]:
    """Who waits for what has just come back: a sentence, and where the need is read; nothing when nobody does."""
    back = [applied.case.item(line.item_id) for line in applied.case.loan.items if line.returned_on == applied.on]
    if (found := await oldest_need_for(back, actor=actor)) is not None:
        item, line = found
        waited = plural(line.need.waiting_days(applied.on), "jour")
        told = f"{item.inventory_number} conviendrait, une fois préparé, à un élève qui attend depuis {waited}."
        return told, (f"/besoins/{line.need.id}", "Voir ce besoin")
    return "", ("", "")


async def _cancel(form: Form, case: Case, issuer: Issuer) -> Applied | None:
    reason = form.text("reason", required="Dites pourquoi ce prêt est annulé : l'historique le garde.")
    return None if form.faults else await cancel_loan(case.loan.id, reason=reason, issuer=issuer)


async def _read_unsigned(case: Case, actor: Actor) -> Mapping[str, Any]:
    return {"unsigned": unsigned_receipts(case.documents)}


async def _close(form: Form, case: Case, issuer: Issuer) -> Applied | None:
    confirmed = form.ticked("despite_unsigned")
    if not confirmed and unsigned_receipts(case.documents):
        form.fault("despite_unsigned", "Cochez cette case pour clore sans ces signatures.")
        return None
    return await close_loan(case.loan.id, issuer=issuer, despite_unsigned=confirmed)


def empty_form(case: Case, today: date) -> Form:
    """Nothing to fill in beforehand."""
    return Form()


def _may_hand_over(loan: Loan) -> bool:
    return loan.is_open and not loan.is_draft and bool(loan.lines_to_hand_over)


STEPS = (
    Step(
        slug="remise",
        title="Remettre le matériel",
        button="Enregistrer la remise",
        done="Remise enregistrée.",
        is_possible=_may_hand_over,
        act=_hand_over,
        prefill=_fill_hand_over,
        main=True,
        options={"conditions": list(Condition)},
        undo=lambda applied: undo_of_receipt(applied, HANDED_UNTIL),
    ),
    Step(
        slug="retour",
        title="Reprendre le matériel",
        button="Enregistrer le retour",
        done="Retour enregistré.",
        is_possible=lambda loan: loan.is_open and bool(loan.lines_out),
        act=_take_back,
        prefill=_fill_take_back,
        main=True,
        options={"conditions": list(Condition)},
        read=_read_checks,
        undo=lambda applied: undo_of_receipt(applied, BACK_UNTIL),
        follow=_waited_for,
    ),
    Step(
        slug="annulation",
        title="Annuler ce prêt",
        button="Annuler ce prêt",
        done="Prêt annulé : le matériel n'est plus réservé.",
        is_possible=lambda loan: loan.is_open and loan.handed_over_on is None,
        act=_cancel,
        prefill=empty_form,
        danger=True,
        options={},
    ),
    Step(
        slug="cloture",
        title="Clore ce prêt",
        button="Clore ce prêt",
        done="Prêt clos.",
        is_possible=lambda loan: loan.status is LoanStatus.RETURNED,
        act=_close,
        prefill=empty_form,
        main=True,
        options={},
        read=_read_unsigned,
    ),
)


def step_handlers(step: Step) -> list[Any]:
    """The page of a step and what its form does; the same two functions for every step, named after it."""
    template = f"loan/step_{step.slug}.html"

    async def context(case: Case, actor: Actor) -> dict[str, Any]:
        shown = {"step": step, "case": case, "loan": case.loan, "possible": step.is_possible(case.loan), **step.options}
        return shown | dict(await step.read(case, actor) if step.read else {})

    @get(f"/{{loan_id:uuid}}/{step.slug}", name=f"loan:{step.slug}", opt={"permission": Permission.WRITE})
    async def ask(
        request: Request[Any, Any, Any],
        loan_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        today: NamedDependency[date],
    ) -> Response[str]:
        """The form, filled with what is likeliest, and with what the address of another page asks."""
        case = await get_loan(loan_id, actor=actor)
        form = tick_kits(step.prefill(case, today).take(read_query(request)), case)
        return render(request, template, {"form": form, **await context(case, actor)})

    @post(f"/{{loan_id:uuid}}/{step.slug}", name=f"loan:{step.slug}:do", opt={"permission": Permission.WRITE})
    async def do(
        request: Request[Any, Any, Any], loan_id: FromPath[UUID], issuer: NamedDependency[Issuer]
    ) -> Redirect | Response[str]:
        """Do it, or show the form again with every message."""
        form = await read_form(request)
        case = await get_loan(loan_id, actor=issuer.actor)
        applied = None
        try:
            applied = await step.act(form, case, issuer)
        except MaterielError as refusal:
            form.refuse(refusal)
        if applied is None:
            return render_form(request, template, form, await context(case, issuer.actor))
        undo = step.undo(applied) if step.undo else ("", "")
        settle = step.settle(applied) if step.settle else ("", "")
        done = step.done
        if case.loan.lacks_agreement and not applied.case.loan.lacks_agreement:
            done = step.first_done or f"{done} La vraie convention de ce prêt repris est établie."
        told, following = await step.follow(applied, issuer.actor) if step.follow else ("", ("", ""))
        await say_applied(request, f"{done} {told}".strip(), applied, undo=undo, settle=settle, follow=following)
        return Redirect(f"/prets/{loan_id}", status_code=303)

    return [ask, do]


router = Router(
    "/",
    route_handlers=[
        account_required("/prets", [each for step in STEPS for each in step_handlers(step)], Permission.READ)
    ],
    dependencies={"issuer": Provide(provide_issuer), "today": Provide(provide_today)},
)
