"""The forms of the pages: found by following the links, then sent with what nobody meant.

Whatever is sent, a page answers: never with a fault of the server, never with words of the program, and never at all
to a form whose token is wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import urlsplit
from zlib import crc32

import httpx

from trials.fuzz.served import ROLES, Served
from trials.fuzz.values import Filling, drawn
from trials.pages import CSRF, Browser, Form, Page, visitor

ALIKE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b\d{7}[A-Z]\b|\b\d{5}\b|\b[0-9A-Z]{13}\b")
"""What tells the record in an address."""

MOST_ALIKE = 2
"""Pages of one kind that are read; one in a short run."""

MOST_PAGES = 400
LEFT = ("/deconnexion", "/mot-de-passe", "/connexions/fermer", "/fermeture", "/role", "/second-facteur", "/signer-ici")
"""Endings of the addresses that would shut whoever tries out of the pages."""

WORDS = re.compile(r"Traceback|object at 0x|\b(msgspec|asyncpg|sqlite3|piccolo|litestar)\b", re.IGNORECASE)
REFUSED = 403
OUT = ("/connexion", "/lien-necessaire")


@dataclass(slots=True)
class Tally:
    """What was read and sent, and what is wrong with the answers."""

    pages: int = 0
    forms: int = 0
    sent: int = 0
    with_wrong_token: int = 0
    known: set[tuple[str, ...]] = field(default_factory=set)
    """In a short run, the kinds of forms that somebody with another account has tried."""

    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Visitor:
    """Somebody who comes in, with an account or by a link, reads every kind of page and sends every kind of form."""

    def __init__(self, http: httpx.AsyncClient, who: str, served: Served, tally: Tally, *, short: bool) -> None:
        self._browser = Browser(http)
        self._who, self._served, self._tally = who, served, tally
        self._token = ""
        self._short = short

    async def come_in(self) -> None:
        """Log in, or open the link."""
        if self._who in ROLES:
            await self._browser.log_in(self._served.accounts[self._who], self._served.password)
            self._note_token(await self._browser.get("/"))
        else:
            self._note_token(await self._browser.get(self._served.links[self._who]))

    def home(self) -> str:
        """Where the walk begins."""
        if self._who in ROLES:
            return "/"
        return self._served.links[self._who][:2]

    async def walk(self) -> list[Form]:
        """Every kind of form, and the pages are judged too."""
        waiting, seen, alike = [self.home()], {self.home()}, Counter[str]()
        found: dict[tuple[str, ...], Form] = {}
        while waiting and sum(alike.values()) < MOST_PAGES:
            path = waiting.pop(0)
            kind = kind_of(path)
            if alike[kind] >= (1 if self._short else MOST_ALIKE):
                continue
            alike[kind] += 1
            answer = await self._browser.http.get(path, follow_redirects=True)
            self._tally.pages += 1
            self._tally.wrong += judged(f"{self._who}: GET {path}", answer)
            page = self._browser.read(answer)
            self._note_token(page)
            for link in page.links:
                if link not in seen and not link.startswith(("/static", "#")):
                    seen.add(link)
                    waiting.append(link.partition("#")[0])
            for form in page.forms:
                if not form.action.endswith(LEFT):
                    found.setdefault((kind_of(form.action), *form.key), form)
        return list(found.values())

    async def try_forms(self, *, examples: int, chance: int, until: float) -> None:
        """Send each kind of form so many times, or until an instant of the monotonic clock."""
        await self.come_in()
        for shown in await self.walk():
            kind = (kind_of(shown.action), *shown.key)
            if self._short and kind in self._tally.known:
                continue
            self._tally.known.add(kind)
            self._tally.forms += 1
            # A number of its own for each form, the same from one run to the next.
            own = chance ^ crc32(f"{self._who} {kind}".encode())
            for filling in drawn(shown, examples=examples, chance=own):
                if monotonic() > until:
                    return
                await self._send(shown, filling)

    async def _send(self, shown: Form, filling: Filling) -> None:
        """Send a form, and judge the answer; whoever was shut out comes in again."""
        values = dict(filling.values)
        protected = any(each.name == CSRF for each in shown.fields)
        wrong = filling.wrong_token and protected
        if protected:
            values[CSRF] = ["0" * 64 if wrong else self._token]
        answer = await self._browser.send(shown, values, filling.files)
        self._tally.sent += 1
        self._tally.with_wrong_token += wrong
        self._tally.statuses[answer.status_code] += 1
        kind = f"{self._who}: {shown.method.upper()} {kind_of(shown.action)}"
        told = f", sent {filling.values!r:.600} {filling.files!r:.200}"
        self._tally.wrong += judged(kind, answer, told)
        if wrong and answer.status_code != REFUSED:
            self._tally.wrong.append(f"{kind} with a wrong token: {answer.status_code}")
        if not wrong and (answer.status_code == REFUSED or answer.headers.get("location", "").startswith(OUT)):
            await self.come_in()

    def _note_token(self, page: Page) -> None:
        """Every form of a session bears the same token; another session has another."""
        for form in page.forms:
            self._token = next((each.value for each in form.fields if each.name == CSRF), self._token)


def judged(what: str, answer: httpx.Response, sent: str = "") -> list[str]:
    """What is wrong with an answer, whatever was sent."""
    wrong = []
    kind = answer.headers.get("content-type", "")
    if answer.status_code >= 500:
        wrong.append(f"{what}: {answer.status_code}{sent}")
    elif answer.content and not kind:
        wrong.append(f"{what}: {answer.status_code} without a media type{sent}")
    elif kind.startswith("text/html") and (word := WORDS.search(answer.text)):
        wrong.append(f"{what}: {answer.status_code} shows « {word[0]} »{sent}")
    return wrong


def kind_of(address: str) -> str:
    """An address without what tells one record from another, nor its query."""
    return ALIKE.sub("…", urlsplit(address).path)


async def try_forms(served: Served, *, examples: int, seed: int, seconds: float, short: bool) -> Tally:
    """Every form of the pages, as each account and behind each link."""
    tally = Tally()
    # The administrator last: what one changes there changes what others see.
    people = (*served.links, *reversed(ROLES))
    until = monotonic() + seconds
    for rank, who in enumerate(people, 1):
        # Each has an equal share of what is left.
        share = monotonic() + (until - monotonic()) / (len(people) - rank + 1)
        async with visitor(served.installation.base_url, timeout=60) as http:
            await Visitor(http, who, served, tally, short=short).try_forms(examples=examples, chance=seed, until=share)
    return tally
