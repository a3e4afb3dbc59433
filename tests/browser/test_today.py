"""« Aujourd'hui »: what is settled in number, in a few acts, from the first page."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect
from tests.browser.conftest import DEMO_MANAGER, Site, Visit, check_accessibility
from tests.browser.counter import Counter

from materiel.domain.papers.document import Party, SignatureStatus
from materiel.domain.work.outbox import Purpose
from materiel.store.accounts import service as services
from materiel.store.papers import awaited
from materiel.store.papers import document as documents
from materiel.store.work import outbox

Count = Callable[[str, int], Counter]


async def letters() -> int:
    service = await services.by_code("DEMO35")
    asked = {Purpose.SIGNATURE_REQUEST, Purpose.SIGNATURE_REMINDER, Purpose.INSTITUTION}
    return sum(each.purpose in asked for each in await outbox.page(service.id, limit=500))


async def ours_left() -> int:
    service = await services.by_code("DEMO35")
    found = await documents.get_many(await awaited.oldest(service.id, own=True, limit=200), service.id)
    return sum(
        any(box.party is Party.MANAGING_SERVICE and box.status is SignatureStatus.PENDING for box in each.signatures)
        for each in found
    )


def test_all_that_awaits_others_is_asked_again(visit: Visit, site: Site, count: Count) -> None:
    before = site.run(letters)
    page = visit("/", account=DEMO_MANAGER)
    journey = count("Relancer pour plus de 20 papiers en attente", 4)
    journey.click(page.get_by_role("link", name=re.compile("^Chez d’autres")))
    check_accessibility(page)
    journey.click(page.get_by_role("button", name=re.compile(r"Relancer pour les \d+")))
    expect(page.get_by_role("status")).to_contain_text("Message à envoyer pour")
    asked = re.search(r"pour (\d+) documents", page.get_by_role("status").inner_text())
    assert asked is not None
    assert int(asked[1]) >= 20
    assert site.run(letters) > before


def test_our_signatures_on_paper_are_recorded_together(visit: Visit, site: Site, count: Count) -> None:
    waiting = site.run(ours_left)
    assert waiting >= 30
    page = visit("/", account=DEMO_MANAGER)
    journey = count("Enregistrer plus de 30 signatures sur papier", 5)
    journey.click(page.get_by_role("link", name="Enregistrer nos signatures"))
    for group in ("conventions et avenants", "bons et récépissés"):
        ours = page.get_by_role("region", name=re.compile(f"^Nos signatures.*{group}"))
        journey.click(ours.get_by_role("button", name="Enregistrer nos signatures"))
        expect(page.get_by_role("status")).to_contain_text("Notre signature est enregistrée")
    assert site.run(ours_left) <= waiting - 30


def test_what_is_ticked_narrows_the_act_of_its_group(visit: Visit) -> None:
    page = visit("/", account=DEMO_MANAGER)
    group = page.get_by_role("rowgroup").filter(has=page.get_by_role("heading", name=re.compile("Remettre$")))
    every, some = group.get_by_text("Remettre en pile"), group.get_by_text("Remettre les choisis")
    expect(every).to_be_visible()
    expect(some).to_be_hidden()
    group.get_by_role("checkbox").first.check()
    expect(every).to_be_hidden()
    some.click()
    expect(page).to_have_url(re.compile(r"/scanner/pile/remettre\?loan="))
    expect(page.locator(".p-pile__item").first).to_be_visible()
    check_accessibility(page)


def test_a_screen_holds_a_dozen_loans(visit: Visit) -> None:
    page = visit("/prets", account=DEMO_MANAGER)
    rows = page.get_by_role("row").all()[1:]
    in_sight = [box for row in rows if (box := row.bounding_box()) and box["y"] + box["height"] <= 800]
    assert len(in_sight) >= 12
    assert page.get_by_role("columnheader", name="Ce qui manque").is_visible()
