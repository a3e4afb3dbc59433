"""States of condition: note one at a hand-over, at a return or on a day, correct it, picture it, read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.condition.outline import ItemView, Outline, outline_of
from materiel.domain.circuit.condition.state import (
    ConditionMoment,
    ConditionSeen,
    ConditionState,
    check_moment,
    checked_caption,
    checked_state,
    first_day,
)
from materiel.domain.incident.photo import Photo, PhotoOccasion, check_photos
from materiel.domain.item.item import Item
from materiel.domain.language.bounds import Version
from materiel.domain.loan.loan import LoanItem
from materiel.errors import NotFound, RuleBroken
from materiel.store.circuit.condition import state as states
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.incident import photo as photos
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.use_cases.incident.photo import Picture, pictures_of
from materiel.use_cases.papers.printable import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCondition(ConditionSeen):
    """A state of an item: when, and by which loan for a hand-over or a return."""

    item_id: UUID
    moment: ConditionMoment
    loan_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectCondition(ConditionSeen):
    """The same written again."""

    item_id: UUID
    state_id: UUID
    version: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureCondition:
    """Photographs of a state: what they show, for whoever does not see them, and from which side."""

    item_id: UUID
    state_id: UUID
    files: tuple[bytes, ...]
    caption: str
    view: ItemView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionSheet:
    """A state with its item, the drawing of it, and what pictures it."""

    state: ConditionState
    item: Item
    outline: Outline
    photos: tuple[Photo, ...]


@in_one_visit
async def note_condition(command: NoteCondition, *, actor: Actor, now: datetime) -> ConditionState:
    """Keep what was seen of an item.

    Raises:
        NotFound: `item.not_found`, `loan.not_found`, `loan.unknown_item`.
        Conflict: `condition.no_loan`, `condition.not_handed_over`, `condition.already_noted`.
        RuleBroken: `condition.invalid`, `text.not_printable`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        item = await items.get(command.item_id, actor.service_id)
        state = ConditionState(
            id=new_id(),
            service_id=actor.service_id,
            item_id=item.id,
            moment=command.moment,
            loan_id=command.loan_id,
            seen_on=command.seen_on,
            marks=command.marks,
            note=command.note,
            noted_by=actor.id,
            noted_at=now,
        )
        state = await _checked(state, item, actor, now)
        await states.insert(state)
        await journal.by(actor, now).note("item.condition_noted", item.id, _told(state))
    return state


@in_one_visit
async def correct_condition(command: CorrectCondition, *, actor: Actor, now: datetime) -> ConditionState:
    """Write again what was seen: the journal keeps that it was, and by whom.

    Raises:
        NotFound: `item.not_found`, `condition.not_found`.
        Conflict: `condition.changed`.
        RuleBroken: `condition.invalid`, `text.not_printable`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        known = await _state(command.item_id, command.state_id, actor)
        item = await items.get(command.item_id, actor.service_id)
        again = replace(
            known,
            seen_on=command.seen_on,
            marks=command.marks,
            note=command.note,
            noted_by=actor.id,
            noted_at=now,
            version=command.version,
        )
        saved = await states.save(await _checked(again, item, actor, now))
        await journal.by(actor, now).note("item.condition_corrected", item.id, _told(saved))
    return saved


async def picture_condition(command: PictureCondition, *, actor: Actor, now: datetime) -> int:
    """Attach photographs to a state; the same one is kept once in it. How many were kept.

    Raises:
        NotFound: `item.not_found`, `condition.not_found`.
        BadInput: `photo.too_many`, `photo.too_large`, `photo.unreadable`.
        RuleBroken: `condition.invalid`, `text.not_printable`.
    """
    actor.require(Permission.WRITE)
    check_photos([len(data) for data in command.files])
    caption = checked_caption(command.caption)
    await _state(command.item_id, command.state_id, actor)
    made = await pictures_of(command.files)
    return await _keep_pictures(printable(replace(command, files=(), caption=caption)), made, actor=actor, now=now)


@in_one_visit
async def _keep_pictures(command: PictureCondition, made: Sequence[Picture], *, actor: Actor, now: datetime) -> int:
    actor.require(Permission.WRITE)
    async with write_transaction():
        state = await _state(command.item_id, command.state_id, actor)
        kept = 0
        for picture in made:
            if await photos.is_of_state(state.id, picture.sha256):
                continue
            photo = Photo(
                id=new_id(),
                service_id=actor.service_id,
                item_id=state.item_id,
                occasion=PhotoOccasion(state.moment.value),
                taken_on=state.seen_on,
                sha256=picture.sha256,
                added_by=actor.id,
                added_at=now,
                loan_id=state.loan_id,
                state_id=state.id,
                caption=command.caption,
                view=command.view,
            )
            await photos.insert(photo, large=picture.large, small=picture.small)
            kept += 1
        if kept:
            facts = {"photos": kept, "occasion": state.moment.value, "state": str(state.id)}
            await journal.by(actor, now).note("item.photographed", state.item_id, facts)
    return kept


async def read_condition(item_id: UUID, state_id: UUID, *, actor: Actor) -> ConditionSheet:
    """A state of an item of the service, with its photographs.

    Raises:
        NotFound: `item.not_found`, `condition.not_found`.
    """
    actor.require(Permission.READ)
    item = await items.get(item_id, actor.service_id)
    state = await _state(item_id, state_id, actor)
    shown = await photos.of_condition(item_id, actor.service_id)
    return ConditionSheet(
        state=state,
        item=item,
        outline=outline_of(item),
        photos=tuple(each for each in shown if each.state_id == state.id),
    )


async def conditions_of_item(item_id: UUID, *, actor: Actor) -> list[ConditionState]:
    """The states of an item of the service, the last seen first.

    Raises:
        NotFound: `item.not_found`.
    """
    actor.require(Permission.READ)
    item = await items.get(item_id, actor.service_id)
    return await states.of_item(item.id, actor.service_id)


async def line_of(loan_id: UUID, item_id: UUID, actor: Actor) -> LoanItem:
    """The last line of an item in a loan of the service.

    Raises:
        NotFound: `loan.not_found`, `loan.unknown_item`.
    """
    loan = await loans.get(loan_id, actor.service_id)
    found = [each for each in loan.items if each.item_id == item_id]
    if not found:
        raise NotFound("loan.unknown_item", "Ce matériel n'est pas dans ce prêt.")
    return found[-1]


async def _state(item_id: UUID, state_id: UUID, actor: Actor) -> ConditionState:
    state = await states.get(state_id, actor.service_id)
    if state.item_id != item_id:
        raise NotFound("condition.not_found", "Cet état constaté n’existe pas dans votre service.")
    return state


async def _checked(state: ConditionState, item: Item, actor: Actor, now: datetime) -> ConditionState:
    """A state that may be kept; one of no loan is on another day, and belongs to none."""
    if state.moment is ConditionMoment.OTHER and state.loan_id is not None:
        raise RuleBroken("condition.invalid", "Un état d'un autre jour n'est pas celui d'un prêt : n'en indiquez pas.")
    line = None if state.loan_id is None else await line_of(state.loan_id, item.id, actor)
    handed_over_on = line.handed_over_on if line is not None else None
    check_moment(state.moment, is_lent=line is not None, handed_over_on=handed_over_on)
    today = actor.civil_date(now)
    added_on = line.added_on if line is not None else None
    first = first_day(state.moment, added_on=added_on, handed_over_on=handed_over_on, today=today)
    return printable(checked_state(state, outline_of(item), first=first, today=today))


def _told(state: ConditionState) -> dict[str, object]:
    """What the journal keeps: the day, the moment and how many marks; the words go with the loan."""
    told: dict[str, object] = {"state": str(state.id), "moment": state.moment.value, "on": state.seen_on.isoformat()}
    told["marks"] = len(state.marks)
    return told
