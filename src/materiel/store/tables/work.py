"""Background work: jobs, the files handed to them, the files to import; pauses; and who read pupils' data."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Bytea, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table

from materiel.store.tables.lending import KEEP, LoanRow, ManagingServiceRow


class JobRow(Table, tablename="job"):
    """One piece of background work, enqueued in the business transaction."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    kind = Varchar(length=40)
    payload = Text(default="{}")
    state = Varchar(length=10, default="queued")
    attempts = Integer(default=0)
    run_at = Timestamptz()
    worker = Varchar(length=80, null=True, default=None)
    lease_until = Timestamptz(null=True, default=None)
    done = Integer(default=0)
    total = Integer(default=0)
    result = Text(null=True, default=None)
    created_by = Varchar(length=80)
    created_at = Timestamptz()
    finished_at = Timestamptz(null=True, default=None)
    stop_asked_at = Timestamptz(null=True, default=None)


class JobFileRow(Table, tablename="job_file"):
    """A file handed to a job; deleted with its job's end."""

    id = UUID(primary_key=True, default=None)
    job = ForeignKey(JobRow, null=False, **KEEP)
    media_type = Varchar(length=60)
    content = Bytea()


class JobLineRow(Table, tablename="job_line"):
    """One thing of what is done in number, and what became of it."""

    id = UUID(primary_key=True, default=None)
    job = ForeignKey(JobRow, null=False, **KEEP)
    rank = Integer()
    subject = UUID()
    together = Varchar(length=80)
    given = Text(default="{}")
    state = Varchar(length=10, default="left")
    said = Text(default="")
    code = Varchar(length=60, default="")
    made = Text(default="[]")


class JobOutputRow(Table, tablename="job_output"):
    """A file that a job makes to be printed; it names pupils, and is kept for a day. It has no name until it is made.

    `content` comes before the parts, if there are any.
    """

    id = UUID(primary_key=True, default=None)
    job = ForeignKey(JobRow, null=False, **KEEP)
    name = Varchar(length=80)
    content = Bytea()
    expires_at = Timestamptz()


class JobOutputPartRow(Table, tablename="job_output_part"):
    """A piece of a file that is made piece by piece."""

    id = UUID(primary_key=True, default=None)
    output = ForeignKey(JobOutputRow, null=False, **KEEP)
    rank = Integer()
    content = Bytea()


class ImportFileRow(Table, tablename="import_file"):
    """A file to import, from its examination to a day after; then its report alone, for as long as it is undone."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    kind = Varchar(length=20)
    name = Varchar(length=200)
    sha256 = Varchar(length=64)
    content = Bytea(default=b"")
    """Empty; the bytes of the files that a former release kept are here."""
    report = Text(null=True, default=None)
    examination = ForeignKey(JobRow, null=True, default=None, **KEEP)
    job = ForeignKey(JobRow, null=True, default=None, **KEEP)
    created = Integer(default=0)
    updated = Integer(default=0)
    expires_at = Timestamptz()
    options = Text(default="{}")
    kept_until = Timestamptz(null=True, default=None)
    undo_job = ForeignKey(JobRow, null=True, default=None, **KEEP)


class ImportContentRow(Table, tablename="import_content"):
    """The bytes of a file to import: a row that is written often is not the one that holds them."""

    id = UUID(primary_key=True, default=None)
    import_file = ForeignKey(ImportFileRow, null=False, **KEEP)
    content = Bytea()


class ImportMappingRow(Table, tablename="import_mapping"):
    """What somebody said that the columns of a file are, for the next file of the same titles."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    kind = Varchar(length=20)
    titles = Varchar(length=64)
    chosen = Text()
    kept_at = Timestamptz()


class ImportChangeRow(Table, tablename="import_change"):
    """A record that an import made or corrected, and what it was before: what its undoing needs."""

    id = UUID(primary_key=True, default=None)
    import_file = ForeignKey(ImportFileRow, null=False, **KEEP)
    kind = Varchar(length=10)
    subject = UUID()
    before = Text(null=True, default=None)
    version = Integer()
    line = Integer()
    state = Varchar(length=10, default="written")


class ReadingRow(Table, tablename="reading"):
    """Readings of one thing by somebody within a few seconds: identifiers, no name."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    actor = Varchar(length=80)
    kind = Varchar(length=20)
    subject = UUID(null=True, default=None)
    pupil = UUID(null=True, default=None)
    times = Integer(default=1)
    first_at = Timestamptz()
    last_at = Timestamptz()


class ServicePauseRow(Table, tablename="service_pause"):
    """Days on which a service sends nothing by itself."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    name = Varchar(length=60)
    starts_on = Date()
    ends_on = Date()
    yearly = Boolean(default=False)


class LoanPauseRow(Table, tablename="loan_pause"):
    """Why nothing leaves by itself about a loan, and until when."""

    loan = ForeignKey(LoanRow, primary_key=True, null=False, default=None, **KEEP)
    reason = Varchar(length=10)
    starts_on = Date()
    ends_on = Date(null=True, default=None)


class WebhookRow(Table, tablename="webhook"):
    """An address that another program is told at; what signs its calls is made of the installation's secret."""

    id = UUID(primary_key=True, default=None)
    service = ForeignKey(ManagingServiceRow, null=False, **KEEP)
    url = Varchar(length=500)
    events = Text()
    state = Varchar(length=10, default="active")
    told_to = Integer()
    created_at = Timestamptz()


class WebhookCallRow(Table, tablename="webhook_call"):
    """One call of a webhook: made from an entry of the journal, tried again until somebody answers."""

    id = UUID(primary_key=True, default=None)
    webhook = ForeignKey(WebhookRow, null=False, **KEEP)
    event = Varchar(length=40)
    body = Text()
    state = Varchar(length=10, default="queued")
    attempts = Integer(default=0)
    next_attempt_at = Timestamptz()
    worker = Varchar(length=80, null=True, default=None)
    lease_until = Timestamptz(null=True, default=None)
    error = Varchar(length=200)
    created_at = Timestamptz()
    sent_at = Timestamptz(null=True, default=None)
