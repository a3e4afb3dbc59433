"""« Imprimer »: from a list of loans, from a school, from the signatures awaited, one page asks how."""

from __future__ import annotations

import re
from io import BytesIO

import pikepdf
import pytest
from pypdfium2 import PdfDocument
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors import institution_cast as places
from tests.web.pages.cast import Accounts, csrf_of, submit, text_of

from materiel.store.papers import document as documents
from materiel.use_cases.papers import printing

PAGE = "/documents/impression"


def asked_for(page: str) -> str:
    (found,) = re.findall(r'name="documents" value="([^"]*)"', page)
    return str(found)


async def test_the_loans_of_a_list_are_printed_pile_by_pile(accounts: Accounts) -> None:
    await places.set_up_mailbox()
    loans = [await places.a_home_loan(uai=cast.BAULON), await places.a_deposit()]
    papers = [paper for loan_id in loans for paper in await documents.of_loan(loan_id)]
    for chosen in ({"loan": [str(each) for each in loans]}, {"all": "oui"}):
        asked = await submit(accounts.manager, "/prets", "/prets/lot", acte="imprimer", **chosen)
        told = text_of(asked)
        assert f"Imprimer {len(papers)} documents" in told
        assert "Une feuille devant chaque pile" in told
        assert set(asked_for(asked.text).split()) == {str(paper.id) for paper in papers}
        assert 'name="separators" value="oui" checked' in asked.text
    fields = {"documents": asked_for(asked.text), "what": "tous", "by": "school", "copies": "annonces"}
    fields["_csrf"] = csrf_of(asked.text)
    plain = await accounts.manager.post(PAGE, data=fields)
    sheets = await accounts.manager.post(PAGE, data=fields | {"separators": "oui"})
    for made in (plain, sheets):
        assert made.headers["content-type"] == "application/pdf"
    # Two schools, two piles: a sheet and its blank verso before each.
    assert len(PdfDocument(sheets.content)) == len(PdfDocument(plain.content)) + 4
    once = await accounts.manager.post(PAGE, data=fields | {"copies": "un", "what": "attendus"})
    awaited = [paper for paper in papers if paper.signatures]
    assert len(PdfDocument(once.content)) == sum(paper.pages + paper.pages % 2 for paper in awaited)


async def test_the_papers_of_a_school_are_printed_from_its_sheet(accounts: Accounts) -> None:
    await places.set_up_mailbox()
    loan_id = await places.a_home_loan(uai=cast.BAULON)
    sheet = await accounts.reader.get(f"/etablissements/{cast.BAULON}")
    link = f"{PAGE}?etablissement={cast.BAULON}"
    assert f'href="{link}"' in sheet.text
    asked = await accounts.reader.get(link)
    papers = await documents.of_loan(loan_id)
    assert set(asked_for(asked.text).split()) == {str(paper.id) for paper in papers}
    made = await submit(accounts.reader, link, PAGE, by="name", what="tous")
    with pikepdf.open(BytesIO(made.content)) as file, file.open_outline() as outline:
        assert sorted(entry.title for entry in outline.root) == sorted(
            f"{paper.kind.label} n°\u00a0{paper.number}" for paper in papers
        )
    nothing = await accounts.reader.get(f"{PAGE}?etablissement={cast.CARDROC}")
    assert nothing.headers["location"].endswith(f"/etablissements/{cast.CARDROC}")
    assert (await accounts.reader.get(f"{PAGE}?etablissement=0000000A")).status_code == 404


async def test_another_services_papers_are_not_printed(accounts: Accounts) -> None:
    await places.set_up_mailbox()
    papers = await documents.of_loan(await places.a_home_loan(uai=cast.BAULON))
    link = f"{PAGE}?etablissement={cast.BAULON}"
    assert (await accounts.stranger.get(link)).status_code == 303
    token = csrf_of((await accounts.stranger.get("/prets")).text)
    taken = await accounts.stranger.post(PAGE, data={"_csrf": token, "documents": str(papers[0].id), "by": "school"})
    assert taken.status_code == 404


async def test_too_many_are_refused(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    await places.set_up_mailbox()
    await places.a_home_loan(uai=cast.BAULON)
    monkeypatch.setattr(printing, "MOST_PRINTED", 1)
    link = f"{PAGE}?etablissement={cast.BAULON}"
    assert (await accounts.reader.get(link)).status_code == 303
    assert "c'est trop" in text_of(await accounts.reader.get(f"/etablissements/{cast.BAULON}"))


async def test_letters_for_the_post_are_offered_to_whoever_writes(accounts: Accounts) -> None:
    await places.set_up_mailbox()
    await places.a_home_loan(uai=cast.BAULON)
    link = f"{PAGE}?etablissement={cast.BAULON}"
    assert 'name="letters"' not in (await accounts.reader.get(link)).text
    asked = await accounts.manager.get(link)
    assert "Une lettre devant ce que chacun reçoit" in text_of(asked)
    fields = {"documents": asked_for(asked.text), "what": "tous", "by": "school", "letters": "oui"}
    fields["_csrf"] = csrf_of(asked.text)
    late = await accounts.manager.post(PAGE, data=fields | {"letters_by": cast.TODAY.isoformat()})
    assert (late.status_code, "Indiquez un jour à venir." in text_of(late)) == (422, True)
    without = await accounts.manager.post(PAGE, data=fields)
    assert "Indiquez le jour avant lequel" in text_of(without)
    made = await accounts.manager.post(PAGE, data=fields | {"letters_by": "2026-09-28"})
    with pikepdf.open(BytesIO(made.content)) as file, file.open_outline() as outline:
        assert outline.root[0].title.startswith("Envoi de papiers à signer")
    forged = fields | {"letters_by": "2026-09-28", "_csrf": csrf_of((await accounts.reader.get("/prets")).text)}
    assert (await accounts.reader.post(PAGE, data=forged)).status_code in {403, 422}
