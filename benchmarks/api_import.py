"""What others feel of a long work: an import of 70,000 items by the server itself, on a base of 10,000.

Meanwhile one client writes an item, and another reads the home page, over and over. Values are milliseconds: medians of
the rounds, each on a base of its own. What they are held against is the idle server of the same round, as it was before
for who writes, as it is after for who reads.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import monotonic
from uuid import UUID

from benchmarks.api_base import Base, fill
from benchmarks.api_client import Connection, connections, free_port, server
from benchmarks.api_probe import longest_stop
from benchmarks.harness import Row
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.session import SubjectKind
from materiel.domain.imports.import_file import ImportKind
from materiel.domain.work.job import JobState
from materiel.store.engine.database import fetch
from materiel.use_cases.accounts.session import open_session
from materiel.use_cases.accounts.user import CreateUser, create_user
from materiel.use_cases.imports.import_file import confirm_import, examine_file
from materiel.use_cases.process.running import running
from materiel.use_cases.work.job import get_job, run_next
from materiel.use_cases.worker import HANDLERS

SIZE = 10_000
LINES = 70_000
IDLE_SECONDS = 10.0
PAUSE_SECONDS = 0.02
LONGEST_SECONDS = 600.0
CLIENTS = 2
"""One writes, one reads."""

UNIT = "ms"


@dataclass(frozen=True, slots=True)
class Felt:
    """What one round felt, in milliseconds."""

    home_idle: float
    home_during: float
    writer_idle: float
    writer_p99: float
    writer_longest: float
    stop_idle: float
    stop: float
    seconds: float


def rows_of(label: str, rounds: list[Felt]) -> list[Row]:
    """The figures of an engine: the median of each over the rounds."""

    def middle(of: Callable[[Felt], float]) -> float:
        return round(median(of(each) for each in rounds), 1)

    idle, during = middle(lambda each: each.home_idle), middle(lambda each: each.home_during)
    against = f"{label}: home page, p99, idle, after it"
    ratio = round(median(each.home_during / each.home_idle for each in rounds), 2)
    return [
        Row(what=f"{label}: import of {LINES:,} items", value=middle(lambda each: each.seconds), unit="s"),
        Row(what=f"{label}: another writer, p99, idle", value=middle(lambda each: each.writer_idle), unit=UNIT),
        Row(what=f"{label}: another writer, p99, during it", value=middle(lambda each: each.writer_p99), unit=UNIT),
        Row(what=f"{label}: another writer, longest", value=middle(lambda each: each.writer_longest), unit=UNIT),
        Row(what=against, value=idle, unit=UNIT),
        Row(what=f"{label}: home page, p99, during it", value=during, unit=UNIT, against=against, ratio=ratio),
        Row(what=f"{label}: event loop's longest stop, idle", value=middle(lambda each: each.stop_idle), unit=UNIT),
        Row(what=f"{label}: event loop's longest stop", value=middle(lambda each: each.stop), unit=UNIT),
    ]


def measure_round(url: str, folder: Path) -> Felt:
    """Fill a base, and feel an import beside it."""
    base = asyncio.run(fill(url, SIZE, CLIENTS))
    cookie, file_id, actor = asyncio.run(prepare(base))
    return asyncio.run(feel(base, folder, cookie, file_id, actor))


async def prepare(base: Base) -> tuple[str, UUID, Actor]:
    """An account that is logged in, and a file that is examined."""
    now = datetime.now(UTC)
    async with running(base.url, migrate=False):
        service = UUID(str((await fetch("SELECT id FROM managing_service"))[0]["id"]))
        installer = Actor("bench", Role.ADMIN, service)
        claire = CreateUser(email="claire@exemple.fr", name="Claire", role=Role.MANAGER)
        user = await create_user(claire, actor=installer, now=now)
        opened = await open_session(SubjectKind.ACCOUNT, user.id, service, now=now)
        file = await examine_file(ImportKind.ITEMS, "parc.csv", table(), actor=installer, now=now)
        while await run_next("bench", HANDLERS, clock=lambda: datetime.now(UTC)):
            pass
    return f"__Host-session={opened.secret}", file.id, installer


def table() -> bytes:
    """The items to import."""
    lines = ["Numéro d'inventaire;Désignation;Famille;Marque;Modèle;N° de série;Accessoires"]
    lines += [f"I-{n:07};Ordinateur portable;Ordinateur;Exemple;X{n % 1000};S{n:09};Chargeur" for n in range(LINES)]
    return "\n".join(lines).encode()


async def feel(base: Base, folder: Path, cookie: str, file_id: UUID, actor: Actor) -> Felt:
    """Ask the server, first idle, then during the import."""
    port, told_in = free_port(), folder / "lateness"
    command = [sys.executable, "-m", "benchmarks.api_probe", str(told_in), "serve", "--port", str(port)]
    environment = {"MATERIEL_DATABASE_URL": base.url, "MATERIEL_DATA_DIR": str(folder / "data")}
    with server(command, port=port, environment=environment):
        async with connections(port, base.tokens) as (writer, reader), running(base.url, migrate=False):
            home, write = reading(reader, cookie), writing(writer)
            for ask in (home, write):
                await spent(ask, asyncio.Event(), most=1.0)
            rested, never = monotonic(), asyncio.Event()
            idle = await asyncio.gather(*(spent(ask, never, most=IDLE_SECONDS) for ask in (home, write)))
            began, over = monotonic(), asyncio.Event()
            job_id = await confirm_import(file_id, actor=actor, now=datetime.now(UTC))
            ending = asyncio.create_task(wait_for(job_id, actor, over))
            during = await asyncio.gather(*(spent(ask, over, most=LONGEST_SECONDS) for ask in (home, write)))
            await ending
            ended = monotonic()
            # The page counts what the base holds: it is held against the same page of the same base, at rest.
            after = await spent(home, never, most=IDLE_SECONDS)
    return Felt(
        home_idle=percentile(after),
        home_during=percentile(during[0]),
        writer_idle=percentile(idle[1]),
        writer_p99=percentile(during[1]),
        writer_longest=max(during[1]) * 1000,
        stop_idle=longest_stop(told_in, rested, began) * 1000,
        stop=longest_stop(told_in, began, ended) * 1000,
        seconds=ended - began,
    )


def reading(connection: Connection, cookie: str) -> Callable[[int], Awaitable[None]]:
    """Read the home page."""

    async def ask(_: int) -> None:
        status, body = await connection.ask("GET", "/", cookie=cookie)
        if status != 200 or b"Claire" not in body:
            raise RuntimeError(f"the home page answered {status}")

    return ask


def writing(connection: Connection) -> Callable[[int], Awaitable[None]]:
    """Register an item."""

    async def ask(serial: int) -> None:
        body = json.dumps({"inventory_number": f"W-{serial:012}", "designation": "Loupe"}).encode()
        status, answer = await connection.ask("POST", "/api/items", body)
        if status != 201:
            raise RuntimeError(f"another writer was answered {status} {answer[:300]!r}")

    return ask


async def spent(ask: Callable[[int], Awaitable[None]], over: asyncio.Event, *, most: float) -> list[float]:
    """The seconds of each answer, until it is over or so many seconds have passed."""
    seconds, until = [], monotonic() + most
    while not over.is_set() and monotonic() < until:
        began = monotonic()
        await ask(int(began * 1_000_000))
        seconds.append(monotonic() - began)
        await asyncio.sleep(PAUSE_SECONDS)
    return seconds


async def wait_for(job_id: UUID, actor: Actor, over: asyncio.Event) -> None:
    """Tell when a job has ended; a job that failed stops the measure."""
    try:
        while (job := await get_job(job_id, actor=actor)).state in (JobState.QUEUED, JobState.RUNNING):
            await asyncio.sleep(0.2)
        if job.state is not JobState.DONE:
            raise RuntimeError(f"the import ended: {job.result}")
    finally:
        over.set()


def percentile(seconds: list[float]) -> float:
    """The 99th, in milliseconds."""
    return sorted(seconds)[int(len(seconds) * 0.99)] * 1000
