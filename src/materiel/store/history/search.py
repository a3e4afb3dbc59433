"""The journal of a service, by kind of thing, act, person or thing, and date.

An entry names what it is about by an identifier; what hangs from a person or a thing is found in the records of the
service, so that a name never has to be stored beside the entries.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from materiel.domain.history.filter import Target, TargetKind
from materiel.store.engine.statement import Statement
from materiel.store.history.journal import ENTRY, SELECT, Entry

_NEWEST = 2**62

# Each begins with the service; the loans that hang from a target, then whatever else does beside their papers.
_LOANS = {
    TargetKind.PUPIL: "SELECT id FROM loan WHERE service = {} AND pupil = {}",
    TargetKind.LOAN: "SELECT id FROM loan WHERE service = {} AND id = {}",
    TargetKind.ITEM: "SELECT loan FROM loan_item JOIN loan ON loan.id = loan_item.loan"
    " WHERE loan.service = {} AND loan_item.item = {}",
    TargetKind.SCHOOL: "SELECT loan.id FROM loan JOIN loan_school ON loan_school.loan = loan.id"
    " WHERE loan.service = {} AND loan_school.school IN (SELECT id FROM school WHERE uai = {})",
}
_LINKS = {
    TargetKind.PUPIL: "SELECT id FROM access_link WHERE service = {} AND pupil = {}",
    TargetKind.REPRESENTATIVE: "SELECT id FROM access_link WHERE service = {} AND representative = {}",
    TargetKind.SCHOOL: "SELECT id FROM access_link WHERE service = {} AND school IN "
    "(SELECT id FROM school WHERE uai = {})",
}


async def search(
    service_id: UUID,
    *,
    subject_kind: str = "",
    action: str = "",
    target: Target | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    oldest_first: bool = False,
    limit: int,
) -> list[Entry]:
    """At most `limit` entries of a service, newest first, before a sequence number; or oldest first, after it.

    Args:
        since, until: from an instant, included, to another, excluded.
    """
    conditions, values = _asked(service_id, subject_kind, action, target, since, until)
    sign, direction, end = (">", "ASC", 0) if oldest_first else ("<", "DESC", _NEWEST)
    conditions.append(f"sequence {sign} {{}}")
    values.append(before if before is not None else end)
    statement = Statement(f"{SELECT} WHERE {' AND '.join(conditions)} ORDER BY sequence {direction} LIMIT {{}}")
    return [ENTRY.value(row) for row in await statement.fetch(*values, limit)]


async def count(
    service_id: UUID,
    *,
    subject_kind: str = "",
    action: str = "",
    target: Target | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    at_most: int,
) -> int:
    """How many entries of a service answer, up to so many."""
    conditions, values = _asked(service_id, subject_kind, action, target, since, until)
    (row,) = await Statement(
        f"SELECT count(*) AS found FROM (SELECT 1 FROM journal WHERE {' AND '.join(conditions)} LIMIT {{}}) AS few"
    ).fetch(*values, at_most)
    found: int = row["found"]
    return found


def _asked(
    service_id: UUID,
    subject_kind: str,
    action: str,
    target: Target | None,
    since: datetime | None,
    until: datetime | None,
) -> tuple[list[str], list[Any]]:
    asked = {
        "subject_kind = {}": subject_kind or None,
        "action = {}": action or None,
        "at >= {}": since,
        "at < {}": until,
    }
    conditions: list[str] = ["chain = {}"]
    values: list[Any] = [str(service_id)]
    for condition, value in asked.items():
        if value is not None:
            conditions.append(condition)
            values.append(value)
    if target is not None:
        condition, more = _about(target, service_id)
        conditions.append(condition)
        values += more
    return conditions, values


async def actions(service_id: UUID) -> list[str]:
    """The acts that the journal of a service holds."""
    return [row["action"] for row in await _ACTIONS.fetch(str(service_id))]


_ACTIONS = Statement("SELECT DISTINCT action FROM journal WHERE chain = {} ORDER BY action")


def _about(target: Target, service_id: UUID) -> tuple[str, Sequence[Any]]:
    """The condition that keeps what is about a target, or done by it, and its values."""
    about = target.about
    key: Any = target.key if about is TargetKind.SCHOOL else target.id
    subjects = ["SELECT CAST({} AS VARCHAR(40))"]
    values: list[Any] = [target.key]
    if loans := _LOANS.get(about):
        subjects += [
            f"SELECT CAST(id AS VARCHAR(40)) FROM loan WHERE id IN ({loans})",
            f"SELECT CAST(id AS VARCHAR(40)) FROM document WHERE loan IN ({loans})",
            f"SELECT CAST(id AS VARCHAR(40)) FROM incident WHERE loan IN ({loans})",
        ]
        values += [service_id, key] * 3
    if about is TargetKind.ITEM:
        subjects.append("SELECT CAST(id AS VARCHAR(40)) FROM incident WHERE service = {} AND item = {}")
        values += [service_id, key]
    doers: list[str] = []
    doing: list[Any] = []
    if links := _LINKS.get(about):
        subjects.append(f"SELECT CAST(id AS VARCHAR(40)) FROM access_link WHERE id IN ({links})")
        values += [service_id, key]
        doers.append(f"actor IN (SELECT 'link:' || CAST(id AS VARCHAR(40)) FROM access_link WHERE id IN ({links}))")
        doing += [service_id, key]
    if about is TargetKind.USER:
        doers.append("actor = {}")
        doing.append(f"user:{target.key}")
    alternatives = [f"subject_id IN ({' UNION '.join(subjects)})", *doers]
    return f"({' OR '.join(alternatives)})", [*values, *doing]
