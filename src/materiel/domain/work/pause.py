"""Pauses: the days on which nothing leaves by itself, and the one rule that says whether a message may leave today.

Three things stop what a machine sends: the holidays of the service, a disagreement about one loan, a pupil's death. The
first two end, and nothing is lost: a reminder found waiting is dropped and written anew by those that follow the pause,
everything else waits. A death stops what is automatic and what is not, for good.

Source: domain E29; Code civil, art. 1879 (loans made in view of a person do not pass to the heirs).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from uuid import UUID

from materiel.domain.calendar.school_year import add_months
from materiel.domain.language.fields import Fields
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.work.outbox import Impulse, Purpose

NAME_MAX = 60
LONGEST_DAYS = 120
"""A service that is away for longer is closed."""
MOST_PAUSES = 12
_HORIZON = 800
"""Days looked ahead: pauses that meet may not fill more."""

WAITING = "pause.waiting"
"""What a message that waits for the end of a pause bears instead of the answer of a server."""

DIED = "le décès de l'élève est enregistré : aucun message automatique ne part à sa famille"
PAUSED = "une pause était en cours : un rappel est écrit à nouveau à la reprise, s'il est encore utile"


class PauseReason(LabelledEnum):
    """Why nothing leaves by itself about a loan; a closed list, where health has no place."""

    PARENTS = "parents", "Désaccord entre les représentants légaux"
    SERVICE = "service", "Désaccord avec le service"
    APPEAL = "appeal", "Recours ou médiation en cours"
    AGREED = "agreed", "Convenu avec la famille ou l'établissement"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePause:
    """Days, both included, on which a service sends nothing by itself; `yearly`, the same days come back each year."""

    id: UUID
    service_id: UUID
    name: str
    starts_on: date
    ends_on: date
    yearly: bool = False

    def covering(self, day: date) -> tuple[date, date] | None:
        """The first and last days of the occurrence that holds a day; None when none does."""
        years = (day.year - 1 - self.starts_on.year, day.year - self.starts_on.year) if self.yearly else (0,)
        for later in years:
            if later < 0:
                continue
            first, last = add_months(self.starts_on, 12 * later), add_months(self.ends_on, 12 * later)
            if first <= day <= last:
                return first, last
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanPause:
    """A disagreement about one loan: from a day, to its last day, or until it is lifted when that is None."""

    loan_id: UUID
    reason: PauseReason
    starts_on: date
    ends_on: date | None = None

    def covers(self, day: date) -> bool:
        """Whether it holds that day."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silences:
    """What may keep a message back: the pupil it is about has died, its loan is paused, the pauses of the service."""

    died: bool = False
    loan: LoanPause | None = None
    service: Sequence[ServicePause] = ()


class MessageFate(Enum):
    """What becomes today of a message that is due."""

    LEAVES = "leaves"
    WAITS = "waits"
    FALLS = "falls"


@dataclass(frozen=True, slots=True)
class Departure:
    """The fate of a message; `until` is the day on which one that waits is judged again, `why` ends one that falls."""

    fate: MessageFate
    until: date | None = None
    why: str = ""


LEAVES = Departure(MessageFate.LEAVES)


def may_leave(impulse: Impulse, purpose: Purpose, silences: Silences, today: date) -> Departure:
    """Whether a message may leave today, as far as death and pauses are concerned: the only place that says so."""
    if impulse is Impulse.OWN:
        return LEAVES
    if silences.died:
        return Departure(MessageFate.FALLS, why=DIED)
    if impulse is not Impulse.MACHINE:
        return LEAVES
    days = []
    if pause_on(silences.service, today) is not None:
        days.append(resumes_on(silences.service, today))
    if silences.loan is not None and silences.loan.covers(today):
        # One without an end is asked again each day: it may be lifted at any time.
        days.append((silences.loan.ends_on or today) + timedelta(days=1))
    if not days:
        return LEAVES
    if purpose is Purpose.SIGNATURE_REMINDER:
        return Departure(MessageFate.FALLS, why=PAUSED)
    return Departure(MessageFate.WAITS, until=max(days))


def pause_on(pauses: Sequence[ServicePause], day: date) -> ServicePause | None:
    """The pause of a service that holds a day."""
    return next((each for each in pauses if each.covering(day) is not None), None)


def resumes_on(pauses: Sequence[ServicePause], day: date) -> date:
    """The first day, from this one on, that no pause holds; pauses may follow one another."""
    for _ in range(_HORIZON):
        held = next((each for pause in pauses if (each := pause.covering(day)) is not None), None)
        if held is None:
            return day
        day = held[1] + timedelta(days=1)
    return day


def checked_pause(pause: ServicePause, others: Sequence[ServicePause], today: date) -> ServicePause:
    """A pause of a service as it may be kept.

    Raises:
        RuleBroken: `pause.invalid`, with one error for each field at fault.
    """
    fields = Fields("pause.invalid")
    fields.text("/name", pause.name, longest=NAME_MAX, required=True, name="le nom de la pause")
    if pause.ends_on < pause.starts_on:
        fields.add("/ends_on", "Le dernier jour ne peut pas précéder le premier.")
    elif (pause.ends_on - pause.starts_on).days >= LONGEST_DAYS:
        fields.add("/ends_on", f"Une pause dure {LONGEST_DAYS} jours au plus.")
    elif pause.ends_on < today and not pause.yearly:
        fields.add("/ends_on", "Cette pause est déjà passée : indiquez des jours à venir.")
    if len(others) >= MOST_PAUSES:
        fields.add("/name", f"Un service garde {MOST_PAUSES} pauses au plus : retirez-en une qui est passée.")
    fields.check()
    return pause


def checked_loan_pause(pause: LoanPause, today: date) -> LoanPause:
    """A pause of a loan as it may be kept.

    Raises:
        RuleBroken: `pause.invalid`.
    """
    fields = Fields("pause.invalid")
    if pause.ends_on is not None and pause.ends_on < today:
        fields.add("/ends_on", "Indiquez un jour à venir, ou laissez vide jusqu'à ce que vous la leviez.")
    fields.check()
    return pause
