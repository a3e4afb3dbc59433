"""« Parc » and « fiche matériel »: found, shown, registered, corrected, changed; scoped, by those who may."""

from __future__ import annotations

import asyncio
import csv
import html
import io
import re
from dataclasses import replace

import httpx
import pytest
from python_calamine import CalamineWorkbook
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, csrf_of, submit, text_of

from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import ItemStatus
from materiel.domain.loan.steps import HandedItem
from materiel.errors import NeedsRepair
from materiel.postgres_url import WRITERS
from materiel.store.engine.database import write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.item import item as items
from materiel.store.work import job as jobs
from materiel.use_cases.imports.items import import_items
from materiel.use_cases.item import bulk as item_bulk
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS
from materiel.web.http.forms import Form
from materiel.web.pages.item import item as pages

LAPTOP = f"/materiels/{cast.LAPTOP}"
TYPED = {"inventory_number": "35-2026-09999", "designation": "Loupe électronique", "ownership": "state"}


async def item(item_id=cast.LAPTOP):
    return await items.get(item_id, cast.SERVICE)


async def test_a_form_sent_while_the_base_is_away_is_kept_and_is_no_fault_of_whoever_typed(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("materiel.store.engine.turn.TURN_TIMEOUT_S", 0.05)
    token = csrf_of((await accounts.manager.get("/materiels/nouveau")).text)
    may_end, held = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with write_transaction():
            held.set()
            await may_end.wait()

    writers = [asyncio.create_task(hold()) for _ in range(WRITERS)]
    await held.wait()
    try:
        answer = await accounts.manager.post("/materiels/nouveau", data={**TYPED, "_csrf": token})
    finally:
        may_end.set()
        await asyncio.gather(*writers, return_exceptions=True)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "La base de données est très sollicitée" in text_of(answer)
    assert 'value="Loupe électronique"' in answer.text


def test_what_the_administrator_must_repair_is_not_told_in_a_form() -> None:
    with pytest.raises(NeedsRepair):
        Form().refuse(NeedsRepair("database.full", "Le disque est plein."))


async def test_three_characters_find_an_item(accounts: Accounts) -> None:
    await items.save(replace(await item(), serial_number="5CD1234XYZ"))
    page = await accounts.reader.get("/materiels", params={"q": "4xy"})
    assert "1 matériel pour cette recherche" in text_of(page)
    assert LAPTOP in page.text
    assert f"/materiels/{cast.BRAILLE}" not in page.text


async def test_filters_and_order_hold_together(accounts: Accounts) -> None:
    page = await accounts.reader.get(
        "/materiels", params={"categorie": "logiciel", "etat": "in_stock", "tri": "recents"}
    )
    assert "1 matériel pour cette recherche" in text_of(page)
    odd = await accounts.reader.get("/materiels", params={"etat": "nowhere", "tri": "hasard"})
    assert "8 matériels" in text_of(odd)


async def test_every_head_that_sorts_does(accounts: Accounts) -> None:
    await items.save(replace(await item(), purchase_price_cents=74_900))
    await cast.a_draft()
    page = await accounts.reader.get("/materiels")
    offered = re.findall(r'<th role="columnheader"[^>]*><a href="([^"]+)">', page.text)
    assert [each.partition("tri=")[2] for each in offered] == [
        *("-numero", "designation", "etat", "chez", "ou", "depuis", "-acquis", "-prix")
    ]
    assert 'aria-sort="ascending"><a href="?tri=-numero">Numéro' in page.text
    for address in offered:
        answer = await accounts.reader.get(f"/materiels{html.unescape(address)}")
        assert "8 matériels" in text_of(answer), address
        assert answer.text.count("aria-sort=") == 1
    priced = await accounts.reader.get("/materiels?tri=-prix")
    assert priced.text.index("35-2026-00001") < priced.text.index("35-2026-00002")
    assert 'aria-sort="descending"><a href="?tri=prix">Prix' in priced.text
    assert "749,00 €" in text_of(priced)[text_of(priced).index("Total") :]


async def test_a_long_view_says_by_what_it_is_not_sorted(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("materiel.web.pages.shell.view.MOST_SORTED", 7)
    page = await accounts.reader.get("/materiels?tri=chez")
    assert "Une vue de 8 lignes ne se trie pas par « Chez ». Filtrez-la d'abord : 7 au plus." in text_of(page)
    assert "tri=chez" not in page.text
    assert "tri=chez" in (await accounts.reader.get("/materiels?q=ordinateur&tri=chez")).text


async def test_a_filter_is_a_chip_that_the_address_loses(accounts: Accounts) -> None:
    page = await accounts.reader.get("/materiels?categorie=logiciel&etat=in_stock&tri=-prix")
    assert "Retirer le filtre : Catégorie : logiciel" in text_of(page)
    assert 'class="m-chip" href="?etat=in_stock&amp;tri=-prix"' in page.text
    odd = await accounts.reader.get("/materiels?categorie=inconnue")
    assert ("m-chip" in odd.text, "8 matériels" in text_of(odd)) == (False, True)


async def test_an_empty_list_says_which_filter_empties_it(accounts: Accounts) -> None:
    page = text_of(await accounts.reader.get("/materiels?categorie=logiciel&etat=lost&q=ordinateur"))
    assert "Sans" not in page, "no filter alone brings lines back"
    page = text_of(await accounts.reader.get("/materiels?categorie=logiciel&etat=lost"))
    assert "Sans État : Perdu : 1 matériel" in page
    assert "Sans Catégorie" not in page


@pytest.mark.parametrize("made", ["csv", "xlsx"])
async def test_a_view_is_taken_away_as_it_is_shown(accounts: Accounts, made: str) -> None:
    await items.save(replace(await item(), purchase_price_cents=74_900))
    await cast.a_draft()
    answer = await accounts.reader.get(f"/materiels/vue.{made}?q=ordinateur&tri=-prix")
    headings, *rows = table_of(answer, made)
    page = await accounts.reader.get("/materiels?q=ordinateur&tri=-prix")
    shown = re.findall(r'<a class="m-code"[^>]*>([^<]+)</a>', page.text)
    assert headings == ["Numéro", "Désignation", "État", "Chez", "Établissement", "Depuis", "Acquis", "Prix"]
    assert [row[0] for row in rows] == shown
    assert rows[0][2:5] == ["Réservé", "Exemple Zoé", "Ecole primaire publique les Lucioles"]
    assert table_of(await accounts.stranger.get(f"/materiels/vue.{made}"), made) == [headings]


def table_of(answer: httpx.Response, made: str) -> list[list[str]]:
    """The cells of a table that was taken away, as texts."""
    if made == "csv":
        return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    return [[str(cell) for cell in row] for row in workbook.get_sheet_by_index(0).to_python()]


async def test_the_service_that_paid_is_a_filter_once_one_is_known(accounts: Accounts) -> None:
    assert "Service financeur" not in text_of(await accounts.reader.get("/materiels"))
    await items.save(replace(await item(), funding_service="Rectorat de Rennes"))
    page = await accounts.reader.get("/materiels", params={"financeur": "Rectorat de Rennes"})
    assert "Service financeur" in text_of(page)
    assert "1 matériel pour cette recherche" in text_of(page)
    assert "financeur=Rectorat" in page.text


async def test_a_search_that_finds_nothing_says_what_to_do(accounts: Accounts) -> None:
    page = text_of(await accounts.manager.get("/materiels", params={"q": "introuvable"}))
    assert "Aucun matériel ne correspond." in page
    assert "Afficher tout le parc" in page
    assert "Enregistrer un matériel" in page


async def test_pages_follow_each_other(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("materiel.web.pages.item.item.PAGE", 3)
    seen, address = [], "/materiels?tri=recents"
    while address:
        page = await accounts.reader.get(address)
        seen += [number for number in range(8, 0, -1) if f"35-2026-0000{number}" in page.text]
        after = page.text.partition("?tri=-ajout&amp;apres=")[2].partition('"')[0]
        address = f"/materiels?tri=-ajout&apres={after}" if after else ""
    assert seen == list(range(8, 0, -1))


async def test_a_list_says_how_many_it_holds_on_all_its_pages(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("materiel.web.pages.item.item.PAGE", 3)
    for asked, told in (({}, "8 matériels"), ({"etat": "in_stock"}, "8 matériels"), ({"q": "portable"}, "7 matériels")):
        first = await accounts.reader.get("/materiels", params=asked)
        cursor = re.search(r"apres=([^\"&]+)", first.text)
        assert cursor is not None
        second = await accounts.reader.get("/materiels", params={**asked, "apres": html.unescape(cursor[1])})
        assert [told in text_of(page) for page in (first, second)] == [True, True], asked
    monkeypatch.setattr("materiel.use_cases.search.total.COUNTED_AT_ONCE", 5)
    assert "Plus de 5 matériels pour cette recherche" in text_of(await accounts.reader.get("/materiels?q=portable"))
    assert "Aucun matériel" in text_of(await accounts.stranger.get("/materiels?q=portable"))


async def test_the_export_is_what_the_list_shows(accounts: Accounts) -> None:
    answer = await accounts.reader.get("/materiels/export.csv", params={"categorie": "logiciel"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert "35-2026-00006" in answer.text
    assert "35-2026-00001" not in answer.text
    assert "35-2026" not in (await accounts.stranger.get("/materiels/export.csv")).text


async def test_the_sheet_says_where_it_is_and_what_is_missing(accounts: Accounts) -> None:
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    command = HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=(HandedItem(item_id=cast.LAPTOP),))
    await hand_over(command, issuer=cast.ISSUER)
    page = await accounts.manager.get(LAPTOP)
    text = text_of(page)
    assert "Au domicile de Zoé Exemple, depuis le 7 septembre 2026" in text
    assert "Remis sans convention signée" in text
    assert "Signature de" in text
    assert "Reprendre" in text
    assert "Chargeur et Housse" in text
    assert "Réservé pour un prêt" in text
    assert f"/prets/{loan_id}" in page.text


@pytest.mark.parametrize(
    ("status", "offered", "refused"),
    [
        (ItemStatus.IN_STOCK, {"in_repair", "written_off"}, {"in_stock", "on_loan"}),
        (ItemStatus.ON_LOAN, {"lost", "stolen"}, {"in_stock", "in_repair", "written_off"}),
        (ItemStatus.WRITTEN_OFF, set(), set(ItemStatus)),
    ],
)
async def test_only_lawful_states_are_offered(accounts: Accounts, status, offered, refused) -> None:
    await items.set_status([cast.LAPTOP], status)
    page = (await accounts.manager.get(LAPTOP)).text
    assert all(f'name="status" value="{state}"' in page for state in offered)
    assert not any(f'name="status" value="{state}"' in page for state in refused)


async def test_a_state_is_changed_with_its_reason(accounts: Accounts) -> None:
    answer = await submit(
        accounts.manager, LAPTOP, f"{LAPTOP}/etat", status="in_repair", reason="Écran fêlé", version="1"
    )
    assert answer.headers["location"] == LAPTOP
    assert (await item()).status is ItemStatus.IN_REPAIR
    assert "Nouvel état : en réparation." in text_of(await accounts.manager.get(LAPTOP))


async def test_a_refused_state_keeps_what_was_typed(accounts: Accounts) -> None:
    answer = await submit(accounts.manager, LAPTOP, f"{LAPTOP}/etat", status="", reason="Tombé", version="1")
    assert answer.status_code == 422
    assert "Choisissez le nouvel état." in text_of(answer)
    assert "Tombé</textarea>" in answer.text
    stale = await submit(accounts.manager, LAPTOP, f"{LAPTOP}/etat", status="lost", reason="Perdu", version="7")
    assert (stale.status_code, (await item()).status) == (422, ItemStatus.IN_STOCK)


async def test_a_new_item_is_registered_and_shown(accounts: Accounts) -> None:
    answer = await submit(
        accounts.manager,
        "/materiels/nouveau",
        accessories="Chargeur\n\nHousse",
        purchase_price_cents="1 234,5",
        acquired_on="02/03/2026",
        **TYPED,
    )
    assert answer.status_code == 303
    saved = await items.by_inventory_number(cast.SERVICE, "35-2026-09999")
    assert saved is not None
    assert saved.accessories == ("Chargeur", "Housse")
    assert saved.purchase_price_cents == 123_450
    shown = text_of(await accounts.manager.get(answer.headers["location"]))
    assert "Matériel 35-2026-09999 enregistré." in shown


async def test_every_fault_is_told_at_once_and_nothing_is_lost(accounts: Accounts) -> None:
    answer = await submit(
        accounts.manager,
        "/materiels/nouveau",
        inventory_number="35 2026 *",
        designation="",
        ownership="rented",
        brand="Exemplo",
        acquired_on="",
        purchase_price_cents="",
        lessor="",
    )
    assert answer.status_code == 422
    text = text_of(answer)
    assert "erreurs sont à corriger" in text
    assert 'href="#f-inventory_number"' in answer.text
    assert 'href="#f-designation"' in answer.text
    assert 'value="35 2026 *"' in answer.text
    assert 'value="Exemplo"' in answer.text
    unread = await submit(
        accounts.manager, "/materiels/nouveau", acquired_on="31/02/2026", purchase_price_cents="cher", **TYPED
    )
    assert "Cette date n'existe pas." in text_of(unread)
    assert "Ce prix ne se lit pas." in text_of(unread)


async def test_a_taken_number_is_explained(accounts: Accounts) -> None:
    answer = await submit(accounts.manager, "/materiels/nouveau", **{**TYPED, "inventory_number": "35-2026-00001"})
    assert answer.status_code == 422
    assert "déjà pris dans votre service" in text_of(answer)


async def test_a_correction_may_empty_a_field(accounts: Accounts) -> None:
    form = {"designation": "Ordinateur 14 pouces", "ownership": "state", "accessories": "Chargeur", "category": ""}
    answer = await submit(accounts.manager, f"{LAPTOP}/corriger", **form)
    assert answer.headers["location"] == LAPTOP
    corrected = await item()
    assert (corrected.designation, corrected.category, corrected.accessories) == (
        "Ordinateur 14 pouces",
        "",
        ("Chargeur",),
    )
    assert "Fiche corrigée : " in text_of(await accounts.manager.get(LAPTOP))


async def test_where_an_item_is_kept_is_typed_imported_exported_shown_and_told(accounts: Accounts) -> None:
    assert "Lieu de rangement" not in text_of(await accounts.manager.get(LAPTOP))
    form = {"designation": "Ordinateur", "ownership": "state", "storage_place": "Réserve,  armoire 2"}
    refused = await submit(accounts.manager, f"{LAPTOP}/corriger", **form | {"storage_place": "x" * 201})
    assert "Le lieu de rangement compte 201 caractères ; 200 au plus." in text_of(refused)
    await submit(accounts.manager, f"{LAPTOP}/corriger", **form)
    sheet = text_of(await accounts.manager.get(LAPTOP))
    assert "Lieu de rangement Réserve, armoire 2" in sheet
    assert "lieu de rangement" in sheet[sheet.index("Historique") :]
    assert 'value="Réserve, armoire 2"' in (await accounts.manager.get(f"{LAPTOP}/corriger")).text
    exported = (await accounts.manager.get("/materiels/export.csv")).content
    assert b";Lieu de rangement;" in exported
    moved = exported.replace("Réserve, armoire 2".encode(), b"Bureau 12")
    report = await import_items(moved, actor=cast.MANAGER, now=cast.NOW)
    assert (report.updated, report.rejected) == (1, [])
    assert (await item()).storage_place == "Bureau 12"


async def test_two_corrections_at_once_lose_nothing(accounts: Accounts) -> None:
    page = await accounts.manager.get(f"{LAPTOP}/corriger")
    await items.save(replace(await item(), brand="Autre"))
    form = {"_csrf": csrf_of(page.text), "version": "1", "designation": "Ordinateur", "ownership": "state"}
    answer = await accounts.manager.post(f"{LAPTOP}/corriger", data=form)
    assert answer.status_code == 422
    assert "modifié entre-temps" in text_of(answer)
    assert (await item()).brand == "Autre"


async def select(accounts: Accounts, action: str, **fields: object):
    page = await accounts.manager.get("/materiels")
    return await accounts.manager.post(action, data={"_csrf": csrf_of(page.text), **fields})


async def test_all_those_of_a_search_are_all_of_them_or_none(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_ITEMS", 3)
    for action in ("/materiels/etat", "/materiels/famille", "/etiquettes"):
        page = await select(accounts, action, all="oui", q="ordinateur")
        assert "Cette recherche trouve 7 matériels ; agissez sur 3 au plus" in text_of(page), action
    asked = {"all": "oui", "q": "ordinateur", "status": "in_repair", "reason": "Révision"}
    assert (await select(accounts, "/materiels/etats", **asked)).status_code == 422
    assert (await item(cast.LAPTOP)).status is ItemStatus.IN_STOCK


async def test_a_selection_changes_state_together(accounts: Accounts) -> None:
    chosen = [str(cast.LAPTOP), str(cast.BRAILLE)]
    page = await select(accounts, "/materiels/etat", items=chosen)
    assert "Changer l'état de 2 matériels" in text_of(page)
    answer = await select(accounts, "/materiels/etats", items=chosen, status="in_repair", reason="Révision")
    assert answer.headers["location"] == "/materiels"
    assert "2 matériels passés à l'état « En réparation »." in text_of(await accounts.manager.get("/materiels"))
    assert (await item(cast.BRAILLE)).status is ItemStatus.IN_REPAIR


async def test_a_state_given_together_is_undone_together(accounts: Accounts) -> None:
    chosen = [str(cast.LAPTOP), str(cast.BRAILLE)]
    await select(accounts, "/materiels/etats", items=chosen, status="in_repair", reason="Révision")
    shown = await accounts.manager.get("/materiels")
    assert "Défaire , tant que leur état n'a pas changé de nouveau." in text_of(shown)
    link = re.search(r'<p class="m-undo"><a href="([^"]+)">Défaire</a>', shown.text)
    assert link
    assert (await accounts.stranger.get(link[1])).status_code == 404
    assert (await accounts.reader.get(link[1])).status_code == 403
    assert "Annuler 2 états" in text_of(await accounts.manager.get(link[1]))
    back = [str(cast.LAPTOP)]
    await select(accounts, "/materiels/etats", items=back, status="in_stock", reason="Il n'avait rien")
    ahead = text_of(await accounts.manager.get(link[1]))
    assert ("Annuler 1 état" in ahead, ahead.count("Ne se défait plus")) == (True, 1)
    silent = await submit(accounts.manager, link[1], "/materiels/etats/annuler", reason="")
    assert (silent.status_code, "Dites pourquoi c'est une erreur" in text_of(silent)) == (422, True)
    done = await submit(accounts.manager, link[1], "/materiels/etats/annuler", reason="Mauvaise liste")
    assert done.headers["location"] == "/materiels"
    said = await accounts.manager.get("/materiels")
    assert "1 état annulé : l'historique garde les deux." in text_of(said)
    assert "1 laissé tel quel. 35-2026-00001 : Cet état n'a pas été donné à la main" in text_of(said)
    assert "m-undo" not in said.text, "undoing is not undone in its turn"
    assert (await item(cast.BRAILLE)).status is ItemStatus.IN_STOCK
    data = {"materiels": ",".join(chosen), "reason": "Encore"}
    again = await select(accounts, "/materiels/etats/annuler", **data)
    assert (again.status_code, "Rien n'est annulé" in text_of(again)) == (422, True)


async def test_what_goes_back_to_the_stock_by_hand_offers_no_undoing(accounts: Accounts) -> None:
    """As the sheet of one: its way back is another state."""
    for status in ("in_repair", "in_stock"):
        await select(accounts, "/materiels/etats", items=[str(cast.LAPTOP)], status=status, reason="Révision")
    shown = await accounts.manager.get("/materiels")
    assert "m-undo" not in shown.text
    assert "Pour revenir en arrière, redonnez l'état d'avant." in text_of(shown)


async def test_a_selection_changes_family_together(accounts: Accounts) -> None:
    chosen = [str(cast.LAPTOP), str(cast.BRAILLE)]
    page = await select(accounts, "/materiels/famille", items=chosen)
    assert "Changer la famille de 2 matériels" in text_of(page)
    assert (await select(accounts, "/materiels/familles", items=chosen, family="")).status_code == 422
    answer = await select(accounts, "/materiels/familles", items=chosen, family="computer_accessory")
    assert answer.headers["location"] == "/materiels"
    shown = text_of(await accounts.manager.get("/materiels"))
    assert "2 matériels rangés dans la famille « accessoire informatique »." in shown
    assert (await item(cast.BRAILLE)).family is ItemFamily.COMPUTER_ACCESSORY
    assert "Fiche corrigée : famille." in text_of(await accounts.manager.get(f"/materiels/{cast.BRAILLE}"))
    found = text_of(await accounts.manager.get("/materiels?famille=computer_accessory"))
    assert "2 matériels" in found


async def test_a_selection_changes_place_together(accounts: Accounts) -> None:
    chosen = [str(cast.LAPTOP), str(cast.BRAILLE)]
    assert "Changer le rangement de 2 matériels" in text_of(
        await select(accounts, "/materiels/rangement", items=chosen)
    )
    assert "Aucun matériel n'est choisi" in text_of(await select(accounts, "/materiels/rangement"))
    assert (await select(accounts, "/materiels/rangements", items=chosen, storage_place="")).status_code == 422
    long = await select(accounts, "/materiels/rangements", items=chosen, storage_place="a" * 201)
    assert "200 au plus" in text_of(long)
    answer = await select(accounts, "/materiels/rangements", items=chosen, storage_place="Réserve, armoire 2")
    assert answer.headers["location"] == "/materiels"
    assert "2 matériels rangés à « Réserve, armoire 2 »." in text_of(await accounts.manager.get("/materiels"))
    assert (await item(cast.BRAILLE)).storage_place == "Réserve, armoire 2"
    assert (await item(cast.KEYBOARD)).storage_place == ""


async def test_no_family_is_given_to_nothing(accounts: Accounts) -> None:
    assert "Aucun matériel n'est choisi" in text_of(await select(accounts, "/materiels/famille"))
    refused = await select(accounts, "/materiels/familles", family="tablet")
    assert refused.status_code == 422
    assert "Aucun matériel n'est choisi" in text_of(refused)
    most = [str(new_id()) for _ in range(item_bulk.MOST_ITEMS + 1)]
    assert "Précisez la recherche" in text_of(
        await select(accounts, "/materiels/familles", items=most, family="tablet")
    )


async def test_a_new_item_says_the_family_that_was_guessed(accounts: Accounts) -> None:
    typed = {"inventory_number": "35-2026-0900", "ownership": "state"}
    await submit(accounts.manager, "/materiels/nouveau", designation="Plage braille", **typed)
    assert "Famille devinée d'après ses mots : « accessoire informatique »." in text_of(
        await accounts.manager.get("/materiels")
    )
    typed["inventory_number"] = "35-2026-0901"
    await submit(accounts.manager, "/materiels/nouveau", designation="Plage braille", family="other", **typed)
    shown = text_of(await accounts.manager.get("/materiels"))
    assert "Matériel 35-2026-0901 enregistré." in shown
    assert "devinée" not in shown


async def test_what_cannot_change_is_told_by_its_number(accounts: Accounts) -> None:
    await cast.a_draft()
    chosen = [str(cast.LAPTOP), str(cast.BRAILLE)]
    asked = await select(accounts, "/materiels/etats", items=chosen, status="written_off", reason="Hors service")
    assert asked.status_code == 200
    assert "sortira du parc" in text_of(asked) or "sortiront du parc" in text_of(asked)
    typed = {"status": "written_off", "reason": "Hors service", "confirmed": "oui"}
    await select(accounts, "/materiels/etats", items=chosen, **typed)
    text = text_of(await accounts.manager.get("/materiels"))
    assert "1 matériel passé" in text
    assert "1 laissé tel quel. 35-2026-00001 : Ce matériel est dans un prêt en cours" in text


async def test_an_incomplete_change_asks_again(accounts: Accounts) -> None:
    nothing = await select(accounts, "/materiels/etat")
    assert "Aucun matériel n'est choisi" in text_of(nothing)
    answer = await select(accounts, "/materiels/etats", items=[str(cast.LAPTOP)], status="", reason="")
    assert answer.status_code == 422
    assert "Choisissez le nouvel état." in text_of(answer)
    assert str(cast.LAPTOP) in answer.text


async def test_a_whole_search_asks_for_the_state_of_all(accounts: Accounts) -> None:
    page = await select(accounts, "/materiels/etat", all="oui", q="ordinateur")
    assert "Changer l'état de 7 matériels" in text_of(page)


async def test_what_an_earlier_release_left_to_do_has_its_page(accounts: Accounts) -> None:
    left = ",".join(f'"{each}"' for each in cast.ITEMS)
    payload = f'{{"items":[{left}],"status":"in_repair","reason":"Révision","done":null}}'
    job = await jobs.enqueue(
        cast.SERVICE, "item_statuses", payload, total=8, created_by="token:manager", created_at=cast.NOW
    )
    progress = f"/taches/{job.id}"
    assert "0 sur 8" in text_of(await accounts.manager.get(progress))
    assert (await accounts.stranger.get(progress)).status_code == 404
    await run_next("tests", HANDLERS, clock=lambda: cast.NOW)
    told = text_of(await accounts.manager.get(progress))
    assert "Changement d'état" in told
    assert "8 matériels passés à l'état « En réparation »." in told
    events = await accounts.manager.get(f"{progress}/suivi")
    assert "event: end" in events.text


@pytest.mark.parametrize("path", ["", "/corriger"])
async def test_another_service_finds_no_sheet(accounts: Accounts, path: str) -> None:
    assert (await accounts.stranger.get(LAPTOP + path)).status_code == 404
    page = await accounts.stranger.get("/materiels/nouveau")
    data = {"_csrf": csrf_of(page.text), "designation": "Pris", "status": "lost", "reason": "x", "version": "1"}
    assert (await accounts.stranger.post(f"{LAPTOP}/corriger", data=data)).status_code == 404
    assert (await accounts.stranger.post(f"{LAPTOP}/etat", data=data)).status_code == 404
    assert (await item()).version == 1


async def test_a_reader_sees_no_button_and_may_not_act(accounts: Accounts) -> None:
    page = await accounts.reader.get(LAPTOP)
    assert page.status_code == 200
    assert "Corriger" not in page.text
    assert "Changer l" not in page.text
    assert (await accounts.reader.get("/materiels/nouveau")).status_code == 403
    data = {"_csrf": csrf_of(page.text), "status": "lost", "reason": "x", "version": "1"}
    assert (await accounts.reader.post(f"{LAPTOP}/etat", data=data)).status_code == 403
    assert (await accounts.reader.post("/materiels/etats", data={**data, "items": str(cast.LAPTOP)})).status_code == 403
    assert (await item()).status is ItemStatus.IN_STOCK


async def test_a_form_of_another_site_changes_nothing(accounts: Accounts) -> None:
    data = {"status": "lost", "reason": "x", "version": "1", "_csrf": "0" * 64}
    assert (await accounts.manager.post(f"{LAPTOP}/etat", data=data)).status_code == 403
    assert (await accounts.manager.post("/materiels/nouveau", data=TYPED)).status_code == 403
    assert (await item()).status is ItemStatus.IN_STOCK


async def test_an_unknown_or_unreadable_item_is_not_found(accounts: Accounts) -> None:
    for path in ("/materiels/0197b0c4-7d2e-7aaa-8000-000000000000", "/materiels/rien"):
        assert (await accounts.manager.get(path)).status_code == 404
