"""The one row of what the site says of itself."""

from __future__ import annotations

from uuid import UUID

from materiel.domain.accounts.site import SiteFacts
from materiel.errors import Conflict
from materiel.store.engine.database import Row
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.statement import Statement
from materiel.store.tables import SiteRow

# What somebody types; the rest has its own acts.
_SITE = Mapper(SiteFacts, SiteRow, given=("service_id", "demonstration", "version"))
_READ = Statement("SELECT * FROM site WHERE id = 1")
_SET = Statement(
    f"UPDATE site SET {', '.join(f'{column} = {{}}' for column in _SITE.columns)}, version = version + 1"
    " WHERE id = 1 AND version = {} RETURNING version"
)
_ENTRUST = Statement("UPDATE site SET service = {}, version = version + 1 WHERE id = 1")
_DEMONSTRATE = Statement("UPDATE site SET demonstration = TRUE, service = {} WHERE id = 1")


async def read() -> SiteFacts:
    """What is kept, without the defaults of the settings."""
    row = await _READ.fetch_one()
    return SiteFacts() if row is None else _site(row)


async def save(facts: SiteFacts) -> None:
    """Write what the site says.

    Raises:
        Conflict: `site.changed`, someone wrote it since it was read.
    """
    if not await _SET.fetch(*_SITE.row(facts).values(), facts.version):
        raise Conflict("site.changed", "Ces réglages ont été modifiés entre-temps. Rechargez la page et recommencez.")


async def entrust(service_id: UUID) -> None:
    """Name the service whose administrators set the site."""
    await _ENTRUST.fetch(service_id)


async def mark_demonstration(service_id: UUID) -> None:
    """Say for ever that this base is a demonstration, and entrust its site to a service."""
    await _DEMONSTRATE.fetch(service_id)


def _site(row: Row) -> SiteFacts:
    return _SITE.value(row, service_id=row["service"], demonstration=row["demonstration"], version=row["version"])
