"""A process of its own for what may be hostile: it may be killed, and harms nothing but itself.

The child is given bytes and answers bytes, framed by their length. It knows no setting of the product, and is killed
at the end of the block whatever happens. What it is bounded by, it says itself: see `bound`.
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import BinaryIO

LENGTH_BYTES = 8


class Died(Exception):
    """The child was killed, ended too soon or did not answer in time."""


class Child:
    """The other side of a child process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Use `child` to make one."""
        self.process = process

    async def send(self, data: bytes) -> None:
        """Give it a message.

        Raises:
            Died: it reads no more.
        """
        if self.process.stdin is None:
            raise LookupError("the child has no input")
        try:
            self.process.stdin.write(framed(data))
            await self.process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Died from error

    async def receive(self, *, within: float) -> bytes:
        """Its next message, waited for so many seconds.

        Raises:
            Died: none came.
        """
        if self.process.stdout is None:
            raise LookupError("the child has no output")
        try:
            async with asyncio.timeout(within):
                size = int.from_bytes(await self.process.stdout.readexactly(LENGTH_BYTES), "big")
                return await self.process.stdout.readexactly(size)
        except (asyncio.IncompleteReadError, TimeoutError) as error:
            raise Died from error


@asynccontextmanager
async def child(module: str) -> AsyncIterator[Child]:
    """Run `python -m module` for the block."""
    # The child needs no setting, and must not be able to give one away.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MATERIEL_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environ,
    )
    try:
        yield Child(process)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        # Reads what is left: the pipes are closed with the process.
        await process.communicate()


def bound(*, memory: int, seconds: int) -> None:
    """Bound this process, for good: bytes of address space, seconds of processor."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


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


def write_frame(sink: BinaryIO, data: bytes) -> None:
    """Give the other side a message, now."""
    sink.write(framed(data))
    sink.flush()
