"""The few pieces of PDF syntax that are written by hand: strings, references, streams."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

COMPRESSION = 4
"""zlib's level: 6, the usual one, takes half as long again to save five per cent of a page."""

_ESCAPES = {"\\": "\\\\", "(": "\\(", ")": "\\)", "\r": "\\r", "\n": "\\n"}
_ESCAPE_TABLE = str.maketrans(_ESCAPES)


def text_string(text: str) -> bytes:
    """A text string object: literal for ASCII, UTF-16 in hexadecimal otherwise."""
    if text.isascii():
        return b"(" + text.translate(_ESCAPE_TABLE).encode("ascii") + b")"
    return b"<FEFF" + text.encode("utf-16-be").hex().upper().encode("ascii") + b">"


def reference(number: int) -> bytes:
    """An indirect reference to object `number`."""
    return b"%d 0 R" % number


def references(numbers: Iterable[int]) -> bytes:
    """An array of indirect references."""
    return f"[{' '.join([f'{number} 0 R' for number in numbers])}]".encode("ascii")


def number(value: float) -> bytes:
    """A number with at most three decimals and no exponent."""
    return f"{value:.3f}".rstrip("0").rstrip(".").encode("ascii")


def stream(data: bytes, entries: bytes = b"", *, compress: bool = True) -> bytes:
    """A stream object with its dictionary, compressed unless told otherwise.

    CRLF stands before `endstream` (PDF/A, ISO 19005-2, 6.1.7.1, asks for an end of line). With a bare LF, data that
    happens to end in CR would be read as one byte shorter than its `Length`: some files in a hundred failed.
    """
    filtered = b""
    if compress:
        data = zlib.compress(data, COMPRESSION)
        filtered = b"/Filter /FlateDecode "
    head = b"<<" + entries + filtered + b"/Length %d>>\nstream\n" % len(data)
    return head + data + b"\r\nendstream"
