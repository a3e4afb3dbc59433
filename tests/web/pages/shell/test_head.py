"""`HEAD` answers wherever `GET` does, and consumes nothing: mail scanners open links that way."""

from __future__ import annotations

import pytest
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors import institution_cast as places
from tests.web.pages.cast import Accounts, browser

from materiel.domain.accounts.session import SubjectKind
from materiel.store.accounts import session as sessions
from materiel.store.engine.database import write_transaction
from materiel.store.links import access_link as links
from materiel.use_cases.links.access_link import LinkHolder, make_link
from materiel.use_cases.links.institution import InviteInstitution
from materiel.use_cases.links.institution_link import invite_institution

UNKNOWN = "x" * 32
PUBLIC = (
    "/connexion",
    "/aide",
    "/plan-du-site",
    "/healthz",
    "/readyz",
    "/static/css/family.css",
    "/api/openapi.json",
    "/q/INCONNU",
    "/v/INCONNU/1",
    f"/f/{UNKNOWN}",
    f"/e/{UNKNOWN}",
    "/n-existe-pas",
    "/",
)


def headers_of(answer: object) -> dict[str, str]:
    varying = ("set-cookie", "content-security-policy", "date", "server-timing", "x-request-id")
    return {name: value for name, value in answer.headers.items() if name not in varying}  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", PUBLIC)
async def test_head_has_the_status_and_the_headers_of_get_and_no_body(path: str, accounts: Accounts) -> None:
    whole = await browser(accounts.app).get(path)
    bare = await browser(accounts.app).head(path)
    assert bare.status_code == whole.status_code
    assert bare.content == b""
    if path not in ("/connexion", "/aide", "/plan-du-site", "/q/INCONNU", "/v/INCONNU/1"):
        assert headers_of(bare) == headers_of(whole)
    assert headers_of(bare)["content-type"] == headers_of(whole)["content-type"]


async def test_head_asks_for_the_same_rights(accounts: Accounts) -> None:
    for path, status in (("/courriels", 403), ("/materiels", 200), ("/reglages", 403)):
        assert (await accounts.reader.head(path)).status_code == status
    assert (await accounts.anonymous.head("/api/items")).status_code == 401
    assert (await accounts.anonymous.head("/materiels")).status_code == 303


async def test_a_scanner_that_looks_at_a_link_consumes_nothing(accounts: Accounts) -> None:
    await places.set_up_mailbox()
    await invite_institution(InviteInstitution(insee_code=places.BAULON_INSEE), issuer=cast.ISSUER)
    mother = LinkHolder(
        service_id=cast.SERVICE, email="", name="Ilan Mod\u00e8le", pupil_id=cast.ADULT, representative_id=None
    )
    async with write_transaction():
        new = await make_link(mother, actor_id="tests", now=cast.NOW)
    scanner = browser(accounts.app)
    for path, home in ((f"/e/{await places.last_token()}", "/e"), (f"/f/{new.token}", "/f")):
        answer = await scanner.head(path)
        assert (answer.status_code, answer.headers["location"]) == (303, home)
        assert "set-cookie" not in answer.headers
        # It follows the link to its end, as some do, without keeping any cookie.
        await browser(accounts.app).get(path)
        assert (await browser(accounts.app).get(home)).status_code == 303
    for link in (
        *await links.of_pupil(cast.ADULT),
        *await links.of_institution(cast.SERVICE, insee_code=places.BAULON_INSEE),
    ):
        assert link.entered_at is None
    reader = browser(accounts.app)
    assert (await reader.get(f"/f/{new.token}")).status_code == 303
    assert (await reader.get("/f")).status_code == 200
    await accounts.app.state["session_notes"].flush()
    (link,) = await links.of_pupil(cast.ADULT)
    assert link.entered_at is not None
    assert len(await sessions.of_subject(SubjectKind.FAMILY, str(link.id))) == 2
