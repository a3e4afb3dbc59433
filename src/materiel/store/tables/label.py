"""Labels of items that were replaced, and the sheets of labels of a service's own."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table

from materiel.store.tables.lending import KEEP, ItemRow, ManagingServiceRow


class RevokedLabelRow(Table, tablename="revoked_label"):
    """The former code of an item: it leads nowhere any more, and says since when."""

    code = Varchar(length=20, primary_key=True, default="")
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    item = ForeignKey(ItemRow, null=False, **KEEP)
    revoked_on = Date()


class LabelSheetRow(Table, tablename="label_sheet"):
    """A sheet of labels that a service measured; `measures` in JSON."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    title = Varchar(length=60)
    measures = Text()
    created_at = Timestamptz()
    version = Integer(default=1)
