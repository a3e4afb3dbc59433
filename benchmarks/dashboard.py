"""The dashboard on a full base, a tenth of whose items are lent: counts, charts and first list, on both databases.

Values are milliseconds of waiting, medians of interleaved rounds; the floor is the count of the service's items by
state alone, which reads one index. A base of 1,000,000 items is compared with one of 10,000.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.api import SIZES, database
from benchmarks.api_base import fill
from benchmarks.harness import ROUNDS, Row
from benchmarks.lent_base import LENT_SHARE, lend
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.desk.dashboard import Concern
from materiel.store.accounts import service as services
from materiel.store.desk import dashboard as store
from materiel.use_cases.desk import dashboard
from materiel.use_cases.process.running import running

FLOOR = "items by state, the floor"


def measure() -> list[Row]:
    """Each part of the page, on both databases and both sizes; a few minutes."""
    rows: list[Row] = []
    for engine in ("SQLite", "PostgreSQL"):
        small: dict[str, float] = {}
        for size in SIZES:
            with tempfile.TemporaryDirectory() as folder, database(engine, Path(folder)) as url:
                found = asyncio.run(measure_base(url, size))
            label = f"{engine}, {size:,} items"
            for part, spent in found.items():
                against = None if part == FLOOR else f"{label}: {FLOOR}"
                ratio = None if part == FLOOR else round(spent / found[FLOOR], 2)
                rows.append(
                    Row(what=f"{label}: {part}", value=round(spent, 2), unit="ms", against=against, ratio=ratio)
                )
                if part in small:
                    before = f"{engine}, {SIZES[0]:,} items: {part}"
                    ratio = round(spent / small[part], 2)
                    what = f"{part}: {engine}, {size:,} / {SIZES[0]:,} items"
                    rows.append(Row(what=what, value=round(spent, 2), unit="ms", against=before, ratio=ratio))
            small = small or found
    return rows


async def measure_base(url: str, size: int) -> dict[str, float]:
    """The median wait of each part, in milliseconds."""
    await fill(url, size, 1)
    now = datetime.now(UTC)
    async with running(url, migrate=False):
        service = await services.by_code("DSDEN35")
        await lend(size // LENT_SHARE, now)
        actor = Actor("bench", Role.READER, service.id)
        parts: dict[str, Callable[[], Awaitable[object]]] = {
            FLOOR: lambda: store.items_by_status(service.id),
            "what needs a hand": lambda: dashboard.tallies(actor=actor, now=now),
            "charts": lambda: dashboard.figures(actor=actor, now=now),
            "first list": lambda: dashboard.concerned_loans(Concern.SIGNATURE, actor=actor, now=now, limit=51),
        }
        spent: dict[str, list[float]] = {part: [] for part in parts}
        for _ in range(ROUNDS + 1):
            for part, ask in parts.items():
                start = perf_counter()
                await ask()
                spent[part].append((perf_counter() - start) * 1000)
    # The first round warms the database up.
    return {part: median(values[1:]) for part, values in spent.items()}
