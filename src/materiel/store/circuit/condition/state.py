"""States of condition of items. Every read names the service."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from materiel.domain.circuit.condition.state import ConditionState
from materiel.errors import Conflict, NotFound
from materiel.store.engine.constraints import refusing
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import update_version
from materiel.store.engine.statement import Statement
from materiel.store.tables import ConditionStateRow

_STATE = Mapper(ConditionState, ConditionStateRow)
_GET = Statement("SELECT * FROM condition_state WHERE id = {} AND service = {}")
_OF_ITEM = Statement("SELECT * FROM condition_state WHERE item = {} AND service = {} ORDER BY seen_on DESC, id DESC")


async def insert(state: ConditionState) -> None:
    """Add a state.

    Raises:
        Conflict: `condition.already_noted`, that moment of that loan has one.
    """
    taken = Conflict(
        "condition.already_noted",
        "L'état de ce matériel est déjà noté pour ce moment du prêt : ouvrez-le pour le corriger.",
    )
    with refusing({"condition_state_loan_item_moment_key": taken}):
        await insert_rows(ConditionStateRow, _STATE.row(state))


async def get(state_id: UUID, service_id: UUID) -> ConditionState:
    """A state of the service.

    Raises:
        NotFound: `condition.not_found`.
    """
    row = await _GET.fetch_one(state_id, service_id)
    if row is None:
        raise NotFound("condition.not_found", "Cet état constaté n’existe pas dans votre service.")
    return _STATE.value(row)


async def save(state: ConditionState) -> ConditionState:
    """Write a state back and return it with its version raised.

    Raises:
        Conflict: `condition.changed`.
    """
    version = await update_version(ConditionStateRow, _STATE.row(state))
    if version is None:
        raise Conflict("condition.changed", "Cet état a été corrigé entre-temps. Rechargez-le, puis recommencez.")
    return replace(state, version=version)


async def of_item(item_id: UUID, service_id: UUID) -> list[ConditionState]:
    """The states of an item, the last seen first."""
    return [_STATE.value(row) for row in await _OF_ITEM.fetch(item_id, service_id)]
