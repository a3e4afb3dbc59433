"""An OpenID Connect client for the accounts of agents, with what ProConnect asks for and refuses.

Authorization code flow, server side. ProConnect wants a state and a nonce of 32 characters at least, refuses a
parameter that it does not know (hence PKCE only where it is announced) and answers userinfo as a signed token.
Two factors at the provider count as two here, when it says so.

Source: OpenID Connect Core 1.0, § 3.1 and § 5.3; documentation for the service providers of ProConnect.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from materiel.errors import RuleBroken, Unavailable
from materiel.settings import Settings
from materiel.use_cases.accounts.login import Identity

SCOPES = "openid given_name usual_name email"
STANDARD_SCOPES = "openid profile email"
ALGORITHMS = ["RS256", "ES256"]
LONGEST_ROUND_TRIP = 600
"""Seconds that somebody may spend at the provider."""

CLOCK_DRIFT = 30
TIMEOUT = 5.0
# A code or a key alone is one factor, however strong: only « mfa » says that there were two (RFC 8176, § 2).
TWO_FACTORS = "mfa"
HOW_CLAIMS = json.dumps({"id_token": {"amr": {"essential": True}}})
"""ProConnect says how somebody was recognised (`amr`) only to whom asks."""

# ProConnect takes the address from the directory of the administration and says nothing of its verification; any other
# provider has to vouch for it.
VOUCHING_HOSTS = ("proconnect.gouv.fr", "agentconnect.gouv.fr")


@dataclass(frozen=True, slots=True)
class Request:
    """Where to send the browser, and what to keep in its session until it comes back."""

    url: str
    kept: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """What a provider says of whoever came back: of how they logged in, of themselves, and the token of their exit."""

    issuer: str
    claims: Mapping[str, Any]
    person: Mapping[str, Any]
    id_token: str = field(repr=False)


@dataclass(slots=True)
class OidcClient:
    """One provider, as one site sees it. Its description and its keys are read once and again when a key changes.

    `scopes` replaces those of agents, `acr_values` is the level that a provider wants to be asked for, and `otherwise`
    what else a person may do when it fails.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    http: httpx.AsyncClient
    scopes: str = ""
    acr_values: str = ""
    otherwise: str = "connectez-vous avec votre mot de passe"
    _description: dict[str, Any] | None = None
    _keys: KeySet | None = None

    async def begin(self, *, now: datetime) -> Request:
        """The address of the provider's login.

        Raises:
            Unavailable: `provider.unreachable`.
        """
        description = await self._describe()
        kept: dict[str, Any] = {
            "state": secrets.token_urlsafe(32),
            "nonce": secrets.token_urlsafe(32),
            "since": now.timestamp(),
        }
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self._scopes(description),
            "state": kept["state"],
            "nonce": kept["nonce"],
        }
        if self.acr_values:
            query["acr_values"] = self.acr_values
        if not self.scopes and (description.get("claims_parameter_supported") is True or self._vouches()):
            query["claims"] = HOW_CLAIMS
        if "S256" in description.get("code_challenge_methods_supported", ()):
            kept["verifier"] = secrets.token_urlsafe(48)
            digest = hashlib.sha256(kept["verifier"].encode()).digest()
            query["code_challenge"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            query["code_challenge_method"] = "S256"
        return Request(f"{description['authorization_endpoint']}?{urlencode(query)}", kept)

    async def finish(
        self, answer: Mapping[str, str], kept: Mapping[str, Any] | None, *, now: datetime
    ) -> tuple[Identity, str]:
        """The agent who came back from the provider, and the token to show it when leaving.

        Raises: what `recognise` refuses.
        """
        found = await self.recognise(answer, kept, now=now)
        identity = Identity(
            issuer=found.issuer,
            subject=found.claims["sub"],
            email=self._vouched_email(found.person),
            has_two_factors=_says_two_factors(found.claims.get("amr")),
        )
        return identity, found.id_token

    async def recognise(
        self, answer: Mapping[str, str], kept: Mapping[str, Any] | None, *, now: datetime
    ) -> ProviderAnswer:
        """What the provider says of whoever came back; what opens their account there is dropped.

        Args:
            answer: the query string that the browser brought back.
            kept: what `begin` asked to keep, taken out of the session: it serves once.

        Raises:
            RuleBroken: `provider.refused`: refused there, too late, forged, or not meant for this site.
            Unavailable: `provider.unreachable`.
        """
        if kept is None or now.timestamp() - kept["since"] > LONGEST_ROUND_TRIP:
            raise _refused("no request is under way")
        if not hmac.compare_digest(answer.get("state", "").encode(), str(kept["state"]).encode()):
            raise _refused("another state")
        if "error" in answer or "code" not in answer:
            raise _refused("refused by the provider")
        description = await self._describe()
        tokens = await self._exchange(description, answer["code"], kept.get("verifier"))
        claims = await self._read(
            tokens["id_token"],
            now,
            nonce={"essential": True, "value": kept["nonce"]},
            sub={"essential": True},
            exp={"essential": True},
        )
        person = await self._userinfo(description, tokens["access_token"], now)
        if person.get("sub") != claims["sub"]:
            raise _refused("userinfo of somebody else")
        return ProviderAnswer(description["issuer"], claims, person, tokens["id_token"])

    async def leave(self, id_token: str, back_to: str) -> str | None:
        """The address that ends the session at the provider too, if it has one."""
        end = (await self._describe()).get("end_session_endpoint")
        if not end:
            return None
        query = {
            "id_token_hint": id_token,
            "post_logout_redirect_uri": back_to,
            "state": secrets.token_urlsafe(32),
        }
        return f"{end}?{urlencode(query)}"

    async def _describe(self) -> dict[str, Any]:
        if self._description is None:
            description = _object(await self._ask("GET", f"{self.issuer}/.well-known/openid-configuration"))
            if str(description.get("issuer", "")).rstrip("/") != self.issuer:
                raise _refused("another issuer")
            self._description = description
        return self._description

    async def _key_set(self, *, again: bool) -> KeySet:
        if self._keys is None or again:
            description = await self._describe()
            keys: Any = _object(await self._ask("GET", description["jwks_uri"]))
            try:
                self._keys = KeySet.import_key_set(keys)
            except (JoseError, ValueError, LookupError, TypeError) as error:
                raise _refused("no keys") from error
        return self._keys

    async def _exchange(self, description: Mapping[str, Any], code: str, verifier: str | None) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
        if verifier is not None:
            form["code_verifier"] = verifier
        tokens = _object(await self._ask("POST", description["token_endpoint"], data=form))
        if not {"id_token", "access_token"} <= tokens.keys():
            raise _refused("no token")
        return tokens

    async def _userinfo(self, description: Mapping[str, Any], access_token: str, now: datetime) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {access_token}"}
        answer = await self._ask("GET", description["userinfo_endpoint"], headers=headers)
        if answer.headers.get("content-type", "").startswith("application/jwt"):
            return await self._read(answer.text, now)
        return _object(answer)

    async def _read(self, token: str, now: datetime, **wanted: Any) -> dict[str, Any]:
        """The claims of a token signed by the provider for this site."""
        description = await self._describe()
        registry = jwt.JWTClaimsRegistry(
            now=lambda: int(now.timestamp()),
            leeway=CLOCK_DRIFT,
            iss={"essential": True, "value": description["issuer"]},
            aud={"essential": True, "value": self.client_id},
            **wanted,
        )
        try:
            claims = await self._verify(token)
            registry.validate(claims)
        except JoseError as error:
            raise _refused("a token that is not for this site") from error
        return claims

    async def _verify(self, token: str) -> dict[str, Any]:
        try:
            return jwt.decode(token, await self._key_set(again=False), algorithms=ALGORITHMS).claims
        except (JoseError, ValueError, RecursionError):
            # The provider may have changed its keys since they were read.
            pass
        try:
            return jwt.decode(token, await self._key_set(again=True), algorithms=ALGORITHMS).claims
        except (JoseError, ValueError, RecursionError) as error:
            raise _refused("a signature of somebody else") from error

    async def _ask(self, method: str, url: str, **options: Any) -> httpx.Response:
        try:
            answer = await self.http.request(method, url, **options)
        except httpx.HTTPError as error:
            raise Unavailable(
                "provider.unreachable",
                f"Le service d'identification ne répond pas. Recommencez dans quelques instants, ou {self.otherwise}.",
            ) from error
        if answer.status_code >= 400:
            raise _refused(f"answer {answer.status_code}")
        return answer

    def _scopes(self, description: Mapping[str, Any]) -> str:
        """Those of the settings; else ProConnect's own claims where they exist, the standard ones elsewhere."""
        if self.scopes:
            return self.scopes
        return SCOPES if "usual_name" in description.get("scopes_supported", ()) or self._vouches() else STANDARD_SCOPES

    def _vouches(self) -> bool:
        host = urlsplit(self.issuer).hostname or ""
        return any(host == known or host.endswith(f".{known}") for known in VOUCHING_HOSTS)

    def _vouched_email(self, person: Mapping[str, Any]) -> str:
        is_verified = person.get("email_verified")
        if is_verified is True or (is_verified is None and self._vouches()):
            return str(person.get("email", "")).strip()
        return ""


def _object(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer; a provider that answers anything else, or nests it without end, is refused."""
    try:
        told = answer.json()
    except (ValueError, RecursionError) as error:
        raise _refused("an answer that is not JSON") from error
    if not isinstance(told, dict):
        raise _refused("an answer that is no object")
    return told


def _says_two_factors(methods: object) -> bool:
    return isinstance(methods, list) and TWO_FACTORS in methods


def _refused(reason: str) -> RuleBroken:
    """One sentence for people; the reason is for whoever reads the log of a test."""
    return RuleBroken(
        "provider.refused",
        "L'identification n'a pas abouti. Recommencez ; si elle échoue encore, connectez-vous avec votre mot de passe.",
        reason=reason,
    )


def client_of(settings: Settings, redirect_path: str, transport: httpx.AsyncBaseTransport | None) -> OidcClient | None:
    """The client of the provider in the settings, or None without one; `transport` leads elsewhere in the tests."""
    if not settings.oidc_issuer:
        return None
    return OidcClient(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        redirect_uri=settings.base_url + redirect_path,
        http=httpx.AsyncClient(transport=transport, timeout=TIMEOUT, follow_redirects=False),
    )


def family_client_of(
    settings: Settings, redirect_path: str, transport: httpx.AsyncBaseTransport | None
) -> OidcClient | None:
    """The client of the families' provider in the settings, or None without one."""
    provider = settings.family_provider
    if provider is None:
        return None
    return OidcClient(
        issuer=provider.issuer,
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        redirect_uri=settings.base_url + redirect_path,
        http=httpx.AsyncClient(transport=transport, timeout=TIMEOUT, follow_redirects=False),
        scopes=provider.scopes,
        acr_values=provider.acr_values,
        otherwise="signez avec un code",
    )


def clients_of(
    settings: Settings, agents_path: str, families_path: str, transport: httpx.AsyncBaseTransport | None
) -> dict[str, OidcClient | None]:
    """The clients of both providers, by the names under which the application keeps them."""
    return {
        "oidc": client_of(settings, agents_path, transport),
        "family_oidc": family_client_of(settings, families_path, transport),
    }


async def close_clients(clients: Mapping[str, OidcClient | None]) -> None:
    """Close the connections to the providers that there are."""
    for client in clients.values():
        if client is not None:
            await client.http.aclose()
