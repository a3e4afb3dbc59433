"""Messages between the server and the process that reads scans: eight bytes of length, then the bytes."""

from __future__ import annotations

from typing import BinaryIO

LENGTH_BYTES = 8


def framed(data: bytes) -> bytes:
    """A message ready to be written."""
    return len(data).to_bytes(LENGTH_BYTES, "big") + data


def read_frame(source: BinaryIO) -> bytes | None:
    """The next message, or None when the other side has closed.

    Raises:
        EOFError: the other side closed in the middle of a message.
    """
    head = source.read(LENGTH_BYTES)
    if not head:
        return None
    size = int.from_bytes(head, "big")
    data = source.read(size)
    if len(data) < size:
        raise EOFError
    return data
