"""How many lines the whole of a view has, and what they add up to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from materiel.store.engine.kept import Kept

COUNTED_AT_ONCE = 10_000
"""A view of more lines is added up at most once in `LATELY`."""

LATELY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Total:
    """The lines of a view on all its pages, and the sums of its columns, by their names.

    `more`: there are more lines than the number told, and no sum is.
    """

    count: int
    sums: Mapping[str, int] = field(default_factory=dict)
    more: bool = False


_KEPT: Kept[int, Total] = Kept()


async def whole_total(
    key: Hashable,
    add_up: Callable[[int | None], Awaitable[Total]],
    now: datetime,
    *,
    many: bool = False,
    searched: bool = False,
) -> Total:
    """What `add_up` tells of all the lines of a view; for a long one, what it told in the last minute.

    A long view that words are looked for in is told as more than `COUNTED_AT_ONCE` lines: each letter that is typed is
    another one, whose lines would all be read.

    Args:
        key: the view, of one service.
        add_up: counts so many lines at most, or all of them.
        many: whether the view is known to be long.
        searched: whether it is what words found.
    """
    if not many:
        few = await add_up(COUNTED_AT_ONCE + 1)
        if few.count <= COUNTED_AT_ONCE:
            return few
        if searched:
            return Total(COUNTED_AT_ONCE, more=True)
    minute = int(now.timestamp() / LATELY.total_seconds())

    async def this_minute() -> int:
        return minute

    async def make(_: int) -> Total:
        return await add_up(None)

    return await _KEPT.get(key, this_minute, make)
