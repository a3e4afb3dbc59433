"""Forget the technical rows that nobody needs any more, by a loop of the worker or by a command.

It decides nothing: what the archives have a say in is `elimination`'s. Reports hold counts only.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime

from materiel.domain.work.housekeeping import Remnant, needless_since
from materiel.domain.work.outbox import REFUSED_TEXT_KEPT
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.item import tally
from materiel.store.retention import housekeeping
from materiel.store.work import outbox
from materiel.use_cases.process.loop import Beat, Loop
from materiel.use_cases.work.job import Clock

EVERY_SECONDS = 600.0
"""A file to import holds names: it does not outlast its day by more."""

_log = logging.getLogger("materiel.housekeeping")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """How many of each were forgotten, or would be when `dry_run`."""

    dry_run: bool
    counts: dict[Remnant, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many in all."""
        return sum(self.counts.values())


@in_one_visit
async def forget(*, now: datetime, dry_run: bool = False) -> Forgotten:
    """Forget what is over, of every service: the installation's, hence without an actor."""
    counts: dict[Remnant, int] = {}
    for remnant in housekeeping.KNOWN:
        instant = needless_since(remnant, now)
        counts[remnant] = await (housekeeping.count if dry_run else _forget_all)(remnant, instant)
    if not dry_run:
        async with write_transaction():
            await outbox.forget_refused_texts(now - REFUSED_TEXT_KEPT)
            await tally.sum_up()
    return Forgotten(dry_run=dry_run, counts=counts)


async def _forget_all(remnant: Remnant, instant: datetime) -> int:
    """Forget what is over, some rows in each transaction; how many there were."""
    forgotten, is_more = 0, True
    while is_more:
        async with write_transaction():
            some, is_more = await housekeeping.forget_some(remnant, instant)
        forgotten += some
    return forgotten


def housekeeping_loop(*, clock: Clock, every_seconds: float = EVERY_SECONDS) -> Loop:
    """The loop that forgets at once, then regularly."""

    async def turn(beat: Beat) -> bool:
        report = await forget(now=clock())
        if report.total:
            _log.info("forgotten: %s", {remnant.value: count for remnant, count in report.counts.items()})
        return False

    return Loop(name="housekeeping", turn=turn, every_seconds=every_seconds, late_after=3 * EVERY_SECONDS)
