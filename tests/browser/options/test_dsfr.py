"""The State's design system (« DSFR ») set instead of the neutral theme: the same pages, the same rules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import DEMO_MANAGER, Demo, Site, Visit, check_accessibility, served

from materiel.domain.loan.loan import LoanStatus
from materiel.store.accounts import user as users
from materiel.store.loan import loan as loans

OF_A_MANAGER = ["/", "/materiels", "/materiels/nouveau", "/preter", "/scanner", "/prets", "/journal", "/compte"]
OF_ANYBODY = ["/connexion", "/aide", "/accessibilite", "/Q/0123456789ABC", "/nulle-part"]


@pytest.fixture(scope="module")
def site(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The server with the theme set, as an administrator sets it."""
    with served(demo, tmp_path_factory.mktemp("dsfr"), MATERIEL_THEME="dsfr") as dressed:
        yield dressed


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_the_pages_of_a_manager_hold(visit: Visit, width: int, scheme: str) -> None:
    page = visit("/", width=width, scheme=scheme, account=DEMO_MANAGER)
    for path in OF_A_MANAGER:
        page.goto(path)
        check_accessibility(page)


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_the_sheets_hold(visit: Visit, site: Site, width: int, scheme: str) -> None:
    manager = site.run(lambda: users.find_by_email(DEMO_MANAGER))
    assert manager is not None
    out = site.run(lambda: loans.page(manager.service_id, status=LoanStatus.HANDED_OVER, limit=50))
    loan = next(each for each in out if each.pupil_id is not None)
    page = visit(f"/prets/{loan.id}", width=width, scheme=scheme, account=DEMO_MANAGER)
    check_accessibility(page)
    for path in (
        f"/materiels/{loan.items[0].item_id}",
        f"/eleves/{loan.pupil_id}",
        f"/etablissements/{loan.school_uai}",
    ):
        page.goto(path)
        check_accessibility(page)


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_the_pages_without_an_account_hold(visit: Visit, site: Site, width: int, scheme: str) -> None:
    page = visit("/connexion", width=width, scheme=scheme)
    for path in [*OF_ANYBODY, *site.told["access"]["links"].values()]:
        page.goto(path)
        check_accessibility(page)


def test_its_own_style_sheet_is_in_use_and_the_menu_works_without_scripts(visit: Visit) -> None:
    page = visit("/", width=320, js=False, account=DEMO_MANAGER)
    expect(page.locator("link[href*='/dsfr.main.min.css']")).to_have_count(1)
    expect(page.locator("header.fr-header .fr-logo")).to_be_visible()
    expect(page.locator("header.fr-header").get_by_role("searchbox")).to_be_visible()
    expect(page.locator("nav.fr-sidemenu")).to_have_count(1)
    assert page.locator(".fr-btn").first.evaluate("button => getComputedStyle(button).borderRadius") == "0px"
    page.get_by_role("banner").get_by_role("link", name="Menu").click()
    expect(page.get_by_role("navigation", name="Menu principal").get_by_role("link").first).to_be_visible()
