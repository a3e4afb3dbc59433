"""Campaigns of a school year, and what became of each loan in them."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.table import Table

from materiel.store.tables.lending import KEEP, LoanRow, ManagingServiceRow


class CampaignRow(Table, tablename="campaign"):
    """One campaign of a service for a school year; `job` is its last work, which is forgotten before it."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    kind = Varchar(length=20)
    school_year = Integer()
    ends_on = Date()
    created_by = Varchar(length=80)
    created_at = Timestamptz()
    job = UUID(null=True, default=None)
    runs = Integer(default=0)
    examination = Integer(default=0)
    examined_at = Timestamptz(null=True, default=None)


class CampaignLineRow(Table, tablename="campaign_line"):
    """A loan in a campaign; it goes with its loan."""

    id = UUID(primary_key=True, default=None)
    campaign = ForeignKey(CampaignRow, null=False, **KEEP)
    loan = ForeignKey(LoanRow, null=False, **KEEP)
    outcome = Varchar(length=20)
    why = Varchar(length=1000)
    code = Varchar(length=60)
    documents = Varchar(length=200)
    ends_on = Date(null=True, default=None)
    choice = Varchar(length=10, null=True, default=None)
    reason = Varchar(length=500)
    state = Varchar(length=10)
    said = Varchar(length=1000)
    made = Varchar(length=400)
    renewal = UUID(null=True, default=None)
    to_send = Boolean()
    to_print = Boolean()
    run = Integer()
    examination = Integer()
