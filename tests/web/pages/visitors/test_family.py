"""A family's pages, from the link of the message to the signature, and what they refuse."""

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
from tests.stage.family_cast import ILAN, LISE, PAUL, Clock, last_code, messages
from tests.use_cases import loan_cast as cast
from tests.web.conftest import serving, set_up, settings_for
from tests.web.pages.cast import without_mark

from materiel.domain.loan.steps import HandedItem
from materiel.domain.papers.document import Document, DocumentStatus, SignatureChannel, SignatureStatus
from materiel.domain.work.outbox import Purpose
from materiel.errors import Conflict
from materiel.store.accounts import service as services
from materiel.store.accounts import session as sessions
from materiel.store.history.search import search
from materiel.store.incident import incident as incidents
from materiel.store.links import access_link as links
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.signing import electronic_signature as evidences
from materiel.use_cases.incident.treatment import CloseIncident, close_incident
from materiel.use_cases.loan.elsewhere.leaving import RecordLeaving, WithdrawLeaving, record_leaving, withdraw_leaving
from materiel.use_cases.loan.steps import HandOver, hand_over
from materiel.use_cases.people.death import WithdrawDeath, withdraw_death


@dataclass
class Scene:
    """The application, its clock, Noé's agreement and the link of each parent."""

    app: Litestar
    clock: Clock
    agreement: Document
    links: dict[str, str]

    def browser(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="https://pret.example.fr")

    async def reader(self, address: str = LISE) -> httpx.AsyncClient:
        """A browser in which somebody has opened their link."""
        browser = self.browser()
        answer = await browser.get(self.links[address])
        assert answer.status_code == 303, answer.text
        return browser

    @property
    def page(self) -> str:
        return f"/f/documents/{self.agreement.id}"


@pytest.fixture
async def scene(migrated_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    clock = Clock()
    async with serving(set_up(settings_for(migrated_url, tmp_path, cast.ISSUER.base_url), clock)) as app:
        await family.set_up()
        agreement = await family.an_agreement()
        yield Scene(app, clock, agreement, await family.send(agreement))


def text_of(answer: httpx.Response) -> str:
    """What a person reads: entities resolved, one kind of space and of apostrophe."""
    return html.unescape(answer.text).replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ")


def csrf_of(page: str) -> str:
    found = re.search(r'name="_csrf" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


async def posted(browser: httpx.AsyncClient, path: str, *, on: str, **values: str) -> httpx.Response:
    """Send the form of a page, as its reader would."""
    page = await browser.get(on)
    return await browser.post(path, data={"_csrf": csrf_of(page.text), **values})


async def ask_code(scene: Scene, browser: httpx.AsyncClient, **changes: str) -> httpx.Response:
    values = {"name": "Lise Exemple", "consent": "oui"} | changes
    return await posted(browser, f"{scene.page}/code", on=scene.page, **values)


async def sign(scene: Scene, browser: httpx.AsyncClient, code: str) -> httpx.Response:
    return await posted(browser, f"{scene.page}/signature", on=f"{scene.page}/code", code=code)


async def test_a_link_gives_a_session_and_an_address_without_the_token(scene: Scene) -> None:
    browser = scene.browser()
    answer = await browser.get(scene.links[LISE])
    assert answer.status_code == 303
    assert answer.headers["location"] == scene.page
    assert "SameSite=Lax" in answer.headers["set-cookie"]
    assert answer.headers["referrer-policy"] == "no-referrer"
    shown = await browser.get(scene.page)
    assert shown.status_code == 200
    assert "Ce que signer veut dire" in shown.text
    assert family.token_in(scene.links[LISE]) not in shown.text


async def test_a_parent_signs_with_the_code(scene: Scene) -> None:
    browser = await scene.reader()
    await browser.get(scene.page)
    scene.clock.later(minutes=7)
    asked = await ask_code(scene, browser, name="EXEMPLE lise")
    assert (asked.status_code, asked.headers["location"]) == (303, f"{scene.page}/code")
    scene.clock.later(minutes=2)
    done = await sign(scene, browser, await last_code(LISE))
    assert (done.status_code, done.headers["location"]) == (303, f"{scene.page}/signe")
    assert "C'est signé" in text_of(await browser.get(f"{scene.page}/signe"))
    document = await documents.get(scene.agreement.id, cast.SERVICE)
    box = next(each for each in document.signatures if each.name == "Lise Exemple")
    assert (box.status, box.channel) == (SignatureStatus.SIGNED, SignatureChannel.ELECTRONIC)
    (evidence,) = await evidences.of_document(document.id)
    assert (evidence.sha256, evidence.typed_name, evidence.email) == (document.sha256, "EXEMPLE lise", LISE)
    assert evidence.capacity == "mère"
    assert evidence.shown_at == cast.NOW
    assert (evidence.code_checked_at - evidence.shown_at).total_seconds() == 9 * 60
    assert evidence.code_sent_at == evidence.consented_at
    assert evidence.strokes is None


async def test_both_parents_receive_a_copy_with_the_document(scene: Scene) -> None:
    browser = await scene.reader()
    await ask_code(scene, browser)
    await sign(scene, browser, await last_code(LISE))
    copies = await messages(Purpose.SIGNATURE_COPY)
    assert {each.to_address for each in copies} == {LISE, PAUL}
    assert {each.attachment_id for each in copies} == {scene.agreement.id}


async def test_no_subject_holds_a_name_nor_a_code(scene: Scene) -> None:
    browser = await scene.reader()
    await ask_code(scene, browser)
    code = await last_code(LISE)
    await sign(scene, browser, code)
    for message in await messages():
        assert not any(word in message.subject for word in ("Noé", "Lise", "Paul", "Exemple", code))


async def test_the_drawn_signature_is_kept_when_there_is_one(scene: Scene) -> None:
    browser = await scene.reader()
    await ask_code(scene, browser, strokes="[[[10,20],[30,40]]]")
    assert "joint à la signature" in text_of(await browser.get(f"{scene.page}/code"))
    await sign(scene, browser, await last_code(LISE))
    assert (await evidences.of_document(scene.agreement.id))[0].strokes == "[[[10,20],[30,40]]]"


async def test_every_fault_is_told_at_once_and_what_was_typed_is_kept(scene: Scene) -> None:
    browser = await scene.reader()
    answer = await posted(browser, f"{scene.page}/code", on=scene.page, name="Jeanne <Autre>")
    assert answer.status_code == 422
    assert "2 erreurs sont à corriger" in text_of(answer)
    assert "comme sur le document : Lise Exemple" in text_of(answer)
    assert "Cochez la case" in text_of(answer)
    assert 'value="Jeanne &lt;Autre&gt;"' in answer.text
    assert await messages(Purpose.SIGNATURE_CODE) == []


async def test_a_wrong_code_signs_nothing_and_is_counted(scene: Scene) -> None:
    browser = await scene.reader()
    await ask_code(scene, browser)
    wrong = "000000" if await last_code(LISE) != "000000" else "111111"
    for left in ("4 essais", "3 essais", "2 essais", "un essai"):
        answer = await sign(scene, browser, wrong)
        assert answer.status_code == 422
        assert f"Il vous reste {left}" in text_of(answer)
    assert "Demandez un nouveau code" in text_of(await sign(scene, browser, wrong))
    assert (await sign(scene, browser, await last_code(LISE))).status_code == 422
    assert await evidences.of_document(scene.agreement.id) == []


async def test_a_code_ends_and_another_one_is_sent(scene: Scene) -> None:
    browser = await scene.reader()
    await ask_code(scene, browser)
    late = await last_code(LISE)
    scene.clock.later(minutes=10)
    answer = await sign(scene, browser, late)
    assert answer.status_code == 422
    assert "il dure dix minutes" in text_of(answer)
    again = await posted(browser, f"{scene.page}/code/renvoyer", on=f"{scene.page}/code")
    assert again.headers["location"] == f"{scene.page}/code"
    assert "Un nouveau code est écrit" in text_of(await browser.get(f"{scene.page}/code"))
    assert (await sign(scene, browser, await last_code(LISE))).status_code == 303


async def test_codes_are_limited(scene: Scene) -> None:
    browser = await scene.reader()
    await ask_code(scene, browser)
    path, on = f"{scene.page}/code/renvoyer", f"{scene.page}/code"
    await posted(browser, path, on=on)
    assert "Un code vient d'être écrit" in text_of(await browser.get(on))
    for _ in range(10):
        scene.clock.later(minutes=1)
        await posted(browser, path, on=on)
    assert "10 codes en une heure sans vous en servir" in text_of(await browser.get(on))
    assert len(await messages(Purpose.SIGNATURE_CODE)) == 10


async def test_two_tabs_sign_once(scene: Scene) -> None:
    first = await scene.reader()
    await ask_code(scene, first)
    code = await last_code(LISE)
    page = csrf_of((await first.get(f"{scene.page}/code")).text)
    answers = [await first.post(f"{scene.page}/signature", data={"_csrf": page, "code": code}) for _ in range(2)]
    assert [each.headers["location"] for each in answers] == [f"{scene.page}/signe"] * 2
    assert len(await evidences.of_document(scene.agreement.id)) == 1
    assert len(await messages(Purpose.SIGNATURE_COPY)) == 2


async def test_the_code_of_one_parent_does_not_serve_the_other(scene: Scene) -> None:
    lise, paul = await scene.reader(LISE), await scene.reader(PAUL)
    await ask_code(scene, lise)
    await ask_code(scene, paul, name="Paul Exemple")
    stolen = await last_code(LISE)
    if stolen != await last_code(PAUL):
        assert (await sign(scene, paul, stolen)).status_code == 422


async def test_the_second_parent_may_sign_as_well(scene: Scene) -> None:
    for address, name in ((LISE, "Lise Exemple"), (PAUL, "Paul Exemple")):
        browser = await scene.reader(address)
        await ask_code(scene, browser, name=name)
        assert (await sign(scene, browser, await last_code(address))).status_code == 303
    document = await documents.get(scene.agreement.id, cast.SERVICE)
    assert [each.typed_name for each in await evidences.of_document(document.id)] == ["Lise Exemple", "Paul Exemple"]


async def test_a_form_without_its_token_is_refused(scene: Scene) -> None:
    browser = await scene.reader()
    answer = await browser.post(f"{scene.page}/code", data={"name": "Lise Exemple", "consent": "oui"})
    assert answer.status_code == 403
    assert await messages(Purpose.SIGNATURE_CODE) == []


async def test_reading_changes_nothing(scene: Scene) -> None:
    browser = await scene.reader()
    before = (await search(cast.SERVICE, limit=200), await messages())
    for path in ("/f", scene.page, f"{scene.page}/pdf", f"{scene.page}/code", f"{scene.page}/desaccord"):
        assert (await browser.get(path)).status_code in (200, 303)
    assert (await search(cast.SERVICE, limit=200), await messages()) == before


async def test_a_mail_scanner_consumes_nothing(scene: Scene) -> None:
    scanner = scene.browser()
    looked = await scanner.head(scene.links[LISE])
    assert (looked.status_code, looked.headers["location"]) == (303, scene.page)
    assert "set-cookie" not in looked.headers
    assert {each.last_opened_at for each in await links.of_pupil(cast.TWO_HOMES)} == {None}
    for _ in range(3):
        await scene.browser().get(scene.links[LISE])
    browser = await scene.reader()
    await ask_code(scene, browser)
    assert (await sign(scene, browser, await last_code(LISE))).status_code == 303
    made = await links.of_pupil(cast.TWO_HOMES)
    assert {each.name: each.last_opened_at for each in made} == {"Lise Exemple": cast.NOW, "Paul Exemple": None}


async def test_unknown_expired_and_closed_links_look_the_same(scene: Scene) -> None:
    unknown = await scene.browser().get("/f/" + "A" * 32)
    former = scene.links[PAUL]
    scene.clock.later(minutes=5)
    new = (await family.send(scene.agreement, now=scene.clock.now))[PAUL]
    # Whoever opened the former goes on reading; the former itself lives until a page behind the new one is shown.
    reading = await scene.reader(PAUL)
    scene.links[PAUL] = new
    reader = await scene.reader(PAUL)
    assert (await scene.browser().get(former)).status_code == 303
    assert (await reader.get("/f")).status_code == 200
    # The loop of the server writes it, within seconds.
    await scene.app.state["session_notes"].flush()
    replaced = await scene.browser().get(former)
    assert (await reading.get("/f")).status_code == 200
    scene.clock.later(days=61)
    expired = await scene.browser().get(new)
    pages = [re.sub(r'value="[^"]*"', "", each.text) for each in (unknown, replaced, expired)]
    assert [each.status_code for each in (unknown, replaced, expired)] == [404, 404, 404]
    assert pages[0] == pages[1] == pages[2]
    assert "Ce lien ne fonctionne plus" in pages[0]


async def test_a_new_link_goes_to_the_address_on_file_once(scene: Scene) -> None:
    scene.clock.later(days=61)
    for _ in range(2):
        browser = scene.browser()
        dead = await browser.get(scene.links[LISE])
        values = {"_csrf": csrf_of(dead.text), "token": family.token_in(scene.links[LISE])}
        answer = await browser.post("/nouveau-lien", data=values)
        assert answer.headers["location"] == "/nouveau-lien"
    (message,) = await messages(Purpose.NEW_LINK)
    assert message.to_address == LISE
    assert (await scene.browser().get(family.link_in(message))).headers["location"] == "/f"


async def test_asking_with_an_unknown_link_answers_the_same_and_sends_nothing(scene: Scene) -> None:
    browser = scene.browser()
    dead = await browser.get("/f/" + "A" * 32)
    answer = await browser.post("/nouveau-lien", data={"_csrf": csrf_of(dead.text), "token": "A" * 32})
    assert (answer.status_code, answer.headers["location"]) == (303, "/nouveau-lien")
    assert await messages(Purpose.NEW_LINK) == []


async def test_new_links_are_limited_by_address(scene: Scene) -> None:
    browser = scene.browser()
    token = csrf_of((await browser.get("/f/" + "A" * 32)).text)
    answers = [await browser.post("/nouveau-lien", data={"_csrf": token, "token": "A" * 32}) for _ in range(6)]
    assert [each.status_code for each in answers] == [303] * 5 + [429]


async def test_a_closed_link_ends_the_sessions_it_opened(scene: Scene) -> None:
    browser = await scene.reader()
    (link, _) = await links.of_pupil(cast.TWO_HOMES)
    await links.revoke(link.id, scene.clock.now)
    answer = await browser.get(scene.page)
    assert (answer.status_code, answer.headers["location"]) == (303, "/lien-necessaire")


async def test_a_corrected_address_closes_the_link(scene: Scene) -> None:
    browser = await scene.reader()
    noe = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    lise, paul = noe.representatives
    await family.change_pupil(representatives=(replace(lise, email="autre@exemple.fr"), paul))
    assert (await browser.get("/f")).headers["location"] == "/lien-necessaire"
    assert (await scene.browser().get(scene.links[LISE])).status_code == 404


async def test_another_childs_document_does_not_exist(scene: Scene) -> None:
    other = await family.an_agreement(cast.CHILD, cast.BRAILLE)
    browser = await scene.reader()
    for path in ("", "/pdf", "/code", "/signe", "/desaccord"):
        answer = await browser.get(f"/f/documents/{other.id}{path}")
        assert answer.status_code == 404
    unknown = await browser.get(f"/f/documents/{UUID(int=7)}")
    same = await browser.get(f"/f/documents/{other.id}")
    assert without_mark(unknown.text).replace(str(UUID(int=7)), "") == without_mark(same.text).replace(
        str(other.id), ""
    )
    token = csrf_of((await browser.get(scene.page)).text)
    for path in ("code", "code/renvoyer", "signature", "desaccord"):
        sent = {"_csrf": token, "name": "Anne Exemple", "consent": "oui", "code": "123456"}
        assert (await browser.post(f"/f/documents/{other.id}/{path}", data=sent)).status_code == 404


async def test_the_family_carries_the_liaison_sheet_of_a_departure(scene: Scene) -> None:
    reader = await scene.reader()
    assert "fiche de liaison" not in (await reader.get("/f")).text
    issuer = replace(cast.ISSUER, now=scene.clock.now)
    command = RecordLeaving(pupil_id=cast.TWO_HOMES, left_on=issuer.today, academie="17")
    noted = (await record_leaving(command, issuer=issuer)).leaving
    address = f"/f/departs/{noted.id}/fiche.pdf"
    assert address in (await reader.get("/f")).text
    assert (await reader.get(address)).headers["content-type"] == "application/pdf"
    assert (await reader.get(f"/f/departs/{scene.agreement.id}/fiche.pdf")).status_code == 404
    taken_back = WithdrawLeaving(pupil_id=cast.TWO_HOMES, leaving_id=noted.id, reason="Erreur")
    await withdraw_leaving(taken_back, issuer=issuer)
    assert (await reader.get(address)).status_code == 404


async def test_a_paper_that_the_family_does_not_sign_is_not_theirs_to_read(scene: Scene) -> None:
    browser = await scene.reader()
    for paper in await documents.of_loan(scene.agreement.loan_id):
        expected = 200 if paper.id == scene.agreement.id else 404
        assert (await browser.get(f"/f/documents/{paper.id}")).status_code == expected


async def test_without_a_session_the_pages_explain_themselves(scene: Scene) -> None:
    answer = await scene.browser().get("/f")
    assert (answer.status_code, answer.headers["location"]) == (303, "/lien-necessaire")


async def test_the_first_page_shows_neither_the_other_parent_nor_an_address(scene: Scene) -> None:
    browser = await scene.reader()
    page = (await browser.get("/f")).text
    assert "Ordinateur portable" in page
    assert "Signature attendue" in page
    for hidden in ("Paul", PAUL, "rue du Four", "rue du Puits"):
        assert hidden not in page


async def test_a_declared_disagreement_blocks_both_parents(scene: Scene) -> None:
    lise, paul = await scene.reader(LISE), await scene.reader(PAUL)
    await ask_code(scene, paul, name="Paul Exemple")
    answer = await posted(lise, f"{scene.page}/desaccord", on=f"{scene.page}/desaccord")
    assert answer.headers["location"] == "/f"
    assert "Votre désaccord est enregistré" in text_of(await lise.get("/f"))
    assert (await pupils.get(cast.TWO_HOMES, cast.SERVICE)).disagreement
    assert (await paul.get(f"{scene.page}/code")).headers["location"] == scene.page
    assert "Un désaccord entre les parents est signalé" in text_of(await paul.get(scene.page))
    assert await evidences.of_document(scene.agreement.id) == []
    (told,) = await messages(Purpose.DISAGREEMENT)
    assert told.to_address == family.SERVICE_ADDRESS


async def test_an_adult_signs_alone_and_has_nobody_to_disagree_with(scene: Scene) -> None:
    agreement = await family.an_agreement(cast.ADULT, cast.KEYBOARD)
    path = (await family.send(agreement))[ILAN]
    browser = scene.browser()
    assert (await browser.get(path)).headers["location"] == f"/f/documents/{agreement.id}"
    page = (await browser.get(f"/f/documents/{agreement.id}")).text
    assert "désaccord" not in page
    assert (await browser.get(f"/f/documents/{agreement.id}/desaccord")).status_code == 303
    adult = Scene(scene.app, scene.clock, agreement, {})
    await ask_code(adult, browser, name="ilan modele")
    assert (await sign(adult, browser, await last_code(ILAN))).status_code == 303
    assert (await evidences.of_document(agreement.id))[0].capacity == "élève ayant atteint la majorité"


AIDS = ("gros-caracteres", "gros-caracteres.pdf", "resume", "resume.pdf")


async def test_a_document_is_read_in_large_letters_and_in_plain_words_before_and_after(scene: Scene) -> None:
    browser = await scene.reader()
    for is_signed in (False, True):
        if is_signed:
            await ask_code(scene, browser)
            await sign(scene, browser, await last_code(LISE))
        page = (await browser.get(scene.page)).text
        assert f'href="{scene.page}/gros-caracteres"' in page
        assert f'href="{scene.page}/resume"' in page
        assert "ne remplace pas le document" in text_of(await browser.get(f"{scene.page}/gros-caracteres"))
        assert "Le prêt est gratuit." in text_of(await browser.get(f"{scene.page}/resume"))
        for aid in AIDS:
            assert (await browser.get(f"{scene.page}/{aid}")).status_code == 200


async def test_the_link_of_another_family_opens_no_help_to_read(scene: Scene) -> None:
    theirs = await family.an_agreement(cast.ADULT, cast.KEYBOARD)
    browser = scene.browser()
    await browser.get((await family.send(theirs))[ILAN])
    for aid in AIDS:
        assert (await browser.get(f"/f/documents/{theirs.id}/{aid}")).status_code == 200
        assert (await browser.get(f"{scene.page}/{aid}")).status_code == 404


async def hand(scene: Scene) -> str:
    """Hand the laptop over; the page on which something is told about it."""
    issuer = replace(cast.ISSUER, now=scene.clock.now)
    lines = (HandedItem(item_id=cast.LAPTOP),)
    await hand_over(HandOver(loan_id=scene.agreement.loan_id, handed_over_on=cast.TODAY, items=lines), issuer=issuer)
    return f"/f/prets/{scene.agreement.loan_id}/{cast.LAPTOP}/signaler"


async def test_a_theft_is_declared_with_what_to_provide(scene: Scene) -> None:
    page = await hand(scene)
    browser = await scene.reader()
    missing = await posted(browser, page, on=page, kind="theft", description="  ")
    assert missing.status_code == 422
    assert "Indiquez ce qui s'est passé" in text_of(missing)
    assert "Indiquez le jour où c'est arrivé" in text_of(missing)
    told = {"kind": "theft", "description": "Cartable volé dans le bus", "happened_on": "2026-09-04"}
    answers = [await posted(browser, page, on=page, **told) for _ in range(2)]
    assert [each.status_code for each in answers] == [303, 303]
    shown = text_of(await browser.get(answers[0].headers["location"]))
    assert "La copie de la plainte" in shown
    assert "en cours de traitement" in text_of(await browser.get("/f"))
    (incident,) = await incidents.of_item(cast.LAPTOP, cast.SERVICE)
    assert incident.description == "Cartable volé dans le bus"
    (message,) = await messages(Purpose.INCIDENT)
    assert message.to_address == family.SERVICE_ADDRESS
    assert "Cartable" not in message.text


async def test_the_answer_is_read_by_the_link_that_tells_of_it(scene: Scene) -> None:
    page = await hand(scene)
    browser = await scene.reader()
    told = await posted(browser, page, on=page, kind="breakdown", description="L'écran reste noir")
    (incident,) = await incidents.of_item(cast.LAPTOP, cast.SERVICE)
    issuer = replace(cast.ISSUER, base_url=family.BASE_URL)
    closing = CloseIncident(incident_id=incident.id, resolution="Venez l'échanger mardi.", version=1)
    assert (await close_incident(closing, issuer=issuer)).is_told
    (message,) = await messages(Purpose.INCIDENT_ANSWER, LISE)
    assert "Incident traité" in text_of(await browser.get("/f"))
    again = scene.browser()
    assert (await again.get(family.link_in(message))).status_code == 303
    for where in ("/f", told.headers["location"]):
        shown = text_of(await again.get(where))
        assert "Incident traité" in shown
        assert "Réponse du service : Venez l'échanger mardi." in shown
    assert "échanger mardi" in text_of(await (await scene.reader(PAUL)).get("/f"))


async def test_giving_back_is_asked_without_a_story(scene: Scene) -> None:
    page = await hand(scene)
    browser = await scene.reader()
    assert (await posted(browser, page, on=page, kind="return_wish")).status_code == 303


async def test_only_what_families_may_tell_is_accepted(scene: Scene) -> None:
    page = await hand(scene)
    browser = await scene.reader()
    for kind in ("absence", "", "autre"):
        assert (await posted(browser, page, on=page, kind=kind, description="Texte")).status_code == 422


async def test_an_item_that_the_child_does_not_hold_does_not_exist(scene: Scene) -> None:
    other = await family.an_agreement(cast.CHILD, cast.BRAILLE)
    browser = await scene.reader()
    for loan, item in ((other.loan_id, cast.BRAILLE), (scene.agreement.loan_id, cast.BRAILLE)):
        assert (await browser.get(f"/f/prets/{loan}/{item}/signaler")).status_code == 404


async def test_no_database_row_holds_the_token(scene: Scene) -> None:
    token = family.token_in(scene.links[LISE])
    assert all(token not in repr(link) for link in await links.of_pupil(cast.TWO_HOMES))
    await scene.reader()
    assert await sessions.by_hash(token) is None


async def test_after_the_pupils_death_a_link_and_an_open_session_show_whom_to_call_and_no_more(scene: Scene) -> None:
    reading = await scene.reader()
    service = await services.get(cast.SERVICE)
    await family.change_pupil(died_on=cast.TODAY)
    for answer in (
        await scene.browser().get(scene.links[LISE]),
        await reading.get("/f"),
        await reading.get(scene.page),
    ):
        assert answer.status_code == 200
        shown = text_of(answer)
        assert service.phone in shown
        for hidden in ("Noé", "grave", "décès", "Ordinateur", "nouveau lien"):
            assert hidden not in shown, hidden


async def test_a_death_noted_on_the_wrong_child_is_taken_back_and_the_link_works_again(scene: Scene) -> None:
    await family.change_pupil(died_on=cast.TODAY)
    reason = "Noté sur la fiche d'un homonyme."
    await withdraw_death(WithdrawDeath(pupil_id=cast.TWO_HOMES, reason=reason), actor=cast.MANAGER, now=cast.NOW)
    assert (await scene.browser().get(scene.links[LISE])).status_code == 303
    with pytest.raises(Conflict, match="Aucun décès"):
        await withdraw_death(WithdrawDeath(pupil_id=cast.TWO_HOMES, reason=reason), actor=cast.MANAGER, now=cast.NOW)


async def test_the_label_of_what_is_lent_leads_its_family_to_the_agreement_and_nobody_else(scene: Scene) -> None:
    lise, stranger = await scene.reader(), scene.browser()
    answer = await lise.get("/Q/ABCDEFGHJKM01")
    assert (answer.status_code, answer.headers["location"]) == (303, scene.page)
    for reader, code in ((lise, "ABCDEFGHJKM02"), (lise, "ABCDEFGHJKM99"), (stranger, "ABCDEFGHJKM01")):
        shown = await reader.get(f"/Q/{code}")
        assert shown.status_code == 200, code
        assert "Ordinateur" not in shown.text


async def test_what_was_signed_is_read_after_the_end_of_the_loan(scene: Scene) -> None:
    browser = await scene.reader()
    await ask_code(scene, browser)
    await sign(scene, browser, await last_code(LISE))
    later = await family.an_agreement(item=cast.BRAILLE)
    await documents.set_status([scene.agreement.id], cast.SERVICE, DocumentStatus.REPLACED, by=later.id)
    await cast.noted()
    home = text_of(await browser.get("/f"))
    assert f"Remplacé par convention de prêt n° {later.number} le 7 septembre 2026." in home
    assert "Remplacé par convention de prêt" in text_of(await browser.get(scene.page))
    assert (await browser.get(f"{scene.page}/pdf")).status_code == 200
    # Whoever never signed it reads no more of it.
    other = await scene.reader(PAUL)
    assert (await other.get(scene.page)).status_code == 404
    assert (await other.get(f"{scene.page}/pdf")).status_code == 404


async def test_a_code_asked_before_a_disagreement_signs_nothing(scene: Scene) -> None:
    lise, paul = await scene.reader(LISE), await scene.reader(PAUL)
    await ask_code(scene, lise)
    code = await last_code(LISE)
    token = csrf_of((await lise.get(f"{scene.page}/code")).text)
    await posted(paul, f"{scene.page}/desaccord", on=f"{scene.page}/desaccord")
    answer = await lise.post(f"{scene.page}/signature", data={"_csrf": token, "code": code})
    assert answer.headers["location"] == f"{scene.page}/signe"
    assert (await lise.get(f"{scene.page}/signe")).headers["location"] == scene.page
    assert await evidences.of_document(scene.agreement.id) == []
    for browser in (lise, paul):
        shown = await browser.get(scene.page)
        assert "Recevoir mon code" not in shown.text
        assert "Un désaccord entre les parents est signalé" in text_of(shown)
        assert (await browser.get(f"{scene.page}/code")).status_code == 303
        assert "Lire et signer" not in (await browser.get("/f")).text
