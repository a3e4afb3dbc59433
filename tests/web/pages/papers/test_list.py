"""« Documents » as a list: whom each waits for, sorted, counted, taken away and acted upon."""

from __future__ import annotations

import re

import pytest
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors import institution_cast as places
from tests.web.pages.cast import Accounts, csrf_of, text_of

from materiel.domain.papers.document import AGREEMENTS
from materiel.store.papers import document as documents
from materiel.store.papers.list import SORTS
from materiel.store.work import outbox
from materiel.use_cases.loan.steps import issue_loan


def shown(page: str) -> list[str]:
    """The documents of a page, in its order."""
    return re.findall(r'class="m-code" href="/documents/[^"]+">([^<]+)</a>', page)


async def test_a_list_says_who_has_still_to_sign_each(accounts: Accounts) -> None:
    made = (await issue_loan(await cast.a_draft(), issuer=cast.ISSUER)).made
    page = await accounts.reader.get("/documents")
    assert f"{len(made)} documents" in text_of(page)
    assert "signatures attendues" not in text_of(page)
    row = text_of(page).partition(next(each.number for each in made if each.signatures))[2]
    assert "Anne Exemple" in row
    awaited = await accounts.reader.get("/documents?attente=oui")
    assert "Retirer le filtre : Signature : attendue" in text_of(awaited)
    assert shown(awaited.text) == [each.number for each in made if each.signatures]


async def test_documents_are_sorted_by_every_column(accounts: Accounts) -> None:
    made = [
        *(await issue_loan(await cast.a_draft(), issuer=cast.ISSUER)).made,
        *(
            await issue_loan(
                await cast.a_draft(items=(cast.BRAILLE,), pupil=cast.ADULT, school=cast.COLLEGE), issuer=cast.ISSUER
            )
        ).made,
    ]
    numbers = [each.number for each in made]
    for column in SORTS:
        up = shown((await accounts.reader.get(f"/documents?tri={column}")).text)
        down = shown((await accounts.reader.get(f"/documents?tri=-{column}")).text)
        assert sorted(up) == sorted(down) == sorted(numbers), column
    assert shown((await accounts.reader.get("/documents?tri=numero")).text) == sorted(numbers)
    first = shown((await accounts.reader.get("/documents?tri=-manque")).text)[0]
    assert first in {each.number for each in made if each.signatures}


async def test_the_list_is_taken_away(accounts: Accounts) -> None:
    await issue_loan(await cast.a_draft(), issuer=cast.ISSUER)
    text = (await accounts.reader.get("/documents/vue.csv?nature=loan_agreement")).content.decode("utf-8-sig")
    headings, line = text.splitlines()
    assert headings == "Numéro;Nature;Élève;Établissement;Émis le;État;Ce qui manque"
    assert "Convention de prêt;Exemple Zoé;" in line
    assert "Anne Exemple" in line
    assert len((await accounts.stranger.get("/documents/vue.csv")).content.splitlines()) == 1


async def test_ticked_documents_or_all_those_of_the_view_are_acted_upon(accounts: Accounts) -> None:
    await issue_loan(await cast.a_draft(), issuer=cast.ISSUER)
    token = csrf_of((await accounts.manager.get("/documents")).text)
    answer = await accounts.manager.post("/documents/lot", data={"_csrf": token, "all": "oui", "attente": "oui"})
    assert re.fullmatch(r"/taches/[0-9a-f-]+", answer.headers["location"])
    answer = await accounts.manager.post("/documents/lot", data={"_csrf": token})
    assert answer.headers["location"] == "/documents"
    assert "Aucune ligne n'est choisie" in text_of(await accounts.manager.get("/documents"))


async def test_documents_are_sent_to_those_of_one_party_who_must_sign(accounts: Accounts) -> None:
    await places.set_up_mailbox()
    loan_id = await places.a_tripartite()
    paper = next(each for each in await documents.of_loan(loan_id) if each.kind in AGREEMENTS)
    page = await accounts.manager.get("/documents")
    assert 'name="party" value="municipality"' in page.text
    assert 'name="party"' not in (await accounts.reader.get("/documents")).text
    token = csrf_of(page.text)

    async def send(party: str, **fields: str) -> str:
        chosen = fields or {"documents": str(paper.id), "attente": "oui", "tri": "-manque"}
        answer = await accounts.manager.post("/documents/lot", data={"_csrf": token, "party": party, **chosen})
        seen = "nature=" + paper.kind.value if fields else "attente=oui&tri=-manque"
        assert (answer.status_code, answer.headers["location"]) == (303, f"/documents?{seen}")
        return text_of(await accounts.manager.get(answer.headers["location"]))

    for nobody in ("managing_service", "quelqu'un"):
        assert "Demandez la signature des familles, des communes ou des chefs" in await send(nobody)
    refused = await send("head_of_school")
    assert f"Rien ne part pour : N° {paper.number} :" in refused
    assert "Message à envoyer" not in refused
    assert await outbox.page(cast.SERVICE, limit=9) == []
    assert "Message à envoyer pour 1 document." in await send("municipality")
    assert "Message à envoyer pour 1 document." in await send("municipality", all="oui", nature=paper.kind.value)
    assert len(await outbox.page(cast.SERVICE, limit=9)) >= 1


async def test_many_documents_are_sent_by_a_lot(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("materiel.use_cases.desk.lots.lot.MANY", 0)
    await places.set_up_mailbox()
    await places.a_tripartite()
    token = csrf_of((await accounts.manager.get("/documents")).text)
    data = {"_csrf": token, "party": "municipality", "all": "oui", "attente": "oui"}
    answer = await accounts.manager.post("/documents/lot", data=data)
    assert re.fullmatch(r"/taches/[0-9a-f-]+", answer.headers["location"])
    assert "Envoi pour signature : 0 sur 2" in text_of(await accounts.manager.get(answer.headers["location"]))
