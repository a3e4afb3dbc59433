"""Telling a story: the steps of a loan in few words, each through the use case of the product, each on its day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from materiel.domain.accounts.roles import Actor
from materiel.domain.circuit.need import NeedKind
from materiel.domain.incident.file import FileKind
from materiel.domain.incident.incident import DeclaredAs, IncidentKind, IncidentPaper
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.item.preparation import ChecksDone
from materiel.domain.loan.plan import Fault, Removal
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.domain.papers.document import (
    AGREEMENTS,
    DocumentKind,
    NoticeChannel,
    Party,
    SignatureChannel,
    SignatureStatus,
)
from materiel.domain.usage import Basis, BasisKind, Custody, Usage
from materiel.store.engine.database import write_transaction
from materiel.use_cases.circuit.need import RecordNeed, record_need
from materiel.use_cases.incident.file import SendFile, send_file
from materiel.use_cases.incident.incident import RecordIncident, record_incident
from materiel.use_cases.incident.sheet import read_incident
from materiel.use_cases.incident.treatment import (
    CloseIncident,
    FindFault,
    NotePapers,
    close_incident,
    find_fault,
    note_papers,
)
from materiel.use_cases.item.item import SetItemStatus, find_item, set_item_status
from materiel.use_cases.item.preparation import prepare_item
from materiel.use_cases.links.access_link import LinkHolder, make_link
from materiel.use_cases.loan.changes import Amend, Renew, amend_loan, renew_loan
from materiel.use_cases.loan.elsewhere.leaving import RecordLeaving, record_leaving
from materiel.use_cases.loan.found import FindItem, find_again
from materiel.use_cases.loan.loan import CreateLoan, create_loan, get_loan
from materiel.use_cases.loan.moves import ChangeCustody, ChangeSchool, change_custody, change_school
from materiel.use_cases.loan.recall import recall_loan
from materiel.use_cases.loan.receipt_correction import UndoReceipt, undo_receipt
from materiel.use_cases.loan.steps import (
    HandOver,
    TakeBack,
    cancel_loan,
    close_loan,
    hand_over,
    issue_loan,
    take_back,
)
from materiel.use_cases.papers.document import mark_sent
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.places.school import get_school
from materiel.use_cases.signing.recording import RecordSignature, record_signature
from materiel.use_cases.signing.request import SendForSignature, send_for_signature

MORNING = 8
"""The hour of every act, in UTC: a morning in Paris, in winter as in summer."""

PICTURE = Path(__file__).parents[2] / "demo_data" / "photo-fictive.png"
EVERYONE = frozenset(Party)
PURPOSE = "Travail en classe et devoirs."


@dataclass(frozen=True, slots=True)
class Teller:
    """Who tells, from what day, with which items and pupils, by inventory number and by key."""

    actor: Actor
    base_url: str
    today: date
    items: Mapping[str, UUID]
    pupils: Mapping[str, UUID]

    def day(self, ago: int) -> date:
        """The civil date so many days before today; after, when negative."""
        return self.today - timedelta(days=ago)

    def at(self, ago: int) -> datetime:
        """The morning of that day."""
        day = self.day(ago)
        return datetime(day.year, day.month, day.day, MORNING, tzinfo=UTC)

    def issuer(self, ago: int) -> Issuer:
        """The service acting that day."""
        return Issuer(actor=self.actor, now=self.at(ago), base_url=self.base_url)

    def basis(self, *, until: int = -600) -> Basis:
        """A notification of the CDAPH that ends so many days before today."""
        return Basis(kind=BasisKind.CDAPH, reference="35-FICTIF", decided_on=self.day(400), valid_until=self.day(until))

    async def lend(
        self,
        pupil: str,
        school: str,
        numbers: Sequence[str],
        *,
        ago: int,
        custody: Custody = Custody.HOME,
        basis: Basis | None = None,
        override_reason: str = "",
        need: UUID | None = None,
    ) -> UUID:
        """Prepare an individual loan."""
        command = CreateLoan(
            usage=Usage.INDIVIDUAL,
            custody=custody,
            school=school,
            pupil=self.pupils[pupil],
            items=tuple(self.items[number] for number in numbers),
            starts_on=self.day(ago),
            purpose=PURPOSE,
            basis=basis or self.basis(),
            override_reason=override_reason,
            need=need,
        )
        return (await create_loan(command, actor=self.actor, now=self.at(ago))).case.loan.id

    async def need(self, pupil: str, wording: str, *, ago: int, until: int = -600) -> UUID:
        """Write a need down, some days after its notification, whose decision ends so many days before today."""
        command = RecordNeed(
            pupil_id=self.pupils[pupil],
            wording=wording,
            notified_on=self.day(ago),
            valid_until=self.day(until),
            basis=self.basis(),
        )
        return (await record_need(command, actor=self.actor, now=self.at(ago - 3))).id

    async def trial(self, pupil: str, wording: str, *, ago: int, until: int) -> UUID:
        """Write a trial down, asked so many days ago, and which ends so many days before today."""
        command = RecordNeed(
            pupil_id=self.pupils[pupil],
            kind=NeedKind.TRIAL,
            wording=wording,
            family=ItemFamily.TABLET,
            notified_on=self.day(ago),
            valid_until=self.day(until),
        )
        return (await record_need(command, actor=self.actor, now=self.at(ago))).id

    async def share(self, school: str, numbers: Sequence[str], *, ago: int) -> UUID:
        """Prepare a deposit for shared use."""
        command = CreateLoan(
            usage=Usage.SHARED,
            custody=Custody.SCHOOL,
            school=school,
            items=tuple(self.items[number] for number in numbers),
            starts_on=self.day(ago),
            purpose="Usage collectif en classe, selon les besoins des élèves.",
        )
        return (await create_loan(command, actor=self.actor, now=self.at(ago))).case.loan.id

    async def issue(self, loan_id: UUID, *, ago: int) -> None:
        """Issue the papers."""
        await issue_loan(loan_id, issuer=self.issuer(ago))

    async def ask(self, loan_id: UUID, *, ago: int) -> None:
        """Write to the family for the signature of its agreement."""
        for document in (await get_loan(loan_id, actor=self.actor)).documents:
            if document.kind in AGREEMENTS:
                await send_for_signature(SendForSignature(document_id=document.id), issuer=self.issuer(ago))

    async def sign(self, loan_id: UUID, *, ago: int, by: frozenset[Party] = EVERYONE) -> None:
        """Record the signatures still expected on the agreements and amendments, of these parties."""
        case = await get_loan(loan_id, actor=self.actor)
        for document in case.documents:
            if document.kind not in AGREEMENTS | {DocumentKind.AMENDMENT}:
                continue
            for box in document.signatures:
                if box.status is SignatureStatus.PENDING and box.party in by:
                    command = RecordSignature(
                        document_id=document.id,
                        signatory_id=box.id,
                        signed_on=self.day(ago),
                        channel=SignatureChannel.PAPER,
                    )
                    await record_signature(command, actor=self.actor, now=self.at(ago))

    async def hand(self, loan_id: UUID, *, ago: int) -> None:
        """Hand everything over, in good condition."""
        case = await get_loan(loan_id, actor=self.actor)
        lines = tuple(HandedItem(item_id=line.item_id) for line in case.loan.open_items if not line.handed_over_on)
        await hand_over(HandOver(loan_id=loan_id, handed_over_on=self.day(ago), items=lines), issuer=self.issuer(ago))

    async def undo_hand_over(self, loan_id: UUID, reason: str, *, ago: int) -> None:
        """Void the receipts of a hand-over recorded by mistake."""
        for document in (await get_loan(loan_id, actor=self.actor)).documents:
            if document.kind is DocumentKind.HANDOVER_RECEIPT:
                await undo_receipt(UndoReceipt(document_id=document.id, reason=reason), issuer=self.issuer(ago))

    async def begin(self, loan_id: UUID, *, ago: int) -> None:
        """Issue, sign and hand over on one day; whoever is informed is written to by the post."""
        await self.issue(loan_id, ago=ago)
        await self.sign(loan_id, ago=ago)
        await self.hand(loan_id, ago=ago)
        for document in (await get_loan(loan_id, actor=self.actor)).documents:
            if document.recipients:
                await mark_sent(document.id, actor=self.actor, now=self.at(ago), channel=NoticeChannel.POST)

    async def take(self, loan_id: UUID, *, ago: int, condition: Condition = Condition.GOOD, missing: str = "") -> None:
        """Take everything back; the first item lacks an accessory when one is named."""
        case = await get_loan(loan_id, actor=self.actor)
        lines = [ReturnedItem(item_id=line.item_id, condition=condition) for line in case.loan.open_items]
        if missing:
            lines[0] = replace(lines[0], missing_accessories=(missing,))
        await take_back(
            TakeBack(loan_id=loan_id, returned_on=self.day(ago), items=tuple(lines)), issuer=self.issuer(ago)
        )

    async def prepare(self, number: str, *, ago: int, condition: Condition = Condition.GOOD) -> None:
        """Do every check of an item that came back."""
        done = ChecksDone(done_on=self.day(ago), condition=condition, erased=True, uninstalled=True)
        await prepare_item(self.items[number], done, issuer=self.issuer(ago))

    async def lose(self, number: str, reason: str, *, ago: int) -> None:
        """Note that an item of the stock is nowhere."""
        item = await find_item(number, actor=self.actor)
        change = SetItemStatus(item_id=item.id, status=ItemStatus.LOST, reason=reason, version=item.version)
        await set_item_status(change, actor=self.actor, now=self.at(ago))

    async def find(self, number: str, reason: str, *, ago: int) -> None:
        """Find it again."""
        command = FindItem(item_id=self.items[number], found_on=self.day(ago), condition=Condition.GOOD, reason=reason)
        await find_again(command, issuer=self.issuer(ago))

    async def swap(self, loan_id: UUID, *, ago: int, remove: Sequence[Removal], add: Sequence[str] = ()) -> None:
        """Amend the items."""
        command = Amend(
            loan_id=loan_id,
            effective_on=self.day(ago),
            add=tuple(self.items[number] for number in add),
            remove=tuple(remove),
        )
        await amend_loan(command, issuer=self.issuer(ago))

    async def renew(self, loan_id: UUID, *, ago: int) -> None:
        """Give a new term, on a new notification."""
        await renew_loan(Renew(loan_id=loan_id, basis=self.basis()), issuer=self.issuer(ago))

    async def move(self, loan_id: UUID, school: str, *, ago: int) -> None:
        """Follow the pupil to another school."""
        command = ChangeSchool(loan_id=loan_id, school=school, effective_on=self.day(ago))
        await change_school(command, issuer=self.issuer(ago))

    async def keep(self, loan_id: UUID, custody: Custody, *, ago: int, only: Sequence[str] = ()) -> None:
        """Change where the items stay, or some of them only."""
        chosen = tuple(self.items[number] for number in only)
        command = ChangeCustody(loan_id=loan_id, custody=custody, effective_on=self.day(ago), only=chosen)
        await change_custody(command, issuer=self.issuer(ago))

    async def recall(self, loan_id: UUID, *, ago: int) -> None:
        """Claim the items of a deposit back."""
        await recall_loan(loan_id, reason="Réaffectation du matériel (exemple).", issuer=self.issuer(ago))

    async def leave(self, pupil: str, *, ago: int) -> None:
        """Note that a pupil leaves the académie; the contact with the other one is still to be made."""
        command = RecordLeaving(pupil_id=self.pupils[pupil], left_on=self.day(ago), academie="", departement="44")
        await record_leaving(command, issuer=self.issuer(ago))

    async def cancel(self, loan_id: UUID, *, ago: int) -> None:
        """Give it up before anything left."""
        await cancel_loan(loan_id, reason="Demande retirée par la famille (exemple).", issuer=self.issuer(ago))

    async def close(self, loan_id: UUID, *, ago: int) -> None:
        """File it away."""
        await close_loan(loan_id, issuer=self.issuer(ago), despite_unsigned=True)

    async def tell(
        self, number: str, kind: IncidentKind, description: str, *, ago: int, side: DeclaredAs = DeclaredAs.FAMILY
    ) -> UUID:
        """Write down what somebody tells of an item by telephone, the day it happened."""
        command = RecordIncident(
            item_id=self.items[number],
            kind=kind,
            description=description,
            happened_on=self.day(ago),
            declared_as=side,
        )
        return (await record_incident(command, actor=self.actor, now=self.at(ago))).id

    async def receive(self, incident_id: UUID, *papers: IncidentPaper, ago: int) -> None:
        """Note the papers of an incident's file."""
        command = NotePapers(
            incident_id=incident_id,
            papers={paper: self.day(ago) for paper in papers},
            version=await self._version_of(incident_id),
        )
        await note_papers(command, actor=self.actor, now=self.at(ago))

    async def photograph(self, incident_id: UUID, school: str, *, ago: int) -> None:
        """Send a picture of an incident by the link of the school that told it."""
        place = await get_school(school, actor=self.actor)
        holder = LinkHolder(service_id=self.actor.service_id, email=place.email, name=place.name, school_uai=place.uai)
        async with write_transaction():
            link = (await make_link(holder, actor_id=self.actor.id, now=self.at(ago))).link
        incident, _ = await read_incident(incident_id, actor=self.actor)
        picture = SendFile(kind=FileKind.PHOTO, data=PICTURE.read_bytes())
        await send_file(picture, incident=incident, link=link, base_url=self.base_url, now=self.at(ago))

    async def answer(self, incident_id: UUID, fault: Fault, reason: str, resolution: str, *, ago: int) -> None:
        """Say who answers for an incident, and close it."""
        version = await self._version_of(incident_id)
        finding = FindFault(incident_id=incident_id, fault=fault, reason=reason, version=version)
        found = await find_fault(finding, actor=self.actor, now=self.at(ago))
        command = CloseIncident(incident_id=incident_id, resolution=resolution, version=found.version)
        await close_incident(command, issuer=self.issuer(ago))

    async def _version_of(self, incident_id: UUID) -> int:
        incident, _ = await read_incident(incident_id, actor=self.actor)
        return incident.version
