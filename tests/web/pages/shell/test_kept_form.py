"""A form outlives its session: given back to the same account, never to another, never written by itself."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import httpx
import pytest
from litestar import Litestar
from tests.use_cases import loan_cast as cast
from tests.use_cases.accounts.account_cast import VISIT
from tests.web.conftest import StoppedClock
from tests.web.pages.cast import Accounts, csrf_of, hidden_of, text_of

from materiel.domain.accounts.roles import Role
from materiel.store.engine.database import fetch
from materiel.use_cases.accounts.credential import choose_password, invite_user, read_invitation
from materiel.use_cases.accounts.user import CreateUser, create_user
from materiel.web.http.kept_form import MOST_CHARACTERS
from materiel.web.http.session import COOKIE

PASSWORD = "cartable-bleu-2026"
PAGE = "/materiels/nouveau"
ORIGIN = "https://127.0.0.1:8000"
TYPED = {"inventory_number": "35-2026-09999", "designation": "Loupe de l'atelier", "ownership": "state"}


class Browser(httpx.AsyncClient):
    """Keeps its own cookie and says from which page a form comes, as browsers do."""

    async def log_in(self, email: str, page: str = "/connexion") -> httpx.Response:
        shown = await self.get(page)
        data = {**{name: values[0] for name, values in hidden_of(shown.text, "/connexion").items()}}
        return await self.post("/connexion", data={**data, "email": email, "password": PASSWORD})


@pytest.fixture
async def browser(app: Litestar, accounts: Accounts) -> Browser:
    for email in ("claire@exemple.fr", "denis@exemple.fr"):
        await create_user(CreateUser(email=email, name=email, role=Role.MANAGER), actor=accounts.actor, now=cast.NOW)
        made = await invite_user(email, actor=accounts.actor, base_url=ORIGIN, secret_key="k" * 32, now=cast.NOW)
        invited = await read_invitation(made.url.rpartition("/")[2], secret_key="k" * 32, now=cast.NOW)
        await choose_password(invited.user.id, invited.proof, PASSWORD, PASSWORD, visit=VISIT, now=cast.NOW)
    return Browser(transport=httpx.ASGITransport(app=app, raise_app_exceptions=False), base_url=ORIGIN)


async def send(browser: Browser, fields: dict[str, str], **more: object) -> httpx.Response:
    return await browser.post(PAGE, data=fields, headers={"Referer": f"{ORIGIN}{PAGE}"}, **more)  # type: ignore[arg-type]


async def filled(browser: Browser) -> dict[str, str]:
    """What a browser would send of the page, typed in."""
    shown = await browser.get(PAGE)
    hidden = {name: values[0] for name, values in hidden_of(shown.text, PAGE).items()}
    return {**hidden, **TYPED}


async def expired(browser: Browser, clock: StoppedClock, hours: float, **more: str) -> httpx.Response:
    assert (await browser.log_in("claire@exemple.fr")).status_code == 303
    fields = await filled(browser)
    clock.now += timedelta(hours=hours)
    return await send(browser, {**fields, **more})


@pytest.mark.parametrize("hours", [5, 14])
async def test_what_was_typed_is_given_back_to_the_same_account(
    browser: Browser, stopped_clock: StoppedClock, hours: float
) -> None:
    led = await expired(browser, stopped_clock, hours, password_again="secret")
    assert led.status_code == 303
    assert led.headers["location"].startswith("/connexion?")
    login = await browser.get(led.headers["location"])
    assert "Votre connexion avait expiré : rien n'a été enregistré." in text_of(login)
    kept = " ".join(str(dict(row)) for row in await fetch("SELECT data FROM session"))
    assert "Loupe" not in kept
    back = await browser.log_in("claire@exemple.fr", led.headers["location"])
    assert back.headers["location"] == PAGE
    page = await browser.get(PAGE)
    assert "Ce que vous aviez saisi est de nouveau dans la page" in text_of(page)
    typed = dict(re.findall(r'name="(inventory_number|designation)" type="text" value="([^"]*)"', page.text))
    assert {name: html.unescape(value) for name, value in typed.items()} | {"ownership": "state"} == TYPED
    assert await fetch("SELECT id FROM item WHERE inventory_number = '35-2026-09999'") == []
    assert "35-2026-09999" not in (await browser.get(PAGE)).text, "it is given back once"
    fields = {**TYPED, "_csrf": csrf_of(page.text)}
    assert (await send(browser, fields)).status_code == 303
    assert len(await fetch("SELECT id FROM item WHERE inventory_number = '35-2026-09999'")) == 1


async def test_another_account_finds_nothing_of_it(browser: Browser, stopped_clock: StoppedClock) -> None:
    led = await expired(browser, stopped_clock, 5)
    back = await browser.log_in("denis@exemple.fr", led.headers["location"])
    page = await browser.get(back.headers["location"])
    assert page.status_code == 200
    assert "Loupe" not in page.text
    assert "saisi est de nouveau" not in text_of(page)


async def test_a_form_that_is_not_ours_or_too_long_is_not_kept(browser: Browser, stopped_clock: StoppedClock) -> None:
    led = await expired(browser, stopped_clock, 5, designation="x" * MOST_CHARACTERS)
    assert "suite" not in led.headers["location"]
    assert "Connectez-vous, puis recommencez." in text_of(await browser.get(led.headers["location"]))
    foreign = {**TYPED, "_csrf": "0" * 64, "_compte": f"{cast.CHILD}.{'0' * 64}"}
    assert (await send(browser, foreign)).headers["location"] == "/connexion?motif=formulaire"
    assert await fetch("SELECT id_hash FROM session WHERE subject_kind = 'anonymous' AND data LIKE '%kept_form%'") == []


async def test_files_are_said_to_be_left_out(browser: Browser, stopped_clock: StoppedClock) -> None:
    assert (await browser.log_in("claire@exemple.fr")).status_code == 303
    fields = await filled(browser)
    stopped_clock.now += timedelta(hours=5)
    led = await send(browser, fields, files={"photo": ("a.png", b"PNG", "image/png")})
    await browser.log_in("claire@exemple.fr", led.headers["location"])
    assert "Les fichiers sont à joindre de nouveau." in text_of(await browser.get(PAGE))


async def test_asking_for_a_page_says_why_one_logs_in(browser: Browser) -> None:
    led = await browser.get(PAGE)
    assert "votre connexion a expiré" in text_of(await browser.get(led.headers["location"]))
    assert "expiré" not in text_of(await browser.get("/connexion"))
    assert COOKIE in browser.cookies
