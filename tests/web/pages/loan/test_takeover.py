"""« Reprendre un prêt en cours »: what the forms take, refuse and lead to, and where the loan shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of

from materiel.domain.loan.loan import LoanOrigin, LoanStatus
from materiel.domain.papers.old_paper import OldPaper
from materiel.domain.usage import Custody, Usage
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.people import pupil as pupils
from materiel.use_cases.loan.takeover import TakeOverLoan, take_over_loan

ONE, SEVERAL = "/prets/reprise", "/prets/reprise/plusieurs"
SIGNED = OldPaper(reference="Conv. 12/2025", signed_on=date(2025, 9, 3), ends_on=date(2027, 8, 31))
TERMS = {
    "usage": "individual",
    "custody": "home",
    "handed_over_on": "2025-09-04",
    "ends_on": "2027-08-31",
    "signed": "oui",
    "paper/signed_on": "2025-09-03",
}
ASKED = {**TERMS, "items": "35-2026-00001", "pupil": "Exemple Zoé", "paper/reference": "Conv. 12/2025"}


async def taken(**asked: object) -> UUID:
    values: dict[str, object] = {
        "usage": Usage.INDIVIDUAL,
        "custody": Custody.HOME,
        "school": cast.BAULON,
        "items": (cast.LAPTOP,),
        "handed_over_on": date(2025, 9, 4),
        "paper": SIGNED,
        "pupil": cast.CHILD,
    }
    command = TakeOverLoan(**{**values, **asked})  # type: ignore[arg-type]
    return (await take_over_loan(command, actor=cast.MANAGER, now=cast.NOW)).case.loan.id


async def unsigned() -> UUID:
    return await taken(paper=OldPaper(reference="Conv. 13/2025", ends_on=date(2027, 8, 31)), unsigned=True)


async def test_one_loan_is_taken_over_by_its_page(accounts: Accounts) -> None:
    answer = await submit(accounts.manager, ONE, ONE, **ASKED)
    assert answer.status_code == 303, text_of(answer)
    loan = await loans.get(UUID(answer.headers["location"].rpartition("/")[2]), cast.SERVICE)
    assert (loan.origin, loan.school_uai, loan.pupil_id) == (LoanOrigin.TAKEN_OVER, cast.BAULON, cast.CHILD)
    assert loan.paper == SIGNED
    said = text_of(await accounts.manager.get(answer.headers["location"]))
    assert "rien n'est émis, la vraie convention le sera au premier changement" in said


async def test_a_sheet_leads_to_the_form_with_its_pupil_and_its_item(accounts: Accounts) -> None:
    page = await accounts.manager.get(f"{ONE}?eleve={cast.CHILD}&materiel={cast.LAPTOP}")
    assert 'value="Zoé Exemple"' in page.text
    assert "35-2026-00001</textarea>" in page.text
    assert (await accounts.manager.get(f"{ONE}?eleve={cast.LAPTOP}")).status_code == 200


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"items": ""}, "Indiquez au moins un matériel"),
        ({"items": "35-2026-09999"}, "35-2026-09999"),
        ({"pupil": ""}, "Indiquez l'élève"),
        ({"pupil": "Personne"}, "Aucun élève ne répond"),
        ({"handed_over_on": ""}, "Indiquez le jour de la remise"),
        ({"handed_over_on": "2030-01-01"}, "n'est pas encore passé"),
        ({"signed": ""}, "Dites si l'ancien papier a été signé"),
        ({"paper/signed_on": ""}, "Indiquez la date de la signature"),
        ({"paper/reference": "x" * 61}, "61 caractères"),
        ({"usage": "shared", "pupil": "", "school": ""}, "Indiquez l'établissement"),
        ({"usage": "shared", "pupil": "", "school": cast.PRIVATE, "custody": "school"}, "privé"),
        ({"school": "Nulle part"}, "Aucun établissement"),
    ],
)
async def test_what_the_form_lacks_is_told_and_nothing_is_written(
    accounts: Accounts, changed: dict[str, str], said: str
) -> None:
    answer = await submit(accounts.manager, ONE, ONE, **{**ASKED, **changed})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert await loans.page(cast.SERVICE, limit=5) == []


async def test_of_several_pupils_of_a_name_one_is_chosen(accounts: Accounts) -> None:
    twin = replace(cast.a_child(), id=UUID("0193b000-0000-7000-8000-000000000009"), representatives=(), homes=())
    await pupils.insert(twin, cast.NOW)
    await cast.noted()
    answer = await submit(accounts.manager, ONE, ONE, **ASKED)
    assert "choisissez le bon" in text_of(answer)
    assert f'name="pupil-chosen" value="{twin.id}"' in answer.text
    chosen = await submit(accounts.manager, ONE, ONE, **ASKED, **{"pupil-chosen": str(twin.id)})
    assert chosen.status_code == 303
    (loan,) = await loans.page(cast.SERVICE, limit=5)
    assert loan.pupil_id == twin.id


async def test_several_loans_of_a_school_are_taken_over_together(accounts: Accounts) -> None:
    lines = {
        "school": cast.BAULON,
        "rows": "8",
        **{"items-0": "35-2026-00001, 35-2026-00002", "pupil-0": "Exemple Zoé", "reference-0": "Conv. 1"},
        **{"items-3": "35-2026-00003", "pupil-3": "Modèle Ilan", "reference-3": "Conv. 2"},
    }
    answer = await submit(accounts.manager, SEVERAL, SEVERAL, **TERMS, **lines)
    assert answer.status_code == 303, text_of(answer)
    found = await loans.page(cast.SERVICE, limit=5)
    assert [(loan.paper.reference if loan.paper else "", len(loan.items)) for loan in found] == [
        ("Conv. 1", 2),
        ("Conv. 2", 1),
    ]
    assert "2 prêts sont repris" in text_of(await accounts.manager.get(answer.headers["location"]))


async def test_of_several_loans_a_refusal_tells_each_line_and_nothing_is_half_done(accounts: Accounts) -> None:
    lines = {
        "school": cast.BAULON,
        "rows": "8",
        **{"items-0": "35-2026-00001", "pupil-0": "Exemple Zoé"},
        **{"items-1": "35-2026-00001", "pupil-1": "Modèle Ilan"},
        **{"items-2": "35-2026-00003", "pupil-2": "Fictif Noé"},
    }
    answer = await submit(accounts.manager, SEVERAL, SEVERAL, **TERMS, **lines)
    assert answer.status_code == 422
    assert "Le matériel 35-2026-00001 ne peut pas être repris" in text_of(answer)
    assert 'href="#f-items-1"' in answer.text
    assert await loans.page(cast.SERVICE, limit=5) == []
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status.value == "in_stock"


async def test_lines_are_added_and_an_empty_table_is_refused(accounts: Accounts) -> None:
    more = await submit(accounts.manager, SEVERAL, SEVERAL, rows="8", action="lignes", **{"items-0": "35"})
    assert 'name="items-15"' in more.text
    assert 'name="items-0" type="text" value="35"' in more.text
    empty = await submit(accounts.manager, SEVERAL, SEVERAL, **TERMS, school=cast.BAULON, rows="8")
    assert "Remplissez au moins une ligne" in text_of(empty)


async def test_the_sheet_tells_the_old_paper_and_what_is_to_come(accounts: Accounts) -> None:
    loan_id = await taken()
    said = text_of(await accounts.manager.get(f"/prets/{loan_id}"))
    assert "Prêt repris Conv. 12/2025" in said
    assert "Conv. 12/2025, signé le 3 septembre 2025, jusqu'au 31 août 2027." in said
    assert "La vraie convention sera établie au premier changement." in said
    assert "Remis sans convention" not in said
    assert "Prêt repris : 1 matériel remis le 4 septembre 2025." in said


async def test_unsigned_its_next_act_establishes_the_agreement(accounts: Accounts) -> None:
    loan_id = await unsigned()
    page = await accounts.manager.get(f"/prets/{loan_id}")
    assert "Remis sans convention signée depuis le 4 septembre 2025" in text_of(page)
    assert "Faire établir la convention" in page.text
    home = await accounts.manager.get("/")
    assert "Faire établir la convention" in home.text
    issued = await submit(accounts.manager, f"/prets/{loan_id}", f"/prets/{loan_id}/emission")
    assert issued.headers["location"] == f"/prets/{loan_id}/documents"
    assert "DSDEN35-2026-00001" in text_of(await accounts.manager.get(f"/prets/{loan_id}"))


async def test_past_its_term_the_next_act_renews_with_the_real_agreement(accounts: Accounts) -> None:
    loan_id = await taken(paper=OldPaper(ends_on=date(2026, 8, 31)), unsigned=True)
    page = await accounts.manager.get(f"/prets/{loan_id}")
    assert f'href="/prets/{loan_id}/renouvellement">Renouveler, avec la vraie convention' in page.text
    step = f"/prets/{loan_id}/renouvellement"
    answer = await submit(accounts.manager, step, step, ends_on="2027-08-31")
    assert "La vraie convention est établie ; son nouveau terme" in text_of(
        await accounts.manager.get(answer.headers["location"])
    )


async def test_it_shows_wherever_a_loan_does(accounts: Accounts) -> None:
    loan_id = await taken()
    pages = {
        "/prets": "Conv. 12/2025",
        "/prets?q=12/2025": "Remis repris",
        f"/eleves/{cast.CHILD}": "Conv. 12/2025",
        f"/etablissements/{cast.BAULON}": "Conv. 12/2025",
        f"/materiels/{cast.LAPTOP}": "repris, ancienne convention Conv. 12/2025",
        f"/prets/{loan_id}/renouvellement": "sa vraie convention sera établie, avec le nouveau terme",
        f"/prets/{loan_id}/avenant": "sa vraie convention sera établie, avec la nouvelle liste",
        f"/prets/{loan_id}/garde": "De nouveaux documents sont établis",
        f"/prets/{loan_id}/etablissement": "Conv. 12/2025",
        f"/prets/{loan_id}/retour": "Conv. 12/2025",
        "/prets/export.csv": "Prêt repris",
    }
    for address, told in pages.items():
        page = await accounts.reader.get(address)
        if page.status_code == 403:
            page = await accounts.manager.get(address)
        assert told in text_of(page), address
    found = await accounts.manager.get("/recherche?q=conv. 12/2025")
    assert found.headers.get("location") == f"/prets/{loan_id}" or "Conv. 12/2025" in text_of(found)


async def test_a_loan_without_reference_is_named_by_its_origin(accounts: Accounts) -> None:
    loan_id = await taken(paper=OldPaper(), unsigned=True)
    assert "Prêt repris" in text_of(await accounts.manager.get("/prets"))
    assert "Référence inconnue, jamais signé" in text_of(await accounts.manager.get(f"/prets/{loan_id}"))


async def test_a_mistake_is_taken_back_and_told_when_it_no_longer_can(accounts: Accounts) -> None:
    loan_id = await taken()
    page = f"/prets/{loan_id}/reprise-annulee"
    assert "par erreur" in text_of(await accounts.manager.get(page))
    assert (await submit(accounts.manager, page, page)).headers["location"] == f"/prets/{loan_id}"
    assert (await loans.get(loan_id, cast.SERVICE)).status is LoanStatus.CANCELLED
    again = await submit(accounts.manager, page, page)
    assert "elle ne se retire plus" in text_of(again)


async def test_the_old_paper_is_joined_and_read_again(accounts: Accounts) -> None:
    loan_id = await taken()
    page = f"/prets/{loan_id}/ancien-papier"
    refused = await submit(accounts.manager, page, page)
    assert "Choisissez le fichier numérisé" in text_of(refused)
    assert "Joindre l'ancien papier" in text_of(await accounts.manager.get(page))
