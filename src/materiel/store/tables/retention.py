"""What is held back, listed for elimination, and what remains of what was eliminated: never a name."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table

from materiel.store.tables.lending import KEEP, ItemRow, LoanRow, ManagingServiceRow, PupilRow


class LoanHoldRow(Table, tablename="loan_hold"):
    """A loan that no elimination may take, and why."""

    loan = ForeignKey(LoanRow, primary_key=True, null=False, default=None, **KEEP)
    reason = Varchar(length=500)
    placed_by = Varchar(length=80)
    placed_at = Timestamptz()


class EliminationRow(Table, tablename="elimination"):
    """One elimination list, its visa and its end; frozen by trigger once the visa is there."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    due_on = Date()
    loan_years = Integer()
    pupil_years = Integer()
    inventory = Text()
    prepared_by = Varchar(length=80)
    prepared_at = Timestamptz()
    visa_on = Date(null=True, default=None)
    visa_reference = Varchar(length=200)
    visaed_by = Varchar(length=80)
    visaed_at = Timestamptz(null=True, default=None)
    job = UUID(null=True, default=None)
    pupils = Integer(default=0)
    finished_at = Timestamptz(null=True, default=None)


class EliminationLoanRow(Table, tablename="elimination_loan"):
    """A loan of a list, until it is eliminated or left out."""

    loan = ForeignKey(LoanRow, primary_key=True, null=False, default=None, **KEEP)
    elimination = ForeignKey(EliminationRow, null=False, **KEEP)


class EliminationPupilRow(Table, tablename="elimination_pupil"):
    """A pupil without any loan of a list, until he is eliminated or left out."""

    pupil = ForeignKey(PupilRow, primary_key=True, null=False, default=None, **KEEP)
    elimination = ForeignKey(EliminationRow, null=False, **KEEP)


class EliminatedLoanRow(Table, tablename="eliminated_loan"):
    """What remains of a loan: dates, département, kind of school."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    elimination = ForeignKey(EliminationRow, null=False, **KEEP)
    usage = Varchar(length=12)
    custody = Varchar(length=8)
    school_kind = Varchar(length=30)
    departement = Varchar(length=3)
    status = Varchar(length=20)
    starts_on = Date(null=True, default=None)
    ends_on = Date(null=True, default=None)
    issued_on = Date(null=True, default=None)
    handed_over_on = Date(null=True, default=None)
    closed_on = Date(null=True, default=None)


class EliminatedLoanItemRow(Table, tablename="eliminated_loan_item"):
    """The life of an item in an eliminated loan."""

    id = UUID(primary_key=True, default=None)
    loan = ForeignKey(EliminatedLoanRow, null=False, **KEEP)
    item = ForeignKey(ItemRow, null=False, **KEEP)
    added_on = Date(null=True, default=None)
    handed_over_on = Date(null=True, default=None)
    condition_out = Varchar(length=20, null=True, default=None)
    returned_on = Date(null=True, default=None)
    condition_in = Varchar(length=20, null=True, default=None)
    removed_on = Date(null=True, default=None)


class EliminatedDocumentRow(Table, tablename="eliminated_document"):
    """What remains of an issued paper, so that its code still answers and the journal is still believed."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    loan = ForeignKey(EliminatedLoanRow, null=False, **KEEP)
    kind = Varchar(length=24)
    number = Varchar(length=40)
    issued_on = Date(null=True, default=None)
    code = Varchar(length=20, unique=True)
    sha256 = Varchar(length=64)
    pages = Integer()
