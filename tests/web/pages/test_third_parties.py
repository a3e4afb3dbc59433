"""Hostile words typed in every free text, then looked for in all that somebody who is no party reads (domain § 8.1).

RGPD, art. 5 and 9: what a service writes for itself of a disability never reaches a mayor, a head of school,
a public école, a stranger with a label, a subject line, an address or a log.
"""

from __future__ import annotations

import html
import logging
import re
from collections.abc import AsyncIterator
from dataclasses import fields, replace
from pathlib import Path

import httpx
import pytest
from pypdfium2 import PdfDocument
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors import institution_cast as places
from tests.web.conftest import StoppedClock, serving, set_up, settings_for

from materiel.domain.incident.incident import DeclaredAs, IncidentKind
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import TEXTS, Item
from materiel.domain.papers.document import DocumentKind
from materiel.domain.usage import Basis, BasisKind
from materiel.store.accounts import service as services
from materiel.store.engine.database import write_transaction
from materiel.store.item import item as items
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.work import outbox
from materiel.use_cases.incident.incident import RecordIncident, record_incident
from materiel.use_cases.item.label import PrintLabels, make_labels
from materiel.use_cases.links.institution import InviteInstitution
from materiel.use_cases.links.institution_link import invite_institution
from materiel.use_cases.loan.loan import get_loan

HOSTILE = ("handicap", "déficience visuelle", "autiste", "zwxqv")
"""Words that tell of a disability, and a token that nothing else holds, in each free text."""

WORDS = " ".join(HOSTILE)
ITEM_TEXTS = tuple(each.name for each in TEXTS)
BASIS = Basis(kind=BasisKind.CDAPH, reference=WORDS, decided_on=cast.TODAY)


async def type_hostile_words_everywhere() -> None:
    """In every free text of the items, the pupil and what the service keeps for itself; its name is told to all."""
    async with write_transaction():
        for item_id in cast.ITEMS:
            item = await items.get(item_id, cast.SERVICE)
            texts = dict.fromkeys(ITEM_TEXTS, WORDS)
            await items.save(replace(item, accessories=(WORDS,), family=ItemFamily.TABLET, **texts))  # type: ignore[arg-type]
        child = await pupils.get(cast.CHILD, cast.SERVICE)
        people = tuple(replace(each, reference=WORDS, on_behalf_of=WORDS) for each in child.representatives)
        await pupils.save(replace(child, protection_reference=WORDS, representatives=people))
        service = await services.get(cast.SERVICE)
        await services.save(replace(service, retention_reference=WORDS, dpo_contact=WORDS))


@pytest.fixture
async def app(migrated_url: str, tmp_path: Path) -> AsyncIterator[object]:
    clock = StoppedClock(cast.NOW)
    async with serving(set_up(settings_for(migrated_url, tmp_path, cast.ISSUER.base_url), clock)) as served:
        await places.set_up_institutions()
        await type_hostile_words_everywhere()
        yield served


def read_by(text: str) -> str:
    return html.unescape(text).replace("\u00a0", " ").lower()


def hostile_in(text: str) -> list[str]:
    return [word for word in HOSTILE if word in read_by(text)]


def printed(pdf: bytes) -> str:
    document = PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document) + repr(document.get_metadata_dict())


async def enter(app: object, uai: str = "", insee_code: str = "") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    browser = httpx.AsyncClient(transport=transport, base_url=cast.ISSUER.base_url)
    await invite_institution(InviteInstitution(uai=uai, insee_code=insee_code), issuer=cast.ISSUER)
    assert (await browser.get(f"/e/{await places.last_token()}")).status_code == 303
    return browser


async def issued(**asked: object) -> object:
    loan_id = await cast.a_draft(purpose=WORDS, basis=BASIS, **asked)
    await places.issue_loan(loan_id, issuer=cast.ISSUER)
    return loan_id


def test_every_text_of_an_item_is_typed_in() -> None:
    """A new free text of an item joins the hostile ones, or is a number, a date or a choice."""
    known = {*ITEM_TEXTS, "accessories", "missing_accessories", "inventory_number", "public_code"}
    free = {each.name for each in fields(Item) if "str" in str(each.type)}
    assert free - known == set()


@pytest.mark.parametrize("school", [cast.BAULON, cast.COLLEGE, cast.PRIVATE])
async def test_a_notice_its_copy_and_their_pages_hold_no_hostile_word(app: object, school: str) -> None:
    await places.entrust()
    loan_id = await issued(school=school, items=(cast.LAPTOP, cast.SPARE))
    case = await get_loan(loan_id, actor=cast.MANAGER)  # type: ignore[arg-type]
    (notice,) = (each for each in case.documents if each.kind is DocumentKind.NOTICE)
    assert "tablette (2)" in notice.content
    assert hostile_in(notice.content) == []
    assert hostile_in(printed(await documents.pdf(notice.id))) == []
    assert hostile_in("".join(each.name for each in notice.recipients)) == []
    where = {"insee_code": places.BAULON_INSEE} if school == cast.BAULON else {"uai": school}
    browser = await enter(app, **where)
    for path in ("/e", f"/e/documents/{notice.id}", f"/e/documents/{notice.id}/pdf"):
        answer = await browser.get(path)
        assert answer.status_code == 200
        assert hostile_in(answer.text) == []
        assert hostile_in(str(answer.headers)) == []


async def test_an_ecole_reads_no_hostile_word_of_what_it_keeps(app: object) -> None:
    await places.a_tripartite()
    await record_incident(
        RecordIncident(
            item_id=cast.LAPTOP, kind=IncidentKind.BREAKDOWN, description=WORDS, declared_as=DeclaredAs.ACCOUNT
        ),
        actor=cast.MANAGER,
        now=cast.NOW,
    )
    browser = await enter(app, uai=cast.BAULON)
    sheet = f"/e/materiels/{cast.LAPTOP}"
    for path in ("/e", "/e/liste", sheet, f"{sheet}/signaler", "/e/scanner"):
        answer = await browser.get(path)
        assert answer.status_code == 200
        assert hostile_in(answer.text) == [], path
        assert hostile_in(" ".join(re.findall(r'(?:href|action|src)="([^"]*)"', answer.text))) == []
    assert "Tablette" in (await browser.get("/e")).text


async def test_a_label_and_its_page_hold_no_hostile_word(app: object) -> None:
    await places.a_tripartite()
    asked = PrintLabels(item_ids=cast.ITEMS, sheet="a4_3x8")
    pdf = await make_labels(asked, actor=cast.MANAGER, now=cast.NOW, base_url=cast.ISSUER.base_url)
    assert hostile_in(printed(pdf)) == []
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=cast.ISSUER.base_url) as stranger:
        item = await items.get(cast.LAPTOP, cast.SERVICE)
        answer = await stranger.get(f"/q/{item.public_code}")
        assert answer.status_code == 200
        assert hostile_in(answer.text + str(answer.headers)) == []


async def test_no_message_to_a_third_party_no_subject_and_no_log_holds_a_hostile_word(
    app: object, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await places.a_tripartite()
        await issued(school=cast.COLLEGE, items=(cast.SPARE,))
        browser = await enter(app, uai=cast.COLLEGE)
        await browser.get("/e")
        await record_incident(
            RecordIncident(item_id=cast.LAPTOP, kind=IncidentKind.DAMAGE, description=WORDS),
            actor=cast.MANAGER,
            now=cast.NOW,
        )
        service = await services.get(cast.SERVICE)
        for message in await outbox.page(cast.SERVICE, limit=50):
            assert hostile_in(message.subject) == []
            assert hostile_in(f"{message.to_address} {message.message_id} {message.unique_key}") == []
            if message.to_address != service.email:
                assert hostile_in(message.text + message.html) == []
    written = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("materiel"))
    assert hostile_in(written) == []
