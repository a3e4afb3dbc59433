"""A manager treats a theft in a real browser, from the day's list to the answer; the pages in every shape."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import DEMO_MANAGER, Site, Visit, check_accessibility, check_no_sideways_scroll, space_text
from tests.browser.counter import Counter

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.incident.incident import Incident, IncidentFilter, IncidentKind
from materiel.store.accounts import user as users
from materiel.use_cases.incident.incident import list_incidents
from materiel.use_cases.item.item import find_item

Count = Callable[[str, int], Counter]
SHAPES = [(320, "light"), (320, "dark"), (1280, "light"), (1280, "dark")]


@pytest.fixture(scope="module")
def actor(site: Site) -> Actor:
    user = site.run(lambda: users.find_by_email(DEMO_MANAGER))
    assert user is not None
    return Actor("tests", Role.MANAGER, user.service_id)


def told(site: Site, actor: Actor, kind: IncidentKind) -> Incident:
    """The incident of a kind that the demonstration tells first."""
    return site.run(lambda: list_incidents(IncidentFilter(kind=kind), actor=actor))[0]


def treat(page: Page, journey: Counter) -> None:
    """The theft of the demonstration lacks the insurer's certificate and a decision."""
    journey.click(page.get_by_role("link", name="Décider : DEMO-TAB-001"))
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Vol\s: DEMO-TAB-001"))
    expect(page.get_by_text("Manque : attestation de l’assureur.")).to_be_visible()
    journey.tick(page.get_by_label("Attestation de l’assureur"))
    journey.click(page.get_by_role("button", name="Noter les pièces reçues"))
    expect(page.get_by_text("Le dossier est complet.")).to_be_visible()
    journey.tick(page.get_by_label("Sans faute de l’utilisateur"))
    journey.fill(page.get_by_label("Motif"), "Vol dans le bus, plainte déposée")
    journey.click(page.get_by_role("button", name="Enregistrer la décision"))
    expect(page.get_by_text("le remplacement est à la charge de l’État")).to_be_visible()
    journey.click(page.get_by_role("link", name="Retirer ou échanger ce matériel par avenant"))
    expect(page.get_by_label("DEMO-TAB-001 – ").first).to_have_value("stolen")
    journey.fill(page.get_by_label("Matériels à ajouter"), "DEMO-LOG-004")
    journey.click(page.get_by_role("button", name="Modifier la liste du matériel"))
    journey.click(page.get_by_role("link", name=re.compile("^Vol, DEMO-TAB-001")))
    expect(page.get_by_text("Le matériel n’en fait plus partie")).to_be_visible()
    journey.fill(page.get_by_label("Ce qui est décidé"), "Le matériel est remplacé, sans frais pour vous.")
    journey.click(page.get_by_role("button", name="Répondre et clore"))
    expect(page.get_by_role("heading", name="Réponse du service")).to_be_visible()


def test_a_manager_treats_a_theft_from_the_day_to_the_answer(visit: Visit, count: Count) -> None:
    page = visit("/", width=320, js=False, account=DEMO_MANAGER)
    treat(page, count("Traiter un vol, de l'accueil à la réponse, avenant compris", 14))
    page.goto("/incidents")
    expect(page.get_by_role("link", name=re.compile("DEMO-TAB-001"))).to_have_count(0)
    page.goto("/incidents?etat=closed")
    expect(page.get_by_role("link", name=re.compile("DEMO-TAB-001"))).to_be_visible()
    page.get_by_role("link", name=re.compile("DEMO-TAB-001")).click()
    page.get_by_text("Rouvrir cet incident").click()
    page.get_by_label("Pourquoi le rouvrir").fill("Tablette retrouvée au dépôt du car")
    page.get_by_role("button", name="Rouvrir", exact=True).click()
    expect(page.get_by_role("heading", name="Répondre et clore")).to_be_visible()


def test_a_call_is_written_down_from_the_sheet_of_an_item(visit: Visit, site: Site, actor: Actor, count: Count) -> None:
    item = site.run(lambda: find_item("DEMO-LOU-002", actor=actor))
    page = visit(f"/materiels/{item.id}", account=DEMO_MANAGER)
    journey = count("Noter un incident raconté au téléphone, depuis la fiche du matériel", 6)
    journey.click(page.get_by_role("link", name="Signaler un incident"))
    check_accessibility(page)
    journey.tick(page.get_by_label("Panne"))
    journey.tick(page.get_by_label("La famille, ou l’élève majeur"))
    journey.fill(page.get_by_label("Ce qui s’est passé"), "Ne grossit plus")
    journey.click(page.get_by_role("button", name="Enregistrer l’incident"))
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Panne\s: DEMO-LOU-002"))


def test_a_refusal_leads_to_each_field(visit: Visit, site: Site, actor: Actor) -> None:
    item = site.run(lambda: find_item("DEMO-LOU-002", actor=actor))
    page = visit(f"/materiels/{item.id}/signaler", width=320, account=DEMO_MANAGER)
    page.get_by_role("button", name="Enregistrer l’incident").click()
    expect(page.get_by_role("alert")).to_be_focused()
    check_accessibility(page)


@pytest.mark.parametrize(("width", "scheme"), SHAPES)
def test_the_pages_are_accessible_at_every_width_and_scheme(
    visit: Visit, site: Site, actor: Actor, width: int, scheme: str
) -> None:
    page = visit("/incidents", width=width, scheme=scheme, account=DEMO_MANAGER)
    check_accessibility(page)
    for kind in (IncidentKind.THEFT, IncidentKind.BREAKDOWN, IncidentKind.LOSS):
        page.goto(f"/incidents/{told(site, actor, kind).id}")
        check_accessibility(page)
    page.goto("/incidents?q=introuvable")
    expect(page.get_by_text("Aucun incident ne répond à ces critères.")).to_be_visible()
    check_accessibility(page)


@pytest.mark.parametrize(("width", "scheme"), SHAPES)
def test_a_hand_over_stands_beside_the_return(visit: Visit, site: Site, actor: Actor, width: int, scheme: str) -> None:
    page = visit("/a-faire/remarques-a-lire", width=width, scheme=scheme, account=DEMO_MANAGER)
    page.get_by_role("link", name=re.compile("Prototype")).first.click()
    page.get_by_role("link", name=re.compile("DEMO-CLA-003$")).last.click()
    expect(page.get_by_text("Nouveau depuis la remise : touche manquante")).to_be_visible()
    above, below = (page.locator(f"#end-{each}").bounding_box() for each in ("handover", "return"))
    assert above is not None
    assert below is not None
    assert (above["y"] < below["y"]) is (width == 320)
    check_accessibility(page)
    check_no_sideways_scroll(page)
    page.get_by_role("link", name=re.compile("^Ouvrir, corriger.*au retour")).click()
    page.get_by_text("Corriger cet état").click()
    page.get_by_text("Joindre des photos").last.click()
    check_accessibility(page)
    check_no_sideways_scroll(page)


def test_a_state_is_noted_by_the_keyboard_alone(visit: Visit, site: Site, actor: Actor) -> None:
    item = site.run(lambda: find_item("DEMO-ORD-001", actor=actor))
    page = visit(f"/materiels/{item.id}/etats/nouveau", width=320, account=DEMO_MANAGER)
    check_accessibility(page)
    page = visit(f"/materiels/{item.id}/etats/nouveau", width=320, js=False, account=DEMO_MANAGER)
    page.get_by_label("Ce que vous voyez").first.select_option("Rayure")
    page.get_by_label("Où").first.select_option("écran, en haut à gauche")
    page.get_by_role("button", name="Garder cet état").press("Enter")
    expect(page.get_by_role("listitem").filter(has_text="rayure, écran, en haut à gauche").last).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("1, rayure, écran"))).to_be_visible()
    check_no_sideways_scroll(page)


def test_spread_text_still_holds(visit: Visit, site: Site, actor: Actor) -> None:
    page = visit(f"/incidents/{told(site, actor, IncidentKind.THEFT).id}", width=320, account=DEMO_MANAGER)
    space_text(page)
    check_accessibility(page)


def test_the_family_and_the_lycee_of_the_demonstration_read_what_became_of_theirs(visit: Visit, site: Site) -> None:
    for width, scheme in ((320, "dark"), (1280, "light")):
        page = visit(site.told["access"]["links"]["famille"], width=width, scheme=scheme)
        answers = page.get_by_role("region", name="Réponses aux incidents signalés")
        expect(answers.get_by_text("Réponse du service : Rien ne vous est demandé.")).to_be_visible()
        check_accessibility(page)
        page = visit(site.told["access"]["links"]["lycée"], width=width, scheme=scheme)
        expect(page.get_by_text("Signalé au service").first).to_be_visible()
        check_accessibility(page)
