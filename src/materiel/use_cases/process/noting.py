"""What requests note in memory, and the loop of the server that writes it: whoever reads never waits for a writer.

A process that is killed loses what was noted since the last writing, `EVERY_SECONDS` at most: only what may be lost so
is noted here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Self

from materiel.errors import MaterielError
from materiel.use_cases.process.loop import Beat, Loop, ended

EVERY_SECONDS = 5.0
LATE_AFTER = 120.0
"""Longer than the wait for a writer that is busy."""


class Notebook(ABC):
    """Something noted and not written yet, of the whole server."""

    def __deepcopy__(self, memo: object) -> Self:
        """Litestar copies what it is given; there is one notebook all the same."""
        return self

    @abstractmethod
    async def flush(self) -> int:
        """Write what was noted; how many. What cannot be written waits for the next time."""


def notes_loop(notebooks: Sequence[Notebook], *, every_seconds: float = EVERY_SECONDS) -> Loop:
    """The loop that writes regularly, then once more when it is stopped."""

    async def flush() -> None:
        failed: MaterielError | None = None
        for notebook in notebooks:
            try:
                await notebook.flush()
            except MaterielError as error:
                # What one cannot write must not keep the others from it.
                failed = error
        if failed is not None:
            raise failed

    async def turn(beat: Beat) -> bool:
        # A stop lets what is being written end: cut, nobody would know whether it was.
        await ended(flush())
        return False

    return Loop(name="notes", turn=turn, every_seconds=every_seconds, late_after=LATE_AFTER, at_stop=flush)
