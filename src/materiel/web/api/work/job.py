"""HTTP for background jobs: follow one by asking or by events, stop it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import ServerSentEvent, ServerSentEventMessage
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.work.job import Job, JobState
from materiel.use_cases.work.job import get_job, stop_job
from materiel.web.api.problems import READ, WRITE, problems

POLL_SECONDS = 0.5
KEEP_ALIVE_POLLS = 30
MOST_POLLS = 1200
"""Ten minutes; the browser then reconnects by itself, as the protocol wants."""

OVER = frozenset({JobState.DONE, JobState.FAILED})


class JobReference(Struct):
    """Le travail à suivre."""

    job: UUID


class JobOut(Struct):
    """Un travail et son avancement ; `result` est le compte rendu, ou l'erreur d'un travail échoué."""

    state: JobState
    done: int
    total: int
    result: dict[str, Any] | list[Any] | None

    @classmethod
    def of(cls, job: Job) -> JobOut:
        """The wire form of a job."""
        result = msgspec.json.decode(job.result) if job.result else None
        return cls(state=job.state, done=job.done, total=job.total, result=result)


EXAMPLES = {
    404: ("job.not_found", "Aucun travail de votre service n'a cet identifiant."),
}


STOPPED = {
    404: EXAMPLES[404],
    409: ("job.not_stoppable", "Cette tâche se fait en entier ou pas du tout : attendez sa fin."),
}


@get(
    "/{job_id:uuid}",
    operation_id="ReadJob",
    summary="Lire l'avancement d'un travail",
    tags=["Travaux"],
    responses=problems(*READ, examples=EXAMPLES),
)
async def show_job(job_id: FromPath[UUID], actor: NamedDependency[Actor]) -> JobOut:
    """`queued`, `running`, `done` ou `failed`."""
    return JobOut.of(await get_job(job_id, actor=actor))


@post(
    "/{job_id:uuid}/stop",
    status_code=200,
    operation_id="StopJob",
    summary="Arrêter un travail",
    tags=["Travaux"],
    responses=problems(*WRITE, examples=STOPPED),
)
async def stop(job_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]) -> JobOut:
    """Ce qui est fait reste fait ; le travail se termine (`done`) dès que ce qu'il a commencé est fini."""
    return JobOut.of(await stop_job(job_id, actor=actor, now=now))


@get(
    "/{job_id:uuid}/events",
    operation_id="FollowJob",
    summary="Suivre un travail",
    tags=["Travaux"],
    media_type="text/event-stream",
    opt={"example": 'event: progress\ndata: {"state":"running","done":3,"total":12,"result":null}\n\n'},
    responses=problems(*READ, examples=EXAMPLES),
)
async def follow_job(job_id: FromPath[UUID], actor: NamedDependency[Actor]) -> ServerSentEvent:
    """Événements `progress`, puis un dernier `end` ; le flux se ferme de lui-même à la fin du travail."""
    first = await get_job(job_id, actor=actor)
    return ServerSentEvent(job_events(first, actor))


async def job_events(job: Job, actor: Actor) -> AsyncIterator[ServerSentEventMessage]:
    """One event at the start and at each change, a comment now and then so that proxies keep the connection."""
    told: JobOut | None = None
    for poll in range(MOST_POLLS):
        shown = JobOut.of(job)
        if shown != told:
            event = "end" if job.state in OVER else "progress"
            yield ServerSentEventMessage(data=msgspec.json.encode(shown).decode(), event=event)
            told = shown
        elif poll % KEEP_ALIVE_POLLS == 0:
            yield ServerSentEventMessage(comment="en cours")
        if job.state in OVER:
            return
        await asyncio.sleep(POLL_SECONDS)
        job = await get_job(job.id, actor=actor)


router = Router("/jobs", route_handlers=[show_job, follow_job, stop])
