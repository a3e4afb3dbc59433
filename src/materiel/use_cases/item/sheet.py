"""The sheet of one item (« fiche matériel »): what it is, where it is, what is missing, what may be done now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.documents.labels import qr
from materiel.documents.labels.labels import ECC
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.disposal.disposal import Disposal
from materiel.domain.circuit.transfer import TransferLine
from materiel.domain.incident.incident import Incident
from materiel.domain.item.item import HELD, TERMINAL, Item, ItemStatus, check_can_be_lent, statuses_by_hand
from materiel.domain.item.label import RevokedLabel, label_address
from materiel.domain.loan.alerts import Alert, alerts
from materiel.domain.loan.loan import Loan
from materiel.domain.papers.document import AGREEMENTS, Document, in_force
from materiel.domain.people.death import is_silenced
from materiel.domain.people.pupil import Pupil
from materiel.domain.places.school import School
from materiel.domain.visitors.presence import Presence
from materiel.errors import MaterielError
from materiel.store.accounts import service as services
from materiel.store.circuit import disposal as disposals
from materiel.store.circuit import transfer as transfers
from materiel.store.desk import dashboard
from materiel.store.desk.dashboard import LoanPlace
from materiel.store.incident import incident as incidents
from materiel.store.item import item as items
from materiel.store.item import label as labels
from materiel.store.loan import loan as loans
from materiel.store.loan.split import formers
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.places import school as schools
from materiel.store.visitors import presence as presences
from materiel.use_cases.history.item import ItemLife, item_life
from materiel.use_cases.item.code import Missing, missing_signatures
from materiel.use_cases.item.preparation import status_before


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPreview:
    """The code of the label as it is printed: a square of `side` modules, dark ones drawn by an SVG path."""

    address: str
    side: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentLoan:
    """The open loan that holds or reserves the item, with what it needs.

    `presence` is what the school or the commune said last of an item that stays there.
    """

    loan: Loan
    school: School
    pupil: Pupil | None
    documents: tuple[Document, ...]
    missing: tuple[Missing, ...]
    alerts: tuple[Alert, ...]
    is_out: bool
    out_since: date | None
    presence: Presence | None

    @property
    def agreement(self) -> Document | None:
        """The agreement in force."""
        current = in_force(self.documents, *AGREEMENTS)
        return current[-1] if current else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSheet:
    """Everything that a manager wants to know of an item.

    `holders` says with whom and where, by loan. `before` is what undoing its state would give, None when nothing is to
    undo. `label` is None when the site's address fits no label; `labelled_on` when this one was never printed.
    `replaced` are those that it had before. `transfer` awaits an answer; `disposal` is its end of life, under way or
    done. `lent`: the loan between services by which it is elsewhere, or came.
    """

    item: Item
    current: CurrentLoan | None
    life: ItemLife
    holders: Mapping[UUID, LoanPlace]
    incidents: tuple[Incident, ...]
    statuses: tuple[ItemStatus, ...]
    before: ItemStatus | None
    can_be_lent: bool
    label: LabelPreview | None
    labelled_on: date | None
    replaced: tuple[RevokedLabel, ...]
    transfer: UUID | None
    disposal: Disposal | None
    lent: TransferLine | None

    @property
    def may_pass(self) -> bool:
        """Whether it may be offered to another service."""
        return self.transfer is None and self.lent is None and self.item.status not in HELD | TERMINAL

    @property
    def may_leave(self) -> bool:
        """Whether its end of life may be proposed; what was noted « Réformé » by hand still needs its act."""
        if self.lent is not None:
            return False
        gone = TERMINAL - {ItemStatus.WRITTEN_OFF}
        return self.transfer is None and self.disposal is None and self.item.status not in HELD | gone


async def item_sheet(item_id: UUID, *, actor: Actor, now: datetime, base_url: str) -> ItemSheet:
    """The sheet of an item of the actor's service; `statuses` and `can_be_lent` say what may be done now.

    Raises:
        NotFound: `item.not_found`.
    """
    actor.require(Permission.READ)
    item = await transfers.item_followed(item_id, actor.service_id)
    told = tuple(await incidents.of_item(item.id, actor.service_id))
    life = await item_life(item, told, actor=actor)
    return ItemSheet(
        item=item,
        current=await _current(item, actor, actor.civil_date(now)),
        life=life,
        holders=await dashboard.places(
            actor.service_id, list(dict.fromkeys(each.loan_id for each in life.spells if each.loan_id))
        ),
        incidents=told,
        statuses=statuses_by_hand(item),
        before=await status_before(item),
        can_be_lent=_can_be_lent(item, actor.civil_date(now)),
        label=None if item.status is ItemStatus.TRANSFERRED else _preview(item, base_url),
        labelled_on=await labels.printed_on(item.id, actor.service_id),
        replaced=tuple(await labels.revoked_of(item.id, actor.service_id)),
        transfer=await transfers.awaiting(item.id),
        disposal=await disposals.of_item(item.id, actor.service_id),
        lent=await transfers.lent_of_item(item.id) if _is_lent_between(item) else None,
    )


def _is_lent_between(item: Item) -> bool:
    return item.status is ItemStatus.TRANSFERRED or item.lent_until is not None


async def _current(item: Item, actor: Actor, today: date) -> CurrentLoan | None:
    loan = await loans.open_loan_of(item.id)
    if loan is None:
        return None
    pupil = await pupils.get(loan.pupil_id, actor.service_id) if loan.pupil_id else None
    papers = tuple(await documents.of_loan(loan.id))
    line = next(each for each in loan.open_items if each.item_id == item.id)
    return CurrentLoan(
        loan=loan,
        school=await schools.by_uai(loan.school_uai, loan.service_id),
        pupil=pupil,
        documents=papers,
        missing=missing_signatures(papers),
        alerts=alerts(
            loan,
            papers,
            today,
            pupil_died=is_silenced(pupil),
            items=await items.get_many([each.item_id for each in loan.open_items], actor.service_id),
            policy=(await services.get(actor.service_id)).renewal_policy,
            former=(await formers([loan], actor.service_id)).get(loan.id),
        ),
        is_out=line.handed_over_on is not None,
        out_since=line.handed_over_on,
        presence=(await presences.latest([loan.id])).get((loan.id, item.id)),
    )


def _can_be_lent(item: Item, today: date) -> bool:
    try:
        check_can_be_lent(item, today)
    except MaterielError:
        return False
    return True


def _preview(item: Item, base_url: str) -> LabelPreview | None:
    try:
        address = label_address(base_url, item.public_code)
    except MaterielError:
        # The page that prints labels explains it; the sheet of an item does without.
        return None
    modules = qr.matrix(address, ECC)
    dark = [
        f"M{x + qr.QUIET_ZONE} {y + qr.QUIET_ZONE}h1v1h-1z"
        for y, row in enumerate(modules)
        for x, is_dark in enumerate(row)
        if is_dark
    ]
    return LabelPreview(address=address, side=len(modules) + 2 * qr.QUIET_ZONE, path="".join(dark))
