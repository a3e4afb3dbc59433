"""What happened to an item: its own entries of the journal, and the loans that held it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.history.item import (
    UNDONE,
    HistoryLine,
    eliminated_lines,
    entry_elsewhere,
    loan_lines,
    loan_lines_elsewhere,
    told,
    undone_line,
)
from materiel.domain.history.life import Spell, change_told, life_of, since_of, spells_elsewhere
from materiel.domain.incident.incident import Incident
from materiel.domain.item.item import Item
from materiel.domain.loan.loan import Loan
from materiel.domain.loan.placement import Placement
from materiel.domain.retention.retention import EliminatedLine
from materiel.store.circuit import transfer as transfers
from materiel.store.circuit.transfer import FormerRecord
from materiel.store.history import journal
from materiel.store.history.journal import Entry
from materiel.store.loan import loan as loans
from materiel.store.retention import eliminated


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLife:
    """The same life twice: `lines` day by day, oldest first, `spells` in stretches, newest first.

    `since`: the day when the item came into its state, None when nothing tells.
    """

    lines: tuple[HistoryLine, ...]
    spells: tuple[Spell, ...]
    since: date | None


async def item_life(item: Item, told_of: Sequence[Incident], *, actor: Actor) -> ItemLife:
    """The life of an item of the actor's service, whose incidents were read already."""
    actor.require(Permission.READ)
    found = await _read(item.id, actor)
    changes = [
        change
        for entry in found.entries
        if (change := change_told(actor.civil_date(entry.at), entry.action, entry.details)) is not None
    ]
    dated = [
        (
            each.happened_on or actor.civil_date(each.declared_at),
            actor.civil_date(each.closed_at) if each.closed_at else None,
            each,
        )
        for each in told_of
    ]
    spells = life_of(
        found.held_by,
        dated,
        changes,
        item.id,
        found.eliminated,
        [spell for each in found.before for spell in each.spells()],
    )
    arrivals = ("item.registered", "item.received")
    registered = next((actor.civil_date(each.at) for each in found.entries if each.action in arrivals), None)
    since = since_of(item.status, spells, changes, registered)
    return ItemLife(lines=tuple(_lines(found, item.id, actor)), spells=spells, since=since)


async def item_history(item_id: UUID, *, actor: Actor) -> list[HistoryLine]:
    """What happened to an item, oldest first: its own entries and the loans that held it. No pupil is named.

    Raises:
        NotFound: `item.not_found`.
    """
    actor.require(Permission.READ)
    item = await transfers.item_followed(item_id, actor.service_id)
    return _lines(await _read(item.id, actor), item.id, actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What is kept of an item: its entries, the loans that held it, where these were, what was taken back of them."""

    entries: Sequence[Entry]
    held_by: Sequence[Loan]
    placements: Mapping[UUID, Sequence[Placement]]
    undone: Sequence[Entry]
    eliminated: Sequence[EliminatedLine]
    before: Sequence[_Before]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """What another service kept of an item until it gave it."""

    record: FormerRecord
    entries: Sequence[Entry]
    held_by: Sequence[Loan]

    def spells(self) -> list[Spell]:
        """Its loans, in stretches."""
        return [
            spell
            for loan in self.held_by
            for spell in spells_elsewhere(loan, self.record.item_id, self.record.service_name)
        ]

    def lines(self, actor: Actor) -> list[HistoryLine]:
        """What was done there, less the words that were typed there, and the loans without anybody."""
        name, item_id = self.record.service_name, self.record.item_id
        lines = [
            entry_elsewhere(actor.civil_date(each.at), each.action, each.details, name)
            for each in self.entries
            if each.at <= self.record.until
        ]
        for loan in self.held_by:
            lines += loan_lines_elsewhere(loan, item_id, name)
        return lines


async def _read(item_id: UUID, actor: Actor) -> _Read:
    held_by = await loans.page(actor.service_id, item_id=item_id, limit=loans.MOST)
    ids = [loan.id for loan in held_by]
    return _Read(
        entries=await journal.of_subject(actor.service_id, item_id),
        held_by=held_by,
        placements=await loans.placements(ids),
        undone=await journal.of_subjects(actor.service_id, ids, tuple(UNDONE)),
        eliminated=await eliminated.lines_of_item(item_id, actor.service_id),
        before=[await _before(each) for each in await transfers.former_records(item_id)],
    )


async def _before(record: FormerRecord) -> _Before:
    return _Before(
        record=record,
        entries=await journal.of_subject(record.service_id, record.item_id),
        held_by=await loans.page(record.service_id, item_id=record.item_id, limit=loans.MOST),
    )


def _lines(found: _Read, item_id: UUID, actor: Actor) -> list[HistoryLine]:
    lines = [
        told(actor.civil_date(entry.at), entry.action, entry.details, actor=entry.actor) for entry in found.entries
    ]
    for loan in found.held_by:
        lines += loan_lines(loan, item_id, found.placements.get(loan.id, ()))
    for entry in found.undone:
        on, loan_id = actor.civil_date(entry.at), UUID(entry.subject_id)
        if (undone := undone_line(on, entry.action, entry.details, item_id, loan_id)) is not None:
            lines.append(undone)
    for line in found.eliminated:
        lines += eliminated_lines(line)
    for before in found.before:
        lines += before.lines(actor)
    return sorted(lines, key=lambda line: line.on)
