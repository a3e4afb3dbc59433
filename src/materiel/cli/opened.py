"""What every command that touches the database needs: settings, the open database, the time, who acts.

The clock is read here, for the whole command line.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

import click

from materiel.cli.output import progress
from materiel.data_folder import keep_private
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.work.job import Job, JobState
from materiel.settings import Settings
from materiel.use_cases.accounts.service import choose_service
from materiel.use_cases.process.running import running
from materiel.use_cases.work.job import Handler, get_job, run_next

WAIT_SECONDS = 0.5

ACTOR_ID = "cli"
"""What the journal keeps: whoever has the command line of the server administers every service."""

_log = logging.getLogger("materiel.data_folder")

P = ParamSpec("P")
T = TypeVar("T")

service_option = click.option(
    "--service", "service_code", metavar="CODE", help="Code du service ; inutile s'il n'y en a qu'un."
)

new_option = click.option(
    "--new", is_flag=True, help="Commence une base neuve, même si une clé montre qu'il y en avait une."
)


@dataclass(frozen=True, slots=True)
class OpenedBase:
    """An open database and the instant of the command, in UTC."""

    settings: Settings
    now: datetime

    async def administrator_of(self, service_code: str | None) -> Actor:
        """Whoever runs the command, as administrator of a service. Raises what `choose_service` raises."""
        service = await choose_service(service_code)
        return Actor(ACTOR_ID, Role.ADMIN, service.id, service.zone)


def read_settings() -> Settings:
    """The settings, once what the installation keeps on disk is closed to the other accounts of the machine.

    Raises what `Settings.from_env` and `keep_private` raise.
    """
    settings = Settings.from_env(os.environ)
    if repaired := keep_private(settings.data_dir, settings.database_file):
        _log.warning("Fermé aux autres comptes de la machine : %s", ", ".join(repaired))
    return settings


def clock() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


def opened(command: Callable[Concatenate[OpenedBase, P], Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Run an asynchronous command in the database of the settings.

    A SQLite file is brought up to date first: it belongs to this machine alone. On PostgreSQL that is the
    administrator's decision (`materiel db upgrade`), and a schema that is behind is refused.
    """

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        settings = read_settings()

        async def inside() -> T:
            migrate = settings.database_file is not None
            async with running(settings.database_url, migrate=migrate, data_dir=settings.data_dir):
                return await command(OpenedBase(settings, clock()), *args, **kwargs)

        return asyncio.run(inside())

    return run


async def see_through(job_id: UUID, label: str, handlers: Mapping[str, Handler], *, actor: Actor) -> Job:
    """Run the queue until a job is over; a server may have taken it already, then its end is awaited."""
    worker = f"{ACTOR_ID}:{os.getpid()}"
    with progress(label) as advance:
        while (state := await get_job(job_id, actor=actor)).state in (JobState.QUEUED, JobState.RUNNING):
            advance(state.done, state.total)
            working = asyncio.create_task(run_next(worker, handlers, clock=clock))
            while not (await asyncio.wait({working}, timeout=WAIT_SECONDS))[0]:
                state = await get_job(job_id, actor=actor)
                advance(state.done, state.total)
            if not working.result():
                await asyncio.sleep(WAIT_SECONDS)
    return state
