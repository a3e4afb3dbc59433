"""What names the state of all that the desk counts in a service: one statement, by keys and short indexes.

Whatever changes a count writes in the journal of its service, in the same transaction: the hash of the last entry is a
version of it, exact in every process. Two things change otherwise, and are counted each time: the mail that a server
refuses, and the changes of the annuaire, which one service's import brings to all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from materiel.store.engine.ids import new_id
from materiel.store.engine.statement import Statement

COUNTED = 100
"""A greater count is shown as « 100+ »: nobody acts differently on 100 and on 40 000."""

_READ = Statement(
    "SELECT (SELECT hash FROM journal_head WHERE chain = {}) AS journal,"
    " (SELECT stamp FROM installation WHERE id = 1) AS stamp,"
    " (SELECT count(*) FROM (SELECT 1 FROM outbox"
    f" WHERE service = {{}} AND state = 'failed' AND settled_at IS NULL LIMIT {COUNTED + 1}) AS few) AS refused,"
    " (SELECT count(*) FROM (SELECT 1 FROM reference_change"
    f" WHERE service = {{}} AND settled_at IS NULL LIMIT {COUNTED + 1}) AS others) AS changed"
)


@dataclass(frozen=True, slots=True)
class DeskVersion:
    """The last entry of the journal, by its hash; the restoration that the base comes from; and what is counted.

    The number of the entry would not do: a restored base has the same ones again.
    """

    journal: str
    stamp: str
    refused: int
    changed: int


async def read(service_id: UUID) -> DeskVersion:
    """The version of a service, whose counts stop at one more than `COUNTED`; each is another while no entry is."""
    row = await _READ.fetch_one(str(service_id), service_id, service_id)
    assert row is not None
    return DeskVersion(row["journal"] or str(new_id()), row["stamp"], row["refused"], row["changed"])
