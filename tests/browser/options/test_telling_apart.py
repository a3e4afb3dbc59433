"""The pages on which a family signs, with a gateway of SMS and an identity provider set, with and without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Demo, Site, Visit, check_accessibility, check_no_sideways_scroll, served
from tests.browser.test_family import link_of, manager, name_on, sent_agreement

from materiel.domain.work.outbox import Carrier, Purpose
from materiel.store.engine.database import write_transaction
from materiel.store.people import pupil as pupils
from materiel.store.work import outbox

MOBILE = "06 39 98 00 12"


@pytest.fixture(scope="module")
def site(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The server with both set, and nobody behind either."""
    given = {
        "MATERIEL_SMS_URL": "http://127.0.0.1:9/messages",
        "MATERIEL_SMS_TOKEN": "jeton",
        "MATERIEL_FAMILY_OIDC_ISSUER": "http://127.0.0.1:9",
        "MATERIEL_FAMILY_OIDC_CLIENT_ID": "materiel",
        "MATERIEL_FAMILY_OIDC_CLIENT_SECRET": "secret",
        "MATERIEL_FAMILY_OIDC_NAME": "ÉduConnect",
    }
    with served(demo, tmp_path_factory.mktemp("adapters"), **given) as made:
        yield made


async def give_a_mobile(first_name: str) -> None:
    service_id = (await manager()).service_id
    (found,) = await pupils.page(service_id, q=first_name, limit=2)
    async with write_transaction():
        pupil = await pupils.get(found.id, service_id)
        people = tuple(replace(each, phone=MOBILE) for each in pupil.representatives[:1])
        await pupils.save(replace(pupil, representatives=(*people, *pupil.representatives[1:])))


async def code_by_sms() -> str:
    page = await outbox.page((await manager()).service_id, limit=200)
    sent = [each for each in page if each.purpose is Purpose.SIGNATURE_CODE and each.carrier is Carrier.SMS]
    found = re.search(r"\d{6}", sent[0].text)
    assert found, sent[0].state
    return found[0]


def fill(page: Page, means: str) -> None:
    page.get_by_label("Vos prénom et nom").fill(name_on(page))
    page.get_by_label("J’ai lu ce document et je l’accepte").check(force=True)
    page.get_by_label(re.compile(means)).check(force=True)
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vérifiez, puis signez")


@pytest.mark.parametrize(("width", "scheme", "js"), [(320, "dark", False), (1280, "light", True)])
def test_each_means_is_offered_chosen_and_read(visit: Visit, site: Site, width: int, scheme: str, js: bool) -> None:
    site.run(lambda: give_a_mobile("Sacha"))
    _, message = site.run(lambda: sent_agreement("Sacha", site.url, handed=False))
    page = visit(link_of(message), width=width, scheme=scheme, js=js)
    expect(page.get_by_label("Recevoir le code par SMS au 06 •• •• •• 12")).to_be_visible()
    check_no_sideways_scroll(page)
    if js:
        check_accessibility(page)
    fill(page, "M’identifier avec ÉduConnect")
    expect(page.get_by_role("link", name="M’identifier avec ÉduConnect")).to_be_visible()
    expect(page.get_by_label("Code reçu")).to_have_count(0)
    if js:
        check_accessibility(page)
    page.get_by_role("link", name="M’identifier avec ÉduConnect").click()
    expect(page.get_by_text("ou signez avec un code")).to_be_visible()
    page.get_by_role("button", name="Recevoir le code par SMS").click()
    expect(page.get_by_text("Un code est parti par SMS au 06 •• •• •• 12.")).to_be_visible()
    check_no_sideways_scroll(page)
    if js:
        check_accessibility(page)
    page.get_by_label("Code reçu par SMS").fill(site.run(code_by_sms))
    page.get_by_role("button", name="Signer", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("C’est signé")
