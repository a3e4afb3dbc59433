"""The outbox: messages written in the transaction of what they tell, claimed and sent by a worker afterwards.

A worker claims a message for a lease. When it dies the lease ends and another one takes the message: a message may then
leave twice, with one Message-ID, and is never lost. Every write of a worker holds only while the message is its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from materiel.domain.language.order import LinePlace, Order
from materiel.domain.work.outbox import MOST_ATTEMPTS, REQUESTS, About, Carrier, Message, MessageState, Purpose
from materiel.errors import NotFound
from materiel.store.engine.database import Row
from materiel.store.engine.lease import ENDED, bounds
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import column_names, placeholders
from materiel.store.engine.sorting import ListedRows, SortKey, sorted_page
from materiel.store.engine.statement import Statement, words
from materiel.store.tables import OutboxRow

_MESSAGE = Mapper(Message, OutboxRow, given=("about",))
_ABOUT_IT = Mapper(About, OutboxRow)
_COLUMNS = ", ".join(column_names(OutboxRow))
_INSERT = Statement(
    f"INSERT INTO outbox ({_COLUMNS}) VALUES ({', '.join(['{}'] * len(column_names(OutboxRow)))})"
    " ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING RETURNING id"
)
_WRITTEN = Statement("SELECT created_at FROM outbox WHERE unique_key = {}")
_ASKED = words(REQUESTS)
_REQUESTS = Statement(f"SELECT state, created_at FROM outbox WHERE signature = {{}} AND purpose IN ({_ASKED})")
_LAST_REQUESTS = (
    f"SELECT {_COLUMNS} FROM outbox WHERE service = {{}} AND purpose IN ({_ASKED}) AND signature IN (%s) ORDER BY id"
)
_CLAIM = (
    "UPDATE outbox SET state = 'sending', worker = {}, lease_until = {}, attempts = attempts + 1 WHERE id = ("
    " SELECT id FROM outbox WHERE carrier = {} AND"
    f" ((state = 'queued' AND (attempts = 0 OR next_attempt_at <= {{}})) OR (state = 'sending' AND {ENDED}))"
    # Somebody waits for a code before a page, and it lasts ten minutes: it passes before a thousand reminders.
    f" ORDER BY CASE purpose WHEN '{Purpose.SIGNATURE_CODE.value}' THEN 0 ELSE 1 END, next_attempt_at, id"
    " LIMIT 1%s) RETURNING " + _COLUMNS
)
# SQLite runs the whole statement under its write lock.
_CLAIM_NEXT = Statement(_CLAIM % "", postgres=_CLAIM % " FOR UPDATE SKIP LOCKED")
_MINE = "WHERE id = {} AND worker = {} AND state = 'sending' RETURNING id"
_FREE = "worker = NULL, lease_until = NULL"
_FORGET = f"text = '', html = '', {_FREE}"
_SENT = Statement(f"UPDATE outbox SET state = 'sent', sent_at = {{}}, error = '', {_FORGET} {_MINE}")
_LATER = Statement(f"UPDATE outbox SET state = 'queued', next_attempt_at = {{}}, error = {{}}, {_FREE} {_MINE}")
# Its text is kept: it may be sent again once the address is right. A code is worth nothing by then.
_BUT_CODES = ", ".join(
    f"{column} = CASE WHEN purpose = '{Purpose.SIGNATURE_CODE.value}' THEN '' ELSE {column} END"
    for column in ("text", "html")
)
_WAIT = Statement(
    f"UPDATE outbox SET state = 'queued', attempts = 1, next_attempt_at = {{}}, error = {{}}, {_FREE} {_MINE}"
)
_TOLD = Statement(
    "SELECT to_address FROM outbox WHERE document = {} AND purpose = {} AND state IN ('queued', 'sending')"
)
_FAILED = Statement(f"UPDATE outbox SET state = 'failed', error = {{}}, {_BUT_CODES}, {_FREE} {_MINE}")
_CANCELLED = Statement(f"UPDATE outbox SET state = 'cancelled', error = {{}}, {_FORGET} {_MINE}")
# A message that kills its worker each time would otherwise be claimed for ever.
_GIVE_UP = Statement(
    f"UPDATE outbox SET state = 'failed', error = 'abandoned', {_BUT_CODES}, {_FREE}"
    f" WHERE state = 'sending' AND {ENDED} AND attempts >= {{}}"
)
# The claim is not counted: the server refused nothing.
_GIVE_BACK = Statement(
    f"UPDATE outbox SET state = 'queued', attempts = attempts - 1, {_FREE} WHERE worker = {{}} AND state = 'sending'"
)
_BY_ID = Statement(f"SELECT {_COLUMNS} FROM outbox WHERE id = {{}} AND service = {{}}")
_PAGE = Statement(f"SELECT {_COLUMNS} FROM outbox WHERE service = {{}} AND id < {{}} ORDER BY id DESC LIMIT {{}}")
_REFUSED = Statement(
    f"SELECT {_COLUMNS} FROM outbox WHERE service = {{}} AND state = 'failed' AND settled_at IS NULL AND id > {{}}"
    " ORDER BY id LIMIT {}"
)
_AGAIN = Statement(
    # Somebody sends it again on purpose: no pause stops it.
    "UPDATE outbox SET state = 'queued', to_address = {}, attempts = 0, error = '', next_attempt_at = {},"
    " impulse = CASE WHEN impulse = 'machine' THEN 'hand' ELSE impulse END, settled_at = NULL"
    " WHERE id = {} AND state = 'failed'"
)
_SETTLE = Statement("UPDATE outbox SET settled_at = {} WHERE id = {} AND settled_at IS NULL")
_FORGET_TEXTS = Statement(
    "UPDATE outbox SET text = '', html = '' WHERE state = 'failed' AND next_attempt_at < {} AND text <> ''"
)
_ABOUT = {
    column: Statement(
        f"SELECT {_COLUMNS} FROM outbox WHERE service = {{}} AND ({column} = {{}}{carried}) ORDER BY id DESC LIMIT {{}}"
    )
    for column, carried in (
        ("pupil", ""),
        ("document", " OR id IN (SELECT message FROM recipient WHERE recipient.document = {})"),
        (
            "loan",
            " OR id IN (SELECT recipient.message FROM recipient JOIN document ON document.id = recipient.document"
            " WHERE document.loan = {})",
        ),
    )
}
_SETTLE_REQUESTS = Statement(
    f"UPDATE outbox SET settled_at = {{}} WHERE signature = {{}} AND purpose IN ({_ASKED})"
    " AND state = 'failed' AND settled_at IS NULL"
)
SORTS = {
    "ecrit": SortKey("outbox.id", UUID, indexed=True, unique=True),
    "objet": SortKey("lower(outbox.subject)"),
    "a": SortKey("outbox.to_address"),
    "etat": SortKey("outbox.state"),
}
"""By the name of the column; what has no index is for a list known to be short."""

_LAST_ID = UUID(int=2**128 - 1)


async def add(message: Message) -> bool:
    """Add a message in the caller's transaction; False when one of its `unique_key` is already there."""
    row = _MESSAGE.row(message, **_ABOUT_IT.row(message.about), worker=None, lease_until=None)
    return await _INSERT.fetch_one(*(row[column] for column in column_names(OutboxRow))) is not None


async def written_at(unique_key: str) -> datetime | None:
    """When a message of this key was written, sent or not; None when there is none."""
    row = await _WRITTEN.fetch_one(unique_key)
    instant: datetime | None = row["created_at"] if row is not None else None
    return instant


async def requests_for(signature_id: UUID) -> tuple[int, list[datetime]]:
    """How many messages asked for the signature of a box, and when those were written that have left or will."""
    rows = await _REQUESTS.fetch(signature_id)
    living = ("queued", "sending", "sent")
    return len(rows), sorted(row["created_at"] for row in rows if row["state"] in living)


async def claim(worker: str, *, now: datetime, lease: timedelta, carrier: Carrier = Carrier.EMAIL) -> Message | None:
    """Take a code, else the message that has waited longest, a dead worker's included; None when nothing is due.

    Args:
        worker: a name that no other worker has.
        lease: longer than sending one message can take.
        carrier: whose messages the worker hands over: one that is out of reach stops no other.
    """
    held = bounds(now, lease)
    await _GIVE_UP.fetch(*held, MOST_ATTEMPTS)
    row = await _CLAIM_NEXT.fetch_one(worker, now + lease, carrier.value, now, *held)
    return _message(row) if row is not None else None


async def mark_sent(message_id: UUID, worker: str, now: datetime) -> bool:
    """End a message as sent and forget its body; False when it was no longer this worker's."""
    return await _SENT.fetch_one(now, message_id, worker) is not None


async def put_off(message_id: UUID, worker: str, *, until: datetime, error: str) -> bool:
    """Queue a message again for an instant; False when it was no longer this worker's."""
    return await _LATER.fetch_one(until, error, message_id, worker) is not None


async def wait(message_id: UUID, worker: str, *, until: datetime, error: str) -> bool:
    """Queue a message again without counting the attempt: it waits for something of ours."""
    return await _WAIT.fetch_one(until, error, message_id, worker) is not None


async def addresses_told(document_id: UUID, purpose: Purpose) -> frozenset[str]:
    """The addresses, in lower case, to which a message of a purpose about a document is about to leave."""
    return frozenset(row["to_address"].lower() for row in await _TOLD.fetch(document_id, purpose.value))


async def mark_failed(message_id: UUID, worker: str, *, error: str) -> bool:
    """Give a message up; False when it was no longer this worker's."""
    return await _FAILED.fetch_one(error, message_id, worker) is not None


async def give_back(worker: str) -> None:
    """Queue again what a worker that stops has claimed and not ended, for another one to take at once."""
    await _GIVE_BACK.fetch(worker)


async def cancel(message_id: UUID, worker: str, *, reason: str) -> bool:
    """End a message that must not leave any more, with why in French; False when it was no longer this worker's."""
    return await _CANCELLED.fetch_one(reason, message_id, worker) is not None


async def get(message_id: UUID, service_id: UUID) -> Message:
    """The message of an id in a service.

    Raises:
        NotFound: `mail.not_found`.
    """
    row = await _BY_ID.fetch_one(message_id, service_id)
    if row is None:
        raise NotFound("mail.not_found", "Ce courriel n’existe pas dans votre service.")
    return _message(row)


async def page(service_id: UUID, *, limit: int, before: UUID | None = None) -> list[Message]:
    """At most `limit` messages of a service, newest first, before one of them."""
    return [_message(row) for row in await _PAGE.fetch(service_id, before or _LAST_ID, limit)]


async def sorted_messages(
    service_id: UUID, q: str, state: MessageState | None, order: Order, *, limit: int, after: LinePlace | None = None
) -> list[tuple[Message, LinePlace]]:
    """At most `limit` messages whose subject or address holds a text, after the place of one, each with its own."""
    conditions, values = _asked(service_id, q, state)
    rows = await sorted_page(
        ListedRows(columns=_COLUMNS, source="outbox", conditions=conditions, values=values, id="outbox.id"),
        SORTS[order.column],
        descending=order.descending,
        limit=limit,
        after=after,
    )
    return [(_message(row), at) for row, at in rows]


async def count(service_id: UUID, q: str, state: MessageState | None, *, at_most: int | None = None) -> int:
    """How many messages these are: all of them, or up to so many."""
    conditions, values = _asked(service_id, q, state)
    few = "" if at_most is None else " LIMIT {}"
    (row,) = await Statement(
        f"SELECT count(*) AS found FROM (SELECT 1 FROM outbox WHERE {' AND '.join(conditions)}{few}) AS few"
    ).fetch(*values, *([] if at_most is None else [at_most]))
    found: int = row["found"]
    return found


def _asked(service_id: UUID, q: str, state: MessageState | None) -> tuple[list[str], list[object]]:
    conditions = ["outbox.service = {}"]
    values: list[object] = [service_id]
    if state is not None:
        conditions.append("outbox.state = {}")
        values.append(state.value)
    if q:
        # Signs special to LIKE are found by nobody.
        text = "%" + q.lower().replace("%", "").replace("_", "").replace("\\", "") + "%"
        conditions.append("(lower(outbox.to_address) LIKE {} OR lower(outbox.subject) LIKE {})")
        values += [text, text]
    return conditions, values


async def about(column: str, thing_id: UUID, service_id: UUID, *, limit: int) -> list[Message]:
    """The last messages about a `loan`, a `document` or a `pupil`, those that carry its papers included."""
    marks = (thing_id,) if column == "pupil" else (thing_id, thing_id)
    return [_message(row) for row in await _ABOUT[column].fetch(service_id, *marks, limit)]


async def by_links(link_ids: Sequence[UUID], service_id: UUID, *, limit: int) -> list[Message]:
    """The last messages that bore one of these links."""
    if not link_ids:
        return []
    statement = Statement(
        f"SELECT {_COLUMNS} FROM outbox WHERE service = {{}} AND link IN ({placeholders(link_ids)})"
        " ORDER BY id DESC LIMIT {}"
    )
    return [_message(row) for row in await statement.fetch(service_id, *link_ids, limit)]


async def settle_requests(signature_id: UUID, now: datetime) -> None:
    """A later message asks for the signature of this box: the former refusals need nothing more."""
    await _SETTLE_REQUESTS.fetch(now, signature_id)


async def settle_links(link_ids: Sequence[UUID], now: datetime) -> None:
    """A later message goes to the institution of these links: the former refusals need nothing more."""
    if link_ids:
        await Statement(
            "UPDATE outbox SET settled_at = {} WHERE state = 'failed' AND settled_at IS NULL"
            f" AND link IN ({placeholders(link_ids)})"
        ).fetch(now, *link_ids)


async def refused(service_id: UUID, *, limit: int, after: UUID | None = None) -> list[Message]:
    """Refused messages of a service that nobody has dealt with, oldest first."""
    return [_message(row) for row in await _REFUSED.fetch(service_id, after or UUID(int=0), limit)]


async def queue_again(message_id: UUID, address: str, now: datetime) -> None:
    """Queue a refused message for an address, as if it had never been tried."""
    await _AGAIN.fetch(address, now, message_id)


async def settle(message_id: UUID, now: datetime) -> None:
    """Note that a refusal needs nothing more; a second time changes nothing."""
    await _SETTLE.fetch(now, message_id)


async def forget_refused_texts(before: datetime) -> None:
    """Forget the texts of messages refused before an instant: they hold links."""
    await _FORGET_TEXTS.fetch(before)


async def last_requests(signature_ids: Sequence[UUID], service_id: UUID) -> dict[UUID, Message]:
    """The last message that asked for the signature of each of these boxes; a box that none asked for is not there."""
    if not signature_ids:
        return {}
    statement = Statement(_LAST_REQUESTS % placeholders(signature_ids))
    return {row["signature"]: _message(row) for row in await statement.fetch(service_id, *signature_ids)}


def _message(row: Row) -> Message:
    return _MESSAGE.value(row, about=_ABOUT_IT.value(row))
