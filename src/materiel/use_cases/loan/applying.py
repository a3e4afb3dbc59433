"""Carrying out a plan: documents made and ended, items moved, loan saved, journal written; the caller's transaction.

The rules planned everything in `domain`; this decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from materiel.documents.facts import Change, ItemFacts
from materiel.domain.item.item import Item, ItemStatus
from materiel.domain.item.preparation import lacking, there_again
from materiel.domain.loan.decision import Caution
from materiel.domain.loan.loan import Loan, LoanStatus, RemovalReason
from materiel.domain.loan.plan import Plan, PlannedDocument, Side
from materiel.domain.papers.custodians import Place
from materiel.domain.papers.document import AGREEMENTS, Document, DocumentKind, DocumentStatus
from materiel.store.circuit.workshop import kit as kits
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.use_cases.circuit.meeting import settle_needs
from materiel.use_cases.loan.case import Case
from materiel.use_cases.loan.issuing import Wanted, draw_document, keep_documents
from materiel.use_cases.papers.issuer import Issuer


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """Whom a step wrote to, and who has no address and must be handed a print, by their names."""

    written_to: tuple[str, ...] = ()
    to_print: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A loan after a step, on a day: the case as it is now, the documents that the step made, what to be careful of.

    `others`: what the same event did to the other loans of the pupil; `made_other` tells that it made that loan.
    `letters`: whom the step wrote to.
    """

    case: Case
    made: tuple[Document, ...]
    cautions: tuple[Caution, ...]
    on: date
    others: tuple[Applied, ...] = ()
    made_other: bool = False
    letters: Letters = Letters()


async def apply_plan(
    case: Case,
    plan: Plan,
    issuer: Issuer,
    *,
    new_place: Place | None = None,
    added: Sequence[Item] = (),
) -> Applied:
    """Write what a plan says.

    Args:
        case: the loan as read in this transaction.
        plan: made by the rules from this case.
        issuer: who acts and when.
        new_place: where the loan goes, when the plan moves it to another school.
        added: the items that an amendment brings in.

    Raises:
        Conflict: `loan.changed`, someone changed the loan meanwhile; `item.already_lent`.
        RuleBroken: a document cannot be made, see `draw_document`.
    """
    place = new_place or case.place
    saved = await loans.save(_without_ended_renewal(plan), was=case.loan)
    becomes = _becomes(plan)
    ended = [replace(each, status=becomes[each.id]) for each in case.documents if each.id in becomes]
    after = replace(case.with_documents(ended), loan=saved, place=place, items=(*case.items, *added))
    if added:
        together = await kits.of_items([each.id for each in after.items])
        after = replace(after, kits=tuple(together))
    drawn: list[tuple[Document, bytes]] = []
    made: list[Document] = []
    for planned in plan.make:
        side = case if planned.side is Side.BEFORE else after
        wanted = _wanted(side, planned, plan, _old_school_change(case, plan, place), case)
        drawn_of = side.with_documents(made)
        if planned.renews:
            # That of a loan taken over, or of a trial, says the new term, which the loan has once all have signed.
            drawn_of = replace(drawn_of, loan=replace(drawn_of.loan, ends_on=plan.new_ends_on))
        document, pdf = await draw_document(drawn_of, wanted, issuer)
        drawn.append((document, pdf))
        made.append(document)
        after = after.with_documents([document])
        if _waits(planned, plan):
            after = replace(after, loan=_awaiting(plan, after.loan, document))
    await keep_documents(drawn, issuer)
    await _end(becomes, plan, made, case.service.id)
    await _await(plan, saved, made)
    saved = after.loan
    await _change_items(plan, case.service.id)
    if plan.moved:
        await loans.add_school(saved.id, place.school.id, saved.custody, plan.effective_on)
    await settle_needs(case.loan, saved, actor=issuer.actor, now=issuer.now)
    await _journal(plan, saved, made, ended, issuer)
    return Applied(case=after, made=tuple(made), cautions=plan.cautions, on=issuer.today)


def _without_ended_renewal(plan: Plan) -> Loan:
    """The loan as it becomes; a renewal whose amendment ends before all have signed is no longer awaited.

    A return keeps it beside the loan, which awaits nobody any more: it may have been a mistake.
    """
    if plan.loan.renewal in {*plan.end, *plan.replace} and plan.loan.status is not LoanStatus.RETURNED:
        return replace(plan.loan, renewal=None, renewal_ends_on=None)
    return plan.loan


def _waits(planned: PlannedDocument, plan: Plan) -> bool:
    """Whether what changes waits for a paper: an amendment, or the agreement that a loan taken over has instead."""
    return planned.is_agreed_upon or (bool(plan.added) and planned.required.kind in AGREEMENTS)


def _awaiting(plan: Plan, loan: Loan, amendment: Document) -> Loan:
    """The loan that awaits what an amendment changes once it is signed by all: the items brought in, the last day."""
    added = set(plan.added)
    lines = tuple(
        replace(line, agreed_by=amendment.id) if line.item_id in added and line.removed_on is None else line
        for line in loan.items
    )
    loan = replace(loan, items=lines)
    if plan.added or plan.removed:
        return loan
    return replace(loan, renewal=amendment.id, renewal_ends_on=plan.new_ends_on)


async def _await(plan: Plan, loan: Loan, made: Sequence[Document]) -> None:
    """Note the same, beside the loan."""
    for planned, amendment in zip(plan.make, made, strict=True):
        if not _waits(planned, plan):
            continue
        await loans.await_agreement(loan.id, plan.added, amendment.id)
        if not plan.added and not plan.removed:
            await loans.await_renewal(loan.id, amendment.id, plan.new_ends_on)


def _becomes(plan: Plan) -> dict[UUID, DocumentStatus]:
    return {
        **dict.fromkeys(plan.end, DocumentStatus.ENDED),
        **dict.fromkeys(plan.replace, DocumentStatus.REPLACED),
        **dict.fromkeys(plan.void, DocumentStatus.VOID),
        **dict.fromkeys(plan.restore, DocumentStatus.IN_FORCE),
    }


async def _end(becomes: Mapping[UUID, DocumentStatus], plan: Plan, made: Sequence[Document], service_id: UUID) -> None:
    """Write what the papers of the loan become; what ends or is replaced tells by which paper."""
    by = {DocumentStatus.ENDED: made[0].id, DocumentStatus.REPLACED: made[0].id} if made else {}
    for status in (DocumentStatus.ENDED, DocumentStatus.REPLACED, DocumentStatus.VOID):
        changed = [document_id for document_id, each in becomes.items() if each is status]
        await documents.set_status(changed, service_id, status, by=by.get(status))
    await documents.restore(plan.restore, service_id)


async def _change_items(plan: Plan, service_id: UUID) -> None:
    changed: dict[UUID, Item] = {}
    for status in ItemStatus:
        changed |= await items.set_status([item for item, becomes in plan.item_statuses if becomes is status], status)
    for names_of, seen in ((plan.lacking, lacking), (plan.there_again, there_again)):
        for item_id, names in names_of:
            item = changed.get(item_id) or await items.get(item_id, service_id)
            changed[item_id] = await items.save(seen(item, names))


def _wanted(side: Case, planned: PlannedDocument, plan: Plan, change: Change | None, before: Case) -> Wanted:
    kind = planned.required.kind
    replaced = next((each for each in before.documents if each.id == planned.replaces), None)
    return Wanted(
        required=planned.required,
        lines=tuple(_line(side, plan.loan, item_id, kind) for item_id in planned.items),
        change=_amended(side, plan) if kind is DocumentKind.AMENDMENT else change,
        replaces=replaced,
        happened_on=plan.effective_on,
        begins_on=max(plan.effective_on, plan.loan.starts_on) if _begins_anew(plan, planned, before) else None,
        takes_effect_on=max(plan.effective_on, plan.loan.starts_on),
        goes_on=planned.goes_on,
    )


def _begins_anew(plan: Plan, planned: PlannedDocument, before: Case) -> bool:
    """Whether an agreement rules from the day of the step only: until then another one, or the old paper, did."""
    follows = before.loan.is_covered_by_old_paper or (planned.renews and not before.loan.lacks_agreement)
    return plan.moved or (planned.required.kind in AGREEMENTS and follows)


def _line(side: Case, loan: Loan, item_id: UUID, kind: DocumentKind) -> ItemFacts:
    """An item as the document shows it; receipts tell the condition seen on that occasion."""
    item = side.item(item_id)
    line = next((each for each in reversed(loan.items) if each.item_id == item_id), None)
    if line is None:
        return ItemFacts(item=item)
    if kind is DocumentKind.HANDOVER_RECEIPT:
        given = item if line.accessories is None else replace(item, accessories=line.accessories)
        return ItemFacts(item=given, condition=line.condition_out)
    if kind is DocumentKind.RETURN_RECEIPT:
        return ItemFacts(item=item, condition=line.condition_in, missing_accessories=line.missing_accessories)
    return ItemFacts(item=item, handed_over=line.handed_over_on is not None)


def _amended(after: Case, plan: Plan) -> Change:
    """What an amendment says: lines in and out, or a new term."""
    awaited = {item_id for item_id, becomes in plan.item_statuses if becomes is ItemStatus.DUE_BACK}
    reasons = {
        f"{each.reason.label.lower()}{', à rapporter au service' if each.item_id in awaited else ''}"
        for each in plan.removed
    }
    renewed = not plan.added and not plan.removed
    return Change(
        effective_on=plan.effective_on,
        added=tuple(ItemFacts(item=after.item(item_id)) for item_id in plan.added),
        removed=tuple(ItemFacts(item=after.item(each.item_id)) for each in plan.removed),
        removal_reason=", ".join(sorted(reasons)),
        moved=bool(plan.removed) and all(each.reason is RemovalReason.MOVED for each in plan.removed),
        old_ends_on=plan.old_ends_on if renewed else None,
        new_ends_on=plan.new_ends_on if renewed else None,
        renewed=renewed,
        provisional=plan.provisional,
    )


def _old_school_change(case: Case, plan: Plan, place: Place) -> Change | None:
    if place.school.uai == case.place.school.uai:
        return None
    return Change(effective_on=plan.effective_on, old_school=case.place.school)


async def _journal(
    plan: Plan, loan: Loan, made: Sequence[Document], changed: Sequence[Document], issuer: Issuer
) -> None:
    details: dict[str, Any] = {"status": loan.status.value, "effective_on": plan.effective_on.isoformat()}
    if plan.item_statuses:
        details["items"] = {str(item_id): status.value for item_id, status in plan.item_statuses}
    if made:
        details["documents"] = [each.number for each in made]
    if plan.void:
        details["voided"] = [each.number for each in changed if each.id in plan.void]
    if plan.restore:
        details["restored"] = [each.number for each in changed if each.id in plan.restore]
    if plan.moved:
        details["school"] = loan.school_uai
        details["custody"] = loan.custody.value
    if plan.other is not None:
        details["other"] = str(plan.other)
    if plan.other is not None and not plan.removed:
        details["school"], details["custody"] = loan.school_uai, loan.custody.value
    if plan.rule is not None:
        details["rule"] = {"reason": plan.rule.reason, "source": str(plan.rule.source)}
    if plan.conditions:
        details["conditions"] = {str(item_id): seen.value for item_id, seen in plan.conditions.items()}
    if plan.removed:
        details["removed"] = {
            str(each.item_id): {"reason": each.reason.value, "fault": each.fault.value} for each in plan.removed
        }
    await journal.by(issuer.actor, issuer.now).note(plan.action, loan.id, details)
