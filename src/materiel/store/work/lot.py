"""The lines of a lot: what is left of it is what was not settled, whoever takes its job up."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from materiel.domain.work.lot import LineState, LotLine
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import JobLineRow

MOST_TOGETHER = 50
"""Lines that one transaction settles: other writers wait for it."""

_LINE = Mapper(LotLine, JobLineRow)
_SELECT = f"SELECT {_LINE.selected('job_line')} FROM job_line"
_NEXT = _LINE.statement(
    f"{_SELECT} WHERE job = {{}} AND state = 'left' AND together ="
    " (SELECT together FROM job_line WHERE job = {} AND state = 'left' ORDER BY rank LIMIT 1)"
    " ORDER BY rank LIMIT {}"
)
_SETTLE = Statement(
    "UPDATE job_line SET state = {}, said = {}, code = {}, made = {} WHERE id = {} AND state = 'left' RETURNING id"
)
_COUNTS = Statement("SELECT state, count(*) AS found FROM job_line WHERE job = {} GROUP BY state")
_PAGE = _LINE.statement(f"{_SELECT} WHERE job = {{}} AND rank > {{}} ORDER BY rank LIMIT {{}}")
_PAGE_OF = _LINE.statement(f"{_SELECT} WHERE job = {{}} AND state = {{}} AND rank > {{}} ORDER BY rank LIMIT {{}}")


async def add(lines: Sequence[LotLine]) -> None:
    """Write the lines of a lot, in the transaction that enqueues its job."""
    await insert_rows(JobLineRow, *(_LINE.row(line) for line in lines))


async def next_together(job_id: UUID) -> list[LotLine]:
    """The first line that is left, with those to be settled with it; none once the lot is over."""
    return [_LINE.value(row) for row in await _NEXT.fetch(job_id, job_id, MOST_TOGETHER)]


async def settle(line: LotLine) -> bool:
    """Write what became of a line, in the transaction of its act; False when it was settled already."""
    row = _LINE.row(line)
    return await _SETTLE.fetch_one(row["state"], row["said"], row["code"], row["made"], line.id) is not None


async def counts(job_id: UUID) -> dict[LineState, int]:
    """How many lines of a lot are in each state."""
    found = {LineState(row["state"]): row["found"] for row in await _COUNTS.fetch(job_id)}
    return {state: found.get(state, 0) for state in LineState}


async def page(job_id: UUID, state: LineState | None, *, limit: int, after: int = -1) -> list[LotLine]:
    """Lines of a lot in their order, after the rank of the last one of the page before."""
    if state is None:
        rows = await _PAGE.fetch(job_id, after, limit)
    else:
        rows = await _PAGE_OF.fetch(job_id, state.value, after, limit)
    return [_LINE.value(row) for row in rows]
