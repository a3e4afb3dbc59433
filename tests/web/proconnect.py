"""A provider as strict as ProConnect, in this process: real routes, real keys, real signatures, no socket.

It refuses an unknown parameter and a short state, gives each code once, and signs what it says of people.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from litestar import Litestar, Request, Response, get, post
from litestar.response import Redirect

ISSUER = "https://fca.exemple.fr/api/v2"
CLIENT_ID = "materiel"
CLIENT_SECRET = "un secret partagé"
PKCE = {"code_challenge", "code_challenge_method"}
KNOWN_PARAMETERS = {"response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "claims", "acr_values"}


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class Provider:
    """What it says can be falsified claim by claim; `person` is who logs in."""

    def __init__(self) -> None:
        self.person: dict[str, Any] = {"sub": "agent-1", "email": "camille@exemple.fr", "email_verified": True}
        self.claims: dict[str, Any] = {}
        self.info: dict[str, Any] = {}
        self.now = 0
        self.is_plain = False
        self.extra_description: dict[str, Any] = {}
        self.nonces: dict[str, str] = {}
        self.challenges: dict[str, str] = {}
        self.denies = False
        self.change_key("k1")
        self.app = Litestar(
            [self._describe(), self._authorize(), self._token(), self._userinfo(), self._jwks()],
            openapi_config=None,
            logging_config=None,
        )

    @property
    def transport(self) -> httpx.ASGITransport:
        return httpx.ASGITransport(app=self.app)

    def change_key(self, name: str) -> None:
        self.key = ECKey.generate_key("P-256", parameters={"kid": name}, private=True)

    def sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.key)

    async def log_in(self, address: str) -> str:
        """What the person's browser does there: the address it is sent back to."""
        async with httpx.AsyncClient(transport=self.transport) as browser:
            answer = await browser.get(address)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def _describe(self) -> Any:
        @get("/api/v2/.well-known/openid-configuration")
        async def describe() -> dict[str, Any]:
            paths = {
                "authorization_endpoint": "authorize",
                "token_endpoint": "token",
                "userinfo_endpoint": "userinfo",
                "jwks_uri": "jwks",
                "end_session_endpoint": "session/end",
            }
            return {
                "issuer": ISSUER,
                "scopes_supported": ["openid", "given_name", "usual_name", "email"],
                **{name: f"{ISSUER}/{path}" for name, path in paths.items()},
                **self.extra_description,
            }

        return describe

    def _authorize(self) -> Any:
        @get("/api/v2/authorize")
        async def authorize(request: Request[Any, Any, Any]) -> Response[Any]:
            asked = dict(request.query_params)
            known = KNOWN_PARAMETERS | (PKCE if "code_challenge_methods_supported" in self.extra_description else set())
            if set(asked) - known or len(asked["state"]) < 32 or len(asked["nonce"]) < 32:
                return Response("Y000400", status_code=400)
            if self.denies:
                denied = f"error=access_denied&state={asked['state']}"
                return Redirect(f"{asked['redirect_uri']}?{denied}", status_code=303)
            code = f"code-{len(self.nonces) + 1}"
            self.nonces[code] = asked["nonce"]
            self.challenges[code] = asked.get("code_challenge", "")
            return Redirect(f"{asked['redirect_uri']}?code={code}&state={asked['state']}", status_code=303)

        return authorize

    def _token(self) -> Any:
        @post("/api/v2/token", status_code=200)
        async def token(request: Request[Any, Any, Any]) -> Response[Any]:
            form = await request.form()
            nonce = self.nonces.pop(form["code"], None)
            if nonce is None or form["client_secret"] != CLIENT_SECRET:
                return Response({"error": "invalid_grant"}, status_code=400)
            if (wanted := self.challenges[form["code"]]) and wanted != challenge_of(form["code_verifier"]):
                return Response({"error": "invalid_grant"}, status_code=400)
            claims = {
                "iss": ISSUER,
                "aud": CLIENT_ID,
                "sub": self.person["sub"],
                "nonce": nonce,
                "iat": self.now,
                "exp": self.now + 60,
                **self.claims,
            }
            return Response({"access_token": "opaque", "token_type": "Bearer", "id_token": self.sign(claims)})

        return token

    def _userinfo(self) -> Any:
        @get("/api/v2/userinfo")
        async def userinfo(request: Request[Any, Any, Any]) -> Response[Any]:
            assert request.headers["authorization"] == "Bearer opaque"
            said = {"iss": ISSUER, "aud": CLIENT_ID, **self.person, **self.info}
            if self.is_plain:
                return Response(said)
            return Response(self.sign(said).encode(), media_type="application/jwt")

        return userinfo

    def _jwks(self) -> Any:
        @get("/api/v2/jwks")
        async def jwks() -> dict[str, Any]:
            return dict(KeySet([self.key]).as_dict(private=False))

        return jwks
