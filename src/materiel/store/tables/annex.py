"""What a service prints of its own words."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table

from materiel.store.tables.lending import KEEP, ManagingServiceRow


class AnnexRow(Table, tablename="annex"):
    """One version of the annex of a service, never changed; no section where none is printed any more."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    rank = Integer()
    starts_on = Date()
    title = Varchar(length=120)
    sections = Text()
    written_at = Timestamptz()
    written_by = Varchar(length=80)
