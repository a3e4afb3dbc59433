"""Reads a pile of scans in a process of its own, killed at the end of the block whatever happens."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import msgspec

from materiel.errors import BadInput
from materiel.scans.frames import LENGTH_BYTES, framed
from materiel.scans.pile import REFUSALS, refusal
from materiel.scans.reading import PageReading

LONGEST_WAIT = 60.0
"""Seconds given to open a file, to read a page or to write a document."""


class _Opened(msgspec.Struct, forbid_unknown_fields=True):
    pages: int = 0
    refused: str = ""


class PileReader:
    """A pile being read; `pages` is known at once, `readings` is consumed once, then `extract` may be called."""

    def __init__(self, process: asyncio.subprocess.Process, pages: int) -> None:
        """Use `reading` to make one."""
        self._process = process
        self.pages = pages

    async def readings(self) -> AsyncIterator[PageReading]:
        """What each page says, in the order of the pile.

        Raises:
            BadInput: `scan.unreadable`, the file killed its reader.
        """
        for _ in range(self.pages):
            yield msgspec.json.decode(await _next_frame(self._process), type=PageReading)

    async def extract(self, pages: Sequence[tuple[int, int]]) -> bytes:
        """A PDF of some pages, each an index and a clockwise rotation in degrees.

        Raises:
            BadInput: `scan.unreadable`, the file killed its reader.
        """
        await _send(self._process, msgspec.json.encode(pages))
        return await _next_frame(self._process)


@asynccontextmanager
async def reading(data: bytes) -> AsyncIterator[PileReader]:
    """Open a pile: a PDF, JPEG, PNG or TIFF file.

    Raises:
        BadInput: `scan.unreadable`, `scan.locked`, `scan.too_many_pages`, `scan.image_too_large`.
    """
    # The reader needs no setting, and must not be able to give one away.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MATERIEL_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "materiel.scans",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environ,
    )
    try:
        await _send(process, data)
        opened = msgspec.json.decode(await _next_frame(process), type=_Opened)
        if opened.refused:
            raise refusal(opened.refused if opened.refused in REFUSALS else "scan.unreadable")
        yield PileReader(process, opened.pages)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        # Reads what is left: the pipes are closed with the process.
        await process.communicate()


async def _send(process: asyncio.subprocess.Process, data: bytes) -> None:
    if process.stdin is None:
        raise LookupError("the reader has no input")
    try:
        process.stdin.write(framed(data))
        await process.stdin.drain()
    except (BrokenPipeError, ConnectionResetError) as error:
        raise _killed() from error


async def _next_frame(process: asyncio.subprocess.Process) -> bytes:
    if process.stdout is None:
        raise LookupError("the reader has no output")
    try:
        async with asyncio.timeout(LONGEST_WAIT):
            size = int.from_bytes(await process.stdout.readexactly(LENGTH_BYTES), "big")
            return await process.stdout.readexactly(size)
    except (asyncio.IncompleteReadError, TimeoutError) as error:
        raise _killed() from error


def _killed() -> BadInput:
    return refusal("scan.unreadable")
