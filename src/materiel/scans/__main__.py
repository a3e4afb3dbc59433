"""The process that opens scans, so that a hostile file harms nothing but itself: no database, no secret, bounded.

It does what `scans.protocol` says, in the order in which it is asked, and holds one pile at a time. `scans.process` is
the other side.
"""

from __future__ import annotations

import hashlib
import io
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

import msgspec
from PIL import Image

from materiel.errors import BadInput
from materiel.isolated import bound, read_frame, write_frame
from materiel.scans.bundle import Bundle, joined
from materiel.scans.ink import SeenPage
from materiel.scans.issued import Issued, IssuedBox, boxes_of
from materiel.scans.letterhead import UnprintablePicture, printable_picture
from materiel.scans.picture import Unshowable, shown
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
from materiel.scans.reader import ReadPage, open_page
from materiel.scans.reading import InkVerdict, PageReading

MOST_MEMORY = 3 * 1024**3
MOST_SECONDS = 900
"""Of CPU: the largest bundle, several times over."""

MOST_ISSUED = 12
"""Issued documents held at once; pages of one document come back together."""

SHOWN_SIDE = 1_100
QUALITY = 55


class Desk:
    """What is open: a pile, the page that was read last, the issued documents that were learnt."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._bundle: Bundle | None = None
        self._page: ReadPage | None = None
        self._index = 0
        self._issued: dict[str, tuple[Issued, list[IssuedBox]]] = {}

    def answer(self, request: Request) -> Iterator[bytes]:
        """The frames that answer a request."""
        match request:
            case Open():
                yield msgspec.json.encode(self._open())
            case Read():
                yield msgspec.json.encode(self._read(request.index))
            case Issue():
                yield msgspec.json.encode(self._issue(request))
            case Look():
                yield from self._look(request)
            case Keep():
                yield from self._keep(request.rotation)
            case Join():
                yield joined([self._bytes() for _ in request.rotations], request.rotations)
            case Show():
                yield from self._show()
            case Flatten():
                yield from self._head()

    def _bytes(self) -> bytes:
        data = read_frame(self._source)
        if data is None:
            raise EOFError
        return data

    def _open(self) -> Opened:
        if self._bundle is not None:
            self._bundle.close()
            self._bundle = self._page = None
        try:
            self._bundle = Bundle(self._bytes())
        except BadInput as error:
            return Opened(refused=error.code)
        return Opened(pages=self._bundle.pages)

    def _read(self, index: int) -> PageReading:
        assert self._bundle is not None
        self._index, self._page = index, open_page(self._bundle, index)
        reading, image = self._page.reading, self._page.image
        if image is None:
            return reading
        half = image.reduce(2)
        sha256 = hashlib.sha256(f"{image.size}".encode() + half.tobytes()).hexdigest()
        return replace(reading, sha256=sha256)

    def _issue(self, request: Issue) -> BoxPages:
        if request.key in self._issued:
            self._bytes()
        else:
            if len(self._issued) >= MOST_ISSUED:
                oldest = next(iter(self._issued))
                self._issued.pop(oldest)[0].close()
            issued = Issued(self._bytes())
            self._issued[request.key] = (issued, boxes_of(issued.boxes, request.names) or [])
        return BoxPages(pages=[box.page for box in self._issued[request.key][1]])

    def _look(self, request: Look) -> Iterator[bytes]:
        assert self._page is not None
        issued, boxes = self._issued[request.key]
        image, corners = self._page.image, self._page.corners
        assert image is not None
        seen = SeenPage(image, corners, issued.page(request.number))
        looked = seen.look([boxes[rank] for rank in request.boxes])
        yield msgspec.json.encode([each.verdict if each else InkVerdict.LOOK for each in looked])
        for each in looked:
            yield _jpeg(each.picture) if each else b""

    def _keep(self, rotation: int) -> Iterator[bytes]:
        assert self._bundle is not None
        yield self._bundle.extract([(self._index, 0)])
        image = self._page.image if self._page else None
        if image is None:
            yield b""
            return
        small = image.reduce(max(max(image.size) // SHOWN_SIDE, 1))
        small.thumbnail((SHOWN_SIDE, SHOWN_SIDE), Image.Resampling.BILINEAR)
        yield _jpeg(small.rotate(-rotation, expand=True) if rotation else small)

    def _show(self) -> Iterator[bytes]:
        try:
            large, small = shown(self._bytes())
        except Unshowable as error:
            yield msgspec.json.encode(Shown(refused=str(error)))
            return
        yield msgspec.json.encode(Shown())
        yield large
        yield small

    def _head(self) -> Iterator[bytes]:
        try:
            picture = printable_picture(self._bytes())
        except UnprintablePicture as error:
            yield msgspec.json.encode(Flattened(refused=str(error), width=error.width, height=error.height))
            return
        yield msgspec.json.encode(Flattened())
        yield picture


def _jpeg(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def answer(source: BinaryIO, sink: BinaryIO) -> None:
    """Serve until the other side closes."""
    desk = Desk(source)
    while (asked := read_frame(source)) is not None:
        for frame in desk.answer(msgspec.json.decode(asked, type=Request)):
            write_frame(sink, frame)


if __name__ == "__main__":
    bound(memory=MOST_MEMORY, seconds=MOST_SECONDS)
    answer(sys.stdin.buffer, sys.stdout.buffer)
