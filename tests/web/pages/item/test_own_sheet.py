"""« Planches du service »: measured, seen, tried, kept, corrected, deleted; every fault beside its measure."""

from __future__ import annotations

from pypdfium2 import PdfDocument
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, csrf_of, submit, text_of

from materiel.use_cases.item.label_sheet import list_own_sheets

PATH = "/etiquettes/planches/nouvelle"
ROUGE = {
    "title": "Rouge",
    "page_width_mm": "210",
    "page_height_mm": "297",
    "columns": "3",
    "rows": "7",
    "label_width_mm": "63,5",
    "label_height_mm": "38,1",
    "left_mm": "7,2",
    "top_mm": "15,15",
    "pitch_x_mm": "66",
    "pitch_y_mm": "38.1",
    "shift_right_mm": "−1,5",
    "shift_down_mm": "0",
}


async def send(accounts: Accounts, what: str, path: str = PATH, **changes: str):
    return await submit(accounts.manager, path, path, **ROUGE | {"what": what} | changes)


async def test_a_sheet_is_seen_then_tried_then_kept_then_printed_on(accounts: Accounts) -> None:
    assert "Aucune planche n'est enregistrée" in text_of(await accounts.manager.get("/etiquettes/planches"))
    seen = await send(accounts, "preview")
    assert seen.status_code == 200
    assert seen.text.count('fill-opacity=".55"') == 21
    assert "21 étiquettes, en 3 colonnes et 7 rangées" in text_of(seen)
    with PdfDocument((await send(accounts, "calibration")).content) as file:
        assert len(file) == 1
    assert await list_own_sheets(actor=cast.MANAGER) == []
    kept = await send(accounts, "keep")
    assert (kept.status_code, kept.headers["location"]) == (303, "/etiquettes/planches")
    shown = text_of(await accounts.manager.get("/etiquettes/planches"))
    assert "Planche « Rouge » enregistrée" in shown
    assert "21 de 63,5 × 38,1 mm" in shown
    (sheet,) = await list_own_sheets(actor=cast.MANAGER)
    assert sheet.measures.shift_right_mm == -1.5
    fields = {"numbers": "35-2026-00001", "sheet": sheet.key, "first_cell": "21", "what": "labels", "order": "number"}
    printed = await submit(accounts.manager, "/etiquettes", "/etiquettes/impression", **fields)
    assert printed.headers["content-type"] == "application/pdf"


async def test_a_sheet_is_corrected_and_deleted(accounts: Accounts) -> None:
    await send(accounts, "keep")
    (sheet,) = await list_own_sheets(actor=cast.MANAGER)
    path = f"/etiquettes/planches/{sheet.id}"
    page = await accounts.manager.get(path)
    assert 'value="63,5"' in page.text
    assert 'value="−1,5"' in page.text
    assert (await send(accounts, "keep", path, title="Verte", version="1")).status_code == 303
    stale = await send(accounts, "keep", path, title="Bleue", version="1")
    assert (stale.status_code, "Cette planche a" in text_of(stale)) == (422, True)
    assert [each.title for each in await list_own_sheets(actor=cast.MANAGER)] == ["Verte"]
    assert (await accounts.stranger.get(path)).status_code == 404
    assert (await accounts.reader.get(path)).status_code == 403
    assert "Supprimer « Verte »" in text_of(await accounts.manager.get(f"{path}/supprimer"))
    gone = await submit(accounts.manager, f"{path}/supprimer", f"{path}/supprimer")
    assert gone.headers["location"] == "/etiquettes/planches"
    assert await list_own_sheets(actor=cast.MANAGER) == []


async def test_every_fault_of_a_sheet_is_told_at_once_and_what_was_typed_stays(accounts: Accounts) -> None:
    answer = await send(accounts, "keep", title="", columns="trois", left_mm="loin", rows="9")
    assert answer.status_code == 422
    text = text_of(answer)
    assert "Nommez cette planche." in text
    assert "Indiquez le nombre de colonnes : un nombre entier entre 1 et 30." in text
    assert "Indiquez la marge de gauche : entre 0 et 200 millimètres." in text
    assert 'value="trois"' in answer.text
    over = await send(accounts, "preview", rows="9")
    assert (over.status_code, "dépassent le bas de la page" in text_of(over)) == (422, True)
    small = await send(accounts, "keep", label_height_mm="16")
    assert "Le code serait trop petit pour être lu" in text_of(small)
    beside = await send(accounts, "keep", shift_right_mm="12")
    assert "Indiquez le décalage vers la droite : entre −10 et 10 millimètres." in text_of(beside)


async def test_what_was_never_labelled_is_printed_in_one_go(accounts: Accounts) -> None:
    page = await accounts.manager.get("/etiquettes")
    assert "8 matériels n'ont jamais été étiquetés" in text_of(page)
    listed = await accounts.manager.get("/materiels?etiquette=jamais")
    assert "35-2026-00008" in listed.text
    fields = {"sheet": "a4_3x7", "first_cell": "1", "what": "never", "order": "shelf"}
    printed = await submit(accounts.manager, "/etiquettes", "/etiquettes/impression", **fields)
    assert printed.headers["content-type"] == "application/pdf"
    assert "jamais été étiqueté" not in text_of(await accounts.manager.get("/etiquettes"))
    assert "35-2026-00008" not in (await accounts.manager.get("/materiels?etiquette=jamais")).text
    none = await submit(accounts.manager, "/etiquettes", "/etiquettes/impression", **fields)
    assert (none.status_code, "Aucun matériel n'est choisi" in text_of(none)) == (422, True)


async def test_a_replaced_label_says_so_and_leads_its_service_to_the_item(accounts: Accounts) -> None:
    path = f"/materiels/{cast.LAPTOP}/etiquette"
    sheet = f"/materiels/{cast.LAPTOP}"
    assert "Jamais imprimée." in text_of(await accounts.manager.get(sheet))
    assert path in (await accounts.manager.get(sheet)).text
    assert path not in (await accounts.reader.get(sheet)).text
    assert "ne revaudra jamais" in text_of(await accounts.manager.get(path))
    assert (await accounts.stranger.get(path)).status_code == 404
    done = await submit(accounts.manager, path, path, version="1")
    assert done.headers["location"] == sheet
    told = text_of(await accounts.manager.get(sheet))
    assert "imprimez la nouvelle par « Étiqueter »" in told
    assert "À imprimer : elle remplace une autre étiquette." in told
    assert "Étiquette remplacée le 7 septembre 2026 : si l'ancienne est encore là, détruisez-la." in told
    again = await submit(accounts.manager, path, path, version="1")
    assert (again.status_code, "modifié entre-temps" in text_of(again)) == (422, True)

    led = await accounts.manager.get("/Q/ABCDEFGHJKM01")
    assert led.headers["location"] == sheet
    assert "détruisez-la, et scannez la nouvelle" in text_of(await accounts.manager.get(sheet))
    for browser in (accounts.anonymous, accounts.stranger):
        public = await browser.get("/q/abcdefghjkm01")
        assert public.status_code == 200
        assert "Étiquette remplacée le 7 septembre 2026 : elle ne vaut plus." in text_of(public)
        assert "35-2026-00001" not in public.text
        assert str(cast.LAPTOP) not in public.text
        assert "remplacée" not in (await browser.get("/q/ABCDEFGHJKM02")).text
    token = csrf_of((await accounts.manager.get("/scanner")).text)
    scanned = await accounts.manager.post("/scanner", data={"_csrf": token, "code": "ABCDEFGHJKM01"})
    assert "Étiquette remplacée le 7 septembre 2026" in text_of(scanned)
    assert f'href="{sheet}"' in scanned.text
