"""What a family says of the condition of an item, in its own words and photographs (« remarque sur l'état »).

It is evidence, never a decision: the service reads it, answers if it must, and changes nothing of it; nothing waits for
it, least of all the quitus (Code civil, art. 1937). A receipt signed at the counter is soon signed: the family has a
fortnight to say what it finds at home. No text of these loans gives a delay; the law on lettings gives ten days to have
an inventory completed (loi n° 89-462 du 6 juillet 1989, art. 3-2), and a fortnight holds a holiday too. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from materiel.domain.circuit.condition.state import ConditionMoment
from materiel.domain.language.fields import Fields
from materiel.errors import Conflict, RuleBroken

REMARK_DAYS = 15
REMARK_MAX = 1_000
MOST_REMARKS = 5
"""By one person about one moment: what is forgotten is added, never written over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionRemark:
    """One remark. `said_by` is what the journal calls whoever said it, `said_link` the link by which it came.

    `read_at`: somebody of the service said that it was read; the words never change.
    """

    id: UUID
    service_id: UUID
    loan_id: UUID
    item_id: UUID
    moment: ConditionMoment
    text: str
    said_on: date
    said_at: datetime
    said_by: str
    said_link: UUID
    read_at: datetime | None = None
    read_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LentDays:
    """The days of an item in a loan that decide when its family may speak of it."""

    handed_over_on: date | None
    returned_on: date | None = None
    ends_on: date | None = None
    recalled_on: date | None = None


def open_until(lent: LentDays, today: date) -> dict[ConditionMoment, date]:
    """The moments of which a family may speak today, each with the last day, included.

    Of the hand-over, a fortnight from it. Of the return, a fortnight from it; and before it from when it is asked for,
    or a fortnight before the term, so that what is given back may be pictured at home.
    """
    found: dict[ConditionMoment, date] = {}
    if lent.handed_over_on is None:
        return found
    delay = timedelta(days=REMARK_DAYS)
    if today <= lent.handed_over_on + delay:
        found[ConditionMoment.HANDOVER] = lent.handed_over_on + delay
    if lent.returned_on is not None:
        if today <= lent.returned_on + delay:
            found[ConditionMoment.RETURN] = lent.returned_on + delay
    elif lent.recalled_on is not None or (lent.ends_on is not None and lent.ends_on - delay <= today):
        found[ConditionMoment.RETURN] = max(today, lent.ends_on or today) + delay
    return found


def checked_text(text: str, moment: ConditionMoment, *, open_now: dict[ConditionMoment, date], told: int) -> str:
    """What a family says, cleaned.

    Args:
        told: how many remarks the same person made of the same moment already.

    Raises:
        Conflict: `condition_remark.too_late`.
        RuleBroken: `condition_remark.too_many`, `condition_remark.invalid`.
    """
    if moment not in open_now:
        raise Conflict(
            "condition_remark.too_late",
            f"Une remarque se fait dans les {REMARK_DAYS} jours : appelez le service, ou signalez un problème.",
        )
    if told >= MOST_REMARKS:
        raise RuleBroken(
            "condition_remark.too_many",
            f"Vous avez déjà fait {MOST_REMARKS} remarques : appelez le service pour en dire plus.",
        )
    fields = Fields("condition_remark.invalid")
    said = fields.text("/text", text, longest=REMARK_MAX, required=True, name="votre remarque")
    fields.check()
    return said
