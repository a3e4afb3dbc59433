"""States of condition of items, and what families say of them."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table

from materiel.store.tables.lending import KEEP, ItemRow, LoanRow, ManagingServiceRow


class ConditionStateRow(Table, tablename="condition_state"):
    """What was seen of an item at a hand-over, at a return or on a day; that of a loan goes with it."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    item = ForeignKey(ItemRow, null=False, **KEEP)
    loan = ForeignKey(LoanRow, null=True, default=None, **KEEP)
    moment = Varchar(length=10)
    seen_on = Date()
    note = Varchar(length=500)
    marks = Text()
    noted_by = Varchar(length=80)
    noted_at = Timestamptz()
    version = Integer(default=1)


class ConditionRemarkRow(Table, tablename="condition_remark"):
    """What a family said of the condition of an item; its words never change, and it goes with its loan."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    loan = ForeignKey(LoanRow, null=False, **KEEP)
    item = ForeignKey(ItemRow, null=False, **KEEP)
    moment = Varchar(length=10)
    text = Varchar(length=1000)
    said_on = Date()
    said_at = Timestamptz()
    said_by = Varchar(length=80)
    said_link = UUID()
    read_at = Timestamptz(null=True, default=None)
    read_by = Varchar(length=80, default="")
