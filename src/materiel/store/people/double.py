"""Pupils of one identity: the same names however they are written, and the same day of birth."""

from __future__ import annotations

from uuid import UUID

from materiel.domain.people.person_name import Identity, identity_of
from materiel.store.engine.statement import Statement

_BORN_THEN = Statement(
    "SELECT id, last_name, first_name, birth_date FROM pupil"
    " WHERE service = {} AND birth_date = {} AND search LIKE {} AND search LIKE {} ORDER BY id"
)


async def ids_of(identity: Identity, service_id: UUID) -> list[UUID]:
    """The pupils of a service who have this identity, oldest record first; `search` holds the keys of their names."""
    last, first, birth_date = identity
    rows = await _BORN_THEN.fetch(service_id, birth_date, f"%  {last}  %", f"%  {first}  %")
    return [
        row["id"] for row in rows if identity_of(row["last_name"], row["first_name"], row["birth_date"]) == identity
    ]
