"""What was worked out from the database, kept in the process for as long as nothing that it depends on has changed.

Nothing here tells when that is: whoever keeps a value gives the version of the base that it was made from, and reads
that version again at each call. What is kept belongs to one bound engine, and goes with it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from materiel.store.engine.database import DatabaseEngine, current_engine, is_writing
from materiel.store.engine.turn import PerLoop

Version = TypeVar("Version")
Value = TypeVar("Value")

MOST_KEYS = 256
"""Beyond, the key that was asked for least lately is forgotten."""


class _Entry(Generic[Version, Value]):
    """The value of one key. Makings are numbered: `begun` is the last that began, `done` the last that ended."""

    __slots__ = ("begun", "done", "made", "turn", "version")

    def __init__(self) -> None:
        self.begun = 0
        self.done = 0
        self.made: Value | None = None
        self.version: Version | None = None
        self.turn = PerLoop(asyncio.Lock)


class Kept(Generic[Version, Value]):
    """Values by key, each with the version that it was made from; never None. Use it from the event loop."""

    def __init__(self, most: int = MOST_KEYS) -> None:
        self._most = most
        self._of: WeakKeyDictionary[DatabaseEngine, OrderedDict[Hashable, _Entry[Version, Value]]] = WeakKeyDictionary()

    async def get(
        self,
        key: Hashable,
        version_of: Callable[[], Awaitable[Version]],
        make: Callable[[Version], Awaitable[Value]],
    ) -> Value:
        """The value of a key at the present version, made when it is not kept; one making serves all who wait.

        Args:
            key: all that the value depends on beside the base.
            version_of: reads what names the content of the base.
            make: is given the version.
        """
        if is_writing():
            # What the transaction has changed has no version yet.
            return await make(await version_of())
        entry = self._entry(key)
        arrived = entry.begun
        version = await version_of()
        if (kept := _at(entry, version)) is not None:
            return kept
        async with entry.turn.get():
            # What began after we came has seen all that we had written.
            if entry.done > arrived and entry.made is not None:
                return entry.made
            if (kept := _at(entry, version)) is not None:
                return kept
            entry.begun += 1
            began, entry.version = entry.begun, None
            made = await make(version)
            # A write meanwhile is seen or not: the value is good for us, and for no version.
            still = await version_of()
            entry.made, entry.done = made, began
            entry.version = version if still == version else None
            return made

    def last(self, key: Hashable) -> Value | None:
        """The value of a key that was made last, whatever was written since; None when there is none."""
        return self._entry(key).made

    def _entry(self, key: Hashable) -> _Entry[Version, Value]:
        of_base = self._of.setdefault(current_engine(), OrderedDict())
        entry = of_base.setdefault(key, _Entry())
        of_base.move_to_end(key)
        if len(of_base) > self._most:
            of_base.popitem(last=False)
        return entry


def _at(entry: _Entry[Version, Value], version: Version) -> Value | None:
    return entry.made if entry.version == version else None
