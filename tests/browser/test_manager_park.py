"""Managers in a real browser: the day, the inventory, the scanner and its piles, labels, the journal."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import (
    DEMO_MANAGER,
    Camera,
    Site,
    Visit,
    check_accessibility,
    check_no_sideways_scroll,
)
from tests.browser.counter import Counter

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.calendar.civil_day import MAINLAND, civil_date
from materiel.domain.item.item import Item
from materiel.domain.loan.loan import LoanStatus
from materiel.domain.loan.steps import HandedItem
from materiel.domain.usage import Custody, Usage
from materiel.store.accounts import service as services
from materiel.store.accounts import user as users
from materiel.store.engine.database import fetch
from materiel.store.loan import loan as loans
from materiel.store.people import pupil as pupils
from materiel.use_cases.item.item import RegisterItem, find_item, register_item
from materiel.use_cases.loan.loan import CreateLoan, create_loan
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan
from materiel.use_cases.papers.issuer import Issuer

Count = Callable[[str, int], Counter]

SCHOOLS = ("0350103X", "0350114J", "0350002M")
PILE = 30
LAPTOP = "DEMO-ORD-004"
MEASURES = {
    "Nombre de colonnes": "3",
    "Nombre de rangées": "7",
    "Largeur d’une étiquette": "63,5",
    "Hauteur d’une étiquette": "38,1",
    "Marge de gauche": "7,2",
    "Marge du haut": "15,15",
    "Pas horizontal": "66",
    "Pas vertical": "38,1",
}
REPLACED = "DEMO-ORD-003"


@pytest.fixture(scope="module")
def actor(site: Site) -> Actor:
    user = site.run(lambda: users.find_by_email(DEMO_MANAGER))
    assert user is not None
    return Actor("tests", Role.MANAGER, user.service_id)


async def register(actor: Actor, prefix: str, number: int) -> list[Item]:
    """Items named `PREFIX-001`, `PREFIX-002`…"""
    return [
        await register_item(
            RegisterItem(
                inventory_number=f"{prefix}-{rank:03d}", designation="Tablette 10 pouces", accessories=("Chargeur",)
            ),
            actor=actor,
            now=datetime.now(UTC),
        )
        for rank in range(1, number + 1)
    ]


@pytest.fixture(scope="module")
def pile(site: Site, actor: Actor) -> list[Item]:
    """Thirty tablets that three schools hold."""

    async def deposit() -> list[Item]:
        now = datetime.now(UTC)
        issuer = Issuer(actor=actor, now=now, base_url=site.url)
        made = await register(actor, "PILE", PILE)
        share = PILE // len(SCHOOLS)
        for rank, school in enumerate(SCHOOLS):
            ids = tuple(item.id for item in made[rank * share : (rank + 1) * share])
            command = CreateLoan(
                usage=Usage.SHARED,
                custody=Custody.SCHOOL,
                school=school,
                items=ids,
                starts_on=civil_date(now, MAINLAND),
                purpose="Lecture à plusieurs",
                pupil=None,
            )
            loan_id = (await create_loan(command, actor=actor, now=now)).case.loan.id
            await issue_loan(loan_id, issuer=issuer)
            handed = tuple(HandedItem(item_id=item_id) for item_id in ids)
            await hand_over(
                HandOver(loan_id=loan_id, handed_over_on=civil_date(now, MAINLAND), items=handed), issuer=issuer
            )
        return made

    return site.run(deposit)


def item_of(site: Site, actor: Actor, number: str) -> Item:
    return site.run(lambda: find_item(number, actor=actor))


def address_of(site: Site, item: Item) -> str:
    """What the code of a label says."""
    return f"{site.url}/Q/{item.public_code}".upper()


def test_a_pile_of_thirty_is_taken_back(visit: Visit, site: Site, pile: list[Item], count: Count) -> None:
    page = visit("/", account=DEMO_MANAGER)
    journey = count("Reprendre une pile de 30 matériels", PILE + 3)
    journey.click(page.get_by_role("link", name="Reprendre", exact=True))
    field = page.get_by_label("Code ou numéro d’inventaire")
    expect(field).to_be_focused()
    for item in pile:
        journey.scan(field, address_of(site, item))
    expect(page.locator(".p-pile__item")).to_have_count(PILE, timeout=15_000)
    journey.click(page.get_by_role("button", name="Reprendre 30 matériels"))
    expect(page.get_by_role("heading", level=1)).to_have_text("30 matériels repris")
    expect(page.get_by_role("link", name="Imprimer les reçus (PDF)")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Récépissé de restitution")).to_have_count(len(SCHOOLS))
    check_accessibility(page)
    page.get_by_role("link", name="Défaire").click()
    check_accessibility(page)
    page.get_by_label("Motif, pour le service seul").fill("La mauvaise pile a été scannée")
    page.get_by_role("button", name="Annuler 3 retours").click()
    expect(page.get_by_text("3 retours annulés")).to_be_visible()


def test_any_item_is_found_from_three_characters(visit: Visit, count: Count) -> None:
    page = visit("/materiels", account=DEMO_MANAGER)
    journey = count("Trouver un matériel par trois caractères", 2)
    journey.fill(page.get_by_label("Trouver un matériel"), "d-0")
    expect(page.get_by_text("4 matériels pour cette recherche.")).to_be_visible()
    assert "q=d-0" in page.url
    journey.click(page.get_by_role("link", name=LAPTOP))
    expect(page.get_by_role("heading", level=1)).to_contain_text(LAPTOP)


def test_where_what_a_pupil_holds_is_answered_by_one_search(visit: Visit, site: Site, count: Count) -> None:
    async def a_holder() -> tuple[str, str]:
        service = await services.by_code("DEMO35")
        held = await loans.page(service.id, status=LoanStatus.HANDED_OVER, limit=50)
        loan = next(each for each in held if each.pupil_id is not None)
        return (await pupils.get(loan.pupil_id or loan.id, service.id)).full_name, str(loan.id)

    name, loan_id = site.run(a_holder)
    page = visit("/", account=DEMO_MANAGER)
    journey = count("Répondre à « où est le matériel de X ? »", 2)
    field = page.get_by_role("searchbox", name="Chercher partout")
    journey.fill(field, name)
    journey.press(field, "Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"« {name} »")
    row = page.get_by_role("row").filter(has=page.locator(f'a[href="/prets/{loan_id}"]'))
    expect(row.get_by_role("cell").nth(1)).to_have_text("Remis")
    expect(row.get_by_role("cell").first).not_to_be_empty()
    expect(row.get_by_role("link", name="Reprendre")).to_be_visible()
    check_accessibility(page)


def test_the_same_search_works_without_a_script(visit: Visit) -> None:
    page = visit("/materiels", account=DEMO_MANAGER, js=False, width=320)
    page.get_by_label("Trouver un matériel").fill("ord 004")
    page.get_by_role("button", name="Rechercher").click()
    page.get_by_role("link", name=LAPTOP).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(LAPTOP)


def test_a_pile_works_without_a_script(visit: Visit) -> None:
    page = visit("/scanner/pile/etiqueter", account=DEMO_MANAGER, js=False, width=320)
    for code in ("DEMO-ORD-001", "inconnu", "DEMO-ORD-002"):
        page.get_by_label("Code ou numéro d’inventaire").fill(code)
        page.keyboard.press("Enter")
        if code == "inconnu":
            expect(page.get_by_role("alert")).to_contain_text("Une erreur est à corriger")
    expect(page.get_by_role("heading", level=2, name="2 matériels dans la pile")).to_be_visible()
    page.get_by_role("button", name="Retirer DEMO-ORD-001").click()
    page.get_by_role("button", name="Préparer 1 étiquette").click()
    expect(page.get_by_label("Numéros d’inventaire")).to_have_value("DEMO-ORD-002")


def test_what_is_seen_of_an_item_survives_the_next_scan(visit: Visit) -> None:
    page = visit("/scanner/pile/reprendre", account=DEMO_MANAGER, width=320)
    field = page.get_by_label("Code ou numéro d’inventaire")
    field.press_sequentially("DEMO-TAB-001\n")
    condition = page.get_by_label("État constaté de DEMO-TAB-001")
    condition.select_option(label="Abîmé")
    field.press_sequentially("DEMO-TAB-002\n")
    expect(page.locator(".p-pile__item")).to_have_count(2)
    expect(condition).to_have_value("damaged")
    expect(page.get_by_role("status").filter(has_text="Ajouté : DEMO-TAB-002")).to_be_visible()
    check_no_sideways_scroll(page)


@pytest.mark.parametrize("local", [False, True], ids=["read_by_the_server", "read_by_the_browser"])
def test_the_camera_opens_the_sheet_of_a_label(camera: Camera, site: Site, actor: Actor, local: bool) -> None:
    address = address_of(site, item_of(site, actor, LAPTOP))
    page = camera(address, "/scanner", site.account_session(), local=local)
    sent: list[str] = []
    page.on("request", lambda each: sent.append(each.url) if each.url.endswith("/scanner/image") else None)
    page.get_by_role("button", name="Ouvrir la caméra").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(LAPTOP, timeout=10_000)
    assert bool(sent) is not local


def test_many_items_change_state_while_one_watches(visit: Visit, site: Site, actor: Actor) -> None:
    site.run(lambda: register(actor, "LOT", 60))
    page = visit("/materiels?q=LOT-", account=DEMO_MANAGER)
    page.get_by_label("Tous ceux de la recherche").check(force=True)
    page.get_by_role("button", name="Changer l’état").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Changer l’état de 60 matériels")
    page.get_by_label("En réparation").check(force=True)
    page.get_by_label("Motif").fill("Révision annuelle")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page).to_have_url(re.compile(r"/taches/[0-9a-f-]{36}$"))
    done = page.get_by_role("heading", name=re.compile(r"60 matériels passés à l’état «\sEn réparation\s»"))
    expect(done).to_be_visible(timeout=15_000)


def test_what_came_back_is_prepared_together_and_many_labels_are_drawn(visit: Visit, site: Site, actor: Actor) -> None:
    site.run(lambda: register(actor, "ZQX", 60))
    page = visit("/materiels?q=ZQX-", account=DEMO_MANAGER)
    page.get_by_label("Tous ceux de la recherche").check(force=True)
    page.get_by_role("button", name="Étiqueter").click()
    page.get_by_label("Planche ou rouleau").select_option(index=1)
    page.get_by_role("button", name="Préparer les étiquettes (PDF)").click()
    expect(page.get_by_text("60 étiquettes prêtes.")).to_be_visible(timeout=15_000)
    check_accessibility(page)
    site.run(come_back)
    page.goto(f"{site.url}/materiels?q=ZQX-")
    page.get_by_label("Tous ceux de la recherche").check(force=True)
    page.get_by_role("button", name="Préparer", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Préparer 60 matériels")
    check_accessibility(page)
    page.get_by_label("Les données sont effacées").check(force=True)
    page.get_by_label("État constaté").select_option("good")
    page.get_by_role("button", name="Préparer 60 matériels").click()
    expect(page.get_by_role("heading", name="60 matériels préparés")).to_be_visible(timeout=15_000)
    check_accessibility(page)


async def come_back() -> None:
    """Have the items of a number be where a return leaves them."""
    await fetch("UPDATE item SET status = 'to_prepare', version = version + 1 WHERE inventory_number LIKE 'ZQX-%'")


def test_a_state_given_to_several_by_mistake_is_undone(visit: Visit, site: Site, actor: Actor) -> None:
    site.run(lambda: register(actor, "DEFAIRE", 2))
    page = visit("/materiels?q=DEFAIRE", account=DEMO_MANAGER)
    for box in page.get_by_label(re.compile("Choisir DEFAIRE")).all():
        box.check()
    page.get_by_role("button", name="Changer l’état").click()
    page.get_by_label("En réparation").check(force=True)
    page.get_by_label("Motif").fill("Révision")
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("link", name="Défaire").click()
    check_accessibility(page)
    page.get_by_label("Pourquoi c’est une erreur").fill("Mauvaise recherche")
    page.get_by_role("button", name="Annuler 2 états").click()
    expect(page.get_by_text("2 états annulés")).to_be_visible()


def test_a_selection_is_made_with_the_keyboard_alone(visit: Visit) -> None:
    page = visit("/materiels?q=DEMO-ORD", account=DEMO_MANAGER)
    page.get_by_label("Choisir DEMO-ORD-001").focus()
    page.keyboard.press("Space")
    page.get_by_label("Choisir DEMO-ORD-003").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("2 matériels choisis.")).to_be_visible()
    page.get_by_role("button", name="Étiqueter").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Numéros d’inventaire")).to_have_value("DEMO-ORD-001\nDEMO-ORD-003")


def test_a_refused_item_shows_every_fault_and_leads_to_its_field(visit: Visit) -> None:
    page = visit("/materiels/nouveau", account=DEMO_MANAGER)
    page.get_by_label("Marque").fill("Exemplo")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#errors")).to_be_focused()
    expect(page.get_by_label("Marque")).to_have_value("Exemplo")
    page.get_by_role("link", name=re.compile("désignation")).click()
    expect(page.get_by_label("Désignation")).to_be_focused()
    check_accessibility(page)


def test_what_matters_is_in_the_first_screen_of_a_phone(visit: Visit, site: Site, actor: Actor) -> None:
    page = visit("/", account=DEMO_MANAGER, width=320, height=640)
    first = page.get_by_role("heading", name="Faire signer avant tout")
    for path, seen in [
        ("/", first),
        ("/materiels", page.get_by_label("Trouver un matériel")),
        ("/scanner/pile/reprendre", page.get_by_label("Code ou numéro d’inventaire")),
        (f"/materiels/{item_of(site, actor, LAPTOP).id}", page.get_by_role("navigation", name="Gestes possibles")),
    ]:
        page.goto(path)
        box = seen.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 640, path


def test_a_phone_that_reads_a_label_is_led_to_its_sheet(visit: Visit, site: Site, actor: Actor) -> None:
    item = item_of(site, actor, LAPTOP)
    page = visit(f"/Q/{item.public_code}", account=DEMO_MANAGER, width=320)
    assert page.url.endswith(f"/materiels/{item.id}")
    stranger = visit(f"/Q/{item.public_code}", width=320)
    expect(stranger.get_by_text(LAPTOP)).to_have_count(0)


def fill(page: Page, title: str) -> None:
    page.get_by_label("Nom de la planche").fill(title)
    for label, typed in MEASURES.items():
        page.get_by_label(label).fill(typed)


@pytest.mark.parametrize(("width", "js"), [(320, True), (1280, False)])
def test_a_sheet_is_measured_seen_kept_and_printed_on(visit: Visit, width: int, js: bool) -> None:
    title = f"Rouge {width}"
    # What reads a page needs its script.
    seen = check_accessibility if js else check_no_sideways_scroll
    page = visit("/etiquettes", account=DEMO_MANAGER, width=width, js=js)
    seen(page)
    page.get_by_role("link", name="Planches du service").click()
    page.get_by_role("link", name="Nouvelle planche").click()
    fill(page, title)
    page.get_by_label("Nombre de rangées").fill("8")
    page.get_by_role("button", name="Voir l’aperçu").click()
    expect(page.get_by_role("link", name=re.compile("dépassent le bas de la page"))).to_be_visible()
    seen(page)
    page.get_by_label("Nombre de rangées").fill("7")
    page.get_by_role("button", name="Voir l’aperçu").click()
    expect(page.get_by_role("img", name="21 étiquettes, en 3 colonnes et 7 rangées")).to_be_visible()
    seen(page)
    page.get_by_role("button", name="Enregistrer la planche").click()
    expect(page.get_by_role("link", name=title, exact=True)).to_be_visible()
    seen(page)
    page.get_by_role("link", name="Étiquettes", exact=True).last.click()
    expect(page.get_by_label("Planche ou rouleau").get_by_role("option", name=title)).to_have_count(1)
    page.get_by_label("Planche ou rouleau").select_option(label=title)
    page.get_by_label("Ordre des étiquettes").select_option(label="Par lieu de rangement")

    page.goto(page.url + "/planches")
    page.get_by_role("link", name=f"Supprimer : {title}").click()
    seen(page)
    page.get_by_role("button", name="Supprimer cette planche").click()
    expect(page.get_by_role("link", name=title, exact=True)).to_have_count(0)


def test_a_replaced_label_leads_to_the_item_and_says_to_destroy_it(visit: Visit, site: Site, actor: Actor) -> None:
    async def code() -> str:
        return (await find_item(REPLACED, actor=actor)).public_code

    former = site.run(code)
    page = visit(f"/materiels?q={REPLACED}", account=DEMO_MANAGER)
    page.get_by_role("link", name=REPLACED).click()
    page.get_by_role("link", name="Remplacer l’étiquette").click()
    check_accessibility(page)
    page.get_by_role("button", name="Remplacer l’étiquette").click()
    expect(page.get_by_text("À imprimer : elle remplace une autre étiquette.")).to_be_visible()
    check_accessibility(page)
    page.goto(f"{site.url}/Q/{former}")
    expect(page.get_by_text("détruisez-la, et scannez la nouvelle")).to_be_visible()
    assert site.run(code) != former

    stranger = visit(f"/Q/{former}")
    expect(stranger.get_by_text(re.compile("Étiquette remplacée le .*elle ne vaut plus"))).to_be_visible()
    expect(stranger.get_by_text(REPLACED)).to_have_count(0)
    check_accessibility(stranger)


def test_items_pass_to_another_service_from_the_park_to_its_acceptance(visit: Visit, count: Count) -> None:
    journey = count("Transférer un matériel à un autre service", 3)
    page = visit("/materiels?q=DEMO-REC-003", account=DEMO_MANAGER)
    page.get_by_role("checkbox", name="Choisir DEMO-REC-003").check(force=True)
    journey.click(page.get_by_role("button", name="Transférer"))
    check_accessibility(page)
    page.get_by_label("Service qui recevrait").select_option("DEMO14")
    page.get_by_label("Motif").fill("Un élève l’attend dans un autre département")
    journey.click(page.get_by_role("button", name="Demander le transfert"))
    expect(page.get_by_role("main").get_by_text("l’autre service doit répondre")).to_be_visible()
    check_accessibility(page)
    other = visit("/transferts", account="rectorat@exemple.invalid")
    check_accessibility(other)
    journey.click(other.get_by_role("row").filter(has_text="Un élève l’attend").get_by_role("link"))
    check_accessibility(other)
    other.get_by_role("button", name="Accepter le transfert").click()
    expect(other.get_by_role("link", name="Acte à signer (PDF)")).to_be_visible()
    other.get_by_role("link", name="DEMO-REC-003").click()
    expect(other.get_by_role("heading", level=1)).to_contain_text("DEMO-REC-003")
    page.reload()
    page.get_by_role("link", name="DEMO-REC-003").click()
    expect(page.get_by_text("Chez un autre service gestionnaire")).to_be_visible()


def test_what_sleeps_is_asked_by_its_coordinator_on_a_phone(visit: Visit) -> None:
    page = visit("/", width=320, scheme="dark", account="coordination@exemple.invalid")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce qui dort dans l’académie")
    check_accessibility(page)
    check_no_sideways_scroll(page)
    page.get_by_label("Mots").fill("téléagrandisseur")
    page.get_by_role("button", name="Filtrer").click()
    page.get_by_role("link", name="Demander DEMO-TEL-004").click()
    check_accessibility(page)
    page.get_by_label("Service qui en a besoin").select_option("DEMO14")
    page.get_by_label("Motif").fill("Un élève attend")
    page.get_by_role("button", name="Demander", exact=True).click()
    expect(page.get_by_text("DEMO-TEL-004 est demandé pour")).to_be_visible()


def test_several_pupils_go_to_another_school_once_each_move_is_shown(visit: Visit) -> None:
    page = visit("/etablissements/0350122T/changements", account=DEMO_MANAGER)
    check_accessibility(page)
    page.get_by_role("checkbox").first.check(force=True)
    page.get_by_label("Nouvel établissement").fill("0352958A")
    page.get_by_role("button", name="Voir ce que demande chacun").click()
    expect(page.get_by_role("table", name="Ce que demande chaque changement")).to_be_visible()
    check_accessibility(page)
