"""The code printed in a PDF that somebody sent, read in a process of its own."""

from __future__ import annotations

import asyncio

from materiel.isolated import Died, child

LONGEST_WAIT = 30.0
MOST_AT_ONCE = 2
"""Anybody may ask: what reads files must leave the machine to those who work."""

_turns = asyncio.Semaphore(MOST_AT_ONCE)


async def printed_code(data: bytes) -> str:
    """The code of the document that a file looks like; empty when it shows none, or kills whoever reads it."""
    if not data.startswith(b"%PDF-"):
        return ""
    async with _turns, child("materiel.seal") as reader:
        try:
            await reader.send(data)
            return (await reader.receive(within=LONGEST_WAIT)).decode()
        except Died:
            return ""
