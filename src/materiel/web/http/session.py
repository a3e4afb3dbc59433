"""The session of a request: read from its cookie, changed by a handler, sent back as a cookie when it is new.

A visitor who only reads costs the database nothing: until there is something to keep, the cookie holds a random
identifier that binds the tokens of the forms, and no row exists for it. Rows are made at a login, at a link's
opening, or for what must survive a redirection. Each change of rights changes the identifier.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from litestar.connection import ASGIConnection
from litestar.middleware import ASGIMiddleware
from litestar.status_codes import HTTP_200_OK
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from materiel.domain.accounts.session import MESSAGE, Person, Session, SubjectKind, message_id
from materiel.use_cases.accounts.session import close_session, keep_in_session, open_session, person_of, resume_session
from materiel.use_cases.accounts.session_notes import ENTERED, SessionNotes
from materiel.web.http.trace import start_clock

COOKIE = "__Host-session"
"""The prefix makes browsers insist on HTTPS (or this machine), on this host alone, on the whole site."""

WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{43}")
SHOWN = "__Host-shown"
"""Cookie: the identifier of the last message shown. A page that shows one writes nothing in the database."""

_STATE = "web_session"


class ShownMessage(NamedTuple):
    """What a page says once: its kind, its text, what was left aside, where it is undone and until when, where what
    was left aside is settled and by what words.
    """

    kind: str
    text: str
    left: str
    undo: str
    until: str
    settle: str
    by: str


class WebSession:
    """The session of one request. `person` is None for a visitor whom nothing identifies."""

    def __init__(
        self,
        secret: str | None,
        kept: Session | None,
        person: Person | None,
        *,
        clock: Callable[[], datetime],
        notes: SessionNotes,
        shown: str = "",
    ) -> None:
        self._secret = secret
        self._kept = kept
        self._clock = clock
        self._notes = notes
        self._cookie: str | None = None
        self._shown = shown
        self._just_shown = ""
        self.person = person

    @property
    def secret(self) -> str:
        """The identifier that the cookie holds or will hold."""
        if self._secret is None:
            self._secret = self._cookie = secrets.token_urlsafe(32)
        return self._secret

    @property
    def id_hash(self) -> str:
        """What the list of connections calls this session; empty when nothing is kept."""
        return "" if self._kept is None else self._kept.id_hash

    @property
    def kept(self) -> Session:
        """The session of a page that has one."""
        assert self._kept is not None
        return self._kept

    @property
    def data(self) -> Mapping[str, object]:
        """What was kept for the next request."""
        return {} if self._kept is None else {**self._notes.remembered(self.id_hash), **self._kept.data}

    async def open(
        self,
        kind: SubjectKind,
        subject_id: UUID,
        service_id: UUID,
        *,
        data: Mapping[str, object] | None = None,
        until: datetime | None = None,
    ) -> None:
        """Let somebody in, under a new identifier; what the former session held is gone.

        `until`: when the session ends at the latest, if that is sooner than the usual time.
        """
        await self._replace(kind, subject_id, service_id, data or {}, until)

    async def restart(self, data: Mapping[str, object]) -> None:
        """Begin an anonymous session that holds something, under a new identifier."""
        await self._replace(SubjectKind.ANONYMOUS, None, None, data)

    async def keep(self, **values: object) -> None:
        """Add small JSON values to what is kept; None removes one."""
        held = {name: value for name, value in self.data.items() if name != MESSAGE or not self._was_shown}
        merged = {name: value for name, value in {**held, **values}.items() if value is not None}
        if self._kept is None:
            await self.restart(merged)
        else:
            self._kept = await keep_in_session(self._kept, merged)
            self._notes.settle(self.id_hash)

    def note(self, name: str, value: object) -> None:
        """Remember a small JSON value, unless there is one of that name, without making a reader wait for a write."""
        if self._kept is not None and name not in self.data:
            self._notes.remember(self.id_hash, name, value)

    async def close(self) -> None:
        """Let the person out: the identifier opens nothing any more and the cookie is replaced."""
        if self._secret is not None:
            await close_session(self._secret)
        self._secret = self._kept = self.person = None
        self._cookie = ""

    async def read_again(self) -> None:
        """Read what another request of the same session has kept meanwhile."""
        if self._secret is not None:
            self._kept = await resume_session(self._secret, now=self._clock(), notes=self._notes)

    @property
    def _was_shown(self) -> bool:
        return message_id(self.data) in (self._shown, self._just_shown)

    @property
    def said(self) -> tuple[str, str] | None:
        """The kind and the text that the next page will show, still to be taken."""
        said = self.data.get(MESSAGE)
        return (str(said[0]), str(said[1])) if isinstance(said, list) else None

    @property
    def has_news(self) -> bool:
        """Whether the next page has something to say that none has shown."""
        return self.said is not None and not self._was_shown

    async def flash(
        self,
        text: str,
        kind: str = "success",
        *,
        left: str = "",
        undo: tuple[str, str] = ("", ""),
        settle: tuple[str, str] = ("", ""),
    ) -> None:
        """Say something on the next page.

        Args:
            kind: success, info, warning or error.
            left: what was left aside, and why.
            undo: where what was done is undone, and as long as when, in French.
            settle: where what was left aside is settled, and the words of the link, in French.
        """
        await self.keep(**{MESSAGE: [kind, text, left, secrets.token_urlsafe(8), *undo, *settle]})

    def take_flash(self) -> ShownMessage | None:
        """What is said on this page, once."""
        said = self.data.get(MESSAGE)
        if not isinstance(said, list) or self._was_shown:
            return None
        self._just_shown = message_id(self.data)
        # A session written by an earlier release has fewer parts.
        kind, text, left, _, *acts = (*said, *[""] * 6)[:8]
        return ShownMessage(str(kind), str(text), str(left), *(str(each) for each in acts))

    async def _replace(
        self,
        kind: SubjectKind,
        subject_id: UUID | None,
        service_id: UUID | None,
        data: Mapping[str, object],
        until: datetime | None = None,
    ) -> None:
        opened = await open_session(
            kind, subject_id, service_id, now=self._clock(), data=data, instead_of=self._secret, until=until
        )
        self._kept = opened.session
        self._secret = self._cookie = opened.secret
        self.person = await person_of(opened.session)

    def finish(self, message: Message) -> None:
        """Before the answer leaves: note what it shows and by which link, and hand over the new cookies."""
        cookies = []
        if self._just_shown and self._kept is not None:
            self._notes.show(self._kept.id_hash, self._just_shown)
            cookies.append(_cookie(SHOWN, self._just_shown))
        if message["type"] == "http.response.start" and message["status"] == HTTP_200_OK:
            self._note_entry()
        if self._cookie is not None:
            cookies.append(_cookie(COOKIE, self._cookie))
        if cookies:
            message["headers"] = [*message["headers"], *cookies]  # type: ignore[typeddict-item, typeddict-unknown-key]

    def _note_entry(self) -> None:
        link_id = self.person.link_id if self.person is not None else None
        if self._kept is not None and link_id is not None and ENTERED not in self._kept.data:
            self._notes.enter(self._kept.id_hash, link_id, self._clock())


def _cookie(name: str, value: str) -> tuple[bytes, bytes]:
    # No duration: the cookie ends with the browser's session, the row with its own times.
    ends = "" if value else "; Max-Age=0"
    return b"set-cookie", f"{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{ends}".encode()


class Sessions(ASGIMiddleware):
    """Puts a `WebSession` in the scope of every page, once what the site says of itself is known."""

    def __init__(
        self, clock: Callable[[], datetime], refresh: Callable[[], Awaitable[None]], notes: SessionNotes
    ) -> None:
        self._clock = clock
        self._refresh = refresh
        self._notes = notes

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Resume the session of the cookie, if any, and finish it when the answer begins."""
        start_clock(scope)
        await self._refresh()
        session = await self._read(scope)
        scope["state"][_STATE] = session

        async def send_finished(message: Message) -> None:
            if message["type"] == "http.response.start":
                session.finish(message)
            await send(message)

        await next_app(scope, receive, send_finished)

    async def _read(self, scope: Scope) -> WebSession:
        cookies = ASGIConnection[Any, Any, Any, Any](scope).cookies
        secret = cookies.get(COOKIE, "")
        if not WELL_FORMED.fullmatch(secret):
            return WebSession(None, None, None, clock=self._clock, notes=self._notes)
        kept = await resume_session(secret, now=self._clock(), notes=self._notes)
        person = None if kept is None else await person_of(kept)
        if kept is not None and person is None and kept.subject_kind is not SubjectKind.ANONYMOUS:
            # A closed account: its session is worth no more than an unknown identifier.
            kept = None
        return WebSession(secret, kept, person, clock=self._clock, notes=self._notes, shown=cookies.get(SHOWN, ""))


def session_of(connection: ASGIConnection[Any, Any, Any, Any]) -> WebSession:
    """The session of a page's request. Outside the pages it is a `KeyError`."""
    session: WebSession = connection.scope["state"][_STATE]
    return session


def session_in(scope: Scope) -> WebSession | None:
    """The session of a scope, or None where no middleware ran."""
    return scope["state"].get(_STATE)


def session_if_any(connection: ASGIConnection[Any, Any, Any, Any]) -> WebSession | None:
    """The session, or None where no middleware ran: an address that leads nowhere, the API."""
    return connection.scope["state"].get(_STATE)
