"""What the page of a document offers a manager about signers: their remarks, and how a signature is asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from tests.stage import family_cast as family
from tests.stage.family_cast import LISE, Clock, change_pupil, messages
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.web.conftest import serving, set_up, settings_for
from tests.web.pages.cast import OURS, browser, csrf_of, session_secret, text_of

from materiel.domain.accounts.roles import Role
from materiel.domain.papers.document import Document, Party, SignatureChannel
from materiel.domain.work.outbox import Purpose
from materiel.domain.work.sms_gateway import Gateway
from materiel.errors import Conflict, NotFound, RuleBroken
from materiel.store.history import journal
from materiel.store.links import access_link as links
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.work import outbox
from materiel.use_cases.links.access_link import person_of_link
from materiel.use_cases.mail.departure import why_not
from materiel.use_cases.signing.asking import AskBy, ask_by
from materiel.use_cases.signing.electronic_signature import ask_code
from materiel.use_cases.signing.recording import RecordSignature, record_signature
from materiel.use_cases.signing.request import SendForSignature, send_for_signature

PAPER = SignatureChannel.PAPER


@dataclass
class Scene:
    """Noé's parents share a mailbox; one agreement was sent to both."""

    app: Litestar
    agreement: Document

    @property
    def boxes(self) -> dict[str, object]:
        return {each.name: each.id for each in self.agreement.signatures if each.party is Party.BORROWER}


@pytest.fixture
async def scene(migrated_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    async with serving(set_up(settings_for(migrated_url, tmp_path, cast.ISSUER.base_url), Clock())) as app:
        await family.set_up()
        noe = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
        await change_pupil(representatives=tuple(replace(each, email=LISE) for each in noe.representatives))
        agreement = await family.an_agreement()
        await family.send(agreement)
        yield Scene(app, agreement)


async def test_a_manager_asks_for_a_code_by_sms_where_a_gateway_is_set_and_a_number_is_their_own(
    migrated_url: str, tmp_path: Path
) -> None:
    settings = settings_for(migrated_url, tmp_path, cast.ISSUER.base_url)
    gateway = Gateway(url="https://sms.exemple.fr/messages", token="jeton")
    async with serving(set_up(replace(settings, sms_gateway=gateway), Clock())) as app:
        await family.set_up()
        noe = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
        lise, paul = noe.representatives
        people = (replace(lise, email=LISE), replace(paul, email=LISE, phone="06 39 98 00 12"))
        await change_pupil(representatives=people)
        agreement = await family.an_agreement()
        scene = Scene(app, agreement)
        manager = browser(app, await session_secret(OURS, Role.MANAGER, "gestion@exemple.fr"))
        page = f"/documents/{agreement.id}"
        shown = await manager.get(page)
        assert shown.text.count("par son lien, avec un code par SMS") == 1, "Lise has no number"
        values = {"signatory": str(scene.boxes["Paul Exemple"]), "asked_channel": "sms", "_csrf": csrf_of(shown.text)}
        assert (await manager.post(f"{page}/maniere-de-signer", data=values)).status_code == 303
        await cast.noted()
        document = await documents.get(agreement.id, cast.SERVICE)
        by_sms = [each.name for each in document.signatures if each.code_by_sms]
        assert by_sms == ["Paul Exemple"]
        values["signatory"] = str(scene.boxes["Lise Exemple"])
        refusal = await manager.post(f"{page}/maniere-de-signer", data=values)
        assert refusal.status_code == 422
        assert "numéro de mobile" in text_of(refusal)
        links = await family.send(agreement)
        assert list(links) == [LISE]


async def ask(scene: Scene, name: str, channel: SignatureChannel | None) -> None:
    command = AskBy(document_id=scene.agreement.id, signatory_id=scene.boxes[name], channel=channel)  # type: ignore[arg-type]
    await ask_by(command, actor=cast.MANAGER, now=cast.NOW)
    await cast.noted()


async def test_a_signature_asked_on_paper_is_asked_by_no_link(scene: Scene) -> None:
    await ask(scene, "Paul Exemple", PAPER)
    paul = next(each for each in await links.of_pupil(cast.TWO_HOMES) if each.name == "Paul Exemple")
    person = await person_of_link(paul.id, now=cast.NOW)
    with refused(RuleBroken, "signature.asked_otherwise"):
        await ask_code(scene.agreement.id, signer=person, base_url=family.BASE_URL, now=cast.NOW)
    before = len(await messages(Purpose.SIGNATURE_REQUEST))
    again = replace(cast.ISSUER, now=cast.NOW.replace(day=20))
    sent = await send_for_signature(SendForSignature(document_id=scene.agreement.id), issuer=again)
    assert sent.written_to == ("Lise Exemple",)
    assert len(await messages(Purpose.SIGNATURE_REQUEST)) == before + 1
    # What had not left yet does not leave any more.
    waiting = next(
        each
        for each in await outbox.page(cast.SERVICE, limit=50)
        if each.about.signature_id == scene.boxes["Paul Exemple"]
    )
    assert await why_not(waiting, now=cast.NOW) == "la signature est demandée autrement"
    told = [each.action for each in await journal.of_subject(cast.SERVICE, scene.agreement.id)]
    assert "document.signature_asked" in told


async def test_the_family_reads_why_it_does_not_sign_here(scene: Scene) -> None:
    await ask(scene, "Paul Exemple", SignatureChannel.IN_PERSON)
    link = family.link_in((await messages(Purpose.SIGNATURE_REQUEST))[-1])
    transport = httpx.ASGITransport(app=scene.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://pret.example.fr") as browser:
        await browser.get(link)
        shown = text_of(await browser.get(f"/f/documents/{scene.agreement.id}"))
        home = text_of(await browser.get("/f"))
    assert "demande de signer ce document autrement : sur place" in shown
    assert "Recevoir mon code" not in shown
    assert "Le service vous demande de le signer autrement : sur place." in home


async def test_a_link_is_asked_for_again_and_paper_is_always_taken(scene: Scene) -> None:
    await ask(scene, "Paul Exemple", PAPER)
    await ask(scene, "Paul Exemple", None)
    document = await documents.get(scene.agreement.id, cast.SERVICE)
    assert {each.asked_channel for each in document.signatures} == {None}
    await ask(scene, "Paul Exemple", PAPER)
    command = RecordSignature(
        document_id=document.id,
        signatory_id=scene.boxes["Paul Exemple"],  # type: ignore[arg-type]
        signed_on=cast.TODAY,
        channel=PAPER,
    )
    await record_signature(command, actor=cast.MANAGER, now=cast.NOW)
    with refused(Conflict, "signature.already_signed"):
        await ask(scene, "Paul Exemple", None)


async def test_only_the_family_is_asked_otherwise_and_in_ones_own_service(scene: Scene) -> None:
    state = next(each for each in scene.agreement.signatures if each.party is not Party.BORROWER)
    with refused(RuleBroken, "signature.channel_not_asked"):
        command = AskBy(document_id=scene.agreement.id, signatory_id=state.id, channel=PAPER)
        await ask_by(command, actor=cast.MANAGER, now=cast.NOW)
    with refused(RuleBroken, "signature.channel_not_asked"):
        await ask(scene, "Paul Exemple", SignatureChannel.ELECTRONIC)
    with refused(NotFound, "document.not_found"):
        command = AskBy(document_id=scene.agreement.id, signatory_id=state.id, channel=PAPER)
        await ask_by(command, actor=cast.STRANGER, now=cast.NOW)
