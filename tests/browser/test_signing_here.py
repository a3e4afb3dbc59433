"""« Signer ici » in a real browser: prepared, handed over, signed, taken back; and what somebody may try meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from playwright.sync_api import Page, expect
from tests.browser.conftest import Site, Visit, check_accessibility, space_text
from tests.browser.counter import Counter
from tests.browser.test_signing_lots import an_agreement, an_issuer, more_items

from materiel.store.loan import loan as loans
from materiel.store.people import pupil as pupils
from materiel.use_cases.demo.access import PASSWORD

Count = Callable[[str, int], Counter]
MANAGER = "gestion@exemple.invalid"


async def a_loan(called: str, base_url: str) -> UUID:
    """A loan just issued to a pupil of the demonstration, whose parents have to sign."""
    issuer = await an_issuer(base_url)
    (pupil,) = await pupils.page(issuer.actor.service_id, q=called, limit=2)
    (item_id,) = await more_items(1)
    await an_agreement(pupil, item_id, issuer)
    found = await loans.page(issuer.actor.service_id, pupil_id=pupil.id, limit=50)
    return max(each.id for each in found)


def to_hand_over(page: Page) -> None:
    """From the sheet of the loan to the form of the first person who may sign."""
    page.get_by_role("link", name="Signer ici…").click()
    form = page.get_by_role("button", name=re.compile("^Donner l’appareil à "))
    if not form.count():
        page.get_by_role("link", name=re.compile(", (mère|père|parent)")).first.click()


def test_a_family_signs_on_the_device_of_an_agent(site: Site, visit: Visit, count: Count) -> None:
    loan = site.run(lambda: a_loan("Malo", site.url))
    page = visit(f"/prets/{loan}", width=768, height=1024, account=MANAGER)
    journey = count("Une famille signe sur l'appareil d'un agent, de la page du prêt au retour de l'appareil", 12)
    to_hand_over(page)
    journey.tally["clics"] += 2
    check_accessibility(page)
    journey.tick(page.get_by_label("Passeport"))
    journey.tick(page.get_by_label(re.compile("^J’atteste que la personne")))
    button = page.get_by_role("button", name=re.compile("^Donner l’appareil à "))
    name = button.inner_text().removeprefix("Donner l’appareil à ")
    journey.click(button)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Donnez l’appareil à {name}")
    check_accessibility(page)
    # Back, forward, and an address typed in another tab: nothing but the signature.
    page.go_back()
    page.wait_for_load_state()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Donnez l’appareil à {name}")
    other = page.context.new_page()
    other.goto("/eleves")
    expect(other.get_by_role("heading", level=1)).to_have_text(f"Donnez l’appareil à {name}")
    other.close()
    page.goto("/sur-place")
    journey.click(page.get_by_role("link", name=f"Je suis {name} : lire"))
    check_accessibility(page)
    journey.fill(page.get_by_label("Vos prénom et nom"), name)
    journey.tick(page.get_by_label(re.compile("^J’ai lu ")))
    page.locator("#drawing summary").click()
    area = page.locator("#drawing-area").bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + 20, area["y"] + 20)
    page.mouse.down()
    page.mouse.move(area["x"] + 90, area["y"] + 60)
    page.mouse.up()
    check_accessibility(page)
    journey.click(page.get_by_role("button", name=re.compile("^Signer c")))
    expect(page.get_by_role("heading", level=1)).to_have_text("C’est signé")
    check_accessibility(page)
    journey.click(page.get_by_role("link", name="Je suis l’agent : reprendre l’appareil"))
    check_accessibility(page)
    journey.fill(page.get_by_label("Mot de passe de l’agent"), PASSWORD)
    journey.click(page.get_by_role("button", name="Reprendre ma session"))
    expect(page.locator("main")).to_contain_text(f"{name} a signé")
    # What the family had before its eyes is over too.
    page.go_back()
    page.wait_for_load_state()
    expect(page.locator("main")).not_to_contain_text("Mot de passe de l’agent")


def test_the_pages_handed_over_hold_on_a_phone_without_script(site: Site, visit: Visit) -> None:
    loan = site.run(lambda: a_loan("Sacha", site.url))
    page = visit(f"/prets/{loan}", width=320, js=False, account=MANAGER)
    to_hand_over(page)
    page.get_by_label("Personne connue de l’agent").or_(page.get_by_label("Personne connue de l'agent")).check(
        force=True
    )
    page.get_by_label(re.compile("^J’atteste que la personne")).check(force=True)
    page.get_by_role("button", name=re.compile("^Donner l’appareil à ")).click()
    page.get_by_role("link", name=re.compile("^Je suis .* : lire$")).click()
    page.get_by_role("button", name=re.compile("^Signer c")).click()
    expect(page.get_by_role("alert")).to_contain_text("2 erreurs sont à corriger")
    found = re.search(r"Comme sur le document : (.+)", page.locator("#f-name-hint").inner_text())
    assert found
    page.get_by_label("Vos prénom et nom").fill(found[1])
    page.get_by_label(re.compile("^J’ai lu ")).check(force=True)
    page.get_by_role("button", name=re.compile("^Signer c")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("C’est signé")


def test_the_pages_handed_over_hold_in_large_letters_and_dark(site: Site, visit: Visit) -> None:
    loan = site.run(lambda: a_loan("Alix", site.url))
    page = visit(f"/prets/{loan}", width=320, scheme="dark", account=MANAGER)
    to_hand_over(page)
    page.get_by_role("button", name=re.compile("^Donner l’appareil à ")).click()
    expect(page.locator("#errors")).to_be_focused()
    check_accessibility(page)
    page.get_by_label("Titre de séjour").check(force=True)
    page.get_by_label(re.compile("^J’atteste que la personne")).check(force=True)
    page.get_by_role("button", name=re.compile("^Donner l’appareil à ")).click()
    for path in ("/sur-place", "/sur-place/lire", "/sur-place/reprendre"):
        page.goto(path)
        check_accessibility(page)
        space_text(page)
        check_accessibility(page)
