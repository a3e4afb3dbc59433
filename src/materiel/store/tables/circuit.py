"""The circuit of the equipment, from a need to the next child."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, Timestamptz, Varchar
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
