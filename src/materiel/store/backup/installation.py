"""The one row of what the base says of itself: the restoration that it comes from, the print of its key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from materiel.store.engine.database import current_engine
from materiel.store.engine.statement import Statement

_READ = Statement("SELECT version, stamp, restored_at, key_fingerprint FROM installation WHERE id = 1")
_STAMP = Statement("UPDATE installation SET stamp = {}, restored_at = {} WHERE id = 1")
_SAY_KEY = Statement("UPDATE installation SET key_fingerprint = {} WHERE id = 1 AND key_fingerprint <> {}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """`stamp` changes with each restoration, the last of which was at `restored_at`, in UTC."""

    version: str
    stamp: str
    restored_at: datetime | None
    key_fingerprint: str


async def read() -> Installation:
    """What the base says of itself."""
    row = await _READ.fetch_one()
    if row is None:
        raise LookupError("the base has lost the row of its installation")
    return Installation(**row)


async def restored_meanwhile() -> Installation | None:
    """What the base says, when another content took its place since the last look of this process; None otherwise."""
    engine, found = current_engine(), await read()
    seen, engine.stamp_seen = engine.stamp_seen, found.stamp
    return found if seen not in ("", found.stamp) else None


async def note_restoration(stamp: str, at: datetime) -> None:
    """Say that the content is another one."""
    await _STAMP.fetch(stamp, at)


async def note_key(fingerprint: str) -> None:
    """Say under which key the base lives; writes nothing when it is known."""
    await _SAY_KEY.fetch(fingerprint, fingerprint)
