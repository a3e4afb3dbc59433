"""Signing for a school or a commune by its link: the code, the evidence, the copy."""

from datetime import timedelta
from uuid import UUID

import pytest
from tests.stage.refusals import refused
from tests.use_cases.loan_cast import CARDROC, COLLEGE, ISSUER, MANAGER, NOW, PRIVATE, SERVICE
from tests.use_cases.visitors.institution_cast import (
    BAULON_INSEE,
    TOWN_HALL,
    a_deposit,
    a_home_loan,
    a_tripartite,
    an_institution,
    last_code,
    last_letter,
    set_up_institutions,
)

from materiel.domain.papers.document import AGREEMENTS, Document, DocumentKind, Party, SignatureChannel, SignatureStatus
from materiel.domain.signing.electronic_signature import Intent, TypedSignature
from materiel.domain.signing.evidence import evidence_digest
from materiel.domain.visitors.institution import checked_signature
from materiel.errors import Conflict, NotFound, RuleBroken
from materiel.store.history import journal
from materiel.store.work import outbox
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.papers.document import get_document
from materiel.use_cases.signing.correction import WithdrawSignature, withdraw_signature
from materiel.use_cases.signing.electronic_signature import (
    SignElectronically,
    ask_code,
    evidence_of,
    sign_electronically,
)

URL = ISSUER.base_url
INTENT = Intent(
    typed_name="Dominique Essai", capacity="principal", shown_at=NOW, consented_at=NOW + timedelta(minutes=2)
)


@pytest.fixture(autouse=True)
async def _cast(db):
    await set_up_institutions()


async def paper_of(loan_id: UUID, *kinds: DocumentKind) -> Document:
    case = await get_loan(loan_id, actor=MANAGER)
    return next(each for each in case.documents if each.kind in kinds)


def signing(document: Document, code: str) -> SignElectronically:
    return SignElectronically(document_id=document.id, intent=INTENT, code=code)


async def test_the_head_of_school_signs_with_the_code_sent_to_the_mailbox():
    agreement = await paper_of(await a_deposit(), *AGREEMENTS)
    college = await an_institution(COLLEGE)
    await ask_code(agreement.id, signer=college, base_url=URL, now=NOW)
    later = NOW + timedelta(minutes=3)
    signed = await sign_electronically(signing(agreement, await last_code()), signer=college, base_url=URL, now=later)
    box = next(each for each in signed.signatures if each.party is Party.HEAD_OF_SCHOOL)
    assert (box.status, box.channel) == (SignatureStatus.SIGNED, SignatureChannel.ELECTRONIC)
    (evidence,) = await evidence_of(agreement.id, actor=MANAGER)
    told = [
        each.details for each in await journal.of_subject(SERVICE, agreement.id) if each.action == "document.signed"
    ]
    assert told[-1]["evidence"] == evidence_digest(evidence)
    (evidence,) = await evidence_of(agreement.id, actor=MANAGER)
    assert (evidence.typed_name, evidence.capacity, evidence.email) == (
        "Dominique Essai",
        "principal",
        college.link.email,
    )
    assert (evidence.sha256, evidence.link_id) == (agreement.sha256, college.link.id)
    assert (evidence.shown_at, evidence.code_sent_at, evidence.code_checked_at) == (NOW, NOW, later)
    copy = (await outbox.page(SERVICE, limit=1))[0]
    assert (copy.to_address, copy.attachment_id) == (college.link.email, agreement.id)
    assert "Dominique Essai, principal" in await last_letter()


async def test_a_signature_given_online_is_never_taken_back_as_a_mistake():
    agreement = await paper_of(await a_deposit(), *AGREEMENTS)
    college = await an_institution(COLLEGE)
    await ask_code(agreement.id, signer=college, base_url=URL, now=NOW)
    signed = await sign_electronically(signing(agreement, await last_code()), signer=college, base_url=URL, now=NOW)
    box = next(each for each in signed.signatures if each.party is Party.HEAD_OF_SCHOOL)
    command = WithdrawSignature(document_id=agreement.id, signatory_id=box.id, reason="Erreur")
    with refused(Conflict, "signature.has_evidence"):
        await withdraw_signature(command, actor=MANAGER, now=NOW)
    assert (await get_document(agreement.id, actor=MANAGER)).signatures == signed.signatures


async def test_the_commune_signs_the_tripartite_agreement_of_its_ecole():
    agreement = await paper_of(await a_tripartite(), DocumentKind.TRIPARTITE_AGREEMENT)
    commune = await an_institution(insee_code=BAULON_INSEE)
    await ask_code(agreement.id, signer=commune, base_url=URL, now=NOW)
    assert (await outbox.page(SERVICE, limit=1))[0].to_address == TOWN_HALL
    signed = await sign_electronically(signing(agreement, await last_code()), signer=commune, base_url=URL, now=NOW)
    statuses = {each.party: each.status for each in signed.signatures}
    assert statuses[Party.MUNICIPALITY] is SignatureStatus.SIGNED
    assert statuses[Party.BORROWER] is SignatureStatus.PENDING


async def test_a_wrong_code_signs_nothing_and_five_end_it():
    agreement = await paper_of(await a_deposit(), *AGREEMENTS)
    college = await an_institution(COLLEGE)
    await ask_code(agreement.id, signer=college, base_url=URL, now=NOW)
    right = await last_code()
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    codes = []
    for _ in range(6):
        with pytest.raises(RuleBroken) as refused:
            await sign_electronically(signing(agreement, wrong), signer=college, base_url=URL, now=NOW)
        codes.append(refused.value.code)
    assert codes == ["code.wrong"] * 4 + ["code.exhausted"] * 2
    with pytest.raises(RuleBroken):
        await sign_electronically(signing(agreement, right), signer=college, base_url=URL, now=NOW)
    assert await evidence_of(agreement.id, actor=MANAGER) == []


async def test_a_code_lasts_ten_minutes():
    agreement = await paper_of(await a_deposit(), *AGREEMENTS)
    college = await an_institution(COLLEGE)
    await ask_code(agreement.id, signer=college, base_url=URL, now=NOW)
    with pytest.raises(RuleBroken) as refused:
        await sign_electronically(
            signing(agreement, await last_code()), signer=college, base_url=URL, now=NOW + timedelta(minutes=10)
        )
    assert refused.value.code == "code.expired"


async def test_the_code_of_one_document_does_not_sign_another():
    loan_id = await a_deposit()
    agreement = await paper_of(loan_id, *AGREEMENTS)
    receipt = await paper_of(loan_id, DocumentKind.HANDOVER_RECEIPT)
    college = await an_institution(COLLEGE)
    await ask_code(agreement.id, signer=college, base_url=URL, now=NOW)
    with pytest.raises(RuleBroken) as refused:
        await sign_electronically(signing(receipt, await last_code()), signer=college, base_url=URL, now=NOW)
    assert refused.value.code == "code.never_sent"


async def test_a_signed_document_is_not_signed_again():
    agreement = await paper_of(await a_deposit(), *AGREEMENTS)
    college = await an_institution(COLLEGE)
    await ask_code(agreement.id, signer=college, base_url=URL, now=NOW)
    await sign_electronically(signing(agreement, await last_code()), signer=college, base_url=URL, now=NOW)
    with pytest.raises(Conflict) as refused:
        await ask_code(agreement.id, signer=college, base_url=URL, now=NOW + timedelta(hours=1))
    assert refused.value.code == "signature.already_signed"


async def test_no_code_leaves_for_a_document_of_another_school_nor_for_a_notice():
    elsewhere = await paper_of(await a_deposit(CARDROC), *AGREEMENTS)
    notice = await paper_of(await a_home_loan(), DocumentKind.NOTICE)
    college, private = await an_institution(COLLEGE), await an_institution(PRIVATE)
    sent = len(await outbox.page(SERVICE, limit=50))
    for document, who in ((elsewhere, college), (notice, college), (notice, private)):
        with pytest.raises(NotFound):
            await ask_code(document.id, signer=who, base_url=URL, now=NOW)
    assert len(await outbox.page(SERVICE, limit=50)) == sent


async def typed_faults(name: str, *, stands_in: bool = False, **changes: object) -> list[str]:
    box = next(
        each
        for each in (await paper_of(await a_tripartite(), DocumentKind.TRIPARTITE_AGREEMENT)).signatures
        if each.party is Party.MUNICIPALITY
    )
    assert box.name == "Andrea Personnage"
    values = {"capacity": "maire", "consents": True, **changes}
    typed = TypedSignature(name=name, stands_in=stands_in, **values)  # type: ignore[arg-type]
    try:
        checked_signature(box, typed, shown_at=NOW, now=NOW)
    except RuleBroken as refused:
        return [each.pointer for each in refused.errors]
    return []


@pytest.mark.parametrize(
    ("typed", "faults"),
    [
        ({"name": "PERSONNAGE andrea"}, []),
        ({"name": "Une Autre"}, ["/name"]),
        ({"name": "Une Autre", "stands_in": True, "capacity": "adjointe, par délégation"}, []),
        ({"name": "", "capacity": " ", "consents": False}, ["/name", "/capacity", "/consent"]),
    ],
    ids=["the person named", "somebody else", "a deputy", "nothing"],
)
async def test_whoever_signs_is_the_person_named_or_says_to_stand_in(typed, faults):
    assert await typed_faults(**typed) == faults
