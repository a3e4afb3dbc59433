"""Schools and town halls in a real browser: from the link of a message to what they confirm, sign and read."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import LocatorAssertions, Page, expect
from tests.browser.conftest import Camera, Site, Visit, check_accessibility, check_no_sideways_scroll, space_text
from tests.browser.counter import Counter
from tests.stage.presences import presences_of_item

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.visitors.presence import Presence
from materiel.domain.work.outbox import Message, Purpose
from materiel.store.accounts import service as services
from materiel.store.work import outbox
from materiel.use_cases.item.item import find_item
from materiel.use_cases.links.deposit import InstitutionHome
from materiel.use_cases.links.institution import InviteInstitution, institution_sheet
from materiel.use_cases.links.institution_link import invite_institution
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.places.municipality import UpdateMunicipality, get_municipality, update_municipality
from materiel.web.http.session import COOKIE

Count = Callable[[str, int], Counter]
BAULON = InviteInstitution(insee_code="35016")
"""The commune whose école keeps two items of the demonstration."""

ECOLE = InviteInstitution(uai="0350122T")
COLLEGE = InviteInstitution(uai="0350762N")
"""It keeps one item, is awaited for signatures and was told of loans that go home."""

KEPT = ("DEMO-BOU-001", "DEMO-BOU-002")


async def manager() -> Actor:
    return Actor("tests", Role.ADMIN, (await services.by_code("DEMO35")).id)


async def last(purpose: Purpose) -> Message:
    return next(each for each in await outbox.page((await manager()).service_id, limit=20) if each.purpose is purpose)


async def invite(command: InviteInstitution, base_url: str) -> str:
    # The demonstration has just written to some of them, and a second message waits a little.
    later = datetime.now(UTC) + timedelta(minutes=5)
    issuer = Issuer(actor=await manager(), now=later, base_url=base_url)
    await invite_institution(command, issuer=issuer)
    found = re.search(r"^http\S+/e/\S+$", (await last(Purpose.INSTITUTION)).text, re.MULTILINE)
    assert found
    return urlsplit(found[0]).path


async def give_a_mailbox(insee_code: str) -> None:
    actor = await manager()
    commune = await get_municipality(insee_code, actor=actor)
    command = UpdateMunicipality(insee_code=insee_code, version=commune.version, email="mairie@exemple.invalid")
    await update_municipality(command, actor=actor, now=datetime.now(UTC))


async def confirmations(number: str) -> list[Presence]:
    return await presences_of_item((await find_item(number, actor=await manager())).id)


async def home_of(command: InviteInstitution) -> InstitutionHome:
    return (await institution_sheet(command, actor=await manager())).home


@pytest.fixture(scope="module")
def links(site: Site) -> dict[InviteInstitution, str]:
    """The links sent once: they open as often as wanted."""
    site.run(lambda: give_a_mailbox("35016"))
    return {command: site.run(lambda c=command: invite(c, site.url)) for command in (BAULON, ECOLE, COLLEGE)}


def title(page: Page) -> LocatorAssertions:
    return expect(page.get_by_role("heading", level=1))


def test_a_school_confirms_all_it_holds_in_three_acts_at_most(
    site: Site, visit: Visit, count: Count, links: dict[InviteInstitution, str]
) -> None:
    journey = count("Une école confirme tout ce qu'elle garde, depuis le message", 3)
    page = visit(links[ECOLE], width=320)
    journey.tally["clics"] += 1  # The link in the message.
    assert urlsplit(page.url).path == "/e"
    expect(page.get_by_role("heading", level=1)).to_have_text("Matériel déposé chez vous")
    check_accessibility(page)
    journey.click(page.get_by_role("button", name="Tout est présent"))
    expect(page.get_by_role("status")).to_contain_text("2 matériels présents")
    check_accessibility(page)
    for number in KEPT:
        assert [each.is_present for each in site.run(lambda n=number: confirmations(n))] == [True]


def test_an_absence_is_told_without_scripts(site: Site, visit: Visit, links: dict[InviteInstitution, str]) -> None:
    page = visit(links[BAULON], width=320, js=False)
    expect(page.get_by_role("heading", level=3)).to_have_text(["Ecole primaire publique les Lucioles"])
    page.get_by_role("link", name="Signaler un problème").nth(1).click()
    page.get_by_role("button", name="Prévenir le service").click()
    expect(page.locator("#errors")).to_be_visible()
    page.get_by_label("Matériel introuvable").check(force=True)
    page.get_by_label("Racontez en quelques mots").fill("Plus dans l'armoire de la salle 2.")
    page.get_by_role("button", name="Prévenir le service").click()
    expect(page.get_by_text("Le service est prévenu")).to_be_visible()
    expect(page.get_by_text("Signalé absent")).to_be_visible()
    assert not site.run(lambda: confirmations(KEPT[1]))[-1].is_present


def test_labels_are_scanned_by_a_reader_and_the_unknown_one_comes_back(
    site: Site, visit: Visit, count: Count, links: dict[InviteInstitution, str]
) -> None:
    page = visit(links[ECOLE], width=320, scheme="dark")
    codes = [site.run(lambda n=n: code_of(n)) for n in KEPT]
    journey = count("Une école confirme deux matériels par leurs étiquettes", 4)
    journey.click(page.get_by_role("link", name="Scanner ou saisir des numéros"))
    check_accessibility(page)
    field = page.get_by_label("Étiquettes ou numéros d’inventaire")
    for code in codes:
        journey.scan(field, f"{site.url}/Q/{code}")
    journey.click(page.get_by_role("button", name="Confirmer la présence"))
    expect(page.get_by_role("status")).to_contain_text("2 matériels présents")
    page.get_by_role("link", name="Scanner ou saisir des numéros").click()
    page.get_by_label("Étiquettes ou numéros d’inventaire").fill("DEMO-ORD-001")
    page.get_by_role("button", name="Confirmer la présence").click()
    expect(page.locator("#errors")).to_be_focused()
    expect(page.get_by_label("Étiquettes ou numéros d’inventaire")).to_have_value("DEMO-ORD-001")
    check_accessibility(page)


@pytest.mark.parametrize("local", [False, True], ids=["read_by_the_server", "read_by_the_browser"])
def test_the_camera_adds_a_label_to_those_to_confirm(
    site: Site, visit: Visit, camera: Camera, links: dict[InviteInstitution, str], local: bool
) -> None:
    page = camera(address_of(site, KEPT[0]), "/e/scanner", inside(visit(links[ECOLE])), local=local)
    sent: list[str] = []
    page.on("request", lambda each: sent.append(each.url) if each.url.endswith("/e/scanner/image") else None)
    before = len(site.run(lambda: confirmations(KEPT[0])))
    page.get_by_role("button", name="Ouvrir la caméra").click()
    field = page.get_by_label("Étiquettes ou numéros d’inventaire")
    expect(field).to_have_value(f"{KEPT[0]}\n", timeout=10_000)
    expect(page.locator("#scan-state")).to_contain_text("Matériel pédagogique")
    # The label stays under the camera, and counts once.
    page.wait_for_timeout(1_000)
    expect(field).to_have_value(f"{KEPT[0]}\n")
    assert bool(sent) is not local
    assert len(site.run(lambda: confirmations(KEPT[0]))) == before
    check_accessibility(page)
    page.get_by_role("button", name="Confirmer la présence").click()
    expect(page.get_by_role("status").filter(has_text="1 matériel présent")).to_be_visible()


@pytest.mark.parametrize("code", ["DEMO-ORD-001", ""], ids=["another_school's", "unknown"])
def test_the_camera_says_the_same_of_a_foreign_label_and_of_an_unknown_one(
    site: Site, visit: Visit, camera: Camera, links: dict[InviteInstitution, str], code: str
) -> None:
    address = address_of(site, code) if code else f"{site.url}/Q/ABCDEFGHJKM99".upper()
    page = camera(address, "/e/scanner", inside(visit(links[ECOLE])), local=False)
    page.get_by_role("button", name="Ouvrir la caméra").click()
    expect(page.locator("#scan-state")).to_have_text(
        "Cette étiquette n’est pas celle d’un matériel déposé chez vous.", timeout=10_000
    )
    expect(page.get_by_label("Étiquettes ou numéros d’inventaire")).to_have_value("")


def test_without_a_camera_the_field_is_enough(visit: Visit, links: dict[InviteInstitution, str]) -> None:
    page = visit(links[ECOLE], js=False, width=320)
    page.goto("/e/scanner")
    expect(page.get_by_role("button", name="Ouvrir la caméra")).to_be_hidden()
    page.get_by_label("Étiquettes ou numéros d’inventaire").fill(KEPT[0])
    page.get_by_role("button", name="Confirmer la présence").click()
    expect(page.get_by_role("status")).to_contain_text("1 matériel présent")


def inside(page: Page) -> str:
    """The secret of the session that a link has just opened."""
    return next(each["value"] for each in page.context.cookies() if each["name"] == COOKIE)


def address_of(site: Site, number: str) -> str:
    """What the code of a label says."""
    return f"{site.url}/Q/{site.run(lambda: code_of(number))}".upper()


async def code_of(number: str) -> str:
    return (await find_item(number, actor=await manager())).public_code


def test_the_label_leads_the_school_to_the_item(site: Site, visit: Visit, links: dict[InviteInstitution, str]) -> None:
    page = visit(links[ECOLE], width=320)
    page.goto(f"/Q/{site.run(lambda: code_of(KEPT[0]))}")
    title(page).to_have_text("Matériel pédagogique")
    check_accessibility(page)
    page.get_by_role("button", name="Ce matériel est présent").click()
    expect(page.get_by_role("status")).to_contain_text("1 matériel présent")


def test_the_commune_signs_by_the_keyboard_alone(site: Site, visit: Visit, links: dict[InviteInstitution, str]) -> None:
    (paper,) = site.run(lambda: home_of(BAULON)).to_sign
    page = visit(links[BAULON], scheme="dark")
    tab_to(page, re.compile("^Lire et signer"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/e/documents/{paper.document.id}")
    check_accessibility(page)
    tab_to(page, re.compile("^f-name$"))
    page.keyboard.press("Enter")
    expect(page.locator("#errors")).to_be_focused()
    expect(page.locator("#errors")).to_contain_text("3 erreurs sont à corriger")
    check_accessibility(page)
    tab_to(page, re.compile("^f-name$"))
    page.keyboard.type("Andrea Personnage")
    page.keyboard.press("Tab")
    page.keyboard.type("maire")
    tab_to(page, re.compile("^f-consent$"))
    page.keyboard.press("Space")
    tab_to(page, re.compile("^Recevoir mon code$"))
    page.keyboard.press("Enter")
    title(page).to_have_text("Vérifiez, puis signez")
    check_accessibility(page)
    tab_to(page, re.compile("^f-code$"))
    page.keyboard.type(code_received(site))
    page.keyboard.press("Enter")
    page.wait_for_url("**/signe")
    check_accessibility(page)
    assert site.run(lambda: home_of(BAULON)).to_sign == ()
    assert paper.document.id in {each.document.id for each in site.run(lambda: home_of(BAULON)).signed}


def code_received(site: Site) -> str:
    found = re.search(r"^(\d{6})$", site.run(lambda: last(Purpose.SIGNATURE_CODE)).text, re.MULTILINE)
    assert found
    return found[1]


def tab_to(page: Page, wanted: re.Pattern[str]) -> None:
    """Press Tab until the element of this id, or of this text, has a visible focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        seen = page.evaluate("[document.activeElement.id, document.activeElement.textContent.trim()]")
        if any(wanted.search(each) for each in seen):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"the focus on {wanted.pattern} is invisible"
            return
    raise AssertionError(f"Tab never reaches {wanted.pattern}")


def test_a_head_of_school_reads_a_notice_and_says_so(
    site: Site, visit: Visit, count: Count, links: dict[InviteInstitution, str]
) -> None:
    before = site.run(lambda: home_of(COLLEGE))
    page = visit(links[COLLEGE], width=320)
    journey = count("Un collège accuse lecture d'une notification", 2)
    notice = page.locator("section", has=page.locator("#notices"))
    journey.click(notice.get_by_role("link").first)
    expect(page.get_by_text("Aucune réponse n’est attendue").first).to_be_visible()
    check_accessibility(page)
    journey.click(page.get_by_role("button", name="J’ai lu cette notification"))
    expect(page.get_by_role("status")).to_contain_text("C’est noté")
    after = site.run(lambda: home_of(COLLEGE))
    assert len(after.read) == len(before.read) + 1


def test_the_list_prints_without_buttons(visit: Visit, links: dict[InviteInstitution, str]) -> None:
    page = visit(links[BAULON])
    page.get_by_role("link", name="Imprimer la liste").click()
    expect(page.get_by_role("button", name="Imprimer")).to_be_visible()
    check_accessibility(page)
    page.emulate_media(media="print")
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("rowheader")).to_have_count(len(KEPT))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_hold_at_every_width_and_in_large_letters(
    visit: Visit, links: dict[InviteInstitution, str], scheme: str
) -> None:
    page = visit(links[COLLEGE], scheme=scheme)
    check_accessibility(page)
    page.set_viewport_size({"width": 640, "height": 800})
    for path in ("/e", "/e/scanner", "/e/liste", "/e/" + "A" * 32):
        page.goto(path)
        check_accessibility(page)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        space_text(page)
        check_no_sideways_scroll(page)


def test_a_manager_sends_the_link_from_the_page_of_the_school(
    site: Site, visit: Visit, count: Count, links: dict[InviteInstitution, str]
) -> None:
    page = visit("/etablissements/0350896J/depots", account="gestion@exemple.invalid")
    check_accessibility(page)
    journey = count("Un gestionnaire envoie son lien à un collège", 1)
    journey.click(page.get_by_role("button", name=re.compile("^Envoyer ")))
    expect(page.get_by_role("status")).to_contain_text("Message à envoyer à")
    check_accessibility(page)
    page.goto("/communes/35016/depots")
    check_accessibility(page)
    assert links


def test_a_referent_notes_use_in_three_taps_without_scripts(site: Site, visit: Visit, count: Count) -> None:
    journey = count("Une enseignante référente note l'usage d'un matériel", 3)
    page = visit(urlsplit(site.told["access"]["links"]["référent"]).path, width=320, js=False)
    title(page).to_have_text("Mon secteur")
    check_no_sideways_scroll(page)
    journey.click(page.get_by_role("link", name="Majeur Léo"))
    title(page).to_have_text("Léo Majeur")
    # He holds two things: one of them was spoken of.
    journey.tick(page.get_by_label("Utilisé", exact=True).first)
    journey.click(page.get_by_role("button", name="Noter"))
    expect(page.get_by_role("status")).to_contain_text("C’est noté. Merci.")
    page.get_by_role("link", name="Majeur Léo").click()
    expect(page.get_by_text("Dit la dernière fois")).to_be_visible()
