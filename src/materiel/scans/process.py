"""Reads a bundle of scans in a process of its own, killed at the end of the block whatever happens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import msgspec

from materiel.errors import BadInput
from materiel.isolated import Child, Died, child
from materiel.scans.bundle import REFUSALS, refusal
from materiel.scans.reading import PageReading

LONGEST_WAIT = 60.0
"""Seconds given to open a file, to read a page or to write a document."""


class _Opened(msgspec.Struct, forbid_unknown_fields=True):
    pages: int = 0
    refused: str = ""


class BundleReader:
    """A bundle being read; `pages` is known at once, `readings` is consumed once, then `extract` may be called."""

    def __init__(self, reader: Child, pages: int) -> None:
        """Use `reading` to make one."""
        self._reader = reader
        self.pages = pages

    async def readings(self) -> AsyncIterator[PageReading]:
        """What each page says, in the order of the bundle.

        Raises:
            BadInput: `scan.unreadable`, the file killed its reader.
        """
        for _ in range(self.pages):
            yield msgspec.json.decode(await _next_frame(self._reader), type=PageReading)

    async def extract(self, pages: Sequence[tuple[int, int]]) -> bytes:
        """A PDF of some pages, each an index and a clockwise rotation in degrees.

        Raises:
            BadInput: `scan.unreadable`, the file killed its reader.
        """
        await _send(self._reader, msgspec.json.encode(pages))
        return await _next_frame(self._reader)


@asynccontextmanager
async def reading(data: bytes) -> AsyncIterator[BundleReader]:
    """Open a bundle: a PDF, JPEG, PNG or TIFF file.

    Raises:
        BadInput: `scan.unreadable`, `scan.locked`, `scan.too_many_pages`, `scan.image_too_large`.
    """
    async with child("materiel.scans") as reader:
        await _send(reader, data)
        opened = msgspec.json.decode(await _next_frame(reader), type=_Opened)
        if opened.refused:
            raise refusal(opened.refused if opened.refused in REFUSALS else "scan.unreadable")
        yield BundleReader(reader, opened.pages)


async def _send(reader: Child, data: bytes) -> None:
    try:
        await reader.send(data)
    except Died as error:
        raise _killed() from error


async def _next_frame(reader: Child) -> bytes:
    try:
        return await reader.receive(within=LONGEST_WAIT)
    except Died as error:
        raise _killed() from error


def _killed() -> BadInput:
    return refusal("scan.unreadable")
