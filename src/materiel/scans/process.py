"""Opens scans and photographs in a process of its own, killed at the end of the block whatever happens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import msgspec

from materiel.domain.papers import letterhead as letterheads
from materiel.errors import BadInput
from materiel.isolated import Child, Died, child
from materiel.scans.protocol import (
    BoxPages,
    Flatten,
    Flattened,
    Issue,
    Join,
    Keep,
    Look,
    Open,
    Opened,
    Read,
    Request,
    Show,
    Shown,
)
from materiel.scans.reading import InkVerdict, PageReading
from materiel.scans.refusals import REFUSALS, refusal

LONGEST_WAIT = 60.0
"""Seconds given to open a file, to read a page or to write a document."""


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What is seen in a box, and its picture: a JPEG file, empty when it could not be cut out."""

    verdict: InkVerdict
    picture: bytes


class ScanReader:
    """The other side of the process. One pile is open at a time, and one page of it was read last."""

    def __init__(self, reader: Child) -> None:
        """Use `reading` to make one."""
        self._reader = reader

    async def open(self, data: bytes) -> int:
        """Open a pile: a PDF, JPEG, PNG, TIFF, WebP or HEIC file; how many pages it has.

        Raises:
            BadInput: `scan.unreadable`, `scan.locked`, `scan.too_many_pages`, `scan.image_too_large`.
        """
        await self._ask(Open(), data)
        opened = msgspec.json.decode(await self._frame(), type=Opened)
        if opened.refused:
            raise refusal(opened.refused if opened.refused in REFUSALS else "scan.unreadable")
        return opened.pages

    async def read(self, index: int) -> PageReading:
        """What a page of the open pile says, counted from 0.

        Raises:
            BadInput: `scan.unreadable`, the file killed its reader.
        """
        await self._ask(Read(index))
        return msgspec.json.decode(await self._frame(), type=PageReading)

    async def learn(self, key: str, pdf: bytes, names: Sequence[str]) -> list[int]:
        """On which page of an issued document the box of each name is; empty when the places are not known."""
        await self._ask(Issue(key, list(names)), pdf)
        return msgspec.json.decode(await self._frame(), type=BoxPages).pages

    async def look(self, key: str, number: int, boxes: Sequence[int]) -> list[LookedAt]:
        """What is seen in some boxes of the page that was read last, which is this page of a learnt document."""
        await self._ask(Look(key, number, list(boxes)))
        verdicts = msgspec.json.decode(await self._frame(), type=list[InkVerdict])
        return [LookedAt(verdict, await self._frame()) for verdict in verdicts]

    async def keep(self, rotation: int) -> tuple[bytes, bytes]:
        """The page that was read last: a PDF of its own, its pixels untouched, and a small JPEG of it, upright."""
        await self._ask(Keep(rotation))
        return await self._frame(), await self._frame()

    async def join(self, parts: Sequence[tuple[bytes, int]]) -> bytes:
        """A PDF of one-page files, each turned clockwise by so many degrees."""
        await self._ask(Join([rotation for _, rotation in parts]), *(data for data, _ in parts))
        return await self._frame()

    async def show(self, data: bytes) -> tuple[bytes, bytes]:
        """A photograph and a thumbnail of it, as JPEG files that hold nothing but pixels.

        Raises:
            BadInput: `photo.unreadable`, `photo.too_large`.
        """
        await self._ask(Show(), data)
        answered = msgspec.json.decode(await self._frame(), type=Shown)
        if answered.refused == "photo.too_large":
            raise BadInput("photo.too_large", "Cette photo a trop de points : réduisez la résolution de l'appareil.")
        if answered.refused:
            raise BadInput("photo.unreadable", "Cette image ne se lit pas : envoyez une photo JPEG, PNG, WebP ou HEIC.")
        return await self._frame(), await self._frame()

    async def head(self, data: bytes) -> bytes:
        """The picture of a bloc-marque as a PNG file of ours.

        Raises:
            BadInput: `letterhead.unreadable`, `letterhead.too_large`, `letterhead.too_small`.
        """
        await self._ask(Flatten(), data)
        answered = msgspec.json.decode(await self._frame(), type=Flattened)
        if answered.refused:
            known = answered.refused in letterheads.REFUSALS
            code = answered.refused if known else "letterhead.unreadable"
            raise letterheads.refused_letterhead(code, answered.width, answered.height)
        return await self._frame()

    async def _ask(self, request: Request, *data: bytes) -> None:
        try:
            for frame in (msgspec.json.encode(request), *data):
                await self._reader.send(frame)
        except Died as error:
            raise refusal("scan.unreadable") from error

    async def _frame(self) -> bytes:
        try:
            return await self._reader.receive(within=LONGEST_WAIT)
        except Died as error:
            raise refusal("scan.unreadable") from error


@asynccontextmanager
async def reading() -> AsyncIterator[ScanReader]:
    """Start the process for the block."""
    async with child("materiel.scans") as reader:
        yield ScanReader(reader)
