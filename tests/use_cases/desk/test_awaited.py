"""« Signatures attendues »: by who is awaited, receipts apart, each group with its act; true counts at home."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors import institution_cast as places

from materiel.domain.desk.dashboard import Concern
from materiel.domain.papers.document import AGREEMENTS, RECEIPTS, Document, Party, SignatureChannel
from materiel.domain.work.outbox import MessageState, Purpose
from materiel.errors import BadInput, NotFound, PermissionDenied
from materiel.store.engine.database import write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.work import outbox
from materiel.use_cases.desk.awaited import AskGroup, AwaitedGroup, ask_again, ask_group, awaited_groups
from materiel.use_cases.desk.dashboard import tallies
from materiel.use_cases.loan.list import DocumentFilter, list_documents
from materiel.use_cases.signing.batch import RecordBatch, record_batch


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await places.set_up_institutions()


async def agreement_of(loan_id: object) -> Document:
    return next(each for each in await documents.of_loan(loan_id) if each.kind in AGREEMENTS)  # type: ignore[arg-type]


async def groups() -> dict[tuple[Party, bool], AwaitedGroup]:
    found = await awaited_groups(actor=cast.READER, now=cast.NOW)
    return {(group.party, group.receipts): group for group in found}


async def counted() -> tuple[int, int]:
    found = {tally.concern: tally.count for tally in await tallies(actor=cast.READER, now=cast.NOW)}
    return found[Concern.OWN_SIGNATURE], found[Concern.SIGNATURE]


def ask(party: Party, *papers: Document) -> AskGroup:
    return AskGroup(document_ids=tuple(each.id for each in papers), party=party)


async def with_an_address() -> None:
    pupil = await pupils.get(cast.CHILD, cast.SERVICE)
    people = tuple(replace(each, email="parent@exemple.fr") for each in pupil.representatives)
    async with write_transaction():
        await pupils.save(replace(pupil, representatives=people))


async def test_each_group_holds_what_its_party_has_to_sign_and_receipts_are_apart() -> None:
    assert await groups() == {}
    assert await counted() == (0, 0)
    kept_at_school = await agreement_of(await places.a_tripartite())
    found = await groups()
    for (party, receipts), group in found.items():
        for line in group.lines:
            assert (line.document.kind in RECEIPTS) is receipts
            assert party in {box.party for box in line.document.signatures}
    for party in (Party.MANAGING_SERVICE, Party.BORROWER, Party.MUNICIPALITY):
        assert [line.document.id for line in found[party, False].lines] == [kept_at_school.id]
    own = {
        line.document.id
        for (party, _), group in found.items()
        if party is Party.MANAGING_SERVICE
        for line in group.lines
    }
    others = {
        line.document.id
        for (party, _), group in found.items()
        if party is not Party.MANAGING_SERVICE
        for line in group.lines
    }
    assert await counted() == (len(own), len(others))
    assert await awaited_groups(actor=cast.STRANGER, now=cast.NOW) == []


async def test_once_the_state_has_signed_its_group_is_over_and_the_others_stay() -> None:
    paper = await agreement_of(await places.a_home_loan())
    own, others = await counted()
    batch = RecordBatch(
        document_ids=(paper.id,), party=Party.MANAGING_SERVICE, signed_on=cast.TODAY, channel=SignatureChannel.PAPER
    )
    await record_batch(batch, actor=cast.MANAGER, now=cast.NOW)
    assert (Party.MANAGING_SERVICE, False) not in await groups()
    assert await counted() == (own - 1, others)


async def test_the_town_hall_alone_is_written_to_when_its_group_is_asked() -> None:
    await with_an_address()
    paper = await agreement_of(await places.a_tripartite())
    done = await ask_group(ask(Party.MUNICIPALITY, paper), issuer=cast.ISSUER)
    assert (done.asked, done.left) == (1, [])
    (message,) = await outbox.page(cast.SERVICE, limit=9)
    assert message.purpose is Purpose.INSTITUTION
    found = await groups()
    (line,) = found[Party.MUNICIPALITY, False].lines
    assert line.message is not None
    assert (line.message.id, line.message.state, line.to_print) == (message.id, MessageState.QUEUED, "")
    (line,) = found[Party.BORROWER, False].lines
    assert (line.message, line.to_print) == (None, "")


async def test_the_family_is_asked_then_reminded_and_whoever_has_no_address_is_to_print() -> None:
    paper = await agreement_of(await places.a_tripartite())
    group = (await groups())[Party.BORROWER, False]
    assert not group.may_send
    assert "à imprimer" in group.lines[0].to_print
    done = await ask_group(ask(Party.BORROWER, paper), issuer=cast.ISSUER)
    assert (done.asked, [number for number, _ in done.left]) == (0, [paper.number])
    await with_an_address()
    later = cast.ISSUER
    for days, purpose in ((0, Purpose.SIGNATURE_REQUEST), (1, Purpose.SIGNATURE_REMINDER)):
        later = replace(cast.ISSUER, now=cast.NOW.replace(day=cast.NOW.day + days))
        assert (await ask_group(ask(Party.BORROWER, paper), issuer=later)).asked == 1
        assert {each.purpose for each in await outbox.page(cast.SERVICE, limit=1)} == {purpose}
    (line,) = (await groups())[Party.BORROWER, False].lines
    assert line.message is not None
    assert line.message.purpose is Purpose.SIGNATURE_REMINDER


async def test_a_party_that_does_not_sign_a_paper_is_told_apart() -> None:
    paper = await agreement_of(await places.a_home_loan())
    done = await ask_group(ask(Party.HEAD_OF_SCHOOL, paper), issuer=cast.ISSUER)
    assert (done.asked, [number for number, _ in done.left]) == (0, [paper.number])
    assert await outbox.page(cast.SERVICE, limit=9) == []


async def test_nothing_is_awaited_of_anybody_after_a_death() -> None:
    await places.a_tripartite()
    pupil = await pupils.get(cast.CHILD, cast.SERVICE)
    async with write_transaction():
        await pupils.save(replace(pupil, died_on=cast.TODAY))
    assert await groups() == {}
    assert await counted() == (0, 0)


async def test_what_cannot_be_asked_so_is_refused() -> None:
    paper = await agreement_of(await places.a_home_loan())
    with refused(BadInput, "signature.party"):
        await ask_group(ask(Party.MANAGING_SERVICE, paper), issuer=cast.ISSUER)
    with pytest.raises(PermissionDenied):
        await ask_group(ask(Party.BORROWER, paper), issuer=replace(cast.ISSUER, actor=cast.READER))
    with refused(NotFound, "document.not_found"):
        await ask_group(ask(Party.BORROWER, paper), issuer=replace(cast.ISSUER, actor=cast.STRANGER))


async def test_documents_are_listed_by_who_is_awaited() -> None:
    paper = await agreement_of(await places.a_home_loan())
    for party, expected in ((Party.MANAGING_SERVICE, True), (Party.BORROWER, True), (Party.HEAD_OF_SCHOOL, False)):
        found = await list_documents(DocumentFilter(awaited_of=party), actor=cast.READER, limit=9)
        assert (paper.id in [line.document.id for line in found]) is expected


async def test_people_are_written_to_about_a_hundred_documents_at_most() -> None:
    with refused(BadInput, "signature.too_many"):
        await ask_again([new_id() for _ in range(101)], issuer=cast.ISSUER)
    with refused(NotFound, "document.not_found"):
        await ask_again([new_id()], issuer=cast.ISSUER)
    assert await outbox.page(cast.SERVICE, limit=9) == []
