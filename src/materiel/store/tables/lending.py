"""What is lent, to whom, by which papers, and the journal of it all.

Conventions: `_on` civil date, `_at` instant UTC, `_cents` euro cents; JSON columns hold text written by `store`.
Every record of a managing service carries `service`, and every query filters on it.
"""

from __future__ import annotations

from piccolo.columns import (
    UUID,
    BigInt,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from materiel.store.tables.shared import DocumentHeadRow, LetterheadRow

KEEP = {"on_delete": OnDelete.restrict}


class ManagingServiceRow(Table, tablename="managing_service"):
    """One managing service, lender for the State."""

    id = UUID(primary_key=True, default=None)
    code = Varchar(length=20, unique=True)
    name = Varchar(length=200)
    kind = Varchar(length=20)
    academie = Varchar(length=2)
    departement = Varchar(length=3)
    address = Text()
    phone = Varchar(length=40)
    email = Varchar(length=254)
    opening_hours = Varchar(length=200)
    signatory_name = Varchar(length=200)
    signatory_title = Varchar(length=200)
    delegation = Varchar(length=400)
    dpo_contact = Varchar(length=254)
    renewal_policy = Varchar(length=20)
    ask_both_parents = Boolean(default=False)
    inventory_pattern = Varchar(length=60)
    require_second_factor = Boolean(default=False)
    loan_years = Integer(default=5)
    pupil_years = Integer(default=1)
    retention_reference = Varchar(length=200)
    reminds_daily = Boolean(default=False)
    reminded_on = Date(null=True, default=None)
    reminder_job = UUID(null=True, default=None)
    amber_days = Integer(default=3)
    red_days = Integer(default=21)
    witness_email = Varchar(length=254)
    state_signs = Varchar(length=10, default="any")
    replacement_limit = Integer(default=0)
    letterhead = ForeignKey(LetterheadRow, null=True, default=None, **KEEP)
    letterhead_proposed = ForeignKey(LetterheadRow, null=True, default=None, **KEEP)
    version = Integer(default=1)


class SiteRow(Table, tablename="site"):
    """What the site says of itself: one row, whose `service` sets it."""

    id = Integer(primary_key=True, default=1)
    service = ForeignKey(ManagingServiceRow, null=True, default=None, **KEEP)
    organisation = Varchar(length=1000)
    publication_director = Varchar(length=200)
    hosting = Varchar(length=1000)
    contact = Varchar(length=254)
    dpo = Varchar(length=500)
    audit_on = Date(null=True, default=None)
    audit_rate = Integer(default=0)
    audit_by = Varchar(length=200)
    accessibility_plan = Varchar(length=500)
    demonstration = Boolean(default=False)
    version = Integer(default=1)


class MunicipalityRow(Table, tablename="municipality"):
    """One commune, as the annuaire names it; what a service knows of it is in `municipality_contact`."""

    insee_code = Varchar(length=5, primary_key=True, default="")
    name = Varchar(length=200)
    departement = Varchar(length=3)


class SchoolRow(Table, tablename="school"):
    """One school of the annuaire; never deleted. `row_digest` tells an unchanged row at the next import."""

    id = UUID(primary_key=True, default=None)
    uai = Varchar(length=8, unique=True)
    name = Varchar(length=300)
    computed_kind = Varchar(length=30)
    partial_contract = Boolean(default=False)
    sector = Varchar(length=10)
    type_name = Varchar(length=60)
    nature_code = Varchar(length=3)
    contract_code = Varchar(length=3)
    ministry = Varchar(length=120)
    section_of = Varchar(length=8)
    address = Text()
    municipality = ForeignKey(MunicipalityRow, null=False, **KEEP)
    departement = Varchar(length=3)
    academie = Varchar(length=2)
    email = Varchar(length=254)
    phone = Varchar(length=40)
    has_post_bac = Boolean(default=False)
    is_open = Boolean(default=True)
    absent_since = Date(null=True, default=None)
    row_digest = Varchar(length=64)
    search = Text()
    version = Integer(default=1)


class ItemRow(Table, tablename="item"):
    """One inventoried object. The number is unique in its service for ever, write-off included."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    inventory_number = Varchar(length=25)
    designation = Varchar(length=200)
    category = Varchar(length=60)
    family = Varchar(length=20, default="other")
    brand = Varchar(length=100)
    model = Varchar(length=100)
    serial_number = Varchar(length=100)
    accessories = Text(default="[]")
    missing_accessories = Text(default="[]")
    ownership = Varchar(length=10, default="state")
    lessor = Varchar(length=200)
    lease_ends_on = Date(null=True, default=None)
    acquired_on = Date(null=True, default=None)
    purchase_price_cents = BigInt(null=True, default=None)
    warranty_ends_on = Date(null=True, default=None)
    funding_service = Varchar(length=200)
    storage_place = Varchar(length=200)
    note = Varchar(length=500)
    labelled_on = Date(null=True, default=None)
    status = Varchar(length=20, default="in_stock")
    public_code = Varchar(length=20, unique=True)
    safety_hold = Boolean(default=False)
    lent_until = Date(null=True, default=None)
    search = Text()
    created_at = Timestamptz()
    version = Integer(default=1)


class ItemTallyRow(Table, tablename="item_tally"):
    """How many items of a service are in a state; on PostgreSQL, differences to add up."""

    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    status = Varchar(length=20)
    found = Integer(default=0)


class PupilRow(Table, tablename="pupil"):
    """One pupil; homes and representatives hang below."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    last_name = Varchar(length=100)
    first_name = Varchar(length=100)
    birth_date = Date(default=None, null=True)
    school = ForeignKey(SchoolRow, null=False, **KEEP)
    protection = Varchar(length=20, default="none")
    protection_reference = Varchar(length=200)
    disagreement = Boolean(default=False)
    died_on = Date(null=True, default=None)
    search = Text()
    created_at = Timestamptz()
    version = Integer(default=1)
    email = Varchar(length=254)
    phone = Varchar(length=40)
    large_print = Boolean(default=False)
    plain_summary = Boolean(default=False)


class HomeRow(Table, tablename="home"):
    """One home of a pupil, in order."""

    id = UUID(primary_key=True, default=None)
    pupil = ForeignKey(PupilRow, null=False, **KEEP)
    position = Integer()
    address = Text()
    confidential = Boolean(default=False)


class RepresentativeRow(Table, tablename="representative"):
    """One person responsible for a pupil, in order."""

    id = UUID(primary_key=True, default=None)
    pupil = ForeignKey(PupilRow, null=False, **KEEP)
    position = Integer()
    last_name = Varchar(length=100)
    first_name = Varchar(length=100)
    capacity = Varchar(length=20)
    home = Integer(null=True, default=None)
    email = Varchar(length=254)
    phone = Varchar(length=40)
    on_behalf_of = Varchar(length=200)
    reference = Varchar(length=200)
    sole_authority = Boolean(default=False)
    search = Text()


class LoanRow(Table, tablename="loan"):
    """One loan or deposit. `decision` is the JSON of the decision at creation."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    usage = Varchar(length=12)
    custody = Varchar(length=8)
    school = ForeignKey(SchoolRow, null=False, **KEEP)
    pupil = ForeignKey(PupilRow, null=True, default=None, **KEEP)
    status = Varchar(length=20, default="draft")
    starts_on = Date(default=None, null=True)
    ends_on = Date(null=True, default=None)
    purpose = Varchar(length=1000)
    basis_kind = Varchar(length=10, null=True, default=None)
    basis_reference = Varchar(length=100)
    basis_decided_on = Date(null=True, default=None)
    basis_valid_until = Date(null=True, default=None)
    override_reason = Varchar(length=500)
    override_by = Varchar(length=80)
    decision = Text()
    created_at = Timestamptz()
    issued_on = Date(null=True, default=None)
    handed_over_on = Date(null=True, default=None)
    recalled_on = Date(null=True, default=None)
    recall_reason = Varchar(length=500)
    closed_on = Date(null=True, default=None)
    version = Integer(default=1)
    renewal = UUID(null=True, default=None)
    renewal_ends_on = Date(null=True, default=None)
    recall_ground = Varchar(length=20, null=True, default=None)
    split_from = UUID(null=True, default=None)
    covered_by = UUID(null=True, default=None)
    renewed_by = UUID(null=True, default=None)
    renewed_from = Date(null=True, default=None)
    unsigned = Boolean(default=False)
    reserves = Boolean(default=False)
    origin = Varchar(length=20, default="prepared")
    paper_reference = Varchar(length=60)
    paper_signed_on = Date(null=True, default=None)
    paper_ends_on = Date(null=True, default=None)
    paper_signed_by = Varchar(length=200)
    paper_ended_on = Date(null=True, default=None)
    meets_on = Date(null=True, default=None)


class LoanItemRow(Table, tablename="loan_item"):
    """One line of a loan. Open while `removed_on` is null; one open line an item (partial unique index)."""

    id = UUID(primary_key=True, default=None)
    loan = ForeignKey(LoanRow, null=False, **KEEP)
    item = ForeignKey(ItemRow, null=False, **KEEP)
    position = Integer()
    added_on = Date(default=None, null=True)
    handed_over_on = Date(null=True, default=None)
    condition_out = Varchar(length=20, null=True, default=None)
    returned_on = Date(null=True, default=None)
    condition_in = Varchar(length=20, null=True, default=None)
    missing_accessories = Text(default="[]")
    removed_on = Date(null=True, default=None)
    accessories = Text(null=True, default=None)
    withdrawn_on = Date(null=True, default=None)
    removal = Varchar(length=10, null=True, default=None)
    agreed_by = UUID(null=True, default=None)


class LoanSchoolRow(Table, tablename="loan_school"):
    """Where a loan's pupil was schooled, from a day on (E9): the history of a loan's schools and custody."""

    id = UUID(primary_key=True, default=None)
    loan = ForeignKey(LoanRow, null=False, **KEEP)
    school = ForeignKey(SchoolRow, null=False, **KEEP)
    custody = Varchar(length=8)
    since = Date(default=None, null=True)


class AgreementCounterRow(Table, tablename="agreement_counter"):
    """The last number given by a service in a school year; locked and raised in the issuing transaction."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    school_year = Integer()
    last = Integer(default=0)


class DocumentRow(Table, tablename="document"):
    """One issued document. A trigger forbids any change but of `status`, and any deletion."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    loan = ForeignKey(LoanRow, null=False, **KEEP)
    kind = Varchar(length=24)
    number = Varchar(length=40)
    covers = Varchar(length=20)
    status = Varchar(length=10, default="in_force")
    issued_on = Date(default=None, null=True)
    issued_at = Timestamptz()
    wording = Date(default=None, null=True)
    code = Varchar(length=20, unique=True)
    sha256 = Varchar(length=64)
    pages = Integer()
    layout = Integer(default=1)
    content = Text()
    replaces = UUID(null=True, default=None)
    school = ForeignKey(SchoolRow, null=True, default=None, **KEEP)
    takes_effect_on = Date(null=True, default=None)
    ended_by = UUID(null=True, default=None)
    letterhead = ForeignKey(LetterheadRow, null=True, default=None, **KEEP)


class DocumentFileRow(Table, tablename="document_file"):
    """The PDF bytes of a document, after its head if it has one; frozen by trigger like the document."""

    document = ForeignKey(DocumentRow, primary_key=True, null=False, default=None, **KEEP)
    pdf = Bytea()
    head = ForeignKey(DocumentHeadRow, null=True, default=None, **KEEP)


class SignatureRow(Table, tablename="signature"):
    """One named signature box of a document. `signer_id` is of a person or of an institution, as `signer` says."""

    id = UUID(primary_key=True, default=None)
    document = ForeignKey(DocumentRow, null=False, **KEEP)
    position = Integer()
    party = Varchar(length=20)
    name = Varchar(length=200)
    capacity = Varchar(length=300)
    status = Varchar(length=10)
    signed_on = Date(null=True, default=None)
    channel = Varchar(length=12, null=True, default=None)
    recorded_by = Varchar(length=80)
    recorded_at = Timestamptz(null=True, default=None)
    signer = Varchar(length=16, null=True, default=None)
    signer_id = UUID(null=True, default=None)
    asked_channel = Varchar(length=12, null=True, default=None)
    returned_reason = Varchar(length=1000)
    returned_by = Varchar(length=80)
    returned_on = Date(null=True, default=None)
    code_by_sms = Boolean(default=False)


class RecipientRow(Table, tablename="recipient"):
    """Someone a document is sent to for information."""

    id = UUID(primary_key=True, default=None)
    document = ForeignKey(DocumentRow, null=False, **KEEP)
    party = Varchar(length=20)
    name = Varchar(length=200)
    sent_at = Timestamptz(null=True, default=None)
    acknowledged_at = Timestamptz(null=True, default=None)
    message = UUID(null=True, default=None)
    channel = Varchar(length=8, null=True, default=None)


class DocumentScanRow(Table, tablename="document_scan"):
    """A scan of a signed paper, filed to its document."""

    id = UUID(primary_key=True, default=None)
    document = ForeignKey(DocumentRow, null=False, **KEEP)
    media_type = Varchar(length=60)
    sha256 = Varchar(length=64)
    content = Bytea()
    original_kept_by = Varchar(length=200)
    filed_by = Varchar(length=80)
    filed_at = Timestamptz()


class UserRow(Table, tablename="app_user"):
    """One account of a managing service."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    email = Varchar(length=254, unique=True)
    name = Varchar(length=200)
    role = Varchar(length=10)
    disabled_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz()
    signs_for_state = Boolean(default=False)
    title = Varchar(length=100)
    delegation = Varchar(length=150)
    delegation_ends_on = Date(null=True, default=None)
    coordinates = Boolean(default=False)
