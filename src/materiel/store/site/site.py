"""The one row of what the site says of itself."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from materiel.domain.site.site import SiteFacts
from materiel.errors import Conflict
from materiel.store.engine.database import Row
from materiel.store.engine.statement import Statement

_READ = Statement("SELECT * FROM site WHERE id = 1")
_SET = Statement(
    "UPDATE site SET organisation = {}, publication_director = {}, hosting = {}, contact = {}, dpo = {}, audit_on = {},"
    " audit_rate = {}, audit_by = {}, accessibility_plan = {}, version = version + 1"
    " WHERE id = 1 AND version = {} RETURNING version"
)
_ENTRUST = Statement("UPDATE site SET service = {}, version = version + 1 WHERE id = 1")
_DEMONSTRATE = Statement("UPDATE site SET demonstration = TRUE, service = {} WHERE id = 1")
_SAID = (
    *("organisation", "publication_director", "hosting", "contact", "dpo"),
    *("audit_on", "audit_rate", "audit_by", "accessibility_plan"),
)


async def read() -> SiteFacts:
    """What is kept, without the defaults of the settings."""
    row = await _READ.fetch_one()
    return SiteFacts() if row is None else _facts(row)


async def save(facts: SiteFacts) -> None:
    """Write what the site says.

    Raises:
        Conflict: `site.changed`, someone wrote it since it was read.
    """
    said: list[Any] = [getattr(facts, name) for name in _SAID]
    if not await _SET.fetch(*said, facts.version):
        raise Conflict("site.changed", "Ces réglages ont été modifiés entre-temps. Rechargez la page et recommencez.")


async def entrust(service_id: UUID) -> None:
    """Name the service whose administrators set the site."""
    await _ENTRUST.fetch(service_id)


async def mark_demonstration(service_id: UUID) -> None:
    """Say for ever that this base is a demonstration, and entrust its site to a service."""
    await _DEMONSTRATE.fetch(service_id)


def _facts(row: Row) -> SiteFacts:
    return SiteFacts(
        **{name: row[name] for name in _SAID},
        service_id=row["service"],
        demonstration=bool(row["demonstration"]),
        version=row["version"],
    )
