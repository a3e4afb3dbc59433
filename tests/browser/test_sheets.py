"""The sheets of a loan, an item, a pupil and a school in a real browser: what they hold in how much height."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import DEMO_MANAGER, Site, Visit, check_accessibility
from tests.stage.stock import stock_of

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.loan.loan import RemovalReason
from materiel.domain.loan.plan import Removal
from materiel.store.accounts import user as users
from materiel.store.loan import loan as loans
from materiel.store.people import pupil as pupils
from materiel.use_cases.demo import people
from materiel.use_cases.demo.teller import Teller

SCREEN_AND_A_HALF = 1200
"""At 1280 × 800."""


@pytest.fixture(scope="module")
def amended(site: Site) -> UUID:
    """A loan handed over, then changed three times; the last amendment waits for its signatures."""
    actor = Actor("tests", Role.MANAGER, service_of(site))

    async def make() -> UUID:
        numbers = {each.inventory_number: each.id for each in await stock_of(actor.service_id)}
        *lent, one, two, three = list(numbers)[:6]
        known = {each.first_name.lower(): each.id for each in await pupils.page(actor.service_id, limit=200)}
        today = actor.civil_date(datetime.now(UTC))
        teller = Teller(actor=actor, base_url=site.url, today=today, items=numbers, pupils=known)
        loan_id = await teller.lend("alix", people.ECOLE_BAULON, lent, ago=80)
        await teller.begin(loan_id, ago=79)
        for number, ago in ((one, 60), (two, 40)):
            await teller.swap(loan_id, ago=ago, remove=(), add=[number])
            await teller.sign(loan_id, ago=ago - 1)
            await teller.hand(loan_id, ago=ago - 2)
        broken = Removal(item_id=numbers[lent[1]], reason=RemovalReason.RETURNED, came_back=True)
        await teller.swap(loan_id, ago=6, remove=[broken], add=[three])
        return loan_id

    return site.run(make)


def service_of(site: Site) -> UUID:
    manager = site.run(lambda: users.find_by_email(DEMO_MANAGER))
    assert manager is not None
    return manager.service_id


def height(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollHeight"))


def test_a_loan_with_three_changes_holds_in_a_screen_and_a_half(visit: Visit, amended: UUID) -> None:
    page = visit(f"/prets/{amended}", account=DEMO_MANAGER)
    expect(page.get_by_text("Avenant").first).to_be_visible()
    assert height(page) <= SCREEN_AND_A_HALF


@pytest.mark.parametrize("kind", ["loan", "item", "pupil", "school"])
def test_a_sheet_is_for_everybody_with_its_folds_open(visit: Visit, site: Site, amended: UUID, kind: str) -> None:
    service_id = service_of(site)
    (case,) = site.run(lambda: loans.get_many([amended], service_id))
    path = {
        "loan": f"/prets/{amended}",
        "item": f"/materiels/{case.items[0].item_id}",
        "pupil": f"/eleves/{case.pupil_id}",
        "school": f"/etablissements/{case.school_uai}",
    }[kind]
    for width, scheme in ((1280, "light"), (320, "dark")):
        page = visit(path, width=width, scheme=scheme, account=DEMO_MANAGER)
        page.evaluate("document.querySelectorAll('main details:not(.m-drop)').forEach(fold => fold.open = true)")
        check_accessibility(page)
        # A menu of acts lies over what is under it as long as it is open: it is looked at by itself.
        for drop in page.locator("main .m-drop > summary").all():
            drop.click()
            check_accessibility(page, within=".m-drop[open]")
            drop.click()


def test_on_a_phone_what_waits_comes_before_the_items_and_these_before_the_papers(visit: Visit, amended: UUID) -> None:
    page = visit(f"/prets/{amended}", width=360, account=DEMO_MANAGER)
    tops = [page.locator(each).first.bounding_box() for each in (".m-next", "#items", "#time", "#papers")]
    places = [each["y"] for each in tops if each is not None]
    assert len(places) == 4
    assert places == sorted(places)


def test_the_next_act_of_a_loan_is_one_press_away_by_the_keyboard(visit: Visit, amended: UUID) -> None:
    page = visit(f"/prets/{amended}", account=DEMO_MANAGER, js=False)
    page.get_by_role("link", name=re.compile("^Remettre.*Signé, mais non remis")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Remettre le matériel")
