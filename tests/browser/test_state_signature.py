"""The State signs in a real browser: sixty papers in several groups, read, ticked, and one code of the phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pyotp
from playwright.sync_api import Page, expect
from tests.browser.conftest import Site, Visit, check_accessibility, space_text
from tests.browser.counter import Counter
from tests.browser.test_family import manager
from tests.browser.test_signing_lots import COLLEGE, ECOLE, deposits

from materiel.domain.accounts.visit import Visit as Coming
from materiel.store.accounts import credential as credentials
from materiel.store.accounts import user as users
from materiel.use_cases.accounts.second_factor import begin_enrolment, confirm_enrolment, enrolment_of
from materiel.use_cases.signing.folder import read_folder

Count = Callable[[str, int], Counter]
SIGNATORY = "signataire@exemple.invalid"


async def a_phone(site: Site) -> pyotp.TOTP:
    """The phone of the demonstration's signatory, whose second factor it makes active."""
    user, key = await users.find_by_email(SIGNATORY), site.settings["MATERIEL_SECRET_KEY"]
    assert user is not None
    now = datetime.now(UTC)
    credential = await credentials.get(user.id)
    assert credential is not None
    assert not credential.has_second_factor
    await begin_enrolment(user.id, secret_key=key, now=now)
    enrolment = await enrolment_of(user.id, secret_key=key, site_name="Essai")
    assert enrolment is not None
    phone, before = pyotp.TOTP(enrolment.seed), now - timedelta(seconds=30)
    visit = Coming(network="192.0.2.1", base_url=site.url)
    await confirm_enrolment(user.id, phone.at(before), secret_key=key, visit=visit, now=now)
    return phone


async def waiting() -> int:
    return len((await read_folder(actor=await manager(), now=datetime.now(UTC))).ordinary)


def open_all(page: Page) -> None:
    for summary in page.locator("main summary").all():
        summary.click()


def test_sixty_papers_are_signed_for_the_state_in_five_acts(site: Site, visit: Visit, count: Count) -> None:
    site.run(lambda: deposits(ECOLE, 30, site.url))
    site.run(lambda: deposits(COLLEGE, 30, site.url))
    phone = site.run(lambda: a_phone(site))
    number = site.run(waiting)
    assert number >= 60
    page = visit("/parapheur", width=1280, account=SIGNATORY)
    check_accessibility(page)
    journey = count("Signer pour l'État tout l'ordinaire (60 papiers au moins, en groupes)", 6)
    journey.click(page.get_by_role("link", name="Lire un exemple de chaque groupe"))
    check_accessibility(page)
    journey.click(page.get_by_role("link", name="Revenir au parapheur"))
    groups = page.locator("input[name=group]")
    assert groups.count() > 1
    expect(page.locator("input[name=group]:checked")).to_have_count(groups.count())
    journey.tick(page.get_by_label("J’ai lu au moins un papier de chaque groupe coché"))
    journey.fill(page.get_by_label("Code de votre second facteur"), phone.now())
    journey.click(page.get_by_role("button", name="Signer les papiers cochés"))
    expect(page.get_by_role("status").or_(page.get_by_role("alert")).first).to_contain_text(
        f"{number} papiers signés", timeout=30_000
    )
    check_accessibility(page)
    assert site.run(waiting) == 0


def test_the_folder_holds_on_a_phone_without_scripts_and_in_the_dark(site: Site, visit: Visit) -> None:
    site.run(lambda: deposits(ECOLE, 3, site.url))
    page = visit("/parapheur", width=320, scheme="dark", js=False, account=SIGNATORY)
    expect(page.get_by_role("heading", level=1)).to_contain_text("à signer pour l’État")
    page.get_by_role("button", name="Signer les papiers cochés").click()
    expect(page.locator("#errors")).to_contain_text("Cochez au moins un papier")
    page = visit("/parapheur", width=320, scheme="dark", account=SIGNATORY)
    open_all(page)
    check_accessibility(page)
    space_text(page)
    check_accessibility(page)
    page.locator("main").get_by_role("link", name=re.compile("^Convention")).first.click()
    check_accessibility(page)
