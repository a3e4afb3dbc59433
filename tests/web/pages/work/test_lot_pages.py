"""What is done in number from a page: its progress, its end, its report, and what it left begun again."""

from __future__ import annotations

import re
from uuid import UUID

import httpx
import pytest
from tests.use_cases import loan_cast as cast
from tests.use_cases.desk.test_awaited import agreement_of, with_an_address
from tests.use_cases.visitors import institution_cast as places
from tests.web.pages.cast import Accounts, csrf_of, submit, text_of

from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.papers.document import DocumentKind, Party, SignatureStatus
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.store.work import outbox
from materiel.use_cases.desk import print_together
from materiel.use_cases.desk.lots import lot
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS

REFRESH = '<noscript><meta http-equiv="refresh" content="5"></noscript>'


@pytest.fixture(autouse=True)
async def _few_are_many(monkeypatch: pytest.MonkeyPatch, accounts: Accounts) -> None:
    monkeypatch.setattr(lot, "MANY", 1)
    await places.set_up_mailbox()


async def run() -> None:
    assert await run_next("tests", HANDLERS, clock=lambda: cast.NOW)


def job_of(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    where = answer.headers["location"]
    assert re.fullmatch(r"/taches/[0-9a-f-]{36}", where), where
    return str(where)


async def two_papers() -> list[str]:
    one = await agreement_of(await places.a_home_loan(uai=cast.BAULON, items=(cast.LAPTOP,)))
    two = await agreement_of(await places.a_deposit())
    return [str(one.id), str(two.id)]


async def test_reminding_a_group_of_many_is_followed_to_its_report(accounts: Accounts) -> None:
    await with_an_address()
    await two_papers()
    page = job_of(await submit(accounts.manager, "/?vue=autres", "/a-faire/relancer", concern="signatures-attendues"))
    waiting = await accounts.manager.get(page)
    assert REFRESH in waiting.text
    assert "Arrêter, en gardant ce qui est fait" in text_of(waiting)
    assert "Arrêter" not in text_of(await accounts.reader.get(page)).replace("Arrêté", "")
    assert (await accounts.stranger.get(page)).status_code == 404
    await run()
    over = await accounts.manager.get(page)
    assert REFRESH not in over.text
    told = text_of(over)
    assert "relances écrites" in told
    assert "Aucun serveur de courriel" in told
    assert "Zoé" in told
    assert len(await outbox.page(cast.SERVICE, limit=9)) >= 2
    assert text_of(await accounts.reader.get(page)).count("Recommencer") == 0


async def hand_over(accounts: Accounts, *item_ids: UUID, **fields: object) -> str:
    """Confirm a pile; the page of the lot."""
    where = "/scanner/pile/remettre"
    token = csrf_of((await accounts.manager.get(where)).text)
    pile = {"items": [str(each) for each in item_ids], "on": cast.TODAY.isoformat(), "_csrf": token}
    return job_of(await accounts.manager.post(f"{where}/valider", data=pile | fields))


async def test_signatures_of_many_papers_are_recorded_one_by_one(accounts: Accounts) -> None:
    papers = await two_papers()
    notice = next(
        each
        for each in await documents.of_loan((await documents.get_many([UUID(papers[0])], cast.SERVICE))[0].loan_id)
        if each.kind is DocumentKind.NOTICE
    )
    fields = {
        "party": "managing_service",
        "documents": [*papers, str(notice.id)],
        "action": "signer",
        "signed_on": cast.TODAY.isoformat(),
    }
    page = job_of(await submit(accounts.manager, "/signatures", **fields))
    await run()
    told = text_of(await accounts.manager.get(page))
    assert "2 signatures enregistrées" in told
    assert "1 reste à faire" in told
    assert f"Le document n° {notice.number} n'attend pas cette signature." in told
    for paper in papers:
        read = await documents.get(UUID(paper), cast.SERVICE)
        assert {box.status for box in read.signatures if box.party is Party.MANAGING_SERVICE} == {
            SignatureStatus.SIGNED
        }


async def test_a_high_pile_keeps_what_was_seen_of_each_item(accounts: Accounts) -> None:
    loan_id = await cast.a_draft(items=(cast.LAPTOP, cast.SPARE))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    page = await hand_over(accounts, cast.LAPTOP, cast.SPARE, cast.LAST, **{f"condition-{cast.SPARE}": "worn"})
    await run()
    told = text_of(await accounts.manager.get(page))
    for each in ("2 matériels remis", "1 papier est fait", "Imprimer (PDF)", "35-2026-00008", "dans aucun prêt"):
        assert each in told
    receipts = re.search(r'href="(/scanner/recus\.pdf\?recus=[^"]+)"', (await accounts.manager.get(page)).text)
    assert receipts is not None
    assert (await accounts.manager.get(receipts[1])).headers["content-type"] == "application/pdf"
    seen = {line.item_id: line.condition_out for line in (await loans.get(loan_id, cast.SERVICE)).items}
    assert seen == {cast.LAPTOP: Condition.GOOD, cast.SPARE: Condition.WORN}


async def test_what_was_stopped_is_begun_again(accounts: Accounts) -> None:
    loan_id = await cast.a_draft(items=(cast.LAPTOP, cast.SPARE))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    page = await hand_over(accounts, cast.LAPTOP, cast.SPARE)
    token = {"_csrf": csrf_of((await accounts.manager.get(page)).text)}
    assert (await accounts.reader.post(f"{page}/arret", data=token)).status_code == 403
    assert (await submit(accounts.manager, page, f"{page}/arret")).headers["location"] == page
    assert "Arrêt demandé" in text_of(await accounts.manager.get(page))
    await run()
    told = text_of(await accounts.manager.get(page))
    assert "Rien n'est fait" in told
    assert "Le travail a été arrêté : 2 n'ont pas été tentés." in told
    again = job_of(await submit(accounts.manager, page, f"{page}/reprise"))
    assert again != page
    await run()
    assert "2 matériels remis" in text_of(await accounts.manager.get(again))
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status is ItemStatus.ON_LOAN
    for late, said in ((f"{again}/arret", "Cette tâche est terminée"), (f"{again}/reprise", "Rien ne reste à faire")):
        assert (await accounts.manager.post(late, data=token)).headers["location"] == again
        assert said in text_of(await accounts.manager.get(again))
    assert (await accounts.stranger.get(again)).status_code == 404


async def test_many_notices_leave_together(accounts: Accounts) -> None:
    loans = [await places.a_home_loan(uai=cast.BAULON, items=(each,)) for each in (cast.LAPTOP, cast.SPARE)]
    notices = [
        str(each.id)
        for loan_id in loans
        for each in await documents.of_loan(loan_id)
        if each.kind is DocumentKind.NOTICE
    ]
    page = job_of(await submit(accounts.manager, "/notifications", documents=notices, action="courriel"))
    await run()
    assert "2 notifications à envoyer" in text_of(await accounts.manager.get(page))
    assert len(await outbox.page(cast.SERVICE, limit=9)) == 1


async def test_many_items_change_family_and_place_by_a_job(accounts: Accounts) -> None:
    token = csrf_of((await accounts.manager.get("/materiels")).text)
    chosen = {"items": [str(each) for each in cast.ITEMS], "_csrf": token}
    for action, value, done in (
        ("familles", {"family": "tablet"}, "8 matériels rangés dans la famille « tablette »"),
        ("rangements", {"storage_place": "Armoire 2"}, "8 matériels rangés à « Armoire 2 »"),
    ):
        page = job_of(await accounts.manager.post(f"/materiels/{action}", data=chosen | value))
        await run()
        told = text_of(await accounts.manager.get(page))
        assert done in told
        assert "Revenir au parc" in told
    assert {(await items.get(each, cast.SERVICE)).storage_place for each in cast.ITEMS} == {"Armoire 2"}


async def test_many_items_change_state_by_a_job(accounts: Accounts) -> None:
    await cast.a_draft(items=(cast.LAPTOP,))
    token = csrf_of((await accounts.manager.get("/materiels")).text)
    fields = {"items": [str(each) for each in cast.ITEMS], "status": "in_repair", "reason": "Révision", "_csrf": token}
    long = await accounts.manager.post("/materiels/etats", data=fields | {"reason": "a" * 501})
    assert (long.status_code, "501 caractères ; 500 au plus" in text_of(long)) == (422, True)
    page = job_of(await accounts.manager.post("/materiels/etats", data=fields))
    assert "0 sur 8" in text_of(await accounts.manager.get(page))
    await run()
    told = text_of(await accounts.manager.get(page))
    assert "7 matériels passés à l'état « En réparation »" in told
    assert "1 reste à faire" in told
    assert "prêt en cours" in told
    fields |= {"status": "written_off", "reason": "Hors service"}
    asked = await accounts.manager.post("/materiels/etats", data=fields)
    assert (asked.status_code, "7 matériels sortiront du parc" in text_of(asked)) == (200, True)
    page = job_of(await accounts.manager.post("/materiels/etats", data=fields | {"confirmed": "oui"}))
    await run()
    assert "7 matériels passés à l'état « Réformé »" in text_of(await accounts.manager.get(page))


async def test_a_high_pile_is_prepared_with_what_was_seen_of_each(accounts: Accounts) -> None:
    await items.set_status([cast.LAPTOP, cast.SPARE], ItemStatus.TO_PREPARE)
    where = "/scanner/pile/preparer"
    token = csrf_of((await accounts.manager.get(where)).text)
    pile = {"items": [str(cast.LAPTOP), str(cast.SPARE)], "on": cast.TODAY.isoformat(), "_csrf": token}
    for each in (cast.LAPTOP, cast.SPARE):
        pile[f"erased-{each}"] = "oui"
    pile[f"condition-{cast.SPARE}"] = "damaged"
    page = job_of(await accounts.manager.post(f"{where}/valider", data=pile))
    await run()
    told = text_of(await accounts.manager.get(page))
    assert "2 matériels préparés" in told
    assert "Passé à l'état « En réparation »." in told
    states = [(await items.get(each, cast.SERVICE)).status for each in (cast.LAPTOP, cast.SPARE)]
    assert states == [ItemStatus.IN_STOCK, ItemStatus.IN_REPAIR]


async def test_all_that_came_back_is_prepared_by_a_job(accounts: Accounts) -> None:
    await items.set_status([cast.LAPTOP, cast.SPARE], ItemStatus.TO_PREPARE)
    await items.set_family([cast.LAPTOP, cast.SPARE], ItemFamily.COMPUTER)
    listed = await accounts.manager.get("/a-faire/a-preparer")
    assert "Les préparer tous" in text_of(listed)
    every = {"all": "oui", "etat": "to_prepare", "concern": "a-preparer", "_csrf": csrf_of(listed.text)}
    asked = await accounts.manager.post("/materiels/preparation", data=every)
    text = text_of(asked)
    assert "Préparer 2 matériels" in text
    assert "De 2 matériels qui en gardent." in text
    fields = {"items": [str(cast.LAPTOP), str(cast.SPARE)], "concern": "a-preparer", "_csrf": csrf_of(listed.text)}
    unsaid = await accounts.manager.post("/materiels/preparations", data=fields | {"done_on": ""})
    assert (unsaid.status_code, "Dites l'état de ces matériels." in text_of(unsaid)) == (422, True)
    fields |= {"done_on": cast.TODAY.isoformat(), "condition": "good", "erased": "oui"}
    page = job_of(await accounts.manager.post("/materiels/preparations", data=fields))
    await run()
    told = text_of(await accounts.manager.get(page))
    assert "2 matériels préparés" in told
    stranger = fields | {"_csrf": csrf_of((await accounts.stranger.get("/materiels")).text)}
    assert (await accounts.stranger.post("/materiels/preparations", data=stranger)).status_code == 404


async def test_drafts_are_issued_together_once_confirmed(accounts: Accounts) -> None:
    drafts = [await cast.a_draft(items=(each,)) for each in (cast.LAPTOP, cast.SPARE)]
    page = "/a-faire/brouillons"
    asked = await submit(accounts.manager, page, "/prets/emissions")
    assert "Émettre les documents de 2 prêts" in text_of(asked)
    assert await documents.of_loan(drafts[0]) == []
    one = await submit(accounts.manager, page, "/prets/emissions", loan=str(drafts[0]))
    assert "Émettre les documents de 1 prêt" in text_of(one)
    followed = job_of(
        await submit(accounts.manager, page, "/prets/emissions", loan=[str(each) for each in drafts], confirmed="oui")
    )
    await run()
    told = text_of(await accounts.manager.get(followed))
    for each in ("2 prêts émis", "4 papiers sont faits", "Imprimer (PDF)"):
        assert each in told
    nothing = await accounts.manager.post("/prets/emissions", data={"_csrf": csrf_of(asked.text)})
    assert nothing.headers["location"] == page
    assert "Rien n'est choisi" in text_of(await accounts.manager.get(page))
    stranger = {"_csrf": csrf_of((await accounts.stranger.get("/materiels")).text), "confirmed": "oui"}
    refused = await accounts.stranger.post("/prets/emissions", data=stranger | {"loan": str(drafts[0])})
    assert refused.headers["location"] == page
    assert "Ce prêt n'existe pas dans votre service." in text_of(await accounts.stranger.get(page))


async def test_many_papers_are_printed_by_a_job(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(print_together, "MANY", 1)
    papers = await two_papers()
    fields = {"documents": " ".join(papers), "by": "school", "separators": "oui"}
    fields["_csrf"] = csrf_of((await accounts.manager.get("/signatures")).text)
    page = job_of(await accounts.manager.post("/documents/impression", data=fields))
    assert "Documents à imprimer" in text_of(await accounts.manager.get(page))
    assert (await accounts.manager.get(f"{page}/fichier")).status_code == 404
    await run()
    told = text_of(await accounts.manager.get(page))
    assert "2 documents en" in told
    file = await accounts.manager.get(f"{page}/fichier")
    assert (file.headers["content-type"], file.content[:5]) == ("application/pdf", b"%PDF-")
    assert (await accounts.stranger.get(f"{page}/fichier")).status_code == 404
