"""The ways to be killed, each at a random instant; what was killed is started again before the next."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic

from trials.database import OF_THE_PRODUCT, PostgresDatabase
from trials.installation import Installation
from trials.soak.checks import faults
from trials.soak.clients import Ledger
from trials.soak.facts import Facts, read_base

FORMER_ROWS = 2_000
BACKUP_SECONDS = 1.5
UPGRADE_SECONDS = 2.5
"""First guesses of how long these take; what is measured replaces them."""

Kill = Callable[[], Awaitable[list[str]]]


class Kills:
    """Kills in one installation, and tells what is wrong at once with what they left."""

    def __init__(self, installation: Installation, ledger: Ledger, seed: str) -> None:
        self.installation = installation
        self._database = installation.database
        self._ledger = ledger
        self._random = random.Random(seed)
        self._made = 0
        self._turn: list[str] = []
        self._backup_seconds = BACKUP_SECONDS
        self._upgrade_seconds = UPGRADE_SECONDS
        self.backups = {"complete": 0, "absent": 0}
        self.migrations = {"before": 0, "after": 0}
        self.kinds: dict[str, Kill] = {
            "server": self.server,
            "server, twice": self.server_twice,
            "server during a backup": self.server_during_backup,
            "backup": self.backup,
            "migration": self.migration,
        }
        if isinstance(self._database, PostgresDatabase):
            self.kinds |= {
                "worker": self.worker,
                "PostgreSQL back end": self.back_end,
                "PostgreSQL connections": self.connections,
                "postmaster": self.postmaster,
                "everything": self.everything,
            }

    async def any(self) -> tuple[str, list[str]]:
        """One of them, by chance; every kind is taken once before any comes again."""
        self._turn = self._turn or self._random.sample(list(self.kinds), len(self.kinds))
        kind = self._turn.pop()
        return kind, await self.kinds[kind]()

    async def server(self) -> list[str]:
        """The server, which on SQLite runs the jobs too."""
        assert self.installation.server is not None
        self.installation.server.kill()
        self.installation.start_server()
        return []

    async def server_twice(self) -> list[str]:
        """The server, then the one that follows while it starts."""
        await self.server()
        await asyncio.sleep(self._random.uniform(0.1, 2.0))
        return await self.server()

    async def worker(self) -> list[str]:
        """The process that runs the jobs."""
        assert self.installation.worker is not None
        self.installation.worker.kill()
        self.installation.start_worker()
        return []

    async def back_end(self) -> list[str]:
        """One process of PostgreSQL: the others are ended by their parent, which recovers."""
        database = self._postgres()
        if pids := await database.back_ends():
            database.kill(pids[0])
        return []

    async def connections(self) -> list[str]:
        """Every connection of the product, ended politely: what an administrator or a proxy does."""
        await self._database.write([f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {OF_THE_PRODUCT}"])
        return []

    async def postmaster(self) -> list[str]:
        """PostgreSQL itself."""
        self._postgres().kill_postmaster()
        await asyncio.sleep(self._random.uniform(0.0, 1.0))
        await self._database.start()
        return []

    async def everything(self) -> list[str]:
        """All of it at once, as when the machine stops."""
        assert self.installation.server is not None
        assert self.installation.worker is not None
        self._postgres().kill_postmaster()
        self.installation.server.kill()
        self.installation.worker.kill()
        await self._database.start()
        self.installation.start_server()
        self.installation.start_worker()
        return []

    async def backup(self) -> list[str]:
        """`materiel backup`: its file is complete or absent, and the next backup succeeds."""
        file = self._new_path("backup")
        facts = self._ledger.facts.copy()
        running = await self.installation.begin("backup", file)
        await asyncio.sleep(self._random.uniform(0.3, 1.1) * self._backup_seconds)
        if running.returncode is None:
            running.kill()
        await running.communicate()
        if file.exists():
            return await self._restored(file, facts)
        self.backups["absent"] += 1
        start = monotonic()
        again = await self.installation.run("backup", file)
        self._backup_seconds = monotonic() - start
        return [f"backup: after a killed one, another fails: {again.err}"] if again.code else []

    async def server_during_backup(self) -> list[str]:
        """The server while its database is copied."""
        file = self._new_path("backup")
        facts = self._ledger.facts.copy()
        running = await self.installation.begin("backup", file)
        await asyncio.sleep(self._random.uniform(0.3, 1.0) * self._backup_seconds)
        await self.server()
        _, err = await running.communicate()
        if running.returncode:
            return [f"backup: it failed because the server was killed: {err.decode()}"]
        return await self._restored(file, facts)

    async def _restored(self, file: Path, facts: Facts) -> list[str]:
        """What is wrong with a copy, once restored into an empty database."""
        self.backups["complete"] += 1
        name = self._new_path("restored").name
        url = await self._database.another(name)
        home = self.installation.folder / name
        done = await self.installation.run("restore", "--yes", file, database_url=url, data_dir=home)
        if done.code:
            return [f"backup: {file} cannot be restored: {done.err}"]
        base = await read_base(self._database, url=url)
        wrong = faults(facts, base)
        verified = await self.installation.run("verify", database_url=url, data_dir=home)
        return [*(f"restored {each}" for each in wrong), *([verified.err] if verified.code else [])]

    async def migration(self) -> list[str]:
        """`materiel db upgrade` of an older base: all its steps are done, or none; then it succeeds."""
        name = self._new_path("former").name
        url = await self._database.another(name)
        steps = await self._missing(url)
        former = self._random.choice(steps[1:-1])
        left = [step for step in steps if step > former]
        made = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "trials.soak.former", url, former, str(FORMER_ROWS)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        told, _ = await made.communicate()
        if await self._missing(url) != left:
            return [f"migration: no base could be made as of {former}: {told.decode()[-500:]}"]
        upgrading = await self.installation.begin("db", "upgrade", database_url=url)
        await asyncio.sleep(self._random.uniform(0.4, 1.0) * self._upgrade_seconds)
        if upgrading.returncode is None:
            upgrading.kill()
        await upgrading.communicate()
        missing = await self._missing(url)
        if missing not in ([], left):
            return [f"migration: killed from {former}, it left {missing}"]
        self.migrations["before" if missing else "after"] += 1
        return await self._upgraded(url, former)

    async def _upgraded(self, url: str, former: str) -> list[str]:
        start = monotonic()
        again = await self.installation.run("db", "upgrade", database_url=url)
        self._upgrade_seconds = max(1.0, monotonic() - start)
        if again.code or await self._missing(url):
            return [f"migration: from {former}, the second run fails: {again.err}"]
        found = await self._database.read({"rows": "SELECT count(*) AS number FROM item"}, url=url)
        if found["rows"][0]["number"] != FORMER_ROWS:
            return [f"migration: from {former}, {found['rows'][0]['number']} rows are left of {FORMER_ROWS}"]
        return faults(Facts(), await read_base(self._database, url=url))

    async def _missing(self, url: str) -> list[str]:
        checked = await self.installation.run("db", "check", "--json", database_url=url)
        missing: list[str] = json.loads(checked.out)["missing"]
        return missing

    def _new_path(self, name: str) -> Path:
        self._made += 1
        return self.installation.folder / f"{name}-{self._made}"

    def _postgres(self) -> PostgresDatabase:
        assert isinstance(self._database, PostgresDatabase)
        return self._database
