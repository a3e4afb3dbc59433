"""« Recherche »: what the page shows of what was found, and where an exact number leads."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, text_of

from materiel.store.engine.ids import new_id
from materiel.store.item import item as items
from materiel.use_cases.loan.steps import issue_loan

PAGE = "/recherche"


async def test_the_field_alone_says_what_may_be_found(accounts: Accounts) -> None:
    shown = text_of(await accounts.reader.get(PAGE))
    assert "Élèves, responsables, matériels, prêts, papiers, établissements, communes" in shown


async def test_what_is_found_has_its_sheet_and_its_act(accounts: Accounts) -> None:
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    answer = await accounts.manager.get(PAGE, params={"q": "exemple"})
    shown = text_of(answer)
    for told in ("« exemple » : ", "1 élève", "3 responsables", "1 prêt", "2 papiers", "10 ans", "Signature attendue"):
        assert told in shown
    assert "<title>« exemple » : 7 résultats" in answer.text.replace("\u00a0", " ")
    for address in (
        f"/eleves/{cast.CHILD}",
        f"/eleves/{cast.TWO_HOMES}",
        f"/preter?pupil={cast.CHILD}",
        f"/prets/{loan_id}",
        f"/prets/{loan_id}/remise",
    ):
        assert f'href="{address}"' in answer.text
    assert 'Prêter<span class="fr-sr-only">\u00a0: Exemple Zoé</span>' in answer.text
    read = await accounts.reader.get(PAGE, params={"q": "exemple"})
    assert f'href="/eleves/{cast.CHILD}"' in read.text
    assert "/preter?pupil=" not in read.text
    assert "aucun résultat" in text_of(await accounts.stranger.get(PAGE, params={"q": "exemple"}))


async def test_an_exact_number_opens_the_sheet(accounts: Accounts) -> None:
    for q, address in (
        ("35-2026-00008", f"/materiels/{cast.LAST}"),
        ("0350122T", f"/etablissements/{cast.BAULON}"),
    ):
        answer = await accounts.reader.get(PAGE, params={"q": q})
        assert (answer.status_code, answer.headers["location"]) == (303, address)
    theirs = await accounts.stranger.get(PAGE, params={"q": "35-2026-00008"})
    assert theirs.status_code == 200
    assert "aucun résultat" in text_of(theirs)


async def test_more_than_a_few_leads_to_their_list(accounts: Accounts) -> None:
    answer = await accounts.reader.get(PAGE, params={"q": "35-2026"})
    assert "8 matériels" in text_of(answer)
    assert "Voir tous les résultats" not in text_of(answer)
    ninth = replace(cast.an_item(9, new_id()), public_code="ABCDEFGHJKN09")
    await items.insert(ninth, cast.NOW)
    answer = await accounts.reader.get(PAGE, params={"q": "35-2026"})
    assert "Plus de 8 matériels" in text_of(answer)
    assert "« 35-2026 » : plus de 8 résultats" in text_of(answer)
    assert 'href="/materiels?q=35-2026"' in answer.text


async def test_nothing_found_says_what_was_searched_and_what_to_do(accounts: Accounts) -> None:
    answer = await accounts.manager.get(PAGE, params={"q": "exmeple zoé"})
    shown = text_of(answer)
    assert "aucun résultat" in shown
    assert "Rien ne répond à « exmeple zoé » parmi les élèves" in shown
    assert "Vouliez-vous dire Exemple Zoé" in shown
    assert "/recherche?q=Exemple%20Zo%C3%A9" in answer.text


async def test_too_little_is_told_and_nothing_is_searched(accounts: Accounts) -> None:
    answer = await accounts.manager.get(PAGE, params={"q": "z"})
    assert answer.status_code == 422
    assert "Saisissez au moins deux lettres ou deux chiffres" in text_of(answer)


async def test_what_was_typed_is_in_no_log(accounts: Accounts, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await accounts.manager.get(PAGE, params={"q": "morvan"})
    ours = [each.getMessage() for each in caplog.records if each.name.startswith("materiel")]
    assert any("/recherche" in each for each in ours)
    assert not any("morvan" in each for each in ours)
