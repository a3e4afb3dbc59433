"""A served demonstration: who may come in, which records are there, and what the server wrote in its log."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from trials.database import Database
from trials.installation import Installation

ROLES = ("admin", "manager", "reader")
TRACES = ("Traceback", 'File "', " failed: ")
RECORDS = {
    "item_id": "items",
    "pupil_id": "pupils",
    "loan_id": "loans",
    "document_id": "documents",
    "incident_id": "incidents",
}
"""The parameters of addresses that name a record, and the list that tells its identifiers."""

MOST_RECORDS = 20


@dataclass(frozen=True, slots=True)
class Served:
    """What a trial needs of a served demonstration."""

    installation: Installation
    tokens: dict[str, str]
    password: str
    accounts: dict[str, str]
    """Addresses of e-mail, by role."""

    links: dict[str, str]
    """Paths that open pages without an account, by who holds them."""

    records: dict[str, list[str]]
    """What a parameter of an address may hold: identifiers and codes that are there."""

    secret_words: frozenset[str]
    """Names of pupils and tokens, which no log may hold."""

    def log_faults(self) -> list[str]:
        """What the log of the server should not hold."""
        return log_faults((self.installation.folder / "serve.log").read_text(encoding="utf-8"), self.secret_words)


def log_faults(log: str, secret_words: frozenset[str]) -> list[str]:
    """Lines that hold a trace of the program, or a name. The words themselves are not told again."""
    words = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in sorted(secret_words)) or r"(?!)")
    wrong = []
    for number, line in enumerate(log.splitlines(), 1):
        if any(trace in line for trace in TRACES):
            wrong.append(f"log: line {number} holds a trace: {line[:200]}")
        if words.search(line):
            wrong.append(f"log: line {number} holds a name or a secret")
    return wrong


@asynccontextmanager
async def demonstration(folder: Path, database: Database) -> AsyncIterator[Served]:
    """Fill a demonstration, and serve it as long as the block lasts."""
    await database.start()
    installation = Installation(folder, database)
    try:
        if (upgraded := await installation.run("db", "upgrade")).code:
            raise RuntimeError(upgraded.err)
        made = await installation.run("demo", "--json")
        if made.code:
            raise RuntimeError(made.err)
        told = json.loads(made.out)
        installation.start_server()
        await installation.ready()
        records, names = await _records(installation.base_url, told["tokens"]["manager"])
        records["code"] = [told["item_code"]]
        access = told["access"]
        yield Served(
            installation=installation,
            tokens=told["tokens"],
            password=access["password"],
            # Whoever signs for the State comes last, and opens nothing before a second factor of a phone.
            accounts=dict(zip(ROLES, access["accounts"], strict=False)),
            links={who: urlsplit(url).path for who, url in access["links"].items()},
            records=records,
            secret_words=frozenset({*names, *told["tokens"].values()}),
        )
    finally:
        installation.close()
        await database.stop()


async def _records(base_url: str, token: str) -> tuple[dict[str, list[str]], set[str]]:
    """Some identifiers of each kind of record, and the last names of the pupils."""
    found: dict[str, list[str]] = {}
    names: set[str] = set()
    async with httpx.AsyncClient(base_url=base_url, headers={"Authorization": f"Bearer {token}"}) as http:
        for parameter, name in RECORDS.items():
            listed = (await http.get(f"/api/{name}", params={"limit": MOST_RECORDS})).raise_for_status().json()["items"]
            found[parameter] = [each["id"] for each in listed]
            if name == "pupils":
                names = {each["last_name"] for each in listed}
        schools = (await http.get("/api/schools", params={"limit": MOST_RECORDS})).raise_for_status().json()["items"]
        found["uai"] = [each["uai"] for each in schools]
        found["insee"] = sorted({each["municipality"]["insee_code"] for each in schools})
    return found, names
