"""« Récolements »: opened, counted by readings, gaps settled, families and schools that answer, the report."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, csrf_of, submit, text_of

from materiel.domain.circuit.stocktake import OpenStocktake, Stocktake, StocktakeResult
from materiel.domain.loan.steps import HandedItem
from materiel.use_cases.circuit.stocktake.counting import CountCodes, count_codes
from materiel.use_cases.circuit.stocktake.opening import open_stocktake, read_line, read_stocktake
from materiel.use_cases.item.place import set_places
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan

UNTIL = cast.TODAY + timedelta(days=30)
TYPED = {"name": "Récolement 2026", "closes_on": UNTIL.isoformat(), "kinds": "store"}


async def opened(**asked: object) -> Stocktake:
    values: dict[str, object] = {"name": "Récolement 2026", "closes_on": UNTIL}
    command = OpenStocktake(**{**values, **asked})  # type: ignore[arg-type]
    return await open_stocktake(command, actor=cast.MANAGER, now=cast.NOW)


async def lent_home() -> UUID:
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    lines = (await get_loan(loan_id, actor=cast.MANAGER)).loan.open_items
    handed = tuple(HandedItem(item_id=each.item_id) for each in lines)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=handed), issuer=cast.ISSUER)
    return loan_id


async def counted(stocktake: Stocktake, *codes: str, place: str = "", complete: bool = False) -> None:
    command = CountCodes(stocktake_id=stocktake.id, codes=codes, place=place, complete=complete)
    await count_codes(command, actor=cast.MANAGER, now=cast.NOW)


async def led(client: httpx.AsyncClient, page: str, action: str, **typed: str) -> httpx.Response:
    """What is read after a form that was sent."""
    answer = await submit(client, page, action, **typed)
    return await client.get(answer.headers["location"]) if answer.status_code == 303 else answer


async def test_one_is_opened_and_what_lacks_is_told(accounts: Accounts) -> None:
    assert "Aucun récolement n'est encore ouvert" in text_of(await accounts.reader.get("/recolements"))
    page = "/recolements/nouveau"
    wrong = await led(accounts.manager, page, page, **{**TYPED, "name": "", "kinds": ""})
    assert wrong.status_code == 422
    assert "Choisissez au moins une sorte de lieux" in text_of(wrong)
    unknown = await led(accounts.manager, page, page, **TYPED, schools="0350000Z")
    assert unknown.status_code == 422
    kept = await led(accounts.manager, page, page, **TYPED)
    told = text_of(kept)
    assert "0 vus sur 8 matériels" in told
    assert "Récolement 2026" in text_of(await accounts.reader.get("/"))
    assert "Suivre" in text_of(await accounts.reader.get("/a-faire/recolements-en-cours"))
    assert "Sans réponse n'est pas perdu" in told
    assert "Récolement 2026" in text_of(await accounts.reader.get("/recolements"))
    assert "Récolement 2026" not in (await accounts.stranger.get("/recolements")).text


async def test_what_is_read_is_noted_at_once_and_what_names_nothing_is_told(accounts: Accounts) -> None:
    await set_places([cast.SPARE, cast.LAST], "Réserve A", actor=cast.MANAGER, now=cast.NOW)
    stocktake = await opened()
    page = f"/recolements/{stocktake.id}/compter"
    noted = text_of(await led(accounts.manager, page, page, code="35-2026-00007", place="Réserve A"))
    assert "35-2026-00007 : 1 trouvé" in noted
    unknown = await led(accounts.manager, page, page, code="rien", place="")
    assert unknown.status_code == 422
    assert "ne correspond à aucun matériel de votre service" in text_of(unknown)
    several = await led(accounts.manager, page, page, codes="35-2026-00001\nrien\n35-2026-00002", read="lines")
    assert "2 trouvés, 1 code inconnu" in text_of(several)
    nowhere = await led(accounts.manager, page, page, read="whole", place="")
    assert "Dites quel lieu vous avez vérifié" in text_of(nowhere)
    whole = await led(accounts.manager, page, page, read="whole", place="Réserve A")
    assert "1 manquant" in text_of(whole)
    assert "Choisissez une photo" in text_of(await led(accounts.manager, page, page, read="photo"))
    sheet = await read_stocktake(stocktake.id, actor=cast.READER)
    assert (sheet.figures.found, sheet.figures.missing, sheet.figures.unknown) == (3, 1, 1)
    assert "rien" in text_of(await accounts.reader.get(f"/recolements/{stocktake.id}/inconnus"))


async def test_gaps_are_settled_from_their_list(accounts: Accounts) -> None:
    await lent_home()
    await set_places([cast.SPARE, cast.LAST], "Réserve A", actor=cast.MANAGER, now=cast.NOW)
    stocktake = await opened()
    await counted(stocktake, "35-2026-00007", place="Réserve B", complete=True)
    await counted(stocktake, place="Réserve A", complete=True)
    await counted(stocktake, "35-2026-00001", place="Réserve B")
    gaps = f"/recolements/{stocktake.id}/materiels?resultat=ecarts"
    listed = await accounts.manager.get(gaps)
    assert re.findall(r"35-2026-0000[178]", text_of(listed))
    put = f"/recolements/{stocktake.id}/materiels/{cast.SPARE}/ranger"
    assert put in listed.text
    done = await led(accounts.manager, gaps, put, place="Réserve B")
    assert "Le matériel 35-2026-00007 est rangé" in text_of(done)
    gap = f"/recolements/{stocktake.id}/materiels/{cast.LAST}"
    empty = await led(accounts.manager, gap, f"{gap}/vu", reason="")
    assert empty.status_code == 422
    assert "Indiquez le motif" in text_of(empty)
    nothing = await led(accounts.manager, gap, f"{gap}/incident", incident="", what_happened="Introuvable")
    assert nothing.status_code == 422
    assert "Choisissez ce qui est arrivé" in text_of(nothing)
    assert "Introuvable" in text_of(nothing)
    lost = await led(accounts.manager, gap, f"{gap}/incident", incident="loss", what_happened="Introuvable")
    assert "a son incident" in text_of(lost)
    held = f"/recolements/{stocktake.id}/materiels/{cast.LAPTOP}"
    assert "Le reprendre" in text_of(await accounts.manager.get(held))
    asked = await led(accounts.manager, held, f"{held}/question")
    assert "Personne ne peut être interrogé par courriel" in text_of(asked)
    await led(accounts.manager, held, f"{held}/reponse", answer="La mère l'a déposé hier")
    line = await read_line(stocktake.id, cast.LAPTOP, actor=cast.READER)
    assert (line.note, line.waits) == ("La mère l'a déposé hier", False)
    assert (await accounts.manager.get(f"{held}/inconnu")).status_code in {404, 405}
    nothing = await accounts.manager.post(f"{held}/autre", data={"_csrf": csrf_of(listed.text)})
    assert nothing.status_code == 404


async def test_a_reader_sees_and_does_not_act(accounts: Accounts) -> None:
    stocktake = await opened()
    page = await accounts.reader.get(f"/recolements/{stocktake.id}")
    told = text_of(page)
    assert "Compter par scanner" not in told
    assert "Relancer" not in told
    silent = await accounts.reader.get(f"/recolements/{stocktake.id}/materiels?resultat=silent")
    assert "35-2026-00001" in silent.text
    assert "Décider" not in text_of(silent)
    for path in ("compter", "cloture", f"materiels/{cast.LAPTOP}"):
        assert (await accounts.reader.get(f"/recolements/{stocktake.id}/{path}")).status_code == 403
    assert (await accounts.stranger.get(f"/recolements/{stocktake.id}")).status_code == 404


async def test_the_silent_are_asked_and_who_has_no_mailbox_is_told(accounts: Accounts) -> None:
    await lent_home()
    stocktake = await opened()
    page = f"/recolements/{stocktake.id}"
    asked = text_of(await led(accounts.manager, page, f"{page}/relancer"))
    assert "Personne n'est interrogé par courriel" in asked
    assert "1 famille n'a pas d'adresse électronique" in asked


async def test_closing_freezes_and_the_report_is_kept(accounts: Accounts) -> None:
    stocktake = await opened()
    await counted(stocktake, "35-2026-00001")
    page = f"/recolements/{stocktake.id}"
    draft = await accounts.reader.get(f"{page}/pv.pdf")
    assert draft.content.startswith(b"%PDF")
    assert "Les résultats sont figés" in text_of(await accounts.manager.get(f"{page}/cloture"))
    closed = text_of(await led(accounts.manager, f"{page}/cloture", f"{page}/cloture"))
    assert "Le récolement est clos" in closed
    first = (await accounts.reader.get(f"{page}/pv.pdf")).content
    assert (await accounts.reader.get(f"{page}/pv.pdf")).content == first
    late = await accounts.manager.get(f"{page}/compter")
    assert late.status_code == 303
    token = csrf_of((await accounts.manager.get(page)).text)
    for act in ("cloture", "relancer"):
        assert (await accounts.manager.post(f"{page}/{act}", data={"_csrf": token})).status_code == 303
        assert "ses résultats ne changent plus" in text_of(await accounts.manager.get(page))
    assert (await accounts.manager.get(f"{page}/cloture")).status_code == 303
    assert "Ce récolement est clos" in text_of(await accounts.manager.get(f"{page}/materiels/{cast.LAST}"))
    table = await accounts.reader.get(f"{page}/resultats.csv")
    assert "35-2026-00008" in table.text
    assert StocktakeResult.SILENT.label in table.text
    book = await accounts.reader.get(f"{page}/resultats.xlsx")
    assert book.content.startswith(b"PK")


@pytest.mark.parametrize("result", ["found", "missing", "elsewhere", "silent", "ecarts", "autre"])
async def test_a_view_that_is_empty_says_so(accounts: Accounts, result: str) -> None:
    stocktake = await opened(kinds=())
    page = await accounts.reader.get(f"/recolements/{stocktake.id}/materiels?resultat={result}&lieu=store:Nulle part")
    assert "Aucun" in text_of(page)
