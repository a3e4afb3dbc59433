"""One soak: an installation, its clients, kill after kill; stops at the first loss."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import httpx

from trials.database import Database, PostgresDatabase, SQLiteDatabase
from trials.installation import Installation
from trials.pages import visitor
from trials.soak.checks import faults, mail_faults, unfinished
from trials.soak.clerk import Clerk
from trials.soak.clients import AGAIN_SECONDS, SCHOOL, Client, Gate, Ledger
from trials.soak.facts import Base, read_base
from trials.soak.kills import Kills
from trials.soak.postman import Postman

ANNUAIRE = Path(__file__).parents[2] / "src" / "materiel" / "demo_data" / "annuaire-education-35.csv"
CLERK = "gestion@exemple.invalid"
CLIENTS = 3
WORK_SECONDS = (0.3, 2.5)
ANSWER_SECONDS = 300.0
SETTLE_SECONDS = 300.0
REPLAYED = 6
PAST = "'2020-01-01 00:00:00+00:00'"


class Loss(Exception):
    """What is wrong, one sentence a fault."""

    def __init__(self, wrong: list[str]) -> None:
        super().__init__("\n".join(wrong))
        self.wrong = wrong


@dataclass(slots=True)
class Tally:
    """What the report counts."""

    kills: Counter[str] = field(default_factory=Counter)
    facts_checked: int = 0
    replayed: int = 0
    verified: int = 0
    longest_start: float = 0.0
    base: Base | None = None


class Campaign:
    """The soak of one engine."""

    def __init__(self, engine: str, folder: Path, seed: int) -> None:
        database: Database = SQLiteDatabase(folder) if engine == "sqlite" else PostgresDatabase(folder)
        self.postman = Postman()
        self.installation = Installation(folder, database, smtp_port=self.postman.port)
        self.ledger, self.gate, self.tally = Ledger(), Gate(), Tally()
        self._seed = seed
        self._random = random.Random(f"{seed} campaign")
        self.kills = Kills(self.installation, self.ledger, f"{seed} kills")
        self._apart = engine == "postgres"
        self._known: frozenset[str] = frozenset()
        if self._apart:
            self.installation.more["MATERIEL_RUN_JOBS"] = "non"

    async def run(self, kills: int) -> None:
        """Kill so many times, then let everything end.

        Raises:
            Loss: at the first one.
        """
        await self.installation.database.start()
        self.postman.start()
        try:
            token, invitation = await self._prepare()
            async with self._working(token, invitation) as clients:
                for _ in range(kills):
                    await self._kill(clients)
            await self._settle()
        finally:
            self.installation.close()
            self.postman.stop()
            await self.installation.database.stop()

    async def _prepare(self) -> tuple[str, str]:
        """Install; the token of the clients, and the invitation of the clerk."""
        for arguments in (
            ("db", "upgrade"),
            (
                *("service", "create", "--code", "DSDEN35", "--name", "DSDEN d'Ille-et-Vilaine", "--kind", "dsden"),
                *("--academie", "14", "--departement", "35", "--address", "1 quai Dujardin", "--postcode", "35000"),
                *("--city", "Rennes", "--phone", "02 99 00 00 00", "--signatory-name", "Camille Durand"),
                *("--signatory-title", "Inspectrice d'académie"),
            ),
            ("import", "schools", str(self._annuaire())),
        ):
            await self._done(*arguments)
        token = await self._done("token", "create", "--role", "manager")
        person = ("--email", CLERK, "--name", "Claude Gestion", "--role", "manager")
        invitation = await self._done("user", "create", *person)
        self.installation.start_server()
        if self._apart:
            self.installation.start_worker()
        await self.installation.ready()
        await self._give_mailbox(token)
        return token, invitation

    def _annuaire(self) -> Path:
        """The real file, cut to the school of the clients."""
        head, *rows = ANNUAIRE.read_bytes().splitlines(keepends=True)
        cut = self.installation.folder / "annuaire.csv"
        cut.write_bytes(b"".join([head, *(row for row in rows if row.startswith(SCHOOL.encode()))]))
        return cut

    async def _done(self, *arguments: str) -> str:
        """The last line that a command prints."""
        ran = await self.installation.run(*arguments)
        if ran.code:
            raise RuntimeError(f"materiel {' '.join(arguments)}: {ran.err}")
        return ran.out.strip().rpartition("\n")[2].strip()

    async def _give_mailbox(self, token: str) -> None:
        """The mayor who receives the notices has an address, so that messages leave."""
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=self.installation.base_url, headers=headers) as http:
            commune = (await http.get("/api/municipalities/35001")).json()
            body = {"version": commune["version"], "email": "mairie@exemple.invalid"}
            (await http.patch("/api/municipalities/35001", json=body)).raise_for_status()

    @asynccontextmanager
    async def _working(self, token: str, invitation: str) -> AsyncIterator[list[asyncio.Task[None]]]:
        where = self.installation.base_url
        async with httpx.AsyncClient(base_url=where, timeout=30) as http, visitor(where, timeout=30) as browser:
            clerk = Clerk(browser, self.ledger, self.gate, f"{self._seed} clerk")
            await clerk.come_in(invitation, CLERK, "cartable-bleu-2026")
            clients: list[Client | Clerk] = [
                Client(http, token, self.ledger, self.gate, f"{self._seed} client {rank}") for rank in range(CLIENTS)
            ]
            tasks = [asyncio.create_task(each.work()) for each in (*clients, clerk)]
            try:
                yield tasks
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _kill(self, clients: list[asyncio.Task[None]]) -> None:
        self.gate.open()
        await self._worked(clients)
        await asyncio.sleep(self._random.uniform(*WORK_SECONDS))
        kind, wrong = await self.kills.any()
        self.tally.kills[kind] += 1
        print(f"  {sum(self.tally.kills.values())}: {kind}", flush=True)
        self._raise(wrong)
        try:
            self.tally.longest_start = max(self.tally.longest_start, await self.installation.ready())
        except RuntimeError as refusal:
            raise Loss([f"after a kill ({kind}): {refusal}"]) from refusal
        try:
            await asyncio.wait_for(self.gate.close(), ANSWER_SECONDS)
        except TimeoutError:
            raise Loss([f"clients: no answer within {ANSWER_SECONDS:.0f} s after a kill ({kind})"]) from None
        for task in clients:
            if task.done() and (error := task.exception()) is not None:
                raise Loss([f"clients: {error}"]) from error
        await self._check()

    async def _worked(self, clients: list[asyncio.Task[None]]) -> None:
        """There is a paper to lose: a slow machine takes the time that its first one needs."""
        now = asyncio.get_running_loop().time
        until = now() + ANSWER_SECONDS
        while not self.ledger.facts.documents and not any(task.done() for task in clients):
            if now() > until:
                raise Loss([f"clients: no paper issued within {ANSWER_SECONDS:.0f} s"])
            await asyncio.sleep(AGAIN_SECONDS)

    async def _check(self) -> Base:
        """The base as it is now, if nothing is wrong with it."""
        received = set(self.postman.received)
        facts = self.ledger.facts.copy()
        base = await read_base(self.installation.database, known=self._known)
        self._raise([*faults(facts, base), *mail_faults(base, received, set(self.postman.received))])
        self._known |= base.pdfs.keys()
        self.tally.facts_checked += facts.count()
        self._raise(await self._replayed())
        verified = await self.installation.run("verify")
        self._raise([f"verify: {verified.err}"] if verified.code else [])
        self.tally.verified += 1
        self.tally.base = base
        return base

    async def _replayed(self) -> list[str]:
        """Answers asked for again under their key: they must be the same; and documents, whose bytes must be."""
        answers = self._random.sample(self.ledger.answers, min(REPLAYED, len(self.ledger.answers)))
        wrong = []
        async with httpx.AsyncClient(base_url=self.installation.base_url, timeout=30) as http:
            for each in answers:
                headers = {"Authorization": f"Bearer {each.token}", "Idempotency-Key": each.key}
                again = await http.post(each.path, headers=headers, **each.sent)
                if (again.status_code, again.text) != (each.status, each.text):
                    wrong.append(f"replay: {each.path} answered {each.status}, now {again.status_code}: {again.text}")
            for identifier, (number, digest) in self._random.sample(
                sorted(self.ledger.facts.documents.items()), min(2, len(self.ledger.facts.documents))
            ):
                token = self.ledger.answers[-1].token
                headers = {"Authorization": f"Bearer {token}"}
                pdf = await http.get(f"/api/documents/{identifier}/pdf", headers=headers)
                if sha256(pdf.content).hexdigest() != digest:
                    wrong.append(f"documents: {number} is read with other bytes ({pdf.status_code})")
        self.tally.replayed += len(answers)
        return wrong

    async def _settle(self) -> None:
        """Nothing is killed any more: every job ends and every message leaves."""
        await asyncio.sleep(3)
        alive = self.installation.worker or self.installation.server
        assert alive is not None
        # Two minutes of a lease whose holder is dead, five of a message's, are spared.
        await self.installation.database.write(
            [
                f"UPDATE job SET lease_until = {PAST} WHERE state = 'running'"
                f" AND worker NOT LIKE '%:{alive.process.pid}:%'",
                f"UPDATE job SET run_at = {PAST} WHERE state = 'queued'",
                f"UPDATE outbox SET lease_until = {PAST} WHERE state = 'sending'",
                f"UPDATE outbox SET next_attempt_at = {PAST} WHERE state = 'queued'",
            ]
        )
        now = asyncio.get_running_loop().time
        fewest, until = 10**9, now() + SETTLE_SECONDS
        while left := unfinished(self.ledger.facts, await read_base(self.installation.database, known=self._known)):
            # A slow machine takes the time that it needs; one that gets nowhere has lost something.
            if len(left) < fewest:
                fewest, until = len(left), now() + SETTLE_SECONDS
            if now() > until:
                raise Loss(left)
            await asyncio.sleep(1)
        await self._check()

    @staticmethod
    def _raise(wrong: list[str]) -> None:
        if wrong:
            raise Loss(wrong)
