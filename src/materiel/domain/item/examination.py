"""An examination (« examen »): what is checked of a device before a candidate composes on it, on a dated sheet.

Source: domain § 8.3; Code de l'éducation, art. D351-27 to D351-31 (whoever organises the examination decides of the
arrangements, and checks the device): no file, radio functions off, only the software that the examination needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from materiel.domain.item.family import HOLDING_DATA
from materiel.domain.item.item import Item
from materiel.domain.language.bounds import line
from materiel.domain.language.fields import Fields
from materiel.domain.language.values import replace
from materiel.errors import RuleBroken

SOFTWARE_MAX = 500
OLDEST = timedelta(days=365)
LATEST = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminationChecks:
    """What was done of a device, each box ticked or left to do. `software`: what the candidate uses, one line.

    `done_on`: the day of the checks. `sits_on`: the first day of the examination, when it is known.
    """

    done_on: date
    sits_on: date | None = None
    emptied: bool = False
    radio_off: bool = False
    software: Annotated[str, line(SOFTWARE_MAX)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminationSheet(ExaminationChecks):
    """One sheet of an item, under the loan that held it that day, with which it goes."""

    id: UUID
    service_id: UUID
    item_id: UUID
    loan_id: UUID | None = None
    noted_by: str
    noted_at: datetime

    @property
    def is_ready(self) -> bool:
        """Whether nothing is left to do."""
        return self.emptied and self.radio_off and bool(self.software)


def may_be_prepared(item: Item) -> bool:
    """Whether an item is one that is emptied and whose radio is cut before an examination."""
    return item.family in HOLDING_DATA


def checked_sheet(sheet: ExaminationSheet, item: Item, today: date) -> ExaminationSheet:
    """A sheet about to be kept, its text cleaned.

    Raises:
        RuleBroken: `examination.no_device`; `examination.invalid`, with one error for each field at fault.
    """
    if not may_be_prepared(item):
        raise RuleBroken(
            "examination.no_device",
            "Cette fiche est celle d'un ordinateur ou d'une tablette : rien n'est à vider sur ce matériel.",
        )
    fields = Fields("examination.invalid")
    software = fields.text("/software", sheet.software, longest=SOFTWARE_MAX, name="la liste des logiciels")
    fields.day("/done_on", sheet.done_on, first=today - OLDEST, last=today, name="la date des vérifications")
    if sheet.sits_on is not None:
        fields.day("/sits_on", sheet.sits_on, first=sheet.done_on, last=today + LATEST, name="la date de l'examen")
    fields.check()
    return replace(sheet, software=software)
