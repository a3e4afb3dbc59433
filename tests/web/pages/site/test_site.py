"""What the site says of itself, set in its pages; and the pages of a demonstration."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from litestar import Litestar
from tests.stage.held import held
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.web.conftest import StoppedClock, settings_for
from tests.web.pages.cast import Accounts, browser, submit, text_of

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.site import SiteFacts, is_fictitious, may_set
from materiel.errors import Conflict, NotFound, PermissionDenied
from materiel.store.accounts import site as sites
from materiel.store.engine.database import fetch
from materiel.use_cases.accounts.site import UpdateSite, entrust_site, update_site
from materiel.use_cases.demo.access import ACCOUNTS, PASSWORD, open_door
from materiel.use_cases.demo.fill import Demo, fill_demo
from materiel.web.app import check_demonstration

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


async def entrusted_to_us() -> None:
    await entrust_site("DSDEN35", actor_id="cli", now=cast.NOW)


async def test_the_administrator_says_who_publishes_and_the_public_reads_it(accounts: Accounts) -> None:
    await entrusted_to_us()
    before = text_of(await accounts.anonymous.get("/mentions-legales"))
    assert "L'éditeur de ce site n'est pas encore indiqué." in before
    home = text_of(await accounts.admin.get("/"))
    assert "ne disent pas encore l'éditeur, le directeur de la publication et l'hébergeur" in home
    assert "ne disent pas encore" not in text_of(await accounts.manager.get("/"))
    saved = await submit(
        accounts.admin,
        "/reglages/site",
        organisation="DSDEN d'Ille-et-Vilaine\n1 quai Dujardin",
        publication_director="Camille Durand",
        hosting="Rectorat de Rennes",
        contact="aide@exemple.fr",
        audit_on="2026-09-01",
        audit_rate="80",
    )
    assert saved.status_code == 303, text_of(saved)
    notice = text_of(await accounts.anonymous.get("/mentions-legales"))
    for part in ("1 quai Dujardin", "Camille Durand", "Rectorat de Rennes", "aide@exemple.fr"):
        assert part in notice
    statement = text_of(await accounts.anonymous.get("/accessibilite"))
    assert "partiellement conforme" in statement
    assert "ne disent pas encore" not in text_of(await accounts.admin.get("/"))
    assert "aide@exemple.fr" in text_of(await accounts.anonymous.get("/aide"))
    noted = await fetch("SELECT details FROM journal WHERE action = 'site.updated'")
    assert "hosting" in noted[0]["details"]
    assert "Rectorat" not in noted[0]["details"]


async def test_what_is_wrong_is_told_beside_its_field(accounts: Accounts) -> None:
    await entrusted_to_us()
    wrong = await submit(
        accounts.admin,
        "/reglages/site",
        contact="personne",
        audit_on="2027-01-01",
        accessibility_plan="javascript:alert(1)",
    )
    assert wrong.status_code == 422  # site.invalid
    text = text_of(wrong)
    for part in ("n'est pas une adresse électronique", "Cet audit est dans l'avenir", "commence par https://"):
        assert part in text


async def test_with_several_services_only_the_one_that_was_named_sets_the_site(accounts: Accounts) -> None:
    ours, theirs = Actor("tests", Role.ADMIN, cast.SERVICE), Actor("tests", Role.ADMIN, cast.OTHER_SERVICE)
    with refused(PermissionDenied, "site.not_entrusted"):
        await update_site(UpdateSite(version=1), actor=ours, now=cast.NOW)
    await entrusted_to_us()
    version = (await sites.read()).version
    with refused(PermissionDenied, "site.not_entrusted"):
        await update_site(UpdateSite(version=version), actor=theirs, now=cast.NOW)
    assert "reviennent aux administrateurs d'un autre service" in text_of(await accounts.stranger.get("/reglages/site"))
    await update_site(UpdateSite(version=version, hosting="Ici"), actor=ours, now=cast.NOW)
    with refused(Conflict, "site.changed"):
        await update_site(UpdateSite(version=version), actor=ours, now=cast.NOW)
    with refused(NotFound, "service.not_found"):
        await entrust_site("DSDEN99", actor_id="cli", now=cast.NOW)


def test_a_single_service_sets_its_site() -> None:
    assert may_set(SiteFacts(), cast.SERVICE, [cast.SERVICE])
    assert not may_set(SiteFacts(), cast.SERVICE, [cast.SERVICE, cast.OTHER_SERVICE])
    assert not may_set(SiteFacts(service_id=cast.OTHER_SERVICE), cast.SERVICE, [cast.SERVICE])


def test_what_the_pages_say_comes_before_what_the_server_says() -> None:
    defaults = SiteFacts(organisation="Serveur", hosting="Serveur", audit_on=NOW.date(), audit_rate=100)
    said = SiteFacts(organisation="Page").completed_by(defaults)
    assert (said.organisation, said.hosting, said.accessibility) == ("Page", "Serveur", "totalement conforme")


@pytest.mark.parametrize(
    ("address", "invented"),
    [("a@exemple.invalid", True), ("a@INVALID", True), ("a@exemple.fr", False), ("a@invalid.fr", False)],
)
def test_a_mailbox_of_nobody_is_known_by_its_domain(address: str, invented: bool) -> None:
    assert is_fictitious(address) is invented


async def fill() -> Demo:
    return await fill_demo(
        base_url="http://127.0.0.1:8000", secret_key="k" * 32, actor_id="cli", now=NOW, progress=lambda *_: None
    )


@pytest.fixture
async def demonstration(app: Litestar, stopped_clock: StoppedClock) -> AsyncIterator[Litestar]:
    stopped_clock.now = NOW
    await held("the demonstration of the pages", fill)
    await app.state["site"].kept.read()
    yield app
    await app.state["site"].kept.read()


async def test_a_demonstration_says_that_it_is_one_and_who_enters(demonstration: Litestar) -> None:
    visitor = browser(demonstration)
    first = await visitor.get("/")
    assert (first.status_code, first.headers["location"]) == (303, "/demonstration")
    text = text_of(await visitor.get("/demonstration"))
    assert PASSWORD in text
    for account in ACCOUNTS.values():
        assert account.email in text
    for path in ("/connexion", "/mentions-legales", "/lien-necessaire", "/Q/ABCDEFGHJKM99", "/nulle-part"):
        assert "Démonstration : personnes inventées" in text_of(await visitor.get(path)), path
    for door, home in (("famille", "/f/"), ("lycée", "/e/"), ("mairie", "/e/")):
        entered = await submit(visitor, "/demonstration", porte=door)
        assert entered.headers["location"].startswith(home)
    assert (await submit(visitor, "/demonstration", porte="trésor")).status_code == 404


async def test_every_mailbox_of_the_demonstration_is_nobodys(demonstration: Litestar) -> None:
    addresses = [row["email"] for row in await fetch("SELECT email FROM school WHERE email <> ''")]
    assert len(addresses) > 500
    for table, columns in (
        ("school", "email"),
        ("school_contact", "email"),
        ("municipality_contact", "email"),
        ("municipality_contact", "authority_email"),
        ("representative", "email"),
        ("managing_service", "email"),
        ("app_user", "email"),
        ("outbox", "to_address"),
        ("access_link", "email"),
    ):
        found = [row["mailbox"] for row in await fetch(f"SELECT {columns} AS mailbox FROM {table}")]
        assert [each for each in found if each and not is_fictitious(each)] == [], table


async def test_elsewhere_the_pages_of_a_demonstration_do_not_exist(accounts: Accounts) -> None:
    assert (await accounts.anonymous.get("/demonstration")).status_code == 404
    assert (await accounts.anonymous.get("/")).headers["location"] == "/connexion"
    page = text_of(await accounts.anonymous.get("/connexion"))
    assert "Démonstration" not in page
    with refused(NotFound, "demo.no_such_door"):
        await open_door("famille", base_url="http://127.0.0.1:8000", now=cast.NOW)


def test_a_demonstration_is_not_served_as_a_production(tmp_path: Path) -> None:
    settings = settings_for("sqlite:///nowhere", tmp_path)
    check_demonstration(SiteFacts(demonstration=True), settings)
    production = replace(settings, production=True)
    check_demonstration(SiteFacts(), production)
    with refused(Conflict, "demo.in_production"):
        check_demonstration(SiteFacts(demonstration=True), production)
