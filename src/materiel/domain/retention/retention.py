"""Retention (« conservation ») of loans and pupils, and their lawful elimination with the archives' visa.

Law: Code civil, art. 2224 (five years to claim) and 2229 (a term ends with its last day); Code du patrimoine,
art. L211-1 and L212-2 (papers of the State are public archives, eliminated with the visa of the archives); règlement
(UE) 2016/679, art. 5, § 1, e (no longer than needed). Domain § 4.3. Time alone never eliminates anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from materiel.domain.calendar.civil_day import civil_date
from materiel.domain.calendar.school_year import add_months
from materiel.domain.item.item import Condition
from materiel.domain.language.fields import Fields
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.loan.loan import Loan, LoanStatus
from materiel.domain.places.school import SchoolKind
from materiel.domain.usage import Custody, Usage
from materiel.errors import Conflict

LAW = "Code civil, art. 2224 ; code du patrimoine, art. L212-2"
"""What an elimination is founded on, where the service has no rule of its own."""

REFERENCE_MAX = 200
REASON_MAX = 500

FINAL_STATUSES = frozenset({LoanStatus.CLOSED, LoanStatus.CANCELLED})
"""A loan that was returned still waits for somebody to close it: something may be missing."""


class Nature(LabelledEnum):
    """What the papers of one line of an elimination list are."""

    LOAN = "loan", "Prêts à des élèves : conventions, notifications, avenants, bons de remise et récépissés"
    DEPOSIT = "deposit", "Dépôts en établissement : conventions, avenants, bons de remise et récépissés"
    PUPIL = "pupil", "Fiches d'élèves sans prêt"


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryLine:
    """One line of an elimination list: papers of one nature that ended in one civil year. Names nobody.

    `first_on` and `last_on` are the extreme dates, `files` how many loans or pupils, `size` bytes of PDF and scans.
    """

    nature: Nature
    year: int
    first_on: date
    last_on: date
    files: int
    documents: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Visa:
    """The archives' agreement: its date, the reference of their answer, and when it was typed in."""

    on: date
    reference: str
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Elimination:
    """One elimination: the list as it was sent to the archives (« bordereau »), then their visa, then its end.

    `due_on` is the day on which the time of everything listed was over, under the years of the service on that day.
    `pupils` counts those whose data were deleted so far; `job_id` is the work last launched.
    """

    id: UUID
    service_id: UUID
    due_on: date
    loan_years: int
    pupil_years: int
    inventory: tuple[InventoryLine, ...]
    prepared_by: str
    prepared_at: datetime
    visa: Visa | None = None
    job_id: UUID | None = None
    pupils: int = 0
    finished_at: datetime | None = None

    @property
    def files(self) -> int:
        """How many loans and pupils are on the list."""
        return sum(line.files for line in self.inventory)

    def years_of(self, nature: Nature) -> int:
        """How long papers of a nature were kept."""
        return self.pupil_years if nature is Nature.PUPIL else self.loan_years


@dataclass(frozen=True, slots=True, kw_only=True)
class EliminatedLine:
    """The life of an item in an eliminated loan: no place but a département and a kind of school."""

    usage: Usage
    custody: Custody
    school_kind: SchoolKind
    departement: str
    added_on: date | None
    handed_over_on: date | None
    condition_out: Condition | None
    returned_on: date | None
    condition_in: Condition | None
    removed_on: date | None


def megabytes(size: int) -> str:
    """« 1,5 »: millions of bytes, with a decimal comma; a little is never nothing."""
    tenths = -(-size // 100_000)
    return f"{tenths // 10},{tenths % 10}"


def ended_on(loan: Loan) -> date | None:
    """The day from which the years are counted: the last return, or the end of a loan never handed over."""
    returns = [line.returned_on for line in loan.items if line.returned_on is not None]
    return max(returns) if returns else loan.closed_on


def last_day_kept(ended: date, years: int) -> date:
    """The same day of the month so many years later, or the last of the month: 28 February for the 29th."""
    return add_months(ended, 12 * years)


def first_day_kept(day: date, years: int) -> date:
    """The first end whose time is not over on a day: what ended before it is over."""
    first = add_months(day, -12 * years)
    while last_day_kept(first, years) < day:
        first += timedelta(days=1)
    return first


def checked_visa(
    elimination: Elimination, *, on: date | None, reference: str, recorded_by: str, now: datetime, zone: ZoneInfo
) -> Visa:
    """The visa of an elimination that has none.

    Raises:
        Conflict: `elimination.already_visaed`.
        RuleBroken: `elimination.invalid`, with the faults of `/visa_on` and `/visa_reference`.

    Source: Code du patrimoine, art. L212-2.
    """
    if elimination.visa is not None:
        raise Conflict(
            "elimination.already_visaed",
            "Le visa de ce bordereau est déjà enregistré : l'élimination est faite ou en cours.",
        )
    fields = Fields("elimination.invalid")
    prepared = civil_date(elimination.prepared_at, zone)
    if on is None:
        fields.add("/visa_on", "Indiquez la date du visa des archives.")
    elif not prepared <= on <= civil_date(now, zone):
        fields.add(
            "/visa_on",
            f"Le visa porte sur ce bordereau, préparé le {prepared:%d/%m/%Y} : sa date ne peut ni le précéder, "
            "ni être dans l'avenir.",
        )
    kept = fields.text(
        "/visa_reference", reference, longest=REFERENCE_MAX, required=True, name="la référence de la réponse"
    )
    fields.check()
    assert on is not None
    return Visa(on=on, reference=kept, recorded_by=recorded_by, recorded_at=now)


def checked_hold_reason(reason: str) -> str:
    """Why a loan is held back from elimination.

    Raises:
        RuleBroken: `loan_hold.invalid`, with the fault of `/reason`.
    """
    fields = Fields("loan_hold.invalid")
    kept = fields.text("/reason", reason, longest=REASON_MAX, required=True, name="le motif")
    fields.check()
    return kept
