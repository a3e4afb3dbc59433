"""Somebody before the pages, during a soak: imports files, and asks for signatures by e-mail."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx

from trials.pages import Browser, Form, Page
from trials.soak.clients import SCHOOL, Broken, Gate, Ledger, answered

LINES = (20, 1200)
"""Of a file: a short one is examined at once, a long one by a job."""

LOOK_SECONDS = 0.3
PAUSE_SECONDS = 0.1
LEADS = 303
AWAY = "base de données"
"""What every sentence about an absent database says."""


class Clerk:
    """One account, logged in, whose session outlives the server."""

    def __init__(self, http: httpx.AsyncClient, ledger: Ledger, gate: Gate, seed: str) -> None:
        self._browser = Browser(http)
        self._ledger, self._gate = ledger, gate
        self._random = random.Random(seed)

    async def come_in(self, invitation: str, email: str, password: str) -> None:
        """Choose a password by the link of an invitation, and log in."""
        page = await self._browser.get(urlsplit(invitation).path)
        form = next(form for form in page.forms if any(each.kind == "password" for each in form.fields))
        chosen = {each.name: password for each in form.fields if each.kind == "password"}
        answer = await self._browser.send(form, form.values(**chosen))
        if answer.status_code != LEADS:
            raise Broken(f"no password could be chosen: {answer.status_code}")
        await self._browser.log_in(email, password)

    async def work(self) -> None:
        """Import and ask until cancelled."""
        while True:
            await self.import_pupils()
            for _ in range(6):
                await self.ask_for_signature()

    async def import_pupils(self) -> None:
        """Send a file, confirm what it would do, and note the job that will do it."""
        names = tuple(self._ledger.new_name() for _ in range(self._random.randint(*LINES)))
        form = (await self._get("/imports")).form("/imports/eleves")
        sent = await self._send(form, {"file-eleves": ("eleves.csv", table(names).encode(), "text/csv")})
        shown = await self._examined(_led(sent))
        confirmed = await self._send(shown.form("/importer"))
        job = _led(confirmed).rpartition("/")[2]
        self._ledger.facts.imports[job] = names
        self._ledger.acknowledged += 1

    async def ask_for_signature(self) -> None:
        """Ask for the signature of a paper, if the family's is still awaited."""
        if not self._ledger.facts.documents:
            return
        document = self._random.choice(list(self._ledger.facts.documents))
        page = await self._get(f"/documents/{document}")
        forms = [form for form in page.forms if form.action.endswith("/pour-signature")]
        if forms and (await self._send(forms[0])).status_code == LEADS:
            self._ledger.facts.asked.add(document)
            self._ledger.acknowledged += 1

    async def _examined(self, path: str) -> Page:
        while True:
            page = await self._get(path)
            if any(form.action.endswith("/importer") for form in page.forms):
                return page
            await asyncio.sleep(LOOK_SECONDS)

    async def _get(self, path: str) -> Page:
        async with self._gate:
            page = await answered(lambda: self._browser.get(path), self._ledger)
        await asyncio.sleep(self._random.random() * PAUSE_SECONDS)
        return page

    async def _send(self, form: Form, files: Mapping[str, tuple[str, bytes, str]] | None = None) -> httpx.Response:
        async with self._gate:
            # A page tells in its form that the database was away: what was typed is kept, and is sent again.
            while (
                AWAY
                in (answer := await answered(lambda: self._browser.send(form, form.values(), files), self._ledger)).text
            ):
                await asyncio.sleep(PAUSE_SECONDS)
        await asyncio.sleep(self._random.random() * PAUSE_SECONDS)
        return answer


def table(names: tuple[str, ...]) -> str:
    """A file of pupils, a line for each name."""
    head = "Nom;Prénom;Date de naissance;UAI;Adresse;Code postal;Ville\n"
    return head + "".join(f"{name};Lou;02/04/2015;{SCHOOL};1 rue des Lilas;35000;Rennes\n" for name in names)


def _led(answer: httpx.Response) -> str:
    if answer.status_code != LEADS:
        raise Broken(f"{answer.request.method} {answer.request.url}: {answer.status_code}")
    return urlsplit(answer.headers["location"]).path
