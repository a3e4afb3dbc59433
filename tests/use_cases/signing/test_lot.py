"""Several papers signed by one act: one code bound to their exact set, all or none, one evidence each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from tests.stage import family_cast as family
from tests.stage.family_cast import LISE, PAUL, change_pupil, last_code, messages
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.use_cases.loan_cast import ISSUER, NOW, SERVICE
from tests.use_cases.visitors.institution_cast import COLLEGE, a_deposit, an_institution, last_letter, set_up_mailbox
from tests.use_cases.visitors.institution_cast import last_code as code_of_the_mailbox

from materiel.domain.links.access_link import FamilyPerson
from materiel.domain.papers.document import AGREEMENTS, Document, DocumentStatus, SignatureStatus
from materiel.domain.signing.electronic_signature import Intent
from materiel.domain.signing.lot import lot_purpose
from materiel.domain.work.outbox import Purpose
from materiel.errors import Conflict, RuleBroken
from materiel.store.item import item as items
from materiel.store.links import access_link as links
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.signing import electronic_signature as evidences
from materiel.store.work import outbox
from materiel.use_cases.links.access_link import person_of_link, revoke_link
from materiel.use_cases.links.deposit import institution_home
from materiel.use_cases.links.family_links import readers_behind
from materiel.use_cases.signing.disagreement import declare_disagreement
from materiel.use_cases.signing.electronic_signature import SignElectronically, ask_code, sign_electronically
from materiel.use_cases.signing.lot import ChosenPaper, SignLot, ask_lot_code, sign_lot

URL = ISSUER.base_url
INTENT = Intent(typed_name="Lise Exemple", capacity="mère", shown_at=NOW, consented_at=NOW)


@pytest.fixture(autouse=True)
async def _cast(db):
    await family.set_up()


async def sent(pupil: UUID, item: UUID) -> tuple[Document, dict[str, UUID]]:
    """An agreement sent to sign, and the link of each address."""
    agreement = await family.an_agreement(pupil, item)
    await family.send(agreement)
    return agreement, {each.email: each.id for each in await links.of_pupil(pupil)}


async def two_children() -> tuple[list[Document], FamilyPerson, FamilyPerson]:
    """Noé and Zoé are both Lise's; each has an agreement to sign, and their links are in her mailbox."""
    zoe = await pupils.get(cast.CHILD, SERVICE)
    lise = replace(zoe.representatives[0], first_name="Lise", email=LISE)
    await change_pupil(cast.CHILD, representatives=(lise,))
    noes, of_noe = await sent(cast.TWO_HOMES, cast.LAPTOP)
    zoes, of_zoe = await sent(cast.CHILD, cast.BRAILLE)
    return (
        [noes, zoes],
        await person_of_link(of_noe[LISE], now=NOW),
        await person_of_link(of_zoe[LISE], now=NOW),
    )


def chosen(*papers: tuple[Document, FamilyPerson]) -> list[ChosenPaper]:
    return [ChosenPaper(document_id=document.id, signer=signer) for document, signer in papers]


def lot(papers: list[ChosenPaper], code: str) -> SignLot:
    return SignLot(papers=tuple((each, INTENT) for each in papers), code=code)


async def test_two_papers_of_one_child_are_signed_with_one_code():
    first, ids = await sent(cast.TWO_HOMES, cast.LAPTOP)
    second, _ = await sent(cast.TWO_HOMES, cast.BRAILLE)
    lise = await person_of_link(ids[LISE], now=NOW)
    papers = chosen((first, lise), (second, lise))
    await ask_lot_code(papers, base_url=URL, now=NOW)
    assert "2 documents ensemble" in (await messages(Purpose.SIGNATURE_CODE))[-1].text
    signed = await sign_lot(lot(papers, await last_code(LISE)), base_url=URL, now=NOW)
    assert {each.id for each in signed} == {first.id, second.id}
    proofs = [(await evidences.of_document(each.id))[0] for each in (first, second)]
    assert len({each.lot_id for each in proofs} - {None}) == 1
    assert [each.sha256 for each in proofs] == [first.sha256, second.sha256]
    copies = await messages(Purpose.SIGNATURE_COPY)
    assert sorted(each.to_address for each in copies) == [LISE, PAUL]
    assert all(first.number in each.text and second.number in each.text for each in copies)


async def test_two_children_of_one_parent_are_one_lot_with_a_copy_for_each_child():
    papers, for_noe, for_zoe = await two_children()
    asked = chosen((papers[0], for_noe), (papers[1], for_zoe))
    await ask_lot_code(asked, base_url=URL, now=NOW)
    await sign_lot(lot(asked, await last_code(LISE)), base_url=URL, now=NOW)
    for paper, signer in zip(papers, (for_noe, for_zoe), strict=True):
        (proof,) = await evidences.of_document(paper.id)
        assert (proof.link_id, proof.email) == (signer.link.id, LISE)
    copies = await messages(Purpose.SIGNATURE_COPY, LISE)
    assert {each.about.pupil_id for each in copies} == {cast.TWO_HOMES, cast.CHILD}


async def test_a_code_serves_for_its_exact_set():
    papers, for_noe, for_zoe = await two_children()
    await ask_lot_code(chosen((papers[0], for_noe), (papers[1], for_zoe)), base_url=URL, now=NOW)
    with refused(RuleBroken, "code.never_sent"):
        await sign_lot(lot(chosen((papers[0], for_noe)), await last_code(LISE)), base_url=URL, now=NOW)
    changed = replace(papers[0], sha256="0" * 64)
    assert lot_purpose([changed, papers[1]]) != lot_purpose(papers)
    assert lot_purpose(papers) == lot_purpose(list(reversed(papers)))
    assert await evidences.of_document(papers[0].id) == []


async def test_a_lot_is_signed_whole_or_not_at_all():
    papers, for_noe, for_zoe = await two_children()
    asked = chosen((papers[0], for_noe), (papers[1], for_zoe))
    await ask_lot_code(asked, base_url=URL, now=NOW)
    paul = (await links.of_pupil(cast.TWO_HOMES))[1]
    await declare_disagreement(person=await person_of_link(paul.id, now=NOW), base_url=URL, now=NOW)
    with refused(RuleBroken, "signature.disagreement"):
        await sign_lot(lot(asked, await last_code(LISE)), base_url=URL, now=NOW)
    assert [await evidences.of_document(each.id) for each in papers] == [[], []]


async def test_two_persons_are_never_one_lot():
    first, ids = await sent(cast.TWO_HOMES, cast.LAPTOP)
    second, _ = await sent(cast.TWO_HOMES, cast.BRAILLE)
    lise, paul = [await person_of_link(ids[each], now=NOW) for each in (LISE, PAUL)]
    with refused(RuleBroken, "lot.not_one_signer"):
        await ask_lot_code(chosen((first, lise), (second, paul)), base_url=URL, now=NOW)
    with refused(RuleBroken, "lot.not_one_signer"):
        await ask_lot_code([], base_url=URL, now=NOW)


async def test_a_link_shows_the_other_children_whose_links_are_in_its_mailbox():
    _, for_noe, for_zoe = await two_children()
    seen = await readers_behind([for_noe.link.id], now=NOW)
    assert [each.pupil.id for each in seen] == [cast.TWO_HOMES, cast.CHILD]
    # A link that the service closed drops out alone.
    await revoke_link(for_zoe.link.id, actor=cast.MANAGER, now=NOW)
    seen = await readers_behind([for_noe.link.id, for_zoe.link.id], now=NOW)
    assert [each.pupil.id for each in seen] == [cast.TWO_HOMES]


async def test_whoever_shares_a_mailbox_under_another_name_sees_nothing_of_it():
    zoe = await pupils.get(cast.CHILD, SERVICE)
    await change_pupil(cast.CHILD, representatives=(replace(zoe.representatives[0], email=LISE),))
    _, of_noe = await sent(cast.TWO_HOMES, cast.LAPTOP)
    await sent(cast.CHILD, cast.BRAILLE)
    seen = await readers_behind([of_noe[LISE]], now=NOW)
    assert [each.pupil.id for each in seen] == [cast.TWO_HOMES]


async def test_forty_one_papers_are_signed_one_after_the_other_within_an_hour():
    await set_up_mailbox()
    pattern = await items.get(cast.LAPTOP, SERVICE)
    more = [
        replace(
            pattern,
            id=UUID(int=cast.LAPTOP.int + 100 + n),
            inventory_number=f"35-2026-1{n:04d}",
            public_code=f"BCDEFGHJKMN{n:02d}",
        )
        for n in range(41)
    ]
    await items.insert_many(more, NOW)
    for each in more:
        await a_deposit(COLLEGE, (each.id,))
    college = await an_institution(COLLEGE)
    intent = replace(INTENT, typed_name="Dominique Essai", capacity="principal")
    awaited = [each.document for each in (await institution_home(college)).to_sign if each.document.kind in AGREEMENTS]
    assert len(awaited) == 41
    for number, document in enumerate(awaited):
        at = NOW + timedelta(seconds=80 * number)
        await ask_code(document.id, signer=college, base_url=URL, now=at)
        command = SignElectronically(document_id=document.id, intent=intent, code=await code_of_the_mailbox())
        await sign_electronically(command, signer=college, base_url=URL, now=at + timedelta(seconds=20))
    left = [each.document for each in (await institution_home(college)).to_sign]
    assert not [each for each in left if each.kind in AGREEMENTS]
    # The receipts are signed together, with one code and one message.
    papers = [ChosenPaper(document_id=each.id, signer=college) for each in left]
    at = NOW + timedelta(hours=1)
    await ask_lot_code(papers, base_url=URL, now=at)
    command = SignLot(papers=tuple((each, intent) for each in papers), code=await code_of_the_mailbox())
    before = len(await outbox.page(SERVICE, limit=200))
    await sign_lot(command, base_url=URL, now=at)
    assert len(await outbox.page(SERVICE, limit=200)) == min(200, before + 1)
    assert left[0].number in await last_letter()
    assert (await institution_home(college)).to_sign == ()


async def test_a_paper_gone_from_a_lot_signs_nothing():
    papers, for_noe, for_zoe = await two_children()
    asked = chosen((papers[0], for_noe), (papers[1], for_zoe))
    await ask_lot_code(asked, base_url=URL, now=NOW)
    await documents.set_status([papers[0].id], SERVICE, DocumentStatus.ENDED)
    with refused(Conflict, "document.not_in_force"):
        await sign_lot(lot(asked, await last_code(LISE)), base_url=URL, now=NOW)
    zoes = await documents.get(papers[1].id, SERVICE)
    assert [box.status for box in zoes.signatures if box.signer_id == for_zoe.id] == [SignatureStatus.PENDING]
