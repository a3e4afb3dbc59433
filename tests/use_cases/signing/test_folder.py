"""The signing folder: what is out of the ordinary and why, what goes by groups, what is sent back to the service."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.stage import family_cast as family
from tests.stage.refusals import refused
from tests.stage.signatory_cast import a_signatory, copies_of, ids_of, set_order, sign
from tests.use_cases import loan_cast as cast
from tests.use_cases.loan_cast import NOW, SERVICE

from materiel.domain.accounts.service import StateSigns
from materiel.domain.desk.dashboard import Concern
from materiel.domain.papers.document import Document, Party, SignatureChannel, SignatureStatus
from materiel.domain.signing.folder import looked_at, state_box
from materiel.errors import Conflict, NotFound, PermissionDenied
from materiel.store.engine.database import write_transaction
from materiel.store.loan import loan as loans
from materiel.use_cases.desk.dashboard import concerned_loans, tallies
from materiel.use_cases.signing.folder import (
    SendBack,
    read_folder,
    read_folder_paper,
    returned_papers,
    send_back,
    settle_returned,
)
from materiel.use_cases.signing.recording import RecordSignature, record_signature


@pytest.fixture(autouse=True)
async def _cast(db):
    await family.set_up()


async def count_of(concern: Concern) -> int:
    return next(each.count for each in await tallies(actor=cast.MANAGER, now=NOW) if each.concern is concern)


async def sign_the_others(document: Document) -> None:
    for box in document.signatures:
        if box.party is not Party.MANAGING_SERVICE and box.status is SignatureStatus.PENDING:
            command = RecordSignature(
                document_id=document.id, signatory_id=box.id, signed_on=cast.TODAY, channel=SignatureChannel.PAPER
            )
            await record_signature(command, actor=cast.MANAGER, now=NOW)


async def test_ordinary_papers_go_by_kind_and_case_and_by_school_inside():
    noe = await family.an_agreement(cast.TWO_HOMES, cast.LAPTOP)
    zoe = await family.an_agreement(cast.CHILD, cast.BRAILLE)
    twins = await copies_of(noe, 2)
    folder = await read_folder(actor=cast.READER, now=NOW)
    assert folder.odd == folder.unsound == ()
    assert [len(each.papers) for each in folder.groups] == [3, 1]
    private, public = folder.groups
    assert ids_of(*(each.document for each in private.papers)) == ids_of(noe, *twins)
    assert (private.rule, public.rule) == ("Domicile, établissement privé sous contrat", "Domicile, école publique")
    assert [len(papers) for _, papers in private.by_school] == [3]
    assert public.papers[0].document.id == zoe.id


async def test_what_is_out_of_the_ordinary_says_why():
    noe = await family.an_agreement(cast.TWO_HOMES, cast.LAPTOP)
    zoe = await family.an_agreement(cast.CHILD, cast.BRAILLE)
    ilan = await family.an_agreement(cast.ADULT, cast.KEYBOARD)
    await family.change_pupil(cast.TWO_HOMES, disagreement=True)
    async with write_transaction():
        loan = await loans.get(zoe.loan_id, SERVICE)
        await loans.save(replace(loan, override_reason="Lycée agricole"), was=loan)
    child = (await read_folder_paper(zoe.id, actor=cast.READER, now=NOW))[0].known.pupil
    assert child is not None
    await family.change_pupil(cast.ADULT, birth_date=child.birth_date)
    (old,) = await copies_of(replace(ilan, wording=ilan.wording.replace(year=2000)), 1)
    await cast.noted()
    folder = await read_folder(actor=cast.MANAGER, now=NOW)
    told = {each.document.id: " ".join(each.odd) for each in folder.odd}
    assert "Désaccord" in told[noe.id]
    assert "Décision motivée du service : Lycée agricole" in told[zoe.id]
    assert "Qui signe pour l'élève a changé" in told[ilan.id]
    assert "n'est pas le modèle qui était en vigueur" in told[old.id]
    assert folder.groups == ()


async def test_the_third_amendment_of_a_loan_is_opened_by_itself_and_the_second_is_not():
    noe = await family.an_agreement(cast.TWO_HOMES, cast.LAPTOP)
    paper, _ = await read_folder_paper(noe.id, actor=cast.READER, now=NOW)
    second, third = (looked_at(noe, replace(paper.known, amendment=rank), cast.TODAY) for rank in (2, 3))
    assert (second.odd, third.odd) == ((), ("3e avenant de ce prêt",))
    assert looked_at(noe, replace(paper.known, has_remarks=True), cast.TODAY).odd
    with refused(NotFound, "document.not_found"):
        await read_folder_paper(noe.id, actor=cast.STRANGER, now=NOW)


async def test_a_state_that_signs_last_sees_a_paper_once_the_others_have_signed():
    noe = await family.an_agreement(cast.TWO_HOMES, cast.LAPTOP)
    assert await count_of(Concern.OWN_SIGNATURE) == 1
    await set_order(StateSigns.LAST)
    assert (await read_folder(actor=cast.MANAGER, now=NOW)).signable == {}
    assert await count_of(Concern.OWN_SIGNATURE) == 0
    await sign_the_others(noe)
    assert set((await read_folder(actor=cast.MANAGER, now=NOW)).signable) == {noe.id}
    assert await count_of(Concern.OWN_SIGNATURE) == 1


async def test_what_is_sent_back_waits_for_the_service_then_comes_again():
    who, noe = await a_signatory(), await family.an_agreement(cast.TWO_HOMES, cast.LAPTOP)
    sent = SendBack(document_ids=(noe.id,), reason="Le nom de la mère est mal écrit.")
    with refused(PermissionDenied, "actor.forbidden"):
        await send_back(sent, actor=cast.MANAGER, now=NOW)
    assert await send_back(sent, actor=who.actor, now=NOW) == 1
    assert (await read_folder(actor=who.actor, now=NOW)).signable == {}
    assert (await count_of(Concern.OWN_SIGNATURE), await count_of(Concern.REMARKS)) == (0, 1)
    (back,) = await returned_papers(actor=cast.MANAGER, loan_id=noe.loan_id)
    assert (back.id, back.reason, back.by) == (noe.id, "Le nom de la mère est mal écrit.", who.actor.id)
    (line,) = await concerned_loans(Concern.REMARKS, actor=cast.MANAGER, now=NOW, limit=5)
    assert "renvoyé sans signature de l'État" in " ".join(line.reasons)
    with refused(Conflict, "state_signature.changed"):
        await sign(who, noe)
    with refused(PermissionDenied, "actor.forbidden"):
        await settle_returned(noe.id, actor=who.actor, now=NOW)
    await settle_returned(noe.id, actor=cast.MANAGER, now=NOW)
    await settle_returned(noe.id, actor=cast.MANAGER, now=NOW)
    assert await returned_papers(actor=cast.MANAGER) == []
    assert await count_of(Concern.REMARKS) == 0
    await sign(who, noe)


async def test_a_paper_signed_meanwhile_is_not_sent_back():
    who, noe = await a_signatory(), await family.an_agreement(cast.TWO_HOMES, cast.LAPTOP)
    await sign(who, noe)
    with refused(Conflict, "state_signature.changed"):
        await send_back(SendBack(document_ids=(noe.id,), reason="Trop tard."), actor=who.actor, now=NOW)


async def test_a_paper_sent_back_then_signed_on_paper_waits_for_nobody():
    who, noe = await a_signatory(), await family.an_agreement(cast.TWO_HOMES, cast.LAPTOP)
    await send_back(SendBack(document_ids=(noe.id,), reason="À revoir."), actor=who.actor, now=NOW)
    box = state_box(noe)
    assert box is not None
    record = RecordSignature(
        document_id=noe.id, signatory_id=box.id, signed_on=noe.issued_on, channel=SignatureChannel.PAPER
    )
    await record_signature(record, actor=cast.MANAGER, now=NOW)
    assert await returned_papers(actor=cast.MANAGER) == []
    assert await count_of(Concern.REMARKS) == 0
    await settle_returned(noe.id, actor=cast.MANAGER, now=NOW)
