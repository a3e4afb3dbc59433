"""A school year of one service, month by month, from the needs of June to the September that follows.

Three pupils of the cast, and what happens to them: the figures at the end are known by hand. One test, because a year
is one thing: what is done in October is found again in June.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from tests.use_cases import loan_cast as cast

from materiel.domain.circuit.figures import COUNTS, Delay, Grouping, ServiceFigures
from materiel.domain.circuit.need import Need, NeedStage
from materiel.domain.circuit.stocktake import OpenStocktake
from materiel.domain.circuit.use import UseLevel
from materiel.domain.circuit.workshop.repair import RepairOutcome
from materiel.domain.circuit.workshop.safety import SafetyTreatment
from materiel.domain.desk.campaign import CampaignKind, RenewalOutcome
from materiel.domain.incident.incident import Fault
from materiel.domain.item.examination import ExaminationChecks
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.item.preparation import ChecksDone
from materiel.domain.links.access_link import FamilyPerson
from materiel.domain.loan.loan import LoanStatus, RemovalReason
from materiel.domain.loan.plan import Removal
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.domain.papers.document import AGREEMENTS, DocumentKind, SignatureChannel, SignatureStatus
from materiel.domain.people.pupil import Pupil
from materiel.domain.usage import Basis, BasisKind, Custody, Usage
from materiel.store.engine.database import write_transaction
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.use_cases.circuit.figures import AskFigures, statistics
from materiel.use_cases.circuit.matching import matches_of, oldest_need_for
from materiel.use_cases.circuit.need import (
    OrderNeed,
    ReceiveNeed,
    RecordNeed,
    order_need,
    queue_figures,
    read_need,
    receive_need,
    record_need,
)
from materiel.use_cases.circuit.stocktake.counting import CountCodes, count_codes
from materiel.use_cases.circuit.stocktake.opening import open_stocktake, read_stocktake
from materiel.use_cases.circuit.use import NoteSectorUses, NoteUses, note_by_referent, note_uses, pupils_of_sector
from materiel.use_cases.circuit.workshop.repair import EndRepair, SendToRepair, end_repair, send_to_repair
from materiel.use_cases.circuit.workshop.safety import (
    CloseSafetyRecall,
    OpenSafetyRecall,
    TreatSafetyItems,
    close_safety_recall,
    open_safety_recall,
    treat_safety_items,
)
from materiel.use_cases.desk.campaign import OpenCampaign
from materiel.use_cases.desk.campaign_at_once import run_campaign_at_once
from materiel.use_cases.desk.examination import print_attestation
from materiel.use_cases.desk.safety.telling import tell_holders
from materiel.use_cases.item.examination import keep_examination_sheet
from materiel.use_cases.item.preparation import prepare_item
from materiel.use_cases.links.access_link import LinkHolder, make_link
from materiel.use_cases.links.referent import RecordReferent, reader_of_link, record_referent, send_referent_link
from materiel.use_cases.loan.changes import Amend, Renew, amend_loan, renew_loan
from materiel.use_cases.loan.elsewhere.accepting import AcceptTransfer, accept_transfer
from materiel.use_cases.loan.elsewhere.asking import AskTransfer, ask_transfer
from materiel.use_cases.loan.loan import create_loan
from materiel.use_cases.loan.moves import ChangeSchool, change_school
from materiel.use_cases.loan.steps import HandOver, TakeBack, hand_over, issue_loan, take_back
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.recording import RecordSignature, record_signature
from materiel.use_cases.signing.reminder import due_reminders
from materiel.use_cases.signing.request import SendForSignature, send_for_signature
from materiel.use_cases.signing.signed_copy import Press
from materiel.use_cases.signing.stocktake_report import CloseStocktake, close_stocktake
from materiel.use_cases.visitors.family import family_home
from materiel.use_cases.visitors.safety import acknowledge_by_family, recalls_of_family
from materiel.use_cases.work.pause import AddPause, add_pause

DECISION = Basis(kind=BasisKind.CDAPH, decided_on=date(2026, 5, 20), valid_until=date(2029, 8, 31))


def at(day: date) -> datetime:
    """Nine in the morning, in UTC."""
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def issuer(day: date) -> Issuer:
    """The manager, on a day."""
    return Issuer(actor=cast.MANAGER, now=at(day), base_url="https://pret.example.fr")


async def needs(pupil: UUID, wording: str, notified_on: date, day: date) -> Need:
    """A need written down on a day."""
    asked = RecordNeed(pupil_id=pupil, wording=wording, notified_on=notified_on, basis=DECISION)
    return await record_need(asked, actor=cast.MANAGER, now=at(day))


async def lends(day: date, *, need: Need | None = None, **asked: object) -> UUID:
    """A loan prepared, issued and handed over on a day."""
    wanted = {"starts_on": day, "basis": DECISION, **({"need": need.id} if need else {}), **asked}
    loan = (await create_loan(cast.a_request(**wanted), actor=cast.MANAGER, now=at(day))).case.loan
    await issue_loan(loan.id, issuer=issuer(day))
    await hands_over(loan.id, day)
    return loan.id


async def hands_over(loan_id: UUID, day: date) -> None:
    """What of a loan is not out yet."""
    lines = (await loans.get(loan_id, cast.SERVICE)).open_items
    handed = tuple(HandedItem(item_id=line.item_id) for line in lines if line.handed_over_on is None)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=day, items=handed), issuer=issuer(day))


async def sign(loan_id: UUID, day: date) -> None:
    """Every box that the agreements of a loan still await."""
    for document in (await documents.of_loans([loan_id]))[loan_id]:
        for box in document.signatures if document.kind in AGREEMENTS else ():
            if box.status is SignatureStatus.PENDING:
                signed = RecordSignature(
                    document_id=document.id, signatory_id=box.id, signed_on=day, channel=SignatureChannel.PAPER
                )
                await record_signature(signed, actor=cast.MANAGER, now=at(day))


async def figures(by: Grouping = Grouping.LEVEL) -> ServiceFigures:
    """Those of the year, counted after it."""
    asked = AskFigures(by=by, starts_on=date(2026, 9, 1), ends_on=date(2027, 8, 31))
    return await statistics(asked, actor=cast.READER, now=at(date(2027, 9, 20)))


async def parent_of(pupil: Pupil, day: date) -> FamilyPerson:
    """The first parent of a pupil, come by a link."""
    parent = pupil.representatives[0]
    holder = LinkHolder(
        service_id=cast.SERVICE,
        email=parent.email,
        name=parent.full_name,
        pupil_id=pupil.id,
        representative_id=parent.id,
    )
    async with write_transaction():
        made = await make_link(holder, actor_id="tests", now=at(day))
    return FamilyPerson(link=made.link, pupil=pupil, representative=parent, acts=True)


async def status_of(item_id: UUID) -> ItemStatus:
    """Where an item is now."""
    return (await items.get(item_id, cast.SERVICE)).status


@pytest.mark.usefixtures("db")
async def test_a_year(tmp_path: Path) -> None:
    await cast.set_up()
    async with write_transaction():
        await items.save(replace(await items.get(cast.BRAILLE, cast.SERVICE), family=ItemFamily.COMPUTER))

    # September: two pupils wait, one since June; the oldest is served first from what sleeps.
    day = date(2026, 9, 8)
    zoe = await needs(cast.CHILD, "Ordinateur portable", date(2026, 6, 1), day)
    adult = await needs(cast.ADULT, "Plage braille", date(2026, 9, 2), day)
    assert [match.item.id for match in (await matches_of(zoe, actor=cast.READER))][:1] == [cast.LAPTOP]
    at_home = await lends(date(2026, 9, 10), need=zoe)
    await sign(at_home, date(2026, 9, 24))
    assert (await read_need(zoe.id, actor=cast.READER)).need.waiting_days(date(2027, 1, 1)) == 101

    # October: a shared FM system for a public école; what is not in stock is ordered, and comes.
    deposit = await lends(
        date(2026, 10, 5),
        pupil=None,
        basis=None,
        school=cast.CARDROC,
        usage=Usage.SHARED,
        custody=Custody.SCHOOL,
        items=(cast.FM,),
    )
    await sign(deposit, date(2026, 10, 12))
    two_homes = await needs(cast.TWO_HOMES, "Clavier adapté", date(2026, 9, 15), date(2026, 10, 6))
    ordered = OrderNeed(
        need_id=two_homes.id, version=two_homes.version, reference="BC-12", expected_on=date(2026, 11, 2)
    )
    two_homes = await order_need(ordered, actor=cast.MANAGER, now=at(date(2026, 10, 6)))
    assert two_homes.stage is NeedStage.ORDERED
    came = ReceiveNeed(need_id=two_homes.id, version=two_homes.version, received_on=date(2026, 11, 4))
    two_homes = await receive_need(came, actor=cast.MANAGER, now=at(date(2026, 11, 4)))
    assert two_homes.stage is NeedStage.RECEIVED

    # November: a braille display that stays at the collège, then the keyboard that had come.
    tripartite = await lends(
        date(2026, 11, 3),
        need=adult,
        pupil=cast.ADULT,
        school=cast.COLLEGE,
        custody=Custody.SCHOOL,
        items=(cast.BRAILLE,),
    )
    assert {each.kind for each in (await documents.of_loans([tripartite]))[tripartite]} >= {
        DocumentKind.TRIPARTITE_AGREEMENT
    }
    keyboard = await lends(date(2026, 11, 20), need=two_homes, pupil=cast.TWO_HOMES, items=(cast.KEYBOARD,))
    await sign(keyboard, date(2026, 11, 30))
    assert (await queue_figures(actor=cast.READER, now=at(date(2026, 12, 1)))).waiting == 0

    # December: the référent of the collège notes by a link what serves, and sees nobody else (§ 8.2).
    day = date(2026, 12, 10)
    asked = RecordReferent(
        name="Berthe Référente", email="referente@exemple.fr", ends_on=date(2027, 7, 31), schools=(cast.COLLEGE,)
    )
    referent = await record_referent(asked, actor=cast.MANAGER, now=at(day))
    link = await send_referent_link(referent.id, issuer=issuer(day))
    reader = await reader_of_link(link.id, now=at(day))
    assert [each.id for each in await pupils_of_sector(reader)] == [cast.ADULT]
    await note_by_referent(
        NoteSectorUses(pupil_id=cast.ADULT, said_on=day, levels={cast.BRAILLE: UseLevel.LITTLE}),
        reader=reader,
        now=at(day),
    )

    # January: stolen, without fault; the State replaces it under the same loan (E25).
    day = date(2027, 1, 14)
    stolen = Removal(
        item_id=cast.KEYBOARD,
        reason=RemovalReason.STOLEN,
        fault=Fault.NONE,
        description="Volé dans le bus",
        happened_on=date(2027, 1, 12),
    )
    await amend_loan(Amend(loan_id=keyboard, effective_on=day, remove=(stolen,), add=(cast.SPARE,)), issuer=issuer(day))
    await hands_over(keyboard, date(2027, 1, 15))
    assert await status_of(cast.KEYBOARD) is ItemStatus.STOLEN

    # February: all is looked for. Two homes do not answer, which is no loss; a display is where it was not expected.
    day = date(2027, 2, 2)
    asked = OpenStocktake(name="Récolement de février", closes_on=date(2027, 2, 26))
    stocktake = await open_stocktake(asked, actor=cast.MANAGER, now=at(day))
    room = tuple(f"35-2026-{number:05d}" for number in (4, 6, 8))
    for codes, place in ((room, ""), (("35-2026-00005", "35-2026-00002"), cast.CARDROC), (("35-1999-1",), "")):
        counted = CountCodes(stocktake_id=stocktake.id, codes=codes, place=place)
        await count_codes(counted, actor=cast.MANAGER, now=at(date(2027, 2, 9)))
    seen = (await read_stocktake(stocktake.id, actor=cast.READER)).figures
    assert (seen.expected, seen.found, seen.elsewhere, seen.missing, seen.silent, seen.unknown) == (7, 4, 1, 0, 2, 1)
    press = Press(certificate_file=None, password="", tsa_url="", data_dir=tmp_path)
    closing = CloseStocktake(stocktake_id=stocktake.id)
    _, report = await close_stocktake(closing, actor=cast.MANAGER, press=press, now=at(date(2027, 2, 26)))
    assert report.pdf.startswith(b"%PDF")

    # The maker recalls the battery of what Zoé has: her mother is told by e-mail, reads, and it is changed at home.
    day = date(2027, 2, 15)
    async with write_transaction():
        child = await pupils.get(cast.CHILD, cast.SERVICE)
        mothers = tuple(replace(each, email="parent@exemple.fr") for each in child.representatives)
        child = await pupils.save(replace(child, representatives=mothers))
    danger = OpenSafetyRecall(
        title="La batterie peut prendre feu",
        to_do="Éteignez l'appareil et ne le chargez plus.",
        published_on=day,
        model="ordinateur",
        items=(cast.LAPTOP,),
    )
    recall = await open_safety_recall(danger, actor=cast.MANAGER, now=at(day))
    assert (await tell_holders(recall.id, issuer=issuer(day))).written == 1
    mother = await parent_of(child, day)
    ((_, case),) = await recalls_of_family((await family_home(mother)).loans, mother)
    await acknowledge_by_family(case.line.id, mother, now=at(date(2027, 2, 16)))
    treated = TreatSafetyItems(
        recall_id=recall.id,
        items=(cast.LAPTOP,),
        treatment=SafetyTreatment.BATTERY_REPLACED,
        treated_on=date(2027, 2, 24),
    )
    await treat_safety_items(treated, actor=cast.MANAGER, now=at(date(2027, 2, 24)))
    closing_recall = CloseSafetyRecall(recall_id=recall.id, version=recall.version)
    await close_safety_recall(closing_recall, actor=cast.MANAGER, now=at(date(2027, 2, 24)))

    # March: Zoé moves to another école; the loan goes on, its mayor is told (E9).
    day = date(2027, 3, 1)
    moved = await change_school(
        ChangeSchool(loan_id=at_home, school=cast.CARDROC, effective_on=day), issuer=issuer(day)
    )
    assert [document.kind for document in moved.made] == [DocumentKind.NOTICE]

    # April: one that sleeps goes to the département where it is wanted; its number stays taken here.
    day = date(2027, 4, 6)
    offer = AskTransfer(items=(cast.LAST,), to="DSDEN29", reason="Un élève attend ce matériel.")
    transfer = (await ask_transfer(offer, actor=cast.MANAGER, now=at(day))).transfer
    then = replace(cast.ISSUER, actor=cast.STRANGER, now=at(date(2027, 4, 8)))
    await accept_transfer(AcceptTransfer(transfer_id=transfer.id), issuer=then)
    assert await status_of(cast.LAST) is ItemStatus.TRANSFERRED

    # May: an adult sits an examination with the display, emptied; it serves. A rented laptop is repaired.
    day = date(2027, 5, 10)
    await note_uses(
        NoteUses(loan_id=tripartite, said_on=day, levels={cast.BRAILLE: UseLevel.USED}), actor=cast.MANAGER, now=at(day)
    )
    checks = ExaminationChecks(done_on=day, sits_on=date(2027, 6, 14), emptied=True, radio_off=True, software="Lecteur")
    await keep_examination_sheet(cast.BRAILLE, checks, actor=cast.MANAGER, now=at(day))
    assert (await print_attestation(tripartite, issuer=issuer(day))).startswith(b"%PDF")
    sent = SendToRepair(item_id=cast.RENTED, provider="Atelier Exemple", fault="L'écran reste noir", sent_on=day)
    repair = await send_to_repair(sent, actor=cast.MANAGER, now=at(day))
    assert await status_of(cast.RENTED) is ItemStatus.IN_REPAIR
    came_back = EndRepair(
        repair_id=repair.id,
        version=repair.version,
        returned_on=date(2027, 5, 24),
        outcome=RepairOutcome.REPAIRED,
        cost_cents=8_400,
    )
    await end_repair(came_back, actor=cast.MANAGER, now=at(date(2027, 5, 24)))

    # June: the braille display comes back and is checked; it is for whoever has waited longest.
    day = date(2027, 6, 28)
    back = ReturnedItem(item_id=cast.BRAILLE, condition=Condition.GOOD)
    await take_back(TakeBack(loan_id=tripartite, returned_on=day, items=(back,)), issuer=issuer(day))
    assert await status_of(cast.BRAILLE) is ItemStatus.TO_PREPARE
    again = await needs(cast.CHILD, "Ordinateur portable", date(2027, 6, 1), day)
    await prepare_item(
        cast.BRAILLE,
        ChecksDone(done_on=day, condition=Condition.GOOD, erased=True, uninstalled=True),
        issuer=issuer(day),
    )
    assert await status_of(cast.BRAILLE) is ItemStatus.IN_STOCK
    oldest = await oldest_need_for([await items.get(cast.BRAILLE, cast.SERVICE)], actor=cast.READER)
    assert oldest is not None
    assert oldest[1].need.id == again.id

    # Summer: the service is away, nothing leaves by itself; what is asked before it is reminded after.
    summer = AddPause(name="Été", starts_on=date(2027, 7, 8), ends_on=date(2027, 8, 23))
    await add_pause(summer, actor=replace(cast.STRANGER, service_id=cast.SERVICE), now=at(day))

    # September again: the campaign tells what becomes of each; the laptop and its pupil's new école go on.
    day = date(2027, 8, 25)
    campaign = OpenCampaign(kind=CampaignKind.RENEWAL, school_year=2027, dry_run=False, send=False)
    report = await run_campaign_at_once(
        campaign, issuer=issuer(day), clock=lambda: at(day), progress=lambda _, __: None
    )
    assert {outcome: count for (outcome, _, _), count in report.counts.items()} == {
        RenewalOutcome.CHANGE_OF_DOCUMENT: 1,
        RenewalOutcome.DEPOSIT: 1,
        RenewalOutcome.SCHOOL_UNKNOWN: 1,
    }
    renewed = await renew_loan(Renew(loan_id=at_home), issuer=issuer(date(2027, 7, 1)))
    (amendment,) = renewed.made
    assert amendment.kind is DocumentKind.AMENDMENT
    await send_for_signature(SendForSignature(document_id=amendment.id), issuer=issuer(date(2027, 7, 1)))
    assert await due_reminders(issuer=issuer(date(2027, 7, 20))) == []
    assert [due.numbers for due in await due_reminders(issuer=issuer(date(2027, 8, 24)))] == [[amendment.number]]
    assert (await loans.get(tripartite, cast.SERVICE)).status is LoanStatus.RETURNED

    total = (await figures()).total
    assert {name: getattr(total, name) for name in COUNTS} == {
        "loans": 3,
        "deposits": 2,
        "items": 3,
        "handed_over": 5,
        "returned": 1,
        "losses": 1,
        "needs": 3,
        "met": 3,
        "waiting": 1,
        "idle": 2,
    }
    # 101, 62 and 66 days.
    assert total.to_hand_over == Delay(3, 66, 101)
    # 14, 7 and 10 days; the collège never signed.
    assert total.to_signature == Delay(3, 10, 14)
    assert total.coverage == 75
    by_school = {line.key: (line.loans, line.deposits) for line in (await figures(Grouping.SCHOOL)).lines if line.loans}
    assert by_school == {cast.CARDROC: (1, 1), cast.COLLEGE: (1, 1), cast.BAULON: (1, 0)}
