"""The bloc-marque of a service: proposed, looked at, kept; what is issued keeps the one that it bears."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pikepdf
import pytest
from tests.documents.gate import faults
from tests.documents.letterheads import WORDS, drawn_picture, picture_file
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.accounts.roles import Actor, Role
from materiel.errors import BadInput, Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import fetch
from materiel.store.papers import authenticity
from materiel.store.papers import document as documents
from materiel.use_cases.loan.handover_form import handover_form
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.papers.letterhead import (
    ProposeLetterhead,
    drop_letterhead,
    keep_letterhead,
    propose_letterhead,
    read_letterheads,
    read_picture,
    remove_letterhead,
    sample_paper,
)

ADMIN = Actor("tests", Role.ADMIN, cast.SERVICE)
ISSUER = Issuer(actor=ADMIN, now=cast.NOW, base_url=cast.ISSUER.base_url)
SENT = ProposeLetterhead(picture=picture_file(drawn_picture()), alt=WORDS)


@pytest.fixture(autouse=True)
async def _cast(db: None) -> None:
    await cast.set_up()


async def a_kept_letterhead() -> str:
    made = await propose_letterhead(SENT, actor=ADMIN, now=cast.NOW)
    await keep_letterhead(made.sha256, actor=ADMIN, now=cast.NOW)
    await cast.noted()
    return made.sha256


def alternatives(pdf: bytes) -> list[str]:
    """What the figures of a paper say, but its codes."""
    with pikepdf.open(io.BytesIO(pdf)) as file:
        elements = [each for each in file.objects if isinstance(each, pikepdf.Dictionary)]
        said = [str(each.Alt) for each in elements if each.get("/S") == "/Figure"]
        return [each for each in said if not each.startswith("Code QR")]


async def test_new_papers_bear_what_is_kept_and_the_former_ones_never_change() -> None:
    await issue_loan(plain := await cast.a_draft(), issuer=cast.ISSUER)
    sha256 = await a_kept_letterhead()
    await issue_loan(under := await cast.a_draft(items=(cast.BRAILLE,)), issuer=cast.ISSUER)
    first = {each.id: await documents.pdf(each.id) for each in await documents.of_loan(plain)}
    borne = {each.id: await documents.pdf(each.id) for each in await documents.of_loan(under)}
    assert all(alternatives(each) == [WORDS] for each in borne.values())
    assert not any(alternatives(each) for each in first.values())
    assert {each.letterhead for each in await documents.of_loan(under)} == {sha256}
    assert alternatives((await handover_form(under, issuer=cast.ISSUER)).pdf) == [WORDS]

    await remove_letterhead(actor=ADMIN, now=cast.NOW)
    await remove_letterhead(actor=ADMIN, now=cast.NOW)
    assert (await read_letterheads(actor=ADMIN)).kept is None
    assert alternatives((await handover_form(under, issuer=cast.ISSUER)).pdf) == []
    for each, pdf in (first | borne).items():
        assert await documents.pdf(each) == pdf
    assert (await authenticity.verify(cast.SERVICE)).fault is None
    # Kept for the papers that bear it; the picture stands once, at the head of their files.
    assert len(await fetch("SELECT sha256 FROM letterhead")) == 1
    assert len(await fetch("SELECT sha256 FROM document_head")) == 2
    assert not any(b"/Subtype /Image" in row["pdf"] for row in await fetch("SELECT pdf FROM document_file"))


async def test_what_is_proposed_is_seen_on_a_sample_and_borne_by_nothing() -> None:
    with refused(NotFound, "letterhead.not_found"):
        await sample_paper(proposed=True, issuer=ISSUER)
    with refused(NotFound, "letterhead.not_found"):
        await read_picture(proposed=False, actor=ADMIN)
    made = await propose_letterhead(SENT, actor=ADMIN, now=cast.NOW)
    day = datetime(2026, 11, 30, 9, tzinfo=UTC)
    sample = await sample_paper(proposed=True, issuer=Issuer(actor=ADMIN, now=day, base_url=ISSUER.base_url))
    assert faults(sample) == []
    assert alternatives(sample) == [WORDS]
    assert alternatives(await sample_paper(proposed=False, issuer=ISSUER)) == []
    with pikepdf.open(io.BytesIO(sample)) as file:
        assert len(file.pages) == 2
    assert await read_picture(proposed=True, actor=ADMIN) == made.png
    await issue_loan(loan := await cast.a_draft(), issuer=cast.ISSUER)
    assert {each.letterhead for each in await documents.of_loan(loan)} == {None}
    with refused(Conflict, "letterhead.changed"):
        await keep_letterhead("0" * 64, actor=ADMIN, now=cast.NOW)
    await drop_letterhead(actor=ADMIN, now=cast.NOW)
    await drop_letterhead(actor=ADMIN, now=cast.NOW)
    assert await fetch("SELECT sha256 FROM letterhead") == []
    noted = [row["action"] for row in await fetch("SELECT action FROM journal WHERE action LIKE 'service.letter%'")]
    assert noted == ["service.letterhead_proposed", "service.letterhead_dropped"]


async def test_a_picture_without_words_or_of_another_kind_is_refused() -> None:
    with refused(RuleBroken, "letterhead.invalid"):
        await propose_letterhead(ProposeLetterhead(picture=SENT.picture, alt=" "), actor=ADMIN, now=cast.NOW)
    for picture, code in (
        (b"<svg/>", "letterhead.unreadable"),
        (b"0" * 10_000_001, "letterhead.too_large"),
        (picture_file(drawn_picture(200, 100)), "letterhead.too_small"),
    ):
        with refused(BadInput, code):
            await propose_letterhead(ProposeLetterhead(picture=picture, alt=WORDS), actor=ADMIN, now=cast.NOW)
    assert (await read_letterheads(actor=ADMIN)).proposed is None


async def test_only_an_administrator_of_the_service_sees_or_sets_it() -> None:
    with pytest.raises(PermissionDenied):
        await propose_letterhead(SENT, actor=cast.MANAGER, now=cast.NOW)
    sha256 = await a_kept_letterhead()
    for act in (
        read_letterheads(actor=cast.MANAGER),
        keep_letterhead(sha256, actor=cast.MANAGER, now=cast.NOW),
        drop_letterhead(actor=cast.MANAGER, now=cast.NOW),
        remove_letterhead(actor=cast.MANAGER, now=cast.NOW),
        read_picture(proposed=False, actor=cast.MANAGER),
        sample_paper(proposed=False, issuer=cast.ISSUER),
    ):
        with pytest.raises(PermissionDenied):
            await act
    elsewhere = Actor("tests", Role.ADMIN, cast.OTHER_SERVICE)
    assert (await read_letterheads(actor=elsewhere)).kept is None
