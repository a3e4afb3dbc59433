"""Use (« usage »): whether what is lent serves its pupil, as it was said at a meeting, in one of three words.

Source: domain § 8.2; Code de l'éducation, art. D351-10 to D351-12 (the team that follows a pupil meets once a year at
least). A level and a day, and nothing else: no words are kept, since all of them would be about health.

Not used twice in a row, an item is proposed for recovery, by a letter that invites to talk: the lender takes a loan
back before its term for the grounds of the law alone (Code civil, art. 1888 and 1889).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from materiel.domain.language import states
from materiel.domain.language.fields import Fields
from materiel.domain.language.french import long_date
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.language.states import StateEnum

IN_A_ROW = 2
"""So many notes without use, one after the other, are told to the service."""

OLDEST = timedelta(days=800)
"""How far back a meeting may be noted: the school year before the last one."""


class UseLevel(StateEnum):
    """Whether an item serves."""

    USED = "used", states.USED
    LITTLE = "little", states.LITTLE_USED
    UNUSED = "unused", states.UNUSED


class NotedBy(LabelledEnum):
    """Who said it."""

    SERVICE = "service", "Service gestionnaire"
    REFERENT = "referent", "Enseignant référent"


@dataclass(frozen=True, slots=True, kw_only=True)
class UseNote:
    """What was said of one item of a loan at a meeting; said again for the same day, it takes the place of the former.

    `noted_by`: `user:<id>` or `referent:<id>`, never a name. `settled_at`: the service dealt with what it tells.
    """

    id: UUID
    service_id: UUID
    loan_id: UUID
    item_id: UUID
    level: UseLevel
    said_on: date
    noted_by: str
    noted_at: datetime
    settled_at: datetime | None = None

    @property
    def by(self) -> NotedBy:
        """Who said it, without a name."""
        return NotedBy.REFERENT if self.noted_by.startswith("referent:") else NotedBy.SERVICE


def unused_in_a_row(notes: Iterable[UseNote], out: Collection[UUID]) -> dict[UUID, date]:
    """The items that the last two meetings found unused, each with the day of the later one; one settled is left out.

    Args:
        notes: those of one loan, in any order.
        out: the items that the pupil still has.
    """
    by_item: dict[UUID, list[UseNote]] = {}
    for note in sorted(notes, key=lambda each: each.said_on):
        by_item.setdefault(note.item_id, []).append(note)
    found: dict[UUID, date] = {}
    for item_id in out:
        said = by_item.get(item_id, [])
        last = said[-IN_A_ROW:]
        if len(last) == IN_A_ROW and all(each.level is UseLevel.UNUSED for each in last) and not last[-1].settled_at:
            found[item_id] = last[-1].said_on
    return found


def check_meeting(said_on: date, levels: Sequence[object], *, since: date, today: date) -> None:
    """Refuse a day on which nothing could be said, or nothing said.

    Args:
        since: the day from which the pupil has all that is spoken of.

    Raises:
        RuleBroken: `use.invalid`, with one error for each field at fault.
    """
    fields = Fields("use.invalid")
    if today - OLDEST <= said_on < since:
        fields.add(
            "/said_on",
            f"Ce jour-là, l'élève n'avait pas encore tout ce que vous notez : le dernier a été remis le "
            f"{long_date(since)}. Laissez-le sans réponse, ou corrigez la date.",
        )
    else:
        fields.day("/said_on", said_on, first=today - OLDEST, last=today, name="la date de la réunion")
    if not levels:
        fields.add("/levels", "Choisissez une réponse pour un matériel au moins.")
    fields.check()
