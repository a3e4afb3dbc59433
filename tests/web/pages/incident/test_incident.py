"""« Incidents »: the list, writing one down, its sheet and everything that a manager does there."""

from __future__ import annotations

import re
from uuid import UUID

import httpx
import pytest
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, csrf_of, submit, text_of

from materiel.domain.incident.incident import DeclaredAs, Incident, IncidentKind, IncidentState
from materiel.domain.loan.plan import Fault
from materiel.domain.loan.steps import HandedItem
from materiel.store.incident import incident as incidents
from materiel.store.item import item as items
from materiel.use_cases.incident.incident import RecordIncident, record_incident
from materiel.use_cases.incident.treatment import CloseIncident, FindFault, close_incident, find_fault
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan


async def told(kind: IncidentKind = IncidentKind.THEFT, **changes: object) -> Incident:
    values: dict[str, object] = {
        "item_id": cast.LAPTOP,
        "kind": kind,
        "description": "Volé dans le bus",
        "happened_on": cast.TODAY,
    }
    command = RecordIncident(**{**values, **changes})  # type: ignore[arg-type]
    return await record_incident(command, actor=cast.MANAGER, now=cast.NOW)


async def lent() -> UUID:
    """Zoé has the laptop at home."""
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    command = HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=(HandedItem(item_id=cast.LAPTOP),))
    await hand_over(command, issuer=cast.ISSUER)
    return loan_id


def page_of(incident: Incident) -> str:
    return f"/incidents/{incident.id}"


async def post(client: httpx.AsyncClient, address: str, **data: object) -> httpx.Response:
    """Send a form that the page does not show to this reader, or in this state."""
    token = csrf_of((await client.get("/aide")).text)
    return await client.post(address, data={"_csrf": token, **data})


async def now(incident: Incident) -> Incident:
    return await incidents.get(incident.id, cast.SERVICE)


async def test_the_list_shows_what_is_to_treat_and_leads_to_each_sheet(accounts: Accounts) -> None:
    await lent()
    theft = await told(declared_as=DeclaredAs.FAMILY)
    done = await told(IncidentKind.BREAKDOWN, item_id=cast.BRAILLE)
    await close_incident(CloseIncident(incident_id=done.id, resolution="Réparé", version=1), issuer=cast.ISSUER)
    page = await accounts.reader.get("/incidents")
    assert f'href="{page_of(theft)}"' in page.text
    assert page_of(done) not in page.text
    text = text_of(page)
    assert "Exemple Zoé" in text
    assert "déclaration sur l'honneur, copie du dépôt de plainte et attestation de l'assureur" in text
    for asked, shown in (
        ({"etat": "closed"}, {done.id}),
        ({"etat": "tous"}, {theft.id, done.id}),
        ({"etat": "tous", "q": "00002"}, {done.id}),
        ({"nature": "loss"}, set()),
        ({"par": "family", "nature": "theft"}, {theft.id}),
        ({"par": "institution"}, set()),
        ({"nature": "inconnue"}, {theft.id}),
    ):
        found = await accounts.reader.get("/incidents", params=asked)
        assert {each.id for each in (theft, done) if page_of(each) in found.text} == shown, asked
        assert bool(shown) or "Aucun incident ne répond à ces critères" in text_of(found)
    assert "Aucun incident n'est à traiter" in text_of(await accounts.stranger.get("/incidents"))


async def test_pages_of_the_list_follow_each_other(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("materiel.web.pages.incident.list.PAGE", 1)
    first, second = await told(), await told(IncidentKind.BREAKDOWN)
    for asked, order in (({"par": "account"}, (first, second)), ({"etat": "tous"}, (second, first))):
        page = await accounts.reader.get("/incidents", params=asked)
        assert page_of(order[0]) in page.text
        assert page_of(order[1]) not in page.text
        following = re.search(r'href="(\?[^"]+)" rel="next"', page.text)
        assert following
        rest = await accounts.reader.get("/incidents" + following[1].replace("&amp;", "&"))
        assert page_of(order[1]) in rest.text
        assert page_of(order[0]) not in rest.text
    assert (await accounts.reader.get("/incidents", params={"avant": "x"})).status_code == 400


async def test_incidents_are_sorted_by_every_column_and_taken_away(accounts: Accounts) -> None:
    await lent()
    theft, breakdown = await told(IncidentKind.THEFT), await told(IncidentKind.BREAKDOWN)
    both = {theft.id, breakdown.id}
    for column in ("nature", "materiel", "ou", "par", "suite", "manque", "signale"):
        for order in (column, f"-{column}"):
            page = (await accounts.reader.get("/incidents", params={"tri": order})).text
            assert {each.id for each in (theft, breakdown) if page_of(each) in page} == both, order
    up, down = [(await accounts.reader.get(f"/incidents?tri={each}")).text for each in ("nature", "-nature")]
    assert up.index(page_of(breakdown)) < up.index(page_of(theft))
    assert down.index(page_of(theft)) < down.index(page_of(breakdown))
    lines = (await accounts.reader.get("/incidents/vue.csv?nature=theft")).content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Incident;Matériel;Où;Signalé le;Par;Suite;Ce qui manque"
    assert "déclaration sur l'honneur" in lines[1]
    assert len((await accounts.stranger.get("/incidents/vue.csv?etat=tous")).content.splitlines()) == 1


async def test_the_day_the_item_the_loan_and_the_journal_lead_to_the_sheet(accounts: Accounts) -> None:
    loan_id = await lent()
    incident = await told(declared_as=DeclaredAs.FAMILY)
    for path in ("/a-faire/incidents-ouverts", f"/materiels/{cast.LAPTOP}", f"/prets/{loan_id}", "/journal"):
        assert f'href="{page_of(incident)}"' in (await accounts.manager.get(path)).text, path
    for path in (f"/materiels/{cast.LAPTOP}", f"/prets/{loan_id}"):
        assert f'href="/materiels/{cast.LAPTOP}/signaler"' in (await accounts.manager.get(path)).text
        assert "/signaler" not in (await accounts.reader.get(path)).text
    assert 'href="/incidents"' in (await accounts.reader.get("/")).text


async def test_a_manager_writes_down_what_a_family_tells(accounts: Accounts) -> None:
    await lent()
    path = f"/materiels/{cast.LAPTOP}/signaler"
    shown = await accounts.manager.get(path)
    assert "La famille, ou l'élève majeur" in text_of(shown)
    assert "L'établissement ou la commune" not in text_of(shown)
    answer = await submit(
        accounts.manager, path, kind="loss", declared_as="family", description="Oublié", happened_on="07/09/2026"
    )
    (incident,) = await incidents.of_item(cast.LAPTOP, cast.SERVICE)
    assert (answer.status_code, answer.headers["location"]) == (303, page_of(incident))
    assert (incident.kind, incident.declared_as, incident.happened_on) == (
        IncidentKind.LOSS,
        DeclaredAs.FAMILY,
        cast.TODAY,
    )


async def test_every_fault_is_told_and_what_was_typed_is_kept(accounts: Accounts) -> None:
    path = f"/materiels/{cast.LAPTOP}/signaler"
    empty = await submit(accounts.manager, path, description="Il a disparu")
    assert empty.status_code == 422
    text = text_of(empty)
    assert "Choisissez ce qui se passe." in text
    assert "Dites qui vous a prévenu." in text
    assert "Il a disparu" in text
    wrong = await submit(accounts.manager, path, kind="theft", declared_as="family", description="")
    assert wrong.status_code == 422
    for sentence in ("Indiquez ce qui s'est passé.", "Indiquez le jour où c'est arrivé", "ne garde pas ce matériel"):
        assert sentence in text_of(wrong)
    assert await incidents.of_item(cast.LAPTOP, cast.SERVICE) == []


async def test_a_theft_is_treated_from_its_papers_to_its_answer(accounts: Accounts) -> None:
    incident = await told()
    page = page_of(incident)
    shown = text_of(await accounts.manager.get(page))
    assert "déclaration sur l'honneur, copie du dépôt de plainte et attestation de l'assureur" in shown
    assert "cet incident ne se clôt pas sans cette décision" in shown
    ticked = await submit(
        accounts.manager, page, f"{page}/pieces", papers=["statement", "complaint"], received_on="2026-09-06"
    )
    assert ticked.status_code == 303
    later = await submit(
        accounts.manager, page, f"{page}/pieces", papers=["statement", "insurance"], received_on="2026-09-07"
    )
    assert later.status_code == 303
    assert {paper.value: on.day for paper, on in (await now(incident)).papers.items()} == {
        "statement": 6,
        "insurance": 7,
    }
    assert "Reçue le 6 septembre 2026" in text_of(await accounts.manager.get(page))
    await submit(accounts.manager, page, f"{page}/faute", fault="none", reason="Effraction constatée")
    shown = text_of(await accounts.manager.get(page))
    assert "Sans faute de l'utilisateur , décidé le 7 septembre 2026" in shown
    assert "le remplacement est à la charge de l'État" in shown
    assert "Il manque encore : copie du dépôt de plainte" in shown
    closed = await submit(accounts.manager, page, f"{page}/reponse", resolution="Remplacé, sans frais.")
    assert closed.status_code == 303
    done = await now(incident)
    assert (done.state, done.resolution, done.fault) == (IncidentState.CLOSED, "Remplacé, sans frais.", Fault.NONE)
    shown = text_of(await accounts.manager.get(page))
    assert "Aucun courriel n'est écrit" in shown
    assert "Réponse du service Remplacé, sans frais." in shown


async def test_what_is_refused_is_told_on_the_sheet_with_what_was_typed(accounts: Accounts) -> None:
    incident = await told()
    page = page_of(incident)
    refused = await submit(accounts.manager, page, f"{page}/faute", reason="Parce que")
    assert refused.status_code == 422
    assert "Dites si l'utilisateur a commis une faute." in text_of(refused)
    assert "Parce que" in refused.text
    early = await post(accounts.manager, f"{page}/reponse", version="1", resolution="Remplacé")
    assert early.status_code == 422
    assert "Dites d'abord si l'utilisateur a commis une faute" in text_of(early)
    tomorrow = await submit(accounts.manager, page, f"{page}/pieces", papers=["statement"], received_on="2026-09-08")
    assert tomorrow.status_code == 422
    assert "Cette date est dans l'avenir" in text_of(tomorrow)
    assert 'value="statement" checked' in tomorrow.text
    stale = await submit(accounts.manager, page, f"{page}/pieces", papers=["statement"], version="7")
    assert "Cet incident a été modifié entre-temps" in text_of(stale)
    unversioned = await submit(accounts.manager, page, f"{page}/pieces", version="")
    assert "Rechargez la page" in text_of(unversioned)
    assert await now(incident) == incident


async def test_notes_are_written_and_what_was_closed_by_mistake_is_opened_again(accounts: Accounts) -> None:
    incident = await told(IncidentKind.BREAKDOWN)
    page = page_of(incident)
    await submit(accounts.manager, page, f"{page}/notes", text="Devis demandé")
    await submit(accounts.manager, page, f"{page}/reponse", resolution="Réparé")
    assert "Pourquoi le rouvrir" in text_of(await accounts.manager.get(page))
    silent = await submit(accounts.manager, page, f"{page}/reouverture", reason=" ")
    assert (silent.status_code, "Indiquez pourquoi vous le rouvrez." in text_of(silent)) == (422, True)
    await submit(accounts.manager, page, f"{page}/reouverture", reason="Toujours en panne")
    shown = text_of(await accounts.manager.get(page))
    for line in ("Devis demandé", "Réponse d'avant la réouverture : Réparé", "Réouverture : Toujours en panne"):
        assert line in shown
    assert (await now(incident)).is_open


async def test_the_acts_lead_to_the_forms_of_the_product_filled_beforehand(accounts: Accounts) -> None:
    loan_id = await lent()
    theft = await told(declared_as=DeclaredAs.FAMILY)
    page = (await accounts.manager.get(page_of(theft))).text
    addresses = [each.replace("&amp;", "&") for each in re.findall(r'<li><a href="(/(?:prets|materiels)/[^"]+)"', page)]
    assert [each.partition("?")[0] for each in addresses] == [
        f"/prets/{loan_id}/avenant",
        f"/prets/{loan_id}/retour",
        f"/materiels/{cast.LAPTOP}",
    ]
    for address in addresses:
        assert (await accounts.manager.get(address)).status_code == 200, address
    amendment = (await accounts.manager.get(addresses[0])).text
    assert '<option value="stolen" selected>' in amendment
    assert '<option value="undecided" selected>' in amendment
    status = (await accounts.manager.get(addresses[2])).text
    assert 'name="status" value="stolen" checked' in status
    assert re.search(r'<details class="m-details" open><summary>Changer l', status)
    broken = await told(IncidentKind.DAMAGE)
    page = (await accounts.manager.get(page_of(broken))).text
    back = re.search(r'href="(/prets/[^"]+/retour\?[^"]+)"', page)
    assert back
    returning = (await accounts.manager.get(back[1].replace("&amp;", "&"))).text
    assert '<option value="damaged" selected>' in returning
    assert f"/prets/{loan_id}/rappel" in page
    assert "noter le matériel perdu" not in page.lower()


async def test_an_item_out_of_any_loan_is_repaired_or_put_back(accounts: Accounts) -> None:
    incident = await told(IncidentKind.BREAKDOWN)
    page = text_of(await accounts.manager.get(page_of(incident)))
    assert "Envoyer le matériel en réparation" in page
    assert "Hors prêt" in page
    item = await items.get(cast.LAPTOP, cast.SERVICE)
    repaired = await submit(
        accounts.manager, f"/materiels/{item.id}", f"/materiels/{item.id}/etat", status="in_repair", reason="Panne"
    )
    assert repaired.status_code == 303
    page = text_of(await accounts.manager.get(page_of(incident)))
    assert "Remettre le matériel en réserve" in page
    assert "État passé de « En réserve » à « En réparation »" in page


async def test_a_reader_reads_and_another_service_finds_nothing(accounts: Accounts) -> None:
    incident = await told()
    page = page_of(incident)
    shown = await accounts.reader.get(page)
    assert shown.status_code == 200
    assert f'action="{page}/' not in shown.text
    for name in ("pieces", "faute", "notes", "reponse", "reouverture"):
        refused = await post(accounts.reader, f"{page}/{name}", version="1")
        assert refused.status_code == 403, name
        missing = await post(accounts.stranger, f"{page}/{name}", version="1")
        assert missing.status_code == 404, name
    assert (await accounts.stranger.get(page)).status_code == 404
    assert (await accounts.stranger.get(f"/materiels/{cast.LAPTOP}/signaler")).status_code == 404
    assert (await accounts.reader.get(f"/materiels/{cast.LAPTOP}/signaler")).status_code == 403
    assert await now(incident) == incident


async def test_an_amendment_asks_once_what_happened_and_who_answers(accounts: Accounts) -> None:
    loan_id = await cast.a_draft(items=(cast.LAPTOP, cast.BRAILLE))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    handed = tuple(HandedItem(item_id=each) for each in (cast.LAPTOP, cast.BRAILLE))
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=handed), issuer=cast.ISSUER)
    path = f"/prets/{loan_id}/avenant"
    lost = {"effective_on": cast.TODAY.isoformat(), f"remove-{cast.BRAILLE}": "lost"}
    silent = await submit(accounts.manager, path, **lost)
    assert (silent.status_code, "Dites ce qui s'est passé" in text_of(silent)) == (422, True)
    theft = await told()
    found = FindFault(incident_id=theft.id, fault=Fault.NONE, reason="Effraction", version=1)
    await find_fault(found, actor=cast.MANAGER, now=cast.NOW)
    page = await accounts.manager.get(path)
    assert f'href="{page_of(theft)}"' in page.text
    assert f'name="fault-{cast.LAPTOP}"' not in page.text
    assert f'name="fault-{cast.BRAILLE}"' in page.text
    endless = await submit(accounts.manager, path, **lost | {f"told-{cast.BRAILLE}": "x" * 2001})
    assert "Ce texte compte 2001 caractères ; 2000 au plus." in text_of(endless)
    both = lost | {f"remove-{cast.LAPTOP}": "stolen", f"told-{cast.BRAILLE}": "Oublié dans le car"}
    done = await submit(accounts.manager, path, add="35-2026-00003", **both)
    assert done.status_code == 303, text_of(done)
    shown = text_of(await accounts.manager.get(f"/prets/{loan_id}"))
    assert "Volé le 7 septembre 2026" in shown
    assert "Perdu le 7 septembre 2026" in shown
    assert (await now(theft)).fault is Fault.NONE
