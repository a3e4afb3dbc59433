"""The circuit of the equipment, from a need to the next child."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, Boolean, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table

from materiel.store.tables.lending import KEEP, ItemRow, LoanRow, ManagingServiceRow, PupilRow


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
    created_at = Timestamptz()
    version = Integer(default=1)


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


class ReplacementRow(Table, tablename="replacement"):
    """From what on a service wants to replace an item; without a row, the usual thresholds."""

    service = ForeignKey(ManagingServiceRow, primary_key=True, null=False, **KEEP)
    years = Integer()
    cost_percent = Integer()
    breakdowns = Integer()
