"""The reports of closed stocktakes: the bytes, kept once, and the seal that follows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.store.engine.ids import new_id
from materiel.store.engine.statement import Statement

_READ = Statement("SELECT * FROM stocktake_report WHERE stocktake = {} AND service = {}")
_KEEP = Statement(
    "INSERT INTO stocktake_report (id, stocktake, service, pdf, sha256, made_at) VALUES ({}, {}, {}, {}, {}, {})"
    " ON CONFLICT (stocktake) DO NOTHING RETURNING id"
)
_SEAL = Statement(
    "UPDATE stocktake_report SET tail = {}, sealed_at = {}, subject = {}, fingerprint = {}"
    " WHERE stocktake = {} AND service = {} AND tail IS NULL RETURNING id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeReport:
    """A report: the bytes as drawn, what seals them, empty before, and by which certificate."""

    pdf: bytes
    sha256: str
    made_at: datetime
    tail: bytes
    sealed_at: datetime | None
    subject: str

    @property
    def data(self) -> bytes:
        """The file as it is handed over."""
        return self.pdf + self.tail


async def find(stocktake_id: UUID, service_id: UUID) -> StocktakeReport | None:
    """The report of a stocktake; None when none is drawn."""
    row = await _READ.fetch_one(stocktake_id, service_id)
    if row is None:
        return None
    return StocktakeReport(
        pdf=bytes(row["pdf"]),
        sha256=row["sha256"],
        made_at=row["made_at"],
        tail=bytes(row["tail"] or b""),
        sealed_at=row["sealed_at"],
        subject=row["subject"],
    )


async def keep(stocktake_id: UUID, service_id: UUID, pdf: bytes, sha256: str, at: datetime) -> bool:
    """Keep the report of a stocktake; False when one is kept already, which never changes."""
    return await _KEEP.fetch_one(new_id(), stocktake_id, service_id, pdf, sha256, at) is not None


async def seal(
    stocktake_id: UUID, service_id: UUID, tail: bytes, at: datetime, *, subject: str, fingerprint: str
) -> bool:
    """Keep what seals a report; False when it is sealed already."""
    return await _SEAL.fetch_one(tail, at, subject[:200], fingerprint, stocktake_id, service_id) is not None
