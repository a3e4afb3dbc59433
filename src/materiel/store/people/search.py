"""Pupils and representatives found by the words of their names, through the trigrams of either engine."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from uuid import UUID

from materiel.store.engine.database import Row, is_postgres
from materiel.store.engine.search import matching
from materiel.store.engine.statement import Statement

_PUPILS, _OTHERS = "pupil", "representative"
ROWS_OF_PUPILS = "person_trigram.rowid < 1099511627776"
"""Where SQLite's index holds pupils; above are representatives. See the migration `people_order`."""

_ROWS = {_PUPILS: ROWS_OF_PUPILS, _OTHERS: "person_trigram.rowid > 1099511627776"}


async def pupils(service_id: UUID, words: Sequence[str], *, limit: int) -> list[UUID]:
    """At most `limit` pupils of a service whose name holds every word of `words_of`, one at least."""
    return [row["pupil"] for row in await _found(_PUPILS, service_id, words, limit)]


async def representatives(service_id: UUID, words: Sequence[str], *, limit: int) -> list[tuple[UUID, UUID]]:
    """The same of the people responsible for the pupils of a service: (pupil, representative)."""
    return [(row["pupil"], row["representative"]) for row in await _found(_OTHERS, service_id, words, limit)]


async def _found(whom: str, service_id: UUID, words: Sequence[str], limit: int) -> Sequence[Row]:
    if is_postgres():
        return await _on_postgres(whom, len(words)).fetch_planned(service_id, *(f"%{word}%" for word in words), limit)
    return await _on_sqlite(whom).fetch(matching(words), service_id, limit)


@lru_cache
def _on_sqlite(whom: str) -> Statement:
    # FTS5 gives its rows in the order of their number: the reading stops as soon as there are enough.
    return Statement(
        "SELECT person_search.pupil, person_search.representative FROM person_trigram"
        " CROSS JOIN person_search ON person_search.position = person_trigram.rowid"
        f" WHERE person_trigram MATCH {{}} AND person_search.service = {{}} AND {_ROWS[whom]}"
        " ORDER BY person_trigram.rowid LIMIT {}"
    )


@lru_cache
def _on_postgres(whom: str, words: int) -> Statement:
    source = "pupil" if whom == _PUPILS else "representative JOIN pupil ON pupil.id = representative.pupil"
    likes = f" AND {whom}.search LIKE {{}}" * words
    return Statement(
        f"SELECT pupil.id AS pupil, {whom}.id AS representative FROM {source}"
        f" WHERE pupil.service = {{}}{likes} ORDER BY {whom}.id LIMIT {{}}"
    )
