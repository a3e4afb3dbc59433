"""The dashboard on a full base, a tenth of whose items are lent: counts, charts and first list, on both databases.

Values are milliseconds of waiting, medians of interleaved rounds; the floor is the count of the service's items by
state alone, which reads one index. A base of 1,000,000 items is compared with one of 10,000.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from string import Template
from time import perf_counter

from benchmarks.api import SIZES, database
from benchmarks.api_base import fill
from benchmarks.harness import ROUNDS, Row
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.calendar.civil_day import MAINLAND, civil_date
from materiel.domain.desk.dashboard import Concern
from materiel.store.accounts import service as services
from materiel.store.desk import dashboard as store
from materiel.store.engine.database import fetch, is_postgres
from materiel.use_cases.desk import dashboard
from materiel.use_cases.process.running import running

FLOOR = "items by state, the floor"
LENT_SHARE = 10
"""One item in ten is lent."""


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


async def lend(number: int, now: datetime) -> None:
    """Lend the first items, one for each loan: one in ten waits for a signature, one in twenty is at its term."""
    today = civil_date(now, MAINLAND)
    days = {"started": -60, "over": -1, "soon": 20, "far": 250}
    values = {name: _typed(f"{today + timedelta(days=after)}", "date") for name, after in days.items()}
    values |= {"now": _typed(now.isoformat(sep=" "), "timestamptz"), "digest": "0" * 64}
    values |= {name: _id(mark) for name, mark in (("loan", "0191"), ("line", "0192"), ("paper", "0193"))}
    values |= {"rank": RANK, "lent": f"FROM item WHERE {RANK} <= {number}"}
    for insert in LENDING:
        await fetch(Template(insert).substitute(values))
    for position, (mark, party) in enumerate((("0194", "managing_service"), ("0195", "borrower"))):
        await fetch(Template(SIGNING).substitute(values, box=_id(mark), position=position, party=party))
    await fetch("ANALYZE")


def _typed(text: str, kind: str) -> str:
    """A literal: PostgreSQL wants its type told, SQLite keeps texts."""
    return f"'{text}'::{kind}" if is_postgres() else f"'{text}'"


def _id(mark: str) -> str:
    """An id made from the item's, told apart by its beginning."""
    text = f"'{mark}0000-0000-7000-8000-' || substr(CAST(item.id AS VARCHAR(36)), 25)"
    return f"({text})::uuid" if is_postgres() else f"({text})"


RANK = "CAST(substr(inventory_number, 3) AS INTEGER)"

LENDING = (
    """
    INSERT INTO loan (id, service, usage, custody, school, status, starts_on, ends_on, purpose, basis_kind,
        basis_reference, basis_decided_on, basis_valid_until, override_reason, override_by, decision, created_at,
        issued_on, handed_over_on, recall_reason, version)
    SELECT $loan, service, 'individual', 'home', (SELECT id FROM school LIMIT 1),
        CASE WHEN $rank % 5 = 0 THEN 'issued' ELSE 'handed_over' END, $started,
        CASE $rank % 20 WHEN 0 THEN $over WHEN 1 THEN $soon ELSE $far END, 'Mesure', 'cdaph',
        '', $started, CASE WHEN $rank % 25 = 0 THEN $soon ELSE $far END, '', '', '{}', $now,
        $started, CASE WHEN $rank % 5 = 0 THEN NULL ELSE $started END, '', 1
    $lent
    """,
    """
    INSERT INTO loan_item (id, loan, item, position, added_on, handed_over_on, missing_accessories)
    SELECT $line, $loan, id, 0, $started, CASE WHEN $rank % 5 = 0 THEN NULL ELSE $started END, '[]'
    $lent
    """,
    """
    INSERT INTO document (id, service, loan, kind, number, covers, status, issued_on, issued_at, code, sha256, pages,
        content)
    SELECT $paper, service, $loan, 'loan_agreement', inventory_number, 'loan', 'in_force', $started, $now, public_code,
        '$digest', 5, ''
    $lent
    """,
    """
    UPDATE item SET status = CASE WHEN $rank % 5 = 0 THEN 'reserved' ELSE 'on_loan' END
    WHERE id IN (SELECT item FROM loan_item)
    """,
)
SIGNING = """
    INSERT INTO signature (id, document, position, party, name, capacity, status, signed_on, recorded_by)
    SELECT $box, $paper, $position, '$party', 'Personne $position', '',
        CASE WHEN $rank % 10 = 0 THEN 'pending' ELSE 'signed' END,
        CASE WHEN $rank % 10 = 0 THEN NULL ELSE $started END, ''
    $lent
    """
