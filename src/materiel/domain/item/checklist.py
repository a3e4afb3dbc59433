"""What a service checks of its items, family by family: before they are lent, and when they come back (§ 8.4).

The proofs that the law asks for stay in `preparation` and `family`: data erased, a licence uninstalled (RGPD, art. 32).
A service adds its own lines, in its order and its words. A list is never changed: a new one takes its place, and what
was ticked keeps the words that it was ticked with. A line left unticked is told, and holds nothing back: neither the
receipt that a family is owed (Code civil, art. 1937), nor an item that somebody needs. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from materiel.domain.item.family import ItemFamily
from materiel.domain.language.bounds import filled, several
from materiel.domain.language.fields import Fields
from materiel.domain.language.labelled import LabelledEnum
from materiel.errors import Conflict

LINE_MAX = 120
MOST_LINES = 20

CheckLines = Annotated[tuple[Annotated[str, filled(LINE_MAX)], ...], several(MOST_LINES)]


class CheckMoment(LabelledEnum):
    """When the lines are checked."""

    PREPARATION = "preparation", "Préparation avant un prêt"
    RETURN = "return", "Retour d'un prêt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """The lines of a family at a moment, since an instant; the last one written is in force. Without lines, none."""

    id: UUID
    service_id: UUID
    family: ItemFamily
    moment: CheckMoment
    lines: CheckLines = ()
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedLine:
    """One line as it was read that day, and whether it was ticked."""

    text: str
    done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSheet:
    """What was checked of an item on a day, by the list of that day; it names nobody."""

    id: UUID
    service_id: UUID
    item_id: UUID
    moment: CheckMoment
    done_on: date
    lines: tuple[CheckedLine, ...]
    noted_at: datetime

    @property
    def left(self) -> tuple[str, ...]:
        """The lines that were not ticked."""
        return tuple(each.text for each in self.lines if not each.done)


def checked_lines(lines: Sequence[str]) -> tuple[str, ...]:
    """The lines of a list about to be written, cleaned; a blank one is dropped.

    Raises:
        RuleBroken: `checklist.invalid`, one too long, twice the same, or too many.
    """
    fields = Fields("checklist.invalid")
    clean = tuple(
        fields.text(f"/lines/{rank}", each, longest=LINE_MAX, name="cette ligne") for rank, each in enumerate(lines)
    )
    kept = tuple(each for each in clean if each)
    if len(kept) > MOST_LINES:
        fields.add("/lines", f"{MOST_LINES} lignes au plus : une liste plus longue n'est pas lue.")
    if len({each.casefold() for each in kept}) < len(kept):
        fields.add("/lines", "Une ligne est écrite deux fois : gardez-en une.")
    fields.check()
    return kept


def ticked_lines(lines: Sequence[str], ticked: Sequence[str]) -> tuple[CheckedLine, ...]:
    """Each line of a list, ticked or not.

    Raises:
        Conflict: `checklist.changed`, a line ticked that the list no longer has.
    """
    if unknown := [each for each in ticked if each not in lines]:
        raise Conflict(
            "checklist.changed",
            f"« {unknown[0][:LINE_MAX]} » n'est pas dans la liste de vérification d'aujourd'hui : rechargez la page.",
        )
    return tuple(CheckedLine(text=each, done=each in ticked) for each in lines)
