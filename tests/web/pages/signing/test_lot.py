"""Signing several papers behind a link: everything ticked, read on one page, one code."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from tests.stage import family_cast as family
from tests.stage.family_cast import LISE, PAUL, Clock, change_pupil, last_code, messages
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors import institution_cast as places
from tests.web.conftest import serving, set_up, settings_for

from materiel.domain.desk.dashboard import Concern
from materiel.domain.papers.document import Document, DocumentStatus
from materiel.domain.work.outbox import Purpose
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.signing import electronic_signature as evidences
from materiel.use_cases.desk.dashboard import concerned_loans
from materiel.use_cases.links.institution import InviteInstitution
from materiel.use_cases.links.institution_link import invite_institution
from materiel.use_cases.signing.remark import read_remarks, remarks_to_read


@dataclass
class Scene:
    """The application, its clock, one agreement of Noé's and one of Zoé's, both Lise's, and the links of each."""

    app: Litestar
    clock: Clock
    papers: list[Document]
    noe: dict[str, str]
    zoe: str

    def browser(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="https://pret.example.fr")

    async def reader(self, link: str = "") -> httpx.AsyncClient:
        browser = self.browser()
        assert (await browser.get(link or self.noe[LISE])).status_code == 303
        return browser


@pytest.fixture
async def scene(migrated_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    clock = Clock()
    async with serving(set_up(settings_for(migrated_url, tmp_path, cast.ISSUER.base_url), clock)) as app:
        await family.set_up()
        zoe = await pupils.get(cast.CHILD, cast.SERVICE)
        await change_pupil(
            cast.CHILD, representatives=(replace(zoe.representatives[0], first_name="Lise", email=LISE),)
        )
        noes = await family.an_agreement()
        links = await family.send(noes)
        zoes = await family.an_agreement(cast.CHILD, cast.BRAILLE)
        await family.send(zoes)
        zoes_link = family.link_in((await messages(Purpose.SIGNATURE_REQUEST, LISE))[-1])
        yield Scene(app, clock, [noes, zoes], {LISE: links[LISE], PAUL: links[PAUL]}, zoes_link)


def text_of(answer: httpx.Response) -> str:
    bare = re.sub(r"</?strong>", "", answer.text)
    return html.unescape(bare).replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ")


def csrf_of(page: str) -> str:
    found = re.search(r'name="_csrf" value="([0-9a-f]{64})"', page)
    assert found, page
    return found[1]


async def posted(browser: httpx.AsyncClient, path: str, *, on: str, **values: str | list[str]) -> httpx.Response:
    page = await browser.get(on)
    return await browser.post(path, data={"_csrf": csrf_of(page.text), **values})  # type: ignore[dict-item]


async def lot_page(browser: httpx.AsyncClient, root: str = "/f") -> str:
    """Where the first page leads to sign everything."""
    shown = await browser.get(root)
    found = re.search(rf'href="({root}/signer/[0-9a-f-]+)"', shown.text)
    assert found, shown.text
    return found[1]


async def ask(
    browser: httpx.AsyncClient, place: str, papers: list[Document], **values: str | list[str]
) -> httpx.Response:
    typed = {"name": "Lise Exemple", "consent": "oui", "document": [str(each.id) for each in papers]} | values
    return await posted(browser, f"{place}/code", on=place, **typed)


async def test_two_children_are_on_one_page_and_signed_with_one_code(scene: Scene) -> None:
    browser = await scene.reader()
    home = text_of(await browser.get("/f"))
    assert "Pour Noé" in home
    assert "Pour Zoé" in home
    assert "Lire et signer les 2 documents" in home
    place = await lot_page(browser)
    shown = await browser.get(place)
    assert shown.text.count('name="document"') == shown.text.count(" checked") == 2
    scene.clock.later(minutes=4)
    asked = await ask(browser, place, scene.papers)
    assert (asked.status_code, asked.headers["location"]) == (303, f"{place}/code")
    check = text_of(await browser.get(f"{place}/code"))
    assert "Signer les 2 documents" in check
    assert all(each.number in check for each in scene.papers)
    done = await posted(browser, f"{place}/signature", on=f"{place}/code", code=await last_code(LISE))
    assert done.headers["location"] == f"{place}/signe"
    assert "2 documents signés" in text_of(await browser.get(f"{place}/signe"))
    for each in scene.papers:
        (proof,) = await evidences.of_document(each.id)
        assert (proof.shown_at, (proof.consented_at - proof.shown_at).total_seconds()) == (cast.NOW, 240)
    again = await browser.get(f"{place}/code")
    assert again.headers["location"] == f"{place}/signe"


async def test_only_what_is_ticked_is_signed(scene: Scene) -> None:
    browser = await scene.reader()
    place = await lot_page(browser)
    await ask(browser, place, scene.papers[:1])
    assert "Signer ce document" in text_of(await browser.get(f"{place}/code"))
    await posted(browser, f"{place}/signature", on=f"{place}/code", code=await last_code(LISE))
    assert len(await evidences.of_document(scene.papers[0].id)) == 1
    assert await evidences.of_document(scene.papers[1].id) == []
    assert "Il reste 1 document à signer" in text_of(await browser.get(f"{place}/signe"))


async def test_every_fault_is_told_once_and_what_was_typed_is_kept(scene: Scene) -> None:
    browser = await scene.reader()
    place = await lot_page(browser)
    answer = await ask(browser, place, scene.papers, name="Quelqu'un", consent="")
    assert answer.status_code == 422
    assert "2 erreurs sont à corriger" in text_of(answer)
    assert answer.text.count(" checked") == 2
    nothing = await ask(browser, place, [])
    assert "Cochez au moins un document" in text_of(nothing)
    assert nothing.status_code == 422
    assert await messages(Purpose.SIGNATURE_CODE) == []


async def test_a_paper_that_goes_meanwhile_is_said_and_the_others_wait_for_another_code(scene: Scene) -> None:
    browser = await scene.reader()
    place = await lot_page(browser)
    await ask(browser, place, scene.papers)
    token = csrf_of((await browser.get(f"{place}/code")).text)
    await documents.set_status([scene.papers[0].id], cast.SERVICE, DocumentStatus.ENDED)
    await cast.noted()
    answer = await browser.post(f"{place}/signature", data={"_csrf": token, "code": await last_code(LISE)})
    assert answer.headers["location"] == place
    shown = text_of(await browser.get(place))
    assert "1 document de votre choix ne se signe plus ici" in shown
    assert 'value="Lise Exemple"' in shown
    assert [await evidences.of_document(each.id) for each in scene.papers] == [[], []]
    assert (await browser.get(f"{place}/code")).headers["location"] == place


async def test_a_wrong_code_signs_nothing_and_another_one_is_sent(scene: Scene) -> None:
    browser = await scene.reader()
    place = await lot_page(browser)
    await ask(browser, place, scene.papers)
    wrong = "000000" if await last_code(LISE) != "000000" else "111111"
    answer = await posted(browser, f"{place}/signature", on=f"{place}/code", code=wrong)
    assert answer.status_code == 422
    assert "Il vous reste 4 essais" in text_of(answer)
    scene.clock.later(minutes=1)
    await posted(browser, f"{place}/code/renvoyer", on=f"{place}/code")
    assert "Un nouveau code est écrit" in text_of(await browser.get(f"{place}/code"))
    assert len(await messages(Purpose.SIGNATURE_CODE)) == 2


async def test_the_link_of_the_second_child_joins_that_of_the_first(scene: Scene) -> None:
    browser = await scene.reader()
    await browser.get(scene.zoe)
    for each in scene.papers:
        assert (await browser.get(f"/f/documents/{each.id}")).status_code == 200
    home = text_of(await browser.get("/f"))
    assert home.index("Pour Zoé") < home.index("Pour Noé")


async def test_the_other_parent_takes_the_place_of_the_first_in_one_browser(scene: Scene) -> None:
    browser = await scene.reader()
    await browser.get(scene.noe[PAUL])
    assert (await browser.get(f"/f/documents/{scene.papers[0].id}")).status_code == 200
    page = text_of(await browser.get(f"/f/documents/{scene.papers[0].id}"))
    assert "Ce lien est celui de Paul Exemple" in page
    assert (await browser.get(f"/f/documents/{scene.papers[1].id}")).status_code == 404


async def test_the_page_of_somebody_elses_lot_does_not_exist(scene: Scene) -> None:
    place = await lot_page(await scene.reader())
    paul = await scene.reader(scene.noe[PAUL])
    for step in ("", "/code", "/signe"):
        assert (await paul.get(f"{place}{step}")).status_code == 404, "lot.not_found"
    assert (await paul.get(f"/f/signer/{UUID(int=1)}")).status_code == 404, "lot.not_found"


async def test_what_was_read_on_its_own_page_says_so(scene: Scene) -> None:
    browser = await scene.reader()
    place = await lot_page(browser)
    assert "Lu</span>" not in (await browser.get(place)).text
    await browser.get(f"/f/documents/{scene.papers[0].id}")
    assert (await browser.get(place)).text.count("Lu</span>") == 1


async def test_a_school_says_once_who_acts(scene: Scene) -> None:
    await places.set_up_mailbox()
    for item in (cast.KEYBOARD, cast.SPARE):
        await places.a_deposit(cast.COLLEGE, (item,))
    await invite_institution(InviteInstitution(uai=cast.COLLEGE), issuer=cast.ISSUER)
    browser = scene.browser()
    await browser.get(f"/e/{await places.last_token()}")
    assert "dites qui agit" in text_of(await browser.get("/e"))
    missing = await posted(browser, "/e/qui", on="/e/qui", name="Dominique Essai")
    assert missing.status_code == 422
    await posted(browser, "/e/qui", on="/e/qui", name="Dominique Essai", capacity="principal")
    home = text_of(await browser.get("/e"))
    assert "Vous agissez comme Dominique Essai, principal" in home
    place = await lot_page(browser, "/e")
    shown = await browser.get(place)
    assert 'value="Dominique Essai"' in shown.text
    assert 'value="principal"' in shown.text
    assert 'autocomplete="organization-title"' in shown.text
    papers = re.findall(r'name="document" value="([0-9a-f-]+)"', shown.text)
    assert len(papers) == 4
    receipt = next(each for each in papers if f"remarks/{each}" in shown.text)
    values = {"name": "Dominique Essai", "capacity": "principal", "consent": "oui"}
    await posted(
        browser,
        f"{place}/code",
        on=place,
        document=papers,
        **values,
        **{f"remarks/{receipt}": "Le chargeur manque.\nLa housse est usée."},
    )
    assert "avec vos remarques" in text_of(await browser.get(f"{place}/code"))
    code = await places.last_code()
    await posted(browser, f"{place}/signature", on=f"{place}/code", code=code)
    proofs = {each: (await evidences.of_document(UUID(each)))[0] for each in papers}
    assert {each: proof.remarks for each, proof in proofs.items() if proof.remarks} == {
        receipt: "Le chargeur manque.\nLa housse est usée."
    }
    assert {proof.capacity for proof in proofs.values()} == {"principal"}
    # The service has them to read, and says when it has.
    await cast.noted()
    found = await concerned_loans(Concern.REMARKS, actor=cast.MANAGER, now=cast.NOW, limit=10)
    (loan,) = found
    number = (await documents.get(UUID(receipt), cast.SERVICE)).number
    assert loan.reasons == (f"Bon de remise n° {number}.",)
    assert await read_remarks(UUID(receipt), actor=cast.MANAGER, now=cast.NOW) == 1
    assert await read_remarks(UUID(receipt), actor=cast.MANAGER, now=cast.NOW) == 0
    assert await remarks_to_read(UUID(receipt), actor=cast.READER) == []
    await cast.noted()
    assert await concerned_loans(Concern.REMARKS, actor=cast.MANAGER, now=cast.NOW, limit=10) == []
    # They are written to nobody.
    assert not any("chargeur manque" in each.text for each in await messages())


async def test_remarks_have_a_limit_that_is_told_beside_them(scene: Scene) -> None:
    await places.set_up_mailbox()
    await places.a_deposit(cast.COLLEGE, (cast.KEYBOARD,))
    await invite_institution(InviteInstitution(uai=cast.COLLEGE), issuer=cast.ISSUER)
    browser = scene.browser()
    await browser.get(f"/e/{await places.last_token()}")
    place = await lot_page(browser, "/e")
    shown = await browser.get(place)
    papers = re.findall(r'name="document" value="([0-9a-f-]+)"', shown.text)
    receipt = next(each for each in papers if f"remarks/{each}" in shown.text)
    values = {"name": "Dominique Essai", "capacity": "principal", "consent": "oui", f"remarks/{receipt}": "a" * 2001}
    answer = await posted(browser, f"{place}/code", on=place, document=papers, **values)
    assert answer.status_code == 422
    assert f'href="#f-remarks-{receipt}"' in answer.text
