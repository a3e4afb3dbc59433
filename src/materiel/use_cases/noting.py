"""What requests note in memory, and the loop of the server that writes it: whoever reads never waits for a writer.

A process that is killed loses what was noted since the last writing, `EVERY_SECONDS` at most: only what may be lost so
is noted here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from materiel.errors import MaterielError

EVERY_SECONDS = 5.0

_log = logging.getLogger("materiel.noting")


class Notebook(Protocol):
    """Something noted and not written yet."""

    async def flush(self) -> int:
        """Write what was noted; how many. What cannot be written waits for the next time."""


async def write_notes(
    stop: asyncio.Event, notebooks: Sequence[Notebook], *, every_seconds: float = EVERY_SECONDS
) -> None:
    """Write regularly until `stop` is set, then once more; a database away for a while does not end it."""
    stopped = asyncio.create_task(stop.wait())
    try:
        while not stop.is_set():
            await asyncio.wait({stopped}, timeout=every_seconds)
            for notebook in notebooks:
                try:
                    await notebook.flush()
                except MaterielError as error:
                    _log.warning("%s could not be written yet: %s", type(notebook).__name__, error.code)
    finally:
        stopped.cancel()
