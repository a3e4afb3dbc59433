"""Schools and communes: found, decided upon with a reason, their signatories kept."""

from __future__ import annotations

from urllib.parse import quote

from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of

from materiel.domain.places.school import SchoolKind
from materiel.store.places import municipality as municipalities
from materiel.store.places import school as schools


async def test_schools_are_found_by_words_and_kind(accounts: Accounts) -> None:
    page = await accounts.reader.get("/etablissements", params={"q": "cardroc"})
    assert f"/etablissements/{cast.CARDROC}" in page.text
    assert f"/etablissements/{cast.BAULON}" not in page.text
    ime = await accounts.reader.get("/etablissements", params={"nature": "medico_educational"})
    assert f"/etablissements/{cast.IME}" in ime.text
    none = await accounts.manager.get("/etablissements", params={"q": "zzz"})
    assert "Aucun établissement ne répond" in text_of(none)


async def test_the_sheet_of_a_school_tells_its_deposits(accounts: Accounts) -> None:
    loan_id = await cast.a_draft()
    page = await accounts.reader.get(f"/etablissements/{cast.BAULON}")
    assert f"/prets/{loan_id}" in page.text
    assert "Exemple Zoé" in text_of(page)
    theirs = await accounts.stranger.get(f"/etablissements/{cast.BAULON}")
    assert "Zoé" not in theirs.text
    assert (await accounts.reader.get("/etablissements/0000000X")).status_code == 404


async def test_a_kind_is_recorded_with_its_reason_and_leads_back(accounts: Accounts) -> None:
    back = f"/preter?usage=individual&school={cast.IME}"
    page = f"/etablissements/{cast.IME}/nature?suite={quote(back)}"
    action = f"/etablissements/{cast.IME}/nature"
    refused = await submit(accounts.manager, page, action, kind="eple", reason="")
    assert refused.status_code == 422
    done = await submit(accounts.manager, page, action, kind="eple", reason="Erreur de l'annuaire")
    assert done.headers["location"] == back
    assert (await schools.by_uai(cast.IME, cast.SERVICE)).kind is SchoolKind.EPLE
    again = await submit(accounts.manager, action, kind="calculee", reason="Fausse manœuvre", suite="//ailleurs")
    assert again.headers["location"] == "/"
    assert (await schools.by_uai(cast.IME, cast.SERVICE)).kind is SchoolKind.MEDICO_EDUCATIONAL


async def test_who_signs_for_a_school_is_kept(accounts: Accounts) -> None:
    page = f"/etablissements/{cast.COLLEGE}/contact"
    assert (await submit(accounts.manager, page, head_name="Inès Test", head_title="Principale")).status_code == 303
    assert "Inès Test, Principale" in text_of(await accounts.reader.get(f"/etablissements/{cast.COLLEGE}"))
    long = await submit(accounts.manager, page, head_name="x" * 201)
    assert long.status_code == 422
    assert (await accounts.reader.get(page)).status_code == 403


async def test_the_contacts_of_a_commune_are_kept(accounts: Accounts) -> None:
    school = await schools.by_uai(cast.BAULON, cast.SERVICE)
    page = f"/communes/{school.municipality_insee}/modifier"
    values = {
        "mayor_name": "Alix Maire",
        "authority_kind": "syndicate",
        "authority_name": "Syndicat des écoles",
        "authority_email": "ecoles@syndicat.example",
        "address__lines": "Place de l'Église",
        "address__postcode": "35580",
        "address__city": "Baulon",
    }
    faults = {"email": "mairie", "authority_email": "syndicat", "address__postcode": "1"}
    wrong = await submit(accounts.manager, page, **{**values, **faults})
    assert wrong.status_code == 422
    assert "3 erreurs sont à corriger" in text_of(wrong)
    assert "Place de l&#39;Église" in wrong.text
    assert (await submit(accounts.manager, page, **values)).status_code == 303
    commune = await municipalities.get(school.municipality_insee, cast.SERVICE)
    assert (commune.mayor_name, commune.authority_name) == ("Alix Maire", "Syndicat des écoles")
    assert (commune.email, commune.authority_email) == ("", "ecoles@syndicat.example")
    shown = text_of(await accounts.reader.get(f"/communes/{school.municipality_insee}"))
    assert "Syndicat scolaire : Syndicat des écoles" in shown
    assert "ecoles@syndicat.example" in shown


async def test_communes_are_found_by_name(accounts: Accounts) -> None:
    page = await accounts.reader.get("/communes", params={"q": "baulon"})
    assert "Baulon" in text_of(page)
    assert "Cardroc" not in text_of(page)
    assert (await accounts.reader.get("/communes/99999")).status_code == 404
