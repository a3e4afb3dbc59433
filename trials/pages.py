"""The pages as a browser without script uses them: links, forms, cookies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

CSRF = "_csrf"


@dataclass(slots=True)
class Field:
    """One field of a form. `options` are the values of a list, or of the boxes that share a name."""

    name: str
    kind: str
    value: str = ""
    checked: bool = False
    options: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Form:
    """One form of a page; `action` is an address of the site, `fields` are in the order of the page."""

    action: str
    method: str
    multipart: bool
    fields: list[Field]

    @property
    def key(self) -> tuple[str, ...]:
        """What tells forms that ask for the same things: the fields, whatever the record."""
        return (self.method, *sorted({each.name for each in self.fields}))

    def values(self, **changes: str | Sequence[str]) -> dict[str, list[str]]:
        """What a browser would send of the form as it stands, with some fields changed."""
        sent: dict[str, list[str]] = {}
        for each in self.fields:
            if each.kind in ("file", "submit") or (each.kind in ("checkbox", "radio") and not each.checked):
                continue
            sent.setdefault(each.name, []).append(each.value)
        for name, value in changes.items():
            sent[name] = [value] if isinstance(value, str) else list(value)
        return sent

    @property
    def files(self) -> list[str]:
        """The names of the fields that take a file."""
        return [each.name for each in self.fields if each.kind == "file"]


@dataclass(frozen=True, slots=True)
class Page:
    """One page read."""

    path: str
    status_code: int
    text: str
    links: tuple[str, ...]
    forms: tuple[Form, ...]

    def form(self, ending: str) -> Form:
        """The form that is sent to an address of this ending.

        Raises:
            LookupError: there is none.
        """
        for each in self.forms:
            if each.action.endswith(ending):
                return each
        raise LookupError(f"{self.path} has no form to {ending}: {[each.action for each in self.forms]}")


class _Reader(HTMLParser):
    """Collects links and forms; a field outside a form is nobody's."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._list: Field | None = None
        self._area: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in told:
            self.links.append(urljoin(self.path, told["href"]))
        elif tag == "form":
            action = urljoin(self.path, told.get("action") or self.path)
            multipart = told.get("enctype") == "multipart/form-data"
            self._form = Form(action, told.get("method", "get").lower(), multipart, [])
            self.forms.append(self._form)
        elif self._form is not None:
            self._field(tag, told, self._form)

    def _field(self, tag: str, told: dict[str, str], form: Form) -> None:
        name = told.get("name", "")
        if tag in ("input", "button") and name:
            kind = told.get("type", "text" if tag == "input" else "submit")
            value = told.get("value", "on" if kind in ("checkbox", "radio") else "")
            form.fields.append(Field(name, kind, value, checked="checked" in told))
        elif tag == "select" and name:
            self._list = Field(name, "select")
            form.fields.append(self._list)
        elif tag == "textarea" and name:
            self._area = Field(name, "textarea")
            form.fields.append(self._area)
        elif tag == "option" and self._list is not None:
            value = told.get("value", "")
            self._list.options.append(value)
            if "selected" in told or len(self._list.options) == 1:
                self._list.value = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._list = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value += data


def read_page(path: str, status: int, text: str) -> Page:
    """The links and the forms of a page; addresses are made absolute within the site."""
    reader = _Reader(path)
    reader.feed(text)
    here = [link for link in reader.links if not urlsplit(link).netloc and urlsplit(link).scheme == ""]
    return Page(path, status, text, tuple(dict.fromkeys(here)), tuple(reader.forms))


def visitor(base_url: str, **options: Any) -> httpx.AsyncClient:
    """A client that gives secure cookies back on the loopback interface too, as Firefox and Chromium do."""

    async def give(request: httpx.Request) -> None:
        if kept := "; ".join(f"{each.name}={each.value}" for each in client.cookies.jar):
            request.headers["Cookie"] = kept

    client = httpx.AsyncClient(base_url=base_url, event_hooks={"request": [give]}, **options)
    return client


class Browser:
    """Somebody before the pages, with the cookies that they give."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        """`http` is a `visitor`."""
        self.http = http

    async def get(self, path: str) -> Page:
        """Read a page, wherever its address leads."""
        return self.read(await self.http.get(path, follow_redirects=True))

    @staticmethod
    def read(answer: httpx.Response) -> Page:
        """The page of an answer; anything else than HTML has neither links nor forms."""
        return read_page(str(answer.url.raw_path, "ascii"), answer.status_code, _text(answer))

    async def send(
        self,
        form: Form,
        values: Mapping[str, Sequence[str]],
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
    ) -> httpx.Response:
        """Send a form as its page says; the redirection that follows is given, not followed."""
        data: dict[str, Any] = {name: list(several) for name, several in values.items()}
        if form.method == "get":
            return await self.http.get(form.action, params=data)
        if form.multipart:
            # Without any file httpx would send the fields alone, and not in parts.
            parts = dict(files or {"": ("", b"", "application/octet-stream")})
            return await self.http.post(form.action, data=data, files=parts)
        return await self.http.post(form.action, data=data)

    async def log_in(self, email: str, password: str) -> None:
        """Come in by the page of connection; whoever is in already is led elsewhere, and stays in.

        Raises:
            RuntimeError: the account was refused.
        """
        page = await self.get("/connexion")
        if urlsplit(page.path).path != "/connexion":
            return
        form = page.form("/connexion")
        answer = await self.send(form, form.values(email=email, password=password))
        if answer.status_code != 303:
            raise RuntimeError(f"{email} could not log in: {answer.status_code}")


def _text(answer: httpx.Response) -> str:
    return answer.text if answer.headers.get("content-type", "").startswith("text/html") else ""
