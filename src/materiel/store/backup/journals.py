"""How much of the journal a base or a backup holds, and what one holds that another does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from materiel.store.engine.statement import Statement

_HEADS = Statement("SELECT chain, sequence, hash FROM journal_head")
_AT = Statement("SELECT hash, at FROM journal WHERE chain = {} AND sequence = {}")

Place = tuple[str, int]
"""A chain and a number of it."""


@dataclass(frozen=True, slots=True)
class HeldEntry:
    """An entry: its hash, which depends on all that came before, and its instant in UTC."""

    hash: str
    at: datetime


class JournalsHeld(Protocol):
    """What tells of a journal."""

    @property
    def heads(self) -> Mapping[str, tuple[int, str]]:
        """The number and the hash of the last entry of each chain."""
        ...

    async def told(self, places: Iterable[Place]) -> dict[Place, HeldEntry]:
        """The entries of these places that exist."""
        ...


@dataclass(frozen=True, slots=True)
class Loss:
    """Entries that one history has and another has not: how many, since when, until when."""

    entries: int
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class OfBase:
    """The history of the bound base."""

    heads: Mapping[str, tuple[int, str]]

    @staticmethod
    async def read() -> OfBase:
        """Read the heads now."""
        return OfBase({row["chain"]: (row["sequence"], row["hash"]) for row in await _HEADS.fetch()})

    async def told(self, places: Iterable[Place]) -> dict[Place, HeldEntry]:
        """The entries of these places that exist."""
        rows = {place: await _AT.fetch_one(*place) for place in places}
        return {place: HeldEntry(row["hash"], row["at"]) for place, row in rows.items() if row is not None}


async def loss(holder: JournalsHeld, other: JournalsHeld) -> Loss:
    """What the holder has that the other has not; a chain that differs is counted whole."""
    heads = {chain: head for chain, head in holder.heads.items() if head[0]}
    ends = {chain: min(head[0], other.heads.get(chain, (0, ""))[0]) for chain, head in heads.items()}
    common = [(chain, end) for chain, end in ends.items() if end]
    ours, theirs = await holder.told(common), await other.told(common)
    # Same hash at the same place: all that came before is the same.
    same = {place for place in common if place in ours and place in theirs and ours[place].hash == theirs[place].hash}
    kept = {chain: end if (chain, end) in same else 0 for chain, end in ends.items()}
    lost = {chain: head[0] - kept[chain] for chain, head in heads.items() if head[0] > kept[chain]}
    told = await holder.told({(chain, number) for chain in lost for number in (kept[chain] + 1, heads[chain][0])})
    instants = [each.at for each in told.values()]
    return Loss(sum(lost.values()), min(instants, default=None), max(instants, default=None))


async def last_at(history: JournalsHeld) -> datetime | None:
    """The instant of the last entry of a history, or None when it holds nothing."""
    told = await history.told([(chain, number) for chain, (number, _) in history.heads.items()])
    return max((each.at for each in told.values()), default=None)
