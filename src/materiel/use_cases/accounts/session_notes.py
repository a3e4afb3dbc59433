"""What the pages of a session tell of it as they are read: noted in memory, written by a loop.

When it was last used, the message that was shown, what is worth keeping until a form comes back, and that somebody
came in by a link. A process that is killed loses the last seconds of it: the next page tells most of it again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from materiel.store.accounts import session as sessions
from materiel.store.engine.database import write_transaction
from materiel.use_cases.process.noting import Notebook

AT_ONCE = 100
"""Sessions written in one transaction."""

ENTERED = "entered"
"""What a session holds once the link that opened it is known to have shown a page."""


@dataclass(frozen=True, slots=True)
class _Note:
    seen_at: datetime | None = None
    shown: str = ""
    """The identifier of the message that was shown: it need not be kept."""

    values: Mapping[str, object] = field(default_factory=dict)
    entered: tuple[UUID, datetime] | None = None


EnterBy = Callable[[UUID, datetime], Awaitable[None]]


class SessionNotes(Notebook):
    """What the requests of one process noted of their sessions, which are named by their digest."""

    def __init__(self, enter_by: EnterBy) -> None:
        """Of no session yet; `enter_by` writes that a link has shown a page."""
        self._enter_by = enter_by
        self._notes: dict[str, _Note] = {}

    def see(self, id_hash: str, at: datetime) -> None:
        """Note that a session was used."""
        self._notes[id_hash] = replace(self._of(id_hash), seen_at=at)

    def seen_at(self, id_hash: str) -> datetime | None:
        """When a session was last used, if that is not written yet."""
        return self._of(id_hash).seen_at

    def show(self, id_hash: str, message: str) -> None:
        """Note that a message was shown, by its identifier."""
        self._notes[id_hash] = replace(self._of(id_hash), shown=message)

    def remember(self, id_hash: str, name: str, value: object) -> None:
        """Note a small JSON value for the session to hold, unless it holds one of that name."""
        note = self._of(id_hash)
        self._notes[id_hash] = replace(note, values={name: value, **note.values})

    def remembered(self, id_hash: str) -> Mapping[str, object]:
        """The values noted and not written yet."""
        return self._of(id_hash).values

    def enter(self, id_hash: str, link_id: UUID, at: datetime) -> None:
        """Note that the link of a session has shown a page."""
        note = self._of(id_hash)
        if note.entered is None:
            self._notes[id_hash] = replace(note, entered=(link_id, at))

    def settle(self, id_hash: str) -> None:
        """Forget what is remembered: the session was just written with it."""
        self._notes[id_hash] = replace(self._of(id_hash), values={})

    async def flush(self) -> int:
        """Write what was noted, some sessions at a time; how many. What cannot be written waits for the next time."""
        # In the order of the digests: two processes that write the same sessions lock them in the same order.
        waiting = sorted(self._notes)
        for start in range(0, len(waiting), AT_ONCE):
            taken = {each: self._notes[each] for each in waiting[start : start + AT_ONCE]}
            async with write_transaction():
                await self._write(taken)
            # A request may have noted more while this was written: that is kept.
            self._notes = {each: note for each, note in self._notes.items() if taken.get(each) is not note}
        return len(waiting)

    def _of(self, id_hash: str) -> _Note:
        return self._notes.get(id_hash, _Note())

    async def _write(self, notes: Mapping[str, _Note]) -> None:
        for id_hash, note in notes.items():
            if note.seen_at is not None:
                await sessions.see(id_hash, note.seen_at)
            values = dict(note.values)
            if note.entered is not None:
                await self._enter_by(*note.entered)
                values[ENTERED] = True
            if values or note.shown:
                await sessions.merge(id_hash, values, shown=note.shown)
