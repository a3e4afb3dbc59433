"""The circuit of the equipment, from a need to the next child."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, Boolean, Bytea, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
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


class SafetyRecallRow(Table, tablename="safety_recall"):
    """A maker's recall that a service follows."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    title = Varchar(length=120)
    to_do = Varchar(length=600)
    published_on = Date()
    brand = Varchar(length=100)
    model = Varchar(length=200)
    serial_from = Varchar(length=100)
    serial_to = Varchar(length=100)
    reference = Varchar(length=100)
    opened_at = Timestamptz()
    closed_on = Date(null=True, default=None)
    close_reason = Varchar(length=300)
    version = Integer(default=1)


class SafetyLineRow(Table, tablename="safety_line"):
    """An item that a recall concerns; `loan` is the one under which its holder was told, and goes with it."""

    id = UUID(primary_key=True, default=None)
    recall = ForeignKey(SafetyRecallRow, null=False, **KEEP)
    item = ForeignKey(ItemRow, null=False, **KEEP)
    loan = ForeignKey(LoanRow, null=True, default=None, **KEEP)
    told_at = Timestamptz(null=True, default=None)
    told_times = Integer(default=0)
    acknowledged_at = Timestamptz(null=True, default=None)
    acknowledged_as = Varchar(length=10, null=True, default=None)
    acknowledged_by = Varchar(length=80)
    treatment = Varchar(length=20, null=True, default=None)
    treated_on = Date(null=True, default=None)
    note = Varchar(length=300)


class RepairRow(Table, tablename="repair"):
    """A repair of an item at a provider; one at a time. `search` holds the words of the provider."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    item = ForeignKey(ItemRow, null=False, **KEEP)
    provider = Varchar(length=120)
    fault = Varchar(length=300)
    sent_on = Date()
    expected_on = Date(null=True, default=None)
    note = Varchar(length=300)
    under_warranty = Boolean(null=True, default=None)
    returned_on = Date(null=True, default=None)
    outcome = Varchar(length=20, null=True, default=None)
    cost_cents = BigInt(null=True, default=None)
    search = Text()
    created_at = Timestamptz()
    version = Integer(default=1)


class LicenceRow(Table, tablename="licence"):
    """A licence of software. `sealed_key` is its key, encrypted; `key_tail` its end. `search`: software, publisher."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    software = Varchar(length=120)
    publisher = Varchar(length=120)
    seats = Integer()
    bought_on = Date()
    ends_on = Date(null=True, default=None)
    is_transferable = Boolean()
    note = Varchar(length=300)
    sealed_key = Text()
    key_tail = Varchar(length=4)
    search = Text()
    created_at = Timestamptz()
    version = Integer(default=1)


class LicenceSeatRow(Table, tablename="licence_seat"):
    """A seat taken of a licence by an item or by a loan; without either, its loan was eliminated."""

    id = UUID(primary_key=True, default=None)
    licence = ForeignKey(LicenceRow, null=False, **KEEP)
    item = ForeignKey(ItemRow, null=True, default=None, **KEEP)
    loan = ForeignKey(LoanRow, null=True, default=None, **KEEP)
    taken_on = Date()
    left_over = Boolean(default=False)
    ended_on = Date(null=True, default=None)
    ended_as = Varchar(length=12, null=True, default=None)
    witness = Varchar(length=12, null=True, default=None)
    gives_back = Boolean(default=False)


class ChecklistRow(Table, tablename="checklist"):
    """The lines that a service checks of a family at a moment; the last one written is in force."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    family = Varchar(length=20)
    moment = Varchar(length=12)
    lines = Text()
    written_at = Timestamptz()


class CheckSheetRow(Table, tablename="check_sheet"):
    """What was checked of an item on a day, each line in the words of that day."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    item = ForeignKey(ItemRow, null=False, **KEEP)
    moment = Varchar(length=12)
    done_on = Date()
    lines = Text()
    noted_at = Timestamptz()


class ReplacementRow(Table, tablename="replacement"):
    """From what on a service wants to replace an item; without a row, the usual thresholds."""

    service = ForeignKey(ManagingServiceRow, primary_key=True, null=False, **KEEP)
    years = Integer()
    cost_percent = Integer()
    breakdowns = Integer()


class DisposalRow(Table, tablename="disposal"):
    """An end of life of items; what its papers say never changes once it is decided."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    outcome = Varchar(length=20)
    reason = Varchar(length=300)
    beneficiary = Varchar(length=200)
    association = Varchar(length=20, null=True, default=None)
    agreement = Varchar(length=100)
    proposed_at = Timestamptz()
    state = Varchar(length=10, default="proposed")
    erased_on = Date(null=True, default=None)
    erased_by = Varchar(length=100)
    erased_how = Varchar(length=200)
    decided_on = Date(null=True, default=None)
    decided_name = Varchar(length=200)
    decided_title = Varchar(length=500)
    answer_reason = Varchar(length=300)
    labels_off = Boolean(default=False)
    reference = Varchar(length=100)
    done_on = Date(null=True, default=None)
    version = Integer(default=1)


class DisposalItemRow(Table, tablename="disposal_item"):
    """An item of an end of life, as it was when it was proposed. `holds`: the item is in it, and in one at
    most (unique index); false once it is refused or withdrawn.
    """

    id = UUID(primary_key=True, default=None)
    disposal = ForeignKey(DisposalRow, null=False, **KEEP)
    position = Integer()
    item = ForeignKey(ItemRow, null=False, **KEEP)
    inventory_number = Varchar(length=25)
    designation = Varchar(length=200)
    brand = Varchar(length=100)
    model = Varchar(length=100)
    serial_number = Varchar(length=100)
    acquired_on = Date(null=True, default=None)
    purchase_price_cents = BigInt(null=True, default=None)
    funding_service = Varchar(length=200)
    seen_at = Varchar(length=200)
    condition = Varchar(length=20)
    value_cents = BigInt()
    holds_data = Boolean(default=False)
    has_photo = Boolean(default=False)
    holds = Boolean(default=True)


class DisposalPaperRow(Table, tablename="disposal_paper"):
    """The scan of a signed act, of a commitment or of a certificate; the last of a kind is the one that counts."""

    id = UUID(primary_key=True, default=None)
    disposal = ForeignKey(DisposalRow, null=False, **KEEP)
    kind = Varchar(length=20)
    media_type = Varchar(length=40)
    sha256 = Varchar(length=64)
    content = Bytea()
    filed_by = Varchar(length=80)
    filed_at = Timestamptz()


class KitRow(Table, tablename="kit"):
    """Items lent and returned together. `search` holds the words of its number and designation."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    number = Varchar(length=25)
    designation = Varchar(length=200)
    search = Text()
    created_at = Timestamptz()
    dissolved_on = Date(null=True, default=None)
    version = Integer(default=1)


class KitPartRow(Table, tablename="kit_part"):
    """An item of a kit; of one kit at most."""

    id = UUID(primary_key=True, default=None)
    kit = ForeignKey(KitRow, null=False, **KEEP)
    item = ForeignKey(ItemRow, null=False, **KEEP)
    position = Integer()


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
