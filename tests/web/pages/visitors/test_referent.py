"""« Mon secteur »: the pupils of the sector and what they hold, use noted in three taps, and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from litestar import Litestar
from tests.stage import referent_cast as stage
from tests.use_cases import loan_cast as cast
from tests.web.conftest import StoppedClock
from tests.web.pages.cast import Accounts, browser, submit, text_of

from materiel.domain.circuit.use import UseLevel
from materiel.store.engine.database import write_transaction
from materiel.store.engine.statement import Statement
from materiel.store.people import pupil as pupils
from materiel.use_cases.circuit.use import uses_of_loan
from materiel.use_cases.links.referent import close_referent_links, list_referents

PUPIL = f"/r/eleves/{cast.CHILD}"
TODAY = cast.TODAY.isoformat()


@pytest.fixture
async def inside(app: Litestar, accounts: Accounts, stopped_clock: StoppedClock) -> httpx.AsyncClient:
    """A browser in which a référent has opened the link of a message."""
    stopped_clock.now = cast.NOW
    await stage.a_link(await stage.a_referent())
    client = browser(app)
    opened = await client.get(f"/r/{await stage.last_token()}")
    assert opened.status_code == 303
    assert opened.headers["location"] == "/r"
    return client


async def test_use_is_noted_in_three_taps(inside: httpx.AsyncClient) -> None:
    loan_id = await stage.held_since(90)
    home = await inside.get("/r")
    assert f'href="{PUPIL}"' in home.text
    page = await inside.get(PUPIL)
    assert f'value="{TODAY}"' in page.text
    assert "<textarea" not in page.text
    noted = await submit(inside, PUPIL, PUPIL, said_on=TODAY, **{f"use/{cast.LAPTOP}": "little"})
    assert noted.headers["location"] == "/r"
    assert "C'est noté. Merci." in text_of(await inside.get("/r"))
    (note,) = await uses_of_loan(loan_id, actor=cast.READER)
    assert note.level is UseLevel.LITTLE
    assert "Peu utilisé" in text_of(await inside.get(PUPIL))


async def test_only_the_name_the_school_and_the_thing_are_shown(inside: httpx.AsyncClient) -> None:
    await stage.held_since(90)
    pupil = await pupils.get(cast.CHILD, cast.SERVICE)
    (home, *others) = pupil.homes
    # Elsewhere than the school, whose commune is told.
    elsewhere = replace(home, address=replace(home.address, city="Guignen"))
    async with write_transaction():
        pupil = await pupils.save(replace(pupil, homes=(elsewhere, *others)))
    (mother, *_) = pupil.representatives
    hidden = [*pupil.homes[0].address.lines, pupil.homes[0].address.city + " ", mother.first_name, "35-2026-00001"]
    for page in (await inside.get("/r"), await inside.get(PUPIL)):
        told = text_of(page)
        assert "Zoé" in told
        for words in [*hidden, mother.email or "@exemple.fr", "CDAPH", "Convention", "2012"]:
            assert words not in told.replace("materiel@exemple.fr", ""), words


async def test_schools_and_things_called_alike_are_told_apart(inside: httpx.AsyncClient) -> None:
    await stage.held_since(90, cast.LAPTOP, cast.SPARE)
    await stage.held_since(90, cast.BRAILLE, pupil=cast.TWO_HOMES, school=cast.COLLEGE)
    async with write_transaction():
        pupil = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
        await pupils.save(replace(pupil, school_uai=cast.COLLEGE))
        await Statement("UPDATE school SET name = 'École publique' WHERE uai IN ({}, {})").fetch(
            cast.BAULON, cast.COLLEGE
        )
    home = await inside.get("/r")
    towns = re.findall(r"<h2[^>]*>École publique, ([^<]+)</h2>", home.text)
    assert len(towns) == 2
    page = await inside.get(PUPIL)
    things = re.findall(r"<legend[^>]*>([^<]+)</legend>", page.text)
    assert len(things) == len(set(things)) == 2
    assert all("n°" in each for each in things)
    assert "facultatif" not in text_of(page)
    assert "Laissez sans réponse" in text_of(page)


async def test_what_lacks_is_told_and_nothing_is_lost(inside: httpx.AsyncClient) -> None:
    await stage.held_since(90)
    for typed in ({"said_on": TODAY}, {"said_on": "", f"use/{cast.LAPTOP}": "used"}):
        wrong = await submit(inside, PUPIL, PUPIL, **typed)
        assert wrong.status_code == 422
    assert "Indiquez la date de la réunion" in text_of(wrong)
    assert 'value="used" checked' in wrong.text
    odd = await submit(inside, PUPIL, PUPIL, said_on=TODAY, **{f"use/{cast.LAPTOP}": "malade"})
    assert "Choisissez une réponse pour un matériel" in text_of(odd)


async def test_other_sectors_are_not_found(inside: httpx.AsyncClient) -> None:
    await stage.held_since(90, pupil=cast.TWO_HOMES, school=cast.PRIVATE)
    assert "Aucun élève de votre secteur" in text_of(await inside.get("/r"))
    assert (await inside.get(f"/r/eleves/{cast.TWO_HOMES}")).status_code == 404
    assert (await inside.get(f"/eleves/{cast.TWO_HOMES}")).headers["location"].startswith("/connexion")
    await stage.held_since(90, cast.BRAILLE)
    assert (await inside.get(PUPIL)).status_code == 200
    async with write_transaction():
        await pupils.save(replace(await pupils.get(cast.CHILD, cast.SERVICE), school_uai=cast.PRIVATE))
    assert (await inside.get(PUPIL)).status_code == 404


async def test_a_closed_link_ends_the_session(inside: httpx.AsyncClient, accounts: Accounts) -> None:
    (referent,) = await list_referents(actor=cast.MANAGER)
    await close_referent_links(referent.id, actor=cast.MANAGER, now=cast.NOW)
    assert (await inside.get("/r")).headers["location"] == "/lien-necessaire"
    dead = await browser(accounts.app).get(f"/r/{await stage.last_token()}")
    unknown = await browser(accounts.app).get(f"/r/{'x' * 32}")
    assert (dead.status_code, unknown.status_code) == (404, 404)
    assert "Ce lien ne fonctionne plus" in text_of(dead)


async def test_a_mail_scanner_opens_no_session(inside: httpx.AsyncClient, accounts: Accounts) -> None:
    looked = await browser(accounts.app).head(f"/r/{await stage.last_token()}")
    assert looked.status_code == 303
    assert "set-cookie" not in looked.headers or "materiel" not in looked.headers["set-cookie"]


async def test_a_manager_gives_a_sector_sends_and_closes_its_link(accounts: Accounts) -> None:
    assert "Aucun secteur n'est confié" in text_of(await accounts.reader.get("/referents"))
    typed = {"name": "Berthe Référente", "email": stage.EMAIL, "ends_on": stage.ENDS_ON.isoformat()}
    wrong = await submit(accounts.manager, "/referents/nouveau", "/referents/nouveau", **typed, schools="école")
    assert "Indiquez un établissement au moins" in text_of(wrong)
    lost = f"{cast.BAULON}\n035012T Collège des Deux-Rives"
    told = text_of(await submit(accounts.manager, "/referents/nouveau", "/referents/nouveau", **typed, schools=lost))
    assert "Cette ligne ne contient aucun code UAI" in told
    assert "« 035012T Collège des Deux-Rives »" in told
    nothing = dict.fromkeys((*typed, "schools"), "")
    told = text_of(await submit(accounts.manager, "/referents/nouveau", "/referents/nouveau", **nothing))
    assert "4 erreurs sont à corriger" in told
    pasted = f"{cast.BAULON} École de Baulon\nCollège ({cast.COLLEGE})"
    kept = await submit(accounts.manager, "/referents/nouveau", "/referents/nouveau", **typed, schools=pasted)
    sheet = kept.headers["location"]
    told = text_of(await accounts.manager.get(sheet))
    assert "2 établissements" in told
    assert "Aucun lien n'est ouvert" in told
    await submit(accounts.manager, sheet, f"{sheet}/lien")
    told = text_of(await accounts.manager.get(sheet))
    assert "pas encore ouvert" in told
    assert stage.EMAIL in told
    await submit(accounts.manager, sheet, f"{sheet}/lien")
    assert "Un lien vient de partir" in text_of(await accounts.manager.get(sheet))
    again = {**typed, "ends_on": (stage.ENDS_ON - timedelta(days=30)).isoformat(), "version": "1"}
    change = await submit(accounts.manager, f"{sheet}/modifier", f"{sheet}/modifier", **again, schools=cast.BAULON)
    assert change.headers["location"] == sheet
    stale = await submit(accounts.manager, f"{sheet}/modifier", f"{sheet}/modifier", **again, schools=cast.BAULON)
    assert "modifiée entre-temps" in text_of(stale)
    await submit(accounts.manager, sheet, f"{sheet}/lien/fermer")
    assert "Aucun lien n'est ouvert" in text_of(await accounts.manager.get(sheet))
    assert "Envoyer un" not in text_of(await accounts.reader.get(sheet))
    assert "Berthe Référente" in text_of(await accounts.reader.get("/referents"))
    for address in (sheet, f"{sheet}/modifier"):
        assert (await accounts.stranger.get(address)).status_code == 404


async def test_equipment_is_asked_and_confirmed_by_the_service(inside: httpx.AsyncClient, accounts: Accounts) -> None:
    page = "/r/besoin"
    typed = {"last_name": "Exemple", "first_name": "Zoé", "birth_date": cast.a_child().birth_date.isoformat()}
    typed |= {"wording": "Plage braille", "notified_on": TODAY}
    wrong = await submit(inside, page, page, **{**typed, "last_name": "", "wording": ""})
    assert "Indiquez le nom de l'élève" in text_of(wrong)
    assert "Indiquez les mots de la décision" in text_of(wrong)
    assert "connaît pas encore cet élève" in text_of(await submit(inside, page, page, **{**typed, "first_name": "Z"}))
    done = await submit(inside, page, page, **typed)
    assert done.headers["location"] == "/r"
    listed = await accounts.manager.get("/a-faire/besoins-a-confirmer")
    assert "Plage braille" in text_of(listed)
    (sheet,) = set(re.findall(r'href="(/besoins/[0-9a-f-]{36})"', listed.text))
    told = text_of(await accounts.manager.get(sheet))
    assert "Demandé par Berthe Référente" in told
    assert "Demandé, à confirmer" in text_of(await accounts.manager.get("/besoins"))
    assert "Plage braille" in text_of(await accounts.manager.get("/besoins?etape=a-confirmer"))
    assert "Confirmer" not in text_of(await accounts.reader.get(sheet))
    await submit(accounts.manager, sheet, f"{sheet}/confirmation")
    assert "Plage braille" in text_of(await accounts.manager.get("/besoins"))
    assert "Aucun besoin n'attend" in text_of(await accounts.manager.get("/a-faire/besoins-a-confirmer"))
