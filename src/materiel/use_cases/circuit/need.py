"""Needs: write one down, order for it, say that it came, close it, list them. What would do is in `matching`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from statistics import median
from typing import Annotated, Any
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.calendar.school_year import first_day, school_year
from materiel.domain.circuit.need import (
    REASON_MAX,
    Need,
    NeedAsked,
    NeedFilter,
    NeedKind,
    NeedLine,
    NeedStage,
    check_open,
    check_written_once,
    checked_need,
    closed,
    confirmed,
    ordered,
    received,
    taken_back,
)
from materiel.domain.language.bounds import Version, filled
from materiel.domain.people.death import check_living
from materiel.domain.usage import Basis, BasisKind
from materiel.store.circuit import need as needs
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.people import pupil as pupils
from materiel.use_cases.papers.printable import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordNeed(NeedAsked):
    """What a manager writes down; without a basis, that of the kind: a notification, or a pôle d'appui."""

    pupil_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectNeed(NeedAsked):
    """The same written again."""

    need_id: UUID
    version: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNeed:
    """What is ordered for a need, and when it is to come, if that is known."""

    need_id: UUID
    version: Version
    reference: Annotated[str, filled(60)]
    expected_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveNeed:
    """The day on which what was ordered came."""

    need_id: UUID
    version: Version
    received_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackStep:
    """The need whose reception, or else whose order, was noted by mistake."""

    need_id: UUID
    version: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseNeed:
    """Why nothing is to be lent any more for a need."""

    need_id: UUID
    reason: Annotated[str, filled(REASON_MAX)]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFigures:
    """How many wait, and for how many days: the middle one and the longest."""

    waiting: int
    median_days: int
    longest_days: int


@in_one_visit
async def record_need(command: RecordNeed, *, actor: Actor, now: datetime) -> Need:
    """Write a need down.

    Raises:
        NotFound: `pupil.not_found`.
        Conflict: `need.already_written`.
        RuleBroken: `need.invalid`, `need.health_words`, `need.pap_only`; `pupil.deceased`; `text.not_printable`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        pupil = await pupils.get(command.pupil_id, actor.service_id)
        check_living(pupil)
        need = Need(
            id=new_id(),
            service_id=actor.service_id,
            pupil_id=pupil.id,
            created_at=now,
            **_asked(command),
        )
        need = await new_need(need, actor.civil_date(now))
        await journal.by(actor, now).note("need.recorded", need.id, {"pupil": str(pupil.id), "kind": need.kind.value})
    return need


@in_one_visit
async def correct_need(command: CorrectNeed, *, actor: Actor, now: datetime) -> Need:
    """Write again what a need asks, while it waits.

    Raises:
        NotFound: `need.not_found`.
        Conflict: `need.over`, `need.changed`, `need.already_written`.
        RuleBroken: as `record_need`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        need = await needs.get(command.need_id, actor.service_id)
        check_open(need)
        asked = replace(need, version=command.version, **_asked(command))
        saved = await needs.save(await _checked(asked, actor.civil_date(now)))
        await journal.by(actor, now).note("need.corrected", need.id)
    return saved


@in_one_visit
async def order_need(command: OrderNeed, *, actor: Actor, now: datetime) -> Need:
    """Keep the reference of an order, and the day on which it is to come.

    Raises:
        NotFound: `need.not_found`.
        Conflict: `need.over`, `need.changed`.
        RuleBroken: `need.invalid`.
    """

    def change(need: Need, today: date) -> Need:
        return ordered(need, command.reference, command.expected_on, today)

    return await _change(command.need_id, command.version, "need.ordered", change, actor=actor, now=now)


@in_one_visit
async def receive_need(command: ReceiveNeed, *, actor: Actor, now: datetime) -> Need:
    """Keep the day on which what was ordered came: it is not handed over yet.

    Raises:
        NotFound: `need.not_found`.
        Conflict: `need.over`, `need.changed`.
        RuleBroken: `need.invalid`.
    """

    def change(need: Need, today: date) -> Need:
        return received(need, command.received_on, today)

    return await _change(command.need_id, command.version, "need.received", change, actor=actor, now=now)


@in_one_visit
async def take_back_step(command: TakeBackStep, *, actor: Actor, now: datetime) -> Need:
    """Take back the reception or else the order, noted by mistake.

    Raises:
        NotFound: `need.not_found`.
        Conflict: `need.over`, `need.changed`, `need.nothing_noted`.
    """

    def change(need: Need, _: date) -> Need:
        return taken_back(need)

    return await _change(command.need_id, command.version, "need.step_undone", change, actor=actor, now=now)


@in_one_visit
async def confirm_need(need_id: UUID, *, actor: Actor, now: datetime) -> Need:
    """Put into the queue a need that a référent has asked, at the day of its notification.

    Raises:
        NotFound: `need.not_found`.
        Conflict: `need.not_asked`, `need.changed`.
    """
    return await _change(need_id, None, "need.confirmed", lambda need, _: confirmed(need), actor=actor, now=now)


@in_one_visit
async def close_need(command: CloseNeed, *, actor: Actor, now: datetime) -> Need:
    """Close a need that nothing is to meet any more; the reason stays in the service.

    Raises:
        NotFound: `need.not_found`.
        Conflict: `need.over`, `need.loan_prepared`, `need.changed`.
        RuleBroken: `need.invalid`, `need.health_words`.
    """

    def change(need: Need, today: date) -> Need:
        return closed(need, command.reason, today)

    return await _change(command.need_id, None, "need.closed", change, actor=actor, now=now)


async def list_needs(
    wanted: NeedFilter, *, actor: Actor, limit: int, after: tuple[date, UUID] | None = None
) -> list[NeedLine]:
    """At most `limit` needs of the service, the longest waiting first."""
    actor.require(Permission.READ)
    return await needs.page(actor.service_id, wanted, limit=limit, after=after)


async def count_needs(wanted: NeedFilter, *, actor: Actor) -> int:
    """How many there are."""
    actor.require(Permission.READ)
    return await needs.count(actor.service_id, wanted)


async def tally_needs(*, actor: Actor, now: datetime) -> dict[NeedStage, int]:
    """How many are at each stage; those met, in the school year."""
    actor.require(Permission.READ)
    return await needs.tally(actor.service_id, first_day(school_year(actor.civil_date(now))))


async def read_need(need_id: UUID, *, actor: Actor) -> NeedLine:
    """One need, its pupil and the school.

    Raises:
        NotFound: `need.not_found`.
    """
    actor.require(Permission.READ)
    return await needs.line(need_id, actor.service_id)


async def needs_of_pupil(pupil_id: UUID, *, actor: Actor) -> list[Need]:
    """The needs of a pupil of the service, the oldest first."""
    actor.require(Permission.READ)
    return await needs.of_pupil(pupil_id, actor.service_id)


async def queue_figures(*, actor: Actor, now: datetime) -> QueueFigures:
    """How the queue of the service stands today."""
    actor.require(Permission.READ)
    today = actor.civil_date(now)
    days = [(today - each).days for each in await needs.notified_since(actor.service_id)]
    return QueueFigures(
        waiting=len(days), median_days=int(median(days)) if days else 0, longest_days=max(days, default=0)
    )


async def new_need(need: Need, today: date) -> Need:
    """Add a need, checked and cleaned; in the transaction of whoever writes it down.

    Raises:
        Conflict: `need.already_written`.
        RuleBroken: `need.invalid`, `need.health_words`, `need.pap_only`; `text.not_printable`.
    """
    need = await _checked(need, today)
    await needs.insert(need)
    return need


async def _checked(need: Need, today: date) -> Need:
    checked = printable(checked_need(need, today))
    # Two who write the same need down at once, or an import and a hand, wait for each other.
    await pupils.wait_for_other_imports(need.service_id)
    check_written_once(checked, await needs.of_pupil(need.pupil_id, need.service_id))
    return checked


def _asked(command: NeedAsked) -> dict[str, Any]:
    """The fields of a need that somebody writes."""
    usual = Basis(kind=BasisKind.PAS if command.kind is NeedKind.TRIAL else BasisKind.CDAPH)
    return {each.name: getattr(command, each.name) for each in fields(NeedAsked)} | {"basis": command.basis or usual}


@in_one_visit
async def _change(
    need_id: UUID,
    version: int | None,
    action: str,
    change: Callable[[Need, date], Need],
    *,
    actor: Actor,
    now: datetime,
) -> Need:
    actor.require(Permission.WRITE)
    async with write_transaction():
        need = await needs.get(need_id, actor.service_id)
        changed = change(need if version is None else replace(need, version=version), actor.civil_date(now))
        saved = await needs.save(changed)
        await journal.by(actor, now).note(action, need_id)
    return saved
