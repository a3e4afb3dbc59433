"""Pages in a real browser: the real server on a copy of the real demonstration, and every complaint is a failure.

A test asks for `visit`, which opens a page at a width, in a colour scheme, with or without scripts, signed in or not.
A violation of the content security policy, an error of a script, a missing file or a request to another site fails it.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, sync_playwright
from tests.browser.counter import PROPERTY, Counter
from tests.conftest import SERVER, copy_base, drop, run_on_server, url_of
from tests.scans.test_photo import code_of

from materiel.domain.accounts.session import SubjectKind
from materiel.store.accounts import user as users
from materiel.use_cases.accounts.session import open_session
from materiel.use_cases.process.running import running
from materiel.web.http.session import COOKIE

CHROMIUM = Path(os.environ.get("MATERIEL_TEST_CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ASKED = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
"""What axe looks for; without its list of all that passes, it takes half the time."""
SECRET_KEY = "une-clé-pour-les-tests-du-navigateur"
DEMO_MANAGER = "gestion@exemple.invalid"
START_SECONDS = 60

T = TypeVar("T")


def elsewhere(act: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine run in a thread of its own: here, the driver of the browser has its loop already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, act).result()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Demo:
    """The demonstration: its database, and what the command said of it (tokens, codes, links)."""

    base_url: str
    database: str
    told: dict[str, Any]


def environment(base_url: str, database_url: str, folder: Path) -> dict[str, str]:
    """The settings of the commands and of the server; nothing else of this process' settings goes through."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MATERIEL_")}
    return {
        **kept,
        "MATERIEL_BASE_URL": base_url,
        "MATERIEL_DATABASE_URL": database_url,
        "MATERIEL_DATA_DIR": str(folder),
        "MATERIEL_SECRET_KEY": SECRET_KEY,
    }


def materiel(*arguments: str, settings: dict[str, str]) -> str:
    """The output of a command that must succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "materiel", *arguments], env=settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demonstration made once, by the command that people run."""
    folder = tmp_path_factory.mktemp("demo")
    base_url = f"http://127.0.0.1:{free_port()}"
    if SERVER:
        database = f"demo_{uuid4().hex}"
        elsewhere(run_on_server(f"CREATE DATABASE {database}"))
        url = url_of(database)
    else:
        database = str(folder / "demo.sqlite3")
        url = f"sqlite:///{database}"
    settings = environment(base_url, url, folder)
    if SERVER:
        materiel("db", "upgrade", settings=settings)
    told = json.loads(materiel("demo", "--json", settings=settings))
    yield Demo(base_url, database, told)
    if SERVER:
        elsewhere(drop(database))


@dataclass(frozen=True)
class Site:
    """The server that a file of tests talks to, on its own copy of the demonstration."""

    url: str
    database_url: str
    settings: dict[str, str] = field(repr=False)
    told: dict[str, Any] = field(repr=False)

    def run(self, act: Callable[[], Awaitable[T]]) -> T:
        """The result of an asynchronous function that asks the site's database, in a thread of its own.

        `site.run(lambda: find_item("DEMO-ORD-004", actor=actor))`: for what a test must know or prepare.
        """

        async def inside() -> T:
            async with running(self.database_url, migrate=False):
                return await act()

        return elsewhere(inside())

    def command(self, *arguments: str) -> str:
        """The output of `materiel …` on the site's database."""
        return materiel(*arguments, settings=self.settings)

    def session(self, kind: SubjectKind, subject_id: UUID, service_id: UUID, **data: object) -> str:
        """The secret of a session opened for an account or a link, for the cookie of a browser."""
        now = datetime.now(UTC)
        return self.run(lambda: open_session(kind, subject_id, service_id, now=now, data=data)).secret

    def account_session(self, email: str = DEMO_MANAGER) -> str:
        """The same for the account of an address."""
        user = self.run(lambda: users.find_by_email(email))
        assert user is not None, f"no account {email}"
        return self.session(SubjectKind.ACCOUNT, user.id, user.service_id)


@contextmanager
def served(demo: Demo, folder: Path, **settings: str) -> Iterator[Site]:
    """`materiel serve` on a copy of the demonstration, with more settings if any."""
    if SERVER:
        database = f"site_{uuid4().hex}"
        elsewhere(run_on_server(f"CREATE DATABASE {database} TEMPLATE {demo.database}"))
        url = url_of(database)
    else:
        copy_base(demo.database, folder / "site.sqlite3")
        url = f"sqlite:///{folder}/site.sqlite3"
    given = environment(demo.base_url, url, folder) | settings
    port = demo.base_url.rpartition(":")[2]
    errors = (folder / "server.log").open("w")
    server = subprocess.Popen(
        [sys.executable, "-m", "materiel", "serve", "--port", port], env=given, stderr=errors, stdout=errors
    )
    try:
        wait_until_ready(demo.base_url, server, folder / "server.log")
        yield Site(demo.base_url, url, given, demo.told)
    finally:
        server.terminate()
        server.wait(15)
        errors.close()
        if SERVER:
            elsewhere(drop(database))


@pytest.fixture(scope="module")
def site(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The server that the tests of one file talk to."""
    with served(demo, tmp_path_factory.mktemp("site")) as running_site:
        yield running_site


def wait_until_ready(base_url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"{base_url}/readyz", timeout=2).close()
            return
        time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{log.read_text()}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. Without it the tests of the pages fail, and do not pass in silence."""
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing: run scripts/install test, or set MATERIEL_TEST_CHROMIUM", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS, chromium_sandbox=False)
        yield browser
        browser.close()


class Complaints:
    """What a browser complains of, none of which a test may leave behind."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self.found: list[str] = []

    def watch(self, context: BrowserContext) -> None:
        """Listen to every page of a browser."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.found.append(f"script: {error.error}"))
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # An answer of 404 or 422 is told by the page; a file that is missing is found by its answer.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.found.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        # The browser shows a PDF by a page of its own.
        own = ("data:", "blob:", "about:", "chrome:", "chrome-extension:")
        if not request.url.startswith((f"{self._origin}/", *own)):
            self.found.append(f"another site: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 500 or (response.status >= 400 and response.request.resource_type != "document"):
            self.found.append(f"{response.status}: {response.url}")


Visit = Callable[..., Page]


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Visit]:
    """Opens a page: `visit("/parc", width=320, scheme="dark", js=False, account="gestion@exemple.invalid")`.

    `session` is the secret of another kind of session (`site.session(…)`); `options` go to the browser's context
    (`permissions`, `storage_state`…). Each call is a browser of its own, without a cookie unless signed in.
    """
    complaints = Complaints(site.url)
    contexts: list[BrowserContext] = []

    def open_page(
        path: str = "/",
        *,
        width: int = 1280,
        height: int = 800,
        scheme: str = "light",
        js: bool = True,
        account: str | None = None,
        session: str | None = None,
        **options: Any,
    ) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
            java_script_enabled=js,
            locale="fr-FR",
            timezone_id="Europe/Paris",
            reduced_motion="reduce",
            has_touch=width < 600,
            base_url=site.url,
            **options,
        )
        contexts.append(context)
        complaints.watch(context)
        secret = site.account_session(account) if account else session
        if secret:
            sign_in(context, site, secret)
        page = context.new_page()
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints.found == []


Camera = Callable[..., Page]


@pytest.fixture
def camera(chromium: Browser, site: Site, tmp_path: Path) -> Iterator[Camera]:
    """Opens a page in a browser whose camera films a label: `camera(address, "/scanner", session, local=False)`.

    `local`: the browser reads codes by itself, as some phones do; otherwise the server reads the pictures.
    """
    complaints = Complaints(site.url)
    browsers: list[Browser] = []

    def film(address: str, path: str, session: str, *, local: bool, width: int = 390) -> Page:
        flags = [
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={film_of(address, tmp_path)}",
        ]
        filming = chromium.browser_type.launch(
            executable_path=str(CHROMIUM), args=[*FLAGS, *flags], chromium_sandbox=False
        )
        browsers.append(filming)
        context = filming.new_context(
            base_url=site.url, permissions=["camera"], viewport={"width": width, "height": 800}
        )
        complaints.watch(context)
        sign_in(context, site, session)
        page = context.new_page()
        if local:
            page.add_init_script(
                "window.BarcodeDetector = class { static getSupportedFormats() { return Promise.resolve(['qr_code']) }"
                f" detect() {{ return Promise.resolve([{{ rawValue: {address!r} }}]) }} }}"
            )
        page.goto(path)
        return page

    yield film
    for each in browsers:
        each.close()
    assert complaints.found == []


def film_of(address: str, folder: Path) -> Path:
    """One second of a label under the camera, as Chromium's fake camera reads it."""
    frame = Image.new("L", (640, 480), 220)
    frame.paste(code_of(address, 300), (170, 90))
    grey = bytes([128]) * (frame.width // 2 * (frame.height // 2))
    header = f"YUV4MPEG2 W{frame.width} H{frame.height} F10:1 Ip A1:1 C420jpeg\n".encode()
    film = folder / f"{sum(address.encode())}.y4m"
    film.write_bytes(header + (b"FRAME\n" + frame.tobytes() + grey + grey) * 10)
    return film


def sign_in(context: BrowserContext, site: Site, secret: str) -> None:
    """Give a browser the cookie of a session."""
    # A secure cookie is set as over HTTPS, and sent to this machine over HTTP all the same.
    url = site.url.replace("http:", "https:")
    context.add_cookies(
        [{"name": COOKIE, "value": secret, "url": url, "secure": True, "httpOnly": True, "sameSite": "Lax"}]
    )


def check_accessibility(page: Page, within: str = "") -> None:
    """No violation of WCAG 2.2 A and AA nor of axe's good practices, and no horizontal scroll.

    `within`: a selector, for a part of the page alone.
    """
    # Half a megabyte, handed over once for a page that is looked at twice.
    axe = Axe("") if page.evaluate("'axe' in window") else Axe()
    found = axe.run(page, context=within or None, options=ASKED)
    told = [
        f"{rule['id']} ({rule['impact']}): {rule['help']} {[node['target'] for node in rule['nodes']][:4]}"
        for rule in found.response["violations"]
    ]
    assert told == [], f"{page.url}\n" + "\n".join(told)
    check_no_sideways_scroll(page)


def check_no_sideways_scroll(page: Page) -> None:
    """WCAG 1.4.10: everything holds in the width."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} pixels too wide"


# WCAG 1.4.12, as a constructed style sheet: the content security policy stays on.
_SPACING = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important } p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
}"""


def space_text(page: Page) -> None:
    """Spread the text as some readers need it."""
    page.evaluate(_SPACING)


@pytest.fixture
def count(record_property: Callable[[str, object], None]) -> Iterator[Callable[[str, int], Counter]]:
    """`journey = count("Prêter un matériel", 8)`: acts, counts, and fails above what is permitted."""
    counters: list[Counter] = []

    def begin(journey: str, at_most: int) -> Counter:
        counters.append(Counter(journey, at_most))
        return counters[-1]

    yield begin
    for counter in counters:
        record_property(PROPERTY, counter.sentence)
        assert counter.total <= counter.at_most, counter.sentence
