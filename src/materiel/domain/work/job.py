"""Background work (« tâche »): what was asked, how far it is, what came out of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.domain.language import states
from materiel.domain.language.states import StateEnum

ITEM_STATUSES = "item_statuses"
"""A kind that is asked no more: what an earlier release left of it is ended."""
LOT = "lot"
REMINDERS = "reminders"
PRINT = "print"
LABELS = "labels"
CAMPAIGN = "campaign"
SAFETY = "safety"
STOPPABLE = frozenset({ITEM_STATUSES, LOT, REMINDERS, PRINT, LABELS, CAMPAIGN, SAFETY})
"""The kinds whose parts hold by themselves: told to stop, they end with what is done."""


class JobState(StateEnum):
    """Where a job is; the last two are terminal."""

    QUEUED = "queued", states.QUEUED
    RUNNING = "running", states.RUNNING
    DONE = "done", states.DONE
    FAILED = "failed", states.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of background work. `payload` and `result` are JSON texts; `done` of `total` steps are over.

    `attempts` counts the claims, the one under way included. `worker` is who runs it, while it runs. `stop_asked_at`:
    somebody asked for it to end with what is done.
    """

    id: UUID
    service_id: UUID
    kind: str
    payload: str
    state: JobState
    attempts: int
    worker: str | None
    done: int
    total: int
    result: str | None
    created_by: str
    created_at: datetime
    finished_at: datetime | None
    stop_asked_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in (JobState.DONE, JobState.FAILED)

    @property
    def may_stop(self) -> bool:
        """Whether it may still be told to end with what is done."""
        return self.kind in STOPPABLE and not self.is_over and self.stop_asked_at is None
