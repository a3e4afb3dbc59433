"""« Besoins »: the queue, writing one down, its sheet, what of the stock would do, lending for it."""

from __future__ import annotations

import re
from datetime import date

import httpx
import pytest
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, csrf_of, submit, text_of

from materiel.domain.circuit.need import Need, NeedFilter, NeedKind, NeedState
from materiel.store.circuit import need as needs
from materiel.use_cases.circuit.need import RecordNeed, record_need
from materiel.use_cases.loan.steps import issue_loan

WORDS = "Ordinateur avec logiciel de synthèse vocale"
TYPED = {"kind": "need", "wording": WORDS, "basis_kind": "cdaph", "notified_on": "2026-06-01", "valid_until": ""}
TYPED |= {"basis_reference": "2026-77", "family": "", "category": ""}


async def waits(**changes: object) -> Need:
    values: dict[str, object] = {"pupil_id": cast.CHILD, "wording": WORDS, "notified_on": date(2026, 6, 1)}
    return await record_need(RecordNeed(**{**values, **changes}), actor=cast.MANAGER, now=cast.NOW)  # type: ignore[arg-type]


async def post(client: httpx.AsyncClient, address: str, **data: object) -> httpx.Response:
    token = csrf_of((await client.get("/aide")).text)
    return await client.post(address, data={"_csrf": token, **data})


async def test_the_queue_shows_who_waits_and_what_the_stock_has(accounts: Accounts) -> None:
    assert "Personne n'attend de matériel" in text_of(await accounts.reader.get("/besoins"))
    need = await waits()
    page = await accounts.reader.get("/besoins")
    assert f'href="/besoins/{need.id}"' in page.text
    told = text_of(page)
    assert re.search(r"Exemple Zoé .*synthèse vocale", told)
    assert "Inscrire un besoin" not in told
    assert "Inscrire un besoin" in text_of(await accounts.manager.get("/besoins"))
    empty = text_of(await accounts.manager.get("/besoins?etape=commandes"))
    assert "Aucun besoin ne répond à ces critères" in empty
    table = await accounts.reader.get("/besoins/vue.csv")
    assert WORDS in table.text
    title, line = (row.split(";") for row in table.text.lstrip("\ufeff").splitlines())
    told = dict(zip(title, line, strict=True))
    assert (told["Notifié le"], told["Nom"], told["Besoin ou essai"]) == ("01/06/2026", "Exemple", "Besoin")
    assert (told["Où il en est"], told["Commande"]) == ("À chercher", "")
    assert str(need.id) not in (await accounts.stranger.get("/besoins")).text


async def test_one_is_written_down_for_a_pupil_found_by_name(accounts: Accounts) -> None:
    assert "Pour quel élève" in text_of(await accounts.manager.get("/besoins/nouveau"))
    assert "Aucun élève ne porte ce nom" in text_of(await accounts.manager.get("/besoins/nouveau?q=introuvable"))
    found = await accounts.manager.get("/besoins/nouveau?q=zoe")
    assert f"/besoins/nouveau?eleve={cast.CHILD}" in found.text
    page = f"/besoins/nouveau?eleve={cast.CHILD}"
    wrong = await submit(accounts.manager, page, "/besoins/nouveau", **{**TYPED, "wording": "", "notified_on": ""})
    assert wrong.status_code == 422
    assert "Indiquez le jour de la notification" in text_of(wrong)
    assert "Indiquez les mots de la décision" in text_of(wrong)
    endless = await submit(accounts.manager, page, "/besoins/nouveau", **{**TYPED, "kind": "trial", "wording": ""})
    assert "Un essai a une fin" in text_of(endless)
    health = await submit(accounts.manager, page, "/besoins/nouveau", **{**TYPED, "wording": "Écran pour malvoyant"})
    assert "Ces mots parlent de la santé" in text_of(health)
    kept = await submit(accounts.manager, page, "/besoins/nouveau", **TYPED)
    (line,) = await needs.page(cast.SERVICE, NeedFilter(), limit=9)
    assert kept.headers["location"] == f"/besoins/{line.need.id}"
    assert (line.need.wording, line.need.basis.reference) == (WORDS, "2026-77")
    twice = await submit(accounts.manager, page, "/besoins/nouveau", **TYPED)
    assert "attend déjà ce matériel" in text_of(twice)
    assert f'<a href="/besoins/{line.need.id}">Ouvrir ce besoin</a>' in twice.text


async def test_the_sheet_says_what_is_sought(accounts: Accounts) -> None:
    need = await waits(wording="Plage braille")
    told = text_of(await accounts.reader.get(f"/besoins/{need.id}"))
    assert "Ce qui convient Accessoire informatique, d'après les mots" in told
    narrow = await waits(wording="Plage braille", notified_on=date(2026, 5, 1), category="afficheurs")
    told = text_of(await accounts.reader.get(f"/besoins/{narrow.id}"))
    assert "Ce qui convient catégorie « afficheurs »" in told.replace("\xa0", " ")
    assert "n'est de la catégorie « afficheurs »" in told.replace("\xa0", " ")


async def test_it_is_corrected_ordered_received_and_closed(accounts: Accounts) -> None:
    need = await waits()
    page = f"/besoins/{need.id}"
    changed = await submit(
        accounts.manager, f"{page}/modifier", f"{page}/modifier", **{**TYPED, "wording": "Plage braille"}
    )
    assert changed.headers["location"] == page
    assert "Indiquez la référence de la commande" in text_of(
        await submit(accounts.manager, page, f"{page}/commande", order_reference="", expected_on="")
    )
    await submit(accounts.manager, page, f"{page}/commande", order_reference="BC-14", expected_on="2026-10-01")
    await submit(accounts.manager, page, f"{page}/reception", received_on="2026-09-07")
    shown = await accounts.manager.get(page)
    assert "Reçu, non remis" in text_of(shown)
    assert 'value="BC-14"' in shown.text
    assert 'value="2026-10-01"' in shown.text
    assert "Ce qui est reçu n'est pas encore au parc" in text_of(shown)
    assert 'href="/materiels/nouveau">Enregistrer ce qui est reçu' in shown.text
    assert "Enregistrer ce qui est reçu" not in (await accounts.reader.get(page)).text
    await submit(accounts.manager, page, f"{page}/erreur")
    told = text_of(await accounts.manager.get(page))
    assert "La réception n'est plus notée" in told
    assert "Commandé" in told
    assert "Sa commande est notée" in told
    await submit(accounts.manager, page, f"{page}/reception", received_on="2026-09-07")
    told = text_of(await accounts.manager.get(page))
    assert "Reçu, non remis" in told
    assert "BC-14" in told
    await submit(accounts.manager, page, f"{page}/cloture", reason="Sans objet")
    assert (await needs.get(need.id, cast.SERVICE)).state is NeedState.CLOSED
    again = await post(accounts.manager, f"{page}/cloture", reason="Encore")
    assert "déjà satisfait ou clos" in text_of(again)


async def test_lending_for_it_fills_the_page_and_prepares_the_loan(accounts: Accounts) -> None:
    need = await waits(category="ordinateur portable", valid_until=date(2028, 8, 31))
    sheet = await accounts.manager.get(f"/besoins/{need.id}")
    links = re.findall(r'href="(/preter\?[^"]*item=[^"]*)"', sheet.text)
    assert links
    address = links[0].replace("&amp;", "&") + "&custody=home"
    page = await accounts.manager.get(address)
    told = text_of(page)
    assert "que la remise satisfera" in told
    assert 'value="2028-08-31"' in page.text
    terms = {"starts_on": "2026-09-07", "purpose": "Travail en classe", "basis__kind": "cdaph"}
    done = await submit(accounts.manager, address, "/preter", **terms)
    assert done.status_code == 303, text_of(done)
    (line,) = await needs.page(cast.SERVICE, NeedFilter(), limit=9)
    assert line.need.loan_id is not None
    assert "Ouvrir le prêt préparé" in text_of(await accounts.manager.get(f"/besoins/{need.id}"))


async def test_a_decision_that_ended_is_told(accounts: Accounts) -> None:
    need = await waits(valid_until=date(2026, 8, 31))
    assert "échue le" in text_of(await accounts.reader.get("/besoins"))
    assert "ne vaut plus depuis le 31 août 2026" in text_of(await accounts.reader.get(f"/besoins/{need.id}"))


async def test_a_trial_ends_on_its_day(accounts: Accounts) -> None:
    trial = await waits(kind=NeedKind.TRIAL, valid_until=date(2026, 11, 30), category="ordinateur portable")
    sheet = await accounts.manager.get(f"/besoins/{trial.id}")
    address = re.findall(r'href="(/preter\?[^"]*item=[^"]*)"', sheet.text)[0].replace("&amp;", "&")
    page = await accounts.manager.get(address + "&custody=home")
    assert re.search(r'name="ends_on"[^>]*value="2026-11-30"', page.text)


async def test_the_journal_names_it_and_leads_to_it(accounts: Accounts) -> None:
    need = await waits()
    page = await accounts.manager.get("/journal")
    assert f'href="/besoins/{need.id}"' in page.text
    assert "Besoin de Zoé Exemple" in text_of(page)


async def test_a_pupil_s_sheet_and_an_item_s_tell_of_it(accounts: Accounts) -> None:
    need = await waits(category="ordinateur portable")
    for address in (f"/eleves/{cast.CHILD}", f"/materiels/{cast.LAPTOP}"):
        assert f'href="/besoins/{need.id}"' in (await accounts.reader.get(address)).text
    loan_id = await cast.a_draft(pupil=cast.ADULT, school=cast.COLLEGE)
    await issue_loan(loan_id, issuer=cast.ISSUER)
    assert f'href="/besoins/{need.id}"' not in (await accounts.reader.get(f"/materiels/{cast.LAPTOP}")).text


@pytest.mark.parametrize("path", ["", "/modifier"])
async def test_another_service_finds_nothing(accounts: Accounts, path: str) -> None:
    need = await waits()
    assert (await accounts.stranger.get(f"/besoins/{need.id}{path}")).status_code == 404
