"""Background work (« tâche »): what was asked, how far it is, what came out of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.domain.language import states
from materiel.domain.language.states import StateEnum


class JobState(StateEnum):
    """Where a job is; the last two are terminal."""

    QUEUED = "queued", states.QUEUED
    RUNNING = "running", states.RUNNING
    DONE = "done", states.DONE
    FAILED = "failed", states.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of background work. `payload` and `result` are JSON texts; `done` of `total` steps are over.

    `attempts` counts the claims, the one under way included. `worker` is who runs it, while it runs.
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
