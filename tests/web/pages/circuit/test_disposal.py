"""« Fins de vie »: chosen in « Parc », proposed, decided by who signs for the State, done with its papers."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import httpx
import pytest
from tests.stage.signatory_cast import a_signatory
from tests.use_cases import loan_cast as cast
from tests.use_cases.circuit.disposal import disposal_cast
from tests.use_cases.circuit.disposal.disposal_cast import PDF, decided, finished, proposed
from tests.web.pages.cast import Accounts, browser, csrf_of, submit, text_of

from materiel.domain.accounts.session import SubjectKind
from materiel.domain.circuit.disposal.disposal import DisposalOutcome
from materiel.domain.item.item import ItemStatus
from materiel.store.engine.database import write_transaction
from materiel.store.item import item as items
from materiel.use_cases.accounts.session import open_session
from materiel.use_cases.circuit.disposal import list_disposals

ASKED = {"outcome": "staff", "beneficiary": "Alix Agent", "reason": "Trop ancien"}


@pytest.fixture(autouse=True)
async def _computing(accounts: Accounts) -> None:
    await disposal_cast.make_computing()


async def signing(accounts: Accounts) -> httpx.AsyncClient:
    """The browser of somebody who signs for the State."""
    who = await a_signatory()
    opened = await open_session(SubjectKind.ACCOUNT, who.user.id, cast.SERVICE, now=cast.NOW)
    return browser(accounts.app, opened.secret)


async def post(client: httpx.AsyncClient, address: str, **data: object) -> httpx.Response:
    token = csrf_of((await client.get("/aide")).text)
    return await client.post(address, data={"_csrf": token, **data})


async def test_items_ticked_in_the_park_are_proposed_each_with_its_worth(accounts: Accounts) -> None:
    assert "Aucune fin de vie à décider" in text_of(await accounts.manager.get("/fins-de-vie"))
    page = await post(accounts.manager, "/fins-de-vie/choisir", items=[str(cast.LAPTOP), str(cast.BRAILLE)])
    assert "Proposer la sortie du parc de 2 matériels" in text_of(page)
    assert "Aucun matériel n'est choisi" in text_of(await post(accounts.manager, "/fins-de-vie/choisir"))
    sheet = await accounts.manager.get(f"/materiels/{cast.LAPTOP}")
    address = f"/fins-de-vie/nouvelle?items={cast.LAPTOP}"
    assert f'href="{address}"' in sheet.text
    wrong = await submit(accounts.manager, address, "/fins-de-vie", items=str(cast.LAPTOP))
    assert wrong.status_code == 422
    for said in ("Choisissez où vont", "Indiquez qui les reçoit", "Indiquez la valeur estimée", "Dites dans quel état"):
        assert said in text_of(wrong)
    worth = {"items/0/value_cents": "abc", "items/0/condition": "worn"}
    unread = await submit(accounts.manager, address, "/fins-de-vie", items=str(cast.LAPTOP), **ASKED, **worth)
    assert "Cette valeur ne se lit pas" in text_of(unread)
    worth["items/0/value_cents"] = "300,01 €"
    dear = await submit(accounts.manager, address, "/fins-de-vie", items=str(cast.LAPTOP), **ASKED, **worth)
    assert "estimé à plus de 300 €" in text_of(dear)
    worth["items/0/value_cents"] = "120,50"
    done = await submit(accounts.manager, address, "/fins-de-vie", items=str(cast.LAPTOP), **ASKED, **worth)
    (disposal,) = await list_disposals(actor=cast.MANAGER)
    assert done.headers["location"] == f"/fins-de-vie/{disposal.id}"
    assert disposal.value_cents == 120_50
    told = text_of(await accounts.reader.get(f"/fins-de-vie/{disposal.id}"))
    assert "l'effacement des données est à attester d'abord" in told
    assert "Attester l'effacement" not in told
    assert "Sa fin de vie est proposée" in text_of(await accounts.reader.get(f"/materiels/{cast.LAPTOP}"))


async def test_who_signs_decides_and_the_manager_notes_that_it_left(accounts: Accounts) -> None:
    disposal = await proposed(cast.LAPTOP)
    page, signer = f"/fins-de-vie/{disposal.id}", await signing(accounts)
    assert "Décider cette fin de vie" not in text_of(await accounts.manager.get(page))
    waiting = await signer.get("/parapheur")
    assert "1 réforme à décider" in text_of(waiting)
    assert 'href="/fins-de-vie"' in waiting.text
    early = await submit(signer, page, f"{page}/decider")
    assert "attester leur effacement" in text_of(early)
    lacks = await submit(accounts.manager, page, f"{page}/effacement", erased_by="", erased_how="", erased_on="")
    assert "Indiquez qui a effacé" in text_of(lacks)
    said = {"erased_on": "2026-09-07", "erased_by": "Le service", "erased_how": "Effacement complet"}
    assert (await submit(accounts.manager, page, f"{page}/effacement", **said)).headers["location"] == page
    assert (await submit(signer, page, f"{page}/decider")).headers["location"] == page
    told = text_of(await accounts.manager.get(page))
    assert "il manque : acte signé et engagement de l'association" in told
    assert (await accounts.reader.get(f"{page}/acte.pdf")).headers["content-type"] == "application/pdf"
    assert (await accounts.reader.get(f"{page}/engagement.pdf")).headers["content-type"] == "application/pdf"
    token = csrf_of((await accounts.manager.get(page)).text)
    nothing = await accounts.manager.post(f"{page}/papier", data={"_csrf": token, "kind": "act"})
    assert "Choisissez le fichier numérisé" in text_of(nothing)
    unread = await accounts.manager.post(
        f"{page}/papier", data={"_csrf": token, "kind": "act"}, files={"scan": ("a.pdf", b"?", "application/pdf")}
    )
    assert unread.status_code in (400, 422)
    soon = await submit(accounts.manager, page, f"{page}/sortie", done_on="2026-09-07", labels_off="oui")
    assert "Il manque : acte signé" in text_of(soon)
    for kind in ("act", "commitment"):
        sent = await accounts.manager.post(
            f"{page}/papier", data={"_csrf": token, "kind": kind}, files={"scan": ("a.pdf", PDF, "application/pdf")}
        )
        assert sent.headers["location"] == page
    kept = await submit(accounts.manager, page, f"{page}/sortie", done_on="2026-09-07")
    assert "étiquettes" in text_of(kept)
    left = await submit(accounts.manager, page, f"{page}/sortie", done_on="2026-09-07", labels_off="oui", reference="7")
    assert left.headers["location"] == page
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status is ItemStatus.WRITTEN_OFF
    sheet = text_of(await accounts.reader.get(f"/materiels/{cast.LAPTOP}"))
    assert "Sorti du parc le 7 septembre 2026 : Cession gratuite à une association" in sheet
    journal = await accounts.manager.get("/journal")
    assert f'href="{page}"' in journal.text
    assert "Réforme faite" in text_of(await accounts.reader.get("/fins-de-vie?etat=faites"))


async def test_it_is_refused_or_withdrawn_with_a_reason(accounts: Accounts) -> None:
    disposal, signer = await proposed(cast.LAPTOP), await signing(accounts)
    page = f"/fins-de-vie/{disposal.id}"
    assert "Dites pourquoi" in text_of(await submit(signer, page, f"{page}/refuser", reason=""))
    assert (await submit(signer, page, f"{page}/refuser", reason="Encore bon")).headers["location"] == page
    assert "Encore bon" in text_of(await accounts.manager.get(page))
    again = f"/fins-de-vie/{(await proposed(cast.LAPTOP)).id}"
    assert "Dites pourquoi" in text_of(await submit(accounts.manager, again, f"{again}/retirer", reason=""))
    assert (await submit(accounts.manager, again, f"{again}/retirer", reason="Erreur")).headers["location"] == again
    assert "ne change plus" in text_of(await post(accounts.manager, f"{again}/retirer", reason="Encore"))
    assert "Réforme retirée" in text_of(await accounts.reader.get("/fins-de-vie?etat=toutes"))


async def test_the_list_for_the_domaine_is_a_paper_and_a_table(accounts: Accounts) -> None:
    disposal = await proposed(cast.BRAILLE, outcome=DisposalOutcome.DOMAINE, beneficiary="Le Domaine")
    page = f"/fins-de-vie/{disposal.id}"
    shown = (await accounts.reader.get(page)).text
    for end, kind in (("pdf", "application/pdf"), ("csv", "text/csv"), ("xlsx", "application/vnd.openxmlformats")):
        assert f'href="{page}/liste-domaine.{end}"' in shown
        answer = await accounts.reader.get(f"{page}/liste-domaine.{end}")
        assert answer.headers["content-type"].startswith(kind)
    assert (await accounts.reader.get(f"{page}/acte.pdf")).status_code == 409
    assert (await accounts.reader.get(f"{page}/engagement.pdf")).status_code == 409
    await decided(disposal)
    assert "Décidées" in text_of(await accounts.reader.get("/fins-de-vie?etat=decidees"))


async def test_a_paper_is_read_by_its_own_service(accounts: Accounts) -> None:
    disposal = await finished(await proposed(cast.LAPTOP))
    page = await accounts.reader.get(f"/fins-de-vie/{disposal.id}")
    address = page.text.split("/papiers/")[1][:36]
    path = f"/fins-de-vie/{disposal.id}/papiers/{UUID(address)}"
    kept = await accounts.reader.get(path)
    assert (kept.content, "attachment" in kept.headers["content-disposition"]) == (PDF, True)
    assert (await accounts.stranger.get(path)).status_code == 404


async def test_what_cannot_leave_says_why_before_anything_is_typed(accounts: Accounts) -> None:
    await cast.a_draft(items=(cast.LAPTOP,))
    page = text_of(await accounts.manager.get(f"/fins-de-vie/nouvelle?items={cast.LAPTOP}"))
    assert "dans un prêt ou un brouillon en cours" in page
    worth = {"items/0/value_cents": "12", "items/0/condition": "worn"}
    refused = await post(accounts.manager, "/fins-de-vie", items=str(cast.LAPTOP), **ASKED, **worth)
    assert (refused.status_code, "dans un prêt" in text_of(refused)) == (422, True)


async def test_the_passport_of_what_should_be_replaced_leads_here(accounts: Accounts) -> None:
    async with write_transaction():
        old = await items.get(cast.LAPTOP, cast.SERVICE)
        await items.save(replace(old, acquired_on=cast.TODAY.replace(year=2015)))
    page = await accounts.manager.get(f"/materiels/{cast.LAPTOP}/passeport")
    assert f'href="/fins-de-vie/nouvelle?items={cast.LAPTOP}"' in page.text
    assert "/fins-de-vie/nouvelle" not in (await accounts.reader.get(f"/materiels/{cast.LAPTOP}/passeport")).text
