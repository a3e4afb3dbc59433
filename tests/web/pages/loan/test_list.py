"""« Prêts et dépôts » as a list: sorted, added up, taken away, and acted upon."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, csrf_of, text_of

from materiel.domain.loan.steps import HandedItem
from materiel.errors import BadInput
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan
from materiel.web.http.forms import Form
from materiel.web.pages.acting import chosen_in
from materiel.web.pages.loan import list as pages


async def handed_over(**asked: object) -> UUID:
    """A loan whose items are out, and whose papers nobody has signed."""
    loan_id = await cast.a_draft(**asked)
    issued = await issue_loan(loan_id, issuer=cast.ISSUER)
    handed = tuple(HandedItem(item_id=line.item_id) for line in issued.case.loan.items)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=handed), issuer=cast.ISSUER)
    return loan_id


def shown(page: str) -> list[str]:
    """The loans of a page, in its order."""
    return re.findall(r'scope="row"><a href="/prets/([^"]+)"', page)


async def test_every_head_that_sorts_does(accounts: Accounts) -> None:
    out = await handed_over()
    draft = await cast.a_draft(items=(cast.BRAILLE, cast.KEYBOARD), pupil=cast.ADULT, school=cast.COLLEGE)
    page = (await accounts.reader.get("/prets")).text
    offered = re.findall(r'<th role="columnheader"[^>]*><a href="\?tri=([^"]+)">', page)
    assert offered == ["qui", "numero", "-nombre", "ou", "etat", "fin", "-depuis"]
    expected = {
        "": [draft, out],
        "cree": [out, draft],
        "qui": [out, draft],
        "-qui": [draft, out],
        "numero": [out, draft],
        "-numero": [out, draft],
        "-nombre": [draft, out],
        "etat": [draft, out],
        "-etat": [out, draft],
        "-depuis": [out, draft],
        "depuis": [out, draft],
    }
    for order, loans in expected.items():
        listed = shown((await accounts.reader.get("/prets", params={"tri": order})).text)
        assert listed == [str(each) for each in loans], order
    assert "2 prêts et dépôts · 3 matériels" in text_of(await accounts.reader.get("/prets"))


@pytest.mark.parametrize("order", ["", "qui", "-nombre", "fin", "-depuis"])
async def test_pages_follow_each_other_in_every_order(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    monkeypatch.setattr(pages, "PAGE", 1)
    await handed_over()
    for item in (cast.BRAILLE, cast.KEYBOARD):
        await cast.a_draft(items=(item,), pupil=cast.ADULT, school=cast.COLLEGE)
    seen: list[str] = []
    query: str = f"?tri={order}"
    while query:
        page = (await accounts.reader.get(f"/prets{query}")).text
        seen += shown(page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        query = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 3


async def test_what_is_missing_is_taken_away_too(accounts: Accounts) -> None:
    await handed_over()
    lines = (await accounts.reader.get("/prets/vue.csv?tri=qui")).content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Pour qui;Convention;Nombre;Où;État;Jusqu’au;Ce qui manque;Depuis"
    assert "Exemple Zoé;" in lines[1]
    assert "Convention à signer" in lines[1]
    assert len((await accounts.stranger.get("/prets/vue.csv")).content.splitlines()) == 1


async def act(accounts: Accounts, **fields: object) -> str:
    """Where an act upon some loans leads."""
    token = csrf_of((await accounts.manager.get("/prets")).text)
    answer = await accounts.manager.post("/prets/lot", data={"_csrf": token, **fields})
    assert answer.status_code == 303, text_of(answer)
    location: str = answer.headers["location"]
    return location


async def test_ticked_loans_or_all_those_of_the_view_are_acted_upon(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = await handed_over()
    draft = await cast.a_draft(items=(cast.BRAILLE,), pupil=cast.ADULT, school=cast.COLLEGE)
    assert await act(accounts, acte="reprendre", loan=[str(out)]) == f"/scanner/pile/reprendre?loan={out}"
    every = await act(accounts, acte="reprendre", all="oui")
    assert every == f"/scanner/pile/reprendre?loan={draft}&loan={out}"
    assert await act(accounts, acte="reprendre", all="oui", etat="draft") == f"/scanner/pile/reprendre?loan={draft}"
    assert re.fullmatch(r"/taches/[0-9a-f-]+", await act(accounts, acte="relancer", loan=[str(out)]))
    for fields, told in (
        ({"acte": "relancer"}, "Aucune ligne n'est choisie"),
        ({"acte": "relancer", "loan": [str(draft)]}, "Aucune signature n'est attendue pour ces prêts."),
    ):
        assert await act(accounts, **fields) == "/prets"
        assert told in text_of(await accounts.manager.get("/prets"))
    monkeypatch.setattr(pages, "MOST_IN_PILE", 1)
    assert await act(accounts, acte="remettre", all="oui") == "/prets"
    told = text_of(await accounts.manager.get("/prets"))
    assert "Cette vue a 2 prêts et dépôts ; agissez sur 1 au plus à la fois. Filtrez-la." in told


async def test_some_are_never_taken_for_all_nor_none_for_some(accounts: Accounts) -> None:
    await cast.a_draft()
    for typed, code in (({"all": ["oui"]}, "list.too_many"), ({}, "list.none_chosen")):
        with pytest.raises(BadInput) as refusal:
            await chosen_in(
                pages.LOANS, Form(typed), "loan", lambda line: line.loan.id, actor=cast.READER, now=cast.NOW, most=0
            )
        assert refusal.value.code == code


async def test_a_view_of_a_pupil_or_of_a_school_says_so(accounts: Accounts) -> None:
    await cast.a_draft()
    page = text_of(await accounts.reader.get("/prets", params={"eleve": str(cast.CHILD)}))
    assert "Retirer le filtre : Élève : Zoé Exemple" in page
    unknown = await accounts.stranger.get("/prets", params={"eleve": str(cast.CHILD), "etablissement": cast.BAULON})
    assert ("Zoé" in unknown.text, "Élève : inconnu" in text_of(unknown)) == (False, True)
    assert "Établissement : inconnu" in text_of(await accounts.reader.get("/prets?etablissement=0000000X"))


async def test_a_route_sheet_is_made_of_what_is_ticked(accounts: Accounts) -> None:
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    page = (await accounts.manager.get("/prets")).text
    assert "Feuille de route" in page
    values = {"_csrf": csrf_of(page), "acte": "feuille", "loan": str(loan_id)}
    answer = await accounts.manager.post("/prets/lot", data=values)
    assert answer.headers["location"] == f"/prets/feuille-de-route.pdf?loan={loan_id}"
    paper = await accounts.manager.get(answer.headers["location"])
    assert paper.headers["content-disposition"] == 'inline; filename="feuille-de-route.pdf"'
    assert (await accounts.stranger.get(answer.headers["location"])).status_code == 404
    draft = await cast.a_draft(items=(cast.BRAILLE,), pupil=cast.ADULT, school=cast.COLLEGE)
    refused = await accounts.manager.post("/prets/lot", data=values | {"loan": str(draft)})
    assert refused.headers["location"] == "/prets"
    assert "Aucun de ces prêts n'a de matériel à remettre" in text_of(await accounts.manager.get("/prets"))
