"""How long ago something was, when the clock may have been set back meanwhile. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta


def is_too_soon(last: datetime, now: datetime, wait: timedelta) -> bool:
    """Whether less than `wait` has passed since `last`.

    An instant that is far ahead was noted by a clock that was set back since: nobody waits for it to come again.
    """
    return abs(now - last) < wait
