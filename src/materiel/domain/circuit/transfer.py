"""A transfer (« transfert »): items pass from a managing service to another, asked by one, answered by the other.

Source: circulaire n° 2016-117, § 2.5 (within the académie); domain E13, § 8.5. The number, the label and the history
follow; whoever paid stays who paid. The service that gives keeps its own record of each item, « Transféré »: its papers
and its loans of before stay whole, and its number is never given again. An item of an open loan passes with its loan,
when both services say so: see `domain.loan.elsewhere`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.item.item import HELD, TERMINAL, Item, ItemStatus
from materiel.domain.language import states
from materiel.domain.language.fields import Fields
from materiel.domain.language.french import enumeration
from materiel.domain.language.states import StateEnum
from materiel.domain.usage import Custody, Usage
from materiel.errors import Conflict, PermissionDenied, RuleBroken

REASON_MAX = 300
MOST_ITEMS = 200
SHOWN = 5


class TransferState(StateEnum):
    """Where a transfer is."""

    ASKED = "asked", states.ASKED
    ACCEPTED = "accepted", states.ACCEPTED
    REFUSED = "refused", states.NOT_ACCEPTED
    WITHDRAWN = "withdrawn", states.WITHDRAWN


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferItem:
    """An item of a transfer as it was when it was asked: the act says it so for ever.

    `item_id`: the record of the service that gives; `received_as`: that of the other, once accepted. `left_out`: it
    stayed with the first. `loan_id`: the open loan that it passes with, at the service that gives.
    """

    item_id: UUID
    inventory_number: str
    designation: str
    serial_number: str = ""
    funding_service: str = ""
    received_as: UUID | None = None
    left_out: bool = False
    loan_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLoan:
    """An open loan offered with its items: all that the other service reads of it before it answers.

    Neither whose it is, nor the school, nor the ground: the kind of loan, the département and the last day are enough
    to decide (règlement (UE) 2016/679, art. 5, § 1, c). `loan_id`: at the service that gives; `received_as`: at
    the other.
    """

    loan_id: UUID
    usage: Usage
    custody: Custody
    departement: str
    ends_on: date | None = None
    received_as: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One transfer. `asked_by` is the service that asked, one of the two; the other answers.

    `done_on`: the civil day of the acceptance. `answer_reason`: why it was refused. `until`: the last day of a loan
    between services (see `service_loan`), `until_asked` the later one that `until_asked_by` asks for, `returned_on` the
    day when nothing was left to give back. `returns`: the loan between services that this transfer gives back.
    """

    id: UUID
    giver_id: UUID
    receiver_id: UUID
    asked_by: UUID
    reason: str
    asked_at: datetime
    items: tuple[TransferItem, ...] = ()
    loans: tuple[TransferLoan, ...] = ()
    state: TransferState = TransferState.ASKED
    answered_at: datetime | None = None
    answer_reason: str = ""
    done_on: date | None = None
    until: date | None = None
    until_asked: date | None = None
    until_asked_by: UUID | None = None
    returns: UUID | None = None
    returned_on: date | None = None
    version: int = 1

    @property
    def is_lent(self) -> bool:
        """Whether it is a loan between services that runs: accepted, and not all given back."""
        return self.state is TransferState.ACCEPTED and self.until is not None and self.returned_on is None

    @property
    def is_open(self) -> bool:
        """Whether it still awaits its answer."""
        return self.state is TransferState.ASKED

    @property
    def answerer_id(self) -> UUID:
        """The service that answers."""
        return self.receiver_id if self.asked_by == self.giver_id else self.giver_id

    def awaits(self, service_id: UUID) -> bool:
        """Whether this service is to answer now."""
        return self.is_open and service_id == self.answerer_id

    @property
    def moved(self) -> tuple[TransferItem, ...]:
        """The items that pass, or passed."""
        return tuple(each for each in self.items if not each.left_out)

    @property
    def moved_loans(self) -> tuple[TransferLoan, ...]:
        """The loans that pass, or passed, with their items."""
        moving = {each.loan_id for each in self.moved}
        return tuple(each for each in self.loans if each.loan_id in moving)

    def items_of(self, loan_id: UUID) -> tuple[TransferItem, ...]:
        """The items that pass with a loan."""
        return tuple(each for each in self.items if each.loan_id == loan_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLine:
    """A transfer and how both services are called."""

    transfer: Transfer
    giver_code: str
    giver_name: str
    receiver_code: str
    receiver_name: str

    def other_than(self, service_id: UUID) -> str:
        """The name of the other service."""
        return self.receiver_name if self.transfer.giver_id == service_id else self.giver_name


def checked_asking(
    transfer: Transfer, items: Sequence[Item], followed: Mapping[UUID, TransferLoan] | None = None
) -> Transfer:
    """A transfer about to be asked, cleaned, with its items.

    Args:
        followed: the open loan that an item is offered with, by item.

    Raises:
        RuleBroken: `transfer.invalid`; `transfer.same_service`.
        Conflict: `transfer.item_lent`, `transfer.item_gone`, `transfer.item_borrowed`.
    """
    fields = Fields("transfer.invalid")
    reason = fields.text("/reason", transfer.reason, longest=REASON_MAX, required=True, name="le motif")
    if not items:
        fields.add("/items", "Choisissez au moins un matériel.")
    if len(items) > MOST_ITEMS:
        fields.add("/items", f"Un transfert compte {MOST_ITEMS} matériels au plus : faites-en plusieurs.")
    fields.check()
    if transfer.giver_id == transfer.receiver_id:
        raise RuleBroken("transfer.same_service", "Ce matériel est déjà à ce service : choisissez-en un autre.")
    with_loan = followed or {}
    check_may_pass(items, with_loan.keys())
    borrowed = [each for each in items if each.lent_until is not None]
    if borrowed and transfer.returns is None:
        raise Conflict(
            "transfer.item_borrowed",
            f"{_named(borrowed)} : prêté par un autre service, qui le garde à son inventaire. Rendez-le-lui, depuis la "
            "page de ce prêt entre services ; lui seul le transfère.",
        )
    return replace(
        transfer,
        reason=reason,
        items=tuple(_asked(each, with_loan.get(each.id)) for each in items),
        loans=tuple({each.loan_id: each for each in with_loan.values()}.values()),
    )


def check_may_pass(items: Iterable[Item], followed: Iterable[UUID] = ()) -> None:
    """Refuse what is in an open loan, unless it passes with it, and what is out of the stock.

    Args:
        followed: the items whose loan passes with them.

    Raises:
        Conflict: `transfer.item_lent`, `transfer.item_gone`.
    """
    lent, gone = [], []
    with_loan = frozenset(followed)
    for item in items:
        if item.status in HELD and item.id not in with_loan:
            lent.append(item)
        elif item.status in TERMINAL:
            gone.append(item)
    if lent:
        raise Conflict(
            "transfer.item_lent",
            f"{_named(lent)} : dans un prêt ou un brouillon en cours. Proposez le matériel avec son prêt, que l'autre "
            "service acceptera ou non ; ou enregistrez d'abord son retour.",
        )
    if gone:
        raise Conflict(
            "transfer.item_gone",
            f"{_named(gone)} : sorti du parc (perdu, volé, réformé ou déjà transféré). Retirez-le du transfert.",
        )


def check_stays(items: Iterable[Item], leaving: Collection[UUID]) -> None:
    """Refuse what an end of life, proposed or decided, is to take out of the stock.

    Args:
        leaving: the items of the ends of life under way.

    Raises:
        Conflict: `transfer.item_leaving`.
    """
    if named := [each for each in items if each.id in leaving]:
        raise Conflict(
            "transfer.item_leaving",
            f"{_named(named)} : dans une fin de vie proposée ou décidée. Retirez d'abord cette fin de vie, depuis la "
            "fiche du matériel, ou laissez-le hors du transfert.",
        )


def check_answers(transfer: Transfer, service_id: UUID) -> None:
    """Refuse an answer by the service that asked, or to a transfer that was answered.

    Raises:
        Conflict: `transfer.over`.
        PermissionDenied: `transfer.not_yours`.
    """
    _check_open(transfer)
    if service_id != transfer.answerer_id:
        raise PermissionDenied(
            "transfer.not_yours", "Ce transfert attend la réponse de l'autre service. Vous pouvez le retirer."
        )


def check_withdraws(transfer: Transfer, service_id: UUID) -> None:
    """Refuse a withdrawal by the service that answers.

    Raises:
        Conflict: `transfer.over`.
        PermissionDenied: `transfer.not_yours`.
    """
    _check_open(transfer)
    if service_id != transfer.asked_by:
        raise PermissionDenied(
            "transfer.not_yours", "Seul le service qui a demandé ce transfert le retire. Vous pouvez le refuser."
        )


def without(transfer: Transfer, left_out: Iterable[UUID], *, with_loans: bool = False) -> Transfer:
    """The transfer less the items that stay, by the records of the service that gives.

    Args:
        with_loans: the service that answers takes the loans with their items.

    Raises:
        RuleBroken: `transfer.invalid`, an item that is not of it, or nothing left; `transfer.loan_divided`, a loan is
            accepted whole or not; `transfer.loan_unaccepted`, a loan follows by the choice of both.

    Source: domain § 8.5.
    """
    stay = frozenset(left_out)
    fields = Fields("transfer.invalid")
    if stay - {each.item_id for each in transfer.items}:
        fields.add("/leave_out", "Un de ces matériels n'est pas de ce transfert.")
    left = replace(transfer, items=tuple(replace(each, left_out=each.item_id in stay) for each in transfer.items))
    if not left.moved:
        fields.add("/leave_out", "Il ne reste aucun matériel : refusez plutôt le transfert, avec son motif.")
    fields.check()
    _check_loans(left, with_loans=with_loans)
    return left


def _check_loans(left: Transfer, *, with_loans: bool) -> None:
    divided = [loan for loan in left.moved_loans if any(each.left_out for each in left.items_of(loan.loan_id))]
    if divided:
        numbers = _some([each.inventory_number for each in left.items_of(divided[0].loan_id)])
        raise RuleBroken(
            "transfer.loan_divided",
            f"{numbers} sont dans un même prêt, qui passe entier ou reste : gardez-les tous, ou laissez-les tous.",
        )
    if left.moved_loans and not with_loans:
        raise RuleBroken(
            "transfer.loan_unaccepted",
            "Ce transfert comprend des matériels prêtés, qui passent avec leur prêt. Dites que vous prenez aussi le "
            "prêt, ou laissez ces matériels au service qui cède.",
        )


def number_taken(numbers: Sequence[str]) -> Conflict:
    """What is said when the service that receives has already given these numbers."""
    which = "ce numéro" if len(numbers) == 1 else "ces numéros"
    return Conflict(
        "transfer.number_taken",
        f"Le service qui reçoit a déjà donné {which} : {_some(numbers)}. Un numéro ne sert qu'une fois et ne change "
        "pas : acceptez le transfert sans ce matériel, ou refusez-le ; le service qui cède peut réformer ce matériel, "
        "et celui qui reçoit l'enregistrer sous un nouveau numéro.",
        numbers=list(numbers),
    )


def received(item: Item, *, item_id: UUID, service_id: UUID, until: date | None = None) -> Item:
    """The item as the service that receives writes it: what it is, less where it was kept and what was noted of it."""
    return replace(item, id=item_id, service_id=service_id, storage_place="", note="", lent_until=until, version=1)


def given(item: Item, *, public_code: str) -> Item:
    """What stays with the service that gave: its record, out of the stock, whose label leads elsewhere now."""
    return replace(item, status=ItemStatus.TRANSFERRED, public_code=public_code)


def _asked(item: Item, loan: TransferLoan | None) -> TransferItem:
    return TransferItem(
        item_id=item.id,
        inventory_number=item.inventory_number,
        designation=item.designation,
        serial_number=item.serial_number,
        funding_service=item.funding_service,
        loan_id=loan.loan_id if loan is not None else None,
    )


def _check_open(transfer: Transfer) -> None:
    if not transfer.is_open:
        raise Conflict("transfer.over", f"Ce transfert n'attend plus de réponse ({transfer.state.label.lower()}).")


def _named(items: Sequence[Item]) -> str:
    return _some([each.inventory_number for each in items])


def _some(numbers: Sequence[str]) -> str:
    shown = list(numbers[:SHOWN])
    return enumeration([*shown, f"{len(numbers) - SHOWN} autres"] if len(numbers) > SHOWN else shown)
