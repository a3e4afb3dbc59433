"""What a kill does to a task, as nearly as a test in the same process can."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import ContextVar
from typing import Any

import pytest

_at_work: ContextVar[asyncio.Task[object]] = ContextVar("_at_work")


async def cut() -> None:
    """End the task here: nothing more of it reaches the database. An error raised would be one like others."""
    try:
        task = asyncio.current_task()
    except RuntimeError:
        # In a visit of the thread that writes, which no loop runs.
        there = _at_work.get()
        there.get_loop().call_soon_threadsafe(there.cancel)
        raise asyncio.CancelledError from None
    assert task is not None
    task.cancel()
    await asyncio.sleep(0)


async def is_cut_short(work: Coroutine[Any, Any, object]) -> None:
    """Run what `cut` ends, in a task of its own."""

    async def known() -> object:
        task = asyncio.current_task()
        assert task is not None
        _at_work.set(task)
        return await work

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(known())
