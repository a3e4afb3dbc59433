"""A transfer (« transfert »): items pass from a managing service to another, asked by one, answered by the other.

Source: circulaire n° 2016-117, § 2.5 (within the académie); domain E13, § 8.5. The number, the label and the history
follow; whoever paid stays who paid. The service that gives keeps its own record of each item, « Transféré »: its papers
and its loans of before stay whole, and its number is never given again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.item.item import HELD, TERMINAL, Item, ItemStatus
from materiel.domain.language import states
from materiel.domain.language.fields import Fields
from materiel.domain.language.french import enumeration
from materiel.domain.language.states import StateEnum
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
    stayed with the first.
    """

    item_id: UUID
    inventory_number: str
    designation: str
    serial_number: str = ""
    funding_service: str = ""
    received_as: UUID | None = None
    left_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One transfer. `asked_by` is the service that asked, one of the two; the other answers.

    `done_on`: the civil day of the acceptance. `answer_reason`: why it was refused.
    """

    id: UUID
    giver_id: UUID
    receiver_id: UUID
    asked_by: UUID
    reason: str
    asked_at: datetime
    items: tuple[TransferItem, ...] = ()
    state: TransferState = TransferState.ASKED
    answered_at: datetime | None = None
    answer_reason: str = ""
    done_on: date | None = None
    version: int = 1

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


def checked_asking(transfer: Transfer, items: Sequence[Item]) -> Transfer:
    """A transfer about to be asked, cleaned, with its items.

    Raises:
        RuleBroken: `transfer.invalid`; `transfer.same_service`.
        Conflict: `transfer.item_lent`, `transfer.item_gone`.
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
    check_may_pass(items)
    return replace(transfer, reason=reason, items=tuple(_asked(each) for each in items))


def check_may_pass(items: Iterable[Item]) -> None:
    """Refuse what is in an open loan, or out of the stock.

    Raises:
        Conflict: `transfer.item_lent`, `transfer.item_gone`.
    """
    lent, gone = [], []
    for item in items:
        if item.status in HELD:
            lent.append(item)
        elif item.status in TERMINAL:
            gone.append(item)
    if lent:
        raise Conflict(
            "transfer.item_lent",
            f"{_named(lent)} : dans un prêt ou un brouillon en cours. Un prêt est signé par le service qui le consent "
            "et ne change pas de prêteur : enregistrez son retour, transférez le matériel, puis l'autre service le "
            "prête à l'élève.",
        )
    if gone:
        raise Conflict(
            "transfer.item_gone",
            f"{_named(gone)} : sorti du parc (perdu, volé, réformé ou déjà transféré). Retirez-le du transfert.",
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


def without(transfer: Transfer, left_out: Iterable[UUID]) -> Transfer:
    """The transfer less the items that stay, by the records of the service that gives.

    Raises:
        RuleBroken: `transfer.invalid`, an item that is not of it, or nothing left.
    """
    stay = frozenset(left_out)
    fields = Fields("transfer.invalid")
    if stay - {each.item_id for each in transfer.items}:
        fields.add("/leave_out", "Un de ces matériels n'est pas de ce transfert.")
    left = replace(transfer, items=tuple(replace(each, left_out=each.item_id in stay) for each in transfer.items))
    if not left.moved:
        fields.add("/leave_out", "Il ne reste aucun matériel : refusez plutôt le transfert, avec son motif.")
    fields.check()
    return left


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


def received(item: Item, *, item_id: UUID, service_id: UUID) -> Item:
    """The item as the service that receives writes it: what it is, less where it was kept and what was noted of it."""
    return replace(item, id=item_id, service_id=service_id, storage_place="", note="", version=1)


def given(item: Item, *, public_code: str) -> Item:
    """What stays with the service that gave: its record, out of the stock, whose label leads elsewhere now."""
    return replace(item, status=ItemStatus.TRANSFERRED, public_code=public_code)


def _asked(item: Item) -> TransferItem:
    return TransferItem(
        item_id=item.id,
        inventory_number=item.inventory_number,
        designation=item.designation,
        serial_number=item.serial_number,
        funding_service=item.funding_service,
    )


def _check_open(transfer: Transfer) -> None:
    if not transfer.is_open:
        raise Conflict("transfer.over", f"Ce transfert n'attend plus de réponse ({transfer.state.label.lower()}).")


def _named(items: Sequence[Item]) -> str:
    return _some([each.inventory_number for each in items])


def _some(numbers: Sequence[str]) -> str:
    shown = list(numbers[:SHOWN])
    return enumeration([*shown, f"{len(numbers) - SHOWN} autres"] if len(numbers) > SHOWN else shown)
