"""Whoever tries passwords is slowed down, and keeps nobody else out; IPv6 counts by network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from litestar import Litestar
from tests.use_cases.accounts.account_cast import PASSWORD, SECRET_KEY, VISIT
from tests.web.conftest import StoppedClock
from tests.web.pages.conftest import Visitor, make_account, text_of

from materiel.domain.accounts.attempt import PAIR
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.user import User
from materiel.use_cases.accounts.credential import choose_password, invite_user, read_invitation
from materiel.web.http.visit import DEVICE, WRONG_SECRETS, wrong_secrets

ORIGIN = "https://127.0.0.1:8000"
From = Callable[[str], Visitor]


@pytest.fixture
async def owner(app: Litestar, service: Actor, stopped_clock: StoppedClock) -> User:
    """Camille, who chose a password in a browser that is not among those of the tests."""
    user = await make_account(service, Role.MANAGER, "camille@exemple.fr")
    now = stopped_clock()
    link = await invite_user(user.email, actor=service, base_url=ORIGIN, secret_key=SECRET_KEY, now=now)
    invited = await read_invitation(link.url.rpartition("/")[2], secret_key=SECRET_KEY, now=now)
    return await choose_password(user.id, invited.proof, PASSWORD, PASSWORD, visit=VISIT, now=now)


@pytest.fixture
async def visitor_from(app: Litestar) -> AsyncIterator[From]:
    """Gives one more browser, at an address."""
    opened: list[Visitor] = []

    def browser(address: str) -> Visitor:
        transport = httpx.ASGITransport(app=app, client=(address, 1), raise_app_exceptions=False)
        opened.append(Visitor(transport=transport, base_url=ORIGIN))
        return opened[-1]

    yield browser
    for each in opened:
        await each.aclose()


async def log_in(visitor: Visitor, password: str = PASSWORD) -> httpx.Response:
    return await visitor.send_form("/connexion", email="camille@exemple.fr", password=password)


async def test_eleven_wrong_passwords_of_a_stranger_do_not_keep_the_owner_out(
    owner: User, visitor_from: From, stopped_clock: StoppedClock
) -> None:
    stranger = visitor_from("192.0.2.66")
    answers = [await log_in(stranger, f"faux {number}") for number in range(11)]
    assert [each.status_code for each in answers] == [422] * PAIR.free + [429] * (11 - PAIR.free)
    assert answers[-1].headers["retry-after"] == "30"
    assert "Trop d'essais. Attendez 30 secondes, puis recommencez." in text_of(answers[-1])
    assert (await log_in(stranger)).status_code == 429, "the right password waits too, where wrong ones came from"
    assert (await log_in(visitor_from("198.51.100.7"))).status_code == 303
    stopped_clock.now += PAIR.first
    assert (await log_in(stranger, "faux")).status_code == 422
    assert (await log_in(stranger, "faux")).headers["retry-after"] == "60"


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:aaaa::9", 429),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", 303),
        ("::ffff:192.0.2.1", "192.0.2.1", 429),
    ],
    ids=["one /64", "two networks", "mapped"],
)
async def test_addresses_of_one_network_are_one(
    owner: User, visitor_from: From, first: str, second: str, status: int
) -> None:
    stranger = visitor_from(first)
    for _ in range(PAIR.free):
        await log_in(stranger, "faux")
    assert (await log_in(visitor_from(second))).status_code == status


async def test_a_device_that_came_in_before_is_not_slowed_down_by_its_neighbours(
    owner: User, visitor_from: From
) -> None:
    mine, neighbour = visitor_from("192.0.2.1"), visitor_from("192.0.2.1")
    given = await log_in(mine)
    cookie = next(each for each in given.headers.get_list("set-cookie") if each.startswith(DEVICE))
    for promised in ("Secure", "HttpOnly", "Path=/", "SameSite=lax", "Max-Age=34560000"):
        assert promised in cookie
    assert "Domain" not in cookie
    await mine.send_form("/compte", "/deconnexion")
    for _ in range(PAIR.free):
        await log_in(neighbour, "faux")
    assert (await log_in(neighbour)).status_code == 429
    again = await log_in(mine)
    assert again.status_code == 303
    assert cookie in again.headers.get_list("set-cookie"), "the same device keeps its cookie"


async def test_links_are_not_tried_for_ever_and_a_right_one_still_opens(app: Litestar, visitor_from: From) -> None:
    app.state[WRONG_SECRETS] = wrong_secrets()
    script, passer_by = visitor_from("2001:db8:66::1"), visitor_from("2001:db8:67::1")
    paths = ("/f/inconnu", "/e/inconnu", "/invitation/inconnue", "/f/inconnu/A-1")
    answers = [await script.get(paths[number % 4]) for number in range(int(wrong_secrets().burst) * 2)]
    statuses = [each.status_code for each in answers]
    assert set(statuses) == {404, 429}
    assert 429 not in statuses[: int(wrong_secrets().burst)]
    assert int(answers[statuses.index(429)].headers["retry-after"]) >= 1
    assert (await passer_by.get("/f/inconnu")).status_code == 404
