"""A family in a real browser, from the link of a message to the signature: by touch, by keyboard, without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import (
    DEMO_MANAGER,
    Site,
    Visit,
    check_accessibility,
    check_no_sideways_scroll,
    space_text,
)
from tests.browser.counter import Counter

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.session import SubjectKind
from materiel.domain.item.item import ItemStatus
from materiel.domain.links.access_link import AccessLink
from materiel.domain.loan.steps import HandedItem
from materiel.domain.papers.document import Document, DocumentKind
from materiel.domain.signing.evidence import Evidence
from materiel.domain.usage import Basis, BasisKind, Custody, Usage
from materiel.domain.work.outbox import Message, Purpose
from materiel.store.accounts import service as services
from materiel.store.item import item as items
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.work import outbox
from materiel.use_cases.demo.teller import PICTURE
from materiel.use_cases.links.access_link import links_of_pupil
from materiel.use_cases.loan.loan import CreateLoan, create_loan
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.electronic_signature import evidence_of
from materiel.use_cases.signing.request import SendForSignature, send_for_signature

HEAVIEST = 41_000
"""Bytes of a first visit of the page on which one signs, its eight lines included."""

Count = Callable[[str, int], Counter]


async def manager() -> Actor:
    return Actor("tests", Role.ADMIN, (await services.by_code("DEMO35")).id)


async def sent_agreement(first_name: str, base_url: str, *, handed: bool) -> tuple[Document, Message]:
    """A new agreement for a pupil of the demonstration, and the message that asks for its signature."""
    issuer = Issuer(actor=await manager(), now=datetime.now(UTC), base_url=base_url)
    service_id = issuer.actor.service_id
    (pupil,) = await pupils.page(service_id, q=first_name, limit=2)
    (item,) = await items.page(service_id, status=ItemStatus.IN_STOCK, limit=1)
    command = CreateLoan(
        usage=Usage.INDIVIDUAL,
        custody=Custody.HOME,
        school=pupil.school_uai,
        pupil=pupil.id,
        items=(item.id,),
        starts_on=issuer.today,
        purpose="Travail en classe et devoirs.",
        basis=Basis(kind=BasisKind.CDAPH, decided_on=issuer.today, valid_until=issuer.today.replace(month=12, day=31)),
    )
    loan_id = (await create_loan(command, actor=issuer.actor, now=issuer.now)).case.loan.id
    await issue_loan(loan_id, issuer=issuer)
    (agreement,) = [each for each in await documents.of_loan(loan_id) if each.kind is DocumentKind.LOAN_AGREEMENT]
    if handed:
        lines = (HandedItem(item_id=item.id),)
        await hand_over(HandOver(loan_id=loan_id, handed_over_on=issuer.today, items=lines), issuer=issuer)
    await send_for_signature(SendForSignature(document_id=agreement.id), issuer=issuer)
    return agreement, await last(Purpose.SIGNATURE_REQUEST)


async def last(purpose: Purpose) -> Message:
    return next(each for each in await outbox.page((await manager()).service_id, limit=20) if each.purpose is purpose)


async def proofs(document: Document) -> list[Evidence]:
    return await evidence_of(document.id, actor=await manager())


def link_of(message: Message) -> str:
    """The path of the link that a message holds."""
    found = re.search(r"^http\S+/f/\S+$", message.text, re.MULTILINE)
    assert found, message.text
    return urlsplit(found[0]).path


def code_received(site: Site) -> str:
    found = re.search(r"^(\d{6})$", site.run(lambda: last(Purpose.SIGNATURE_CODE)).text, re.MULTILINE)
    assert found
    return found[1]


def name_on(page: Page) -> str:
    """The name that the page asks for."""
    return page.locator("#f-name-hint").inner_text().partition(":")[2].strip()


def send(site: Site, first_name: str, *, handed: bool = False) -> tuple[Document, str]:
    document, message = site.run(lambda: sent_agreement(first_name, site.url, handed=handed))
    return document, link_of(message)


def test_a_parent_signs_on_a_phone_in_five_acts(site: Site, visit: Visit, count: Count) -> None:
    document, link = send(site, "Sacha")
    page = visit(link, width=320)
    journey = count("Une famille signe, depuis le lien du message", 5)
    expect(page.get_by_role("heading", level=1)).to_contain_text(document.number)
    assert urlsplit(page.url).path == f"/f/documents/{document.id}"
    check_accessibility(page)
    journey.fill(page.get_by_label("Vos prénom et nom"), name_on(page))
    journey.tick(page.get_by_label("J’ai lu ce document et je l’accepte"))
    journey.click(page.get_by_role("button", name="Recevoir mon code"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Vérifiez, puis signez")
    check_accessibility(page)
    journey.fill(page.get_by_label("Code reçu par courriel"), code_received(site))
    journey.click(page.get_by_role("button", name="Signer"))
    expect(page.get_by_role("heading", level=1)).to_have_text("C’est signé")
    check_accessibility(page)
    (proof,) = site.run(lambda: proofs(document))
    assert (proof.sha256, proof.strokes) == (document.sha256, None)
    page.get_by_role("link", name="Revenir à « Mes matériels »").click()
    expect(page.get_by_role("heading", name="Documents signés")).to_be_visible()
    check_accessibility(page)


def test_a_parent_signs_by_the_keyboard_alone(site: Site, visit: Visit) -> None:
    document, link = send(site, "Alix")
    page = visit(link, scheme="dark")
    tab_to(page, "f-name")
    page.keyboard.type("quelqu'un d'autre")
    page.keyboard.press("Enter")
    expect(page.locator("#errors")).to_be_focused()
    check_accessibility(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#f-name")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type(name_on(page).upper())
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    tab_to(page, "Recevoir mon code")
    page.keyboard.press("Enter")
    page.wait_for_url("**/code")
    tab_to(page, "f-code")
    page.keyboard.type(code_received(site))
    page.keyboard.press("Enter")
    page.wait_for_url("**/signe")
    assert len(site.run(lambda: proofs(document))) == 1
    check_accessibility(page)


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until the element of this id, or this text, has the focus; never lost on the way."""
    for _ in range(60):
        page.keyboard.press("Tab")
        seen = page.evaluate("[document.activeElement.id, document.activeElement.textContent.trim()]")
        if wanted in seen:
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"the focus on {wanted} is invisible"
            return
    raise AssertionError(f"Tab never reaches {wanted}")


def test_a_parent_signs_without_scripts(site: Site, visit: Visit) -> None:
    document, link = send(site, "Malo")
    page = visit(link, width=320, js=False)
    expect(page.locator("#drawing")).to_be_hidden()
    name = name_on(page)
    page.get_by_role("button", name="Recevoir mon code").click()
    expect(page.locator("#errors")).to_contain_text("2 erreurs sont à corriger")
    page.get_by_label("Vos prénom et nom").fill(name)
    page.get_by_label("J’ai lu ce document et je l’accepte").check(force=True)
    page.get_by_role("button", name="Recevoir mon code").click()
    page.get_by_label("Code reçu par courriel").fill("000000" if code_received(site) != "000000" else "111111")
    page.get_by_role("button", name="Signer").click()
    expect(page.locator("#errors")).to_contain_text("Il vous reste 4 essais")
    page.get_by_label("Code reçu par courriel").fill(code_received(site))
    page.get_by_role("button", name="Signer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("C’est signé")
    assert len(site.run(lambda: proofs(document))) == 1


def test_a_drawing_is_kept_as_strokes(site: Site, visit: Visit) -> None:
    _, link = send(site, "Malo")
    page = visit(link, width=320)
    page.get_by_text("Dessiner ma signature").click()
    draw(page)
    assert page.locator("#strokes").input_value().startswith("[[[")
    page.get_by_role("button", name="Effacer le dessin").click()
    assert page.locator("#strokes").input_value() == ""


def draw(page: Page) -> None:
    area = page.locator("#drawing-area")
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 40, steps=4)
    page.mouse.up()


def test_the_condition_is_said_with_a_photograph(site: Site, visit: Visit) -> None:
    _, link = send(site, "Malo", handed=True)
    page = visit(link, width=320)
    page.goto("/f")
    page.get_by_role("link", name="Dire l’état du matériel, avec des photos").first.click()
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator("#errors")).to_be_focused()
    check_accessibility(page)
    page.get_by_label("Votre remarque").fill("Une rayure sous le clavier")
    page.get_by_label("Photos").set_input_files(PICTURE)
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_text("« Une rayure sous le clavier », avec 1 photo")).to_be_visible()
    check_accessibility(page)
    check_no_sideways_scroll(page)


def test_a_theft_is_told_and_followed(site: Site, visit: Visit) -> None:
    _, link = send(site, "Malo", handed=True)
    page = visit(link, width=320)
    page.goto("/f")
    page.get_by_role("link", name="Signaler un problème ou rendre").first.click()
    page.get_by_role("button", name="Prévenir le service").click()
    expect(page.locator("#errors")).to_be_focused()
    check_accessibility(page)
    page.get_by_label("Il a été volé").check(force=True)
    page.get_by_label("Racontez en quelques mots").fill("Cartable volé dans le bus")
    page.get_by_label("Quand est-ce arrivé").fill(datetime.now(ZoneInfo("Europe/Paris")).date().isoformat())
    page.get_by_role("button", name="Prévenir le service").click()
    expect(page.get_by_text("La copie de la plainte")).to_be_visible()
    check_accessibility(page)
    page.get_by_role("link", name="Revenir à mes matériels").click()
    expect(page.get_by_text("Incident signalé, en cours de traitement")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_hold_in_large_letters(site: Site, visit: Visit, scheme: str) -> None:
    _, link = send(site, "Malo")
    page = visit(link, width=640, scheme=scheme)
    for path in (urlsplit(page.url).path, "/f", "/f/" + "A" * 32):
        page.goto(path)
        check_accessibility(page)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        space_text(page)
        check_no_sideways_scroll(page)


def test_a_first_visit_of_the_signing_page_is_light(
    site: Site, visit: Visit, record_property: Callable[[str, object], None]
) -> None:
    _, link = send(site, "Malo")
    page = visit("about:blank", width=320)
    weights: dict[str, int] = {}

    def weigh(request: object) -> None:
        sizes = request.sizes()  # type: ignore[attr-defined]
        weights[request.url] = sizes["responseBodySize"] + sizes["responseHeadersSize"]  # type: ignore[attr-defined]

    page.on("requestfinished", weigh)
    page.goto(link, wait_until="networkidle")
    total = sum(weights.values())
    assert {urlsplit(url).netloc for url in weights} == {urlsplit(site.url).netloc}
    assert total <= HEAVIEST, weights
    record_property("interactions", f"Page de signature, première visite : {total} octets, {len(weights)} requêtes")


async def link_sent_to(first_name: str) -> AccessLink:
    """The link that was last sent to somebody of a pupil's family."""
    actor = await manager()
    (pupil,) = await pupils.page(actor.service_id, q=first_name, limit=2)
    return (await links_of_pupil(pupil.id, actor=actor))[0]


def test_what_a_maker_recalls_reaches_a_family_which_says_to_have_read(visit: Visit, site: Site) -> None:
    page = visit("/rappels/nouveau", width=320, account=DEMO_MANAGER)
    page.get_by_label("Le danger").fill("Le boîtier peut se fendre")
    page.get_by_label("Ce qu’il faut faire").fill("Débranchez-le et ne vous en servez plus.")
    page.get_by_label("Modèle ou désignation").fill("Contacteur C1")
    page.get_by_role("button", name="Chercher les matériels").click()
    page.get_by_label("Choisir DEMO-COM-003").uncheck()
    check_accessibility(page)
    page.get_by_role("button", name="Ouvrir le rappel et prévenir").click()
    expect(page.get_by_role("status")).to_contain_text("sont retenus")
    sheet = page.url
    check_accessibility(page)
    row = page.get_by_role("row").filter(has_text="DEMO-COM-001")
    expect(row).to_contain_text("Prévenu, sans réponse")

    link = site.run(lambda: link_sent_to("Elio"))
    secret = site.session(SubjectKind.FAMILY, link.id, link.service_id)
    family = visit("/f", width=320, js=False, session=secret)
    expect(family.get_by_role("heading", name="Rappel de sécurité")).to_be_visible()
    check_accessibility(visit("/f", width=320, session=secret))
    family.get_by_role("button", name=re.compile("J’ai lu, je n’utilise plus l’appareil")).click()
    expect(family.get_by_role("status").first).to_contain_text("C’est noté, merci")
    expect(family.get_by_text("Vous avez dit le")).to_be_visible()

    page.goto(sheet)
    expect(row).to_contain_text("A lu, ne l’utilise plus")
    row.get_by_role("checkbox").check()
    page.get_by_label("Réparé ou mis à jour").check()
    page.get_by_role("button", name="Noter", exact=True).click()
    expect(page.get_by_role("row").filter(has_text="DEMO-COM-001")).to_contain_text("Traité")
