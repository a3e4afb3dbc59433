"""What pages refuse to somebody known is in the journal of the service, and told there in French."""

from __future__ import annotations

from litestar import Litestar
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors.institution_cast import last_token
from tests.web.pages.cast import Accounts, text_of

from materiel.domain.accounts.refused_access import MANY_NOT_FOUND
from materiel.store.engine.database import fetch
from materiel.use_cases.history.refusal import RefusalBuffer
from materiel.use_cases.links.access_link import link_of_token, revoke_link
from materiel.use_cases.links.institution import InviteInstitution
from materiel.use_cases.links.institution_link import invite_institution


def refusals_of(app: Litestar) -> RefusalBuffer:
    buffer: RefusalBuffer = app.state["refusals"]
    return buffer


async def entries() -> int:
    (row,) = await fetch("SELECT count(*) AS n FROM journal")
    number: int = row["n"]
    return number


async def test_what_a_reader_may_not_do_is_told_once(app: Litestar, accounts: Accounts) -> None:
    before = await entries()
    for _ in range(3):
        assert (await accounts.reader.get("/journal")).status_code == 403
    assert await entries() == before, "a page that reads writes nothing"
    await refusals_of(app).flush(all_of_it=True)
    page = text_of(await accounts.manager.get("/journal"))
    assert "Page ou acte refusé, faute de droit : 3 fois, depuis un réseau." in page
    assert "Alix Lecteur" in page


async def test_whoever_tries_identifiers_is_told(app: Litestar, accounts: Accounts) -> None:
    for number in range(MANY_NOT_FOUND):
        assert (await accounts.stranger.get(f"/eleves/00000000-0000-0000-0000-{number:012}")).status_code == 404
    await refusals_of(app).flush(all_of_it=True)
    told = "Fiches introuvables demandées en nombre : 20 fois"
    assert told in text_of(await accounts.stranger.get("/journal")), "where the account belongs"
    assert told not in text_of(await accounts.manager.get("/journal"))


async def test_a_closed_link_that_is_opened_is_told(app: Litestar, accounts: Accounts) -> None:
    await invite_institution(InviteInstitution(uai=cast.COLLEGE), issuer=cast.ISSUER)
    token = await last_token()
    link = await link_of_token(token)
    assert link is not None
    await revoke_link(link.id, actor=cast.MANAGER, now=cast.NOW)
    assert (await accounts.anonymous.get(f"/e/{token}")).status_code == 404
    await refusals_of(app).flush(all_of_it=True)
    page = text_of(await accounts.manager.get("/journal"))
    assert "Lien personnel périmé ou fermé, ouvert en vain : 1 fois." in page
    assert "Quelqu'un qui n'a rien prouvé" in page
