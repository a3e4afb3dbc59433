"""The pupils whom a file moves: shown by what each move asks for, ticked, moved, and what stays behind keeps why."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import httpx
import pytest
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of
from tests.web.pages.imports.test_import_file import press, run, send

from materiel.domain.usage import Custody
from materiel.store.engine.database import fetch
from materiel.store.people import pupil as pupils
from materiel.use_cases.loan.steps import issue_loan
from materiel.web.pages.imports import moves

LINES = {
    cast.CHILD: ("Exemple", "Zoé", "04/05/2016"),
    cast.ADULT: ("Modèle", "Ilan", "15/01/2008"),
    cast.TWO_HOMES: ("Fictif", "Noé", "01/02/2014"),
}


def file_of(**schools: str) -> bytes:
    named = {"child": cast.CHILD, "adult": cast.ADULT, "two_homes": cast.TWO_HOMES}
    lines = [";".join((*LINES[named[who]], uai)) for who, uai in schools.items()]
    return "\n".join(["Nom;Prénom;Date de naissance;UAI", *lines, ""]).encode()


async def moves_page(browser: httpx.AsyncClient, data: bytes) -> str:
    return f"{await send(browser, data, 'eleves', 'rentree.csv')}/changements"


async def change(browser: httpx.AsyncClient, page: str, **fields: Any) -> httpx.Response:
    values = {"on": cast.TODAY.isoformat(), "action": "changer", **fields}
    return await submit(browser, page, page, **values)


def ticked(answer: httpx.Response) -> set[str]:
    return set(re.findall(r'name="eleves" value="([^"]+)" checked', answer.text))


@pytest.fixture(autouse=True)
async def _loans(accounts: Accounts) -> None:
    """Zoé has something at school, Ilan something at home, Noé nothing."""
    await issue_loan(await cast.a_draft(custody=Custody.SCHOOL), issuer=cast.ISSUER)
    at_home = await cast.a_draft(items=(cast.SPARE,), pupil=cast.ADULT, school=cast.COLLEGE)
    await issue_loan(at_home, issuer=cast.ISSUER)


ALL = {"child": cast.COLLEGE, "adult": cast.CARDROC, "two_homes": cast.COLLEGE}


async def test_the_page_of_the_import_leads_to_the_moves_when_the_file_creates_nobody(accounts: Accounts) -> None:
    page = await send(accounts.manager, file_of(**ALL), "eleves", "rentree.csv")
    text = text_of(await accounts.manager.get(page))
    assert "Il n'y a rien à importer" in text
    assert "3 élèves changent d'établissement" in text
    shown = await accounts.manager.get(f"{page}/changements")
    told = text_of(shown)
    for said in (
        "1 élève a besoin d'une nouvelle convention",
        "1 élève dont il faut notifier le prêt",
        "1 élève dont la fiche change, sans document",
        "Convention tripartite de prêt et de dépôt.",
        "Notification au maire de Cardroc.",
        "Aucun prêt en cours",
    ):
        assert said in told, said
    assert ticked(shown) == {str(each) for each in LINES}
    assert 'value="2026-09-01"' in shown.text


async def test_few_are_moved_at_once_and_lead_to_a_report_that_stays(accounts: Accounts) -> None:
    page = await moves_page(accounts.manager, file_of(**ALL))
    answer = await change(accounts.manager, page, eleves=[str(each) for each in LINES])
    assert answer.status_code == 303, text_of(answer)
    report = await accounts.manager.get(answer.headers["location"])
    text = text_of(report)
    assert "3 élèves dans leur nouvel établissement" in text
    assert "2 papiers sont faits. Imprimer (PDF) Envoyer les notifications Envoyer pour signature" in text
    printed = re.search(r'href="([^"]+recus=[^"]+)"', report.text)
    assert printed
    assert (await accounts.manager.get(printed[1])).headers["content-type"] == "application/pdf"
    assert [(await pupils.get(each, cast.SERVICE)).school_uai for each in LINES] == [
        cast.COLLEGE,
        cast.CARDROC,
        cast.COLLEGE,
    ]
    assert not await run()
    assert "Tous ces élèves sont dans leur nouvel établissement." in text_of(await accounts.manager.get(page))
    assert text_of(await accounts.reader.get(answer.headers["location"])).count("Envoyer") == 0


async def test_many_are_moved_by_a_job(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "FEW", 2)
    page = await moves_page(accounts.manager, file_of(**ALL))
    answer = await change(accounts.manager, page, eleves=[str(each) for each in LINES])
    assert "En attente" in text_of(await accounts.manager.get(answer.headers["location"]))
    assert await run()
    assert "3 élèves dans leur nouvel établissement" in text_of(await accounts.manager.get(answer.headers["location"]))


async def test_what_cannot_follow_says_why_is_not_ticked_and_is_decided_apart(accounts: Accounts) -> None:
    page = await moves_page(accounts.manager, file_of(child=cast.IME, two_homes=cast.COLLEGE))
    shown = await accounts.manager.get(page)
    assert "1 élève ne peut pas suivre ainsi" in text_of(shown)
    assert ticked(shown) == {str(cast.TWO_HOMES)}
    assert re.search(r'href="/prets/[0-9a-f-]+">Décider', shown.text)
    answer = await change(accounts.manager, page, eleves=[str(cast.CHILD), str(cast.TWO_HOMES)])
    text = text_of(await accounts.manager.get(answer.headers["location"]))
    assert "1 reste à faire" in text
    assert "Recommencer pour celui qui reste" in text
    assert (await pupils.get(cast.CHILD, cast.SERVICE)).school_uai == cast.BAULON


async def test_who_leaves_the_academie_is_led_to_the_departure(accounts: Accounts) -> None:
    await fetch(f"UPDATE school SET academie = '10' WHERE uai = '{cast.CARDROC}'")
    page = await moves_page(accounts.manager, file_of(adult=cast.CARDROC))
    shown = await accounts.manager.get(page)
    assert f'href="/eleves/{cast.ADULT}/depart">Noter le départ' in shown.text
    assert ticked(shown) == set()


@pytest.mark.parametrize(("on", "fault"), [("", "Indiquez le jour"), ("2026-09-08", "n'est pas encore venu")])
async def test_a_day_that_has_not_come_keeps_what_was_ticked(accounts: Accounts, on: str, fault: str) -> None:
    page = await moves_page(accounts.manager, file_of(**ALL))
    answer = await change(accounts.manager, page, on=on, eleves=[str(cast.CHILD)])
    assert answer.status_code == 422
    assert fault in text_of(answer)
    assert ticked(answer) == {str(cast.CHILD)}
    assert await fetch("SELECT id FROM job WHERE kind = 'lot'") == []


async def test_another_day_is_looked_at_without_losing_a_tick(accounts: Accounts) -> None:
    page = await moves_page(accounts.manager, file_of(**ALL))
    chosen = [str(cast.CHILD), str(cast.ADULT)]
    day = date(2026, 9, 3).isoformat()
    answer = await change(accounts.manager, page, on=day, action="revoir", eleves=chosen)
    assert (answer.status_code, ticked(answer)) == (200, set(chosen))
    assert f'value="{day}"' in answer.text
    nobody = await change(accounts.manager, page)
    assert (nobody.status_code, "Cochez au moins un élève." in text_of(nobody)) == (422, True)


async def test_the_button_of_a_group_moves_its_ticked_pupils_alone(accounts: Accounts) -> None:
    page = await moves_page(accounts.manager, file_of(**ALL))
    await change(accounts.manager, page, action="record", eleves=[str(each) for each in LINES])
    assert [(await pupils.get(each, cast.SERVICE)).school_uai for each in LINES] == [
        cast.BAULON,
        cast.COLLEGE,
        cast.COLLEGE,
    ]
    assert ticked(await accounts.manager.get(page)) == {str(cast.CHILD), str(cast.ADULT)}


async def test_more_than_a_lot_takes_comes_afterwards(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "MOST_LINES", 2)
    page = await moves_page(accounts.manager, file_of(**ALL))
    shown = await accounts.manager.get(page)
    assert "1 autre élève viendra ensuite" in text_of(shown)
    await change(accounts.manager, page, eleves=sorted(ticked(shown)))
    assert len(ticked(await accounts.manager.get(page))) == 1


async def test_an_import_is_undone_without_its_moves_and_says_so(accounts: Accounts) -> None:
    data = file_of(**ALL) + b"Nouveau;Paul;01/02/2015;0350165P\n"
    page = await send(accounts.manager, data, "eleves", "rentree.csv")
    await press(accounts.manager, page, "importer")
    assert await run()
    text = text_of(await accounts.manager.get(page))
    assert "3 élèves changent d'établissement" in text
    assert "les changements d'établissement aussi" in text
