"""Agents who come in through an identity provider as strict as ProConnect."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from litestar import Litestar
from tests.web.conftest import serving, set_up, settings_for
from tests.web.pages.conftest import ORIGIN, Clock, Visitor, make_account, set_up_second_factor, text_of
from tests.web.proconnect import CLIENT_ID, CLIENT_SECRET, ISSUER, Provider

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.user import User
from materiel.store.accounts import credential as credentials
from materiel.use_cases.accounts.second_factor_rule import set_second_factor_rule
from materiel.use_cases.accounts.user import disable_user, list_users
from materiel.web.audience import SECOND_FACTOR

START = "/connexion/identite"
FAILED = "L'identification n'a pas abouti"


@pytest.fixture
def provider(clock: Clock) -> Provider:
    made = Provider()
    made.now = int(clock.now.timestamp())
    return made


@pytest.fixture
async def app(migrated_url: str, tmp_path: Path, clock: Clock, provider: Provider) -> AsyncIterator[Litestar]:
    """The application with its provider."""
    settings = replace(
        settings_for(migrated_url, tmp_path),
        base_url=ORIGIN,
        oidc_issuer=ISSUER,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
    )
    async with serving(set_up(settings, clock, provider.transport)) as application:
        yield application


@pytest.fixture
async def manager(service: Actor) -> User:
    return await make_account(service, Role.MANAGER, "camille@exemple.fr")


async def go_there(visitor: Visitor, provider: Provider, wanted: str = "/") -> str:
    """From the link to the provider, and the path that it sends back to."""
    asked = await visitor.get(START, params={"suite": wanted})
    assert asked.status_code == 303
    return (await provider.log_in(asked.headers["location"])).removeprefix(ORIGIN)


async def come_in(visitor: Visitor, provider: Provider, wanted: str = "/") -> httpx.Response:
    return await visitor.get(await go_there(visitor, provider, wanted))


def assert_refused(answer: httpx.Response, sentence: str = FAILED) -> None:
    assert answer.status_code == 422
    assert sentence in text_of(answer)


async def test_the_login_offers_the_provider_by_a_link(visitor: Visitor) -> None:
    page = await visitor.get("/connexion?suite=/compte")
    assert 'href="/connexion/identite?suite=/compte"' in page.text
    assert "S'identifier avec ProConnect" in text_of(page)


async def test_an_account_is_attached_once_by_its_verified_address(
    visitor: Visitor, visitor_of: Callable[[], Visitor], provider: Provider, manager: User
) -> None:
    answer = await come_in(visitor, provider, "/compte")
    assert (answer.status_code, answer.headers["location"]) == (303, "/compte")
    assert manager.name in text_of(await visitor.get("/compte"))
    assert await credentials.account_of_identity(ISSUER, "agent-1") == manager.id
    provider.person["email"] = "nouvelle.adresse@exemple.fr"
    again = visitor_of()
    assert (await come_in(again, provider)).status_code == 303
    provider.person = {"sub": "agent-2", "email": "camille@exemple.fr", "email_verified": True}
    assert_refused(await come_in(visitor_of(), provider), "Aucun compte de ce site")


async def test_a_login_makes_no_account(visitor: Visitor, provider: Provider, service: Actor) -> None:
    assert_refused(await come_in(visitor, provider), "Aucun compte de ce site")
    assert await list_users(actor=service) == []


@pytest.mark.parametrize("verified", [False, None, "true"])
async def test_an_address_that_the_provider_does_not_vouch_for_attaches_nothing(
    visitor: Visitor, provider: Provider, manager: User, verified: object
) -> None:
    provider.person["email_verified"] = verified
    assert_refused(await come_in(visitor, provider), "Aucun compte de ce site")
    assert not await credentials.has_identity(manager.id, ISSUER)


async def test_a_closed_account_stays_out(
    visitor: Visitor, provider: Provider, manager: User, service: Actor, clock: Clock
) -> None:
    assert (await come_in(visitor, provider)).status_code == 303
    await disable_user(manager.email, actor=service, now=clock.now)
    assert_refused(await come_in(visitor, provider), "Aucun compte de ce site")


@pytest.mark.parametrize(
    "forged",
    [
        {"aud": "un autre site"},
        {"iss": "https://ailleurs.fr"},
        {"nonce": "un autre nonce"},
        {"exp": 1},
        {"sub": "quelqu'un d'autre"},
    ],
    ids=lambda claims: next(iter(claims)),
)
async def test_a_token_for_something_else_is_refused(
    visitor: Visitor, provider: Provider, manager: User, forged: dict[str, object]
) -> None:
    provider.claims = forged
    assert_refused(await come_in(visitor, provider))
    assert (await visitor.get("/compte")).status_code == 303


async def test_userinfo_of_somebody_else_is_refused(visitor: Visitor, provider: Provider, manager: User) -> None:
    provider.info = {"sub": "agent-9"}
    assert_refused(await come_in(visitor, provider))


async def test_a_state_of_another_browser_is_refused(
    visitor: Visitor, visitor_of: Callable[[], Visitor], provider: Provider, manager: User
) -> None:
    back = await go_there(visitor, provider)
    stranger = visitor_of()
    assert_refused(await stranger.get(back))
    await go_there(stranger, provider)
    assert_refused(await stranger.get(back))


async def test_a_way_back_serves_once_and_not_too_late(
    visitor: Visitor, provider: Provider, manager: User, clock: Clock
) -> None:
    back = await go_there(visitor, provider)
    assert (await visitor.get(back)).status_code == 303
    assert_refused(await visitor.get(back))
    back = await go_there(visitor, provider)
    clock.advance(minutes=11)
    assert_refused(await visitor.get(back))


async def test_a_refusal_at_the_provider_is_told(visitor: Visitor, provider: Provider) -> None:
    asked = await visitor.get(START)
    state = parse_qs(urlsplit(asked.headers["location"]).query)["state"][0]
    assert_refused(await visitor.get("/connexion/identite/retour", params={"error": "access_denied", "state": state}))


async def test_the_keys_of_the_provider_may_change(
    visitor: Visitor, visitor_of: Callable[[], Visitor], provider: Provider, manager: User
) -> None:
    assert (await come_in(visitor, provider)).status_code == 303
    provider.change_key("k2")
    assert (await come_in(visitor_of(), provider)).status_code == 303


async def test_proconnect_gets_no_parameter_that_it_does_not_announce(visitor: Visitor, provider: Provider) -> None:
    address = (await visitor.get(START)).headers["location"]
    assert "code_challenge" not in address
    assert "claims=" not in address


async def test_pkce_is_sent_to_a_provider_that_announces_it(visitor: Visitor, provider: Provider) -> None:
    provider.extra_description = {"code_challenge_methods_supported": ["S256"], "scopes_supported": ["openid"]}
    asked = parse_qs(urlsplit((await visitor.get(START)).headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["scope"] == ["openid profile email"]
    assert len(asked["code_challenge"][0]) == 43


async def test_how_somebody_was_recognised_is_asked_where_it_may_be(visitor: Visitor, provider: Provider) -> None:
    provider.extra_description = {"claims_parameter_supported": True}
    asked = parse_qs(urlsplit((await visitor.get(START)).headers["location"]).query)
    assert json.loads(asked["claims"][0]) == {"id_token": {"amr": {"essential": True}}}


@pytest.mark.parametrize(
    ("methods", "counts"),
    [(["pwd", "mfa"], True), (["mfa"], True), (["pwd", "otp"], False), (["hwk"], False), ("mfa", False), (None, False)],
)
async def test_two_factors_at_the_provider_count_when_it_says_so(
    visitor: Visitor, provider: Provider, manager: User, service: Actor, clock: Clock, methods: object, counts: bool
) -> None:
    await set_second_factor_rule(is_required=True, actor=service, now=clock.now)
    provider.claims = {"amr": methods}
    assert (await come_in(visitor, provider, "/materiels")).headers["location"] == "/materiels"
    page = await visitor.get("/materiels")
    assert (page.status_code, page.headers.get("location")) == ((200, None) if counts else (303, SECOND_FACTOR))


async def test_an_account_without_a_password_sets_its_second_factor_up(
    visitor: Visitor, visitor_of: Callable[[], Visitor], provider: Provider, manager: User, service: Actor, clock: Clock
) -> None:
    await set_second_factor_rule(is_required=True, actor=service, now=clock.now)
    await come_in(visitor, provider)
    assert (await set_up_second_factor(visitor, clock.now)).status_code == 200
    assert (await visitor.get("/materiels")).status_code == 200
    await visitor.send_form("/compte", "/deconnexion")
    assert "/deconnexion/identite" in (await visitor.get("/deconnexion")).text, "the provider's session is still known"
    other = visitor_of()
    assert (await come_in(other, provider)).headers["location"] == "/connexion/second-facteur"


async def test_plain_userinfo_is_read_too(visitor: Visitor, provider: Provider, manager: User) -> None:
    provider.is_plain = True
    assert (await come_in(visitor, provider)).status_code == 303


async def test_leaving_offers_to_leave_the_provider_too(visitor: Visitor, provider: Provider, manager: User) -> None:
    await come_in(visitor, provider)
    assert (await visitor.send_form("/compte", "/deconnexion")).status_code == 303
    assert "/deconnexion/identite" in (await visitor.get("/deconnexion")).text
    left = await visitor.get("/deconnexion/identite")
    address = urlsplit(left.headers["location"])
    asked = parse_qs(address.query)
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{ISSUER}/session/end"
    assert asked["post_logout_redirect_uri"] == [f"{ORIGIN}/deconnexion"]
    assert asked["id_token_hint"][0].count(".") == 2
    assert (await visitor.get("/deconnexion/identite")).headers["location"] == "/deconnexion"
    assert (await visitor.get("/compte")).status_code == 303


async def test_a_provider_out_of_reach_leaves_the_password(visitor: Visitor, app: Litestar) -> None:
    async def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    app.state["oidc"].http = httpx.AsyncClient(transport=httpx.MockTransport(refuse))
    answer = await visitor.get(START)
    assert answer.status_code == 503
    assert "mot de passe" in text_of(answer)
