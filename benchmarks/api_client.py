"""A server process whose processor time is known, and a client light enough not to be what is measured."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A process that answers on a port of this machine."""

    process: subprocess.Popen[bytes]
    port: int

    def cpu_seconds(self) -> float:
        """Processor time that the process has used, its threads included."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def server(command: Sequence[str], *, port: int, environment: Mapping[str, str]) -> Iterator[Server]:
    """Start a server, wait until it listens, stop it at the end."""
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    try:
        until = perf_counter() + 60
        while perf_counter() < until:
            if process.poll() is not None:
                raise RuntimeError(f"the server stopped: {command}")
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                continue
        yield Server(process, port)
    finally:
        process.terminate()
        process.wait(20)


class Connection:
    """One kept connection of HTTP/1.1, with a token."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str) -> None:
        self._reader, self._writer = reader, writer
        self._head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"

    async def ask(self, method: str, path: str, body: bytes = b"", *, cookie: str = "") -> tuple[int, bytes]:
        """Send a request and read its answer: status and body."""
        sent = f"{method} {path} HTTP/1.1\r\n{self._head}"
        if cookie:
            sent += f"Cookie: {cookie}\r\n"
        if body or method == "POST":
            sent += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self._writer.write(sent.encode() + b"\r\n" + body)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return int(head[9:12]), await self._reader.readexactly(length) if length else b""


@asynccontextmanager
async def connections(port: int, tokens: Sequence[str]) -> AsyncIterator[list[Connection]]:
    """One connection for each token: the rate limits of the product then stay out of the way."""
    opened = [(await asyncio.open_connection("127.0.0.1", port), token) for token in tokens]
    try:
        yield [Connection(reader, writer, token) for (reader, writer), token in opened]
    finally:
        for (_, writer), _ in opened:
            writer.close()
