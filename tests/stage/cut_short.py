"""What a kill does to a task, as nearly as a test in the same process can."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest


async def cut() -> None:
    """End the task here: nothing more of it reaches the database. An error raised would be one like others."""
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await asyncio.sleep(0)


async def is_cut_short(work: Coroutine[Any, Any, object]) -> None:
    """Run what `cut` ends, in a task of its own."""
    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(work)
