"""The process that opens scans, so that a hostile file harms nothing but itself: no database, no secret, bounded.

It is given a file, says how many pages there are and what it reads on each, then is told which pages make which
document and gives these as PDF. `scans.process` is the other side.
"""

from __future__ import annotations

import sys
from typing import BinaryIO

import msgspec

from materiel.errors import BadInput
from materiel.isolated import bound, read_frame, write_frame
from materiel.scans.bundle import Bundle
from materiel.scans.reader import read_page

MOST_MEMORY = 3 * 1024**3
MOST_SECONDS = 900
"""Of CPU: the largest bundle, several times over."""


def answer(source: BinaryIO, sink: BinaryIO) -> None:
    """Serve one bundle from beginning to end."""
    data = read_frame(source)
    if data is None:
        return
    try:
        bundle = Bundle(data)
    except BadInput as error:
        write_frame(sink, msgspec.json.encode({"refused": error.code}))
        return
    with bundle:
        write_frame(sink, msgspec.json.encode({"pages": bundle.pages}))
        for index in range(bundle.pages):
            write_frame(sink, msgspec.json.encode(read_page(bundle, index)))
        while (plan := read_frame(source)) is not None:
            write_frame(sink, bundle.extract(msgspec.json.decode(plan, type=list[tuple[int, int]])))


if __name__ == "__main__":
    bound(memory=MOST_MEMORY, seconds=MOST_SECONDS)
    answer(sys.stdin.buffer, sys.stdout.buffer)
