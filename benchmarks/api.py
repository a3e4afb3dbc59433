"""The hot routes of the API beside a bare Litestar handler that answers the same bytes, on both databases.

Values are requests for a second of the server's processor time, so that a busy machine changes them little; `ratio`
is the share of the bare framework. On PostgreSQL the time of the database's own processes is not the server's. A
base of 1,000,000 items is compared with one of 10,000: a ratio of 1 means that the route does not feel the size.
How long a search waits is `api_search`'s, what others feel during an import `api_import`'s; « --only routes »,
« search » or « import » measures one of them.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.api_base import Base, fill, item_id
from benchmarks.api_client import Connection, Server, connections, free_port, server
from benchmarks.api_import import measure_round, rows_of
from benchmarks.api_search import measure_search
from benchmarks.harness import Row
from materiel.web.http.paging import write_cursor

SIZES = (10_000, 1_000_000)
ENGINES = ("SQLite", "PostgreSQL")
ROUNDS = 5
IMPORT_ROUNDS = 3
SECONDS = 0.8
CONNECTIONS = 8
PAGE = 10
SCRIPTS = Path(__file__).parents[1] / "scripts"
UNIT = "req/CPU s"
LOAN_UNIT = "loans/CPU s"

Send = Callable[[Connection, int], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to measure: how to ask it of the product, and of the bare server."""

    name: str
    ours: Send
    bare: Send
    unit: str = UNIT


def measure(only: str = "") -> list[Row]:
    """Every case, on both databases and both sizes, the search, what others feel during an import; or one of them."""
    parts = {"routes": measure_routes, "search": measure_searches, "import": measure_import}
    return [row for name, part in parts.items() if only in ("", name) for row in part()]


def measure_searches() -> list[Row]:
    """How long one search waits on a full base, on both databases; some minutes."""
    rows: list[Row] = []
    for engine in ENGINES:
        with tempfile.TemporaryDirectory() as folder, database(engine, Path(folder)) as url:
            rows += asyncio.run(measure_search(engine, url, Path(folder)))
    return rows


def measure_import() -> list[Row]:
    """What others feel during an import, on both databases; some minutes."""
    rows: list[Row] = []
    for engine in ENGINES:
        felt = []
        for _ in range(IMPORT_ROUNDS):
            with tempfile.TemporaryDirectory() as folder, database(engine, Path(folder)) as url:
                felt.append(measure_round(url, Path(folder)))
        rows += rows_of(engine, felt)
    return rows


def measure_routes() -> list[Row]:
    """The hot routes, on both databases and both sizes; a few minutes."""
    rows: list[Row] = []
    for engine in ENGINES:
        small: dict[str, float] = {}
        for size in SIZES:
            with tempfile.TemporaryDirectory() as folder, database(engine, Path(folder)) as url:
                start = perf_counter()
                base = asyncio.run(fill(url, size, CONNECTIONS))
                label = f"{engine}, {size:,} items"
                rows.append(Row(what=f"{label}: fill", value=round(perf_counter() - start, 1), unit="s"))
                found, units = asyncio.run(measure_base(base, Path(folder)))
            rows += compared(label, found, units)
            for name, (ours, _) in found.items():
                if name in small:
                    against = f"{engine}, {SIZES[0]:,} items: {name}"
                    ratio = round(ours / small[name], 2)
                    what = f"{name}: {engine}, {size:,} / {SIZES[0]:,} items"
                    rows.append(Row(what=what, value=round(ours), unit=units[name], against=against, ratio=ratio))
            small = small or {name: ours for name, (ours, _) in found.items()}
    return rows


def compared(label: str, found: dict[str, tuple[float, float]], units: dict[str, str]) -> list[Row]:
    """Two rows for each case: the bare handler, then ours with its share of it."""
    rows = []
    for name, (ours, bare) in found.items():
        against = f"{label}: {name}, bare Litestar"
        rows.append(Row(what=against, value=round(bare), unit=units[name]))
        ratio = round(ours / bare, 3)
        rows.append(Row(what=f"{label}: {name}", value=round(ours), unit=units[name], against=against, ratio=ratio))
    return rows


@contextmanager
def database(engine: str, folder: Path) -> Iterator[str]:
    """The address of an empty database: a file, or a private server that is stopped afterwards."""
    if engine == "SQLite":
        yield f"sqlite:///{folder / 'bench.sqlite3'}"
        return
    # The server's own account must be able to reach its files.
    folder.chmod(0o755)
    home = str(folder / "postgres")
    started = subprocess.run([SCRIPTS / "postgres", "start", home], check=True, capture_output=True, text=True)
    try:
        yield started.stdout.strip()
    finally:
        subprocess.run([SCRIPTS / "postgres", "stop", home], check=True)


async def measure_base(base: Base, folder: Path) -> tuple[dict[str, tuple[float, float]], dict[str, str]]:
    """(ours, bare) of each case, medians of interleaved rounds; and the unit of each."""
    bodies = folder / "bodies"
    bodies.mkdir()
    port, bare_port = free_port(), free_port()
    environment = {"MATERIEL_DATABASE_URL": base.url, "MATERIEL_DATA_DIR": str(folder / "data")}
    ours_command = [sys.executable, "-m", "materiel", "serve", "--port", str(port)]
    bare_command = [sys.executable, "-m", "benchmarks.api_peer", str(bare_port), str(bodies)]
    with (
        server(ours_command, port=port, environment=environment) as ours,
        server(bare_command, port=bare_port, environment={}) as bare,
    ):
        async with connections(port, base.tokens) as clients, connections(bare_port, base.tokens) as bare_clients:
            cases = await prepare(base, clients[0], bodies)
            found: dict[str, list[tuple[float, float]]] = {case.name: [] for case in cases}
            for _ in range(ROUNDS):
                for case in cases:
                    pair = (await rate(ours, clients, case.ours), await rate(bare, bare_clients, case.bare))
                    found[case.name].append(pair)
    medians = {
        name: (median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)) for name, pairs in found.items()
    }
    return medians, {case.name: case.unit for case in cases}


async def rate(of: Server, clients: list[Connection], send: Send) -> float:
    """Requests for a second of the server's processor time, all connections at work."""
    until = perf_counter() + SECONDS
    start = of.cpu_seconds()

    async def work(client: Connection) -> int:
        done = 0
        while perf_counter() < until:
            await send(client, next(SERIALS))
            done += 1
        return done

    done = sum(await asyncio.gather(*(work(client) for client in clients)))
    return done / (of.cpu_seconds() - start)


SERIALS = count(1)


async def prepare(base: Base, client: Connection, bodies: Path) -> list[Case]:
    """Lend one item, keep one answer of each route for the bare server, and say how to ask each."""
    pupil = await asked(client, "POST", "/api/pupils", PUPIL)
    lent = await lend(client, str(pupil["id"]), base.size)
    (bodies / "lend").write_bytes(lent[0])
    (bodies / "issue").write_bytes(lent[1])
    cursor = write_cursor(item_id(PAGE * 999))
    scanned = f"/api/scan/B{base.size:012}"
    reads: dict[str, Callable[[int], str]] = {
        "item by inventory number": lambda serial: f"/api/items?inventory_number=B-{serial % base.size + 1:07}",
        "scan of a QR": lambda _: scanned,
        "first page of a list": lambda _: f"/api/items?limit={PAGE}",
        "thousandth page of a list": lambda _: f"/api/items?limit={PAGE}&cursor={cursor}",
        "search": lambda serial: f"/api/items?limit={PAGE}&q=portable+x{serial % 1000:03}",
    }
    cases = []
    for number, (name, path) in enumerate(reads.items()):
        (bodies / str(number)).write_bytes(await got(client, path(1)))
        cases.append(Case(name, reading(path), reading(lambda _, name=number: f"/{name}")))  # type: ignore[misc]
    ranks = count(1)

    async def ours(connection: Connection, _: int) -> bytes:
        return (await lend(connection, str(pupil["id"]), next(ranks)))[1]

    async def bare(connection: Connection, _: int) -> bytes:
        body = json.dumps(loan_body(str(pupil["id"]), 1)).encode()
        await expect(connection, "POST", "/lend", body)
        return await expect(connection, "POST", "/issue", b"{}")

    return [*cases, Case("create a loan and issue it", ours, bare, LOAN_UNIT)]


def reading(path: Callable[[int], str]) -> Send:
    """Ask a path that depends on a serial number."""

    async def send(connection: Connection, serial: int) -> bytes:
        return await got(connection, path(serial))

    return send


async def got(connection: Connection, path: str) -> bytes:
    """The body of a GET; any other status than 200 stops the measure."""
    return await expect(connection, "GET", path)


async def expect(connection: Connection, method: str, path: str, body: bytes = b"") -> bytes:
    """The body of a good answer."""
    status, answer = await connection.ask(method, path, body)
    if status >= 300:
        raise RuntimeError(f"{method} {path}: {status} {answer[:500]!r}")
    return answer


async def asked(connection: Connection, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The object of a good answer."""
    answer: dict[str, Any] = json.loads(await expect(connection, method, path, json.dumps(body).encode()))
    return answer


async def lend(connection: Connection, pupil: str, rank: int) -> tuple[bytes, bytes]:
    """Create a loan of the item of a rank and issue its documents; both answers."""
    body = json.dumps(loan_body(pupil, rank)).encode()
    created = await expect(connection, "POST", "/api/loans", body)
    return created, await expect(connection, "POST", f"/api/loans/{json.loads(created)['id']}/issue")


PUPIL: dict[str, Any] = {
    "last_name": "Martin",
    "first_name": "Zoé",
    "birth_date": "2015-04-02",
    "school": "0350103X",
    "homes": [{"lines": ["12 rue des Lilas"], "postcode": "35000", "city": "Rennes"}],
    "representatives": [{"last_name": "Martin", "first_name": "Claire", "capacity": "mother", "home": 0}],
}


def loan_body(pupil: str, rank: int) -> dict[str, Any]:
    """A loan of one item that goes home, in a public school: an agreement and a notice."""
    return {
        "usage": "individual",
        "custody": "home",
        "school": "0350103X",
        "pupil": pupil,
        "items": [str(item_id(rank))],
        "starts_on": "2026-12-01",
        "purpose": "Prise de notes en classe et à la maison",
        "basis": {"kind": "cdaph", "reference": "2026-123", "decided_on": "2026-06-15", "valid_until": "2029-08-31"},
    }
