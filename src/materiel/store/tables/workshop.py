"""Tables of the return workshop: recalls, repairs, licences, kits, what is checked, what leaves the stock."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, Boolean, Bytea, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table

from materiel.store.tables.lending import KEEP, ItemRow, LoanRow, ManagingServiceRow


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
