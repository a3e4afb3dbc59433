"""« Relances »: the setting, when the next ones leave and to whom, what the last ones did."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.stage import family_cast as family
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of

from materiel.store.accounts import service as services
from materiel.store.engine.database import fetch
from materiel.use_cases.signing.daily import start_reminders
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS

PAGE = "/signatures/relances"
SETTINGS = "/reglages/service"


@pytest.fixture(autouse=True)
async def _due(accounts: Accounts) -> None:
    await family.set_up_addresses()
    await fetch(f"UPDATE managing_service SET departement = '035' WHERE id = '{cast.SERVICE}'")
    # A session of the accounts does not last a week: the letter is older than its paper.
    await family.send(await family.an_agreement(), now=cast.NOW - timedelta(days=8))


async def set_up(accounts: Accounts, *, on: bool) -> None:
    shown = await accounts.admin.get(SETTINGS)
    assert shown.status_code == 200
    fields = {"name": "DSDEN d'Ille-et-Vilaine", "renewal_policy": "yearly", "amber_days": "3", "red_days": "21"}
    fields |= {"reminds_daily": "oui"} if on else {}
    answer = await submit(accounts.admin, SETTINGS, SETTINGS, **fields)
    assert answer.status_code == 303, text_of(answer)


async def test_the_administrator_sets_it_and_every_page_says_when(accounts: Accounts) -> None:
    assert "Aucune relance automatique" in text_of(await accounts.reader.get(PAGE))
    await set_up(accounts, on=True)
    assert "Relance chaque jour ouvré qui n'a pas signé." in text_of(await accounts.admin.get("/reglages"))
    told = "Prochaine relance automatique : le 7 septembre 2026, à partir de 7 h"
    for page in ("/signatures", "/?vue=autres"):
        assert f"{told}." in text_of(await accounts.reader.get(page)), page
    for client, page in ((accounts.reader, PAGE), (accounts.admin, SETTINGS)):
        assert f"{told}, 1 courriel si personne ne signe d'ici là." in text_of(await client.get(page)), page
    await set_up(accounts, on=False)
    assert "Aucune relance automatique" in text_of(await accounts.reader.get("/signatures"))


async def test_it_says_to_whom_before_and_what_was_done_after(accounts: Accounts) -> None:
    await set_up(accounts, on=True)
    before = text_of(await accounts.reader.get(PAGE))
    for each in ("1 relance ce jour-là", "Lise Exemple", "Convention de prêt"):
        assert each in before
    assert "Aucun serveur de courriel" in before
    assert "Lise Exemple" not in text_of(await accounts.stranger.get(PAGE))
    service = await services.get(cast.SERVICE)
    job = await start_reminders(service, base_url="https://pret.example.fr", now=cast.NOW)
    assert job is not None
    assert await run_next("tests", HANDLERS, clock=lambda: cast.NOW)
    after = await accounts.reader.get(PAGE)
    told = text_of(after)
    for each in ("le 8 septembre 2026", "Personne n'est à relancer ce jour-là.", "Compte rendu du 7 septembre 2026"):
        assert each in told
    report = await accounts.reader.get(f"/taches/{job.id}")
    assert "1 relance écrite." in text_of(report)
    assert "Revenir aux relances" in text_of(report)
    assert (await accounts.stranger.get(f"/taches/{job.id}")).status_code == 404


async def test_without_the_setting_it_says_who_is_due_now(accounts: Accounts) -> None:
    told = text_of(await accounts.manager.get(PAGE))
    assert "1 relance à faire" in told
    assert "Régler" not in told
