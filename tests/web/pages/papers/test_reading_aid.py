"""What helps to read a document, beside it for the service: large print, a summary, and nothing of another service."""

from __future__ import annotations

import pytest
from litestar import Litestar
from tests.stage import family_cast as family
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.web.conftest import StoppedClock
from tests.web.pages.cast import logged_in, text_of

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.papers.document import Document, DocumentKind
from materiel.domain.papers.reading_aid import ReadingAid
from materiel.errors import NotFound
from materiel.store.engine.database import fetch
from materiel.store.papers import document as documents
from materiel.use_cases.papers.reading_aid import aid_of

ADMIN = Actor("token:admin", Role.ADMIN, cast.SERVICE)


@pytest.fixture
async def agreement(app: Litestar, stopped_clock: StoppedClock) -> Document:
    stopped_clock.now = cast.NOW
    await family.set_up()
    return await family.an_agreement()


async def test_both_aids_are_beside_the_agreement_as_a_page_and_as_a_pdf(app: Litestar, agreement: Document) -> None:
    reader = await logged_in(app, ADMIN, Role.READER, "lecture@exemple.fr")
    page = f"/documents/{agreement.id}"
    kept = await fetch("SELECT count(*) AS number FROM document")
    for shown in (f"/prets/{agreement.loan_id}", page):
        listed = (await reader.get(shown)).text
        assert f'href="{page}/gros-caracteres"' in listed
        assert f'href="{page}/resume"' in listed
    answer = await reader.get(f"{page}/gros-caracteres")
    large = text_of(answer)
    assert f"Gros caractères : aide à la lecture, ne remplace pas le document n° {agreement.number}." in large
    assert "<table" not in answer.text
    assert 'href="gros-caracteres.pdf"' in answer.text
    told = text_of(await reader.get(f"{page}/resume"))
    assert "Résumé en mots simples : une aide, qui ne remplace pas la convention." in told
    assert "Le prêt est gratuit." in told
    for slug in ("gros-caracteres", "resume"):
        pdf = await reader.get(f"{page}/{slug}.pdf")
        assert (pdf.status_code, pdf.headers["content-type"]) == (200, "application/pdf")
        assert pdf.content != await documents.pdf(agreement.id)
        assert pdf.content == (await reader.get(f"{page}/{slug}.pdf")).content
    # Drawn on demand: the record holds no document more.
    assert await fetch("SELECT count(*) AS number FROM document") == kept


async def test_a_summary_of_anything_else_is_refused(agreement: Document) -> None:
    (notice,) = [each for each in await documents.of_loan(agreement.loan_id) if each.kind is DocumentKind.NOTICE]
    with refused(NotFound, "document.no_summary"):
        aid_of(notice, ReadingAid.SUMMARY)


async def test_only_agreements_are_told_in_plain_words(app: Litestar, agreement: Document) -> None:
    reader = await logged_in(app, ADMIN, Role.READER, "lecture@exemple.fr")
    papers = await documents.of_loan(agreement.loan_id)
    notice = next(each for each in papers if each.kind is DocumentKind.NOTICE)
    answer = await reader.get(f"/documents/{notice.id}/resume")
    assert answer.status_code == 404
    assert "Seules les conventions ont un résumé en mots simples." in text_of(answer)
    page = (await reader.get(f"/documents/{notice.id}")).text
    assert f"/documents/{notice.id}/gros-caracteres" in page
    assert f"/documents/{notice.id}/resume" not in page
    assert (await reader.get(f"/documents/{notice.id}/gros-caracteres.pdf")).status_code == 200
