"""What a long file is remembered by, line after line, in a few bytes a line.

A dictionary of a hundred thousand texts takes fifteen million bytes, and an import needs several.
"""

from __future__ import annotations

from array import array
from hashlib import blake2b

LONGEST = 255
"""Bytes of a value, and of a key that is kept as it is; a digest is kept of a longer one."""

_FIRST_SLOTS = 1_024


class Packed:
    """A dictionary from bytes to short bytes: all of them one after the other, found by a table of places.

    The room of a value that is written over is not taken again.
    """

    def __init__(self) -> None:
        """With nothing in it."""
        # No place is 0, which means a free slot.
        self._kept = bytearray(b"\0")
        self._slots = array("I", bytes(4 * _FIRST_SLOTS))
        self._count = 0

    def get(self, key: bytes) -> bytes | None:
        """The value of a key, if it has one."""
        if len(key) > LONGEST:
            key = _digest(key)
        place = self._slots[self._slot(key)]
        return self._value(place, key) if place else None

    def put(self, key: bytes, value: bytes) -> None:
        """Give a key its value, of at most `LONGEST` bytes."""
        if len(key) > LONGEST:
            key = _digest(key)
        self._put(self._slot(key), key, value)

    def put_first(self, key: bytes, value: bytes) -> bytes:
        """The value of a key, this one from now on if it had none."""
        if len(key) > LONGEST:
            key = _digest(key)
        slot = self._slot(key)
        if place := self._slots[slot]:
            return self._value(place, key)
        self._put(slot, key, value)
        return value

    def _value(self, place: int, key: bytes) -> bytes:
        kept, start = self._kept, place + 2 + len(key)
        return bytes(kept[start : start + kept[place + 1]])

    def _put(self, slot: int, key: bytes, value: bytes) -> None:
        slots, place = self._slots, len(self._kept)
        self._kept += b"%c%c%b%b" % (len(key), len(value), key, value)
        if not slots[slot]:
            self._count += 1
        slots[slot] = place
        if 3 * self._count > 2 * len(slots):
            self._grow()

    def _slot(self, key: bytes) -> int:
        """That of a key: its own, or the free one that it would take."""
        slots, kept, size = self._slots, self._kept, len(key)
        last = len(slots) - 1
        slot = hash(key) & last
        while (place := slots[slot]) and not (kept[place] == size and kept.startswith(key, place + 2)):
            slot = (slot + 1) & last
        return slot

    def _grow(self) -> None:
        kept, places = self._kept, [place for place in self._slots if place]
        self._slots = slots = array("I", bytes(4 * self._slots.itemsize * len(self._slots)))
        last = len(slots) - 1
        for place in places:
            start = place + 2
            slot = hash(bytes(kept[start : start + kept[place]])) & last
            while slots[slot]:
                slot = (slot + 1) & last
            slots[slot] = place


def _digest(key: bytes) -> bytes:
    return blake2b(key, digest_size=32).digest()
