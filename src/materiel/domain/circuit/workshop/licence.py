"""Licences of software (« licences »): how many seats were bought, what holds each, what frees one.

A seat is taken by an item on which the software is installed, or by a loan that it is lent with. What comes back is no
object but the proof that the software was uninstalled (E36): a seat whose item or loan came back is to uninstall, and
counts as taken until somebody attests it. Where a seat stands is read from the item and the loan, not written by their
acts: an act that is taken back counts no more, and nothing here holds the receipt that a family is owed (§ 8.4).

A licence that may not be moved (« non transférable ») stays with what it was first installed on: its seat serves there
again, and nowhere else. What is lost, stolen, written off or gone to another service keeps its seat until somebody says
that the publisher deactivated it, or that it went with the item. Domain E36, § 8.4 and 8.5. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from materiel.domain.item.item import TERMINAL, Item, ItemStatus
from materiel.domain.item.masking import MASK
from materiel.domain.language import states
from materiel.domain.language.bounds import Bounds, filled, line
from materiel.domain.language.fields import Fields
from materiel.domain.language.french import enumeration, long_date
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.language.states import StateEnum
from materiel.domain.language.values import replace
from materiel.errors import Conflict

SOFTWARE_MAX = 120
KEY_MAX = 500
NOTE_MAX = 300
MOST_SEATS = 100_000
NAMED = 5
"""How many holders a refusal names; the sheet of the licence lists them all."""

OLDEST = timedelta(days=7300)
LONGEST = timedelta(days=7300)
ENDS_SOON = timedelta(days=60)
"""How long before its end a licence is told: the time to order another."""

CAME_BACK = TERMINAL | {ItemStatus.TO_PREPARE}
"""The states of an item on which software has no more to do, until somebody says so."""

Seats = Annotated[int, Bounds(ge=1, le=MOST_SEATS)]


class LicenceStage(StateEnum):
    """Where a licence stands on a day, what asks for a hand first."""

    ENDED = "ended", states.LICENCE_ENDED
    ENDS_SOON = "ends_soon", states.LICENCE_ENDS_SOON
    FULL = "full", states.NO_SEAT_LEFT
    OPEN = "open", states.SEATS_LEFT


class SeatStage(StateEnum):
    """Where a seat stands."""

    INSTALLED = "installed", states.INSTALLED
    TO_UNINSTALL = "to_uninstall", states.TO_UNINSTALL
    FREED = "freed", states.SEAT_FREED
    SPENT = "spent", states.SEAT_SPENT


class SeatEnd(LabelledEnum):
    """How the software left what it was installed on."""

    UNINSTALLED = "uninstalled", "Désinstallé"
    DEACTIVATED = "deactivated", "Désactivé chez l'éditeur"
    GONE = "gone", "Parti ou perdu avec le matériel"


class UninstallWitness(LabelledEnum):
    """Who attests it; a word and no name, which would outlive the loan."""

    SERVICE = "service", "Le service"
    FAMILY = "family", "La famille"
    INSTITUTION = "institution", "L'établissement ou la commune"


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceAsked:
    """What a service writes of a licence. `ends_on`: its last day, None for one without end.

    `is_transferable`: a seat that is freed may serve on another item.
    """

    software: Annotated[str, filled(SOFTWARE_MAX)]
    publisher: Annotated[str, line(SOFTWARE_MAX)] = ""
    seats: Seats = 1
    bought_on: date
    ends_on: date | None = None
    is_transferable: bool = True
    note: Annotated[str, line(NOTE_MAX)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence(LicenceAsked):
    """A licence of a service. `sealed_key`: its key, encrypted; `key_tail`: its end, all that is shown of it."""

    id: UUID
    service_id: UUID
    sealed_key: str = ""
    key_tail: str = ""
    created_at: datetime
    version: int = 1

    @property
    def masked_key(self) -> str:
        """The key as everything shows it; empty without one."""
        return f"{MASK}{self.key_tail}" if self.sealed_key else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceSeat:
    """One seat taken of a licence, by an item or by a loan. `left_over`: still there after the item was prepared.

    `gives_back`: once it has ended, another may take it. Without an item nor a loan, its loan was eliminated.
    """

    id: UUID
    licence_id: UUID
    item_id: UUID | None = None
    loan_id: UUID | None = None
    taken_on: date
    left_over: bool = False
    ended_on: date | None = None
    ended_as: SeatEnd | None = None
    witness: UninstallWitness | None = None
    gives_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatCase:
    """A seat with what holds it: the number of an item and its state, or the place and the day of a loan."""

    seat: LicenceSeat
    software: str
    item_number: str = ""
    designation: str = ""
    item_status: ItemStatus | None = None
    loan_place: str = ""
    loan_starts_on: date | None = None
    loan_is_over: bool = False

    @property
    def stage(self) -> SeatStage:
        """Where it stands now."""
        if self.seat.ended_as is not None:
            return SeatStage.FREED if self.seat.gives_back else SeatStage.SPENT
        came_back = self.seat.left_over or self.item_status in CAME_BACK or self.loan_is_over
        return SeatStage.TO_UNINSTALL if came_back else SeatStage.INSTALLED

    @property
    def is_taken(self) -> bool:
        """Whether it counts among those that nobody else may take."""
        return self.stage is not SeatStage.FREED

    @property
    def holder(self) -> str:
        """What holds it, in words that name no pupil."""
        if self.item_number:
            return self.item_number
        if self.loan_starts_on is not None:
            return f"prêt du {long_date(self.loan_starts_on)}, {self.loan_place}"
        return "ancien prêt"


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceLine:
    """A licence as a list shows it, with how many of its seats are taken, and how many of these are to uninstall."""

    licence: Licence
    taken: int = 0
    to_uninstall: int = 0

    @property
    def left(self) -> int:
        """The seats that may be taken."""
        return max(self.licence.seats - self.taken, 0)

    def stage(self, today: date) -> LicenceStage:
        """Where it stands on a day."""
        ends_on = self.licence.ends_on
        if ends_on is not None and ends_on < today:
            return LicenceStage.ENDED
        if ends_on is not None and ends_on <= today + ENDS_SOON:
            return LicenceStage.ENDS_SOON
        return LicenceStage.OPEN if self.left else LicenceStage.FULL


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceFilter:
    """Which licences are listed on a day. `q`: words of the software or of its publisher."""

    today: date
    stage: LicenceStage | None = None
    with_uninstalls: bool = False
    q: str = ""


def checked_key(key: str) -> str:
    """A key about to be encrypted, cleaned.

    Raises:
        RuleBroken: `licence.invalid`.
    """
    fields = Fields("licence.invalid")
    clean = fields.text("/key", key, longest=KEY_MAX, name="la clé")
    fields.check()
    return clean


def checked_licence(licence: Licence, today: date, *, held: Sequence[SeatCase] = ()) -> Licence:
    """A licence about to be written, its texts cleaned; `held` are its seats.

    Raises:
        RuleBroken: `licence.invalid`, with one error for each field at fault.
        Conflict: `licence.no_seat_left`, fewer seats than are taken.
    """
    fields = Fields("licence.invalid")
    software = fields.text("/software", licence.software, longest=SOFTWARE_MAX, required=True, name="le logiciel")
    publisher = fields.text("/publisher", licence.publisher, longest=SOFTWARE_MAX, name="l'éditeur")
    note = fields.text("/note", licence.note, longest=NOTE_MAX, name="la note")
    if not 1 <= licence.seats <= MOST_SEATS:
        fields.add("/seats", f"Indiquez un nombre de places, de 1 à {MOST_SEATS}.")
    fields.day("/bought_on", licence.bought_on, first=today - OLDEST, last=today, name="la date d'achat")
    if licence.ends_on is not None:
        last = max(today, licence.bought_on) + LONGEST
        fields.day("/ends_on", licence.ends_on, first=licence.bought_on, last=last, name="la date de fin")
    fields.check()
    clean = replace(licence, software=software, publisher=publisher, note=note)
    taken = [each for each in held if each.is_taken]
    if len(taken) > clean.seats:
        raise no_seat_left(clean, taken)
    return clean


def taken_seat(seat: LicenceSeat, licence: Licence, held: Sequence[SeatCase], today: date) -> LicenceSeat:
    """A seat about to be taken, once a seat is left for it; `held` are those of the licence.

    Raises:
        RuleBroken: `licence.invalid`, the day.
        Conflict: `licence.ended`, `licence.already_installed`, `licence.no_seat_left`.
    """
    if licence.ends_on is not None and licence.ends_on < today:
        raise Conflict(
            "licence.ended",
            f"La licence de « {licence.software} » a fini le {long_date(licence.ends_on)} : prolongez-la, ou prenez "
            "une place d'une autre.",
        )
    fields = Fields("licence.invalid")
    fields.day("/taken_on", seat.taken_on, first=licence.bought_on, last=today, name="la date d'installation")
    fields.check()
    if any(each.seat.ended_as is None and _is_same_holder(each.seat, seat) for each in held):
        raise Conflict(
            "licence.already_installed",
            f"Ce matériel ou ce prêt tient déjà une place de « {licence.software} » : une seule lui suffit.",
        )
    again = former_seat(seat, held)
    taken = [each for each in held if each.is_taken and (again is None or each.seat.id != again.id)]
    if len(taken) >= licence.seats:
        raise no_seat_left(licence, taken)
    return seat


def former_seat(seat: LicenceSeat, held: Sequence[SeatCase]) -> LicenceSeat | None:
    """The seat that an item spent of a licence that may not be moved: it serves there again."""
    return next(
        (
            each.seat
            for each in held
            if each.stage is SeatStage.SPENT
            and each.seat.ended_as is not SeatEnd.GONE
            and seat.item_id is not None
            and each.seat.item_id == seat.item_id
        ),
        None,
    )


def no_seat_left(licence: Licence, taken: Sequence[SeatCase]) -> Conflict:
    """The refusal that says what holds the seats, those to uninstall first: they are the ones to ask for."""
    first = sorted(taken, key=lambda each: each.stage is not SeatStage.TO_UNINSTALL)
    names = [f"{each.holder}{_SAID.get(each.stage, '')}" for each in first[:NAMED]]
    if len(first) > NAMED:
        names.append(f"{len(first) - NAMED} autres")
    number = "La seule place" if licence.seats == 1 else f"Les {licence.seats} places"
    verb = "est prise" if licence.seats == 1 else "sont prises"
    return Conflict(
        "licence.no_seat_left",
        f"{number} de « {licence.software} » {verb} : {enumeration(names)}. Faites attester une désinstallation, ou "
        "achetez des places.",
    )


_SAID = {SeatStage.TO_UNINSTALL: " (à désinstaller)", SeatStage.SPENT: " (place perdue)"}


def ended_seat(
    case: SeatCase, licence: Licence, end: SeatEnd, witness: UninstallWitness, on: date, *, today: date
) -> LicenceSeat:
    """A seat whose software was uninstalled, was deactivated, or went with its item.

    Raises:
        RuleBroken: `licence.invalid`, the day.
        Conflict: `licence.seat_over`.
    """
    check_held(case)
    fields = Fields("licence.invalid")
    fields.day("/on", on, first=case.seat.taken_on, last=today, name="la date")
    fields.check()
    gives_back = licence.is_transferable and end is not SeatEnd.GONE
    # A loan is no device: what was lent with it goes to the next one, whatever the licence says of items.
    gives_back = gives_back or (case.seat.item_id is None and end is not SeatEnd.GONE)
    return replace(case.seat, ended_on=on, ended_as=end, witness=witness, gives_back=gives_back, left_over=False)


def kept_seat(case: SeatCase) -> LicenceSeat:
    """A seat whose software stays on an item that was prepared, for whoever borrows it next.

    Raises:
        Conflict: `licence.seat_over`; `licence.not_left_over`, the item is not back in the stock.
    """
    check_held(case)
    if case.seat.item_id is None or not case.seat.left_over or case.item_status in CAME_BACK:
        raise Conflict(
            "licence.not_left_over",
            f"{case.holder} n'est pas revenu en réserve : préparez-le d'abord, ou faites attester la désinstallation.",
        )
    return replace(case.seat, left_over=False)


def check_held(case: SeatCase) -> None:
    """Raise `Conflict`, `licence.seat_over`, when a seat has ended already."""
    if case.seat.ended_as is not None:
        raise Conflict("licence.seat_over", "La fin de cette installation est déjà notée : rechargez la page.")


def check_may_hold(item: Item) -> None:
    """Refuse to install on what is no longer in the stock, or is to prepare (`licence.item_gone`)."""
    if item.status in CAME_BACK:
        raise Conflict(
            "licence.item_gone",
            f"Rien ne s'installe sur le matériel {item.inventory_number} ({item.status.label.lower()}) : préparez-le, "
            "ou choisissez-en un autre.",
        )


def check_may_lend(*, is_open: bool) -> None:
    """Refuse to lend with a loan that is over (`licence.loan_over`)."""
    if not is_open:
        raise Conflict("licence.loan_over", "Ce prêt est fini : une licence se prête avec un prêt en cours.")


def _is_same_holder(one: LicenceSeat, other: LicenceSeat) -> bool:
    return (one.item_id, one.loan_id) == (other.item_id, other.loan_id)
