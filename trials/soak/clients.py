"""The clients of a soak: they lend all day long, send each request again until it is answered, and note the answers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import httpx

from trials.soak.facts import Facts

SCHOOL = "0350103X"
AGAIN = (429, 503)
AGAIN_SECONDS = 0.1
LOTS = 0.2
"""How often a case is followed by several drafts issued together."""

PAUSE_SECONDS = 0.03
MOST_ANSWERS = 200
"""Answers kept to be asked for again; the oldest are forgotten."""


class Broken(Exception):
    """The product answered what it never should."""


class Gate:
    """Lets the clients work, or waits until each has had the answer to what it asked."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._asking = 0

    def open(self) -> None:
        """Let everybody work."""
        self._open.set()

    async def close(self) -> None:
        """Nobody asks for anything new; return once nothing is under way."""
        self._open.clear()
        await self._quiet.wait()

    async def __aenter__(self) -> None:
        await self._open.wait()
        self._asking += 1
        self._quiet.clear()

    async def __aexit__(self, *_: object) -> None:
        self._asking -= 1
        if not self._asking:
            self._quiet.set()


@dataclass(frozen=True, slots=True)
class Answered:
    """A keyed request and its first answer."""

    token: str
    key: str
    path: str
    sent: dict[str, Any]
    status: int
    text: str


@dataclass(slots=True)
class Ledger:
    """What all clients share: what was acknowledged, the last answers, and some counts."""

    facts: Facts = field(default_factory=Facts)
    answers: list[Answered] = field(default_factory=list)
    acknowledged: int = 0
    asked_again: int = 0
    names: int = 0

    def keep(self, answer: Answered) -> None:
        """Note an answer."""
        self.acknowledged += 1
        self.answers.append(answer)
        del self.answers[:-MOST_ANSWERS]

    def new_name(self) -> str:
        """A name that nobody has, of letters alone: digits are refused in names."""
        self.names += 1
        number, letters = self.names, ""
        while number:
            number, rest = divmod(number - 1, 26)
            letters = chr(ord("a") + rest) + letters
        return f"Essai-{letters.capitalize()}"


class Answer(Protocol):
    """What both an answer of HTTP and a page that was read tell."""

    @property
    def status_code(self) -> int:
        """The status."""

    @property
    def text(self) -> str:
        """The body."""


T = TypeVar("T", bound=Answer)


async def answered(ask: Callable[[], Awaitable[T]], ledger: Ledger) -> T:
    """The first answer that is one: no server and 503 are asked again.

    Raises:
        Broken: a fault of the server that does not say « try again ».
    """
    while True:
        try:
            answer = await ask()
        except httpx.TransportError:
            pass
        else:
            if answer.status_code not in AGAIN:
                if answer.status_code >= 500:
                    raise Broken(f"{answer.status_code}: {answer.text[:2000]}")
                return answer
        ledger.asked_again += 1
        await asyncio.sleep(AGAIN_SECONDS)


class Client:
    """Somebody with a token, who lends."""

    def __init__(self, http: httpx.AsyncClient, token: str, ledger: Ledger, gate: Gate, seed: str) -> None:
        self._http, self._token, self._ledger, self._gate = http, token, ledger, gate
        self._random = random.Random(seed)
        self._facts = ledger.facts
        self._back: list[str] = []
        self._today = ""

    async def work(self) -> None:
        """Lend until cancelled."""
        while True:
            await self.lend()
            if self._random.random() < LOTS:
                await self.issue_together()
                await self.act_together()

    async def lend(self) -> None:
        """One case, which goes more or less far: each step is what its answer says."""
        items = [await self._item() for _ in range(self._random.randint(1, 2))]
        pupil = await self._pupil()
        loan = await self._post("/api/loans", _loan(pupil, items))
        self._facts.loans[loan["id"]] = loan["status"]
        at = f"/api/loans/{loan['id']}"
        if self._stops():
            return
        issued = self._note(await self._post(f"{at}/issue"))
        for paper in issued:
            if paper["kind"] == "notice":
                if self._random.random() < 0.5:
                    await self._post("/api/notices/send", {"documents": [paper["id"]], "channel": "email"})
                    self._facts.notices.add(paper["id"])
            elif self._random.random() < 0.8:
                await self._sign(paper)
        if self._stops():
            return
        # The day of the issue, told by the product: no act comes before it, whatever the hour of this machine.
        today = issued[0]["issued_on"]
        lines = [{"id": each, "condition": "good"} for each in items]
        self._note(await self._post(f"{at}/handover", {"handed_over_on": today, "items": lines}))
        if not self._stops():
            self._note(await self._post(f"{at}/return", {"returned_on": today, "items": lines}))
            self._back += items
            self._today = today

    async def issue_together(self) -> None:
        """Have several drafts issued by one job."""
        drafts = []
        for _ in range(self._random.randint(3, 8)):
            loan = await self._post("/api/loans", _loan(await self._pupil(), [await self._item()]))
            self._facts.loans[loan["id"]] = loan["status"]
            drafts.append(str(loan["id"]))
        job = await self._post("/api/lots", {"act": "issue", "references": drafts})
        self._facts.lots[job["job"]] = tuple(drafts)

    async def act_together(self) -> None:
        """Have new items labelled, then set aside, and what came back prepared, each by one job."""
        new = [await self._item() for _ in range(self._random.randint(3, 8))]
        job = await self._post("/api/labels/jobs", {"items": new, "sheet": "a4_3x8"})
        self._facts.prints.add(job["job"])
        body = {"act": "set_status", "references": new, "status": "in_repair", "reason": "Révision"}
        job = await self._post("/api/lots", body)
        self._facts.acts[job["job"]] = ("item.status_changed", tuple(new))
        if self._back:
            checked = {"on": self._today, "condition": "good", "erased": True}
            back, self._back = tuple(self._back), []
            job = await self._post("/api/lots", {"act": "prepare", "references": back, **checked})
            self._facts.acts[job["job"]] = ("item.prepared", back)

    def _stops(self) -> bool:
        return self._random.random() < 0.2

    async def _item(self) -> str:
        number = f"S-{self._random.getrandbits(48):012X}"
        made = await self._post("/api/items", {"inventory_number": number, "designation": "Ordinateur portable"})
        self._facts.items[made["id"]] = number
        return str(made["id"])

    async def _pupil(self) -> str:
        name = self._ledger.new_name()
        made = await self._post("/api/pupils", _pupil(name))
        self._facts.pupils[made["id"]] = name
        return str(made["id"])

    async def _sign(self, paper: dict[str, Any]) -> None:
        for box in paper["signatories"]:
            if box["status"] == "pending":
                body = {"signatory": box["id"], "signed_on": paper["issued_on"], "channel": "paper"}
                await self._post(f"/api/documents/{paper['id']}/signatures", body)
                self._facts.signed.add(box["id"])
        if self._random.random() < 0.05:
            await self._file(paper["id"])

    async def _file(self, document: str) -> None:
        """Hand the printed paper over as its own scan."""
        async with self._gate:
            answer = await answered(
                lambda: self._http.get(f"/api/documents/{document}/pdf", headers=self._headers("")), self._ledger
            )
        files = {"file": ("pile.pdf", answer.content, "application/pdf")}
        job = await self._ask("/api/scans", {"files": files})
        self._facts.piles[job["job"]] = document

    def _note(self, loan: dict[str, Any]) -> list[dict[str, Any]]:
        """Keep what a loan's answer says."""
        self._facts.loans[loan["id"]] = loan["status"]
        papers: list[dict[str, Any]] = loan["documents"]
        for each in papers:
            self._facts.documents[each["id"]] = (each["number"], each["sha256"])
        return papers

    async def _post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return await self._ask(path, {"json": body} if body is not None else {})

    async def _ask(self, path: str, sent: dict[str, Any]) -> dict[str, Any]:
        key = f"{self._random.getrandbits(128):032x}"
        async with self._gate:
            answer = await answered(lambda: self._http.post(path, headers=self._headers(key), **sent), self._ledger)
            if answer.status_code >= 300:
                raise Broken(f"POST {path}: {answer.status_code} {answer.text}")
            self._ledger.keep(Answered(self._token, key, path, sent, answer.status_code, answer.text))
            result: dict[str, Any] = answer.json()
        await asyncio.sleep(self._random.random() * PAUSE_SECONDS)
        return result

    def _headers(self, key: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"} | ({"Idempotency-Key": key} if key else {})


def _pupil(name: str) -> dict[str, Any]:
    return {
        "last_name": name,
        "first_name": "Zoé",
        "birth_date": "2015-04-02",
        "school": SCHOOL,
        "homes": [{"lines": ["12 rue des Lilas"], "postcode": "35000", "city": "Rennes"}],
        "representatives": [
            {
                "last_name": name,
                "first_name": "Claire",
                "capacity": "mother",
                "home": 0,
                "email": f"{name.lower()}@exemple.invalid",
            }
        ],
    }


def _loan(pupil: str, items: list[str]) -> dict[str, Any]:
    return {
        "usage": "individual",
        "custody": "home",
        "school": SCHOOL,
        "pupil": pupil,
        "items": items,
        "starts_on": datetime.now(UTC).date().isoformat(),
        "purpose": "Prise de notes en classe et à la maison",
        "basis": {"kind": "cdaph", "reference": "2026-123", "decided_on": "2026-06-15", "valid_until": "2029-08-31"},
    }
