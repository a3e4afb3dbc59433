"""The circuit of the equipment, from a need to the next child."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.table import Table

from materiel.store.tables.lending import KEEP, ItemRow, LoanRow, ManagingServiceRow, PupilRow, SchoolRow


class NeedRow(Table, tablename="need"):
    """What was decided for a pupil. `loan` is the one that is to meet it, or has; it goes with its pupil."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    pupil = ForeignKey(PupilRow, null=False, **KEEP)
    kind = Varchar(length=10)
    wording = Varchar(length=300)
    family = Varchar(length=20, null=True, default=None)
    category = Varchar(length=60)
    notified_on = Date()
    valid_until = Date(null=True, default=None)
    basis_kind = Varchar(length=10)
    basis_reference = Varchar(length=100)
    basis_decided_on = Date(null=True, default=None)
    basis_valid_until = Date(null=True, default=None)
    state = Varchar(length=10, default="open")
    order_reference = Varchar(length=60)
    expected_on = Date(null=True, default=None)
    received_on = Date(null=True, default=None)
    loan = ForeignKey(LoanRow, null=True, default=None, **KEEP)
    met_on = Date(null=True, default=None)
    closed_on = Date(null=True, default=None)
    close_reason = Varchar(length=300)
    asked_by = Varchar(length=60, default="")
    created_at = Timestamptz()
    version = Integer(default=1)


class UseNoteRow(Table, tablename="use_note"):
    """What was said of the use of one item of a loan at a meeting; one for each day. It goes with its loan."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    loan = ForeignKey(LoanRow, null=False, **KEEP)
    item = ForeignKey(ItemRow, null=False, **KEEP)
    level = Varchar(length=10)
    said_on = Date()
    noted_by = Varchar(length=60)
    noted_at = Timestamptz()
    settled_at = Timestamptz(null=True, default=None)


class ExaminationSheetRow(Table, tablename="examination_sheet"):
    """What was checked of a device before an examination; under a loan, it goes with it."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    item = ForeignKey(ItemRow, null=False, **KEEP)
    loan = ForeignKey(LoanRow, null=True, default=None, **KEEP)
    done_on = Date()
    sits_on = Date(null=True, default=None)
    emptied = Boolean()
    radio_off = Boolean()
    software = Varchar(length=500)
    noted_by = Varchar(length=60)
    noted_at = Timestamptz()


class ReferentRow(Table, tablename="referent"):
    """An enseignant référent who is written to, for a sector, until a day."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    name = Varchar(length=100)
    email = Varchar(length=254)
    ends_on = Date()
    created_at = Timestamptz()
    version = Integer(default=1)


class ReferentSchoolRow(Table, tablename="referent_school"):
    """One school of a sector."""

    id = UUID(primary_key=True, default=None)
    referent = ForeignKey(ReferentRow, null=False, **KEEP)
    school = ForeignKey(SchoolRow, null=False, **KEEP)


class ReferentLinkRow(Table, tablename="referent_link"):
    """One link sent to a référent; a table of its own, for those of families and institutions bear other references."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    referent = ForeignKey(ReferentRow, null=False, **KEEP)
    email = Varchar(length=254)
    token_hash = Varchar(length=64, unique=True)
    created_at = Timestamptz()
    expires_at = Timestamptz()
    revoked_at = Timestamptz(null=True, default=None)
    entered_at = Timestamptz(null=True, default=None)
    replaced_at = Timestamptz(null=True, default=None)
    last_opened_at = Timestamptz(null=True, default=None)
