"""Links of institutions: whom they let in, for how long, and what each institution sees."""

from datetime import timedelta
from uuid import UUID

import pytest
from tests.use_cases.loan_cast import (
    BAULON,
    BRAILLE,
    CARDROC,
    COLLEGE,
    ISSUER,
    KEYBOARD,
    LAPTOP,
    MANAGER,
    NOW,
    OTHER_SERVICE,
    PRIVATE,
    READER,
    SERVICE,
    STRANGER,
)
from tests.use_cases.visitors.institution_cast import (
    BAULON_INSEE,
    TOWN_HALL,
    a_deposit,
    a_home_loan,
    a_tripartite,
    an_institution,
    last_letter,
    last_token,
    lose_the_mailbox,
    set_up_institutions,
)

from materiel.domain.papers.document import DocumentKind, Party
from materiel.errors import NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import write_transaction
from materiel.store.papers import document as documents
from materiel.store.work import outbox
from materiel.use_cases.links.access_link import enter_by, revoke_link
from materiel.use_cases.links.deposit import (
    acknowledge,
    find_held,
    held_by,
    held_item,
    institution_document,
    institution_home,
    institution_pdf,
)
from materiel.use_cases.links.institution import InviteInstitution, institution_of_link, links_of_institution
from materiel.use_cases.links.institution_link import invite_institution, open_institution_link
from materiel.use_cases.links.link_request import request_link
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.loan.moves import ChangeSchool, change_school
from materiel.use_cases.papers.issuer import Issuer

URL = ISSUER.base_url


@pytest.fixture(autouse=True)
async def _cast(db):
    await set_up_institutions()


async def document_of(loan_id: UUID, kind: DocumentKind):
    case = await get_loan(loan_id, actor=MANAGER)
    return next(each for each in case.documents if each.kind is kind)


async def test_a_link_goes_to_the_mailbox_on_file_and_lets_in_for_thirteen_months():
    invited = await invite_institution(InviteInstitution(uai=COLLEGE), issuer=ISSUER)
    token = await last_token()
    assert invited.link.email == "ce.0352958A@ac-rennes.fr"
    assert (await outbox.page(SERVICE, limit=1))[0].to_address == invited.link.email
    entered = await open_institution_link(token, now=NOW + timedelta(days=395))
    assert entered is not None
    assert entered.name == "Collège Françoise Elie"
    assert await open_institution_link(token, now=NOW + timedelta(days=396)) is None


async def test_the_commune_is_written_to_at_its_own_mailbox_and_answers_for_its_public_ecoles():
    commune = await an_institution(insee_code=BAULON_INSEE)
    assert commune.link.email == TOWN_HALL
    assert (commune.party, commune.name) == (Party.MUNICIPALITY, "Commune de Baulon")
    assert [school.uai for school in commune.schools] == [BAULON]


async def test_a_school_without_a_mailbox_cannot_be_invited():
    with pytest.raises(RuleBroken) as refused:
        await invite_institution(InviteInstitution(insee_code="35050"), issuer=ISSUER)
    assert refused.value.code == "institution.no_mailbox"
    assert await outbox.page(SERVICE, limit=1) == []


async def test_only_who_may_write_sends_a_link():
    with pytest.raises(PermissionDenied):
        await invite_institution(
            InviteInstitution(uai=COLLEGE), issuer=Issuer(actor=READER, now=NOW, base_url=ISSUER.base_url)
        )


async def test_a_new_link_replaces_the_former_one_once_used_and_a_second_click_sends_nothing():
    await invite_institution(InviteInstitution(uai=COLLEGE), issuer=ISSUER)
    former = await last_token()
    with pytest.raises(RuleBroken) as refused:
        await invite_institution(InviteInstitution(uai=COLLEGE), issuer=ISSUER)
    assert refused.value.code == "institution.just_invited"
    later = Issuer(actor=MANAGER, now=NOW + timedelta(hours=2), base_url=URL)
    await invite_institution(InviteInstitution(uai=COLLEGE), issuer=later)
    assert await open_institution_link(former, now=later.now) is not None
    new = await open_institution_link(await last_token(), now=later.now)
    assert new is not None
    async with write_transaction():
        await enter_by(new.link.id, later.now)
    assert await open_institution_link(former, now=later.now) is None


async def test_a_revoked_link_lets_nobody_in_nor_its_open_sessions():
    college = await an_institution(COLLEGE)
    token = await last_token()
    await revoke_link(college.link.id, actor=MANAGER, now=NOW)
    assert await open_institution_link(token, now=NOW) is None
    with pytest.raises(NotFound) as closed:
        await institution_of_link(college.link.id, now=NOW)
    assert closed.value.code == "access_link.closed"


async def test_a_link_closes_when_the_mailbox_on_file_is_another_one():
    college = await an_institution(COLLEGE)
    token = await last_token()
    await lose_the_mailbox(COLLEGE)
    assert await open_institution_link(token, now=NOW) is None
    with pytest.raises(NotFound):
        await institution_of_link(college.link.id, now=NOW)


async def test_a_new_link_asked_for_goes_to_the_mailbox_on_file_once_an_hour():
    await an_institution(COLLEGE)
    token = await last_token()
    await request_link(token, base_url=URL, now=NOW + timedelta(minutes=59))
    assert len(await outbox.page(SERVICE, limit=9)) == 1
    await lose_the_mailbox(COLLEGE)
    late = NOW + timedelta(days=400)
    await request_link(token, base_url=URL, now=late)
    await request_link(token, base_url=URL, now=late)
    sent = await outbox.page(SERVICE, limit=9)
    assert [each.to_address for each in sent] == ["nouvelle.adresse@example.fr", "ce.0352958A@ac-rennes.fr"]
    assert await open_institution_link(await last_token(), now=late) is not None


async def test_nothing_is_sent_for_an_unknown_token_nor_after_the_service_closed_the_link():
    await request_link("x" * 32, base_url=URL, now=NOW)
    college = await an_institution(COLLEGE)
    token = await last_token()
    await revoke_link(college.link.id, actor=MANAGER, now=NOW)
    await request_link(token, base_url=URL, now=NOW + timedelta(days=2))
    assert len(await outbox.page(SERVICE, limit=9)) == 1


async def test_another_service_sees_no_link_of_ours_and_its_own_link_shows_nothing_of_ours():
    await a_deposit()
    await an_institution(COLLEGE)
    assert await links_of_institution(InviteInstitution(uai=COLLEGE), actor=STRANGER) == []
    theirs = await invite_institution(
        InviteInstitution(uai=COLLEGE), issuer=Issuer(actor=STRANGER, now=NOW, base_url=URL)
    )
    assert theirs.link.service_id == OTHER_SERVICE
    assert await held_by(await institution_of_link(theirs.link.id, now=NOW)) == []
    # A link of one service does not close the link of another.
    assert [link.revoked_at for link in await links_of_institution(InviteInstitution(uai=COLLEGE), actor=MANAGER)] == [
        None
    ]


async def test_a_college_sees_what_it_keeps_and_the_papers_it_signs():
    loan_id = await a_deposit()
    home = await institution_home(await an_institution(COLLEGE))
    agreement = await document_of(loan_id, DocumentKind.DEPOSIT_AGREEMENT)
    assert [(each.item.id, each.agreement_number) for each in home.held] == [
        (BRAILLE, agreement.number),
        (KEYBOARD, agreement.number),
    ]
    assert [paper.document.kind for paper in home.to_sign] == [
        DocumentKind.DEPOSIT_AGREEMENT,
        DocumentKind.HANDOVER_RECEIPT,
    ]
    assert (home.to_acknowledge, home.signed, home.read) == ((), (), ())


async def test_what_is_prepared_but_not_handed_over_is_not_there_yet():
    await a_home_loan()
    assert await held_by(await an_institution(COLLEGE)) == []


async def test_the_commune_signs_for_an_ecole_which_sees_the_items_and_no_paper():
    loan_id = await a_tripartite()
    commune, ecole = await an_institution(insee_code=BAULON_INSEE), await an_institution(BAULON)
    tripartite = await document_of(loan_id, DocumentKind.TRIPARTITE_AGREEMENT)
    assert [each.item.id for each in await held_by(commune)] == [LAPTOP]
    assert [each.item.id for each in await held_by(ecole)] == [LAPTOP]
    assert tripartite.id in {paper.document.id for paper in (await institution_home(commune)).to_sign}
    assert (await institution_home(ecole)).to_sign == ()
    with pytest.raises(NotFound):
        await institution_document(tripartite.id, ecole)


@pytest.mark.parametrize("read", [institution_document, institution_pdf])
async def test_the_document_of_another_school_does_not_exist(read):
    agreement = await document_of(await a_deposit(), DocumentKind.DEPOSIT_AGREEMENT)
    assert await read(agreement.id, await an_institution(COLLEGE))
    for other in (await an_institution(PRIVATE), await an_institution(insee_code=BAULON_INSEE)):
        with pytest.raises(NotFound) as refused:
            await read(agreement.id, other)
        assert refused.value.code == "document.not_found"


async def test_the_loan_agreement_of_a_family_does_not_exist_for_its_school():
    loan_id = await a_home_loan()
    agreement = await document_of(loan_id, DocumentKind.LOAN_AGREEMENT)
    with pytest.raises(NotFound):
        await institution_document(agreement.id, await an_institution(COLLEGE))


async def test_an_item_kept_elsewhere_does_not_exist():
    await a_deposit(CARDROC)
    college = await an_institution(COLLEGE)
    with pytest.raises(NotFound):
        await held_item(BRAILLE, college)


async def test_the_new_school_of_a_pupil_does_not_see_the_papers_of_the_former_one():
    loan_id = await a_tripartite()
    old = await document_of(loan_id, DocumentKind.TRIPARTITE_AGREEMENT)
    await change_school(ChangeSchool(loan_id=loan_id, school=COLLEGE, effective_on=ISSUER.today), issuer=ISSUER)
    commune, college = await an_institution(insee_code=BAULON_INSEE), await an_institution(COLLEGE)
    case = await get_loan(loan_id, actor=MANAGER)
    receipt = next(each for each in case.documents if each.kind is DocumentKind.RETURN_RECEIPT)
    new = [each for each in case.documents if each.kind is DocumentKind.TRIPARTITE_AGREEMENT][-1]
    assert {paper.document.id for paper in (await institution_home(college)).to_sign} == {new.id}
    assert receipt.id in {paper.document.id for paper in (await institution_home(commune)).to_sign}
    for document_id, stranger in ((old.id, college), (receipt.id, college), (new.id, commune)):
        with pytest.raises(NotFound):
            await institution_document(document_id, stranger)


async def test_a_notice_is_read_by_whom_it_informs_and_acknowledged_once():
    notice = await document_of(await a_home_loan(BAULON), DocumentKind.NOTICE)
    commune = await an_institution(insee_code=BAULON_INSEE)
    home = await institution_home(commune)
    assert [paper.document.id for paper in home.to_acknowledge] == [notice.id]
    await acknowledge(notice.id, institution=commune, now=NOW + timedelta(days=1))
    await acknowledge(notice.id, institution=commune, now=NOW + timedelta(days=2))
    (recipient,) = (await documents.get(notice.id, SERVICE)).recipients
    assert recipient.acknowledged_at == NOW + timedelta(days=1)
    home = await institution_home(commune)
    assert (home.to_acknowledge, [paper.document.id for paper in home.read]) == ((), [notice.id])


async def test_the_notice_of_another_school_cannot_be_acknowledged():
    notice = await document_of(await a_home_loan(), DocumentKind.NOTICE)
    for other in (await an_institution(BAULON), await an_institution(insee_code=BAULON_INSEE)):
        with pytest.raises(NotFound):
            await acknowledge(notice.id, institution=other, now=NOW)
    assert (await documents.get(notice.id, SERVICE)).recipients[0].acknowledged_at is None


async def test_an_agreement_is_not_acknowledged_it_is_signed():
    agreement = await document_of(await a_deposit(), DocumentKind.DEPOSIT_AGREEMENT)
    with pytest.raises(NotFound):
        await acknowledge(agreement.id, institution=await an_institution(COLLEGE), now=NOW)


@pytest.mark.parametrize(
    "typed",
    ["35-2026-00002", " 35-2026-00002\n", "https://pret.example.fr/q/abcdefghjkm02", "ABCDEFGHJKM02", '"()éàé-)ààààé'],
    ids=["number", "blanks", "label", "code", "reader set for another keyboard"],
)
async def test_a_kept_item_is_found_by_what_is_scanned_or_typed(typed):
    await a_deposit()
    found = find_held(typed, await held_by(await an_institution(COLLEGE)))
    assert found is not None
    assert found.item.id == BRAILLE


async def test_no_message_names_a_pupil_or_an_address():
    await a_tripartite()
    await a_home_loan(COLLEGE, (BRAILLE,))
    for where in ({"uai": COLLEGE}, {"insee_code": BAULON_INSEE}):
        await an_institution(**where)
        letter = await last_letter()
        assert "Zoé" not in letter
        assert "Lilas" not in letter
