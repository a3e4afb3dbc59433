"""Who comes in from outside an API client: accounts and sessions, families and institutions by links, and their mail.

Secrets are kept as digests (session ids, link tokens, codes) or encrypted (the seeds of one-time passwords).
"""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, Boolean, Bytea, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table

from materiel.store.tables.lending import (
    KEEP,
    DocumentRow,
    ItemRow,
    LoanRow,
    ManagingServiceRow,
    MunicipalityRow,
    PupilRow,
    SchoolRow,
    SignatureRow,
    UserRow,
)


class IdempotencyRow(Table, tablename="idempotency"):
    """The first answer to a key of a token, written in the transaction of what it answered.

    A request that writes by batches claims its key beforehand, as `owner` until `lease_until`.
    """

    id = UUID(primary_key=True, default=None)
    actor = Varchar(length=80)
    key = Varchar(length=200)
    request_hash = Varchar(length=64)
    status_code = Integer(null=True, default=None)
    body = Text(null=True, default=None)
    created_at = Timestamptz()
    owner = Varchar(length=80, null=True, default=None)
    lease_until = Timestamptz(null=True, default=None)
    created = Integer(default=0)
    updated = Integer(default=0)


class CredentialRow(Table, tablename="credential"):
    """How an account proves itself: a password, and a one-time password once confirmed."""

    account = ForeignKey(UserRow, primary_key=True, null=False, default=None, **KEEP)
    password_hash = Varchar(length=200)
    totp_secret = Varchar(length=300)
    totp_confirmed_at = Timestamptz(null=True, default=None)
    totp_last_step = BigInt(default=0)
    changed_at = Timestamptz()


class RecoveryCodeRow(Table, tablename="recovery_code"):
    """One code that replaces a lost one-time password device, once."""

    id = UUID(primary_key=True, default=None)
    account = ForeignKey(UserRow, null=False, **KEEP)
    code_hash = Varchar(length=64)
    used_at = Timestamptz(null=True, default=None)


class OidcIdentityRow(Table, tablename="oidc_identity"):
    """An identity at a provider, attached once to an account that an administrator made."""

    id = UUID(primary_key=True, default=None)
    account = ForeignKey(UserRow, null=False, **KEEP)
    issuer = Varchar(length=254)
    subject = Varchar(length=254)
    attached_at = Timestamptz()


class SessionRow(Table, tablename="session"):
    """One browser. The cookie holds the id, the table only its SHA-256."""

    id_hash = Varchar(length=64, primary_key=True, default="")
    subject_kind = Varchar(length=12)
    subject_id = Varchar(length=40)
    service = ForeignKey(ManagingServiceRow, null=True, default=None, **KEEP)
    data = Text(default="{}")
    created_at = Timestamptz()
    seen_at = Timestamptz()
    expires_at = Timestamptz()


class AttemptRow(Table, tablename="attempt"):
    """How many times something was tried in a window; `bucket` is a digest, never an address.

    No try before `free_at`, when there is one.
    """

    bucket = Varchar(length=64, primary_key=True, default="")
    window_started_at = Timestamptz()
    count = Integer(default=0)
    free_at = Timestamptz(null=True, default=None)


class KnownDeviceRow(Table, tablename="known_device"):
    """A device from which an account was opened: the cookie holds a random secret, the table only its SHA-256."""

    id = UUID(primary_key=True, default=None)
    account = ForeignKey(UserRow, null=False, **KEEP)
    token_hash = Varchar(length=64)
    first_at = Timestamptz()
    last_at = Timestamptz()


class SavedViewRow(Table, tablename="saved_view"):
    """A view of a list that an account keeps under a name: the query of an address."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    account = ForeignKey(UserRow, null=False, **KEEP)
    list = Varchar(length=20)
    name = Varchar(length=60)
    query = Varchar(length=1000)
    created_at = Timestamptz()


class CalendarFeedRow(Table, tablename="calendar_feed"):
    """The private address of an account's calendar, by the digest of its secret."""

    account = ForeignKey(UserRow, primary_key=True, null=False, default=None, **KEEP)
    token_hash = Varchar(length=64, unique=True)
    created_at = Timestamptz()


class AccessLinkRow(Table, tablename="access_link"):
    """One link sent to a family or to an institution. Exactly one of pupil, school and municipality is set."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    kind = Varchar(length=12)
    pupil = ForeignKey(PupilRow, null=True, default=None, **KEEP)
    representative = UUID(null=True, default=None)
    school = ForeignKey(SchoolRow, null=True, default=None, **KEEP)
    municipality = ForeignKey(MunicipalityRow, null=True, default=None, **KEEP)
    of_authority = Boolean(default=False)
    email = Varchar(length=254)
    name = Varchar(length=200)
    token_hash = Varchar(length=64, unique=True)
    created_at = Timestamptz()
    expires_at = Timestamptz()
    revoked_at = Timestamptz(null=True, default=None)
    entered_at = Timestamptz(null=True, default=None)
    replaced_at = Timestamptz(null=True, default=None)
    last_opened_at = Timestamptz(null=True, default=None)


class OneTimeCodeRow(Table, tablename="one_time_code"):
    """One code sent to the address of a link, for one purpose."""

    id = UUID(primary_key=True, default=None)
    link = ForeignKey(AccessLinkRow, null=False, **KEEP)
    purpose = Varchar(length=80)
    code_hash = Varchar(length=64)
    attempts = Integer(default=0)
    created_at = Timestamptz()
    expires_at = Timestamptz()
    used_at = Timestamptz(null=True, default=None)
    means = Varchar(length=16, default="email")
    sent_to = Varchar(length=20)


class SignatureEvidenceRow(Table, tablename="signature_evidence"):
    """What proves an electronic signature; frozen by trigger."""

    signature = ForeignKey(SignatureRow, primary_key=True, null=False, default=None, **KEEP)
    document = ForeignKey(DocumentRow, null=False, **KEEP)
    link = ForeignKey(AccessLinkRow, null=True, default=None, **KEEP)
    sha256 = Varchar(length=64)
    typed_name = Varchar(length=200)
    capacity = Varchar(length=300)
    email = Varchar(length=254)
    shown_at = Timestamptz()
    consented_at = Timestamptz()
    code_sent_at = Timestamptz(null=True, default=None)
    code_checked_at = Timestamptz()
    strokes = Text(null=True, default=None)
    shared_mailbox = Boolean(default=False)
    means = Varchar(length=16, default="email")
    account = ForeignKey(UserRow, null=True, default=None, **KEEP)
    lot = UUID(null=True, default=None)
    remarks = Varchar(length=2000)
    identity_seen = Varchar(length=200)


class SignedCopyRow(Table, tablename="signed_copy"):
    """What follows an issued document once signed, and what its page of proof says; frozen once sealed."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    document = ForeignKey(DocumentRow, null=False, **KEEP)
    record = Text()
    is_complete = Boolean(default=False)
    made_at = Timestamptz()
    tail = Bytea(null=True, default=None)
    sha256 = Varchar(length=64, null=True, default=None)
    sealed_at = Timestamptz(null=True, default=None)
    subject = Varchar(length=200)
    fingerprint = Varchar(length=64)
    is_time_stamped = Boolean(default=False)
    is_worthless = Boolean(default=False)
    attempts = Integer(default=0)
    next_attempt_at = Timestamptz()
    error = Varchar(length=300)


class RemarkReadingRow(Table, tablename="remark_reading"):
    """That somebody of the service read what a signer wrote."""

    signature = ForeignKey(SignatureRow, primary_key=True, null=False, default=None, **KEEP)
    document = ForeignKey(DocumentRow, null=False, **KEEP)
    read_by = Varchar(length=60)
    read_at = Timestamptz()


class IncidentRow(Table, tablename="incident"):
    """Something reported about an item: breakdown, damage, loss, theft, absence, or the wish to give it back."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    item = ForeignKey(ItemRow, null=False, **KEEP)
    loan = ForeignKey(LoanRow, null=True, default=None, **KEEP)
    kind = Varchar(length=12)
    description = Varchar(length=2000)
    happened_on = Date(null=True, default=None)
    declared_by = Varchar(length=80)
    declared_as = Varchar(length=12)
    declared_at = Timestamptz()
    state = Varchar(length=10)
    resolution = Varchar(length=1000)
    closed_at = Timestamptz(null=True, default=None)
    version = Integer(default=1)
    statement_received_on = Date(null=True, default=None)
    complaint_received_on = Date(null=True, default=None)
    insurance_received_on = Date(null=True, default=None)
    fault = Varchar(length=10, default="undecided")
    fault_reason = Varchar(length=1000)
    decided_at = Timestamptz(null=True, default=None)
    declared_link = UUID(null=True, default=None)


class OutboxRow(Table, tablename="outbox"):
    """One message, written in the business transaction and sent by a worker."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    purpose = Varchar(length=40)
    to_address = Varchar(length=254)
    subject = Varchar(length=200)
    text = Text()
    html = Text()
    attachment = ForeignKey(DocumentRow, null=True, default=None, **KEEP)
    message_id = Varchar(length=120, unique=True)
    unique_key = Varchar(length=120, null=True, default=None)
    state = Varchar(length=10)
    attempts = Integer(default=0)
    next_attempt_at = Timestamptz()
    worker = Varchar(length=80, null=True, default=None)
    lease_until = Timestamptz(null=True, default=None)
    error = Varchar(length=300)
    created_at = Timestamptz()
    sent_at = Timestamptz(null=True, default=None)
    document = ForeignKey(DocumentRow, null=True, default=None, **KEEP)
    signature = ForeignKey(SignatureRow, null=True, default=None, **KEEP)
    loan = ForeignKey(LoanRow, null=True, default=None, **KEEP)
    pupil = ForeignKey(PupilRow, null=True, default=None, **KEEP)
    incident = ForeignKey(IncidentRow, null=True, default=None, **KEEP)
    person = UUID(null=True, default=None)
    link = UUID(null=True, default=None)
    code = UUID(null=True, default=None)
    settled_at = Timestamptz(null=True, default=None)
    carrier = Varchar(length=8, default="email")
    impulse = Varchar(length=8, default="hand")


class IncidentNoteRow(Table, tablename="incident_note"):
    """One line of the follow-up of an incident, for the service alone."""

    id = UUID(primary_key=True, default=None)
    incident = ForeignKey(IncidentRow, null=False, **KEEP)
    kind = Varchar(length=10)
    text = Varchar(length=2000)
    written_by = Varchar(length=80)
    written_at = Timestamptz()


class IncidentFileRow(Table, tablename="incident_file"):
    """A paper or a photograph that a link sent for an incident; removed, it has no bytes left."""

    id = UUID(primary_key=True, default=None)
    incident = ForeignKey(IncidentRow, null=False, **KEEP)
    kind = Varchar(length=10)
    media_type = Varchar(length=60)
    size = Integer(default=0)
    sha256 = Varchar(length=64)
    content = Bytea()
    received_on = Date()
    received_at = Timestamptz()
    sent_by = Varchar(length=80)
    sent_link = UUID()
    removed_at = Timestamptz(null=True, default=None)
    removed_by = Varchar(length=80, null=True, default=None)
    removed_reason = Varchar(length=500, null=True, default=None)


class PresenceRow(Table, tablename="presence"):
    """What a school or a town hall said of an item deposited with it, one day."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    item = ForeignKey(ItemRow, null=False, **KEEP)
    loan = ForeignKey(LoanRow, null=False, **KEEP)
    is_present = Boolean(default=True)
    seen_on = Date()
    confirmed_by = Varchar(length=80)
    confirmed_at = Timestamptz()
    confirmed_link = UUID(null=True, default=None)


class TokenRow(Table, tablename="api_token"):
    """One API token; only its SHA-256 is kept."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    token_hash = Varchar(length=64, unique=True)
    label = Varchar(length=100)
    role = Varchar(length=10)
    coordinates = Boolean(default=False)
    expires_on = Date(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz()
