"""What the client of the identity provider refuses, and why: its pages tell people one sentence only."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from tests.stage.refusals import refused
from tests.web.conftest import NOW
from tests.web.proconnect import CLIENT_ID, CLIENT_SECRET, ISSUER, Provider

from materiel.errors import RuleBroken, Unavailable
from materiel.web.http.oidc import OidcClient


@pytest.fixture
def provider() -> Provider:
    made = Provider()
    made.now = int(NOW.timestamp())
    return made


def client(transport: httpx.AsyncBaseTransport) -> OidcClient:
    return OidcClient(
        issuer=ISSUER,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        redirect_uri="https://pret.example.fr/connexion/identite/retour",
        http=httpx.AsyncClient(transport=transport),
    )


async def go_and_come_back(oidc: OidcClient, provider: Provider, **falsified: str) -> None:
    asked = await oidc.begin(now=NOW)
    answer = dict(parse_qsl(urlsplit(await provider.log_in(asked.url)).query))
    identity, _ = await oidc.finish({**answer, **falsified}, asked.kept, now=NOW)
    assert identity.subject == "agent-1"


async def test_somebody_who_logged_in_there_is_known_here(provider: Provider) -> None:
    await go_and_come_back(client(provider.transport), provider)


@pytest.mark.parametrize(
    ("falsified", "reason"),
    [
        ({"state": "x" * 43}, "another state"),
        ({"error": "access_denied"}, "refused by the provider"),
        ({"code": "code-9"}, "answer 400"),
    ],
    ids=["state", "error", "code"],
)
async def test_a_falsified_return_is_refused(provider: Provider, falsified: dict[str, str], reason: str) -> None:
    with refused(RuleBroken, "provider.refused") as caught:
        await go_and_come_back(client(provider.transport), provider, **falsified)
    assert caught.value.facts == {"reason": reason}


async def test_a_description_of_another_issuer_is_refused(provider: Provider) -> None:
    provider.extra_description = {"issuer": "https://ailleurs.fr"}
    with refused(RuleBroken, "provider.refused") as caught:
        await client(provider.transport).begin(now=NOW)
    assert caught.value.facts == {"reason": "another issuer"}


async def test_a_provider_that_does_not_answer_is_unreachable() -> None:
    async def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("no answer", request=request)

    with refused(Unavailable, "provider.unreachable"):
        await client(httpx.MockTransport(refuse)).begin(now=NOW)
