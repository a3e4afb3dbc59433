"""« Rentrée »: examined, decided by groups, run once, printed, followed, by a manager; read by a reader."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors import institution_cast as places
from tests.web.pages.cast import Accounts, submit, text_of

from materiel.domain.loan.steps import HandedItem
from materiel.domain.usage import Basis, BasisKind
from materiel.store.engine.database import write_transaction
from materiel.store.people import pupil as pupils
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS

JUNE = datetime(2027, 6, 15, 9, 0, tzinfo=UTC)


async def run() -> None:
    assert await run_next("test", HANDLERS, clock=lambda: JUNE)


async def opened(accounts: Accounts) -> str:
    """The address of the campaign of 2027, examined."""
    asked = await submit(accounts.manager, "/rentree/nouvelle", "/rentree", school_year="2027")
    assert asked.status_code == 303
    address: str = asked.headers["location"]
    waiting = text_of(await accounts.manager.get(address))
    assert "Vous pouvez quitter cette page" in waiting
    await run()
    return address


async def with_a_kept_loan() -> None:
    """Zoé's laptop, that stays at her école; she does not leave it next September."""
    async with write_transaction():
        child = await pupils.get(cast.CHILD, cast.SERVICE)
        await pupils.save(replace(child, birth_date=date(2018, 5, 4)))
    await cast.noted()
    await places.a_tripartite()


async def test_a_campaign_is_walked_from_its_examination_to_its_end(accounts: Accounts) -> None:
    await with_a_kept_loan()
    await places.a_deposit()
    first = await accounts.manager.get("/rentree")
    assert first.headers["location"].endswith("/rentree/nouvelle")
    page = await opened(accounts)
    assert (await accounts.manager.get("/rentree")).headers["location"].endswith(page)
    shown = text_of(await accounts.manager.get(page))
    assert "Rentrée 2027" in shown
    assert "1 prêt sera renouvelé" in shown
    assert "1 famille n'en a pas" in shown
    assert "1 à décider" in shown
    group = f"{page}/groupes/deposit"
    assert "Dépôt collectif" in text_of(await accounts.manager.get(group))
    chosen = await submit(accounts.manager, group, group, choice="renew")
    assert chosen.status_code == 303
    shown = text_of(await accounts.manager.get(page))
    assert "2 prêts seront renouvelés" in shown
    started = await submit(accounts.manager, page, f"{page}/lancer", send="oui")
    assert started.status_code == 303
    await run()
    shown = text_of(await accounts.manager.get(page))
    assert "Où en est ce qui est fait" in shown
    assert "1 papier à imprimer" in shown
    for by in (
        {"by": "school"},
        {"by": "municipality", "separators": "oui"},
        {"school": cast.BAULON},
        {"municipality": "Baulon"},
    ):
        printed = await submit(accounts.manager, page, f"{page}/impression", **by)
        assert printed.headers["content-type"] == "application/pdf"
    nothing = await submit(accounts.manager, page, f"{page}/impression", school=cast.CARDROC)
    assert nothing.headers["location"].endswith(page)
    followed = text_of(await accounts.reader.get(f"{page}/suivi?etat=awaited"))
    assert "Exemple Zoé" in followed
    assert "Familles" in followed
    assert "Aucun prêt" in text_of(await accounts.reader.get(f"{page}/suivi?etat=signed"))


async def test_a_reason_that_the_rules_want_is_asked_beside_its_field(accounts: Accounts) -> None:
    loan_id = await cast.a_draft(basis=Basis(kind=BasisKind.CDAPH, valid_until=date(2027, 8, 31)))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    lent = HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=(HandedItem(item_id=cast.LAPTOP),))
    await hand_over(lent, issuer=cast.ISSUER)
    page = await opened(accounts)
    group = f"{page}/groupes/basis_ended"
    refused = await submit(accounts.manager, group, group, choice="renew")
    assert refused.status_code == 422
    assert "pour un motif que vous indiquez" in text_of(refused)
    chosen = await submit(accounts.manager, group, group, choice="renew", reason="Demande déposée", loans=str(loan_id))
    assert chosen.status_code == 303
    shown = text_of(await accounts.manager.get(group))
    assert "Renouveler Demande déposée" in shown
    assert (await accounts.manager.get(f"{page}/groupes/rien")).status_code == 404


async def test_what_is_under_way_is_not_begun_again(accounts: Accounts) -> None:
    await with_a_kept_loan()
    page = await opened(accounts)
    await submit(accounts.manager, page, f"{page}/lancer", send="oui")
    again = await submit(accounts.manager, "/rentree/nouvelle", "/rentree", school_year="2027")
    assert again.status_code == 422
    assert "déjà en cours" in text_of(again)
    shown = await accounts.manager.get(page)
    assert "Arrêter, en gardant ce qui est fait" in text_of(shown)
    assert "Lancer pour" not in text_of(shown)
    strange = await submit(accounts.manager, "/rentree/nouvelle", "/rentree", school_year="bientôt")
    assert strange.status_code == 422


async def test_a_reader_reads_and_decides_nothing(accounts: Accounts) -> None:
    await with_a_kept_loan()
    assert "Aucune campagne" in text_of(await accounts.reader.get("/rentree/nouvelle"))
    page = await opened(accounts)
    shown = text_of(await accounts.reader.get(page))
    assert "Exemple Zoé" in shown
    assert "Lancer pour" not in shown
    assert "Laisser pour plus tard" not in shown


async def test_the_page_of_its_job_leads_to_the_campaign(accounts: Accounts) -> None:
    asked = await submit(accounts.manager, "/rentree/nouvelle", "/rentree", school_year="2027")
    page = asked.headers["location"]
    running = (await accounts.manager.get(page)).text
    job = running.partition("/taches/")[2].partition("/")[0]
    led = await accounts.manager.get(f"/taches/{job}")
    assert led.headers["location"].endswith(page)
    await run()
    assert "Aucun prêt n'est en cours" in text_of(await accounts.manager.get(page))
