"""The versions of the annex of a service: only ever added. Every read names the service."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from materiel.domain.papers.annex import Annex
from materiel.errors import Conflict
from materiel.store.engine.constraints import refusing
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import AnnexRow

_ANNEX = Mapper(Annex, AnnexRow)
_IN_FORCE = Statement(
    "SELECT * FROM annex WHERE service = {} AND starts_on <= {} ORDER BY starts_on DESC, rank DESC LIMIT 1"
)
_VERSIONS = Statement("SELECT * FROM annex WHERE service = {} ORDER BY rank DESC")


async def in_force(service_id: UUID, day: date) -> Annex | None:
    """The version that binds on a day; None where none began. Said again by `domain.papers.annex.in_force`."""
    row = await _IN_FORCE.fetch_one(service_id, day)
    return _ANNEX.value(row) if row is not None else None


async def versions(service_id: UUID) -> list[Annex]:
    """Every version of a service, the last written first."""
    return [_ANNEX.value(row) for row in await _VERSIONS.fetch(service_id)]


async def insert(annex: Annex) -> None:
    """Add a version.

    Raises:
        Conflict: `annex.changed`, somebody wrote the one of this rank first.
    """
    with refusing({"annex_service_rank_key": changed()}):
        await insert_rows(AnnexRow, _ANNEX.row(annex))


def changed() -> Conflict:
    """Somebody wrote a version since this one was begun."""
    return Conflict(
        "annex.changed",
        "Une autre version de l'annexe a été enregistrée entre-temps. Copiez votre texte, relisez l'autre.",
    )
