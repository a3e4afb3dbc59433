"""A service that requires a second factor: an account without one sets it up first, and reaches nothing else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from tests.web.conftest import serving, set_up, settings_for
from tests.web.pages.conftest import Clock, SignedIn, Visitor, set_up_second_factor, text_of

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.session import SubjectKind
from materiel.store.accounts import session as sessions
from materiel.store.accounts import user as users
from materiel.use_cases.accounts.second_factor_rule import set_second_factor_rule
from materiel.web.audience import SECOND_FACTOR, Audience
from materiel.web.http.session import COOKIE

USERS = "/reglages/comptes"


@pytest.fixture
async def app(migrated_url: str, tmp_path: Path, clock: Clock) -> AsyncIterator[Litestar]:
    """The application at the time of the test's clock."""
    async with serving(set_up(settings_for(migrated_url, tmp_path), clock)) as application:
        yield application


async def test_an_administrator_requires_it_and_is_led_to_set_it_up_first(admin_page: Visitor, clock: Clock) -> None:
    page = await admin_page.get(USERS)
    assert "1 compte ouvert sur 1 n'en a pas." in text_of(page)
    asked = await admin_page.send_form(USERS, f"{USERS}/second-facteur", required="oui")
    assert (asked.status_code, asked.headers["location"]) == (303, USERS)
    led = await admin_page.get(USERS)
    assert (led.status_code, led.headers["location"]) == (303, SECOND_FACTOR)
    assert "Votre service exige un second facteur" in text_of(await admin_page.get(SECOND_FACTOR))
    assert (await set_up_second_factor(admin_page, clock.now)).status_code == 200
    after = await admin_page.get(USERS)
    assert after.status_code == 200
    assert "Tous les comptes ouverts en ont un." in text_of(after)
    await admin_page.send_form(USERS, f"{USERS}/second-facteur")
    assert "Au choix de chacun" in text_of(await admin_page.get(USERS))


async def test_before_it_no_page_and_no_form_is_reached(
    app: Litestar, service: Actor, manager_page: Visitor, clock: Clock
) -> None:
    await set_second_factor_rule(is_required=True, actor=service, now=clock.now)
    token = await manager_page.token(SECOND_FACTOR)
    walked = 0
    for route in app.routes:
        assert isinstance(route, HTTPRoute)
        for handler in route.route_handlers:
            if handler.opt.get("audience") is not Audience.ACCOUNT or handler.opt.get("before_second_factor"):
                continue
            numbered = re.sub(r"\{\w+:int\}", "1", route.path)
            path = re.sub(r"\{\w+:(\w+)\}", lambda kind: "0" * 8 + "-0000" * 3 + "-" + "0" * 12, numbered)
            for method in set(handler.http_methods) - {"OPTIONS", "HEAD"}:
                answer = await manager_page.request(method, path, data={"_csrf": token})
                assert (answer.status_code, answer.headers.get("location")) == (303, SECOND_FACTOR), (method, path)
                walked += 1
    assert walked > 100
    stranger = await manager_page.get("/q/0123456789ABC")
    assert "Vous avez trouvé cet objet" in text_of(stranger), "a label leads an account nowhere either"
    shown = await manager_page.get("/aide")
    assert 'href="/materiels"' not in shown.text
    assert "Se déconnecter" in shown.text


async def test_setting_it_up_renews_the_session_and_closes_the_others(
    service: Actor, signed_in: SignedIn, clock: Clock
) -> None:
    browser = await signed_in(Role.MANAGER)
    user = await users.by_email("manager@exemple.fr", service.service_id)
    await set_second_factor_rule(is_required=True, actor=service, now=clock.now)
    former = browser.cookies.get(COOKIE, domain="127.0.0.1", path="/")
    assert "codes de secours" in text_of(await set_up_second_factor(browser, clock.now))
    now_held = browser.cookies.get(COOKIE, domain="127.0.0.1", path="/")
    assert now_held not in {None, former}
    assert len(await sessions.of_subject(SubjectKind.ACCOUNT, str(user.id))) == 1
    assert (await browser.get("/materiels")).status_code == 200
    browser.cookies.set(COOKIE, former or "", domain="127.0.0.1", path="/")
    assert (await browser.get("/materiels")).headers["location"] == "/connexion?suite=/materiels"


async def test_only_an_administrator_requires_it(manager_page: Visitor) -> None:
    answer = await manager_page.send_form("/compte", f"{USERS}/second-facteur", required="oui")
    assert answer.status_code == 403
