"""A State that signs first: nobody else is asked, nor signs online, before it; by default, nothing changes."""

from __future__ import annotations

import pytest
from tests.stage import family_cast as family
from tests.stage.family_cast import LISE
from tests.stage.refusals import refused
from tests.stage.signatory_cast import a_signatory, set_order, sign
from tests.use_cases import loan_cast as cast
from tests.use_cases.loan_cast import ISSUER, NOW, SERVICE
from tests.use_cases.visitors.institution_cast import COLLEGE, a_deposit, an_institution

from materiel.domain.accounts.service import StateSigns
from materiel.domain.desk.dashboard import Concern
from materiel.domain.papers.document import AGREEMENTS, Party, SignatureStatus
from materiel.domain.work.outbox import Purpose
from materiel.errors import RuleBroken
from materiel.store.links import access_link as links
from materiel.store.papers import document as documents
from materiel.use_cases.desk.dashboard import tallies
from materiel.use_cases.links.access_link import person_of_link
from materiel.use_cases.links.deposit import institution_home
from materiel.use_cases.signing.electronic_signature import ask_code
from materiel.use_cases.signing.request import SendForSignature, send_for_signature
from materiel.use_cases.visitors.family import family_document, family_home


@pytest.fixture(autouse=True)
async def _cast(db):
    await family.set_up()


async def awaited_of_others() -> int:
    found = await tallies(actor=cast.MANAGER, now=NOW)
    return next(each.count for each in found if each.concern is Concern.SIGNATURE)


async def test_no_request_leaves_before_the_state_that_signs_first():
    agreement = await family.an_agreement()
    assert await awaited_of_others() == 1
    await set_order(StateSigns.FIRST)
    with refused(RuleBroken, "signature.state_first"):
        await send_for_signature(SendForSignature(document_id=agreement.id), issuer=ISSUER)
    assert await family.messages(Purpose.SIGNATURE_REQUEST) == []
    assert await awaited_of_others() == 0
    await sign(await a_signatory(), agreement)
    assert LISE in await family.send(agreement)
    assert await awaited_of_others() == 1


async def test_a_family_reads_and_is_not_offered_to_sign_before_the_state():
    agreement = await family.an_agreement()
    await family.send(agreement)
    await set_order(StateSigns.FIRST)
    lise = await person_of_link({each.email: each.id for each in await links.of_pupil(cast.TWO_HOMES)}[LISE], now=NOW)
    assert (await family_home(lise)).to_sign == ()
    paper = (await family_document(agreement.id, lise)).paper
    assert (paper.to_sign, paper.waits_for_state) == (False, True)
    with refused(RuleBroken, "signature.state_first"):
        await ask_code(agreement.id, signer=lise, base_url=ISSUER.base_url, now=NOW)
    await sign(await a_signatory(), agreement)
    assert [each.document.id for each in (await family_home(lise)).to_sign] == [agreement.id]
    await ask_code(agreement.id, signer=lise, base_url=ISSUER.base_url, now=NOW)


async def test_an_institution_reads_and_is_not_offered_to_sign_before_the_state():
    loan_id = await a_deposit()
    agreement = next(each for each in await documents.of_loan(loan_id) if each.kind in AGREEMENTS)
    await set_order(StateSigns.FIRST)
    college = await an_institution(COLLEGE)
    home = await institution_home(college)
    assert agreement.id in {each.document.id for each in home.to_come}
    assert agreement.id not in {each.document.id for each in (*home.to_sign, *home.signed)}
    with refused(RuleBroken, "signature.state_first"):
        await ask_code(agreement.id, signer=college, base_url=ISSUER.base_url, now=NOW)
    # A receipt states a past fact: it is signed by those who are there, in no order.
    receipts = {each.id for each in await documents.of_loan(loan_id) if each.kind not in AGREEMENTS}
    assert receipts & {each.document.id for each in home.to_sign}
    await sign(await a_signatory(), agreement)
    assert agreement.id in {each.document.id for each in (await institution_home(college)).to_sign}


@pytest.mark.parametrize("order", [StateSigns.ANY, StateSigns.LAST])
async def test_the_others_wait_for_nobody_unless_the_state_signs_first(order):
    agreement = await family.an_agreement()
    await set_order(order)
    assert LISE in await family.send(agreement)
    if order is StateSigns.ANY:
        await sign(await a_signatory(), agreement)
        boxes = (await documents.get(agreement.id, SERVICE)).signatures
        assert {box.status for box in boxes if box.party is Party.MANAGING_SERVICE} == {SignatureStatus.SIGNED}
