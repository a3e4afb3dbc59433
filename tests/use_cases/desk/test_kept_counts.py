"""What the home page counts is kept while nothing has changed, and never longer."""

from __future__ import annotations

import csv
import io
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from tests.stage import family_cast as family
from tests.use_cases import loan_cast as cast

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.service import RenewalPolicy
from materiel.domain.desk.dashboard import Concern
from materiel.domain.incident.incident import IncidentKind
from materiel.domain.item.item import Condition, ItemStatus, Ownership
from materiel.domain.item.preparation import ChecksDone
from materiel.domain.loan.recall_ground import RecallGround
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.domain.papers.document import SignatureChannel
from materiel.domain.usage import Custody
from materiel.store.accounts import service as services
from materiel.store.engine import database as engines
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.engine.statement import Statement
from materiel.store.papers import document as documents
from materiel.store.work import outbox
from materiel.use_cases.accounts.service import UpdateService, update_service
from materiel.use_cases.desk import dashboard
from materiel.use_cases.desk.dashboard import ConcernTally, Figures, tallies, tallies_lately
from materiel.use_cases.imports.schools import import_schools
from materiel.use_cases.incident.incident import RecordIncident, record_incident
from materiel.use_cases.incident.treatment import CloseIncident, close_incident
from materiel.use_cases.item.bulk import SetStatuses, set_statuses
from materiel.use_cases.item.item import RegisterItem, SetItemStatus, register_item, set_item_status
from materiel.use_cases.item.preparation import prepare_item
from materiel.use_cases.loan.elsewhere.leaving import RecordLeaving, record_leaving
from materiel.use_cases.loan.recall import recall_loan
from materiel.use_cases.loan.reference_change import list_changes
from materiel.use_cases.loan.steps import HandOver, TakeBack, drop_draft, hand_over, issue_loan, take_back
from materiel.use_cases.mail.resending import settle
from materiel.use_cases.papers.document import mark_sent
from materiel.use_cases.signing.recording import RecordSignature, record_signature

LATER = cast.NOW + timedelta(days=400)
"""When the terms are past, and what sleeps in the stock has slept enough."""
THEIRS = Actor("token:theirs", Role.MANAGER, cast.OTHER_SERVICE)
A_LENS = RegisterItem(
    inventory_number="35-2026-00777", designation="Loupe", category="loupe", ownership=Ownership.STATE
)
Seen = tuple[list[ConcernTally], Figures]


@pytest.fixture(autouse=True)
async def people(db: object) -> None:
    await family.set_up()


async def seen(actor: Actor = cast.MANAGER, now: datetime = LATER) -> Seen:
    return await dashboard.tallies(actor=actor, now=now), await dashboard.figures(actor=actor, now=now)


async def recounted(url: str, actor: Actor = cast.MANAGER, now: datetime = LATER) -> Seen:
    """The same by another engine, which has kept nothing."""
    former = engines.current_engine()
    engine = engines.bind(engines.build_engine(url, synchronous="OFF"))
    await engines.start(engine)
    try:
        return await seen(actor, now)
    finally:
        await engines.stop(engine)
        engines.bind(former)


async def count_of(concern: Concern, actor: Actor = cast.MANAGER) -> int:
    return next(each.count for each in await dashboard.tallies(actor=actor, now=LATER) if each.concern is concern)


async def running(*, signed: bool = False, out: bool = False, **asked: object) -> UUID:
    """A loan of the laptop, issued."""
    loan_id = (await issue_loan(await cast.a_draft(**asked), issuer=cast.ISSUER)).case.loan.id
    if signed:
        await sign(loan_id)
    if out:
        handed = HandedItem(item_id=cast.LAPTOP, condition=Condition.GOOD)
        await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=(handed,)), issuer=cast.ISSUER)
    return loan_id


async def sign(loan_id: UUID) -> None:
    for paper in await documents.of_loan(loan_id):
        for box in paper.signatures:
            command = RecordSignature(
                document_id=paper.id, signatory_id=box.id, signed_on=cast.TODAY, channel=SignatureChannel.PAPER
            )
            await record_signature(command, actor=cast.MANAGER, now=cast.NOW)


async def give_back(loan_id: UUID) -> None:
    item = ReturnedItem(item_id=cast.LAPTOP, condition=Condition.GOOD)
    await take_back(TakeBack(loan_id=loan_id, returned_on=cast.TODAY, items=(item,)), issuer=cast.ISSUER)


async def import_a_move() -> None:
    """Another service imports the annuaire, where the school of ours has changed of commune."""
    with cast.ANNUAIRE.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter=";")]
    (moved,) = (row for row in rows if row["Identifiant_de_l_etablissement"] == cast.BAULON)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(moved), delimiter=";")
    writer.writeheader()
    writer.writerow(moved | {"Code_commune": "35238", "Nom_commune": "Rennes"})
    await import_schools(text.getvalue().encode(), actor=THEIRS, now=cast.NOW)


async def a_refused_message() -> UUID:
    """A message that the mail server refuses, as the loop that sends notes it."""
    await family.send(await family.an_agreement())
    message = await outbox.claim("w", now=cast.NOW, lease=timedelta(minutes=5))
    assert message is not None
    await dashboard.tallies(actor=cast.MANAGER, now=LATER)
    await outbox.mark_failed(message.id, "w", error="550 5.1.1 unknown")
    return message.id


async def draft() -> None:
    await cast.a_draft()


async def dropped() -> None:
    loan_id = await cast.a_draft()
    await seen()
    await drop_draft(loan_id, issuer=cast.ISSUER)


async def issued() -> None:
    await running()


async def signed() -> None:
    loan_id = await running()
    await seen()
    await sign(loan_id)


async def handed_over() -> None:
    loan_id = await running(signed=True)
    await seen()
    item = HandedItem(item_id=cast.LAPTOP, condition=Condition.GOOD)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=(item,)), issuer=cast.ISSUER)


async def handed_over_unsigned() -> None:
    await running(out=True)


async def recalled() -> None:
    loan_id = await running(signed=True, out=True, ends_on=date(2027, 12, 1))
    await seen()
    await recall_loan(loan_id, reason="Plus de besoin", ground=RecallGround.NOT_ELIGIBLE, issuer=cast.ISSUER)


async def returned() -> None:
    loan_id = await running(signed=True, out=True)
    await seen()
    await give_back(loan_id)


async def prepared() -> None:
    await give_back(await running(signed=True, out=True))
    await seen()
    await prepare_item(
        cast.LAPTOP,
        ChecksDone(done_on=cast.TODAY, erased=True, condition=Condition.GOOD),
        issuer=cast.ISSUER,
    )


async def notice_sent() -> None:
    loan_id = await running()
    await seen()
    notice = next(each for each in await documents.of_loan(loan_id) if each.recipients)
    await mark_sent(notice.id, actor=cast.MANAGER, now=cast.NOW)


async def incident() -> None:
    told = RecordIncident(item_id=cast.LAPTOP, kind=IncidentKind.BREAKDOWN, description="Plus d'image")
    await record_incident(told, actor=cast.MANAGER, now=cast.NOW)


async def incident_closed() -> None:
    told = RecordIncident(item_id=cast.LAPTOP, kind=IncidentKind.BREAKDOWN, description="Plus d'image")
    found = await record_incident(told, actor=cast.MANAGER, now=cast.NOW)
    await seen()
    command = CloseIncident(incident_id=found.id, resolution="Réparé", version=found.version)
    await close_incident(command, issuer=cast.ISSUER)


async def registered() -> None:
    await register_item(A_LENS, actor=cast.MANAGER, now=cast.NOW)


async def set_aside() -> None:
    command = SetItemStatus(item_id=cast.SPARE, status=ItemStatus.IN_REPAIR, reason="Écran fendu", version=1)
    await set_item_status(command, actor=cast.MANAGER, now=cast.NOW)


async def set_aside_together() -> None:
    command = SetStatuses(item_ids=(cast.SPARE, cast.LAST), status=ItemStatus.IN_REPAIR, reason="Contrôle")
    await set_statuses(command, actor=cast.MANAGER, now=cast.NOW)


async def left() -> None:
    await running(signed=True, out=True)
    await seen()
    await record_leaving(RecordLeaving(pupil_id=cast.CHILD, left_on=cast.TODAY, academie="17"), issuer=cast.ISSUER)


async def policy() -> None:
    await fetch("UPDATE managing_service SET departement = '035', renewal_policy = 'schooling'")
    await running(signed=True, out=True, ends_on=date(2029, 6, 30))
    await seen()
    version = (await services.get(cast.SERVICE)).version
    command = UpdateService(version=version, renewal_policy=RenewalPolicy.YEARLY)
    await update_service(command, actor=replace(cast.MANAGER, role=Role.ADMIN), now=cast.NOW)


async def annuaire() -> None:
    await running(custody=Custody.SCHOOL)
    await seen()
    await import_a_move()
    assert await list_changes(actor=cast.MANAGER, now=cast.NOW)


async def mail_refused() -> None:
    await a_refused_message()


async def mail_settled() -> None:
    refused = await a_refused_message()
    await seen()
    await settle(refused, actor=cast.MANAGER, now=cast.NOW)


ACTS: dict[Callable[[], Awaitable[None]], tuple[Concern, int]] = {
    draft: (Concern.DRAFT, 1),
    dropped: (Concern.DRAFT, 0),
    issued: (Concern.SIGNATURE, 1),
    signed: (Concern.SIGNATURE, 0),
    handed_over: (Concern.TO_HAND_OVER, 0),
    handed_over_unsigned: (Concern.UNSIGNED, 1),
    recalled: (Concern.RETURN, 1),
    returned: (Concern.TO_PREPARE, 1),
    prepared: (Concern.TO_PREPARE, 0),
    notice_sent: (Concern.NOTICE, 0),
    incident: (Concern.INCIDENT, 1),
    incident_closed: (Concern.INCIDENT, 0),
    registered: (Concern.IDLE, 9),
    set_aside: (Concern.IDLE, 7),
    set_aside_together: (Concern.IDLE, 6),
    left: (Concern.LIAISON, 1),
    policy: (Concern.CAPPED, 1),
    annuaire: (Concern.REFERENCE, 1),
    mail_refused: (Concern.MAIL, 1),
    mail_settled: (Concern.MAIL, 0),
}


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
async def test_what_an_act_changes_is_seen_at_once(act: Callable[[], Awaitable[None]], migrated_url: str) -> None:
    await seen()
    await act()
    concern, count = ACTS[act]
    assert await count_of(concern) == count
    assert await seen() == await recounted(migrated_url)


async def test_what_is_kept_costs_one_statement(statements: list[str]) -> None:
    await running()
    first = await seen()
    statements.clear()
    assert await dashboard.tallies(actor=cast.MANAGER, now=LATER) == first[0]
    assert len(statements) == 1, statements
    assert await dashboard.figures(actor=cast.MANAGER, now=LATER) == first[1]
    assert len(statements) == 2, statements


async def test_the_act_of_another_service_leaves_what_is_kept(statements: list[str]) -> None:
    await seen()
    await register_item(A_LENS, actor=THEIRS, now=cast.NOW)
    statements.clear()
    await seen()
    assert len(statements) == 2, statements


async def test_a_reader_and_a_manager_do_not_share_what_is_kept() -> None:
    await a_refused_message()
    told = {each.concern for each in await dashboard.tallies(actor=cast.MANAGER, now=LATER)}
    read = {each.concern for each in await dashboard.tallies(actor=cast.READER, now=LATER)}
    assert told - read == {Concern.MAIL, Concern.NOTICE}


async def test_the_next_day_counts_anew() -> None:
    await running(signed=True, out=True, ends_on=date(2027, 1, 8))
    last = datetime(2027, 1, 8, 20, tzinfo=cast.NOW.tzinfo)

    async def expected(now: datetime) -> int:
        found = await dashboard.tallies(actor=cast.MANAGER, now=now)
        return next(each.count for each in found if each.concern is Concern.RETURN)

    assert [await expected(last), await expected(last + timedelta(hours=5)), await expected(last)] == [0, 1, 0]


async def test_a_base_restored_to_the_same_entry_counts_anew(migrated_url: str) -> None:
    """The journal ends as it did; what it does not tell has changed, and so has the stamp of the base."""
    assert await count_of(Concern.IDLE) == 8
    await Statement("UPDATE item SET status = 'in_repair' WHERE id = {}").fetch(cast.SPARE)
    assert await count_of(Concern.IDLE) == 8
    await fetch("UPDATE installation SET stamp = 'another' WHERE id = 1")
    assert await count_of(Concern.IDLE) == 7
    assert await seen() == await recounted(migrated_url)


async def test_a_base_restored_to_as_many_entries_counts_anew() -> None:
    """Another act took the same number in the journal."""
    await registered()
    assert await count_of(Concern.IDLE) == 9
    former = await fetch("SELECT sequence FROM journal_head WHERE chain <> 'system' ORDER BY 1")
    await Statement("UPDATE item SET status = 'in_repair' WHERE id = {}").fetch(cast.SPARE)
    await Statement("UPDATE journal_head SET hash = {} WHERE chain = {}").fetch("f" * 64, str(cast.SERVICE))
    assert await fetch("SELECT sequence FROM journal_head WHERE chain <> 'system' ORDER BY 1") == former
    assert await count_of(Concern.IDLE) == 8


async def test_what_a_transaction_sees_is_not_kept() -> None:
    assert await count_of(Concern.IDLE) == 8

    async def begin_and_give_up() -> None:
        async with write_transaction():
            await Statement("UPDATE item SET status = 'in_repair' WHERE id = {}").fetch(cast.SPARE)
            assert await count_of(Concern.IDLE) == 7
            raise RuntimeError("given up")

    with pytest.raises(RuntimeError, match="given up"):
        await begin_and_give_up()
    assert await count_of(Concern.IDLE) == 8


async def test_the_menu_of_a_busy_day_may_be_late_by_seconds_and_no_more() -> None:
    assert await lately(0) == 0
    await cast.a_draft()
    assert await lately(9) == 0
    assert await lately(10) == 1
    await cast.a_draft(items=(cast.BRAILLE,), pupil=cast.ADULT, school=cast.COLLEGE)
    assert await lately(11) == 1
    # Whoever has just written is given the latest count, which the others then have too.
    await tallies(actor=cast.READER, now=cast.NOW + timedelta(seconds=12))
    assert await lately(13) == 2


async def lately(seconds: int) -> int:
    found = await tallies_lately(actor=cast.READER, now=cast.NOW + timedelta(seconds=seconds))
    return next(each.count for each in found if each.concern is Concern.DRAFT)
