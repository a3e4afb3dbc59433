"""What comes back from the scanner: piles, their pages, the boxes seen on them."""

from __future__ import annotations

from piccolo.columns import UUID, Bytea, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.table import Table

from materiel.store.tables.lending import (
    KEEP,
    DocumentRow,
    DocumentScanRow,
    ManagingServiceRow,
    SignatureRow,
)


class ScanPileRow(Table, tablename="scan_pile"):
    """What was handed in at once. `job` is forgotten before it: it is no reference."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    job = UUID()
    sha256 = Varchar(length=64)
    files = Integer()
    state = Varchar(length=10)
    created_by = Varchar(length=80)
    created_at = Timestamptz()


class ScanPageRow(Table, tablename="scan_page"):
    """One page of a pile. Its bytes are emptied once they are part of a scan, or once it is discarded."""

    id = UUID(primary_key=True, default=None)
    pile = ForeignKey(ScanPileRow, null=False, **KEEP)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    rank = Integer()
    state = Varchar(length=10)
    problem = Varchar(length=20, null=True, default=None)
    sha256 = Varchar(length=64)
    document = ForeignKey(DocumentRow, null=True, default=None, **KEEP)
    number = Integer(null=True, default=None)
    rotation = Integer(default=0)
    scan = ForeignKey(DocumentScanRow, null=True, default=None, **KEEP)
    reason = Varchar(length=500)
    settled_by = Varchar(length=80)
    settled_at = Timestamptz(null=True, default=None)
    content = Bytea()
    preview = Bytea()


class ScanBoxRow(Table, tablename="scan_box"):
    """A signature box seen on a page; its picture goes once a person has said what it is."""

    id = UUID(primary_key=True, default=None)
    page = ForeignKey(ScanPageRow, null=False, **KEEP)
    signature = ForeignKey(SignatureRow, null=False, **KEEP)
    verdict = Varchar(length=10)
    state = Varchar(length=10)
    picture = Bytea()
