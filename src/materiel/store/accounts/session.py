"""Sessions by the SHA-256 of their identifier."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from materiel.domain.accounts.session import MESSAGE, Session, SubjectKind, message_id
from materiel.store.engine.database import Row
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import SessionRow

# Its JSON has the spaces of Python, as what is already kept.
_SESSION = Mapper(Session, SessionRow, given=("data",))
# Asked at every page.
_SELECT = f"SELECT {_SESSION.selected('session')}, data FROM session"
_BY_HASH = Statement(f"{_SELECT} WHERE id_hash = {{}}")
_OF_SUBJECT = Statement(f"{_SELECT} WHERE subject_kind = {{}} AND subject_id = {{}} ORDER BY seen_at DESC")
_KEEP = Statement("UPDATE session SET data = {} WHERE id_hash = {}")
_DELETE = Statement("DELETE FROM session WHERE id_hash = {}")
_DELETE_OF_SUBJECT = Statement(
    "DELETE FROM session WHERE subject_kind = {} AND subject_id = {} AND id_hash <> {} RETURNING id_hash"
)
_SEE = Statement("UPDATE session SET seen_at = {} WHERE id_hash = {} AND seen_at < {}")


async def insert(session: Session) -> None:
    """Add a session."""
    await insert_rows(SessionRow, _SESSION.row(session, data=_text(session.data)))


async def by_hash(id_hash: str) -> Session | None:
    """The session of a hexadecimal SHA-256, valid or not, or None."""
    row = await _BY_HASH.fetch_one(id_hash)
    return None if row is None else _session(row)


async def of_subject(kind: SubjectKind, subject_id: str) -> list[Session]:
    """Every session of an account or a link, latest seen first, expired ones included."""
    return [_session(row) for row in await _OF_SUBJECT.fetch(kind.value, subject_id)]


async def see(id_hash: str, at: datetime) -> None:
    """Note that a session was used at an instant, unless it was used since."""
    await _SEE.fetch(at, id_hash, at)


async def merge(id_hash: str, values: Mapping[str, object], *, shown: str) -> None:
    """Add the values that a session does not hold, and drop the message that it holds if it is the one `shown`."""
    session = await by_hash(id_hash)
    if session is None:
        return
    merged = {**values, **session.data}
    if message_id(merged) == shown:
        merged.pop(MESSAGE, None)
    if merged != session.data:
        await keep(id_hash, merged)


async def keep(id_hash: str, data: Mapping[str, object]) -> None:
    """Replace the data of a session."""
    await _KEEP.fetch(_text(data), id_hash)


async def delete(id_hash: str) -> None:
    """End a session; an unknown one is none the worse."""
    await _DELETE.fetch(id_hash)


async def delete_of_subject(kind: SubjectKind, subject_id: str, *, but: str = "") -> int:
    """End every session of an account or a link, except one; their number."""
    return len(await _DELETE_OF_SUBJECT.fetch(kind.value, subject_id, but))


def _session(row: Row) -> Session:
    return _SESSION.value(row, data=json.loads(row["data"]))


def _text(data: Mapping[str, object]) -> str:
    return json.dumps(dict(data), ensure_ascii=False)
