"""A pile of items on the counter: look at each, then hand over, take back or prepare the whole pile.

Each loan is a step of its own, with its receipt: one that is refused stops no other. Some are read, then written, in
one transaction; a refusal undoes its own loan alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.checklist import CheckLines
from materiel.domain.item.item import Condition, Item, ItemStatus
from materiel.domain.item.preparation import ChecksDone
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.loan.loan import Loan
from materiel.domain.loan.steps import HandedItem, ReturnedItem, plan_hand_over, plan_return
from materiel.domain.papers.document import Document
from materiel.domain.places.school import SchoolKind
from materiel.errors import BadInput, MaterielError, Unavailable
from materiel.store.engine.database import in_one_visit, undone_alone, write_transaction
from materiel.store.item import item as items
from materiel.store.item import list as item_list
from materiel.store.item.list import ItemHolder
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.store.places import school as schools
from materiel.use_cases.item.preparation import prepare_items
from materiel.use_cases.loan.applying import Applied
from materiel.use_cases.loan.case import Case, load_cases
from materiel.use_cases.loan.steps import HandOver, TakeBack, hand_over_case, take_back_case
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.papers.receipts import check_height

LOANS_AT_ONCE = 10
"""Loans of one transaction: other writers wait for it as long as for a few loans made one by one."""


class PileAction(LabelledEnum):
    """What is done with the pile; the value is in the page's address."""

    HAND_OVER = "remettre", "Remettre"
    TAKE_BACK = "reprendre", "Reprendre"
    PREPARE = "preparer", "Préparer"
    LABEL = "etiqueter", "Étiqueter"


@dataclass(frozen=True, slots=True)
class Looked:
    """An item of the pile, who holds it, and why it cannot be handed over or taken back; `refusal` empty if it can.

    `cautions` are French sentences to read before confirming.
    """

    item: Item
    holder: ItemHolder | None
    refusal: str = ""
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PileItem:
    """One item and the condition seen; the accessories given or missing, the checks done when it is prepared.

    `ticked`: the lines of the service's own list that were ticked, None when nobody looked.
    """

    item_id: UUID
    condition: Condition = Condition.GOOD
    missing_accessories: tuple[str, ...] = ()
    accessories: tuple[str, ...] | None = None
    erased: bool = False
    uninstalled: bool = False
    ticked: CheckLines | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of a pile: items done, receipts made, and the sentence of each refusal by item."""

    items: tuple[UUID, ...]
    receipts: tuple[Document, ...]
    refused: dict[UUID, str]


async def items_of(loan_ids: Sequence[UUID], action: PileAction, *, actor: Actor) -> list[UUID]:
    """The items of these loans that may be handed over, or taken back: what their lines still hold.

    Raises:
        BadInput: `pile.too_high`.
    """
    actor.require(Permission.READ)
    found = await loans.get_many(loan_ids, actor.service_id)
    item_ids = [
        line.item_id
        for loan in found
        for line in (loan.lines_to_hand_over if action is PileAction.HAND_OVER else loan.lines_out)
    ]
    check_height(item_ids)
    return item_ids


async def look_at(action: PileAction, item_ids: Sequence[UUID], *, actor: Actor, now: datetime) -> list[Looked]:
    """The items in the order of the pile, each with what the rules say of it today.

    Raises:
        BadInput: `pile.too_high`.
        NotFound: `item.not_found`.
    """
    actor.require(Permission.READ)
    check_height(item_ids)
    chosen = await items.get_many(item_ids, actor.service_id)
    holders = await item_list.holders(item_ids)
    if action in (PileAction.LABEL, PileAction.PREPARE):
        return [Looked(item, holders.get(item.id), _not_to_prepare(action, item)) for item in chosen]
    held = await loans.get_many(list({holder.loan_id for holder in holders.values()}), actor.service_id)
    papers = await documents.of_loans([loan.id for loan in held])
    places = await schools.by_uais([loan.school_uai for loan in held], actor.service_id)
    by_id = {loan.id: loan for loan in held}
    looked = []
    for item in chosen:
        holder = holders.get(item.id)
        if holder is None:
            looked.append(Looked(item, None, not_lent(action, item)))
        else:
            loan = by_id[holder.loan_id]
            kind = places[loan.school_uai].kind
            looked.append(_look(action, item, holder, loan, kind, papers[loan.id], actor.civil_date(now)))
    return looked


async def process_pile(action: PileAction, pile: Sequence[PileItem], *, on: date, issuer: Issuer) -> Done:
    """Hand over or take back what can be, one loan after the other; or prepare it, item by item.

    Raises:
        BadInput: `pile.empty`, `pile.too_high`.
        NotFound: `item.not_found`.
    """
    issuer.actor.require(Permission.WRITE)
    if not pile:
        raise BadInput("pile.empty", "La pile est vide : scannez au moins un matériel.")
    wanted = {each.item_id: each for each in pile}
    check_height(list(wanted))
    chosen = await items.get_many(list(wanted), issuer.actor.service_id)
    if action is PileAction.PREPARE:
        prepared = await prepare_items([(each.item_id, _prepared(each, on)) for each in wanted.values()], issuer=issuer)
        return Done(items=tuple(item.id for item in prepared.done), receipts=(), refused=prepared.refused)
    holders = await item_list.holders(list(wanted))
    refused = {item.id: not_lent(action, item) for item in chosen if item.id not in holders}
    by_loan: dict[UUID, list[PileItem]] = defaultdict(list)
    for item_id, each in wanted.items():
        if item_id in holders:
            by_loan[holders[item_id].loan_id].append(each)
    done: list[UUID] = []
    receipts: list[Document] = []
    groups = list(by_loan.items())
    for start in range(0, len(groups), LOANS_AT_ONCE):
        some = await _process(action, dict(groups[start : start + LOANS_AT_ONCE]), on, issuer)
        done += some.items
        receipts += some.receipts
        refused |= some.refused
    return Done(items=tuple(done), receipts=tuple(receipts), refused=refused)


@in_one_visit
async def _process(action: PileAction, groups: dict[UUID, list[PileItem]], on: date, issuer: Issuer) -> Done:
    """Some loans in one transaction; when the database cannot answer, all of them are refused."""
    done: list[UUID] = []
    receipts: list[Document] = []
    refused: dict[UUID, str] = {}
    try:
        async with write_transaction():
            for case in await load_cases(list(groups), issuer.actor):
                group = groups[case.loan.id]
                try:
                    async with undone_alone():
                        applied = await _apply(action, case, group, on, issuer)
                except Unavailable:
                    raise
                except MaterielError as refusal:
                    refused |= {each.item_id: refusal.message for each in group}
                else:
                    done += [each.item_id for each in group]
                    receipts += applied.made
    except MaterielError as refusal:
        everything = {each.item_id: refusal.message for group in groups.values() for each in group}
        return Done(items=(), receipts=(), refused=everything)
    return Done(items=tuple(done), receipts=tuple(receipts), refused=refused)


def _look(
    action: PileAction,
    item: Item,
    holder: ItemHolder,
    loan: Loan,
    kind: SchoolKind,
    papers: Sequence[Document],
    today: date,
) -> Looked:
    try:
        if action is PileAction.HAND_OVER:
            handed = [HandedItem(item_id=item.id)]
            plan = plan_hand_over(loan, papers, kind, handed, handed_over_on=today, today=today)
        else:
            back = [ReturnedItem(item_id=item.id, condition=Condition.GOOD)]
            software = frozenset({item.id}) if item.is_software else frozenset()
            plan = plan_return(loan, papers, kind, back, returned_on=today, today=today, software=software)
    except MaterielError as refusal:
        return Looked(item, holder, refusal.message)
    return Looked(item, holder, cautions=tuple(caution.detail for caution in plan.cautions))


async def _apply(action: PileAction, case: Case, group: Sequence[PileItem], on: date, issuer: Issuer) -> Applied:
    if action is PileAction.HAND_OVER:
        handed = tuple(
            HandedItem(item_id=each.item_id, condition=each.condition, accessories=each.accessories) for each in group
        )
        command = HandOver(loan_id=case.loan.id, handed_over_on=on, items=handed)
        return await hand_over_case(case, command, issuer=issuer)
    back = tuple(
        ReturnedItem(
            item_id=each.item_id,
            condition=each.condition,
            missing_accessories=each.missing_accessories,
            ticked=each.ticked,
        )
        for each in group
    )
    return await take_back_case(case, TakeBack(loan_id=case.loan.id, returned_on=on, items=back), issuer=issuer)


def _prepared(each: PileItem, on: date) -> ChecksDone:
    return ChecksDone(
        done_on=on,
        condition=each.condition,
        erased=each.erased,
        uninstalled=each.uninstalled,
        missing_accessories=each.missing_accessories,
        ticked=each.ticked,
    )


def _not_to_prepare(action: PileAction, item: Item) -> str:
    if action is not PileAction.PREPARE or item.status is ItemStatus.TO_PREPARE:
        return ""
    return f"Ce matériel n'est pas à préparer ({item.status.label.lower()})."


def not_lent(action: PileAction, item: Item) -> str:
    """Why an item that no loan holds is neither handed over nor taken back."""
    state = item.status.label.lower()
    if action is PileAction.HAND_OVER:
        return f"Ce matériel n'est dans aucun prêt ({state}) : préparez d'abord son prêt."
    return f"Ce matériel n'est dans aucun prêt ({state}) : il n'y a rien à reprendre."
