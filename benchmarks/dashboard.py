"""The home page on a full base, a tenth of whose items are lent: its counts, its lists and the search of items.

Values are milliseconds of waiting, medians of interleaved rounds, on both databases; each is compared with its bound at
1,000,000 items, and a base of 1,000,000 items with one of 10,000. « Kept » is the page when nothing was written since;
« recomputed », when somebody has just written: so are the lists.
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
from materiel.domain.item.list import ItemFilter
from materiel.store.accounts import service as services
from materiel.store.engine.database import write_transaction
from materiel.store.history import journal
from materiel.use_cases.desk import dashboard
from materiel.use_cases.desk.today import read_today
from materiel.use_cases.item.json import list_items
from materiel.use_cases.item.list import look_through
from materiel.use_cases.process.running import running

KEPT, RECOMPUTED = "home page, kept", "home page, recomputed"
BOUNDS = {
    KEPT: 5,
    RECOMPUTED: 100,
    "charts, recomputed": 100,
    "list of the terms": 15,
    "list of what to hand over": 15,
    "list of the idle items": 15,
    "search of a page, a common and a rare word": 10,
    "search of a page, a common word and one of a thousand items": 10,
    "search of the API, a common word and one of a thousand items": 10,
}
"""Milliseconds."""
WARM_UP = 5
"""Rounds that are not counted: on SQLite each of the threads that read has its own view of the file to fill."""
PAGE = 51
WORDS = "portable x123"
"""Every item is « portable »; one in a thousand is an « x123 »."""
RARE_WORDS = "portable sn0001234"
"""One item alone."""


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
                against, ratio = f"its bound of {BOUNDS[part]} ms", round(spent / BOUNDS[part], 2)
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
        actor = Actor("bench", Role.MANAGER, service.id)
        parts = _parts(actor, now)
        spent: dict[str, list[float]] = {part: [] for part in parts}
        for _ in range(WARM_UP + ROUNDS):
            for part, ask in parts.items():
                if part != KEPT:
                    async with write_transaction():
                        await journal.by(actor, now).note("bench.written", service.id)
                else:
                    await ask()
                start = perf_counter()
                await ask()
                spent[part].append((perf_counter() - start) * 1000)
    return {part: median(values[WARM_UP:]) for part, values in spent.items()}


def _parts(actor: Actor, now: datetime) -> dict[str, Callable[[], Awaitable[object]]]:
    """What is measured, by the names of `BOUNDS`."""

    async def home() -> object:
        return await read_today(actor=actor, now=now)

    def loans(concern: Concern) -> Callable[[], Awaitable[object]]:
        return lambda: dashboard.concerned_loans(concern, actor=actor, now=now, limit=PAGE)

    asked: tuple[Callable[[], Awaitable[object]], ...] = (
        home,
        home,
        lambda: dashboard.figures(actor=actor, now=now),
        loans(Concern.ENDING),
        loans(Concern.TO_HAND_OVER),
        lambda: dashboard.idle_items(actor=actor, now=now, limit=PAGE),
        lambda: look_through(ItemFilter(q=RARE_WORDS), actor=actor, limit=PAGE),
        lambda: look_through(ItemFilter(q=WORDS), actor=actor, limit=PAGE),
        lambda: list_items(actor=actor, q=WORDS, status=None, family=None, limit=PAGE, after=None),
    )
    return dict(zip(BOUNDS, asked, strict=True))
