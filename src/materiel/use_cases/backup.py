"""Back up and restore the whole installation: the installer's, hence without an actor."""

from __future__ import annotations

import asyncio
from pathlib import Path

from materiel.store import backup
from materiel.store.backup import Progress


async def back_up(database_url: str, file: Path, *, force: bool, progress: Progress) -> None:
    """Copy the database to a file while it is in use. Raises what `store.backup.back_up` raises."""
    await asyncio.to_thread(backup.back_up, database_url, file, progress, force=force)


async def restore(database_url: str, file: Path, *, progress: Progress) -> Path | None:
    """Replace the database by a copy; returns where the former one was kept, if it was.

    Raises what `store.backup.restore` raises.
    """
    return await asyncio.to_thread(backup.restore, database_url, file, progress)
