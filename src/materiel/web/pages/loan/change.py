"""The changes of a loan that goes on, each a small form: another school, another custody, a new term, other items."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Router
from litestar.di import Provide

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.item import Condition
from materiel.domain.loan.decision import Schooling
from materiel.domain.loan.loan import Loan, LoanItem, RemovalReason
from materiel.domain.loan.plan import DESCRIPTION_MAX, Fault, Removal
from materiel.domain.loan.steps import HandedItem
from materiel.domain.places.school import School
from materiel.domain.usage import Basis, BasisKind, Custody, Usage
from materiel.errors import MaterielError
from materiel.use_cases.circuit.workshop.kit import find_kit
from materiel.use_cases.incident.incident import incidents_of_item
from materiel.use_cases.item.code import find_meant_item
from materiel.use_cases.loan.applying import Applied
from materiel.use_cases.loan.case import Case
from materiel.use_cases.loan.changes import Amend, Renew, amend_loan, renew_loan
from materiel.use_cases.loan.moves import (
    ChangeCustody,
    ChangeSchool,
    change_custody,
    change_school,
    other_loans_of_pupil,
)
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.places.school import get_school, list_schools
from materiel.web.acting import provide_issuer, provide_today
from materiel.web.audience import account_required
from materiel.web.http.forms import Form
from materiel.web.pages.acting import fault_of_code
from materiel.web.pages.loan.step import Step, chosen_items, condition_of, step_handlers

AMENDMENT_REASONS = [each for each in RemovalReason if each is not RemovalReason.MOVED]
"""Another custody is not a reason to choose: it has a page of its own, which makes the second loan."""


async def _change_school(form: Form, case: Case, issuer: Issuer) -> Applied | None:
    on = form.day("effective_on", required="Indiquez le jour du changement.")
    schooling = form.choice("schooling", Schooling) or Schooling.ORDINARY
    school = await named_school(form, "school", issuer.actor)
    given_back = (await _read_others(case, issuer.actor))["given_back"]
    items = tuple(HandedItem(item_id=each.id, condition=condition_of(form, each.id)) for each in given_back)
    if form.faults or on is None or school is None:
        return None
    command = ChangeSchool(
        loan_id=case.loan.id,
        school=school.uai,
        effective_on=on,
        schooling=schooling,
        override_reason=form.text("override_reason"),
        items=items,
    )
    return await change_school(command, issuer=issuer)


async def _read_others(case: Case, actor: Actor) -> dict[str, Any]:
    """The loans that follow, and what the former school gives back, of all of them."""
    others = await other_loans_of_pupil(case, actor=actor)
    given_back = [
        each.item(line.item_id)
        for each in (case, *others)
        if not each.loan.is_draft and each.loan.custody is Custody.SCHOOL
        for line in each.loan.lines_out
    ]
    return {"others": others, "given_back": given_back}


async def named_school(form: Form, name: str, actor: Actor) -> School | None:
    """The one school that a field names, by its UAI or by words; a fault that lists the likeliest ones otherwise."""
    typed = form.text(name, required="Indiquez l'établissement par son UAI, ou par son nom et sa commune.")
    if not typed:
        return None
    try:
        return await get_school(typed, actor=actor)
    except MaterielError:
        found = await list_schools(actor=actor, q=typed, limit=6)
    if len(found) == 1:
        return found[0]
    likeliest = " ; ".join(f"{each.uai}, {each.name}, {each.municipality_name}" for each in found[:5])
    more = " ; et d'autres" if len(found) > 5 else ""
    form.fault(
        name,
        f"Plusieurs établissements répondent : {likeliest}{more}. Recopiez l'UAI du bon."
        if found
        else f"Aucun établissement ne répond à « {typed[:60]} ». Essayez d'autres mots, ou importez l'annuaire.",
    )
    return None


async def _change_custody(form: Form, case: Case, issuer: Issuer) -> Applied | None:
    on = form.day("effective_on", required="Indiquez le jour du changement.")
    lent = {line.item_id: line for line in case.loan.lent_items}
    several = len(lent) > 1
    only = chosen_items(form, case, lent, "Cochez au moins un matériel qui change de garde.") if several else list(lent)
    items = tuple(
        HandedItem(item_id=line.item_id, condition=condition_of(form, line.item_id))
        for line in _changing_hands(case.loan)
        if line.item_id in only
    )
    if form.faults or on is None:
        return None
    command = ChangeCustody(
        loan_id=case.loan.id,
        custody=other_custody(case.loan),
        effective_on=on,
        items=items,
        only=tuple(only),
        override_reason=form.text("override_reason"),
    )
    return await change_custody(command, issuer=issuer)


def _changing_hands(loan: Loan) -> tuple[LoanItem, ...]:
    """What passes from one keeper to another when the custody of an issued loan changes."""
    return () if loan.is_draft else loan.lines_out


def _fill_custody(case: Case, today: date) -> Form:
    form = _fill_day(case, today)
    form.set("items", [str(line.item_id) for line in case.loan.lent_items])
    return form


def other_custody(loan: Loan) -> Custody:
    """Where the items are not."""
    return Custody.SCHOOL if loan.custody is Custody.HOME else Custody.HOME


async def _renew(form: Form, case: Case, issuer: Issuer) -> Applied | None:
    command = Renew(
        loan_id=case.loan.id,
        ends_on=form.day("ends_on"),
        basis=read_basis(form),
        override_reason=form.text("override_reason"),
    )
    return None if form.faults else await renew_loan(command, issuer=issuer)


def read_basis(form: Form) -> Basis | None:
    """The decision that the loan rests upon; None when no kind is chosen."""
    if not form.text("basis/kind"):
        return None
    kind = form.choice("basis/kind", BasisKind)
    decided_on, valid_until = form.day("basis/decided_on"), form.day("basis/valid_until")
    if kind is None:
        return None
    return Basis(kind=kind, reference=form.text("basis/reference"), decided_on=decided_on, valid_until=valid_until)


async def _amend(form: Form, case: Case, issuer: Issuer) -> Applied | None:
    on = form.day("effective_on", required="Indiquez le jour du changement.")
    add = [
        each
        for typed in form.lines("add").splitlines()
        if typed.strip()
        for each in await _named_items(form, typed, issuer)
    ]
    told = (await _told(case, issuer.actor))["told"]
    remove = [
        _removal(form, line.item_id, is_told=bool(told[line.item_id]))
        for line in case.loan.open_items
        if form.typed(f"remove-{line.item_id}")
    ]
    if form.faults or on is None:
        return None
    command = Amend(
        loan_id=case.loan.id,
        effective_on=on,
        add=tuple(dict.fromkeys(add)),
        remove=tuple(each for each in remove if each is not None),
    )
    return await amend_loan(command, issuer=issuer)


async def _named_items(form: Form, typed: str, issuer: Issuer) -> list[UUID]:
    """The item that a line names, or all of the kit that it names and that may be lent."""
    if (kit := await find_kit(typed, actor=issuer.actor)) is not None:
        available = kit.available(issuer.today)
        if not available:
            form.fault("add", f"Aucun élément du kit {kit.number} ne peut être prêté : voyez sa fiche.")
        return [each.id for each in available]
    try:
        return [(await find_meant_item(typed, actor=issuer.actor)).id]
    except MaterielError as unknown:
        fault_of_code(form, "add", unknown)
        return []


def _removal(form: Form, item_id: UUID, *, is_told: bool) -> Removal | None:
    """Why an item leaves, asked once: what an open incident already tells may be left empty."""
    reason = form.choice(f"remove-{item_id}", RemovalReason)
    if reason is None:
        return None
    typed = form.text(f"fault-{item_id}")
    fault = Fault(typed) if typed in {each.value for each in Fault} else Fault.UNDECIDED
    happened = reason is not RemovalReason.RETURNED
    description = form.text(f"told-{item_id}")
    if happened and not description and (fault is not Fault.UNDECIDED or not is_told):
        form.fault(f"told-{item_id}", "Dites ce qui s'est passé : l'incident le garde.")
    if len(description) > DESCRIPTION_MAX:
        told = f"Ce texte compte {len(description)} caractères ; {DESCRIPTION_MAX} au plus."
        form.fault(f"told-{item_id}", told)
    condition = form.typed(f"condition-{item_id}")
    return Removal(
        item_id=item_id,
        reason=reason,
        fault=fault if happened else Fault.UNDECIDED,
        came_back=form.ticked(f"back-{item_id}"),
        condition=Condition(condition) if condition in {each.value for each in Condition} else None,
        missing_accessories=tuple(form.many(f"missing-{item_id}")),
        description=description,
        happened_on=form.day(f"happened-{item_id}") if happened else None,
    )


async def _told(case: Case, actor: Actor) -> dict[str, Any]:
    """The incidents still open about the items of the loan, by item."""
    return {
        "told": {
            line.item_id: [each for each in await incidents_of_item(line.item_id, actor=actor) if each.is_open]
            for line in case.loan.open_items
        }
    }


def _fill_day(case: Case, today: date) -> Form:
    return Form.filled(effective_on=max(today, case.loan.starts_on), schooling=Schooling.ORDINARY)


def _may_renew(loan: Loan) -> bool:
    return loan.is_open and not loan.is_draft and loan.recalled_on is None


def _is_open(loan: Loan) -> bool:
    return loan.is_open


def _changes() -> tuple[Step, ...]:
    options: dict[str, Any] = {"bases": list(BasisKind)}
    return (
        Step(
            slug="renouvellement",
            title="Renouveler le prêt",
            button="Renouveler",
            done="Le renouvellement est établi ; le terme change quand tous l'ont signé.",
            first_done="La vraie convention est établie ; son nouveau terme vaut quand tous l'ont signée.",
            is_possible=_may_renew,
            act=_renew,
            prefill=lambda case, today: Form(),
            options=options,
        ),
        Step(
            slug="avenant",
            title="Ajouter, retirer ou échanger du matériel",
            button="Modifier la liste du matériel",
            done="La liste du matériel est modifiée.",
            is_possible=_is_open,
            act=_amend,
            prefill=_fill_day,
            options={
                "reasons": AMENDMENT_REASONS,
                "findings": list(Fault),
                "conditions": list(Condition),
                "longest": DESCRIPTION_MAX,
            },
            read=_told,
        ),
        Step(
            slug="etablissement",
            title="Changer d'établissement",
            button="Changer d'établissement",
            done="Changement d'établissement enregistré.",
            is_possible=_is_open,
            act=_change_school,
            prefill=_fill_day,
            options={"schoolings": list(Schooling), "conditions": list(Condition)},
            read=_read_others,
        ),
        Step(
            slug="garde",
            title="Changer le lieu de garde",
            button="Changer le lieu de garde",
            done="Changement du lieu de garde enregistré.",
            is_possible=lambda loan: loan.is_open and loan.usage is Usage.INDIVIDUAL,
            act=_change_custody,
            prefill=_fill_custody,
            options={"target": other_custody, "conditions": list(Condition)},
        ),
    )


CHANGES = _changes()

router = Router(
    "/",
    route_handlers=[
        account_required("/prets", [each for step in CHANGES for each in step_handlers(step)], Permission.READ)
    ],
    dependencies={"issuer": Provide(provide_issuer), "today": Provide(provide_today)},
)
