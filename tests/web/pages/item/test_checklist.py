"""« Vérifications »: a service writes its lines, the preparation and the return ask for them, paper too."""

from __future__ import annotations

from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of

from materiel.domain.loan.steps import HandedItem
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan

LISTS = "/reglages/verifications"
BATTERY, KEYS = "La batterie tient une heure", "Les touches répondent"


async def test_lines_are_written_ticked_and_told(accounts: Accounts) -> None:
    assert "Vérifications" in text_of(await accounts.admin.get("/reglages"))
    assert "et toujours : les données sont effacées" in text_of(await accounts.admin.get(LISTS))
    for family in ("computer", "other"):
        for moment in ("preparation", "retour"):
            page = f"{LISTS}/{family}/{moment}"
            twice = text_of(await submit(accounts.admin, page, page, lines=f"{KEYS}\n{KEYS}"))
            assert "Une ligne est écrite deux fois" in twice
            kept = await submit(accounts.admin, page, page, lines=f"{BATTERY}\n\n{KEYS}")
            assert kept.headers["location"] == LISTS
    assert "2 lignes" in text_of(await accounts.admin.get(LISTS))
    assert KEYS in (await accounts.admin.get(f"{LISTS}/computer/retour")).text
    for wrong in (f"{LISTS}/fusee/retour", f"{LISTS}/computer/demain"):
        assert (await accounts.admin.get(wrong)).status_code == 404
    loan_id = await cast.a_draft(items=(cast.LAPTOP,))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    handed = HandOver(loan_id=loan_id, items=(HandedItem(item_id=cast.LAPTOP),), handed_over_on=cast.TODAY)
    await hand_over(handed, issuer=cast.ISSUER)
    back = f"/prets/{loan_id}/retour"
    assert BATTERY in (await accounts.manager.get(back)).text
    laptop = str(cast.LAPTOP)
    done = await submit(
        accounts.manager,
        back,
        back,
        **{"items": laptop, f"ticked-{laptop}": KEYS, f"condition-{laptop}": "good", "on": "2026-09-07"},
    )
    assert done.status_code == 303
    sheet = f"/materiels/{laptop}"
    prepare = f"{sheet}/preparer"
    assert f"{sheet}/verifications/preparation/pdf" in (await accounts.manager.get(prepare)).text
    ticked = {"erased": "oui", "condition": "good", "done_on": "2026-09-07", "ticked": BATTERY}
    assert (await submit(accounts.manager, prepare, prepare, **ticked)).status_code == 303
    told = text_of(await accounts.reader.get(sheet))
    assert f"Pas coché : {KEYS}" in told
    assert f"Pas coché : {BATTERY}" in told


async def test_the_sheet_to_tick_is_printed(accounts: Accounts) -> None:
    for moment in ("preparation", "retour"):
        paper = await accounts.reader.get(f"/materiels/{cast.LAPTOP}/verifications/{moment}/pdf")
        assert paper.content.startswith(b"%PDF")
    assert (await accounts.reader.get(f"/materiels/{cast.LAPTOP}/verifications/demain/pdf")).status_code == 404
