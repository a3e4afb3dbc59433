"""« Ce qui dort dans l'académie »: the one page of a coordinator, and the demand of an item."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from litestar import Litestar
from tests.use_cases import loan_cast as cast
from tests.web.conftest import StoppedClock
from tests.web.pages.cast import Accounts, browser, submit, text_of

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.session import SubjectKind
from materiel.domain.item.family import ItemFamily
from materiel.store.engine.database import write_transaction
from materiel.store.item import item as items
from materiel.use_cases.accounts.session import open_session
from materiel.use_cases.accounts.user import CreateUser, create_user


@pytest.fixture
async def coordinator(accounts: Accounts, app: Litestar, stopped_clock: StoppedClock) -> httpx.AsyncClient:
    """A browser of somebody who coordinates the académie, half a year later."""
    theirs = Actor("tests", Role.ADMIN, cast.OTHER_SERVICE)
    command = CreateUser(email="coordination@exemple.fr", name="Alix", role=Role.COORDINATOR)
    user = await create_user(command, actor=theirs, now=cast.NOW)
    stopped_clock.now = cast.NOW.replace(year=2027, month=5)
    opened = await open_session(SubjectKind.ACCOUNT, user.id, user.service_id, now=stopped_clock.now)
    return browser(app, opened.secret)


async def test_the_first_page_of_a_coordinator_is_what_sleeps(coordinator: httpx.AsyncClient) -> None:
    home = await coordinator.get("/")
    assert home.headers["location"] == "/dormants"
    async with write_transaction():
        await items.save(replace(await items.get(cast.LAPTOP, cast.SERVICE), family=ItemFamily.COMPUTER))
    page = await coordinator.get("/dormants")
    told = text_of(page)
    assert "35-2026-00007" in told
    assert "DSDEN d'Ille-et-Vilaine" in told
    assert "Zoé" not in told
    assert 'href="/eleves' not in page.text
    assert "Chercher partout" not in told
    assert f"{len(cast.ITEMS)} matériels, en réserve et chez personne" in told
    assert "8 mois" in told
    assert "Combien de matériels dorment, par famille et par service" in told
    assert "famille=computer&amp;service=DSDEN35&amp;mois=6" in page.text
    assert "Choisir dans la liste" not in told
    few = text_of(await coordinator.get("/dormants?q=introuvable&famille=tablet&service=DSDEN35&mois=24"))
    assert "Aucun matériel de l'académie ne répond" in few


async def test_one_is_asked_for_a_service_and_the_owner_reads_it(
    coordinator: httpx.AsyncClient, accounts: Accounts, stopped_clock: StoppedClock
) -> None:
    page = f"/dormants/{cast.SPARE}/demander"
    wrong = await submit(coordinator, page, page, to="", reason="")
    assert "Choisissez le service qui en a besoin" in text_of(wrong)
    done = await submit(coordinator, page, page, to="DSDEN29", reason="Un élève attend")
    assert done.headers["location"] == "/dormants"
    assert "Réponse attendue" in text_of(await coordinator.get("/dormants"))
    again = await submit(coordinator, page, page, to="DSDEN29", reason="Un élève attend")
    assert "attend déjà la réponse" in text_of(again)
    stopped_clock.now = cast.NOW
    assert "Un élève attend" in text_of(await accounts.manager.get("/transferts"))


async def test_it_is_for_the_coordinator_alone(
    coordinator: httpx.AsyncClient, accounts: Accounts, stopped_clock: StoppedClock
) -> None:
    for address in ("/transferts", "/materiels", "/eleves", f"/materiels/{cast.SPARE}", "/recherche?q=zoe"):
        assert (await coordinator.get(address)).status_code == 403
    stopped_clock.now = cast.NOW
    for client in (accounts.admin, accounts.reader):
        assert (await client.get("/dormants")).status_code == 403
