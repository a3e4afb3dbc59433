"""One installation of the product in a folder of its own: its database, its processes, its commands."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import IO

import httpx

from trials.database import Database

SECRET = "trials-" * 6
READY_SECONDS = 240.0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command answered."""

    code: int
    out: str
    err: str


@dataclass(slots=True)
class Process:
    """A process of the product that lasts; its messages go to a file that a reader may open afterwards."""

    process: subprocess.Popen[bytes]
    log: IO[bytes]

    def kill(self) -> None:
        """Kill it as a power failure would: nothing of it runs any more."""
        self.process.kill()
        self.process.wait()
        self.log.close()

    def stop(self) -> int:
        """Ask it to end, and give its exit status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        finally:
            self.log.close()


@dataclass(slots=True)
class Installation:
    """A folder, a database, a port; `smtp_port` is where its mail goes, 0 for nowhere."""

    folder: Path
    database: Database
    smtp_port: int = 0
    port: int = field(default_factory=free_port)
    server: Process | None = None
    worker: Process | None = None
    more: dict[str, str] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def environ(self, *, database_url: str = "", data_dir: Path | None = None) -> dict[str, str]:
        """The environment of its processes, without any setting of whoever runs the trial."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MATERIEL_")}
        ours = {
            "MATERIEL_DATABASE_URL": database_url or self.database.url,
            "MATERIEL_DATA_DIR": str(data_dir or self.folder / "data"),
            "MATERIEL_SECRET_KEY": SECRET,
            "MATERIEL_BASE_URL": self.base_url,
            "MATERIEL_PORT": str(self.port),
        }
        if self.smtp_port:
            ours["MATERIEL_SMTP_URL"] = f"smtp://127.0.0.1:{self.smtp_port}?starttls=non&from=materiel@exemple.invalid"
        return {**kept, **ours, **self.more}

    async def run(self, *arguments: str | Path, database_url: str = "", data_dir: Path | None = None) -> Ran:
        """Run one command to its end."""
        started = await self.begin(*arguments, database_url=database_url, data_dir=data_dir)
        out, err = await started.communicate()
        return Ran(started.returncode or 0, out.decode(), err.decode())

    async def begin(
        self, *arguments: str | Path, database_url: str = "", data_dir: Path | None = None
    ) -> asyncio.subprocess.Process:
        """Start one command, and leave it running."""
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "materiel", *map(str, arguments)),
            env=self.environ(database_url=database_url, data_dir=data_dir),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    def _start(self, name: str, *arguments: str) -> Process:
        log = (self.folder / f"{name}.log").open("ab")
        command = [sys.executable, "-m", "materiel", *arguments]
        return Process(subprocess.Popen(command, env=self.environ(), stdout=log, stderr=log), log)

    def start_server(self) -> None:
        """Start `materiel serve`; it is ready a little later."""
        self.server = self._start("serve", "serve")

    def start_worker(self) -> None:
        """Start `materiel worker`, where the server leaves the jobs to it."""
        self.worker = self._start("worker", "worker")

    async def ready(self) -> float:
        """Wait until `/readyz` says yes; how many seconds that took.

        Raises:
            RuntimeError: it never did, or the server ended by itself.
        """
        start = monotonic()
        async with httpx.AsyncClient(base_url=self.base_url, timeout=5) as client:
            while monotonic() - start < READY_SECONDS:
                if self.server is not None and self.server.process.poll() is not None:
                    raise RuntimeError(f"the server ended by itself, with {self.server.process.returncode}")
                try:
                    if (await client.get("/readyz")).status_code == 200:
                        return monotonic() - start
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)
        raise RuntimeError(f"the server was not ready after {READY_SECONDS:.0f} s")

    def close(self) -> None:
        """Kill what still runs."""
        for process in (self.server, self.worker):
            if process is not None and process.process.poll() is None:
                process.kill()
        self.server = self.worker = None
