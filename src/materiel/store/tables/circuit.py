"""The circuit of the equipment, from a need to the next child."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Bytea, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table

from materiel.store.tables.lending import KEEP, ItemRow, LoanRow, ManagingServiceRow, PupilRow, SchoolRow
from materiel.store.tables.shared import DocumentHeadRow


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


class StocktakeRow(Table, tablename="stocktake"):
    """A stocktake: which places it covers, from which day to which; closed, its results are frozen."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    name = Varchar(length=100)
    kinds = Text()
    schools = Text()
    municipalities = Text()
    opened_on = Date()
    opened_at = Timestamptz()
    opened_by = Varchar(length=80)
    closes_on = Date()
    closed_on = Date(null=True, default=None)
    closed_at = Timestamptz(null=True, default=None)
    closed_by = Varchar(length=80)
    version = Integer(default=1)


class StocktakeLineRow(Table, tablename="stocktake_line"):
    """An item of a stocktake: where it was expected on the opening day, the last word on it, the act that settled a
    gap. `result` and `waits` are computed until the closing, which writes them.
    """

    id = UUID(primary_key=True, default=None)
    stocktake = ForeignKey(StocktakeRow, null=False, **KEEP)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    item = ForeignKey(ItemRow, null=False, **KEEP)
    kind = Varchar(length=10)
    place = Varchar(length=200)
    school = ForeignKey(SchoolRow, null=True, default=None, **KEEP)
    loan = ForeignKey(LoanRow, null=True, default=None, **KEEP)
    is_extra = Boolean(default=False)
    seen = Varchar(length=10, null=True, default=None)
    seen_on = Date(null=True, default=None)
    seen_by = Varchar(length=12, null=True, default=None)
    seen_place = Varchar(length=200, default="")
    settled = Varchar(length=10, null=True, default=None)
    settled_on = Date(null=True, default=None)
    note = Varchar(length=300, default="")
    result = Varchar(length=10, null=True, default=None)
    waits = Boolean(null=True, default=None)


class StocktakeReadingRow(Table, tablename="stocktake_reading"):
    """A code that was read during a stocktake and names no item of the service."""

    id = UUID(primary_key=True, default=None)
    stocktake = ForeignKey(StocktakeRow, null=False, **KEEP)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    reading = Varchar(length=80)
    place = Varchar(length=200)
    read_on = Date()
    why = Varchar(length=300)


class StocktakeReportRow(Table, tablename="stocktake_report"):
    """The report of a closed stocktake, byte for byte, and the seal that follows it once one is put."""

    id = UUID(primary_key=True, default=None)
    stocktake = ForeignKey(StocktakeRow, null=False, **KEEP)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    pdf = Bytea()
    sha256 = Varchar(length=64)
    made_at = Timestamptz()
    tail = Bytea(null=True, default=None)
    sealed_at = Timestamptz(null=True, default=None)
    subject = Varchar(length=200, default="")
    fingerprint = Varchar(length=64, default="")


class KeptActRow(Table, tablename="kept_act"):
    """An act byte for byte, after its head, and what it says, as it was decided; frozen by trigger. `subject`: the
    transfer, the end of life or the elimination that it is about.
    """

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    kind = Varchar(length=20)
    subject = UUID()
    made_at = Timestamptz()
    layout = Integer()
    content = Text()
    sha256 = Varchar(length=64)
    head = ForeignKey(DocumentHeadRow, null=True, default=None, **KEEP)
    pdf = Bytea()


class TransferRow(Table, tablename="transfer"):
    """Items that pass from a service to another; `asked_by` is one of both."""

    id = UUID(primary_key=True, default=None)
    giver = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    receiver = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    asked_by = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    reason = Varchar(length=300)
    asked_at = Timestamptz()
    state = Varchar(length=10, default="asked")
    answered_at = Timestamptz(null=True, default=None)
    answer_reason = Varchar(length=300)
    done_on = Date(null=True, default=None)
    version = Integer(default=1)
    until = Date(null=True, default=None)
    until_asked = Date(null=True, default=None)
    returned_on = Date(null=True, default=None)
    until_asked_by = UUID(null=True, default=None)
    returns = UUID(null=True, default=None)


class TransferItemRow(Table, tablename="transfer_item"):
    """An item of a transfer, as it was when it was asked. One awaits an answer in one transfer at most (unique index).

    `received_as`: the record of the service that received it.
    """

    id = UUID(primary_key=True, default=None)
    transfer = ForeignKey(TransferRow, null=False, **KEEP)
    position = Integer()
    item = ForeignKey(ItemRow, null=False, **KEEP)
    received_as = ForeignKey(ItemRow, null=True, default=None, **KEEP)
    inventory_number = Varchar(length=25)
    designation = Varchar(length=200)
    serial_number = Varchar(length=100)
    funding_service = Varchar(length=200)
    left_out = Boolean(default=False)
    awaits = Boolean(default=True)
    loan = UUID(null=True, default=None)


class TransferLoanRow(Table, tablename="transfer_loan"):
    """An open loan offered with its items. Neither loan is referred to: each service eliminates its own one day."""

    id = UUID(primary_key=True, default=None)
    transfer = ForeignKey(TransferRow, null=False, **KEEP)
    position = Integer()
    loan = UUID()
    received_as = UUID(null=True, default=None)
    usage = Varchar(length=12)
    custody = Varchar(length=8)
    departement = Varchar(length=3)
    ends_on = Date(null=True, default=None)


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
