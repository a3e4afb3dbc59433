"""« Licences »: added, installed from an item, a loan or its own sheet, uninstalled; its key read once."""

from __future__ import annotations

import httpx
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, csrf_of, submit, text_of

KEY = "VH9-ABCD-EFGH-1234"
TYPED = {
    **{"software": "Voix Haute", "publisher": "Éditions Fictives", "seats": "1", "key": KEY},
    **{"bought_on": "2026-09-01", "is_transferable": "oui"},
}
NEW, INSTALL = "/licences/nouvelle", "/licences/installer"
ON_LAPTOP = f"{INSTALL}?materiel={cast.LAPTOP}"


async def added(accounts: Accounts, **changes: str) -> str:
    kept = await submit(accounts.manager, NEW, NEW, **{**TYPED, **changes})
    assert kept.status_code == 303, text_of(kept)
    return kept.headers["location"]


async def post(client: httpx.AsyncClient, address: str, **data: object) -> httpx.Response:
    token = csrf_of((await client.get("/aide")).text)
    return await client.post(address, data={"_csrf": token, **data})


async def test_it_is_added_installed_uninstalled_and_corrected(accounts: Accounts) -> None:
    assert "Aucune licence n’est enregistrée" in (await accounts.reader.get("/licences")).text
    wrong = text_of(await submit(accounts.manager, NEW, NEW, **{**TYPED, "software": "", "seats": "1"}))
    assert "Indiquez le logiciel" in wrong
    assert "nombre de places" in text_of(await submit(accounts.manager, NEW, NEW, **{**TYPED, "seats": ""}))
    sheet = await added(accounts)
    shown = (await accounts.manager.get(sheet)).text
    assert KEY not in shown
    assert "…1234" in shown
    assert (await accounts.stranger.get(sheet)).status_code == 404
    assert "Lire la clé" not in (await accounts.reader.get(sheet)).text
    taken = {"item": "35-2026-00001", "taken_on": "2026-09-07"}
    assert "numéro d'inventaire" in text_of(
        await submit(accounts.manager, sheet, f"{sheet}/places", taken_on="2026-09-07")
    )
    assert (await submit(accounts.manager, sheet, f"{sheet}/places", **taken)).status_code == 303
    full = text_of(await submit(accounts.manager, sheet, f"{sheet}/places", **{**taken, "item": "35-2026-00007"}))
    assert "La seule place de « Voix Haute » est prise : 35-2026-00001" in " ".join(full.split())
    assert "Sans place libre" in text_of(await accounts.reader.get("/licences?etat=sans-place"))
    exported = (await accounts.reader.get("/licences/vue.csv")).text
    assert "…1234" in exported
    assert KEY not in exported
    assert "Voix Haute" in text_of(await accounts.reader.get(f"/materiels/{cast.LAPTOP}"))
    page = (await accounts.manager.get(sheet)).text
    seat = page.split('<option value="')[2].split('"')[0]
    assert "Choisissez l'installation" in text_of(await submit(accounts.manager, sheet, f"{sheet}/fin", seat=""))
    kept = await submit(accounts.manager, sheet, f"{sheet}/fin", seat=seat, end="keep")
    assert "n'est pas revenu en réserve" in text_of(kept), text_of(kept)
    gone = {"seat": seat, "end": "uninstalled", "on": "2026-09-07", "witness": "family"}
    assert (await submit(accounts.manager, sheet, f"{sheet}/fin", **gone)).status_code == 303
    assert "Place libérée" in text_of(await accounts.reader.get(sheet))
    corrected = {**TYPED, "key": "", "seats": "5"}
    assert (await submit(accounts.manager, sheet, f"{sheet}/corriger", **corrected)).status_code == 303
    assert "…1234" in (await accounts.reader.get(sheet)).text
    assert (await submit(accounts.manager, sheet, f"{sheet}/corriger", **{**TYPED, "software": ""})).status_code == 422


async def test_a_key_is_read_on_one_page_and_the_journal_tells(accounts: Accounts) -> None:
    sheet = await added(accounts)
    read = await submit(accounts.manager, sheet, f"{sheet}/cle")
    assert f'<p class="m-code">{KEY}</p>' in read.text
    assert KEY not in (await accounts.manager.get(sheet)).text
    assert "Clé d'une licence lue." in text_of(await accounts.manager.get(f"/journal?sur=licence:{sheet[-36:]}"))
    assert (await post(accounts.reader, f"{sheet}/cle")).status_code == 403
    without = await added(accounts, key="")
    assert "n'a pas de clé" in text_of(await post(accounts.manager, f"{without}/cle"))


async def test_a_seat_is_taken_from_an_item_or_a_loan(accounts: Accounts) -> None:
    assert (await accounts.manager.get(INSTALL)).status_code == 303
    assert (await post(accounts.manager, INSTALL)).status_code == 303
    assert "Aucune place n’est libre" in (await accounts.manager.get(ON_LAPTOP)).text
    sheet = await added(accounts)
    licence = sheet[-36:]
    assert ON_LAPTOP in (await accounts.manager.get(f"/materiels/{cast.LAPTOP}")).text
    assert "Choisissez la licence" in text_of(await submit(accounts.manager, ON_LAPTOP, INSTALL, licence=""))
    taken = {"licence": licence, "taken_on": "2026-09-07"}
    done = await submit(accounts.manager, ON_LAPTOP, INSTALL, **taken)
    assert done.headers["location"] == f"/materiels/{cast.LAPTOP}"
    again = await post(accounts.manager, INSTALL, materiel=str(cast.LAPTOP), **taken)
    assert "tient déjà une place" in text_of(again)
    loan_id = await cast.a_draft(items=(cast.SPARE,))
    other = (await added(accounts, software="Lecture"))[-36:]
    offered = (await accounts.manager.get(f"{INSTALL}?pret={loan_id}")).text
    assert "Lecture (1 sur 1)" in offered
    assert f"/licences/{licence}" in offered
    done = await submit(accounts.manager, f"{INSTALL}?pret={loan_id}", INSTALL, licence=other, taken_on="2026-09-07")
    assert done.headers["location"] == f"/prets/{loan_id}"
    assert "Licences prêtées" in (await accounts.reader.get(f"/prets/{loan_id}")).text


async def test_the_checks_of_what_came_back_ask_for_its_software(accounts: Accounts) -> None:
    sheet = await added(accounts)
    await submit(accounts.manager, sheet, f"{sheet}/places", item="35-2026-00001", taken_on="2026-09-07")
    assert (
        "Les logiciels sous licence sont désinstallés"
        in (await accounts.manager.get(f"/materiels/{cast.LAPTOP}/preparer")).text
    )
    assert "sous licence" not in (await accounts.manager.get(f"/materiels/{cast.SPARE}/preparer")).text


async def test_an_empty_list_agrees_with_what_it_lists(accounts: Accounts) -> None:
    empty = text_of(await accounts.reader.get("/licences"))
    assert "Aucune licence" in empty
    assert "Aucun licence" not in empty
