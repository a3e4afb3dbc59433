"""Getting items ready again: the checks of what came back, accessories, items found again, states undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.workshop.licence import SeatEnd, UninstallWitness, ended_seat
from materiel.domain.incident.incident import DeclaredAs, IncidentKind
from materiel.domain.item.checklist import CheckMoment
from materiel.domain.item.item import HELD, LOSSES, Item, ItemStatus
from materiel.domain.item.preparation import (
    NOTE_MAX,
    ChecksDone,
    checked_names,
    checks_of,
    lacking,
    prepared,
    with_back,
)
from materiel.domain.language.bounds import Accessories, line
from materiel.domain.language.fields import Fields
from materiel.domain.loan.loan import Loan, LoanItem, held_status
from materiel.errors import BadInput, Conflict, MaterielError
from materiel.store.circuit.workshop import licence as licences
from materiel.store.circuit.workshop import repair as repairs
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.use_cases.incident.event import open_incidents, settle
from materiel.use_cases.item.checklist import note_checks
from materiel.use_cases.papers.issuer import Issuer

MOST_ITEMS = 100
"""Prepared at once: what a person checks before confirming."""

UNDONE = LOSSES | {ItemStatus.WRITTEN_OFF, ItemStatus.IN_REPAIR}
"""The states that somebody may have given by mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAccessories:
    """What was found or replaced of the accessories that an item lacks, and what is missing now."""

    item_id: UUID
    found: Accessories = ()
    replaced: Accessories = ()
    missing: Accessories = ()
    reason: Annotated[str, line(NOTE_MAX)] = ""


@dataclass(frozen=True, slots=True)
class AllPrepared:
    """The items prepared, and the sentence of each refusal, by inventory number."""

    done: tuple[Item, ...]
    refused: dict[UUID, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedOver:
    """Of items chosen together, those that wait for their checks, how many do not, and what each check concerns."""

    waiting: tuple[UUID, ...]
    others: int
    to_erase: int
    to_uninstall: int


@dataclass(frozen=True, slots=True)
class GivenState:
    """An item, and what it was before the state that somebody gave it by hand; `before` is None when that stays."""

    item: Item
    before: ItemStatus | None


@dataclass(frozen=True, slots=True)
class AllUndone:
    """The items whose state was undone, and those left as they are, each with the sentence that says why."""

    done: tuple[Item, ...]
    refused: tuple[tuple[Item, str], ...]


@in_one_visit
async def prepare_item(item_id: UUID, done: ChecksDone, *, issuer: Issuer) -> Item:
    """Do the checks of an item that came back: it enters the stock, or repair.

    Raises:
        NotFound: `item.not_found`.
        Conflict: `item.not_to_prepare`, `item.changed`.
        RuleBroken: `item.invalid`, `item.not_erased`, `item.not_uninstalled`.
        Conflict: `checklist.changed`, a line was ticked that the list no longer has.
    """
    issuer.actor.require(Permission.WRITE)
    async with write_transaction():
        item = await items.get(item_id, issuer.actor.service_id)
        came_back_on = await _last_return(item)
        saved = await items.save(prepared(item, done, came_back_on=came_back_on, today=issuer.today))
        await _settle_seats(item, done, issuer)
        details: dict[str, object] = {
            "done_on": done.done_on.isoformat(),
            "erased": done.erased,
            "uninstalled": done.uninstalled,
            "condition": done.condition.value,
            "missing": list(done.missing_accessories),
            "to": saved.status.value,
            "note": done.note,
        }
        if done.ticked is not None:
            asked, moment = {item.id: done.ticked}, CheckMoment.PREPARATION
            noted = await note_checks(
                asked, {item.id: item}, moment, done_on=done.done_on, actor=issuer.actor, now=issuer.now
            )
            details["unchecked"] = [each.text for lines in noted.values() for each in lines if not each.done]
        await journal.by(issuer.actor, issuer.now).note("item.prepared", saved.id, details)
    return saved


async def _settle_seats(item: Item, done: ChecksDone, issuer: Issuer) -> None:
    """Free the seats of what is said to be uninstalled; what is not said stays to uninstall, and holds nothing back."""
    found = await licences.of_item(item.id, issuer.actor.service_id)
    for case in (each for each in found if each.seat.ended_as is None):
        if done.uninstalled:
            licence = (await licences.line(case.seat.licence_id, issuer.actor.service_id)).licence
            on = max(done.done_on, case.seat.taken_on)
            end, witness = SeatEnd.UNINSTALLED, UninstallWitness.SERVICE
            await licences.save_seat(ended_seat(case, licence, end, witness, on, today=issuer.today))
        else:
            await licences.save_seat(replace(case.seat, left_over=True))


async def software_on(item_id: UUID, *, actor: Actor) -> list[str]:
    """The software that takes a seat of a licence on an item of the service."""
    actor.require(Permission.READ)
    return (await licences.still_on([item_id], actor.service_id)).get(item_id, [])


async def prepare_items(wanted: Sequence[tuple[UUID, ChecksDone]], *, issuer: Issuer) -> AllPrepared:
    """Prepare several items, each in its own transaction: one that is refused stops no other.

    Raises:
        BadInput: `item.none_chosen`, `item.too_many`.
    """
    issuer.actor.require(Permission.WRITE)
    _check_number(len(wanted), "préparez-en")
    done: list[Item] = []
    refused: dict[UUID, str] = {}
    for item_id, each in wanted:
        try:
            done.append(await prepare_item(item_id, each, issuer=issuer))
        except MaterielError as refusal:
            refused[item_id] = refusal.message
    return AllPrepared(tuple(done), refused)


async def look_over(item_ids: Sequence[UUID], *, actor: Actor) -> LookedOver:
    """What is to be checked before several items are prepared together.

    Raises:
        NotFound: `item.not_found`, one of them is not the service's.
    """
    actor.require(Permission.READ)
    found = await items.get_many(item_ids, actor.service_id)
    waiting = {item.id: checks_of(item) for item in found if item.status is ItemStatus.TO_PREPARE}
    return LookedOver(
        waiting=tuple(waiting),
        others=len(found) - len(waiting),
        to_erase=sum(each.erased for each in waiting.values()),
        to_uninstall=sum(each.uninstalled for each in waiting.values()),
    )


@in_one_visit
async def note_accessories(command: NoteAccessories, *, issuer: Issuer) -> Item:
    """Note accessories found, replaced or missing, with the trace of each.

    Raises:
        NotFound: `item.not_found`.
        RuleBroken: `item.invalid`, nothing is said; `item.unknown_accessory`.
    """
    issuer.actor.require(Permission.WRITE)
    fields = Fields("item.invalid")
    back = checked_names(fields, "/found", command.found) + checked_names(fields, "/replaced", command.replaced)
    missing = checked_names(fields, "/missing", command.missing)
    reason = fields.text("/reason", command.reason, longest=NOTE_MAX, name="le motif")
    if not back and not missing:
        fields.add("/found", "Dites quel accessoire est retrouvé, remplacé ou manquant.")
    fields.check()
    async with write_transaction():
        item = await items.get(command.item_id, issuer.actor.service_id)
        saved = await items.save(lacking(with_back(item, back), missing))
        details = {
            "found": list(command.found),
            "replaced": list(command.replaced),
            "missing": list(missing),
            "reason": reason,
        }
        await journal.by(issuer.actor, issuer.now).note("item.accessories_noted", saved.id, details)
    return saved


@in_one_visit
async def undo_status(item_id: UUID, reason: str, *, issuer: Issuer) -> Item:
    """Undo a state given by mistake: the item is again what it was before, and its history tells both.

    Raises:
        NotFound: `item.not_found`.
        RuleBroken: `item.invalid`, no reason.
        Conflict: `item.nothing_to_undo`, its state was not given by hand, or it has left its loan since.
    """
    issuer.actor.require(Permission.WRITE)
    said = _checked_reason(reason)
    async with write_transaction():
        item = await items.get(item_id, issuer.actor.service_id)
        becomes = await status_before(item)
        if becomes is None:
            raise Conflict(
                "item.nothing_to_undo",
                "Cet état n'a pas été donné à la main, ou le matériel a quitté son prêt depuis : s'il est retrouvé, "
                "enregistrez-le comme retrouvé ; s'il est chez un réparateur, défaites la réparation, depuis sa page.",
            )
        saved = await items.save(replace(item, status=becomes))
        await journal.by(issuer.actor, issuer.now).note(
            "item.status_undone", saved.id, {"from": item.status.value, "to": becomes.value, "reason": said}
        )
        if item.status in LOSSES:
            for incident in await open_incidents(item.id, item.service_id, IncidentKind.LOSS):
                if incident.declared_as is DeclaredAs.ACCOUNT:
                    await settle(incident, f"Noté par erreur : {said}", issuer=issuer)
    return saved


async def undo_statuses(item_ids: Sequence[UUID], reason: str, *, issuer: Issuer) -> AllUndone:
    """Undo the state given by mistake to several items, each in its own transaction: one refused stops no other.

    Raises:
        BadInput: `item.none_chosen`, `item.too_many`.
        NotFound: `item.not_found`, one of them at least.
        RuleBroken: `item.invalid`, no reason.
    """
    issuer.actor.require(Permission.WRITE)
    chosen = list(dict.fromkeys(item_ids))
    _check_number(len(chosen), "défaites-en")
    said = _checked_reason(reason)
    done: list[Item] = []
    refused: list[tuple[Item, str]] = []
    for item in await items.get_many(chosen, issuer.actor.service_id):
        try:
            done.append(await undo_status(item.id, said, issuer=issuer))
        except MaterielError as refusal:
            refused.append((item, refusal.message))
    return AllUndone(tuple(done), tuple(refused))


async def states_before_of(item_ids: Sequence[UUID], *, actor: Actor) -> list[GivenState]:
    """What undoing would give to each of some items, in the order asked.

    Raises:
        BadInput: `item.none_chosen`, `item.too_many`.
        NotFound: `item.not_found`, one of them at least.
    """
    actor.require(Permission.READ)
    chosen = list(dict.fromkeys(item_ids))
    _check_number(len(chosen), "défaites-en")
    return [GivenState(each, await status_before(each)) for each in await items.get_many(chosen, actor.service_id)]


async def status_before_of(item_id: UUID, *, actor: Actor) -> ItemStatus | None:
    """What undoing would give to an item of the actor's service; None when there is nothing to undo.

    Raises:
        NotFound: `item.not_found`.
    """
    actor.require(Permission.READ)
    return await status_before(await items.get(item_id, actor.service_id))


async def status_before(item: Item) -> ItemStatus | None:
    """What an item was before the state that somebody gave it by hand; None when there is nothing to undo."""
    if item.status not in UNDONE:
        return None
    loan, line = await open_line(item)
    if loan is not None and line is not None:
        return _status_in(loan, line)
    mended = await repairs.of_item(item.id, item.service_id) if item.status is ItemStatus.IN_REPAIR else []
    if any(each.returned_on is None for each in mended):
        # The repair is undone, on its own page, and the state with it.
        return None
    told = [entry for entry in await journal.of_subject(item.service_id, item.id) if "to" in entry.details]
    if not told or told[-1].details["to"] != item.status.value:
        return None
    if told[-1].action == "item.disposed":
        # It has left with its act: nothing here takes that back.
        return None
    if told[-1].action == "item.prepared":
        return ItemStatus.TO_PREPARE
    before = ItemStatus(told[-1].details["from"])
    return None if before in HELD else before


def _status_in(loan: Loan, line: LoanItem) -> ItemStatus:
    if line.handed_over_on is None:
        return ItemStatus.RESERVED
    if loan.recalled_on is not None or line.withdrawn_on is not None:
        return ItemStatus.DUE_BACK
    return held_status(loan.custody)


async def open_line(item: Item) -> tuple[Loan | None, LoanItem | None]:
    """The loan that holds an item, and its line in it; None for both when none does."""
    loan = await loans.open_loan_of(item.id)
    if loan is None:
        return None, None
    return loan, next(line for line in loan.open_items if line.item_id == item.id)


async def _last_return(item: Item) -> date | None:
    held = await loans.page(item.service_id, item_id=item.id, limit=loans.MOST)
    days = [
        line.returned_on
        for loan in held
        for line in loan.items
        if line.item_id == item.id and line.returned_on is not None
    ]
    return max(days, default=None)


def _check_number(number: int, act: str) -> None:
    if not number:
        raise BadInput("item.none_chosen", "Aucun matériel n'est choisi : cochez-en au moins un dans la liste.")
    if number > MOST_ITEMS:
        raise BadInput("item.too_many", f"{number} matériels choisis ; {act} {MOST_ITEMS} au plus à la fois.")


def _checked_reason(reason: str) -> str:
    fields = Fields("item.invalid")
    said = fields.text("/reason", reason, longest=NOTE_MAX, required=True, name="le motif")
    fields.check()
    return said
