"""The public page of a document compares a file with its own, and names nobody; the service's pages give the copy."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from litestar import Litestar
from tests.stage import family_cast as family
from tests.use_cases import loan_cast as cast
from tests.web.conftest import StoppedClock
from tests.web.pages.cast import browser, csrf_of, logged_in, text_of

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.papers.document import Document, SignatureChannel
from materiel.store.accounts import site as sites
from materiel.store.engine.database import write_transaction
from materiel.store.papers import document as documents
from materiel.use_cases.signing.recording import RecordSignature, record_signature


@pytest.fixture
async def signed(app: Litestar, stopped_clock: StoppedClock) -> Document:
    stopped_clock.now = cast.NOW
    await family.set_up()
    async with write_transaction():
        await sites.mark_demonstration(cast.SERVICE)
    document = await family.an_agreement()
    seen = RecordSignature(
        document_id=document.id,
        signatory_id=document.signatures[0].id,
        signed_on=cast.TODAY,
        channel=SignatureChannel.PAPER,
    )
    return await record_signature(seen, actor=cast.MANAGER, now=cast.NOW)


async def compared(anybody: httpx.AsyncClient, document: Document, data: bytes | None) -> str:
    page = f"/v/{document.code}"
    files = {"copy": ("recu.pdf", data, "application/pdf")} if data is not None else {"copy": ("", b"")}
    token = csrf_of((await anybody.get(page)).text)
    return text_of(await anybody.post(page, data={"_csrf": token}, files=files))


async def test_a_file_is_compared_and_not_kept(app: Litestar, signed: Document) -> None:
    manager = await logged_in(app, Actor("token:admin", Role.ADMIN, cast.SERVICE), Role.READER, "lecture@exemple.fr")
    sealed = await manager.get(f"/documents/{signed.id}/exemplaire-signe.pdf")
    assert sealed.headers["content-type"] == "application/pdf"
    issued = await documents.pdf(signed.id)
    assert sealed.content.startswith(issued)
    anybody = browser(app)
    assert "tel que le service l'a émis, octet pour octet" in await compared(anybody, signed, issued)
    told = await compared(anybody, signed, sealed.content)
    assert "un exemplaire signé de ce document, avec son cachet" in told
    assert "Exemple" not in told
    assert "ni un de ses exemplaires signés" in await compared(anybody, signed, sealed.content[:-1])
    assert "Choisissez le fichier PDF" in await compared(anybody, signed, None)
    unknown = await anybody.post(
        "/v/ABCDEFGH234", data={"_csrf": csrf_of((await anybody.get(f"/v/{signed.code}")).text)}
    )
    assert unknown.status_code == 404


async def test_a_page_of_proof_leads_to_what_it_is(app: Litestar, signed: Document) -> None:
    anybody = browser(app)
    for path in (f"/v/{signed.code}/s", f"/v/{signed.code}/s/1", f"/V/{signed.code}/S/2"):
        assert "c'est le fichier reçu, avec son cachet, qui prouve" in text_of(await anybody.get(path))


async def test_the_sheet_of_a_document_gives_its_signed_copy(app: Litestar, signed: Document) -> None:
    manager = await logged_in(app, Actor("token:admin", Role.ADMIN, cast.SERVICE), Role.MANAGER, "gestion@exemple.fr")
    page = f"/documents/{signed.id}"
    assert "attend son cachet électronique" in text_of(await manager.get(page))
    sealed = (await manager.get(f"{page}/exemplaire-signe.pdf")).content
    told = text_of(await manager.get(page))
    assert "Exemplaire signé (PDF)" in told
    assert "il manque encore des signatures" in told
    assert "Il ne prouve rien" in told
    form = {"_csrf": csrf_of((await manager.get(page)).text)}
    answer = await manager.post(f"{page}/verification", data=form, files={"copy": ("a.pdf", sealed)})
    assert answer.status_code == 303
    assert "un exemplaire signé du document" in text_of(await manager.get(page))


async def test_what_waits_for_its_seal_is_on_the_first_page(
    app: Litestar, signed: Document, stopped_clock: StoppedClock
) -> None:
    manager = await logged_in(app, Actor("token:admin", Role.ADMIN, cast.SERVICE), Role.READER, "lecture@exemple.fr")
    assert "cachet" not in text_of(await manager.get("/"))
    stopped_clock.now += timedelta(minutes=11)
    assert "exemplaire signé attend son cachet électronique" in text_of(await manager.get("/"))
    ready = await browser(app).get("/readyz")
    assert (ready.status_code, ready.text.splitlines()[0]) == (200, "degraded")
    assert "seal.waiting" in ready.text
