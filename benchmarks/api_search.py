"""How long one search waits, on a base whose items are lent for a tenth, each to a pupil with two representatives.

Values are milliseconds from the question to the whole answer of `GET /api/search`, one client alone: the median of the
rounds, each with words of its own, and the worst. No more than 100 ms is the bound at 1,000,000 items.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from sys import executable
from time import perf_counter
from urllib.parse import quote

from benchmarks.api_base import Base, fill
from benchmarks.api_client import Connection, connections, free_port, server
from benchmarks.harness import Row
from benchmarks.lent_base import FIRST_NAMES, LAST_NAMES, LENT_SHARE, lend, name_pupils
from materiel.use_cases.process.running import running

SIZE = 1_000_000
ASKED = 30
BOUND_MS = 100

SOUGHT: dict[str, Callable[[int], str]] = {
    "a word of every item": lambda _: "ordinateur",
    "a model, one item in a thousand": lambda serial: f"x{serial * 37 % 1000:03}",
    "a common first name": lambda serial: f"prenom{serial * 7 % 10}",
    "a name borne by few": lambda serial: f"nom{10_000 + serial * 331 % (LAST_NAMES - 10_000)}",
    "first and last name": lambda serial: f"prenom{serial * 331 % FIRST_NAMES} nom{serial * 331 % LAST_NAMES}",
    "a common word of schools": lambda _: "collège",
    "a word that nothing holds": lambda serial: f"zzz{serial}",
    "an exact inventory number": lambda serial: f"B-{1 + serial * 7919 % SIZE:07}",
    "an exact serial number": lambda serial: f"sn{1 + serial * 7919 % SIZE:07}",
    "a document's number": lambda serial: f"b-{1 + serial * 7919 % (SIZE // LENT_SHARE):07}",
}


async def fill_and_name(url: str, size: int) -> Base:
    """The filled base, a tenth of it lent to pupils."""
    base, now = await fill(url, size, 1), datetime.now(UTC)
    async with running(url, migrate=False):
        await lend(size // LENT_SHARE, now)
        await name_pupils(now)
    return base


async def measure_search(engine: str, url: str, folder: Path, size: int = SIZE) -> list[Row]:
    """Two rows for each kind of question: the median, and the worst over the bound."""
    base = await fill_and_name(url, size)
    port = free_port()
    environment = {"MATERIEL_DATABASE_URL": url, "MATERIEL_DATA_DIR": str(folder / "data")}
    command = [executable, "-m", "materiel", "serve", "--port", str(port)]
    waited: dict[str, list[float]] = {what: [] for what in SOUGHT}
    with server(command, port=port, environment=environment):
        async with connections(port, base.tokens) as (client,):
            for serial in range(ASKED + 1):
                for what, words in SOUGHT.items():
                    waited[what].append(await _waited(client, words(serial)))
    rows = []
    for what, spent in waited.items():
        # The first round warms the database up.
        label = f"{engine}, {size:,} items: search, {what}"
        rows.append(Row(what=label, value=round(median(spent[1:]), 1), unit="ms"))
        worst = max(spent[1:])
        rows.append(Row(what=f"{label}, worst", value=round(worst, 1), unit="ms"))
    return rows


async def _waited(client: Connection, q: str) -> float:
    start = perf_counter()
    status, answer = await client.ask("GET", f"/api/search?q={quote(q)}")
    if status != 200:
        raise RuntimeError(f"search {q!r}: {status} {answer[:500]!r}")
    return (perf_counter() - start) * 1000
