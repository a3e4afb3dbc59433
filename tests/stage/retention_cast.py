"""Loans that ended years ago, with all that a loan leaves behind, under names found nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec
from tests.stage import family_cast
from tests.use_cases import loan_cast as cast

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.session import SubjectKind
from materiel.domain.address import Address
from materiel.domain.calendar.civil_day import MAINLAND, civil_date
from materiel.domain.incident.file import FileKind
from materiel.domain.incident.incident import DeclaredAs, IncidentKind
from materiel.domain.item.item import Condition
from materiel.domain.language.source import CIRC_2001_221_INDIVIDUAL
from materiel.domain.loan.decision import Decision, Outcome
from materiel.domain.loan.loan import Loan, LoanItem, LoanStatus
from materiel.domain.loan.plan import Fault
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.domain.papers.document import DocumentKind, SignatureChannel
from materiel.domain.people.pupil import Home, Pupil
from materiel.domain.retention.retention import Elimination
from materiel.domain.signing.evidence import Evidence
from materiel.domain.usage import Custody, Usage
from materiel.domain.work.job import Job
from materiel.store.engine.database import fetch, is_postgres, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.incident import incident as incidents
from materiel.store.item import item as items
from materiel.store.links import access_link as links
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.use_cases.accounts.session import open_session
from materiel.use_cases.incident.file import SendFile, send_file
from materiel.use_cases.incident.incident import DeclareIncident, Declarer, declare_incident
from materiel.use_cases.incident.treatment import CloseIncident, FindFault, add_note, close_incident, find_fault
from materiel.use_cases.loan.steps import HandOver, TakeBack, close_loan, hand_over, issue_loan, take_back
from materiel.use_cases.papers.document import FileScan, file_scan
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.retention.elimination import GiveVisa, give_visa, prepare_elimination
from materiel.use_cases.signing.recording import RecordSignature, record_signature, sign_within
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS

ADMIN = Actor("user:admin", Role.ADMIN, cast.SERVICE)
SURNAME, FIRST_NAME, MOTHER, STREET, MAIL = "Zwyntarel", "Quovadim", "Lisebrouk", "9 rue du Wharvik", "brouk@exemple.fr"
NAMES = (SURNAME, FIRST_NAME, MOTHER, "Wharvik", MAIL)
"""Nothing else in the database holds these words."""

DECISION = Decision(outcome=Outcome.ALLOWED, code=None, reason="Permis.", next_step="", source=CIRC_2001_221_INDIVIDUAL)
RETURNED_ON = date(2027, 6, 30)
LONG_AFTER = datetime(2033, 1, 10, 9, 0, tzinfo=UTC)
PDF = b"%PDF-1.7 numerisation de " + SURNAME.encode()


def issuer_on(day: date) -> Issuer:
    now = datetime(day.year, day.month, day.day, 9, 0, tzinfo=UTC)
    return Issuer(actor=cast.MANAGER, now=now, base_url=family_cast.BASE_URL)


async def set_up() -> None:
    """The cast of the families, one of them under names of its own."""
    await family_cast.set_up()
    noe = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    mother = replace(noe.representatives[0], last_name=SURNAME, first_name=MOTHER, email=MAIL)
    home = Home(address=Address(lines=(STREET,), postcode="35580", city="Baulon"))
    await family_cast.change_pupil(last_name=SURNAME, first_name=FIRST_NAME, representatives=(mother,), homes=(home,))


async def an_old_loan(item: UUID = cast.LAPTOP, *, returned_on: date = RETURNED_ON, close: bool = True) -> UUID:
    """A loan issued, sent, signed with its evidence, scanned, handed over, broken, returned and closed."""
    loan_id = await cast.a_draft(
        pupil=cast.TWO_HOMES, school=cast.PRIVATE, items=(item,), purpose=f"Pour les devoirs de {FIRST_NAME}"
    )
    await issue_loan(loan_id, issuer=cast.ISSUER)
    papers = await documents.of_loan(loan_id)
    agreement = next(each for each in papers if each.kind is DocumentKind.LOAN_AGREEMENT)
    await family_cast.send(agreement)
    *seen_on_paper, signed_online = agreement.signatures
    for box in seen_on_paper:
        command = RecordSignature(
            document_id=agreement.id, signatory_id=box.id, signed_on=cast.TODAY, channel=SignatureChannel.PAPER
        )
        await record_signature(command, actor=cast.MANAGER, now=cast.NOW)
    await file_scan(FileScan(document_id=agreement.id, data=PDF), actor=cast.MANAGER, now=cast.NOW)
    link = (await links.of_pupil(cast.TWO_HOMES))[-1]
    given = RecordSignature(
        document_id=agreement.id,
        signatory_id=signed_online.id,
        signed_on=cast.TODAY,
        channel=SignatureChannel.ELECTRONIC,
    )
    async with write_transaction():
        await sign_within(
            await documents.get(agreement.id, cast.SERVICE),
            given,
            recorded_by=f"link:{link.id}",
            now=cast.NOW,
            today=cast.TODAY,
            evidence=an_evidence(agreement.id, signed_online.id, link.id),
        )
    await open_session(SubjectKind.FAMILY, link.id, cast.SERVICE, now=cast.NOW, data={"name": MOTHER})
    handed = HandedItem(item_id=item, condition=Condition.GOOD)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=(handed,)), issuer=cast.ISSUER)
    await a_settled_incident(loan_id, item)
    if close:
        back = ReturnedItem(item_id=item, condition=Condition.WORN)
        issuer = issuer_on(returned_on)
        await take_back(TakeBack(loan_id=loan_id, returned_on=returned_on, items=(back,)), issuer=issuer)
        await close_loan(loan_id, issuer=issuer, despite_unsigned=True)
    return loan_id


def an_evidence(document_id: UUID, signature_id: UUID, link_id: UUID) -> Evidence:
    return Evidence(
        signature_id=signature_id,
        document_id=document_id,
        link_id=link_id,
        sha256="0" * 64,
        typed_name=f"{MOTHER} {SURNAME}",
        capacity="mère",
        email=MAIL,
        shown_at=cast.NOW,
        consented_at=cast.NOW,
        code_sent_at=cast.NOW,
        code_checked_at=cast.NOW,
    )


async def an_incident(loan_id: UUID, item_id: UUID, declared_link: UUID | None = None) -> UUID:
    command = DeclareIncident(kind=IncidentKind.BREAKDOWN, description=f"{FIRST_NAME} l'a fait tomber.")
    declared = await declare_incident(
        command,
        item=await items.get(item_id, cast.SERVICE),
        loan_id=loan_id,
        declarer=Declarer(f"link:{declared_link or 1}", DeclaredAs.FAMILY, declared_link),
        base_url=family_cast.BASE_URL,
        now=cast.NOW,
    )
    return declared.id


async def a_settled_incident(loan_id: UUID, item_id: UUID) -> None:
    """Told by the mother's link, followed up, found to be nobody's fault, and answered to her by e-mail."""
    link = (await links.of_pupil(cast.TWO_HOMES))[-1]
    incident_id = await an_incident(loan_id, item_id, declared_link=link.id)
    told = await incidents.get(incident_id, cast.SERVICE)
    complaint = SendFile(kind=FileKind.COMPLAINT, data=PDF)
    await send_file(complaint, incident=told, link=link, base_url=family_cast.BASE_URL, now=cast.NOW)
    await add_note(incident_id, f"Appelé {MOTHER}.", actor=cast.MANAGER, now=cast.NOW)
    finding = FindFault(incident_id=incident_id, fault=Fault.NONE, reason=f"{FIRST_NAME} a glissé.", version=2)
    await find_fault(finding, actor=cast.MANAGER, now=cast.NOW)
    settled = CloseIncident(incident_id=incident_id, resolution=f"Vu avec {MOTHER}.", version=3)
    assert (await close_incident(settled, issuer=cast.ISSUER)).is_told


async def a_bare_loan(number: int, *, status: LoanStatus = LoanStatus.CLOSED, ended: date = RETURNED_ON) -> Loan:
    """A loan without papers, and a pupil of its own: quick to make, as many as a test wants."""
    pupil = replace(cast.a_child(), id=new_id(), last_name=f"{SURNAME}{number}", representatives=(), homes=(a_home(),))
    loan = Loan(
        id=new_id(),
        service_id=cast.SERVICE,
        usage=Usage.INDIVIDUAL,
        custody=Custody.HOME,
        school_uai=cast.BAULON,
        pupil_id=pupil.id,
        status=status,
        starts_on=cast.TODAY,
        ends_on=None,
        purpose="",
        items=(LoanItem(item_id=cast.SPARE, added_on=cast.TODAY, removed_on=ended),),
        created_at=cast.NOW,
        closed_on=ended,
    )
    async with write_transaction():
        await pupils.insert(pupil, cast.NOW)
        await loans.insert(loan, msgspec.json.encode(DECISION).decode())
    return loan


def a_home() -> Home:
    return Home(address=Address(lines=(STREET,), postcode="35580", city="Baulon"))


async def a_pupil_without_loan(created_at: datetime = cast.NOW) -> Pupil:
    pupil = replace(cast.a_child(), id=new_id(), last_name=SURNAME, representatives=(), homes=(a_home(),))
    async with write_transaction():
        await pupils.insert(pupil, created_at)
    return pupil


async def a_visa(elimination: Elimination, now: datetime = LONG_AFTER) -> Job:
    """The archives agree on the day when they are asked."""
    command = GiveVisa(elimination_id=elimination.id, on=civil_date(now, MAINLAND), reference="AD35-2033-007")
    return await give_visa(command, actor=ADMIN, now=now)


async def eliminated(now: datetime = LONG_AFTER) -> Elimination:
    """What is over on a day, on a list, with its visa, and gone."""
    elimination = await prepare_elimination(civil_date(now, MAINLAND), actor=ADMIN, now=now)
    await a_visa(elimination, now)
    assert await run_next("worker", HANDLERS, clock=lambda: now + timedelta(minutes=1))
    return elimination


async def rows_that_say(words: tuple[str, ...]) -> list[str]:
    """The tables of which a row holds one of the words, in any column, bytes included; case and accents as they are."""
    sql = (
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
        if is_postgres()
        else "SELECT name FROM sqlite_master WHERE type = 'table'"
    )
    found = []
    for table in [row["name"] for row in await fetch(sql)]:
        for row in await fetch(f"SELECT * FROM {table}"):
            text = " ".join(
                value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in dict(row).values()
            )
            found += [table for word in words if word.lower() in text.lower()]
    return sorted(set(found))
