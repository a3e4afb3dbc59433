"""Administrators in a real browser: what is over, the list for the archives, their visa, and the end."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Site, Visit, check_accessibility

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.calendar.civil_day import MAINLAND, civil_date
from materiel.domain.usage import Custody, Usage
from materiel.store.accounts import user as users
from materiel.store.engine.statement import Statement
from materiel.use_cases.item.item import RegisterItem, register_item
from materiel.use_cases.loan.loan import CreateLoan, create_loan
from materiel.use_cases.loan.steps import cancel_loan, issue_loan
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.retention.retention import hold_loan

DEMO_ADMIN = "admin@exemple.invalid"
SCHOOL = "0350103X"
CONSERVATION = "/reglages/conservation"
PREPARE = re.compile("Préparer le bordereau")
TEN_YEARS = timedelta(days=3653)


@pytest.fixture(scope="module")
def old_loans(site: Site) -> list[UUID]:
    """Four deposits given up ten years ago, of which one is held."""
    user = site.run(lambda: users.find_by_email(DEMO_ADMIN))
    assert user is not None
    actor = Actor("tests", Role.ADMIN, user.service_id)
    then = datetime.now(UTC) - TEN_YEARS

    async def make() -> list[UUID]:
        made: list[UUID] = []
        for number in range(4):
            item = await register_item(
                RegisterItem(inventory_number=f"OLD-{number}", designation="Tablette"), actor=actor, now=then
            )
            command = CreateLoan(
                usage=Usage.SHARED,
                custody=Custody.SCHOOL,
                school=SCHOOL,
                items=(item.id,),
                starts_on=civil_date(datetime.now(UTC), MAINLAND),
                purpose="Lecture",
                pupil=None,
            )
            issuer = Issuer(actor=actor, now=then, base_url=site.url)
            loan_id = (await create_loan(command, actor=actor, now=then)).case.loan.id
            await issue_loan(loan_id, issuer=Issuer(actor=actor, now=datetime.now(UTC), base_url=site.url))
            await cancel_loan(loan_id, reason="Jamais livré", issuer=issuer)
            made.append(loan_id)
        await Statement("UPDATE loan SET closed_on = {} WHERE purpose = 'Lecture'").fetch(civil_date(then, MAINLAND))
        await hold_loan(made[0], "Recours au tribunal administratif", actor=actor, now=then)
        return made

    return site.run(make)


def at_both_widths(visit: Visit, path: str) -> None:
    for width, scheme in ((320, "dark"), (1280, "light")):
        check_accessibility(visit(path, width=width, scheme=scheme, account=DEMO_ADMIN))


def test_without_scripts_a_list_is_prepared_and_given_up(visit: Visit, old_loans: list[UUID]) -> None:
    page = visit("/reglages", account=DEMO_ADMIN, js=False)
    page.get_by_role("link", name="Conservation").click()
    page.get_by_role("button", name=PREPARE).click()
    expect(page.get_by_role("status")).to_contain_text("envoyez-le aux archives")
    page.get_by_text("Abandonner ce bordereau").first.click()
    page.get_by_role("button", name="Abandonner ce bordereau").click()
    expect(page.get_by_role("status")).to_contain_text("rien n’a été éliminé")
    expect(page.get_by_role("button", name=PREPARE)).to_be_visible()


def test_an_administrator_eliminates_with_a_visa(visit: Visit, site: Site, old_loans: list[UUID]) -> None:
    page = visit(CONSERVATION, account=DEMO_ADMIN)
    at_both_widths(visit, CONSERVATION)
    page.get_by_role("button", name=PREPARE).click()
    sheet = page.url.removeprefix(site.url)
    at_both_widths(visit, sheet)
    with page.expect_download() as download:
        page.get_by_role("link", name="Bordereau en tableau (CSV)").click()
    assert "Dépôts en établissement" in download.value.path().read_text(encoding="utf-8-sig")
    give_the_visa(page)
    expect(page.get_by_role("status").filter(has_text="éliminés")).to_be_visible(timeout=20_000)
    check_accessibility(page)
    at_both_widths(visit, sheet)
    page.goto(CONSERVATION)
    expect(page.get_by_role("heading", name="Éliminations faites")).to_be_visible()
    expect(page.get_by_text("Recours au tribunal administratif")).to_be_visible()


def give_the_visa(page: Page) -> None:
    page.get_by_label("Référence de la réponse des archives").fill("AD35 n° 7")
    page.get_by_role("button", name=re.compile("Éliminer")).click()
    expect(page.get_by_role("alert")).to_contain_text("Cochez cette case")
    check_accessibility(page)
    assert page.get_by_label("Référence de la réponse des archives").input_value() == "AD35 n° 7"
    page.get_by_label("Les archives ont visé ce bordereau").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name=re.compile("Éliminer")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Élimination")


def test_a_loan_is_held_from_its_sheet(visit: Visit, site: Site, old_loans: list[UUID]) -> None:
    path = f"/prets/{old_loans[0]}/conservation"
    at_both_widths(visit, path)
    page = visit(path, account=DEMO_ADMIN, width=320)
    page.get_by_role("button", name="Lever la retenue").click()
    expect(page.get_by_role("status").first).to_contain_text("n’est plus retenu")
    page.get_by_role("link", name="retenir ce prêt").click()
    page.get_by_label("Motif pour le retenir").fill("Recours au tribunal administratif")
    page.get_by_role("button", name="Retenir ce prêt").click()
    expect(page.get_by_text("Retenu : Recours au tribunal administratif")).to_be_visible()
