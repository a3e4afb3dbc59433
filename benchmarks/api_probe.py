"""`python -m benchmarks.api_probe FILE COMMAND…`: run `materiel COMMAND…`, and write how long its loop stood still.

A task of the same loop wakes up every few milliseconds; by how much it is late is how long nobody else had a turn.
Each line of the file is an instant (`time.monotonic`, one clock for every process) and a lateness, in seconds. The
product knows nothing of it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic

import uvicorn

from materiel.cli.main import main as materiel

EVERY_SECONDS = 0.005
WORTH_TELLING = 0.002


def probed(file: Path, serve: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Serving, with the probe beside it."""

    async def serve_and_tell(*arguments: object, **options: object) -> None:
        probe = asyncio.create_task(tell_lateness(file))
        try:
            await serve(*arguments, **options)
        finally:
            probe.cancel()

    return serve_and_tell


async def tell_lateness(file: Path) -> None:
    """Write each lateness worth telling, until it is cancelled."""
    with file.open("w", buffering=1) as lines:
        while True:
            due = monotonic() + EVERY_SECONDS
            await asyncio.sleep(EVERY_SECONDS)
            late = monotonic() - due
            if late >= WORTH_TELLING:
                lines.write(f"{monotonic()} {late}\n")


def longest_stop(file: Path, since: float, until: float) -> float:
    """The longest lateness between two instants, in seconds."""
    told = (line.split() for line in file.read_text().splitlines() if line.count(" ") == 1)
    return max((float(late) for at, late in told if since <= float(at) <= until), default=0.0)


def main() -> None:
    """Take the file, and leave the rest to the product's own command."""
    uvicorn.Server.serve = probed(Path(sys.argv.pop(1)), uvicorn.Server.serve)  # type: ignore[method-assign, assignment]
    materiel()


if __name__ == "__main__":
    main()
