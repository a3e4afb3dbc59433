"""The file that a job makes to be printed, kept for a day: whole, or piece by piece as it is made.

A file of tens of megabytes is never held whole: neither by what makes it nor by what hands it out. It has a name once
its job has ended; before that it is nobody's, and is forgotten like any other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from materiel.store.engine.ids import new_id
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import JobOutputPartRow, JobOutputRow

_FIND = Statement("SELECT id, name FROM job_output WHERE job = {} AND name <> '' AND expires_at > {}")
_CONTENT = Statement("SELECT content FROM job_output WHERE id = {}")
_PART = Statement("SELECT content FROM job_output_part WHERE output = {} AND rank = {}")
_DROP_PARTS = Statement(
    "DELETE FROM job_output_part WHERE output IN (SELECT id FROM job_output WHERE job = {}) RETURNING id"
)
_DROP = Statement("DELETE FROM job_output WHERE job = {} RETURNING id")
_NAME = Statement("UPDATE job_output SET name = {}, expires_at = {} WHERE id = {}")


async def keep(job_id: UUID, name: str, content: bytes, *, expires_at: datetime) -> None:
    """Keep the whole file of a job, in the transaction that ends it."""
    await _insert(job_id, name, content, expires_at)


async def begin(job_id: UUID, *, expires_at: datetime) -> UUID:
    """Begin the file of a job, in place of what an attempt before has left; answers its id."""
    await _DROP_PARTS.fetch(job_id)
    await _DROP.fetch(job_id)
    return await _insert(job_id, "", b"", expires_at)


async def add_part(output_id: UUID, rank: int, content: bytes) -> None:
    """Add the piece of a rank, from 0, to a file that is begun."""
    row = {"id": new_id(), "output": output_id, "rank": rank, "content": content}
    await insert_rows(JobOutputPartRow, row)


async def finish(output_id: UUID, name: str, *, expires_at: datetime) -> None:
    """Name a file whose pieces are all there, in the transaction that ends its job."""
    await _NAME.fetch(name, expires_at, output_id)


async def find(job_id: UUID, *, now: datetime) -> tuple[UUID, str] | None:
    """The id and the name of the file of a job; None before it is made, and once it is kept no more."""
    row = await _FIND.fetch_one(job_id, now)
    return (row["id"], row["name"]) if row is not None else None


async def pieces(output_id: UUID) -> AsyncIterator[bytes]:
    """The bytes of a file, in order, a piece at a time."""
    row = await _CONTENT.fetch_one(output_id)
    if row is not None and row["content"]:
        yield bytes(row["content"])
    rank = 0
    while (row := await _PART.fetch_one(output_id, rank)) is not None:
        yield bytes(row["content"])
        rank += 1


async def _insert(job_id: UUID, name: str, content: bytes, expires_at: datetime) -> UUID:
    made = new_id()
    row = {"id": made, "job": job_id, "name": name, "content": content, "expires_at": expires_at}
    await insert_rows(JobOutputRow, row)
    return made
