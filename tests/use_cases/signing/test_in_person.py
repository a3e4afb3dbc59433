"""Signed before an agent: who may, the evidence that is kept, all or nothing, the copies, and what verifies it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from tests.stage import family_cast as family
from tests.stage.family_cast import LISE, PAUL, Clock, change_pupil, messages
from tests.stage.refusals import refused
from tests.stage.seal_cast import Authority, a_press
from tests.use_cases import loan_cast as cast
from tests.use_cases.loan_cast import NOW, SERVICE
from tests.use_cases.visitors.institution_cast import a_deposit

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.papers.document import Document, DocumentStatus, Party, SignatureChannel, SignatureStatus
from materiel.domain.signing.electronic_signature import Intent
from materiel.domain.signing.evidence import Means, evidence_digest
from materiel.domain.work.outbox import Purpose
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import write_transaction
from materiel.store.history import journal
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.signing import electronic_signature as evidences
from materiel.use_cases.accounts.user import CreateUser, create_user
from materiel.use_cases.history.journal import verify_history
from materiel.use_cases.signing.asking import AskBy, ask_by
from materiel.use_cases.signing.in_person import (
    ReadHere,
    SignerHere,
    SignInPerson,
    papers_here,
    sign_in_person,
    signers_here,
)
from materiel.use_cases.signing.recording import RecordSignature, record_signature
from materiel.use_cases.signing.signed_copy import seal_due, signed_record

URL = family.BASE_URL
SEEN = "Passeport, dont l'agent atteste avoir vu l'original."
ADMIN = Actor("tests", Role.ADMIN, SERVICE)


@pytest.fixture
async def agent(db: object) -> Actor:
    await family.set_up()
    user = await create_user(
        CreateUser(email="agent@exemple.fr", name="Alix Agent", role=Role.MANAGER), actor=ADMIN, now=NOW
    )
    return Actor(f"user:{user.id}", Role.MANAGER, SERVICE)


async def lise_of(agreement: Document, agent: Actor) -> SignerHere:
    signers = await signers_here(agreement.loan_id, actor=agent, now=NOW)
    return next(each for each in signers if each.name == "Lise Exemple")


def signing(signer: SignerHere, agent: Actor, *, remarks: str = "") -> SignInPerson:
    intent = Intent(typed_name="EXEMPLE Lise", capacity="mère", shown_at=NOW, consented_at=NOW, remarks=remarks)
    return SignInPerson(
        papers=tuple(
            ReadHere(document_id=each.document.id, signatory_id=each.box.id, sha256=each.document.sha256, intent=intent)
            for each in signer.papers
        ),
        account_id=UUID(agent.id.removeprefix("user:")),
        identity_seen=SEEN,
    )


async def sign(command: SignInPerson, agent: Actor) -> list[Document]:
    return await sign_in_person(command, actor=agent, base_url=URL, now=NOW)


async def a_sister(**changes: object) -> Document:
    """Zoé is Lise's too, in the same mailbox; her agreement."""
    zoe = await pupils.get(cast.CHILD, SERVICE)
    await change_pupil(cast.CHILD, representatives=(replace(zoe.representatives[0], first_name="Lise", **changes),))  # type: ignore[arg-type]
    return await family.an_agreement(cast.CHILD, cast.BRAILLE)


async def test_the_evidence_says_before_whom_and_what_they_saw(agent: Actor, tmp_path: Path) -> None:
    agreement = await family.an_agreement()
    (signed,) = await sign(signing(await lise_of(agreement, agent), agent, remarks="Housse tachée"), agent)
    box = next(each for each in signed.signatures if each.name == "Lise Exemple")
    assert (box.status, box.channel, box.signed_on) == (
        SignatureStatus.SIGNED,
        SignatureChannel.IN_PERSON,
        cast.TODAY,
    )
    (proof,) = await evidences.of_document(agreement.id)
    assert (proof.means, proof.link_id, proof.email, proof.code_sent_at) == (Means.IN_PERSON, None, "", None)
    assert (f"user:{proof.account_id}", proof.identity_seen, proof.sha256) == (agent.id, SEEN, agreement.sha256)
    assert (proof.typed_name, proof.remarks, proof.lot_id) == ("EXEMPLE Lise", "Housse tachée", None)
    entry = next(each for each in await journal.of_subject(SERVICE, agreement.id) if each.action == "document.signed")
    assert (entry.actor, entry.details["channel"]) == (agent.id, "in_person")
    assert entry.details["evidence"] == evidence_digest(proof)
    clock = Clock()
    authority = Authority(NOW)
    await seal_due(a_press(tmp_path, authority.seal_file(tmp_path)), clock=clock, base_url=URL)
    told = json.loads(await signed_record(agreement.id, actor=cast.READER))["signed"][0]["evidence"]
    assert (told["before"], told["identity_seen"], told["address"]) == ("Alix Agent", SEEN, "")
    verified = await verify_history()
    assert (verified.fault, verified.seals) == (None, 1)


async def test_the_copies_go_to_whoever_has_an_address(agent: Actor) -> None:
    agreement = await family.an_agreement()
    await sign(signing(await lise_of(agreement, agent), agent), agent)
    copies = await messages(Purpose.SIGNATURE_COPY)
    assert sorted(each.to_address for each in copies) == [LISE, PAUL]
    assert {each.attachment_id for each in copies} == {agreement.id}
    assert "Vous avez signé ce document" in next(each.text for each in copies if each.to_address == LISE)


async def test_somebody_without_an_address_signs_all_the_same(agent: Actor) -> None:
    noe = await pupils.get(cast.TWO_HOMES, SERVICE)
    await change_pupil(representatives=tuple(replace(each, email="") for each in noe.representatives))
    agreement = await family.an_agreement()
    (signed,) = await sign(signing(await lise_of(agreement, agent), agent), agent)
    assert signed.has_signature
    assert await messages(Purpose.SIGNATURE_COPY) == []


async def test_two_children_are_signed_together_or_not_at_all(agent: Actor) -> None:
    noes, zoes = await family.an_agreement(), await a_sister(email=LISE)
    lise = await lise_of(noes, agent)
    assert [each.document.id for each in lise.papers] == [noes.id, zoes.id]
    await change_pupil(cast.CHILD, disagreement=True)
    with refused(RuleBroken, "signature.disagreement"):
        await sign(signing(lise, agent), agent)
    assert await evidences.of_document(noes.id) == []
    assert await messages(Purpose.SIGNATURE_COPY) == []
    await change_pupil(cast.CHILD, disagreement=False)
    assert len(await sign(signing(lise, agent), agent)) == 2
    lots = {(await evidences.of_document(each.id))[0].lot_id for each in (noes, zoes)}
    assert len(lots) == 1
    assert None not in lots


async def test_a_namesake_elsewhere_is_somebody_else(agent: Actor) -> None:
    noes = await family.an_agreement()
    await a_sister(email="autre.lise@exemple.fr")
    assert [each.document.id for each in (await lise_of(noes, agent)).papers] == [noes.id]


async def test_what_may_not_be_signed_is_not_offered(agent: Actor) -> None:
    agreement = await family.an_agreement()
    names = [each.name for each in await signers_here(agreement.loan_id, actor=agent, now=NOW)]
    assert names == ["Lise Exemple", "Paul Exemple"]
    await change_pupil(disagreement=True)
    assert await signers_here(agreement.loan_id, actor=agent, now=NOW) == []
    await change_pupil(disagreement=False, died_on=cast.TODAY)
    assert await signers_here(agreement.loan_id, actor=agent, now=NOW) == []
    deposit = await a_deposit()
    assert await signers_here(deposit, actor=agent, now=NOW) == []


async def test_a_signature_asked_in_person_is_given_there(agent: Actor) -> None:
    agreement = await family.an_agreement()
    lise = await lise_of(agreement, agent)
    asked = AskBy(document_id=agreement.id, signatory_id=lise.papers[0].box.id, channel=SignatureChannel.IN_PERSON)
    await ask_by(asked, actor=agent, now=NOW)
    (signed,) = await sign(signing(await lise_of(agreement, agent), agent), agent)
    assert signed.has_signature


async def test_every_refusal_leaves_no_trace(agent: Actor) -> None:
    agreement = await family.an_agreement()
    command = signing(await lise_of(agreement, agent), agent)
    (read,) = command.papers
    with refused(RuleBroken, "in_person.no_paper"):
        await sign(replace(command, papers=()), agent)
    with refused(Conflict, "signature.other_file"):
        await sign(replace(command, papers=(replace(read, sha256="0" * 64),)), agent)
    state = next(each for each in agreement.signatures if each.party is Party.MANAGING_SERVICE)
    with refused(RuleBroken, "signature.not_here"):
        await sign(replace(command, papers=(replace(read, signatory_id=state.id),)), agent)
    with refused(NotFound, "signature.not_found"):
        await sign(replace(command, papers=(replace(read, signatory_id=UUID(int=1)),)), agent)
    with refused(NotFound, "document.not_found"):
        await sign(command, replace(agent, service_id=cast.OTHER_SERVICE))
    with refused(PermissionDenied, "actor.forbidden"):
        await sign(command, replace(agent, role=Role.READER))
    paper = next(each for each in await documents.of_loan(await a_deposit()) if each.signatures)
    with refused(NotFound, "document.not_found"):
        await papers_here([(paper.id, paper.signatures[0].id)], actor=agent)
    assert await evidences.of_document(agreement.id) == []
    on_paper = RecordSignature(
        document_id=agreement.id, signatory_id=read.signatory_id, signed_on=cast.TODAY, channel=SignatureChannel.PAPER
    )
    await record_signature(on_paper, actor=agent, now=NOW)
    with refused(Conflict, "signature.already_signed"):
        await sign(command, agent)


async def test_a_paper_out_of_force_is_not_signed(agent: Actor) -> None:
    noes, zoes = await family.an_agreement(), await a_sister(email=LISE)
    command = signing(await lise_of(noes, agent), agent)
    async with write_transaction():
        await documents.set_status([zoes.id], SERVICE, DocumentStatus.REPLACED, by=noes.id)
    with refused(Conflict, "document.not_in_force"):
        await sign(command, agent)
    assert await evidences.of_document(noes.id) == []


async def test_whoever_no_longer_acts_does_not_sign(agent: Actor) -> None:
    agreement = await family.an_agreement()
    command = signing(await lise_of(agreement, agent), agent)
    noe = await pupils.get(cast.TWO_HOMES, SERVICE)
    lise, paul = noe.representatives
    await change_pupil(representatives=(lise, replace(paul, sole_authority=True)))
    with refused(RuleBroken, "signature.not_here"):
        await sign(command, agent)
