"""Acts recorded by mistake and taken back, each with its reason."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, Timestamptz, Varchar
from piccolo.table import Table

from materiel.store.tables.lending import KEEP, ManagingServiceRow


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
