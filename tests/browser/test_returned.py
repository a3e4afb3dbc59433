"""Paper that comes back: photographs as one pile, boxes confirmed, a page filed by hand, the count going down."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect
from tests.browser.conftest import DEMO_MANAGER, Site, Visit, check_accessibility, check_no_sideways_scroll
from tests.browser.counter import Counter

from materiel.domain.papers.document import Document, SignatureStatus
from materiel.scans.specimen import Specimen
from materiel.store.accounts import service as services
from materiel.store.papers import awaited, scan_pile
from materiel.store.papers import document as documents

Count = Callable[[str, int], Counter]


async def waiting_papers() -> list[tuple[Document, bytes]]:
    """Papers of several pages that nobody has signed, and that no pile holds."""
    service = await services.by_code("DEMO35")
    found = await documents.get_many(await awaited.oldest(service.id, own=False, limit=60), service.id)
    known = {each.number for each in await scan_pile.left_to_read(service.id)}
    untouched = [
        each
        for each in found
        if len(each.signatures) >= 2
        and each.number not in known
        and all(box.status is not SignatureStatus.SIGNED for box in each.signatures)
    ]
    return [(each, await documents.pdf(each.id)) for each in untouched[-3:]]


def photographs(papers: list[tuple[Document, bytes]], folder: Path) -> list[str]:
    """The pages as files, all boxes signed; the code of the very last page is stained."""
    made = []
    for rank, (document, pdf) in enumerate(papers):
        specimen = Specimen(pdf, [box.name for box in document.signatures])
        for number in range(1, document.pages + 1):
            stained = rank == len(papers) - 1 and number == document.pages
            path = folder / f"{rank}-{number}.jpg"
            path.write_bytes(specimen.page(number, signed=range(len(document.signatures)), stained=stained))
            made.append(str(path))
        specimen.close()
    return made


def left_on_home(page: Page) -> int:
    page.goto("/")
    heading = page.get_by_role("heading", name=re.compile("Relire des numérisations$"))
    return int(re.sub(r"\D", "", heading.inner_text())) if heading.count() else 0


def test_what_comes_back_is_read_confirmed_and_filed(visit: Visit, site: Site, count: Count, tmp_path: Path) -> None:
    papers = site.run(waiting_papers)
    last, _ = papers[-1]
    page = visit("/", account=DEMO_MANAGER)
    before = left_on_home(page)
    assert before >= 4
    page.goto("/numerisations")
    check_accessibility(page)
    page.get_by_label(re.compile("^Pages numérisées ou photographiées")).set_input_files(photographs(papers, tmp_path))
    journey = count("Confirmer les signatures d'une pile de photos", 3)
    journey.click(page.get_by_role("button", name="Déposer", exact=True))
    expect(page.get_by_role("button", name="Enregistrer les signatures cochées")).to_be_visible(timeout=90_000)
    check_accessibility(page)
    assert page.get_by_role("checkbox", checked=True).count() >= 2
    assert page.locator("img[alt*='encre vue']").first.evaluate("image => image.naturalWidth") > 100
    there = left_on_home(page)
    assert there > before
    page.go_back()
    journey.click(page.get_by_role("button", name="Enregistrer les signatures cochées"))
    expect(page.get_by_role("status").first).to_contain_text("enregistrée")
    by_hand = page.get_by_role("region", name=re.compile("^À classer à la main"))
    by_hand.get_by_label(re.compile("^Document n°")).fill(last.number)
    by_hand.get_by_label("Page", exact=True).fill(str(last.pages))
    by_hand.get_by_role("button", name=re.compile("^Classer")).click()
    expect(page.get_by_role("status").first).to_contain_text("Page classée")
    expect(page.get_by_role("heading", name=re.compile("^À regarder"))).to_be_visible()
    page.set_viewport_size({"width": 320, "height": 640})
    check_accessibility(page)
    check_no_sideways_scroll(page)
    assert left_on_home(page) < there


def test_the_pile_of_the_demonstration_shows_every_group(visit: Visit) -> None:
    page = visit("/numerisations", account=DEMO_MANAGER, width=320)
    check_accessibility(page)
    check_no_sideways_scroll(page)
    page.get_by_role("rowheader").last.get_by_role("link").click()
    for group in (
        *("Complets, à confirmer", "Revenus sans signature", "Il manque des pages"),
        *("À classer à la main", "Pas de votre service", "Déjà déposées"),
    ):
        expect(page.get_by_role("heading", name=re.compile(f"^{group}"))).to_be_visible()
    check_accessibility(page)
    check_no_sideways_scroll(page)
