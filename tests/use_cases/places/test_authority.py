"""Écoles that another body than the commune runs: the mayor and that body each have a mailbox, a link and their papers.

Source: domain § 6.2, E35.
"""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from tests.stage.refusals import refused
from tests.use_cases.loan_cast import BAULON, BRAILLE, COLLEGE, ISSUER, KEYBOARD, LAPTOP, MANAGER, NOW, RENTED, SERVICE
from tests.use_cases.visitors.institution_cast import (
    BAULON_INSEE,
    SIVOS,
    TOWN_HALL,
    a_deposit,
    a_home_loan,
    a_tripartite,
    an_institution,
    entrust,
    last_code,
    last_letter,
    last_token,
    set_up_institutions,
)

from materiel.domain.papers.document import Document, DocumentKind, Party
from materiel.domain.places.municipality import AuthorityKind
from materiel.domain.signing.electronic_signature import Intent
from materiel.domain.work.outbox import Purpose
from materiel.errors import NotFound, RuleBroken
from materiel.store.papers import document as documents
from materiel.store.work import outbox
from materiel.use_cases.links.access_link import revoke_link
from materiel.use_cases.links.deposit import acknowledge, held_item, institution_document, institution_home
from materiel.use_cases.links.institution import InviteInstitution, institution_of_link, institution_sheet
from materiel.use_cases.links.institution_link import invite_institution, open_institution_link
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.electronic_signature import (
    SignElectronically,
    ask_code,
    evidence_of,
    sign_electronically,
)
from materiel.use_cases.signing.reminder import remind_signatures
from materiel.use_cases.signing.request import SendForSignature, send_for_signature

URL = ISSUER.base_url
MAYOR = InviteInstitution(insee_code=BAULON_INSEE)
BODY = InviteInstitution(insee_code=BAULON_INSEE, of_authority=True)


@pytest.fixture(autouse=True)
async def _cast(db):
    await set_up_institutions()


async def both():
    """The mayor and the syndicate, each behind the link of its own mailbox."""
    return await an_institution(insee_code=BAULON_INSEE), await the_body()


async def the_body():
    invited = await invite_institution(BODY, issuer=ISSUER)
    return await institution_of_link(invited.link.id, now=NOW)


async def paper_of(loan_id: UUID, kind: DocumentKind) -> Document:
    case = await get_loan(loan_id, actor=MANAGER)
    return next(each for each in case.documents if each.kind is kind)


def later(**by: int) -> Issuer:
    return replace(ISSUER, now=NOW + timedelta(**by))


async def letters(purpose: Purpose) -> list[str]:
    """To whom messages left, oldest first."""
    page = await outbox.page(SERVICE, limit=100)
    return [each.to_address for each in reversed(page) if each.purpose is purpose]


async def test_the_competent_body_keeps_and_signs_and_the_mayor_is_told():
    await entrust()
    deposit, tripartite = await a_deposit(BAULON), await a_tripartite(items=(LAPTOP,))
    notice = await paper_of(await a_home_loan(BAULON, (RENTED,)), DocumentKind.NOTICE)
    mayor, body = await both()
    assert (mayor.link.email, body.link.email) == (TOWN_HALL, SIVOS)
    seen = await institution_home(body)
    assert {each.item.id for each in seen.held} == {BRAILLE, KEYBOARD, LAPTOP}
    agreements = [
        (await paper_of(deposit, DocumentKind.DEPOSIT_AGREEMENT)).id,
        (await paper_of(tripartite, DocumentKind.TRIPARTITE_AGREEMENT)).id,
    ]
    assert set(agreements) <= {paper.document.id for paper in seen.to_sign}
    assert [(paper.document.id, paper.recipient.party) for paper in seen.to_acknowledge] == [
        (notice.id, Party.MUNICIPALITY)
    ]
    told = await institution_home(mayor)
    assert (told.held, told.to_sign, told.signed) == ((), (), ())
    assert [(paper.document.id, paper.recipient.party) for paper in told.to_acknowledge] == [(notice.id, Party.MAYOR)]


async def test_neither_sees_what_is_the_others():
    await entrust()
    tripartite = await paper_of(await a_tripartite(), DocumentKind.TRIPARTITE_AGREEMENT)
    mayor, body = await both()
    with refused(NotFound, "document.not_found"):
        await institution_document(tripartite.id, mayor)
    with refused(NotFound, "document.not_found"):
        await ask_code(tripartite.id, signer=mayor, base_url=URL, now=NOW)
    with refused(NotFound, "item.not_found"):
        await held_item(LAPTOP, mayor)
    assert await held_item(LAPTOP, body)
    # A notice without a copy, issued while the commune ran its écoles, is the mayor's alone.
    await entrust(kind=AuthorityKind.COMMUNE)
    notice = await paper_of(await a_home_loan(BAULON, (RENTED,)), DocumentKind.NOTICE)
    await entrust()
    body = await institution_of_link(body.link.id, now=NOW)
    with refused(NotFound, "document.not_found"):
        await institution_document(notice.id, body)
    assert await institution_document(notice.id, mayor)


async def test_each_says_for_itself_to_have_read_a_notice():
    await entrust()
    notice = await paper_of(await a_home_loan(BAULON), DocumentKind.NOTICE)
    _, body = await both()
    await acknowledge(notice.id, institution=body, now=NOW)
    read = {each.party: each.acknowledged_at for each in (await documents.get(notice.id, SERVICE)).recipients}
    assert read == {Party.MAYOR: None, Party.MUNICIPALITY: NOW}
    # What was read has been received, whether or not a server has said so; the mayor's message has still to leave.
    sent = {each.party: each.sent_at for each in (await documents.get(notice.id, SERVICE)).recipients}
    assert sent == {Party.MAYOR: None, Party.MUNICIPALITY: NOW}


async def test_a_notice_leaves_for_whom_it_was_written_to_alone():
    await entrust()
    notice = await paper_of(await a_home_loan(BAULON), DocumentKind.NOTICE)
    await the_body()
    carried = {each.party: each.message_id for each in (await documents.get(notice.id, SERVICE)).recipients}
    assert carried == {Party.MAYOR: None, Party.MUNICIPALITY: (await outbox.page(SERVICE, limit=1))[0].id}
    assert "pour les écoles publiques de Baulon" in (await last_letter()).replace("\u00a0", " ")


async def test_the_evidence_and_the_copy_name_the_mailbox_of_the_body():
    await entrust()
    tripartite = await paper_of(await a_tripartite(), DocumentKind.TRIPARTITE_AGREEMENT)
    body = await the_body()
    await ask_code(tripartite.id, signer=body, base_url=URL, now=NOW)
    intent = Intent(typed_name="Camille Essai", capacity="présidente", shown_at=NOW, consented_at=NOW)
    command = SignElectronically(document_id=tripartite.id, intent=intent, code=await last_code())
    await sign_electronically(command, signer=body, base_url=URL, now=NOW)
    (evidence,) = await evidence_of(tripartite.id, actor=MANAGER)
    assert (evidence.email, evidence.link_id, evidence.capacity) == (SIVOS, body.link.id, "présidente")
    assert await letters(Purpose.SIGNATURE_COPY) == [SIVOS]
    assert "pour : SIVOS du Canut" in (await last_letter()).replace("\u00a0", " ")


async def test_a_body_without_a_mailbox_is_refused_with_where_to_type_it():
    await entrust(email="")
    with pytest.raises(RuleBroken) as told:
        await invite_institution(BODY, issuer=ISSUER)
    assert told.value.code == "institution.no_mailbox"
    assert "SIVOS du Canut n'a pas d'adresse électronique" in told.value.message
    assert "la fiche de la commune de Baulon" in told.value.message


async def test_a_commune_that_runs_its_ecoles_has_no_other_body():
    with pytest.raises(NotFound) as told:
        await invite_institution(BODY, issuer=ISSUER)
    assert told.value.code == "institution.no_authority"
    assert "gère elle-même ses écoles" in told.value.message
    with refused(NotFound, "institution.no_authority"):
        await institution_sheet(BODY, actor=MANAGER)


async def test_a_link_of_the_mayor_neither_closes_nor_opens_that_of_the_body():
    await entrust()
    invited = await invite_institution(BODY, issuer=ISSUER)
    token = await last_token()
    await an_institution(insee_code=BAULON_INSEE)
    opened = await open_institution_link(token, now=NOW)
    assert opened is not None
    assert (opened.link.id, opened.name) == (invited.link.id, "SIVOS du Canut")
    assert [link.email for link in (await institution_sheet(BODY, actor=MANAGER)).links] == [SIVOS]
    assert [link.email for link in (await institution_sheet(MAYOR, actor=MANAGER)).links] == [TOWN_HALL]


async def test_the_link_of_the_body_closes_with_its_competence():
    await entrust()
    body = await the_body()
    token = await last_token()
    await entrust(kind=AuthorityKind.COMMUNE)
    assert await open_institution_link(token, now=NOW) is None
    with refused(NotFound, "access_link.closed"):
        await institution_of_link(body.link.id, now=NOW)


async def test_the_commune_that_runs_its_ecoles_sees_everything_as_before():
    tripartite = await paper_of(await a_tripartite(), DocumentKind.TRIPARTITE_AGREEMENT)
    notice = await paper_of(await a_home_loan(BAULON, (RENTED,)), DocumentKind.NOTICE)
    commune = await an_institution(insee_code=BAULON_INSEE)
    home = await institution_home(commune)
    assert [each.item.id for each in home.held] == [LAPTOP]
    assert tripartite.id in {paper.document.id for paper in home.to_sign}
    assert [paper.document.id for paper in home.to_acknowledge] == [notice.id]


async def test_the_body_that_takes_over_signs_what_still_awaited_the_commune():
    tripartite = await paper_of(await a_tripartite(), DocumentKind.TRIPARTITE_AGREEMENT)
    await entrust()
    mayor, body = await both()
    assert tripartite.id in {paper.document.id for paper in (await institution_home(body)).to_sign}
    assert (await institution_home(mayor)).to_sign == ()


async def send(document: Document, issuer: Issuer = ISSUER):
    sent = await send_for_signature(SendForSignature(document_id=document.id), issuer=issuer)
    return sent.written_to, sent.to_print


@pytest.mark.parametrize(("authority", "address"), [(False, TOWN_HALL), (True, SIVOS)], ids=["commune", "syndicate"])
async def test_a_deposit_is_sent_for_signature_to_the_competent_mailbox(authority: bool, address: str):
    if authority:
        await entrust()
    deposit = await paper_of(await a_deposit(BAULON), DocumentKind.DEPOSIT_AGREEMENT)
    written, to_print = await send(deposit)
    assert (len(written), to_print) == (1, ())
    assert await letters(Purpose.INSTITUTION) == [address]
    # A second click sends nothing more.
    await send(deposit)
    assert await letters(Purpose.INSTITUTION) == [address]


async def test_a_deposit_whose_body_has_no_mailbox_is_to_be_printed():
    await entrust(email="")
    deposit = await paper_of(await a_deposit(BAULON), DocumentKind.DEPOSIT_AGREEMENT)
    written, to_print = await send(deposit)
    assert (written, to_print) == ((), ("Le président – SIVOS du Canut",))
    assert await outbox.page(SERVICE, limit=9) == []


async def test_the_head_of_a_school_is_sent_what_only_he_has_to_sign():
    deposit = await paper_of(await a_deposit(COLLEGE), DocumentKind.DEPOSIT_AGREEMENT)
    assert await send(deposit) == (("Collège Françoise Elie",), ())


async def test_reminders_go_to_the_competent_mailbox_once_a_week_and_stop():
    await entrust()
    deposit = await paper_of(await a_deposit(BAULON), DocumentKind.DEPOSIT_AGREEMENT)
    await send(deposit)
    assert (await remind_signatures(issuer=later(days=6))).reminded == 0
    foreseen = await remind_signatures(issuer=later(days=7), dry_run=True)
    assert foreseen.reminded == 1
    assert deposit.number in foreseen.documents
    assert await letters(Purpose.SIGNATURE_REMINDER) == []
    for week in range(1, 9):
        await remind_signatures(issuer=later(days=7 * week))
    assert await letters(Purpose.SIGNATURE_REMINDER) == [SIVOS] * 5
    assert (await outbox.page(SERVICE, limit=1))[0].subject.endswith("rappel\u00a0: une signature est attendue")


async def test_nobody_is_reminded_of_what_was_never_asked_nor_behind_a_closed_link():
    await entrust()
    await a_deposit(BAULON)
    assert (await remind_signatures(issuer=later(days=30))).reminded == 0
    body_link = (await the_body()).link
    await revoke_link(body_link.id, actor=MANAGER, now=NOW)
    assert (await remind_signatures(issuer=later(days=30))).reminded == 0
    await an_institution(insee_code=BAULON_INSEE)
    # The mayor has nothing to sign.
    assert (await remind_signatures(issuer=later(days=30))).reminded == 0
