"""A lot (« en nombre »): one act asked of many things, a line for each; what became of each stays to be read."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from materiel.domain.language.labelled import LabelledEnum

MANY = 50
"""Up to this many, an act is done while whoever asks waits; beyond it is a lot, followed on its own page."""

MOST_LINES = 2_000
"""Of one lot: more than a service settles in a day."""


class LineState(LabelledEnum):
    """What became of one thing of a lot."""

    LEFT = "left", "Reste à faire"
    DONE = "done", "Fait"
    REFUSED = "refused", "Pas fait"


@dataclass(frozen=True, slots=True, kw_only=True)
class LotLine:
    """One thing of a lot. Those of the same `together` are settled in one transaction: a loan, a mailbox.

    `given` is the JSON of what is said of this thing alone. `said`, in French, is why it was refused, or what is to
    know, `code` that of the refusal; `made` are the papers that came of it.
    """

    id: UUID
    job_id: UUID
    rank: int
    subject_id: UUID
    together: str
    given: str = "{}"
    state: LineState = LineState.LEFT
    said: str = ""
    code: str = ""
    made: tuple[UUID, ...] = ()
