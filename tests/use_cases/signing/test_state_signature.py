"""The State signs online and in number: one code of the phone, every paper or none, an evidence for each."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.stage import family_cast as family
from tests.stage.refusals import refused
from tests.stage.signatory_cast import DELEGATION, NAME, TITLE, Signatory, a_signatory, copies_of, set_order, sign
from tests.use_cases import loan_cast as cast
from tests.use_cases.accounts.account_cast import SECRET_KEY, VISIT
from tests.use_cases.loan_cast import NOW, SERVICE

from materiel.documents.proof.record_json import record_from_json
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.service import StateSigns
from materiel.domain.papers.document import Document, Party, SignatureChannel, SignatureStatus
from materiel.domain.signing.evidence import Means, evidence_digest
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken, TooManyRequests
from materiel.store.engine.database import fetch, is_postgres
from materiel.store.history import journal
from materiel.store.papers import document as documents
from materiel.store.signing import electronic_signature as evidences
from materiel.store.signing import signed_copy as copies
from materiel.use_cases.accounts.user import disable_user
from materiel.use_cases.accounts.user_rights import change_role
from materiel.use_cases.history.journal import verify_history
from materiel.use_cases.papers.document import get_document
from materiel.use_cases.signing.recording import RecordSignature, record_signature
from materiel.use_cases.signing.state_signature import SignForState, sign_for_state


@pytest.fixture(autouse=True)
async def _cast(db):
    await family.set_up()


async def two_papers() -> tuple[Document, Document]:
    return (
        await family.an_agreement(cast.TWO_HOMES, cast.LAPTOP),
        await family.an_agreement(cast.CHILD, cast.BRAILLE),
    )


async def state_of(document: Document) -> SignatureStatus:
    boxes = (await documents.get(document.id, SERVICE)).signatures
    return next(box.status for box in boxes if box.party is Party.MANAGING_SERVICE)


async def test_papers_are_signed_by_one_act_with_an_evidence_each():
    who, papers = await a_signatory(until=date(2027, 8, 31)), await two_papers()
    signed = await sign(who, *papers)
    assert {each.id for each in signed.documents} == {each.id for each in papers}
    for paper in papers:
        (proof,) = await evidences.of_document(paper.id)
        assert (proof.means, proof.account_id, proof.lot_id) == (Means.SECOND_FACTOR, who.user.id, signed.lot_id)
        assert (proof.typed_name, proof.sha256, proof.link_id) == (NAME, paper.sha256, None)
        assert proof.capacity == f"{TITLE}, {DELEGATION}, jusqu'au 31 août 2027"
        boxes = (await documents.get(paper.id, SERVICE)).signatures
        box = next(each for each in boxes if each.id == proof.signature_id)
        assert (box.party, box.channel) == (Party.MANAGING_SERVICE, SignatureChannel.ELECTRONIC)
        entry = next(each for each in await journal.of_subject(SERVICE, paper.id) if each.action == "document.signed")
        assert entry.details["evidence"] == evidence_digest(proof)


async def test_each_signed_copy_tells_the_act_the_quality_and_how_many_papers():
    who, papers = await a_signatory(), await two_papers()
    await sign(who, *papers)
    for paper in papers:
        copy = await copies.latest(paper.id)
        assert copy is not None
        (box,) = record_from_json(copy.record).signed
        assert box.evidence is not None
        assert (box.evidence.before, box.evidence.lot_papers) == (NAME, 2)
        assert box.evidence.capacity == f"{TITLE}, {DELEGATION}"


async def test_verify_recomputes_the_evidence_and_names_the_paper_of_one_that_was_altered():
    who, (first, second) = await a_signatory(), await two_papers()
    await sign(who, first, second)
    assert (await verify_history()).fault is None
    open_it = "ALTER TABLE signature_evidence DISABLE TRIGGER ALL"
    await fetch(open_it if is_postgres() else "DROP TRIGGER signature_evidence_frozen")
    await fetch(f"UPDATE signature_evidence SET typed_name = 'Autre' WHERE document = '{second.id}'")
    fault = (await verify_history()).fault
    assert fault is not None
    assert second.number in fault


async def test_a_wrong_or_spent_code_signs_nothing_and_tries_are_limited():
    who, (first, second) = await a_signatory(), await two_papers()
    with refused(RuleBroken, "state_signature.wrong_code"):
        await sign(who, first, code="000000")
    code = who.phone.at(NOW)
    await sign(who, first, code=code)
    with refused(RuleBroken, "state_signature.wrong_code"):
        await sign(who, second, code=code)
    assert await state_of(second) is SignatureStatus.PENDING
    for _ in range(4):
        with refused(RuleBroken, "state_signature.wrong_code"):
            await sign(who, second, code="000000")
    with refused(TooManyRequests, "login.too_many"):
        await sign(who, second, code=who.phone.at(NOW))


async def test_nothing_is_signed_when_one_paper_is_not_as_it_was_shown():
    who, (first, second) = await a_signatory(), await two_papers()
    box = next(each for each in second.signatures if each.party is Party.MANAGING_SERVICE)
    await record_signature(
        RecordSignature(
            document_id=second.id, signatory_id=box.id, signed_on=cast.TODAY, channel=SignatureChannel.PAPER
        ),
        actor=cast.MANAGER,
        now=NOW,
    )
    with refused(Conflict, "state_signature.changed") as caught:
        await sign(who, first, second)
    assert second.number in caught.value.message
    assert first.number not in caught.value.message
    assert await state_of(first) is SignatureStatus.PENDING
    # The code was not spent: nothing was signed with it. Sent twice, the second act signs nothing either.
    code = who.phone.at(NOW)
    await sign(who, first, code=code)
    with refused(Conflict, "state_signature.changed"):
        await sign(who, first, code=code)


async def test_what_was_never_opened_is_not_signed():
    who, (first, _) = await a_signatory(), await two_papers()
    with refused(RuleBroken, "state_signature.unread"):
        await sign(who, first, read=False)
    # One paper of the group is enough for the others of it.
    others = await copies_of(first, 3)
    command = SignForState(document_ids=tuple(each.id for each in others), read={first.id: NOW}, code=who.phone.at(NOW))
    await sign_for_state(command, actor=who.actor, secret_key=SECRET_KEY, visit=VISIT, now=NOW)
    assert await state_of(others[0]) is SignatureStatus.SIGNED


async def test_bytes_that_changed_are_seen_and_never_signed():
    who, (first, _) = await a_signatory(), await two_papers()
    (altered,) = await copies_of(replace(first, sha256="0" * 64), 1)
    with refused(RuleBroken, "state_signature.unsound") as caught:
        await sign(who, altered)
    assert altered.number in caught.value.message


async def test_a_delegation_covers_its_last_day_and_no_other():
    first, second = await two_papers()
    who = await a_signatory(until=cast.TODAY)
    await sign(who, first)
    with refused(RuleBroken, "state_signature.delegation_over"):
        await sign(who, second, now=NOW + timedelta(days=1))
    nobody = await a_signatory("sans@exemple.fr", title="")
    with refused(RuleBroken, "state_signature.no_quality"):
        await sign(nobody, second)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MANAGER, Role.READER])
async def test_no_other_role_signs_for_the_state(role):
    who, (first, _) = await a_signatory(), await two_papers()
    other = Signatory(replace(who.user, role=role), who.phone)
    command = SignForState(document_ids=(first.id,), read={first.id: NOW}, code=who.phone.at(NOW))
    with refused(PermissionDenied, "actor.forbidden"):
        await sign_for_state(
            command, actor=replace(other.actor, role=role), secret_key=SECRET_KEY, visit=VISIT, now=NOW
        )


async def test_a_program_does_not_sign_nor_another_service_nor_a_role_taken_back():
    who, (first, _) = await a_signatory(), await two_papers()
    command = SignForState(document_ids=(first.id,), read={first.id: NOW}, code=who.phone.at(NOW))
    program = Actor("token:1", Role.SIGNATORY, SERVICE)
    with refused(PermissionDenied, "state_signature.person_only"):
        await sign_for_state(command, actor=program, secret_key=SECRET_KEY, visit=VISIT, now=NOW)
    await change_role(who.user.id, Role.READER, actor=Actor("tests", Role.ADMIN, SERVICE), now=NOW)
    with refused(PermissionDenied, "actor.forbidden"):
        await sign(who, first)
    await change_role(who.user.id, Role.SIGNATORY, actor=Actor("tests", Role.ADMIN, SERVICE), now=NOW)
    await disable_user(who.user.email, actor=Actor("tests", Role.ADMIN, SERVICE), now=NOW)
    with refused(PermissionDenied, "actor.forbidden"):
        await sign(who, first)
    elsewhere = replace(first, id=cast.CHILD)
    with refused(NotFound, "document.not_found"):
        await sign(await a_signatory("autre@exemple.fr"), elsewhere)


async def test_a_state_that_signs_last_waits_for_all_the_others():
    who, (first, _) = await a_signatory(), await two_papers()
    await set_order(StateSigns.LAST)
    with refused(RuleBroken, "signature.state_last"):
        await sign(who, first)
    for box in first.signatures:
        if box.party is not Party.MANAGING_SERVICE and box.status is SignatureStatus.PENDING:
            command = RecordSignature(
                document_id=first.id, signatory_id=box.id, signed_on=cast.TODAY, channel=SignatureChannel.PAPER
            )
            await record_signature(command, actor=cast.MANAGER, now=NOW)
    await sign(who, first)
    assert (await get_document(first.id, actor=cast.MANAGER)).is_fully_signed


async def test_five_hundred_papers_are_signed_in_one_transaction():
    who, first = await a_signatory(), await family.an_agreement(cast.TWO_HOMES, cast.LAPTOP)
    papers = [first, *await copies_of(first, 499)]
    signed = await sign(who, *papers)
    assert len(signed.documents) == 500
    assert await evidences.count_of_act(signed.lot_id) == 500
