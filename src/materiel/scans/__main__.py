"""The process that opens scans, so that a hostile file harms nothing but itself: no database, no secret, bounded.

It is given a file, says how many pages there are and what it reads on each, then is told which pages make which
document and gives these as PDF. `scans.process` is the other side.
"""

from __future__ import annotations

import resource
import sys
from typing import BinaryIO

import msgspec

from materiel.errors import BadInput
from materiel.scans.frames import framed, read_frame
from materiel.scans.pile import Pile
from materiel.scans.reader import read_page

MOST_MEMORY = 3 * 1024**3
MOST_SECONDS = 900
"""Of CPU: the largest pile, several times over."""


def answer(source: BinaryIO, sink: BinaryIO) -> None:
    """Serve one pile from beginning to end."""

    def send(data: bytes) -> None:
        sink.write(framed(data))
        sink.flush()

    data = read_frame(source)
    if data is None:
        return
    try:
        pile = Pile(data)
    except BadInput as error:
        send(msgspec.json.encode({"refused": error.code}))
        return
    with pile:
        send(msgspec.json.encode({"pages": pile.pages}))
        for index in range(pile.pages):
            send(msgspec.json.encode(read_page(pile, index)))
        while (plan := read_frame(source)) is not None:
            send(pile.extract(msgspec.json.decode(plan, type=list[tuple[int, int]])))


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    answer(sys.stdin.buffer, sys.stdout.buffer)
