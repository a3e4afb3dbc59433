"""A safety recall (« rappel de sécurité »): a maker says that a model is dangerous, a battery most often.

It is no claim of the return of a loan (`domain.loan.recall`): it reaches each holder, who says to have read it and to
use the thing no more, and nothing that it concerns is lent or handed over until it is treated.

Law: Code de la consommation, art. L423-3 (a professional who knows of a danger does what avoids it); Code civil,
art. 1891 (a lender who knows of a defect tells the borrower); domain § 8.4. Pure: `today` and `now` are parameters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from materiel.domain.calendar.waiting import is_too_soon
from materiel.domain.item.item import TERMINAL, Item, ItemStatus
from materiel.domain.language import states
from materiel.domain.language.bounds import filled, line
from materiel.domain.language.fields import Fields
from materiel.domain.language.folding import fold
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.language.states import StateEnum
from materiel.domain.language.values import replace
from materiel.errors import Conflict

TITLE_MAX = 120
TO_DO_MAX = 600
SERIAL_MAX = 100
NOTE_MAX = 300
OLDEST = timedelta(days=3650)
"""How far back a maker may have published a recall that a service hears of now."""

REMIND_AFTER = timedelta(hours=20)
"""Between two letters about one danger: pressing twice writes once, the day after one may write again."""

ACKNOWLEDGEMENT = "J'ai lu, je n'utilise plus l'appareil"
"""What a holder says."""


class SafetyTreatment(LabelledEnum):
    """What became of an item that a recall concerns."""

    BATTERY_REPLACED = "battery_replaced", "Batterie remplacée"
    REPAIRED = "repaired", "Réparé ou mis à jour"
    NOT_CONCERNED = "not_concerned", "Vérifié, non concerné"
    RETURNED = "returned", "Renvoyé au fabricant"

    @property
    def frees(self) -> bool:
        """Whether the item may be lent again; one sent back to its maker comes back first."""
        return self is not SafetyTreatment.RETURNED


class SafetyStage(StateEnum):
    """How far an item that a recall concerns has come."""

    TO_TELL = "to_tell", states.HOLDER_TO_TELL
    TOLD = "told", states.HOLDER_TOLD
    READ = "read", states.HOLDER_HAS_READ
    HELD_BACK = "held_back", states.HELD_BACK
    OUT_OF_STOCK = "out_of_stock", states.GONE
    AT_MAKER = "at_maker", states.AT_MAKER
    TREATED = "treated", states.TREATED


class HolderKind(LabelledEnum):
    """Who holds an item and says to have read."""

    FAMILY = "family", "Famille"
    DEPOSITARY = "depositary", "École, établissement ou collectivité"


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyRecallAsked:
    """What a manager writes of a recall. `to_do`: what to do, in plain words, as holders read it.

    `title`: the danger; whoever keeps the thing without being a party reads neither it nor the model (domain § 8.1).
    `brand` and `model`: words of the brand, the model and the designation of the items. `serial_from`, `serial_to`:
    the first and the last serial number concerned, where the maker says them. `reference`: the maker's.
    """

    title: Annotated[str, filled(TITLE_MAX)]
    to_do: Annotated[str, filled(TO_DO_MAX)]
    published_on: date
    brand: Annotated[str, line(100)] = ""
    model: Annotated[str, line(200)] = ""
    serial_from: Annotated[str, line(SERIAL_MAX)] = ""
    serial_to: Annotated[str, line(SERIAL_MAX)] = ""
    reference: Annotated[str, line(100)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyRecall(SafetyRecallAsked):
    """A recall that a service follows. `closed_on`: nothing is awaited any more, and why when something was."""

    id: UUID
    service_id: UUID
    opened_at: datetime
    closed_on: date | None = None
    close_reason: str = ""
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Whether it still holds items back."""
        return self.closed_on is None


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyLine:
    """One item that a recall concerns. `loan_id`: the loan under which its holder was told, or answered.

    `told_at` and `told_times`: the last letter, and how many; `acknowledged_by` is what the journal calls whoever
    answered.
    """

    id: UUID
    recall_id: UUID
    item_id: UUID
    loan_id: UUID | None = None
    told_at: datetime | None = None
    told_times: int = 0
    acknowledged_at: datetime | None = None
    acknowledged_as: HolderKind | None = None
    acknowledged_by: str = ""
    treatment: SafetyTreatment | None = None
    treated_on: date | None = None
    note: str = ""

    @property
    def holds_back(self) -> bool:
        """Whether nothing has been done yet that lets the item be lent."""
        return self.treatment is None or not self.treatment.frees


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyCase:
    """A line with its item, the loan that holds the item now, None at the service, and the name of who has it.

    `at_school`: somebody else than the family keeps it, and answers. `mailbox`: the loans of one are told together,
    those of a school or of a pupil.
    """

    line: SafetyLine
    item: Item
    held_by: UUID | None = None
    holder: str = ""
    at_school: bool = False
    mailbox: str = ""

    @property
    def awaits_answer(self) -> bool:
        """Whether somebody holds the item and has not said to have read."""
        return self.stage in (SafetyStage.TO_TELL, SafetyStage.TOLD)

    @property
    def stage(self) -> SafetyStage:
        """How far it has come; what a former holder was told does not count for the present one."""
        if self.line.treatment is not None:
            return SafetyStage.TREATED if self.line.treatment.frees else SafetyStage.AT_MAKER
        if self.item.status in TERMINAL:
            return SafetyStage.OUT_OF_STOCK
        if self.held_by is None:
            return SafetyStage.HELD_BACK
        if self.line.loan_id != self.held_by:
            return SafetyStage.TO_TELL
        if self.line.acknowledged_at is not None:
            return SafetyStage.READ
        return SafetyStage.TOLD if self.line.told_at is not None else SafetyStage.TO_TELL


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyFigures:
    """How many items a recall concerns, by where they stand."""

    stages: dict[SafetyStage, int]

    @property
    def found(self) -> int:
        """All of them."""
        return sum(self.stages.values())

    @property
    def treated(self) -> int:
        """Those for which nothing is to be done any more."""
        return self.stages.get(SafetyStage.TREATED, 0) + self.stages.get(SafetyStage.OUT_OF_STOCK, 0)


OUT_OF_REACH = frozenset({ItemStatus.WRITTEN_OFF})
"""What a recall does not look for: one lost or stolen may be found again, and is then dangerous still."""


def checked_recall(recall: SafetyRecall, today: date) -> SafetyRecall:
    """A recall about to be written, its texts cleaned.

    Raises:
        RuleBroken: `safety_recall.invalid`, with one error for each field at fault.
    """
    fields = Fields("safety_recall.invalid")
    title = fields.text("/title", recall.title, longest=TITLE_MAX, required=True, name="le danger")
    to_do = fields.text("/to_do", recall.to_do, longest=TO_DO_MAX, required=True, name="ce qu'il faut faire")
    brand = fields.text("/brand", recall.brand, longest=100, name="la marque")
    model = fields.text("/model", recall.model, longest=200, name="le modèle")
    first = fields.text("/serial_from", recall.serial_from, longest=SERIAL_MAX, name="le premier numéro de série")
    last = fields.text("/serial_to", recall.serial_to, longest=SERIAL_MAX, name="le dernier numéro de série")
    reference = fields.text("/reference", recall.reference, longest=100, name="la référence du fabricant")
    fields.day(
        "/published_on", recall.published_on, first=today - OLDEST, last=today, name="la date du rappel du fabricant"
    )
    if not brand and not model:
        fields.add("/model", "Indiquez la marque, le modèle, ou les deux : ils disent quels matériels chercher.")
    if first and last and _in_order(first) > _in_order(last):
        fields.add("/serial_to", "Le dernier numéro de série vient avant le premier : échangez-les.")
    fields.check()
    return replace(
        recall,
        title=title,
        to_do=to_do,
        brand=brand,
        model=model,
        serial_from=first,
        serial_to=last,
        reference=reference,
    )


def concerns(recall: SafetyRecallAsked, item: Item) -> bool:
    """Whether a recall concerns an item, as far as its record tells: a missing serial number excludes nothing."""
    if item.status in OUT_OF_REACH:
        return False
    known = _words(f"{item.brand} {item.model} {item.designation}")
    asked = _words(f"{recall.brand} {recall.model}")
    if not asked or not all(any(word.startswith(each) for word in known) for each in asked):
        return False
    return not item.serial_number or _in_range(recall, item.serial_number)


def _in_range(recall: SafetyRecallAsked, serial: str) -> bool:
    place = _in_order(serial)
    after = not recall.serial_from or _in_order(recall.serial_from) <= place
    return after and (not recall.serial_to or place <= _in_order(recall.serial_to))


def _in_order(serial: str) -> tuple[tuple[bool, int, str], ...]:
    """A serial number as makers order theirs: its figures as numbers, its letters as letters, its signs left out."""
    parts = re.findall(r"[0-9]+|[a-z]+", fold(serial))
    return tuple((not each.isdigit(), int(each) if each.isdigit() else 0, each) for each in parts)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", fold(text))


def told(line: SafetyLine, loan_id: UUID, now: datetime) -> SafetyLine:
    """A line whose holder has just been written to; a new holder's answer is still to come."""
    if line.loan_id == loan_id:
        return replace(line, told_at=now, told_times=line.told_times + 1)
    return replace(
        line,
        loan_id=loan_id,
        told_at=now,
        told_times=1,
        acknowledged_at=None,
        acknowledged_as=None,
        acknowledged_by="",
    )


def may_tell(case: SafetyCase, now: datetime, *, again: bool) -> bool:
    """Whether the holder of an item is to be written to now: never told, or `again`, told some time ago."""
    if case.stage is SafetyStage.TO_TELL:
        return True
    last = case.line.told_at
    return again and case.stage is SafetyStage.TOLD and last is not None and not is_too_soon(last, now, REMIND_AFTER)


def acknowledged(line: SafetyLine, loan_id: UUID, kind: HolderKind, by: str, now: datetime) -> SafetyLine:
    """A line whose holder says to have read, and to use the thing no more; a second time changes nothing."""
    if line.acknowledged_at is not None and line.loan_id == loan_id:
        return line
    same = line if line.loan_id == loan_id else replace(line, told_at=None, told_times=0)
    return replace(same, loan_id=loan_id, acknowledged_at=now, acknowledged_as=kind, acknowledged_by=by)


def treated(
    line: SafetyLine, recall: SafetyRecall, treatment: SafetyTreatment, on: date, note: str, today: date
) -> SafetyLine:
    """A line for which something was done on a day.

    Raises:
        Conflict: `safety_recall.closed`.
        RuleBroken: `safety_recall.invalid`.
    """
    check_open(recall)
    fields = Fields("safety_recall.invalid")
    fields.day("/treated_on", on, first=recall.published_on, last=today, name="la date")
    said = fields.text("/note", note, longest=NOTE_MAX, name="la note")
    fields.check()
    return replace(line, treatment=treatment, treated_on=on, note=said)


def closed(recall: SafetyRecall, reason: str, *, left: int, today: date) -> SafetyRecall:
    """A recall that is over.

    Args:
        left: how many items are not treated; then a reason is asked, and they may be lent again.

    Raises:
        Conflict: `safety_recall.closed`.
        RuleBroken: `safety_recall.invalid`.
    """
    check_open(recall)
    fields = Fields("safety_recall.invalid")
    why = fields.text("/reason", reason, longest=NOTE_MAX, required=left > 0, name="le motif")
    fields.check()
    return replace(recall, closed_on=today, close_reason=why)


def check_open(recall: SafetyRecall) -> None:
    """Raise `Conflict`, `safety_recall.closed`, when a recall is over."""
    if not recall.is_open:
        raise Conflict("safety_recall.closed", "Ce rappel de sécurité est clos : ouvrez-en un autre s'il reprend.")
