"""« Conservation »: durations, what is over, the list, the visa, the work; holds; what the public reads afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from tests.documents.printing import words
from tests.stage import retention_cast as old
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of

from materiel.domain.loan.loan import LoanStatus
from materiel.domain.retention.retention import Elimination
from materiel.domain.work.housekeeping import KEPT, Remnant
from materiel.store.accounts import service as services
from materiel.store.engine.database import write_transaction
from materiel.store.engine.statement import Statement
from materiel.store.papers import document as documents
from materiel.store.retention import elimination as eliminations
from materiel.store.retention import retention
from materiel.use_cases.retention.elimination import prepare_elimination
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS

PAGE = "/reglages/conservation"
ENDED = date(2020, 6, 30)


@pytest.fixture
async def loans(accounts: Accounts) -> list[UUID]:
    """Three loans that ended six years ago; the pages are read on 7 September 2026."""
    await Statement("UPDATE managing_service SET departement = '035'").fetch()
    return [(await old.a_bare_loan(number, ended=ENDED)).id for number in range(3)]


async def prepared() -> Elimination:
    return await prepare_elimination(cast.TODAY, actor=old.ADMIN, now=cast.NOW)


async def run_the_work() -> None:
    assert await run_next("worker", HANDLERS, clock=lambda: cast.NOW)


async def test_what_is_over_is_shown_with_what_is_held(accounts: Accounts, loans: list[UUID]) -> None:
    await old.a_bare_loan(8, status=LoanStatus.RETURNED, ended=ENDED)
    await submit(accounts.manager, f"/prets/{loans[0]}/conservation", reason="Plainte en cours")
    text = text_of(await accounts.admin.get(PAGE))
    assert "3 prêts échus" in text
    assert "1 retenu, à garder" in text
    assert "Retenu Plainte en cours" in text
    assert "1 prêt rendu n'est pas encore clos" in text
    assert "Préparer le bordereau (2 dossiers)" in text
    held = await accounts.admin.get(PAGE, params={"voir": "retenus"})
    assert held.text.count('Terminé le">') == 1
    before = text_of(await accounts.admin.get(PAGE, params={"jour": "30/06/2025"}))
    assert "Aucun prêt de cette liste n'est échu au 30 juin 2025" in before
    wrong = await accounts.admin.get(PAGE, params={"jour": "hier"})
    assert (wrong.status_code, "Cette date n'existe pas" in text_of(wrong)) == (422, True)
    assert "0 prêt échu" in text_of(await accounts.stranger.get(PAGE))
    assert [(await each.get(PAGE)).status_code for each in (accounts.manager, accounts.reader)] == [403, 403]


async def test_the_list_is_read_page_by_page(
    accounts: Accounts, loans: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("materiel.web.pages.retention.retention.PAGE", 2)
    first = await accounts.admin.get(PAGE)
    assert [str(each) in first.text for each in loans] == [True, True, False]
    following = first.text.split('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = await accounts.admin.get(PAGE + following)
    assert [str(each) in second.text for each in loans] == [False, False, True]


async def test_durations_have_bounds_and_keep_what_was_typed(accounts: Accounts, loans: list[UUID]) -> None:
    action = f"{PAGE}/durees"
    typed = {"loan_years": "cent", "pupil_years": "11", "retention_reference": "Tableau de gestion"}
    wrong = await submit(accounts.admin, PAGE, action, **typed)
    assert wrong.status_code == 422
    assert "2 erreurs sont à corriger" in text_of(wrong)
    assert 'value="cent"' in wrong.text
    assert 'value="Tableau de gestion"' in wrong.text
    assert (await submit(accounts.admin, PAGE, action, loan_years="7", pupil_years="2")).status_code == 303
    service = await services.get(cast.SERVICE)
    assert (service.loan_years, service.pupil_years, service.retention_reference) == (7, 2, "")
    assert "0 prêt échu" in text_of(await accounts.admin.get(PAGE))
    stale = await submit(accounts.admin, PAGE, action, loan_years="5", pupil_years="1", version="1")
    assert (stale.status_code, "a été modifié entre-temps" in text_of(stale)) == (422, True)
    public = text_of(await accounts.anonymous.get("/donnees-personnelles"))
    assert "DSDEN d'Ille-et-Vilaine : 7 ans après le retour ; 2 ans après le dernier acte pour un élève" in public
    assert f"les liens d'accès {KEPT[Remnant.LINK].days} jours après leur fin" in public


async def test_a_list_is_prepared_read_and_downloaded(accounts: Accounts, loans: list[UUID]) -> None:
    answer = await submit(accounts.admin, PAGE, f"{PAGE}/bordereau")
    assert answer.status_code == 303
    sheet = answer.headers["location"]
    text = text_of(await accounts.admin.get(sheet))
    assert "Bordereau préparé" in text
    assert "Dossiers 3" in text
    assert "Éliminer 3 dossiers" in text
    file = await accounts.admin.get(f"{sheet}/bordereau.csv")
    assert file.headers["content-disposition"].endswith('"bordereau-elimination.csv"')
    assert "DSDEN35;Prêts à des élèves" in file.text
    assert old.SURNAME not in file.text
    paper = await accounts.admin.get(f"{sheet}/bordereau.pdf")
    assert paper.headers["content-disposition"].endswith('"bordereau-elimination.pdf"')
    read = words(paper.content)
    for told in ("Bordereau d’élimination", "Prêts à des élèves", "DSDEN35", "Les Archives départementales", "Visa"):
        assert told in read, told
    assert old.SURNAME not in read
    again = await accounts.admin.post(f"{PAGE}/bordereau", data={"jour": "2026-09-07", "_csrf": await csrf(accounts)})
    assert (again.status_code, "Un bordereau est déjà préparé" in text_of(again)) == (422, True)
    gone = await submit(accounts.admin, sheet, f"{sheet}/abandon")
    assert gone.status_code == 303
    assert "rien n'a été éliminé" in text_of(await accounts.admin.get(PAGE))
    assert (await accounts.admin.get(sheet)).status_code == 404


async def csrf(accounts: Accounts) -> str:
    page = (await accounts.admin.get(PAGE)).text
    return page.split('name="_csrf" value="')[1].partition('"')[0]


async def test_nothing_is_prepared_for_a_day_to_come(accounts: Accounts, loans: list[UUID]) -> None:
    values = {"jour": "2026-09-08", "_csrf": await csrf(accounts)}
    answer = await accounts.admin.post(f"{PAGE}/bordereau", data=values)
    assert (answer.status_code, "choisissez un jour passé" in text_of(answer)) == (422, True)
    answer = await accounts.admin.post(f"{PAGE}/bordereau", data=values | {"jour": "2025-06-30"})
    assert (answer.status_code, "Rien n'est échu à cette date" in text_of(answer)) == (422, True)


async def test_the_visa_needs_its_date_its_reference_and_a_tick(accounts: Accounts, loans: list[UUID]) -> None:
    sheet = f"{PAGE}/{(await prepared()).id}"
    unticked = await submit(accounts.admin, sheet, f"{sheet}/visa", visa_on="2026-09-07", visa_reference="AD35 n° 7")
    assert (unticked.status_code, "AD35 n° 7" in unticked.text) == (422, True)
    wrong = await submit(accounts.admin, sheet, f"{sheet}/visa", visa_on="2026-09-06", visa_reference="", confirm="oui")
    assert "2 erreurs sont à corriger" in text_of(wrong)
    assert await eliminations.visaed() == []
    stranger = await accounts.stranger.get(sheet)
    assert stranger.status_code == 404


async def test_the_visa_launches_the_work_whose_end_is_told(accounts: Accounts, loans: list[UUID]) -> None:
    elimination = await prepared()
    sheet = f"{PAGE}/{elimination.id}"
    given = await submit(
        accounts.admin, sheet, f"{sheet}/visa", visa_on="07/09/2026", visa_reference="AD35 n° 7", confirm="oui"
    )
    assert given.status_code == 303
    job = given.headers["location"]
    assert "Élimination en cours : il reste 3 dossiers" in text_of(await accounts.admin.get(sheet))
    assert "Suivre l'élimination" in text_of(await accounts.admin.get(PAGE))
    await run_the_work()
    text = text_of(await accounts.admin.get(job))
    assert "3 prêts éliminés, 0 document et 0 élève." in text
    assert "détruisez les anciennes" in text
    assert "Revenir à la conservation" in text
    assert "Revenir à la conservation" not in text_of(await accounts.manager.get(job))
    text = text_of(await accounts.admin.get(sheet))
    assert "Élimination terminée le 7 septembre 2026 : 3 prêts" in text
    assert "AD35 n° 7" in text
    assert "visa du 7 septembre 2026 (AD35 n° 7)" in text_of(await accounts.admin.get(PAGE))
    late = await accounts.admin.post(f"{sheet}/reprise", data={"_csrf": await csrf(accounts)})
    assert late.status_code == 409


async def test_a_work_that_failed_is_resumed_from_the_page(accounts: Accounts, loans: list[UUID]) -> None:
    elimination = await prepared()
    sheet = f"{PAGE}/{elimination.id}"
    await old.a_visa(elimination, cast.NOW)
    await Statement("UPDATE job SET state = 'failed', finished_at = {}").fetch(cast.NOW)
    job = (await eliminations.get(elimination.id, cast.SERVICE)).job_id
    assert "Ce qui est éliminé l'est entièrement" in text_of(await accounts.admin.get(f"/taches/{job}"))
    assert "L'élimination s'est interrompue : il reste 3 dossiers" in text_of(await accounts.admin.get(sheet))
    assert (await submit(accounts.admin, sheet, f"{sheet}/reprise")).status_code == 303
    await run_the_work()
    assert "Élimination terminée" in text_of(await accounts.admin.get(sheet))


async def test_a_loan_is_held_and_let_go_from_its_page(accounts: Accounts, loans: list[UUID]) -> None:
    loan = f"/prets/{loans[0]}"
    assert "Gardé jusqu'au 30 juin 2025 au moins ( retenir ce prêt )" in text_of(await accounts.manager.get(loan))
    assert "retenir ce prêt" not in text_of(await accounts.reader.get(loan))
    page = f"{loan}/conservation"
    wrong = await submit(accounts.manager, page, reason=" ")
    assert (wrong.status_code, "Indiquez le motif" in text_of(wrong)) == (422, True)
    assert (await submit(accounts.manager, page, reason="Vol, enquête en cours")).status_code == 303
    assert "Retenu : Vol, enquête en cours" in text_of(await accounts.reader.get(loan))
    assert "Changer le motif" in text_of(await accounts.manager.get(page))
    assert (await submit(accounts.manager, page, f"{page}/levee")).status_code == 303
    assert await retention.hold_of(loans[0]) is None
    draft = await cast.a_draft()
    assert "commence quand le prêt est rendu" in text_of(await accounts.manager.get(f"/prets/{draft}/conservation"))


async def test_the_public_still_learns_that_an_eliminated_paper_was_genuine(
    accounts: Accounts, db_of_papers: list[str]
) -> None:
    for code in db_of_papers:
        answer = await accounts.anonymous.get(f"/v/{code}/1")
        text = text_of(answer)
        assert (answer.status_code, "Document authentique, éliminé depuis" in text) == (200, True)
        assert not any(name in answer.text for name in old.NAMES)
    assert (await accounts.anonymous.get(f"/v/{db_of_papers[0]}/99")).status_code == 404


@pytest.fixture
async def db_of_papers(accounts: Accounts) -> list[str]:
    """The codes of the papers of a loan that was eliminated."""
    await Statement("UPDATE managing_service SET loan_years = 1").fetch()
    noe = await old.pupils.get(cast.TWO_HOMES, cast.SERVICE)
    mother = replace(noe.representatives[0], last_name=old.SURNAME, email=old.MAIL)
    async with write_transaction():
        await old.pupils.save(replace(noe, last_name=old.SURNAME, representatives=(mother,)))
    loan_id = await old.an_old_loan(returned_on=date(2026, 10, 1))
    codes = [paper.code for paper in await documents.of_loan(loan_id)]
    await old.eliminated()
    return codes


async def test_the_journal_leads_nowhere_dead(accounts: Accounts, loans: list[UUID]) -> None:
    elimination = await prepared()
    await old.a_visa(elimination, cast.NOW)
    await run_the_work()
    text = text_of(await accounts.manager.get("/journal", params={"objet": "elimination"}))
    assert "Élimination terminée : 3 prêts, 0 documents, 0 élèves." in text
    gone = await accounts.manager.get(f"/prets/{loans[0]}")
    assert (gone.status_code, "Ce prêt n'existe pas" in text_of(gone)) == (404, True)
