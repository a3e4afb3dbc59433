"""From what on each service wants to replace an item; a service that has said nothing has the usual thresholds."""

from __future__ import annotations

from uuid import UUID

from materiel.domain.circuit.workshop.passport import ReplacementRule
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.statement import Statement
from materiel.store.tables import ReplacementRow

_RULE = Mapper(ReplacementRule, ReplacementRow)
_OF_SERVICE = Statement("SELECT * FROM replacement WHERE service = {}")
_KEEP = Statement(
    "INSERT INTO replacement (service, years, cost_percent, breakdowns) VALUES ({}, {}, {}, {})"
    " ON CONFLICT (service) DO UPDATE SET years = excluded.years, cost_percent = excluded.cost_percent,"
    " breakdowns = excluded.breakdowns"
)


async def of_service(service_id: UUID) -> ReplacementRule:
    """The thresholds of a service."""
    row = await _OF_SERVICE.fetch_one(service_id)
    return _RULE.value(row) if row is not None else ReplacementRule(service_id=service_id)


async def keep(rule: ReplacementRule) -> None:
    """Keep the thresholds of a service, in the place of the former ones."""
    await _KEEP.fetch(rule.service_id, rule.years, rule.cost_percent, rule.breakdowns)
