"""Imports run to their end, and the whole of what a base holds, to be held against itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.use_cases import loan_cast as cast

from materiel.domain.imports.import_file import ImportFile, ImportKind
from materiel.domain.work.job import Job
from materiel.store.engine.database import fetch, is_postgres
from materiel.store.tables import ALL_TABLES
from materiel.store.work import job as jobs
from materiel.use_cases.imports.import_file import confirm_import, examine_file
from materiel.use_cases.imports.undoing import undo_import
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS

KEPT_APART = {"journal", "journal_head", "job", "import_file", "import_content", "import_change", "item_tally"}
"""What an undoing adds to, and what remembers it."""


async def everything() -> dict[str, list[str]]:
    """What the base holds, table by table, without the versions, which only grow."""
    held = {}
    for table in ALL_TABLES:
        name = table._meta.tablename
        if name not in KEPT_APART:
            rows = [{key: value for key, value in row.items() if key != "version"} for row in await _rows(name)]
            held[name] = sorted(map(repr, rows))
    tally = await fetch("SELECT service, status, sum(found) AS found FROM item_tally GROUP BY service, status")
    held["item_tally"] = sorted(repr(row) for row in tally if row["found"])
    if not is_postgres():
        for name, order in (
            ("item_search", "item, search, number"),
            ("person_search", "pupil, representative, search"),
        ):
            held[name] = sorted(map(repr, await fetch(f"SELECT {order} FROM {name}")))
        for name in ("item_trigram", "person_trigram"):
            await fetch(f"INSERT INTO {name} ({name}, rank) VALUES ('integrity-check', 1)")
    return held


async def _rows(table: str) -> Sequence[dict[str, Any]]:
    return [dict(row) for row in await fetch(f"SELECT * FROM {table}")]


async def run(now: Any = cast.NOW, worker: str = "w1") -> bool:
    return await run_next(worker, HANDLERS, clock=lambda: now)


async def imported(data: bytes, kind: ImportKind = ImportKind.ITEMS) -> ImportFile:
    file = await examine_file(kind, "parc.csv", data, actor=cast.MANAGER, now=cast.NOW)
    await confirm_import(file.id, actor=cast.MANAGER, now=cast.NOW)
    assert await run()
    return file


async def undone(file: ImportFile) -> Job:
    job_id = await undo_import(file.id, actor=cast.MANAGER, now=cast.NOW)
    assert await run()
    return await jobs.get(job_id, cast.SERVICE)
