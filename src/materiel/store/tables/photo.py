"""Photographs of items."""

from __future__ import annotations

from piccolo.columns import UUID, Bytea, Date, ForeignKey, Timestamptz, Varchar
from piccolo.table import Table

from materiel.store.tables.access import IncidentFileRow, IncidentRow
from materiel.store.tables.condition import ConditionRemarkRow, ConditionStateRow
from materiel.store.tables.lending import KEEP, ItemRow, LoanRow, ManagingServiceRow


class PhotoRow(Table, tablename="photo"):
    """A photograph as we made it again, large and small; it goes with its loan."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    item = ForeignKey(ItemRow, null=False, **KEEP)
    loan = ForeignKey(LoanRow, null=True, default=None, **KEEP)
    incident = ForeignKey(IncidentRow, null=True, default=None, **KEEP)
    file = ForeignKey(IncidentFileRow, null=True, default=None, **KEEP)
    occasion = Varchar(length=10)
    taken_on = Date()
    sha256 = Varchar(length=64)
    large = Bytea()
    small = Bytea()
    added_by = Varchar(length=80)
    added_at = Timestamptz()
    state = ForeignKey(ConditionStateRow, null=True, default=None, **KEEP)
    remark = ForeignKey(ConditionRemarkRow, null=True, default=None, **KEEP)
    caption = Varchar(length=160, default="")
    view = Varchar(length=10, null=True, default=None)
