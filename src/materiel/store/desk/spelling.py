"""Records whose words are close to those typed, read through the trigram indexes of the search, a bounded number.

Candidates share with each typed word one of the parts that a typing error leaves intact (`domain.language.spelling`);
who asks compares them. A part found everywhere yields its first candidates only: help, not an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from materiel.domain.language.spelling import intact_parts
from materiel.store.engine.database import Row, is_postgres
from materiel.store.engine.search import words_of
from materiel.store.engine.statement import Statement

MOST_CANDIDATES = 1_000
MOST_WORDS = 4


async def pupils_near(query: str, service_id: UUID) -> list[tuple[str, str]]:
    """The last and first names of the pupils of a service who may be meant."""
    rows = await _near("pupil", "pupil.last_name, pupil.first_name", query, service_id)
    return [(row["last_name"], row["first_name"]) for row in rows]


async def items_near(query: str, service_id: UUID) -> list[tuple[str, ...]]:
    """The texts of the items of a service that may be meant: designation, category, brand, model."""
    columns = ("designation", "category", "brand", "model")
    rows = await _near("item", ", ".join(f"item.{column}" for column in columns), query, service_id)
    return [tuple(row[column] for column in columns) for row in rows]


async def _near(table: str, columns: str, query: str, service_id: UUID) -> Sequence[Row]:
    choices = [_parts(word) for word in words_of(query)[:MOST_WORDS]]
    if not choices:
        return []
    if table == "item" and not is_postgres():
        matching = " AND ".join("(" + " OR ".join(f'"{part}"' for part in parts) + ")" for parts in choices)
        return await Statement(
            f"SELECT {columns} FROM item_trigram CROSS JOIN item_search ON item_search.position = item_trigram.rowid"
            " CROSS JOIN item ON item.id = item_search.item WHERE item_trigram MATCH {} AND item_search.service = {}"
            f" LIMIT {MOST_CANDIDATES}"
        ).fetch(matching, service_id)
    likes = " AND ".join("(" + " OR ".join([f"{table}.search LIKE {{}}"] * len(parts)) + ")" for parts in choices)
    values: list[Any] = [f"%{part}%" for parts in choices for part in parts]
    statement = f"SELECT {columns} FROM {table} WHERE {table}.service = {{}} AND {likes} LIMIT {MOST_CANDIDATES}"
    return await Statement(statement).fetch_planned(service_id, *values)


def _parts(word: str) -> tuple[str, ...]:
    bare = word.strip()
    return (word, *intact_parts(bare)) if len(bare) > 3 else (word,)
