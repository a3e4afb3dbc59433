"""Signing everything at once in a real browser: a town hall with 41 papers, a family with seven and two children; and
signing in person, on a device prepared, handed over and taken back, with what somebody may try meanwhile.

The tree that a screen reader walks is compared with an approved one, kept in `golden/`: see docs/accessibilite.md.
Written again by `MATERIEL_TEST_UPDATE_GOLDEN=1 pytest tests/browser/test_signing_lots.py`, then read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pyotp
import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Site, Visit, check_accessibility, space_text
from tests.browser.counter import Counter
from tests.browser.test_family import last, link_of, manager, name_on
from tests.browser.test_institution import give_a_mailbox, invite, title

from materiel.domain.accounts.visit import Visit as Coming
from materiel.domain.item.item import ItemStatus
from materiel.domain.people.pupil import Pupil
from materiel.domain.usage import Basis, BasisKind, Custody, Usage
from materiel.domain.work.outbox import Purpose
from materiel.store.accounts import credential as credentials
from materiel.store.accounts import user as users
from materiel.store.engine.database import write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.use_cases.accounts.second_factor import begin_enrolment, confirm_enrolment, enrolment_of
from materiel.use_cases.demo.access import PASSWORD
from materiel.use_cases.links.institution import InviteInstitution
from materiel.use_cases.loan.loan import CreateLoan, create_loan
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.folder import read_folder
from materiel.use_cases.signing.request import SendForSignature, send_for_signature
from materiel.web.pages.signing.folder import MOST_SAMPLES

Count = Callable[[str, int], Counter]
MANAGER = "gestion@exemple.invalid"
SIGNATORY = "signataire@exemple.invalid"
GOLDEN = Path(__file__).parent / "golden"
UPDATE = os.environ.get("MATERIEL_TEST_UPDATE_GOLDEN") == "1"
BAULON = InviteInstitution(insee_code="35016")
ECOLE = "0350122T"
COLLEGE = "0350896J"
MONTHS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"


async def an_issuer(base_url: str) -> Issuer:
    return Issuer(actor=await manager(), now=datetime.now(UTC), base_url=base_url)


async def more_items(number: int) -> list[UUID]:
    """New items in the stock, alike."""
    actor = await manager()
    (first,) = await items.page(actor.service_id, limit=1)
    pattern = replace(first, status=ItemStatus.IN_STOCK)
    made = []
    for _ in range(number):
        own = new_id()
        code = f"L{own.int % 10**12:012d}"
        made.append(replace(pattern, id=own, inventory_number=f"LOT-{code}", public_code=code, serial_number=""))
    async with write_transaction():
        await items.insert_many(made, datetime.now(UTC))
    return [each.id for each in made]


async def deposits(school: str, number: int, base_url: str) -> None:
    """Deposits issued at a school, each of one item, that its depositary has to sign."""
    issuer = await an_issuer(base_url)
    for item_id in await more_items(number):
        command = CreateLoan(
            usage=Usage.SHARED,
            custody=Custody.SCHOOL,
            school=school,
            items=(item_id,),
            starts_on=issuer.today,
            purpose="Travail en classe.",
        )
        loan_id = (await create_loan(command, actor=issuer.actor, now=issuer.now)).case.loan.id
        await issue_loan(loan_id, issuer=issuer)


async def a_family(base_url: str) -> str:
    """Two children of one parent, with four and three agreements to sign; the link of the last message."""
    issuer = await an_issuer(base_url)
    (malo,) = await pupils.page(issuer.actor.service_id, q="Malo", limit=2)
    (alix,) = await pupils.page(issuer.actor.service_id, q="Alix", limit=2)
    parent = next(each for each in malo.representatives if each.email)
    own = replace(alix.representatives[0], first_name=parent.first_name, last_name=parent.last_name, email=parent.email)
    async with write_transaction():
        alix = await pupils.save(replace(alix, representatives=(own, *alix.representatives[1:])))
    made = await more_items(7)
    for pupil, lent in ((alix, made[:3]), (malo, made[3:])):
        for item_id in lent:
            await an_agreement(pupil, item_id, issuer)
    return link_of(await last(Purpose.SIGNATURE_REQUEST))


async def an_agreement(pupil: Pupil, item_id: UUID, issuer: Issuer) -> None:
    command = CreateLoan(
        usage=Usage.INDIVIDUAL,
        custody=Custody.HOME,
        school=pupil.school_uai,
        pupil=pupil.id,
        items=(item_id,),
        starts_on=issuer.today,
        purpose="Travail en classe et devoirs.",
        basis=Basis(kind=BasisKind.CDAPH, decided_on=issuer.today, valid_until=issuer.today + timedelta(days=200)),
    )
    loan_id = (await create_loan(command, actor=issuer.actor, now=issuer.now)).case.loan.id
    await issue_loan(loan_id, issuer=issuer)
    for paper in await documents.of_loan(loan_id):
        if paper.kind.value == "loan_agreement":
            await send_for_signature(SendForSignature(document_id=paper.id), issuer=issuer)


def code_received(site: Site) -> str:
    found = re.search(r"^(\d{6})$", site.run(lambda: last(Purpose.SIGNATURE_CODE)).text, re.MULTILINE)
    assert found
    return found[1]


def heard(page: Page) -> str:
    """What a screen reader walks through, in its order; numbers and days, which change, are told as 0."""
    tree = page.locator("main").aria_snapshot()
    tree = re.sub(rf"\b\d{{1,2}}(?:er)?\s(?:{MONTHS})\s\d{{4}}", "[jour]", tree)
    tree = re.sub(r"127\.0\.0\.1:\d+", "[site]", tree)
    tree = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "[id]", tree)
    tree = re.sub(r"(DEMO35|LOT|DEMO)[-A-Z0-9]*", "[numéro]", tree)
    return re.sub(r"\d+\sh\s\d+", "[heure]", tree) + "\n"


def approved(name: str, told: str) -> None:
    path = GOLDEN / f"{name}.yml"
    if UPDATE:
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(told, encoding="utf-8")
    assert path.exists(), f"{path.name} has no approved tree"
    assert told == path.read_text(encoding="utf-8")


def test_a_town_hall_signs_forty_one_papers_in_a_dozen_acts(site: Site, visit: Visit, count: Count) -> None:
    site.run(lambda: give_a_mailbox("35016"))
    site.run(lambda: deposits(ECOLE, 41, site.url))
    link = site.run(lambda: invite(BAULON, site.url))
    page = visit(link, width=1280)
    journey = count("Une mairie signe tout ce qui l'attend (41 papiers au moins), depuis le message", 12)
    journey.tally["clics"] += 1  # The link in the message.
    check_accessibility(page)
    button = page.get_by_role("link", name=re.compile(r"^Lire et signer les \d+ documents$"))
    found = re.search(r"\d+", button.inner_text())
    assert found
    number = int(found[0])
    assert number >= 41
    journey.click(button)
    expect(page.locator("input[name=document]:checked")).to_have_count(number)
    check_accessibility(page)
    journey.fill(page.get_by_label("Vos prénom et nom"), "Andrea Personnage")
    journey.fill(page.get_by_label("Votre qualité"), "maire")
    journey.tick(page.get_by_label("J’ai lu les documents cochés"))
    journey.click(page.get_by_role("button", name="Recevoir mon code"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Vérifiez, puis signez")
    check_accessibility(page)
    journey.fill(page.get_by_label("Code reçu par courriel"), code_received(site))
    journey.click(page.get_by_role("button", name=re.compile(rf"^Signer les {number} documents")))
    expect(page.get_by_role("heading", level=1)).to_have_text("C’est signé", timeout=30_000)
    expect(page.get_by_role("alert").or_(page.get_by_role("status")).first).to_contain_text(
        f"{number} documents signés"
    )
    check_accessibility(page)


def test_a_family_signs_seven_papers_of_two_children_on_a_phone(site: Site, visit: Visit, count: Count) -> None:
    link = site.run(lambda: a_family(site.url))
    page = visit(link, width=320, js=False)
    journey = count("Une famille signe sept papiers de deux enfants, depuis le message", 12)
    journey.tally["clics"] += 1  # The link in the message.
    journey.click(page.get_by_role("link", name=re.compile("^Lire et signer ensemble les ")))
    expect(page.get_by_role("heading", name=re.compile("^Pour Malo")).first).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("^Pour Alix")).first).to_be_visible()
    number = page.locator("input[name=document]:checked").count()
    assert number >= 7
    name = name_on(page)
    journey.fill(page.get_by_label("Vos prénom et nom"), name)
    journey.tick(page.get_by_label("J’ai lu les documents cochés"))
    journey.click(page.get_by_role("button", name="Recevoir mon code"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Vérifiez, puis signez")
    journey.fill(page.get_by_label("Code reçu par courriel"), code_received(site))
    journey.click(page.get_by_role("button", name=re.compile("^Signer les ")))
    expect(page.get_by_role("heading", level=1)).to_have_text("C’est signé")


def test_the_list_to_sign_holds_on_a_phone_and_in_large_letters(site: Site, visit: Visit) -> None:
    site.run(lambda: deposits(COLLEGE, 2, site.url))
    page = visit(site.run(lambda: invite(InviteInstitution(uai=COLLEGE), site.url)), width=320, scheme="dark")
    page.get_by_role("link", name=re.compile("^Lire et signer les ")).click()
    check_accessibility(page)
    for summary in page.get_by_text("Lire tout le document").all():
        summary.click()
    page.locator("#drawing summary").click()
    expect(page.locator("#drawing-area")).to_be_visible()
    check_accessibility(page)
    page.get_by_role("button", name="Recevoir mon code").click()
    expect(page.locator("#errors")).to_be_focused()
    check_accessibility(page)
    space_text(page)
    check_accessibility(page)
    page.goto("/e/qui")
    check_accessibility(page)


def test_an_institution_hears_its_lot_as_approved(site: Site, visit: Visit) -> None:
    site.run(lambda: deposits("0350762N", 2, site.url))
    page = visit(site.run(lambda: invite(InviteInstitution(uai="0350762N"), site.url)), width=1280)
    page.get_by_role("link", name=re.compile("^Lire et signer les ")).click()
    title(page).to_contain_text("Signer ")
    approved("etablissement_liste", heard(page))
    page.get_by_label("Vos prénom et nom").fill("Dominique Essai")
    page.get_by_label("Votre qualité").fill("principal")
    page.get_by_label("J’ai lu les documents cochés").check(force=True)
    page.get_by_role("button", name="Recevoir mon code").click()
    title(page).to_have_text("Vérifiez, puis signez")
    approved("etablissement_code", heard(page))
    page.get_by_label("Code reçu par courriel").fill(code_received(site))
    page.get_by_role("button", name=re.compile("^Signer ")).click()
    title(page).to_have_text("C’est signé")
    approved("etablissement_signe", heard(page))


def test_a_family_hears_its_paper_as_approved(site: Site, visit: Visit) -> None:
    issuer = site.run(lambda: an_issuer(site.url))
    (sacha,) = site.run(lambda: pupils.page(issuer.actor.service_id, q="Sacha", limit=2))
    (item_id,) = site.run(lambda: more_items(1))
    site.run(lambda: an_agreement(sacha, item_id, issuer))
    page = visit(link_of(site.run(lambda: last(Purpose.SIGNATURE_REQUEST))), width=320)
    approved("famille_document", heard(page))
    page.get_by_label("Vos prénom et nom").fill(name_on(page))
    page.get_by_label("J’ai lu ce document et je l’accepte").check(force=True)
    page.get_by_role("button", name="Recevoir mon code").click()
    title(page).to_have_text("Vérifiez, puis signez")
    approved("famille_code", heard(page))
    page.get_by_label("Code reçu par courriel").fill(code_received(site))
    page.get_by_role("button", name="Signer").click()
    title(page).to_have_text("C’est signé")
    approved("famille_signe", heard(page))


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
    page.get_by_role("link", name=re.compile(r"^Je suis .*\s:\slire$")).click()
    page.get_by_role("button", name=re.compile("^Signer c")).click()
    expect(page.get_by_role("alert")).to_contain_text("2 erreurs sont à corriger")
    found = re.search(r"Comme sur le document\s:\s(.+)", page.locator("#f-name-hint").inner_text())
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


@pytest.fixture(scope="module")
def phone(site: Site) -> pyotp.TOTP:
    """The phone of the demonstration's signatory, who opens no page without it."""
    return site.run(lambda: a_phone(site))


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


def test_sixty_papers_are_signed_for_the_state_in_five_acts(
    site: Site, visit: Visit, phone: pyotp.TOTP, count: Count
) -> None:
    site.run(lambda: deposits(ECOLE, 30, site.url))
    site.run(lambda: deposits(COLLEGE, 30, site.url))
    number = site.run(waiting)
    assert number >= 60
    page = visit("/parapheur", width=1280, account=SIGNATORY)
    check_accessibility(page)
    if page.locator("input[name=group]").count() > MOST_SAMPLES:
        # Other tests left more groups than are read at a time: some are read before the journey begins.
        page.goto("/parapheur/exemples")
        page.goto("/parapheur")
    journey = count("Signer pour l'État tout l'ordinaire (60 papiers au moins, en groupes)", 6)
    journey.click(page.get_by_role("link", name="Lire un exemple de chaque groupe"))
    check_accessibility(page)
    journey.click(page.get_by_role("link", name="Revenir au parapheur"))
    page.wait_for_url("**/parapheur")
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


@pytest.mark.usefixtures("phone")
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
