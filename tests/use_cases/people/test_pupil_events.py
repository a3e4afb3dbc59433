"""An event of the pupil reaches all that the pupil holds: three running loans, at home, at school, in another state.

For each event: who is still written to, reminded and let sign, of every loan; messages that wait are judged again, the
links of whoever no longer acts show nothing to sign, and the manager's list says of each paper that it goes by hand.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from tests.mail.conftest import Postman, serving
from tests.stage import family_cast as family
from tests.stage.family_cast import BASE_URL, LISE, PAUL, Clock
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors import institution_cast as places

from materiel.domain.item.item import Condition
from materiel.domain.loan.steps import HandedItem
from materiel.domain.papers.document import AGREEMENTS, Document, Party, in_force
from materiel.domain.people.pupil import Capacity
from materiel.domain.places.school import SchoolKind
from materiel.domain.usage import Custody
from materiel.domain.work.outbox import MessageState, Purpose
from materiel.errors import MaterielError, RuleBroken
from materiel.store.links import access_link as links
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.use_cases.desk.awaited import awaited_groups
from materiel.use_cases.links.access_link import person_of_link
from materiel.use_cases.loan.changes import Renew, renew_loan
from materiel.use_cases.loan.moves import ChangeSchool, change_school
from materiel.use_cases.loan.reference_change import list_changes
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan
from materiel.use_cases.mail.sending import send_due
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.places.school import DecideSchoolKind, decide_school_kind, get_school
from materiel.use_cases.signing.disagreement import declare_disagreement
from materiel.use_cases.signing.electronic_signature import ask_code
from materiel.use_cases.signing.reminder import remind_signatures
from materiel.use_cases.signing.request import SendForSignature, send_for_signature
from materiel.use_cases.visitors.family import family_home

Event = Callable[[Clock], Awaitable[None]]


@pytest.fixture
def postman() -> Iterator[Postman]:
    made = Postman()
    controller = serving(made)
    controller.start()
    yield made
    controller.stop()


@pytest.fixture(autouse=True)
async def clock(db: object) -> Clock:
    await family.set_up()
    await places.set_up_mailbox()
    return Clock()


async def three_loans() -> list[UUID]:
    """Issued; kept at school; handed over before it was signed."""
    found = []
    for item, custody, out in (
        (cast.LAPTOP, Custody.HOME, False),
        (cast.BRAILLE, Custody.SCHOOL, False),
        (cast.KEYBOARD, Custody.HOME, True),
    ):
        loan_id = await cast.a_draft(pupil=cast.TWO_HOMES, school=cast.PRIVATE, custody=custody, items=(item,))
        await issue_loan(loan_id, issuer=cast.ISSUER)
        if out:
            handed = (HandedItem(item_id=item, condition=Condition.GOOD),)
            await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=handed), issuer=cast.ISSUER)
        found.append(loan_id)
    return found


async def agreements(loan_ids: list[UUID]) -> list[Document]:
    return [in_force(await documents.of_loan(loan_id), *AGREEMENTS)[0] for loan_id in loan_ids]


async def ask_all(papers: list[Document], clock: Clock) -> None:
    for paper in papers:
        issuer = Issuer(actor=cast.MANAGER, now=clock.later(minutes=5), base_url=BASE_URL)
        await send_for_signature(SendForSignature(document_id=paper.id, party=Party.BORROWER), issuer=issuer)


async def disagree(clock: Clock) -> None:
    link = (await links.of_pupil(cast.TWO_HOMES))[-1]
    await declare_disagreement(person=await person_of_link(link.id, now=clock.now), base_url=BASE_URL, now=clock.now)


async def only(first_name: str) -> None:
    noe = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    await family.change_pupil(
        representatives=tuple(
            replace(each, sole_authority=each.first_name == first_name) for each in noe.representatives
        )
    )


async def mother_alone(_: Clock) -> None:
    await only("Lise")


async def father_alone(_: Clock) -> None:
    await only("Paul")


async def father_off_the_record(_: Clock) -> None:
    noe = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    await family.change_pupil(representatives=noe.representatives[:1])


async def a_guardian(_: Clock) -> None:
    noe = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    guardian = replace(cast.a_parent(9, "Denis", Capacity.GUARDIAN), email="tuteur@exemple.fr")
    await family.change_pupil(representatives=(*noe.representatives, guardian))


async def come_of_age(_: Clock) -> None:
    await family.change_pupil(birth_date=date(2008, 9, 7), email="noe@exemple.fr")


EVENTS: list[tuple[Event, set[str]]] = [
    (disagree, set()),
    (mother_alone, {LISE}),
    (father_alone, {PAUL}),
    (father_off_the_record, {LISE}),
    (a_guardian, set()),
    (come_of_age, set()),
]


@pytest.mark.parametrize(("event", "left"), EVENTS, ids=lambda each: getattr(each, "__name__", ""))
async def test_what_waits_for_every_loan_is_judged_by_the_event(
    event: Event, left: set[str], clock: Clock, postman: Postman
) -> None:
    papers = await agreements(await three_loans())
    await ask_all(papers, clock)
    await event(clock)
    await send_due(postman.server, worker="w", base_url=BASE_URL, clock=clock)
    requests = await family.messages(Purpose.SIGNATURE_REQUEST)
    assert len(requests) == 6
    sent = {(each.about.document_id, each.to_address) for each in requests if each.state is MessageState.SENT}
    assert sent == {(paper.id, address) for paper in papers for address in left}
    stopped = [each for each in requests if each.state is not MessageState.SENT]
    assert {each.state for each in stopped} <= {MessageState.CANCELLED}
    assert all(each.reason for each in stopped)


@pytest.mark.parametrize(("event", "left"), EVENTS, ids=lambda each: getattr(each, "__name__", ""))
async def test_reminders_links_and_lists_of_every_loan_follow_the_event(
    event: Event, left: set[str], clock: Clock, postman: Postman
) -> None:
    papers = await agreements(await three_loans())
    await ask_all(papers, clock)
    await send_due(postman.server, worker="w", base_url=BASE_URL, clock=clock)
    asked = {each.email: each for each in await links.of_pupil(cast.TWO_HOMES)}
    await event(clock)
    await remind_signatures(issuer=Issuer(actor=cast.MANAGER, now=clock.later(days=8), base_url=BASE_URL))
    reminded = {(each.about.document_id, each.to_address) for each in await family.messages(Purpose.SIGNATURE_REMINDER)}
    assert reminded == {(paper.id, address) for paper in papers for address in left}
    for address, link in asked.items():
        may_sign = await lets_sign(link.id, papers, clock)
        assert may_sign == ({paper.id for paper in papers} if address in left else set()), address
    groups = await awaited_groups(actor=cast.READER, now=clock.now)
    lines = [line for group in groups if group.party is Party.BORROWER and not group.receipts for line in group.lines]
    assert {line.document.id for line in lines} == {paper.id for paper in papers}
    assert all(bool(line.to_print) is not bool(left) for line in lines)


async def lets_sign(link_id: UUID, papers: list[Document], clock: Clock) -> set[UUID]:
    """The papers that whoever holds a link may still sign."""
    try:
        person = await person_of_link(link_id, now=clock.now)
    except MaterielError:
        return set()
    listed = {each.document.id for each in (await family_home(person)).to_sign}
    allowed = set()
    for paper in papers:
        try:
            await ask_code(paper.id, signer=person, base_url=BASE_URL, now=clock.later(minutes=1))
        except MaterielError:
            continue
        allowed.add(paper.id)
    # A page never offers what the code refuses, but under a disagreement, which it tells.
    assert allowed <= listed
    return allowed


async def test_a_school_that_leaves_its_contract_is_put_for_every_loan() -> None:
    loan_ids = await three_loans()
    school = await get_school(cast.PRIVATE, actor=cast.MANAGER)
    command = DecideSchoolKind(
        uai=cast.PRIVATE, kind=SchoolKind.PRIVATE_NO_CONTRACT, reason="Contrat résilié", version=school.version
    )
    await decide_school_kind(command, actor=cast.MANAGER, now=cast.NOW)
    (change,) = await list_changes(actor=cast.READER, now=cast.NOW)
    assert {each.loan.id for each in change.loans} == set(loan_ids)
    assert {each.decision.outcome.value for each in change.loans} == {"refused"}
    with refused(RuleBroken, "loan.refused"):
        await renew_loan(Renew(loan_id=loan_ids[0], ends_on=date(2028, 7, 31)), issuer=cast.ISSUER)


async def test_a_pupil_who_goes_where_nothing_may_be_lent_moves_no_loan() -> None:
    loan_ids = await three_loans()
    for loan_id in loan_ids:
        with pytest.raises(RuleBroken):
            await change_school(
                ChangeSchool(loan_id=loan_id, school=cast.IME, effective_on=cast.TODAY), issuer=cast.ISSUER
            )
    assert {each.school_id for each in await agreements(loan_ids)} == {
        (await get_school(cast.PRIVATE, actor=cast.MANAGER)).id
    }
