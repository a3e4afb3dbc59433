"""Loans and papers of one search: by the names of the pupil and of the school, by the number of a paper.

The loans of a rare word are read and compared; where every word is common, the newest loans are walked until there are
enough. Neither reads every loan, but for two common words that hardly ever meet.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from uuid import UUID

from materiel.store.engine.database import is_postgres
from materiel.store.engine.rows import placeholders
from materiel.store.engine.search import matching
from materiel.store.engine.statement import Statement
from materiel.store.loan.list import LAST
from materiel.store.people.search import ROWS_OF_PUPILS

RARE = 500
"""Loans of one word that are read one by one in a few milliseconds."""

_OF_PUPIL = Statement(
    "SELECT loan.id FROM person_trigram CROSS JOIN person_search ON person_search.position = person_trigram.rowid"
    " CROSS JOIN loan ON loan.pupil = person_search.pupil"
    f" WHERE person_trigram MATCH {{}} AND person_search.service = {{}} AND {ROWS_OF_PUPILS} LIMIT {{}}",
    postgres="SELECT loan.id FROM pupil JOIN loan ON loan.pupil = pupil.id"
    " WHERE pupil.search LIKE {} AND pupil.service = {} LIMIT {}",
)
_OF_SCHOOL = Statement(
    "SELECT loan.id FROM school CROSS JOIN loan ON loan.school = school.id"
    " WHERE school.search LIKE {} AND loan.service = {} LIMIT {}",
    postgres="SELECT loan.id FROM school JOIN loan ON loan.school = school.id"
    " WHERE school.search LIKE {} AND loan.service = {} LIMIT {}",
)
_OF_REFERENCE = Statement(
    "SELECT id FROM loan WHERE service = {} AND upper(paper_reference) = upper({}) AND paper_reference <> ''"
    " ORDER BY id DESC"
)
_YEARS = Statement("SELECT DISTINCT school_year FROM agreement_counter WHERE service = {}")


async def loans_named(service_id: UUID, words: Sequence[str], *, limit: int) -> list[UUID]:
    """At most `limit` loans of a service, newest first, every word being in the name of the pupil or of the school.

    `words` are those of `words_of`, one at least.
    """
    found: set[UUID] | None = None
    common = []
    for word in words:
        of_word = await _loans_of(service_id, word)
        if of_word is None:
            common.append(word)
        else:
            found = of_word if found is None else found & of_word
    if found is not None and not common:
        return sorted(found, reverse=True)[:limit]
    if found is not None and not found:
        return []
    return await _holding(service_id, common, among=found, limit=limit)


async def loans_of_reference(service_id: UUID, typed: str) -> list[UUID]:
    """The loans taken over of a service whose old paper bore this reference, newest first."""
    return [row["id"] for row in await _OF_REFERENCE.fetch(service_id, typed.strip())]


async def documents_numbered(service_id: UUID, numbers: Collection[str]) -> list[tuple[UUID, UUID]]:
    """The documents of a service that bear one of these numbers, newest first: (document, loan)."""
    if not numbers:
        return []
    statement = Statement(
        f"SELECT id, loan FROM document WHERE service = {{}} AND number IN ({placeholders(list(numbers))})"
        " ORDER BY id DESC"
    )
    return [(row["id"], row["loan"]) for row in await statement.fetch(service_id, *numbers)]


async def numbered_years(service_id: UUID) -> list[int]:
    """The school years in which a service gave numbers."""
    return [row["school_year"] for row in await _YEARS.fetch(service_id)]


async def _loans_of(service_id: UUID, word: str) -> set[UUID] | None:
    """The loans of a word; None when it is common."""
    like = f"%{word}%"
    found: set[UUID] = set()
    for statement, needle in ((_OF_PUPIL, like if is_postgres() else matching([word])), (_OF_SCHOOL, like)):
        rows = await statement.fetch_planned(needle, service_id, RARE + 1)
        if len(rows) > RARE:
            return None
        found |= {row["id"] for row in rows}
    return found


async def _holding(service_id: UUID, words: Sequence[str], *, among: Collection[UUID] | None, limit: int) -> list[UUID]:
    values: list[object] = [service_id, LAST, *(f"%{word}%" for word in words for _ in range(2)), *(among or ())]
    statement = _holding_statement(len(words), len(among or ()))
    return [row["id"] for row in await statement.fetch_planned(*values, limit)]


@lru_cache(maxsize=32)
def _holding_statement(words: int, among: int) -> Statement:
    held = " AND (pupil.search LIKE {} OR place.search LIKE {})" * words
    within = f" AND loan.id IN ({', '.join(['{}'] * among)})" if among else ""
    return Statement(
        "SELECT loan.id FROM loan JOIN school AS place ON place.id = loan.school"
        f" LEFT JOIN pupil ON pupil.id = loan.pupil WHERE loan.service = {{}} AND loan.id < {{}}{held}{within}"
        " ORDER BY loan.id DESC LIMIT {}"
    )
