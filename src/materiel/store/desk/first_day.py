"""What a service has of all that a first loan needs, in one statement that stops at the first row of each."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from materiel.store.engine.statement import Statement

_PRESENT = Statement(
    "SELECT EXISTS (SELECT 1 FROM document WHERE service = {}) AS issued, EXISTS (SELECT 1 FROM school) AS schools,"
    " EXISTS (SELECT 1 FROM item WHERE service = {}) AS items,"
    " EXISTS (SELECT 1 FROM pupil WHERE service = {}) AS pupils,"
    " EXISTS (SELECT 1 FROM municipality_contact WHERE service = {}) AS mayors,"
    " (SELECT count(*) FROM (SELECT 1 FROM app_user WHERE service = {} AND disabled_at IS NULL LIMIT 2) AS few) > 1"
    " AS colleagues"
)


@dataclass(frozen=True, slots=True)
class Present:
    """Whether a document was ever issued, and whether there is at least one of each other thing."""

    issued: bool
    schools: bool
    items: bool
    pupils: bool
    mayors: bool
    colleagues: bool


async def present(service_id: UUID) -> Present:
    """What a service has."""
    row = await _PRESENT.fetch_one(*[service_id] * 5)
    assert row is not None
    return Present(**{name: bool(row[name]) for name in Present.__slots__})
