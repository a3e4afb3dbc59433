"""Open a stocktake of a service that has many items, read it, count, close it; print seconds, processor and pauses.

usage: python -m benchmarks.stocktake [ITEMS] [URL]      (100 000 by default, a third of them lent; SQLite by default)
URL names an empty PostgreSQL base. « pause » is how long the event loop was held at once: what the others wait for.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.api_base import fill
from benchmarks.lent_base import lend
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.circuit.stocktake import NO_PLACE, LineFilter, OpenStocktake, StocktakeResult
from materiel.store.accounts import service as services
from materiel.use_cases.circuit.stocktake.counting import CountCodes, count_codes
from materiel.use_cases.circuit.stocktake.opening import list_lines, open_stocktake, read_stocktake
from materiel.use_cases.process.running import running
from materiel.use_cases.signing.signed_copy import Press
from materiel.use_cases.signing.stocktake_report import CloseStocktake, close_stocktake

LENT_SHARE = 3
PAGE = 51
NO_SEAL = Press(certificate_file=None, password="", tsa_url="", data_dir=Path("/nowhere"))


class Pauses:
    """How long the event loop is held at once, at most."""

    longest = 0.0

    async def watch(self) -> None:
        """Look every five milliseconds, until cancelled."""
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            self.longest = max(self.longest, time.perf_counter() - before - 0.005)


async def timed(told: dict[str, Any], name: str, work: Awaitable[Any]) -> Any:
    """The answer of a work, its seconds and its longest pause kept."""
    pauses = Pauses()
    watching = asyncio.create_task(pauses.watch())
    await asyncio.sleep(0.02)
    start, cpu = time.perf_counter(), time.process_time()
    answer = await work
    told[name] = {
        "s": round(time.perf_counter() - start, 2),
        "cpu_s": round(time.process_time() - cpu, 2),
        "pause_ms": round(pauses.longest * 1000),
    }
    watching.cancel()
    return answer


async def measure(size: int, url: str) -> dict[str, Any]:
    """Figures of a stocktake from its opening to its closing."""
    told: dict[str, Any] = {"items": size}
    now = datetime.now(UTC)
    await fill(url, size, 1)
    async with running(url, migrate=False):
        await lend(size // LENT_SHARE, now)
        service = await services.by_code("DSDEN35")
        actor = Actor("measure", Role.ADMIN, service.id, service.zone)
        command = OpenStocktake(name="Mesure", closes_on=actor.civil_date(now) + timedelta(days=30))
        opened = (await timed(told, "open", open_stocktake(command, actor=actor, now=now))).id
        told["expected"] = (await timed(told, "read", read_stocktake(opened, actor=actor))).figures.expected
        silent = LineFilter(result=StocktakeResult.SILENT, place="store:")
        page = await timed(told, "page", list_lines(opened, silent, actor=actor, limit=PAGE))
        await timed(told, "next", list_lines(opened, silent, actor=actor, limit=500, after=page[-1].item_id))
        numbers = tuple(each.inventory_number for each in await list_lines(opened, silent, actor=actor, limit=500))
        counted = CountCodes(stocktake_id=opened, codes=numbers)
        await timed(told, "count_500", count_codes(counted, actor=actor, now=now))
        whole = CountCodes(stocktake_id=opened, codes=(), place=NO_PLACE, complete=True)
        await timed(told, "place_looked_at", count_codes(whole, actor=actor, now=now))
        await timed(told, "gaps", list_lines(opened, LineFilter(waits=True), actor=actor, limit=PAGE))
        await timed(told, "read_again", read_stocktake(opened, actor=actor))
        await timed(
            told, "close", close_stocktake(CloseStocktake(stocktake_id=opened), actor=actor, press=NO_SEAL, now=now)
        )
        await timed(told, "read_closed", read_stocktake(opened, actor=actor))
    return told


if __name__ == "__main__":
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        where = sys.argv[2] if len(sys.argv) > 2 else f"sqlite:///{folder}/materiel.sqlite3"
        print(json.dumps(asyncio.run(measure(asked, where)), ensure_ascii=False, indent=1))
