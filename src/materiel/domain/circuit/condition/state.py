"""A state of condition (« état constaté »): what was seen of an item at a hand-over, at a return, or on a day.

Source: Code civil, art. 1880, 1884 and 1932-1933: what is given back is given back as it is, and what the agreed use
wears is nobody's debt. A state tells facts alone; whose fault they are is decided with an incident, or never. It is
corrected by whoever keeps it, and each correction is told by the journal. Domain § 8.4. Pure.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from materiel.domain.circuit.condition.outline import ItemView, ItemZone, MarkKind, Outline, place_name
from materiel.domain.language.bounds import line
from materiel.domain.language.fields import Fields
from materiel.domain.language.labelled import LabelledEnum
from materiel.errors import Conflict

MARK_NOTE_MAX = 120
NOTE_MAX = 500
MOST_MARKS = 30
CAPTION_MAX = 160
OLDEST = timedelta(days=3650)


class ConditionMoment(LabelledEnum):
    """When a state was seen."""

    HANDOVER = "handover", "À la remise"
    RETURN = "return", "Au retour"
    OTHER = "other", "Un autre jour"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One thing seen, at one place. `note`: a word more, « trois centimètres »."""

    view: ItemView
    zone: ItemZone
    kind: MarkKind
    note: Annotated[str, line(MARK_NOTE_MAX)] = ""

    @property
    def seen(self) -> tuple[ItemView, ItemZone, MarkKind]:
        """What two marks have in common when they are one."""
        return self.view, self.zone, self.kind

    @property
    def words(self) -> str:
        """As it is read: « rayure, écran, en haut à gauche (trois centimètres) »."""
        said = f"{self.kind.label.lower()}, {place_name(self.view, self.zone)}"
        return f"{said} ({self.note})" if self.note else said


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionSeen:
    """What is written of a state: the day, the marks, and words for what no mark tells."""

    seen_on: date
    marks: tuple[Mark, ...] = ()
    note: Annotated[str, line(NOTE_MAX)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionState(ConditionSeen):
    """A state as it is kept. There is one for the hand-over of an item by a loan, and one for its return.

    `noted_by` is who noted or corrected it last, `noted_at` when; never a name.
    """

    id: UUID
    service_id: UUID
    item_id: UUID
    moment: ConditionMoment
    noted_by: str
    noted_at: datetime
    loan_id: UUID | None = None
    version: int = 1


def check_moment(moment: ConditionMoment, *, is_lent: bool, handed_over_on: date | None) -> None:
    """Refuse a moment that cannot be: a hand-over without a loan, a return of what never left.

    Raises:
        Conflict: `condition.no_loan`, `condition.not_handed_over`.
    """
    if moment is ConditionMoment.OTHER:
        return
    if not is_lent:
        raise Conflict(
            "condition.no_loan",
            "Dites de quel prêt : l'état à la remise ou au retour se note depuis la page du prêt. "
            "Sinon, choisissez « Un autre jour ».",
        )
    if moment is ConditionMoment.RETURN and handed_over_on is None:
        raise Conflict(
            "condition.not_handed_over",
            "Ce matériel n'a pas été remis par ce prêt : notez d'abord la remise, puis l'état au retour.",
        )


def first_day(moment: ConditionMoment, *, added_on: date | None, handed_over_on: date | None, today: date) -> date:
    """The first day on which a state may have been seen: nothing is given back before it is handed over."""
    known = handed_over_on if moment is ConditionMoment.RETURN else added_on
    return min(known, today) if known is not None else today - OLDEST


def checked_state(state: ConditionState, outline: Outline, *, first: date, today: date) -> ConditionState:
    """A state about to be kept, its texts cleaned.

    Raises:
        RuleBroken: `condition.invalid`, with one error for each field at fault.
    """
    fields = Fields("condition.invalid")
    fields.day("/seen_on", state.seen_on, first=first, last=today, name="la date du constat")
    note = fields.text("/note", state.note, longest=NOTE_MAX, name="la note")
    if len(state.marks) > MOST_MARKS:
        fields.add("/marks", f"Un état a {MOST_MARKS} marques au plus : dites le reste dans la note.")
    marks = []
    for rank, mark in enumerate(state.marks):
        word = fields.text(f"/marks/{rank}/note", mark.note, longest=MARK_NOTE_MAX, name="ce mot")
        if mark.view not in outline.views:
            fields.add(f"/marks/{rank}/view", _other_view(mark.view, outline.views))
        if mark.kind is MarkKind.OTHER and not word:
            fields.add(f"/marks/{rank}/note", "Dites en un mot ce que vous voyez.")
        marks.append(replace(mark, note=word))
    fields.check()
    return replace(state, note=note, marks=tuple(marks))


def checked_caption(caption: str) -> str:
    """What a photograph shows, in words: it stands for it where it is not seen.

    Raises:
        RuleBroken: `condition.invalid`.
    """
    fields = Fields("condition.invalid")
    said = fields.text("/caption", caption, longest=CAPTION_MAX, required=True, name="ce que montre la photo")
    fields.check()
    return said


def _other_view(view: ItemView, views: Collection[ItemView]) -> str:
    known = ", ".join(each.label.lower() for each in views)
    return f"Ce matériel n'a pas de vue « {view.label.lower()} » : choisissez parmi {known}."
