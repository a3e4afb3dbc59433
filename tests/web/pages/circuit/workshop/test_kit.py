"""« Kits »: made of numbers, lent by any part, handed over and returned ticked as one, changed, dissolved."""

from __future__ import annotations

import re

from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of

from materiel.domain.item.item import ItemStatus
from materiel.store.engine.database import write_transaction
from materiel.store.item import item as items
from materiel.store.loan import loan as loans

NUMBERS = "35-2026-00001\n35-2026-00003\n35-2026-00007"
TYPED = {"number": "KIT-01", "designation": "Lecture et écriture", "items": NUMBERS}


TERMS = {"action": "emettre", "schooling": "ordinary", "starts_on": "2026-09-07", "purpose": "Travail en classe"}


async def a_kit(accounts: Accounts) -> str:
    kept = await submit(accounts.manager, "/kits/nouveau", **TYPED)
    assert kept.status_code == 303, text_of(kept)
    return kept.headers["location"]


async def test_a_kit_is_made_shown_changed_and_dissolved(accounts: Accounts) -> None:
    assert "Aucun kit n'est fait" in text_of(await accounts.reader.get("/kits"))
    assert "35-2026-00001" in (await accounts.manager.get(f"/kits/nouveau?materiel={cast.LAPTOP}")).text
    wrong = await submit(accounts.manager, "/kits/nouveau", **{**TYPED, "items": "35-2026-00001\nNULLEPART"})
    assert wrong.status_code == 422
    assert "NULLEPART" in text_of(wrong)
    wrong = await submit(accounts.manager, "/kits/nouveau", **{**TYPED, "items": "35-2026-00001"})
    assert "deux matériels au moins" in text_of(wrong)
    wrong = await submit(accounts.manager, "/kits/nouveau", **{**TYPED, "number": "35-2026-00002"})
    assert "est déjà donné" in text_of(wrong)
    sheet = await a_kit(accounts)
    shown = text_of(await accounts.reader.get(sheet))
    assert "Kit KIT-01 : Lecture et écriture" in shown
    assert "Au complet" in shown
    assert "Dissoudre" not in shown
    assert (await accounts.stranger.get(sheet)).status_code == 404
    assert "Lecture et écriture" in text_of(await accounts.reader.get("/kits"))
    assert "KIT-01" in (await accounts.reader.get("/kits/vue.csv")).text
    item = text_of(await accounts.manager.get(f"/materiels/{cast.KEYBOARD}"))
    assert "KIT-01 Lecture et écriture" in item
    assert "Prêter avec son kit" in item
    assert "Faire un kit avec lui" not in item
    changed = await submit(accounts.manager, f"{sheet}/modifier", designation="Lecture", items=NUMBERS)
    assert changed.status_code == 303
    wrong = await submit(accounts.manager, f"{sheet}/modifier", designation="", items=NUMBERS)
    assert "la désignation du kit" in text_of(wrong)
    wrong = await submit(accounts.manager, sheet, f"{sheet}/dissoudre", reason="")
    assert "Dites pourquoi" in text_of(wrong)
    assert (await submit(accounts.manager, sheet, f"{sheet}/dissoudre", reason="Plus demandé")).status_code == 303
    over = text_of(await accounts.manager.get(sheet))
    assert "Dissous depuis le" in over
    assert (await accounts.manager.get(f"{sheet}/modifier")).status_code == 303
    assert "Lecture" in text_of(await accounts.reader.get("/kits?etat=dissous"))
    assert "Aucun kit ne répond" in text_of(await accounts.reader.get("/kits?q=zzz"))
    again = await submit(accounts.manager, "/kits/nouveau", **TYPED)
    assert "est déjà donné" in text_of(again)


async def test_any_part_takes_the_kit_and_what_lacks_is_told(accounts: Accounts) -> None:
    await a_kit(accounts)
    async with write_transaction():
        await items.set_status([cast.KEYBOARD], ItemStatus.LOST)
    for typed in ("KIT-01", "35-2026-00001", "lecture et écriture"):
        taken = await accounts.manager.get("/preter", params={"q": typed, "pupil": str(cast.CHILD)})
        assert taken.status_code == 303
        assert re.findall("item=([^&]+)", taken.headers["location"]) == [str(cast.LAPTOP), str(cast.SPARE)]
    page = await accounts.manager.get(f"{taken.headers['location']}&custody=home")
    text = text_of(page)
    assert "Kit KIT-01 – Lecture et écriture" in text
    assert "Le kit n'est pas complet" in text
    assert "35-2026-00003 – Clavier" in text or "35-2026-00003" in text
    assert "perdu" in text
    # One part taken away stays away: nothing is put back by itself.
    without = await accounts.manager.get(f"/preter?pupil={cast.CHILD}&item={cast.LAPTOP}&custody=home")
    assert "retiré de ce prêt" in text_of(without)
    async with write_transaction():
        await items.set_status([cast.LAPTOP, cast.SPARE], ItemStatus.STOLEN)
    nothing = await accounts.manager.get("/preter", params={"q": "KIT-01"})
    assert "aucun de ses éléments ne peut être prêté" in text_of(nothing)


async def test_it_is_ticked_as_one_at_hand_over_and_at_return(accounts: Accounts) -> None:
    sheet = await a_kit(accounts)
    kit_id = sheet.rpartition("/")[2]
    asked = f"/preter?pupil={cast.CHILD}&item={cast.LAPTOP}&item={cast.SPARE}&custody=home"
    assert (await submit(accounts.manager, asked, "/preter", **TERMS)).status_code == 303
    (loan,) = await loans.page(cast.SERVICE, limit=9)
    page = await accounts.manager.get(f"/prets/{loan.id}")
    shown = text_of(page)
    assert "Kit : Lecture et écriture" in shown
    assert "Sans : 35-2026-00003" in shown
    assert f"/prets/{loan.id}/remise?items={cast.LAPTOP}&amp;items={cast.SPARE}" in page.text
    step = await accounts.manager.get(f"/prets/{loan.id}/remise")
    assert f'name="kits" value="{kit_id}" checked' in step.text
    assert "qui ne sont pas remis" in text_of(step)
    seen = {f"condition-{each}": "good" for each in (cast.LAPTOP, cast.SPARE)}
    given = await submit(
        accounts.manager, f"/prets/{loan.id}/remise", f"/prets/{loan.id}/remise", on="2026-09-07", kits=kit_id, **seen
    )
    assert given.status_code == 303, text_of(given)
    assert "Remis" in text_of(await accounts.reader.get(f"/prets/{loan.id}"))
    only = (await accounts.manager.get(f"/prets/{loan.id}/retour?items={cast.LAPTOP}")).text
    assert f'name="absent" value="{cast.SPARE}" checked' in only
    assert f'name="absent" value="{cast.LAPTOP}" checked' not in only
    back = f"/prets/{loan.id}/retour"
    none = await submit(accounts.manager, back, back, on="2026-09-07", **seen)
    assert "Cochez au moins un matériel revenu" in text_of(none)
    part = await submit(accounts.manager, back, back, on="2026-09-07", kits=kit_id, absent=str(cast.SPARE), **seen)
    assert part.status_code == 303, text_of(part)
    (loan,) = await loans.page(cast.SERVICE, limit=9)
    assert [line.item_id for line in loan.lines_out] == [cast.SPARE]
    told = text_of(await accounts.reader.get(f"/prets/{loan.id}"))
    assert "35-2026-00007" in told


async def test_an_amendment_takes_a_kit_by_its_number(accounts: Accounts) -> None:
    await a_kit(accounts)
    loan_id = await cast.a_draft(items=(cast.BRAILLE,))
    path = f"/prets/{loan_id}/avenant"
    done = await submit(accounts.manager, path, path, effective_on="2026-09-07", add="kit-01")
    assert done.status_code == 303, text_of(done)
    loan = await loans.get(loan_id, cast.SERVICE)
    assert {line.item_id for line in loan.items} == {cast.BRAILLE, cast.LAPTOP, cast.KEYBOARD, cast.SPARE}
    again = await submit(accounts.manager, path, path, effective_on="2026-09-07", add="kit-01")
    assert "Aucun élément du kit KIT-01" in text_of(again)
