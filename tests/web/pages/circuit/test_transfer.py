"""« Transferts »: chosen in « Parc », asked, answered by the other service, with the act."""

from __future__ import annotations

import re
from uuid import UUID

import httpx
from tests.stage.running_loan import running
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, csrf_of, submit, text_of

from materiel.domain.item.item import ItemStatus
from materiel.domain.language.french import long_date
from materiel.store.item import item as items
from materiel.use_cases.circuit.transfer import list_transfers
from materiel.use_cases.loan.elsewhere.asking import AskTransfer, ask_transfer

WHY = "Réorganisation des secteurs"


async def passing(*item_ids: UUID) -> UUID:
    command = AskTransfer(items=item_ids or (cast.LAPTOP, cast.SPARE), to="DSDEN29", reason=WHY)
    return (await ask_transfer(command, actor=cast.MANAGER, now=cast.NOW)).transfer.id


async def post(client: httpx.AsyncClient, address: str, **data: object) -> httpx.Response:
    token = csrf_of((await client.get("/aide")).text)
    return await client.post(address, data={"_csrf": token, **data})


async def test_items_ticked_in_the_park_are_offered(accounts: Accounts) -> None:
    assert "Aucun transfert n'attend votre réponse" in text_of(await accounts.manager.get("/transferts"))
    page = await post(accounts.manager, "/transferts/choisir", items=[str(cast.LAPTOP), str(cast.SPARE)])
    assert "Transférer 2 matériels à un autre service" in text_of(page)
    assert "DSDEN29" in page.text
    none = await post(accounts.manager, "/transferts/choisir")
    assert "Aucun matériel n'est choisi" in text_of(none)
    sheet = await accounts.manager.get(f"/materiels/{cast.LAPTOP}")
    assert f'href="/transferts/nouveau?items={cast.LAPTOP}"' in sheet.text
    address = f"/transferts/nouveau?items={cast.LAPTOP}"
    wrong = await submit(accounts.manager, address, "/transferts", to="", reason="", items=str(cast.LAPTOP))
    assert wrong.status_code == 422
    assert "Choisissez le service" in text_of(wrong)
    done = await submit(accounts.manager, address, "/transferts", to="DSDEN29", reason=WHY, items=str(cast.LAPTOP))
    (line,) = await list_transfers(actor=cast.MANAGER)
    assert done.headers["location"] == f"/transferts/{line.transfer.id}"
    told = text_of(await accounts.manager.get(f"/transferts/{line.transfer.id}"))
    assert "l'autre service doit répondre" in told
    assert "Retirer cette demande" in told
    assert "attend une réponse" in text_of(await accounts.reader.get(f"/materiels/{cast.LAPTOP}"))
    again = await post(accounts.manager, "/transferts", to="DSDEN29", reason=WHY, items=str(cast.LAPTOP))
    assert "attend déjà la réponse d'un autre transfert" in text_of(again)


async def test_the_other_service_accepts_what_is_ticked(accounts: Accounts) -> None:
    transfer_id = await passing()
    page = f"/transferts/{transfer_id}"
    asked = await accounts.stranger.get("/transferts")
    assert f'href="{page}"' in asked.text
    sheet = await accounts.stranger.get(page)
    assert "Accepter le transfert" in text_of(sheet)
    assert f"/materiels/{cast.LAPTOP}" not in sheet.text
    nothing = await submit(accounts.stranger, page, f"{page}/accepter", items="")
    assert "Il ne reste aucun matériel" in text_of(nothing)
    done = await submit(accounts.stranger, page, f"{page}/accepter", items=str(cast.LAPTOP))
    assert done.headers["location"] == page
    told = text_of(await accounts.stranger.get(page))
    assert "resté au service qui cède" in told
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status is ItemStatus.TRANSFERRED
    for client in (accounts.reader, accounts.stranger):
        act = await client.get(f"{page}/acte.pdf")
        assert act.headers["content-type"] == "application/pdf"
    ours = text_of(await accounts.manager.get(f"/materiels/{cast.LAPTOP}"))
    assert "Transféré · Chez un autre service gestionnaire" in ours
    theirs = re.findall(r'href="(/materiels/[^"]+)"', (await accounts.stranger.get(page)).text)
    assert theirs != [f"/materiels/{cast.LAPTOP}"]
    assert (await accounts.stranger.get(theirs[0])).status_code == 200
    journal = await accounts.manager.get("/journal")
    assert f'href="{page}"' in journal.text
    assert "L'autre service" in text_of(journal)
    assert "Transfert de DSDEN35 à DSDEN29" in text_of(journal)


async def test_it_is_refused_with_a_reason_or_withdrawn(accounts: Accounts) -> None:
    page = f"/transferts/{await passing(cast.LAPTOP)}"
    asked = f"demandé le {long_date(cast.TODAY)}"
    assert asked in text_of(await accounts.manager.get("/transferts?etat=tous"))
    assert "Dites pourquoi" in text_of(await submit(accounts.stranger, page, f"{page}/refuser", reason=""))
    done = await submit(accounts.stranger, page, f"{page}/refuser", reason="Assez")
    assert done.headers["location"] == page
    assert "Assez" in text_of(await accounts.manager.get(page))
    settled = text_of(await accounts.manager.get("/transferts?etat=tous"))
    assert f"le {long_date(cast.TODAY)}" in settled
    assert asked not in settled
    assert "n'attend plus de réponse" in text_of(await post(accounts.stranger, f"{page}/refuser", reason="Encore"))
    assert "n'attend plus de réponse" in text_of(await post(accounts.manager, f"{page}/retirer"))
    assert (await accounts.manager.get(f"{page}/acte.pdf")).status_code == 409
    again = f"/transferts/{await passing(cast.LAPTOP)}"
    gone = await submit(accounts.manager, again, f"{again}/retirer")
    assert gone.headers["location"] == again
    assert "Demande retirée" in text_of(await accounts.manager.get("/transferts?etat=tous"))


async def test_a_lent_item_is_offered_with_its_loan_or_not_at_all(accounts: Accounts) -> None:
    draft = await cast.a_draft()
    address = f"/transferts/nouveau?items={cast.LAPTOP}"
    page = await accounts.manager.get(address)
    assert "un prêt en cours, qui passe avec tout ce qu'il comprend" in text_of(page)
    assert f'href="/prets/{draft}"' in page.text
    values = {"to": "DSDEN29", "reason": WHY, "items": str(cast.LAPTOP)}
    alone = await submit(accounts.manager, address, "/transferts", **values)
    assert "Proposez le matériel avec son prêt" in text_of(alone)
    early = await submit(accounts.manager, address, "/transferts", **values, with_loans="oui")
    assert early.status_code == 422
    assert "tout son matériel n'est pas chez l'emprunteur" in text_of(early)


async def test_the_other_service_takes_the_loan_and_reads_of_whom_only_then(accounts: Accounts) -> None:
    loan_id = await running()
    loan = await accounts.manager.get(f"/prets/{loan_id}")
    both = f"/transferts/nouveau?items={cast.LAPTOP}&amp;items={cast.BRAILLE}"
    assert f'href="{both}"' in loan.text
    assert f'href="/eleves/{cast.CHILD}/depart"' in loan.text
    values = {"to": "DSDEN29", "reason": WHY, "items": str(cast.LAPTOP), "with_loans": "oui"}
    done = await submit(accounts.manager, both.replace("&amp;", "&"), "/transferts", **values)
    page = done.headers["location"]
    before = await accounts.stranger.get(page)
    assert "Ramené au domicile".lower() in text_of(before).lower()
    assert "département 35" in text_of(before)
    for secret in ("Zoé", "Exemple", "Baulon", cast.BAULON, str(loan_id)):
        assert secret not in before.text
    ticked = [str(cast.LAPTOP), str(cast.BRAILLE)]
    without = await post(accounts.stranger, f"{page}/accepter", items=ticked)
    assert "Dites que vous prenez aussi le prêt" in text_of(without)
    taken = await post(accounts.stranger, f"{page}/accepter", items=ticked, with_loans="oui")
    assert taken.status_code == 303
    after = await accounts.stranger.get(page)
    (there,) = re.findall(r'href="(/prets/[0-9a-f-]{36})"', after.text)
    theirs = text_of(await accounts.stranger.get(there))
    assert "Zoé Exemple" in theirs
    assert "Ce prêt vient de" in theirs
    assert "DSDEN29-" in theirs
    ours = text_of(await accounts.manager.get(f"/prets/{loan_id}"))
    assert "Ce prêt est passé à" in ours
    assert (await accounts.manager.get(there)).status_code == 404


async def test_a_loan_between_services_is_extended_then_given_back(accounts: Accounts) -> None:
    address = f"/transferts/nouveau?items={cast.SPARE}"
    values = {"to": "DSDEN29", "reason": WHY, "items": str(cast.SPARE), "until": "2029-01-15"}
    page = (await submit(accounts.manager, address, "/transferts", **values)).headers["location"]
    await post(accounts.stranger, f"{page}/accepter", items=[str(cast.SPARE)])
    theirs = text_of(await accounts.stranger.get(page))
    assert "aucune convention ne va au-delà du jour du retour" in theirs
    assert "15 janvier 2029" in theirs
    assert "ouvrir le prêt entre services" in text_of(await accounts.manager.get(f"/materiels/{cast.SPARE}"))
    early = await post(accounts.stranger, f"{page}/prolonger", until="2028-01-01")
    assert "indiquez une date plus lointaine" in text_of(early)
    await post(accounts.stranger, f"{page}/prolonger", until="2029-06-30")
    assert "Accepter la prolongation" in text_of(await accounts.manager.get(page))
    own = await post(accounts.stranger, f"{page}/prolongation", answer="oui")
    assert "attend la réponse de l'autre service" in text_of(own)
    await post(accounts.manager, f"{page}/prolongation", answer="oui")
    assert "30 juin 2029" in text_of(await accounts.stranger.get(page))
    back = (await post(accounts.stranger, f"{page}/rendre")).headers["location"]
    assert back != page
    twice = await post(accounts.stranger, f"{page}/rendre")
    assert "attend déjà la réponse d'un autre transfert" in text_of(twice)
    await post(
        accounts.manager,
        f"{back}/accepter",
        items=re.findall(r'name="items" value="([^"]+)"', (await accounts.manager.get(back)).text),
    )
    assert "Tout est rendu" in text_of(await accounts.manager.get(page))
