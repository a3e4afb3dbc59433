"""Settings, accounts, tokens: for administrators, secrets shown once."""

from __future__ import annotations

import re

from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of

from materiel.domain.accounts.delays import Delays
from materiel.domain.accounts.roles import Role
from materiel.domain.loan.steps import HandedItem
from materiel.store.accounts import service as services
from materiel.store.accounts import token as tokens
from materiel.store.accounts import user as users
from materiel.store.engine.database import fetch
from materiel.store.engine.statement import Statement
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan


async def test_settings_are_for_administrators(accounts: Accounts) -> None:
    for path in ("/reglages", "/reglages/service", "/reglages/comptes", "/reglages/jetons"):
        assert (await accounts.admin.get(path)).status_code == 200
        assert (await accounts.manager.get(path)).status_code == 403
        assert (await accounts.anonymous.get(path)).status_code == 303


async def test_the_service_keeps_what_its_documents_say(accounts: Accounts) -> None:
    await Statement("UPDATE managing_service SET departement = '035'").fetch()
    page = "/reglages/service"
    values = {
        "name": "DSDEN 35",
        "renewal_policy": "basis",
        "signatory_name": "Maxime Signe",
        "delegation": "par délégation du recteur",
        "ask_both_parents": "oui",
        "inventory_pattern": "{dep}-{year}-{seq:05}",
        "amber_days": "3",
        "red_days": "21",
    }
    wrong = await submit(accounts.admin, page, **{**values, "name": "", "email": "x"})
    assert wrong.status_code == 422
    assert "2 erreurs sont à corriger" in text_of(wrong)
    assert "par délégation du recteur" in wrong.text
    assert (await submit(accounts.admin, page, **values)).status_code == 303
    service = await services.get(cast.SERVICE)
    assert (service.signatory_name, service.ask_both_parents) == ("Maxime Signe", True)
    assert (await services.get(cast.OTHER_SERVICE)).signatory_name == "Camille Durand"


async def test_the_service_says_when_what_waits_is_coloured(accounts: Accounts) -> None:
    """At once, on the home page that is kept as on the list, and in that service alone."""
    await Statement("UPDATE managing_service SET departement = '035'").fetch()
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    items = (HandedItem(item_id=cast.LAPTOP),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=items), issuer=cast.ISSUER)
    for table in ("loan", "loan_item"):
        await fetch(f"UPDATE {table} SET handed_over_on = '2026-09-02'")
    await cast.noted()
    page = "/reglages/service"
    home, loans = "<span{}>5\u00a0j</span>", '<td role="cell"{}>Convention à'
    sheet = '<div class="m-next{}"><p><b>Faire signer'
    values = {"name": "DSDEN 35", "renewal_policy": "yearly"}
    care, bad = ' class="m-care"', ' class="m-bad"'
    expected = {(3, 21): (care, "", care), (2, 5): (bad, " m-next--bad", bad), (6, 9): ("", " m-next--calm", care)}
    for (amber, red), (aged, band, listed) in expected.items():
        delays = {"amber_days": str(amber), "red_days": str(red)}
        assert (await submit(accounts.admin, page, **values, **delays)).status_code == 303
        assert home.format(aged) in (await accounts.manager.get("/")).text
        assert sheet.format(band) in (await accounts.manager.get(f"/prets/{loan_id}")).text
        assert loans.format(listed) in (await accounts.manager.get("/prets")).text
    assert (await services.get(cast.OTHER_SERVICE)).delays == Delays()
    for delays, said in (
        ({"amber_days": "", "red_days": "200"}, "Indiquez un nombre entier entre 1 et 90."),
        ({"amber_days": "9", "red_days": "9"}, "Le rouge vient après l'orange : indiquez plus de 9 jours."),
    ):
        wrong = await submit(accounts.admin, page, **values, **delays)
        assert (wrong.status_code, said in text_of(wrong)) == (422, True)
    assert (await services.get(cast.SERVICE)).delays == Delays(6, 9)


async def test_an_account_is_opened_with_a_link_shown_once(accounts: Accounts) -> None:
    page = "/reglages/comptes"
    wrong = await submit(accounts.admin, page, name="", email="nope", role="manager")
    assert wrong.status_code == 422
    assert "2 erreurs sont à corriger" in text_of(wrong)
    made = await submit(accounts.admin, page, name="Lou Neuf", email="lou@exemple.fr", role="reader")
    link = re.search(r"http://[^<]+/invitation/[A-Za-z0-9_-]+", made.text)
    assert link
    assert link[0] not in (await accounts.admin.get(page)).text
    taken = await submit(accounts.admin, page, name="Lou Neuf", email="lou@exemple.fr", role="reader")
    assert taken.status_code == 422


async def test_a_role_changes_and_an_administrator_remains(accounts: Accounts) -> None:
    manager = await users.by_email("gestion@exemple.fr", cast.SERVICE)
    admin = await users.by_email("admin@exemple.fr", cast.SERVICE)
    page = "/reglages/comptes"
    assert (await submit(accounts.admin, page, f"{page}/{manager.id}/role", new_role="reader")).status_code == 303
    assert (await users.get(manager.id, cast.SERVICE)).role is Role.READER
    last = await submit(accounts.admin, page, f"{page}/{admin.id}/role", new_role="reader")
    assert last.status_code == 422
    assert "dernier administrateur" in text_of(last)
    stranger = await users.by_email("autre@exemple.fr", cast.OTHER_SERVICE)
    token = re.search(r'name="_csrf" value="([^"]+)"', (await accounts.admin.get(page)).text)
    assert token
    other = await accounts.admin.post(f"{page}/{stranger.id}/fermeture", data={"_csrf": token[1]})
    assert other.status_code == 422
    assert (await users.get(stranger.id, cast.OTHER_SERVICE)).disabled_at is None


async def test_a_closed_account_is_out_at_once(accounts: Accounts) -> None:
    manager = await users.by_email("gestion@exemple.fr", cast.SERVICE)
    assert (await accounts.manager.get("/prets")).status_code == 200
    page = "/reglages/comptes"
    assert (await submit(accounts.admin, page, f"{page}/{manager.id}/fermeture")).status_code == 303
    assert (await accounts.manager.get("/prets")).status_code == 303
    shown = text_of(await accounts.admin.get(page))
    assert "1 compte fermé" in shown.replace("\xa0", " ")
    reopened = await submit(accounts.admin, page, f"{page}/{manager.id}/reouverture")
    assert "/invitation/" in reopened.text
    assert (await accounts.manager.get("/prets")).status_code == 303, "its former sessions stay closed"
    assert (await users.get(manager.id, cast.SERVICE)).disabled_at is None


async def test_a_token_is_shown_once_and_revoked(accounts: Accounts) -> None:
    page = "/reglages/jetons"
    assert (await submit(accounts.admin, page, role="reader", label="", expires_on="")).status_code == 422
    made = await submit(accounts.admin, page, role="reader", label="Tableur", expires_on="2027-01-31")
    secret = re.search(r"materiel_[A-Za-z0-9_-]+", made.text)
    assert secret
    assert secret[0] not in (await accounts.admin.get(page)).text
    (token,) = await tokens.of_service(cast.SERVICE)
    assert (await submit(accounts.admin, page, f"{page}/{token.id}/revocation")).status_code == 303
    (token,) = await tokens.of_service(cast.SERVICE)
    assert token.revoked_at == cast.NOW
