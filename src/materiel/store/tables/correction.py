"""Acts recorded by mistake and taken back, each with its reason; departures; scans of the papers of before."""

from __future__ import annotations

from piccolo.columns import UUID, Bytea, Date, ForeignKey, Timestamptz, Varchar
from piccolo.table import Table

from materiel.store.tables.lending import KEEP, LoanRow, ManagingServiceRow, PupilRow


class CorrectionRow(Table, tablename="correction"):
    """Why an act was taken back; erased with its subject, unlike the journal."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    subject_kind = Varchar(length=12)
    subject = UUID(default=None)
    kind = Varchar(length=30)
    reason = Varchar(length=500)
    corrected_by = Varchar(length=80)
    corrected_at = Timestamptz()


class LeavingRow(Table, tablename="leaving"):
    """A pupil's departure from the académie, and the contact with the one that receives the pupil."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    pupil = ForeignKey(PupilRow, null=False, **KEEP)
    left_on = Date()
    academie = Varchar(length=2)
    departement = Varchar(length=3)
    school = Varchar(length=200)
    kept_until = Date(null=True, default=None)
    contact_on = Date(null=True, default=None)
    contact_with = Varchar(length=200)
    noted_by = Varchar(length=80)
    noted_at = Timestamptz()
    withdrawn_at = Timestamptz(null=True, default=None)


class LoanScanRow(Table, tablename="loan_scan"):
    """The scan of the old paper of a loan taken over; it goes with its loan."""

    id = UUID(primary_key=True, default=None)
    loan = ForeignKey(LoanRow, null=False, **KEEP)
    media_type = Varchar(length=40)
    sha256 = Varchar(length=64)
    content = Bytea()
    filed_by = Varchar(length=80)
    filed_at = Timestamptz()
