"""« Côte à côte »: what differs first, the family's own words, the incident that is offered; the page of the family."""

from __future__ import annotations

from uuid import UUID

import httpx
from litestar import Litestar
from tests.stage import condition_cast as scene
from tests.stage import family_cast
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, browser, csrf_of, submit, text_of

from materiel.domain.accounts.session import SubjectKind
from materiel.domain.circuit.condition.state import ConditionMoment
from materiel.use_cases.accounts.session import open_session


async def entered(app: Litestar, rank: int = 0) -> httpx.AsyncClient:
    """A browser in which one of Noé's parents opened a link."""
    await family_cast.set_up_addresses()
    person = await scene.a_parent(rank)
    return browser(app, (await open_session(SubjectKind.FAMILY, person.link.id, cast.SERVICE, now=cast.NOW)).secret)


async def say(family: httpx.AsyncClient, page: str, *files: bytes, **changes: str) -> httpx.Response:
    data = {"_csrf": csrf_of((await family.get("/aide")).text), "moment": "handover", "text": "Elle grince"} | changes
    sent = [("photos", (f"{rank}.jpg", each, "image/jpeg")) for rank, each in enumerate(files)]
    return await family.post(page, data=data, files=sent or None)


async def both_ends() -> tuple[UUID, str]:
    loan_id = await scene.handed_over()
    await scene.noted(loan_id, ConditionMoment.HANDOVER, scene.SCRATCH)
    await scene.given_back(loan_id)
    await scene.noted(loan_id, ConditionMoment.RETURN, scene.SCRATCH, scene.DENT)
    return loan_id, f"/prets/{loan_id}/etats/{cast.LAPTOP}"


async def test_the_page_tells_what_is_new_and_offers_an_incident(accounts: Accounts) -> None:
    loan_id, page = await both_ends()
    assert page in (await accounts.reader.get(f"/prets/{loan_id}")).text
    shown = await accounts.manager.get(page)
    told = text_of(shown)
    assert told.index("Nouveau depuis la remise") < told.index("À la remise")
    assert "ni faute" not in told
    assert "Rien ici ne retient le quitus" in told
    incident = f"/materiels/{cast.LAPTOP}/signaler?description="
    assert incident in shown.text
    (address,) = (each.split('"')[0] for each in shown.text.split('href="')[1:] if each.startswith(incident))
    assert "choc, devant, en haut à gauche" in text_of(await accounts.manager.get(address))
    assert incident not in (await accounts.reader.get(page)).text
    pdf = await accounts.reader.get(f"{page}/comparaison.pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    for path in (page, f"{page}/comparaison.pdf"):
        assert (await accounts.stranger.get(path)).status_code == 404
    assert (await accounts.reader.get(f"/prets/{loan_id}/etats/{cast.SPARE}")).status_code == 404


async def test_a_state_is_noted_from_the_loan_and_opens_when_it_is_there(accounts: Accounts) -> None:
    loan_id = await scene.handed_over()
    new = f"/materiels/{cast.LAPTOP}/etats/nouveau?pret={loan_id}&moment=return"
    assert new in (await accounts.manager.get(f"/prets/{loan_id}/retour")).text.replace("&amp;", "&")
    page = f"/prets/{loan_id}/etats/{cast.LAPTOP}"
    assert "L’état à la remise n’a pas été noté" in (await accounts.manager.get(page)).text
    state = await scene.noted(loan_id, ConditionMoment.RETURN)
    opened = await accounts.manager.get(new)
    assert opened.headers["location"] == f"/materiels/{cast.LAPTOP}/etats/{state.id}"


async def test_the_family_says_it_in_its_own_words_and_the_service_reads(app: Litestar, accounts: Accounts) -> None:
    loan_id = await scene.handed_over()
    await scene.noted(loan_id, ConditionMoment.HANDOVER, scene.SCRATCH)
    lise = await entered(app)
    page = f"/f/prets/{loan_id}/{cast.LAPTOP}/etat"
    assert page in (await lise.get("/f")).text
    assert "rayure, dessous, au centre" in text_of(await lise.get(page))
    assert (await say(lise, page, scene.a_photo())).status_code == 303
    told = text_of(await lise.get(page))
    assert "Elle grince" in told
    assert "avec 1 photo" in told
    for changes, said in (
        ({"text": ""}, "Écrivez votre remarque"),
        ({"moment": ""}, "Dites de quel moment"),
        ({"moment": "return"}, "dans les 15 jours"),
    ):
        refused = await say(lise, page, **changes)
        assert refused.status_code == 422
        assert said in text_of(refused)
    assert "ne se lit pas" in text_of(await say(lise, page, b"MZ" + b"0" * 60))
    assert (await lise.get(f"/f/prets/{loan_id}/{cast.SPARE}/etat")).status_code == 404
    assert "Elle grince" not in text_of(await (await entered(app, 1)).get(page))
    assert "La famille parle de l'état" in text_of(await accounts.manager.get(f"/prets/{loan_id}"))
    compared = f"/prets/{loan_id}/etats/{cast.LAPTOP}"
    shown = await accounts.manager.get(compared)
    assert "Elle grince" in text_of(shown)
    (photo,) = {each.split('"')[0] for each in shown.text.split('href="')[1:] if "/photos/" in each.split('"')[0]}
    removed = await accounts.manager.post(f"{photo}/supprimer", data={"_csrf": csrf_of(shown.text)})
    assert removed.status_code == 409
    assert (await submit(accounts.manager, compared, f"{compared}/lu")).status_code == 303
    assert "Le service l’a lu" in (await lise.get(page)).text
    assert "J’ai lu" not in (await accounts.manager.get(compared)).text


async def test_what_was_just_given_back_is_still_spoken_of(app: Litestar, accounts: Accounts) -> None:
    loan_id, page = await both_ends()
    lise = await entered(app)
    home = await lise.get("/f")
    assert "Ce que vous venez de rendre" in text_of(home)
    address = f"/f/prets/{loan_id}/{cast.LAPTOP}/etat"
    assert address in home.text
    assert (await say(lise, address, moment="return")).status_code == 303
    assert "Elle grince" in text_of(await accounts.reader.get(page))
