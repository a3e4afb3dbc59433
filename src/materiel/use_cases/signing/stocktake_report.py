"""Closing a stocktake: the results are frozen, the report is drawn once and kept, and sealed where a seal is set.

The freezing is one transaction; drawing and sealing take a thread, and come after it: whoever reads the report of a
stocktake that was closed by a process killed there has it drawn then, from what is frozen.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from materiel.documents.lists.stocktake_report import (
    MOST_LISTED,
    SEAL_TITLE,
    compose_seal_page,
    compose_stocktake_report,
)
from materiel.documents.pdf.render import render_pdf
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import ManagingService
from materiel.domain.circuit.stocktake import (
    LineFilter,
    Stocktake,
    StocktakeResult,
    StocktakeState,
    check_running,
    closed,
)
from materiel.errors import Conflict, MaterielError
from materiel.seal.on_demand import seal
from materiel.store.accounts import service as services
from materiel.store.circuit.stocktake import line as lines
from materiel.store.circuit.stocktake import report as reports
from materiel.store.circuit.stocktake import sighting
from materiel.store.circuit.stocktake import stocktake as stocktakes
from materiel.store.circuit.stocktake.report import StocktakeReport
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.use_cases.signing.signed_copy import BY_SEAL, Press
from materiel.use_cases.work.drawing import draw_paper

if TYPE_CHECKING:
    from materiel.seal.certificate import SealCertificate
    from materiel.seal.sealing import Sealed

GAPS = (StocktakeResult.MISSING, StocktakeResult.ELSEWHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseStocktake:
    """The stocktake to close. Nothing of it changes afterwards."""

    stocktake_id: UUID


async def close_stocktake(
    command: CloseStocktake, *, actor: Actor, press: Press, now: datetime
) -> tuple[Stocktake, StocktakeReport]:
    """Freeze the results, then draw the report, keep it, and seal it where that can be done.

    Raises:
        NotFound: `stocktake.not_found`.
        Conflict: `stocktake.closed`, `stocktake.changed`.
    """
    await freeze_stocktake(command, actor=actor, now=now)
    return await stocktake_report(command.stocktake_id, actor=actor, press=press, now=now)


async def stocktake_report(
    stocktake_id: UUID, *, actor: Actor, press: Press, now: datetime
) -> tuple[Stocktake, StocktakeReport]:
    """The report of a closed stocktake, as it was kept; sealed at once if it is not and can be.

    Raises:
        NotFound: `stocktake.not_found`.
        Conflict: `stocktake.running`, it is not closed yet.
    """
    actor.require(Permission.READ)
    stocktake = await stocktakes.get(stocktake_id, actor.service_id)
    if stocktake.state is StocktakeState.RUNNING:
        raise Conflict("stocktake.running", "Ce récolement n'est pas clos : son procès-verbal se fait à la clôture.")
    kept = await reports.find(stocktake.id, actor.service_id)
    if kept is None:
        kept = await _draw(stocktake, now)
    if not kept.tail:
        kept = await _seal(stocktake, kept, press, now)
    return stocktake, kept


async def draft_report(stocktake_id: UUID, *, actor: Actor, now: datetime) -> bytes:
    """What the report would be today, to be read before the closing: it says so, and has nothing to sign.

    Raises:
        NotFound: `stocktake.not_found`.
        Conflict: `stocktake.closed`.
    """
    actor.require(Permission.READ)
    stocktake = await stocktakes.get(stocktake_id, actor.service_id)
    check_running(stocktake)
    return await _drawn(stocktake, actor.civil_date(now))


@in_one_visit
async def freeze_stocktake(command: CloseStocktake, *, actor: Actor, now: datetime) -> None:
    """Write down what is known of each item, for good; the report is drawn when it is first read.

    Raises:
        NotFound: `stocktake.not_found`.
        Conflict: `stocktake.closed`, `stocktake.changed`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        stocktake = await stocktakes.get(command.stocktake_id, actor.service_id)
        await stocktakes.save(closed(stocktake, by=actor.id, on=actor.civil_date(now), at=now))
        await stocktakes.freeze(stocktake.id)
        figures = lines.summed(
            await lines.places(stocktake.id, actor.service_id),
            await lines.unknown_count(stocktake.id, actor.service_id),
        )
        told = {result.value: getattr(figures, result.value) for result in StocktakeResult}
        await journal.by(actor, now).note("stocktake.closed", stocktake.id, told)


async def _draw(stocktake: Stocktake, now: datetime) -> StocktakeReport:
    assert stocktake.closed_on is not None, "a report is kept once the stocktake is closed"
    data = await _drawn(stocktake, stocktake.closed_on)
    await _keep(stocktake, data, now)
    kept = await reports.find(stocktake.id, stocktake.service_id)
    assert kept is not None, "it was kept by this process or by another"
    return kept


@in_one_visit
async def _keep(stocktake: Stocktake, data: bytes, now: datetime) -> None:
    digest = hashlib.sha256(data).hexdigest()
    async with write_transaction():
        if await reports.keep(stocktake.id, stocktake.service_id, data, digest, now):
            by = journal.By(stocktake.service_id, stocktake.closed_by, now)
            await by.note("stocktake.reported", stocktake.id, {"sha256": digest})


async def _drawn(stocktake: Stocktake, day: date) -> bytes:
    service = await services.get(stocktake.service_id)
    places = await lines.places(stocktake.id, service.id)
    figures = lines.summed(places, await lines.unknown_count(stocktake.id, service.id))
    gaps = {
        result: await lines.page(stocktake.id, service.id, LineFilter(result=result), limit=MOST_LISTED)
        for result in GAPS
    }
    readings = await sighting.readings(stocktake.id, service.id, limit=MOST_LISTED)
    return await draw_paper(compose_stocktake_report(stocktake, figures, places, gaps, readings, service, day=day))


async def _seal(stocktake: Stocktake, kept: StocktakeReport, press: Press, now: datetime) -> StocktakeReport:
    """The report sealed; as it is where no seal is set, or where none can be put now: the next reader tries again."""
    try:
        certificate = await press.certificate(now)
        service = await services.get(stocktake.service_id)
        sealed = await asyncio.to_thread(_sealed, stocktake, kept, service, certificate, press.tsa_url)
    except MaterielError:
        return kept
    await _keep_seal(stocktake, sealed, certificate, now)
    again = await reports.find(stocktake.id, stocktake.service_id)
    return again or kept


def _sealed(
    stocktake: Stocktake,
    kept: StocktakeReport,
    service: ManagingService,
    certificate: SealCertificate,
    tsa_url: str,
) -> Sealed:
    page = compose_seal_page(stocktake, kept.sha256, service, worthless=certificate.is_demonstration)
    record = {
        "format": "materiel.stocktake/1",
        "stocktake": str(stocktake.id),
        "opened_on": stocktake.opened_on.isoformat(),
        "closed_at": stocktake.closed_at.isoformat() if stocktake.closed_at else "",
        "sha256": kept.sha256,
    }
    return seal(
        kept.pdf,
        render_pdf(page).data,
        msgspec.json.encode(record),
        made_at=kept.made_at,
        title=SEAL_TITLE,
        certificate=certificate,
        tsa_url=tsa_url,
    )


@in_one_visit
async def _keep_seal(stocktake: Stocktake, sealed: Sealed, certificate: SealCertificate, now: datetime) -> None:
    async with write_transaction():
        if await reports.seal(
            stocktake.id,
            stocktake.service_id,
            sealed.tail,
            now,
            subject=certificate.subject,
            fingerprint=certificate.fingerprint,
        ):
            await journal.By(stocktake.service_id, BY_SEAL, now).note(
                "stocktake.sealed", stocktake.id, {"fingerprint": certificate.fingerprint}
            )
