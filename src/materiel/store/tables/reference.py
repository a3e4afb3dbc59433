"""What a managing service knows of the schools and communes of the annuaire: never read by another service."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table

from materiel.store.tables.lending import KEEP, ManagingServiceRow, MunicipalityRow, SchoolRow


class SchoolContactRow(Table, tablename="school_contact"):
    """Who signs for a school, its mailbox in use, its kind when a manager decided it.

    `held_municipality` is the former commune, until a manager confirms that papers follow the school to the new one.
    """

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    school = ForeignKey(SchoolRow, null=False, **KEEP)
    decided_kind = Varchar(length=30, null=True, default=None)
    kind_reason = Varchar(length=500)
    kind_decided_by = Varchar(length=80)
    kind_decided_at = Timestamptz(null=True, default=None)
    email = Varchar(length=254)
    head_name = Varchar(length=200)
    head_title = Varchar(length=200)
    on_behalf_of = Varchar(length=200)
    board_act = Varchar(length=200)
    held_municipality = ForeignKey(MunicipalityRow, null=True, default=None, **KEEP)
    version = Integer(default=1)


class MunicipalityContactRow(Table, tablename="municipality_contact"):
    """The mayor of a commune, its mailbox, and the body that runs its écoles; `source_*` say what was not typed."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    municipality = ForeignKey(MunicipalityRow, null=False, **KEEP)
    address = Text(null=True, default=None)
    email = Varchar(length=254)
    phone = Varchar(length=40)
    mayor_name = Varchar(length=200)
    authority_kind = Varchar(length=20, default="commune")
    authority_name = Varchar(length=200)
    authority_address = Text(null=True, default=None)
    authority_email = Varchar(length=254)
    signatory_name = Varchar(length=200)
    signatory_title = Varchar(length=200)
    deliberation = Varchar(length=200)
    source = Varchar(length=120, default="")
    source_on = Date(null=True, default=None)
    source_fields = Varchar(length=200, default="[]")
    version = Integer(default=1)


class ReferenceChangeRow(Table, tablename="reference_change"):
    """A change of the annuaire that touches running loans of a service, until a manager settles it."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    school = ForeignKey(SchoolRow, null=False, **KEEP)
    kind = Varchar(length=20)
    before = Varchar(length=40)
    after = Varchar(length=40)
    found_at = Timestamptz()
    settled_at = Timestamptz(null=True, default=None)
    decision = Varchar(length=20, null=True, default=None)
    reason = Varchar(length=500)
    settled_by = Varchar(length=80)


class MailboxChangeRow(Table, tablename="mailbox_change"):
    """A new mailbox of an institution, until its code is typed; the last of an institution counts."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    school = ForeignKey(SchoolRow, null=True, default=None, **KEEP)
    municipality = ForeignKey(MunicipalityRow, null=True, default=None, **KEEP)
    of_authority = Boolean(default=False)
    former = Varchar(length=254)
    email = Varchar(length=254)
    code_hash = Varchar(length=64)
    attempts = Integer(default=0)
    asked_by = Varchar(length=80)
    asked_at = Timestamptz()
    expires_at = Timestamptz()
    settled_at = Timestamptz(null=True, default=None)
    confirmed = Boolean(default=False)
    source_on = Date(null=True, default=None)
