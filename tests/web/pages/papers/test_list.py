"""« Documents » as a list: whom each waits for, sorted, counted, taken away and acted upon."""

from __future__ import annotations

import re

from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, csrf_of, text_of

from materiel.store.papers.list import SORTS
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
