"""« Signer ici »: from the loan to the device handed over, and no way out of it but the agent's password."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from tests.stage import family_cast as family
from tests.stage.family_cast import LISE, Clock, change_pupil, messages
from tests.use_cases import loan_cast as cast
from tests.web.conftest import serving, set_up, settings_for
from tests.web.pages.cast import csrf_of, hidden_of, text_of

from materiel.domain.accounts.credential import Credential
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.session import SubjectKind
from materiel.domain.accounts.user import User
from materiel.domain.papers.document import Document, SignatureChannel
from materiel.domain.people.pupil import Representative
from materiel.domain.work.outbox import Purpose
from materiel.store.accounts import credential as credentials
from materiel.store.engine.database import write_transaction
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.signing import electronic_signature as evidences
from materiel.use_cases.accounts.session import list_sessions, open_session
from materiel.use_cases.accounts.user import CreateUser, create_user, disable_user
from materiel.use_cases.process.secrecy import hash_password
from materiel.use_cases.signing.asking import AskBy, ask_by
from materiel.web.http.session import COOKIE

PASSWORD = "cartable-bleu-et-vert-2026"
ADMIN = Actor("tests", Role.ADMIN, cast.SERVICE)
HERE = "/sur-place"
NOWHERE = {"uuid": "0193f000-0000-7000-8000-00000000000f", "int": "1"}
STROKES = "[[[10,10],[60,40],[110,12]],[[130,20]]]"


@dataclass
class Scene:
    """One agreement that Lise signs, an agent, and the browser of their tablet."""

    app: Litestar
    clock: Clock
    agent: User
    tablet: httpx.AsyncClient
    agreement: Document

    @property
    def place(self) -> str:
        return f"/prets/{self.agreement.loan_id}/signer-ici"

    async def prepare(self, **changed: object) -> httpx.Response:
        """The form of the agent, filled and sent."""
        page = f"{self.place}?qui={(await lise()).id}"
        shown = await self.tablet.get(page)
        fields = hidden_of(shown.text, self.place)
        papers = re.findall(r'name="documents" value="([0-9a-f-]+)" checked', shown.text)
        values: dict[str, object] = {"documents": papers, "seen": "passport", "attests": "oui", **changed}
        return await self.tablet.post(self.place, data={**fields, **values})  # type: ignore[dict-item]

    async def handed(self) -> None:
        """The tablet in Lise's hands."""
        led = await self.prepare()
        assert (led.status_code, led.headers["location"]) == (303, HERE), text_of(led)

    async def sign(self, **changed: object) -> httpx.Response:
        shown = await self.tablet.get(f"{HERE}/lire")
        values = {"_csrf": csrf_of(shown.text), "name": "Lise EXEMPLE", "consent": "oui", **changed}
        return await self.tablet.post(f"{HERE}/signer", data=values)  # type: ignore[arg-type]

    async def take_back(self, password: str = PASSWORD) -> httpx.Response:
        shown = await self.tablet.get(f"{HERE}/reprendre")
        return await self.tablet.post(f"{HERE}/reprendre", data={"_csrf": csrf_of(shown.text), "password": password})


async def lise() -> Representative:
    return (await pupils.get(cast.TWO_HOMES, cast.SERVICE)).representatives[0]


async def give_password(account_id: UUID, password: str) -> None:
    password_hash = await hash_password(password) if password else ""
    async with write_transaction():
        await credentials.put(Credential(account_id=account_id, password_hash=password_hash, changed_at=cast.NOW))


@pytest.fixture
async def scene(migrated_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    clock = Clock()
    base_url = cast.ISSUER.base_url
    async with serving(set_up(settings_for(migrated_url, tmp_path, base_url), clock)) as app:
        await family.set_up()
        command = CreateUser(email="agent@exemple.fr", name="Alix Agent", role=Role.MANAGER)
        agent = await create_user(command, actor=ADMIN, now=cast.NOW)
        await give_password(agent.id, PASSWORD)
        agreement = await family.an_agreement()
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=base_url) as tablet:
            opened = await open_session(SubjectKind.ACCOUNT, agent.id, cast.SERVICE, now=cast.NOW)
            tablet.cookies.set(COOKIE, opened.secret, domain=httpx.URL(base_url).host, path="/")
            yield Scene(app, clock, agent, tablet, agreement)


async def test_a_family_signs_on_the_tablet_of_an_agent(scene: Scene) -> None:
    shown = await scene.tablet.get(f"/prets/{scene.agreement.loan_id}")
    assert f'href="{scene.place}"' in shown.text
    people = text_of(await scene.tablet.get(scene.place))
    assert "Lise Exemple, mère" in people
    assert "Paul Exemple, père" in people
    await scene.handed()
    handed = await scene.tablet.get(HERE)
    assert "Donnez l'appareil à Lise Exemple" in text_of(handed)
    assert "Alix" not in handed.text
    assert handed.headers["cache-control"] == "no-store"
    read = text_of(await scene.tablet.get(f"{HERE}/lire"))
    assert "L'essentiel en huit lignes" in read
    page = await scene.tablet.get(f"{HERE}/lire")
    assert "Signer ce document" in read
    assert 'value="Lise' not in (await scene.tablet.get(f"{HERE}/lire")).text
    pdf = await scene.tablet.get(f"{HERE}/documents/{scene.agreement.id}/pdf")
    assert pdf.content == await documents.pdf(scene.agreement.id)
    for aid in ("gros-caracteres", "gros-caracteres.pdf", "resume", "resume.pdf"):
        assert f"/documents/{scene.agreement.id}/{aid.removesuffix('.pdf')}" in page.text
        assert (await scene.tablet.get(f"{HERE}/documents/{scene.agreement.id}/{aid}")).status_code == 200
        assert (await scene.tablet.get(f"{HERE}/documents/{NOWHERE['uuid']}/{aid}")).status_code == 404
    scene.clock.later(minutes=40)
    led = await scene.sign(strokes=STROKES)
    assert (led.status_code, led.headers["location"]) == (303, f"{HERE}/signe")
    assert "Rendez l'appareil à l'agent" in text_of(await scene.tablet.get(f"{HERE}/signe"))
    (proof,) = await evidences.of_document(scene.agreement.id)
    assert (proof.account_id, proof.typed_name, proof.strokes) == (scene.agent.id, "Lise EXEMPLE", STROKES)
    assert proof.identity_seen == "Passeport, dont l'agent atteste avoir vu l'original."
    assert proof.consented_at - proof.shown_at == timedelta(minutes=40)
    # Sent twice, or gone back to, it is signed once.
    for page in (HERE, f"{HERE}/lire"):
        assert (await scene.tablet.get(page)).headers["location"] == f"{HERE}/signe"
    back = await scene.take_back()
    assert (back.status_code, back.headers["location"]) == (303, f"/prets/{scene.agreement.loan_id}")
    assert "Lise Exemple a signé 1 document sur place." in text_of(await scene.tablet.get(back.headers["location"]))


async def test_the_loan_says_whose_copy_is_to_be_printed(scene: Scene) -> None:
    noe = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    await change_pupil(representatives=tuple(replace(each, email="") for each in noe.representatives))
    await cast.noted()
    await scene.handed()
    await scene.sign()
    await scene.take_back()
    shown = await scene.tablet.get(f"/prets/{scene.agreement.loan_id}")
    assert "Imprimer l'exemplaire de Lise Exemple" in text_of(shown)
    assert await messages(Purpose.SIGNATURE_COPY) == []
    proof = text_of(await scene.tablet.get(f"/documents/{scene.agreement.id}"))
    assert "En présence d'un agent" in proof
    assert "dont l'agent atteste avoir vu l'original." in proof


async def test_the_agent_says_who_what_and_how_they_know(scene: Scene) -> None:
    refused = await scene.prepare(documents=[], seen="", attests="")
    assert refused.status_code == 422
    for fault in ("Cochez au moins un document", "Dites comment vous connaissez", "Cochez la case : sans votre"):
        assert fault in text_of(refused)
    numbered = await scene.prepare(seen="other", other="carte 880692310285")
    assert "N'écrivez pas de numéro de pièce" in text_of(numbered)
    assert (await scene.tablet.get(f"/prets/{scene.agreement.loan_id}")).status_code == 200
    unknown = await scene.prepare(signer="autre")
    assert "Qui est devant vous" in text_of(unknown)


async def test_what_the_family_types_is_checked(scene: Scene) -> None:
    await scene.handed()
    refused = await scene.sign(name="Paul Exemple", consent="")
    assert refused.status_code == 422
    assert "comme sur le document : Lise Exemple" in text_of(refused)
    assert "Cochez la case pour dire" in text_of(refused)
    assert await evidences.of_document(scene.agreement.id) == []
    async with write_transaction():
        noe = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
        await pupils.save(replace(noe, disagreement=True))
    assert "Un désaccord entre les parents" in text_of(await scene.sign())
    back = await scene.take_back()
    assert "Rien n'a été signé sur place." in text_of(await scene.tablet.get(back.headers["location"]))


async def test_only_the_papers_handed_over_are_read(scene: Scene) -> None:
    other = await family.an_agreement(cast.CHILD, cast.BRAILLE)
    await scene.handed()
    assert (await scene.tablet.get(f"{HERE}/documents/{other.id}/pdf")).status_code == 404
    assert (await scene.tablet.get(f"/documents/{other.id}/pdf")).headers["location"] == HERE


async def test_a_signature_asked_in_person_is_led_to_from_the_lists(scene: Scene) -> None:
    box = next(each for each in scene.agreement.signatures if each.name == "Lise Exemple")
    command = AskBy(document_id=scene.agreement.id, signatory_id=box.id, channel=SignatureChannel.IN_PERSON)
    await ask_by(command, actor=cast.MANAGER, now=cast.NOW)
    wanted = f'href="{scene.place}?qui={box.signer_id}"'
    for page in ("/signatures", f"/documents/{scene.agreement.id}"):
        assert wanted in (await scene.tablet.get(page)).text, page
    assert "À faire signer sur place." not in text_of(await scene.tablet.get("/signatures")), "Paul has a link"


# What somebody who holds the tablet may try.


def addresses(app: Litestar) -> list[tuple[str, str]]:
    """Every page of the site, by each method that it answers, those of a device handed over excepted."""
    outside = ("/api", "/static", "/healthz", "/readyz", HERE)
    return [
        (method, re.sub(r"\{\w+:(\w+)\}", lambda found: NOWHERE.get(found[1], "ABCDEFGHJKM99"), route.path))
        for route in app.routes
        if isinstance(route, HTTPRoute) and not route.path.startswith(outside)
        for method in sorted(set(route.methods) - {"OPTIONS"})
    ]


async def test_no_address_of_the_service_opens_while_the_device_is_handed_over(scene: Scene) -> None:
    """Typed, gone back to, opened in another tab: the same cookie is another session, of these pages alone."""
    sheet = f"/prets/{scene.agreement.loan_id}"
    await scene.tablet.get(sheet)
    await scene.handed()
    here = csrf_of((await scene.tablet.get(f"{HERE}/reprendre")).text)
    ours = [("GET", path) for path in (sheet, f"/documents/{scene.agreement.id}/pdf", f"/eleves/{cast.TWO_HOMES}")]
    every = [*ours, *addresses(scene.app)]
    assert len(every) > 300
    opened = []
    for method, path in every:
        answer = await scene.tablet.request(method, path, data={"_csrf": here} if method == "POST" else None)
        if (answer.status_code, answer.headers.get("location")) != (303, HERE):
            opened.append(f"{method} {path}: {answer.status_code}")
    assert not opened
    for path in ("/api/pupils", "/api/loans", "/api/documents", f"/api/loans/{scene.agreement.loan_id}"):
        assert (await scene.tablet.get(path)).status_code == 401, path
    assert (await scene.tablet.get(HERE)).status_code == 200


async def test_no_form_acts_while_the_device_is_handed_over(scene: Scene) -> None:
    """A page left open in another tab posts in vain; nor may one leave and come in again by a door that remembers."""
    page = await scene.tablet.get(scene.place)
    former = csrf_of(page.text) if "_csrf" in page.text else csrf_of((await scene.tablet.get("/aide")).text)
    await scene.handed()
    here = csrf_of((await scene.tablet.get(f"{HERE}/reprendre")).text)
    paths = (
        "/deconnexion",
        "/connexion",
        scene.place,
        f"/documents/{scene.agreement.id}/pour-signature",
        "/signatures",
    )
    for path in paths:
        for token in (former, here):
            answer = await scene.tablet.post(path, data={"_csrf": token, "email": "agent@exemple.fr"})
            assert (answer.status_code, answer.headers.get("location")) == (303, HERE), path
    forged = await scene.tablet.post(f"{HERE}/signer", data={"_csrf": former, "name": "Lise Exemple", "consent": "oui"})
    assert forged.status_code == 403
    assert await evidences.of_document(scene.agreement.id) == []
    assert (await scene.tablet.get(HERE)).status_code == 200


async def test_the_cookie_of_the_agent_is_dead_and_what_was_cached_is_cleared(scene: Scene) -> None:
    former = scene.tablet.cookies[COOKIE]
    shown = await scene.tablet.get(f"/prets/{scene.agreement.loan_id}")
    assert shown.headers["cache-control"] == "no-store"
    led = await scene.prepare()
    assert led.headers["clear-site-data"] == '"cache"'
    assert led.headers["cache-control"] == "no-store"
    transport = httpx.ASGITransport(app=scene.app, raise_app_exceptions=False)
    base_url = str(scene.tablet.base_url)
    async with httpx.AsyncClient(
        transport=transport, base_url=base_url, headers={"Cookie": f"{COOKIE}={former}"}
    ) as kept:
        assert (await kept.get("/eleves")).headers["location"].startswith("/connexion")
    assert scene.tablet.cookies[COOKIE] != former


async def test_the_device_comes_back_by_the_password_of_its_agent_alone(scene: Scene) -> None:
    command = CreateUser(email="autre@exemple.fr", name="Camille Autre", role=Role.ADMIN)
    other = await create_user(command, actor=ADMIN, now=cast.NOW)
    await give_password(other.id, "un-autre-mot-de-passe-2026")
    await scene.handed()
    for wrong in ("", "mauvais mot de passe", "un-autre-mot-de-passe-2026"):
        refused = await scene.take_back(wrong)
        assert refused.status_code == 422, wrong
        assert 'autocomplete="new-password"' in refused.text
    assert (await scene.tablet.get("/eleves")).headers["location"] == HERE
    locked = scene.tablet.cookies[COOKIE]
    assert (await scene.take_back()).headers["location"] == f"/prets/{scene.agreement.loan_id}"
    assert scene.tablet.cookies[COOKIE] != locked
    assert (await scene.tablet.get("/eleves")).status_code == 200
    # The pages of the family are over.
    assert (await scene.tablet.get(f"{HERE}/lire")).headers["location"] == "/connexion"


async def test_passwords_are_not_tried_without_end(scene: Scene) -> None:
    await scene.handed()
    tried = [(await scene.take_back(f"mauvais mot de passe {number}")).status_code for number in range(12)]
    assert 429 in tried
    assert (await scene.take_back()).status_code == 429
    assert (await scene.tablet.get("/eleves")).headers["location"] == HERE


async def test_a_device_forgotten_ends_with_its_session(scene: Scene) -> None:
    await scene.handed()
    scene.clock.later(hours=4, minutes=1)
    assert (await scene.tablet.get(HERE)).headers["location"].startswith("/connexion")
    assert (await scene.tablet.get("/eleves")).headers["location"].startswith("/connexion")


async def test_handing_over_does_not_lengthen_the_session_of_the_agent(scene: Scene) -> None:
    for _ in range(3):
        scene.clock.later(hours=3, minutes=50)
        await scene.handed()
        if scene.clock.now < cast.NOW + timedelta(hours=11):
            await scene.take_back()
    scene.clock.later(hours=1)
    back = await scene.take_back()
    assert back.headers["location"] == f"/connexion?suite=/prets/{scene.agreement.loan_id}"
    assert (await scene.tablet.get("/eleves")).headers["location"].startswith("/connexion")


async def test_an_account_closed_meanwhile_signs_nothing(scene: Scene) -> None:
    await scene.handed()
    assert len(await list_sessions(SubjectKind.ACCOUNT, scene.agent.id, now=cast.NOW)) == 1
    shown = await scene.tablet.get(f"{HERE}/lire")
    await disable_user("agent@exemple.fr", actor=ADMIN, now=cast.NOW)
    late = await scene.tablet.post(
        f"{HERE}/signer", data={"_csrf": csrf_of(shown.text), "name": "Lise Exemple", "consent": "oui"}
    )
    assert late.status_code in (303, 403)
    assert await evidences.of_document(scene.agreement.id) == []


async def test_an_account_without_a_password_hands_nothing_over(scene: Scene) -> None:
    await give_password(scene.agent.id, "")
    shown = await scene.tablet.get(f"{scene.place}?qui={(await lise()).id}")
    assert "Votre compte n'a pas de mot de passe" in text_of(shown)
    token = csrf_of((await scene.tablet.get("/compte")).text)
    sent = {"_csrf": token, "signer": str((await lise()).id), "seen": "passport", "attests": "oui"}
    answer = await scene.tablet.post(scene.place, data={**sent, "documents": str(scene.agreement.id)})
    assert "Votre compte n'a pas de mot de passe" in text_of(answer)
    assert (await scene.tablet.get("/eleves")).status_code == 200


async def test_the_same_mother_of_two_signs_both_and_remarks_a_receipt_apart(scene: Scene) -> None:
    zoe = await pupils.get(cast.CHILD, cast.SERVICE)
    await change_pupil(cast.CHILD, representatives=(replace(zoe.representatives[0], first_name="Lise", email=LISE),))
    zoes = await family.an_agreement(cast.CHILD, cast.BRAILLE)
    await cast.noted()
    await scene.handed()
    read = text_of(await scene.tablet.get(f"{HERE}/lire"))
    for told in ("Pour Noé", "Pour Zoé", "Signer ces 2 documents"):
        assert told in read
    await scene.sign()
    assert [len(await evidences.of_document(each.id)) for each in (scene.agreement, zoes)] == [1, 1]
