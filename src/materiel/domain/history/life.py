"""The life of an item in stretches: the loans that held it, what broke or was lost, the states given by hand.

Names no pupil: whoever shows it says with whom, by the loan. What happened day by day is in `history.item`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from materiel.domain.circuit.disposal.disposal import DisposalOutcome
from materiel.domain.incident.incident import Incident
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.language import states
from materiel.domain.language.french import enumeration
from materiel.domain.language.states import Shape, State
from materiel.domain.loan.loan import Loan, LoanItem, held_status
from materiel.domain.retention.retention import EliminatedLine

ASIDE = frozenset({ItemStatus.IN_REPAIR, ItemStatus.LOST, ItemStatus.STOLEN, ItemStatus.WRITTEN_OFF})
"""States that keep an item from being lent for a while, or for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """One stretch: from a day to another, or still; `what` it was, `seen` what was found, in French.

    `loan_id` or `incident_id` is what it was in; neither for a state given by hand. `service_name`: the other service
    that lent it then, which says no more.
    """

    since: date
    until: date | None
    what: State
    seen: str = ""
    loan_id: UUID | None = None
    incident_id: UUID | None = None
    service_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """A state given at the service that day: by hand, after the checks, found again, or taken back (`undone`)."""

    on: date
    status: ItemStatus
    why: str = ""
    undone: bool = False


def life_of(
    loans: Sequence[Loan],
    incidents: Iterable[tuple[date, date | None, Incident]],
    changes: Sequence[StatusChange],
    item_id: UUID,
    eliminated: Sequence[EliminatedLine] = (),
    elsewhere: Sequence[Spell] = (),
) -> tuple[Spell, ...]:
    """The stretches of the life of an item, newest first.

    Args:
        incidents: each with its day, and that on which it was closed.
        changes: oldest first.
        elsewhere: what another service lent, before a transfer.
    """
    found = [spell for loan in loans for spell in _of_loan(loan, item_id)]
    found += [_of_incident(on, closed_on, incident) for on, closed_on, incident in incidents]
    found += _by_hand(changes)
    found += [spell for line in eliminated for spell in _of_line(line, held_status(line.custody))]
    found += elsewhere
    # Of one day, what began later is read first: an incident told under a loan stands above it.
    return tuple(sorted(found, key=lambda each: (each.since, each.loan_id is None), reverse=True))


def change_told(on: date, action: str, details: Mapping[str, Any]) -> StatusChange | None:
    """What an entry of the journal about an item says of its state; None when it says nothing."""
    if "to" not in details:
        return None
    seen = f"{Condition(details['condition']).label} à la vérification" if action == "item.prepared" else ""
    if action == "item.disposed":
        seen = DisposalOutcome(details["outcome"]).label
    why = ". ".join(each for each in (seen, details.get("reason"), details.get("note")) if each)
    undone = action == "item.status_undone"
    return StatusChange(on=on, status=ItemStatus(details["to"]), why=why, undone=undone)


def since_of(
    status: ItemStatus, spells: Sequence[Spell], changes: Sequence[StatusChange], registered_on: date | None
) -> date | None:
    """The day since when an item is in its state; None when nothing tells."""
    if status in (ItemStatus.RESERVED, ItemStatus.ON_LOAN, ItemStatus.DEPOSITED, ItemStatus.DUE_BACK):
        return next((each.since for each in spells if each.loan_id is not None and each.until is None), None)
    days = [each.on for each in changes if each.status is status and not each.undone]
    if status in (ItemStatus.TO_PREPARE, ItemStatus.LOST, ItemStatus.STOLEN, ItemStatus.IN_STOCK):
        # A return, an amendment or a cancelled loan gives it too.
        days += [each.until for each in spells if each.loan_id is not None and each.until is not None]
    if status is ItemStatus.IN_STOCK and registered_on is not None:
        days.append(registered_on)
    return max(days, default=None)


def _of_loan(loan: Loan, item_id: UUID) -> list[Spell]:
    lines = [line for line in loan.items if line.item_id == item_id]
    spells = [spell for line in lines for spell in _of_line(line, held_status(loan.custody))]
    return [replace(spell, loan_id=loan.id) for spell in spells]


def spells_elsewhere(loan: Loan, item_id: UUID, service_name: str) -> list[Spell]:
    """The stretches of a loan by the service that had the item before: neither whose, nor where, nor which."""
    return [replace(spell, loan_id=None, service_name=service_name) for spell in _of_loan(loan, item_id)]


def _of_line(line: LoanItem | EliminatedLine, held: ItemStatus) -> list[Spell]:
    since = line.handed_over_on or line.added_on
    if since is None:
        return []
    until = line.returned_on or line.removed_on
    what = held.shown if line.handed_over_on is not None else states.RESERVED
    seen = [_condition(line.condition_out, "à la remise"), _condition(line.condition_in, "au retour")]
    if isinstance(line, LoanItem):
        if line.removal is not None and line.returned_on is None:
            seen.append(line.removal.label.lower())
        if line.missing_accessories:
            seen.append(f"manque : {enumeration(line.missing_accessories)}")
    told = ", ".join(each for each in seen if each)
    return [Spell(since=since, until=until, what=_over(what, until), seen=told[:1].upper() + told[1:])]


def _of_incident(on: date, closed_on: date | None, incident: Incident) -> Spell:
    # What is told of it is for the service alone, as on the page of the incident.
    told = [incident.kind.label, incident.resolution or incident.description]
    seen = " : ".join(each for each in told if each)
    return Spell(since=on, until=closed_on, what=incident.in_service, seen=seen, incident_id=incident.id)


def _by_hand(changes: Sequence[StatusChange]) -> list[Spell]:
    spells = []
    for position, change in enumerate(changes):
        following = changes[position + 1] if position + 1 < len(changes) else None
        if change.status not in ASIDE or change.undone or (following is not None and following.undone):
            continue
        until = following.on if following is not None else None
        spells.append(Spell(since=change.on, until=until, what=_over(change.status.shown, until), seen=change.why))
    return spells


def _over(what: State, until: date | None) -> State:
    """What is over asks for nothing."""
    return what if until is None else State(what.label, Shape.END)


def _condition(condition: Condition | None, when: str) -> str:
    return f"{condition.label.lower()} {when}" if condition is not None else ""
