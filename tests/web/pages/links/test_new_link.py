"""Whoever has lost their link, or comes back by the name of the site."""

from __future__ import annotations

import re

import httpx
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors.institution_cast import last_token
from tests.web.pages.cast import Accounts, browser, csrf_of, text_of

from materiel.store.work import outbox
from materiel.use_cases.links.institution import InviteInstitution
from materiel.use_cases.links.institution_link import invite_institution
from materiel.use_cases.papers.issuer import Issuer

MAILBOX = "ce.0352958A@ac-rennes.fr"


async def ask(visitor: httpx.AsyncClient, email: str) -> httpx.Response:
    page = await visitor.get("/lien-necessaire")
    return await visitor.post("/nouveau-lien", data={"_csrf": csrf_of(page.text), "email": email})


async def invite() -> None:
    """A link sent to the college some days ago."""
    long_ago = cast.NOW.replace(month=1)
    issuer = Issuer(actor=cast.MANAGER, now=long_ago, base_url=cast.ISSUER.base_url)
    await invite_institution(InviteInstitution(uai=cast.COLLEGE), issuer=issuer)


async def test_a_stranger_finds_the_way_to_a_new_link_from_the_first_page(accounts: Accounts) -> None:
    first = await accounts.anonymous.get("/")
    assert first.headers["location"] == "/connexion"
    login = await accounts.anonymous.get("/connexion")
    assert 'href="/lien-necessaire"' in login.text
    shown = await accounts.anonymous.get("/lien-necessaire")
    assert "Recevoir un nouveau lien" in text_of(shown)


async def test_a_known_address_and_an_unknown_one_are_answered_alike(accounts: Accounts) -> None:
    await invite()
    sent = len(await outbox.page(cast.SERVICE, limit=50))
    visitor = browser(accounts.app)
    answers = [await ask(visitor, address) for address in ("personne@exemple.fr", MAILBOX)]
    assert [(each.status_code, each.headers["location"], each.text) for each in answers] == [
        (303, "/nouveau-lien", answers[0].text)
    ] * 2
    page = await outbox.page(cast.SERVICE, limit=50)
    assert [each.to_address for each in page[: len(page) - sent]] == [MAILBOX]
    assert "Regardez votre boîte de réception" in text_of(await visitor.get("/nouveau-lien"))
    assert (await visitor.get(f"/e/{await last_token()}")).headers["location"] == "/e"


async def test_what_is_no_address_is_told_and_kept(accounts: Accounts) -> None:
    for typed, said in (("", "Saisissez l'adresse électronique"), ("ecole@", "n'est pas une adresse électronique")):
        answer = await ask(browser(accounts.app), typed)
        assert answer.status_code == 422
        assert said in text_of(answer)
        assert f'value="{typed}"' in answer.text
        assert 'href="#f-email"' in answer.text


async def test_tries_are_limited(accounts: Accounts) -> None:
    visitor = browser(accounts.app)
    answers = [(await ask(visitor, "personne@exemple.fr")).status_code for _ in range(6)]
    assert answers == [303] * 5 + [429]
    # The others of the site, behind the same address, are not shut out with them.
    others = [(await ask(browser(accounts.app), f"famille{each}@exemple.fr")).status_code for each in range(30)]
    assert others == [303] * 30


async def test_the_name_of_the_site_leads_everybody_home(accounts: Accounts) -> None:
    await invite()
    visitor = browser(accounts.app)
    opened = await visitor.get(f"/e/{await last_token()}")
    visitor.headers["Cookie"] = opened.headers["set-cookie"].partition(";")[0]
    assert brand_of(await visitor.get("/e")) == "/e"
    assert (await visitor.get("/")).headers["location"] == "/e"
    assert brand_of(await accounts.reader.get("/")) == "/"
    assert brand_of(await accounts.anonymous.get("/connexion")) == "/"


def brand_of(page: httpx.Response) -> str:
    """Where the name of the service, at the head of a page, leads."""
    found = re.search(r'<a [^>]*href="([^"]*)" title="Accueil', page.text)
    assert found, page.text
    return found[1]
