"""What is kept at schools, and the papers that name an institution: asked for one managing service and its schools."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from materiel.domain.loan.loan import OPEN_STATUSES
from materiel.domain.papers.document import AGREEMENTS, Party
from materiel.domain.visitors.institution import Deposited
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement, words
from materiel.store.item import item as items

_DEPOSITED = Mapper(Deposited, given=("item", "presence", "incidents"))

_OPEN = words(OPEN_STATUSES)
_AGREEMENTS = words(AGREEMENTS)
_HELD = f"""
    SELECT line.item, loan.id AS loan_id, loan.school AS school_id, line.handed_over_on AS since,
        loan.ends_on AS until, loan.recalled_on,
        COALESCE((SELECT agreement.number FROM document AS agreement WHERE agreement.loan = loan.id
            AND agreement.kind IN ({_AGREEMENTS}) AND agreement.status = 'in_force'
            ORDER BY agreement.id DESC LIMIT 1), loan.paper_reference) AS agreement_number,
        loan.origin = 'taken_over' AS is_taken_over
    FROM loan JOIN loan_item AS line ON line.loan = loan.id
    WHERE loan.service = {{}} AND loan.custody = 'school' AND loan.status IN ({_OPEN})
        AND line.handed_over_on IS NOT NULL AND line.removed_on IS NULL
        AND loan.school IN (%s)
    ORDER BY line.handed_over_on, line.id
"""
_PAPERS = """
    SELECT document.id FROM document WHERE document.service = {}
        AND document.school IN (%s) AND ((document.status = 'in_force' AND (%s)) OR %s)
        AND NOT (document.kind NOT IN ('handover_receipt', 'return_receipt')
            AND EXISTS (SELECT 1 FROM signature AS box WHERE box.document = document.id AND box.status = 'pending')
            AND EXISTS (SELECT 1 FROM loan JOIN pupil ON pupil.id = loan.pupil
                WHERE loan.id = document.loan AND pupil.died_on IS NOT NULL))
    ORDER BY document.id
"""
_NAMED = "EXISTS (SELECT 1 FROM {table} WHERE {table}.document = document.id AND {table}.party IN (%s))"
_SIGNED = (
    "EXISTS (SELECT 1 FROM signature AS own WHERE own.document = document.id AND own.status = 'signed'"
    " AND own.party IN (%s))"
)
_SIGNS, _TOLD = _NAMED.replace("{table}", "signature"), _NAMED.replace("{table}", "recipient")


async def held(service_id: UUID, school_ids: Sequence[UUID]) -> list[Deposited]:
    """The items of a service that stay at these schools and were handed over there, longest kept first."""
    if not school_ids:
        return []
    rows = await Statement(_HELD % placeholders(school_ids)).fetch(service_id, *school_ids)
    of_id = {item.id: item for item in await items.get_many(list({row["item"] for row in rows}), service_id)}
    return [_DEPOSITED.value(row, item=of_id[row["item"]]) for row in rows]


async def papers(
    service_id: UUID, school_ids: Sequence[UUID], *, signs: Sequence[Party], told: Sequence[Party]
) -> list[UUID]:
    """The documents about these schools that one of these parties signs or is told by, oldest first: those in force,
    and what one of those who sign has signed, after its end too.

    After a pupil's death nothing is asked of a school either: what was still to sign is not shown (E29).
    """
    named = [(_SIGNS, signs)] if signs else []
    named += [(_TOLD, told)] if told else []
    if not school_ids or not named:
        return []
    either = " OR ".join(clause % placeholders(parties) for clause, parties in named)
    parties = [party.value for _, parties in named for party in parties]
    signed = (_SIGNED % placeholders(signs)) if signs else "1 = 0"
    statement = Statement(_PAPERS % (placeholders(school_ids), either, signed))
    rows = await statement.fetch(service_id, *school_ids, *parties, *(party.value for party in signs))
    return [row["id"] for row in rows]
