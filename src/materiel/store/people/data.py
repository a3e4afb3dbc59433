"""Everything that the base holds on a pupil or on a representative, found by the references between its tables.

Nothing is listed by hand: a table that refers to a pupil, to a loan or to a paper is read as soon as it exists. What is
left out is named here: secrets, bytes, and what only serves the machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from piccolo.table import Table

from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement
from materiel.store.tables import ALL_TABLES

Records = dict[str, list[dict[str, Any]]]

LEFT_OUT_TABLES = frozenset({"one_time_code", "document_file", "elimination_loan", "elimination_pupil", "loan_hold"})
"""Codes are secrets, papers are joined as files, and lists of elimination are the archives' business."""
LEFT_OUT_COLUMNS = {
    "access_link": {"token_hash"},
    "document": {"content", "code"},
    "document_scan": {"content"},
    "campaign_line": {"run", "examination", "to_send", "to_print"},
    "scan_page": {"content", "preview", "pile", "rotation"},
    "scan_box": {"picture", "page"},
    "loan_scan": {"content"},
    "signed_copy": {"tail", "record", "attempts", "next_attempt_at", "error"},
    "incident_file": {"content"},
    "outbox": {"text", "html", "unique_key", "worker", "lease_until", "message_id", "next_attempt_at"},
}
EVERYWHERE_LEFT_OUT = {"search", "service", "version", "position"}
_REFERENCES = {"school": ("school", "id", "name"), "item": ("item", "id", "inventory_number")}


async def of_pupil(pupil_id: UUID, service_id: UUID) -> Records:
    """The records of a pupil, of the family and of what was lent, by table."""
    start = await _rows("SELECT * FROM pupil WHERE service = {} AND id = {}", service_id, pupil_id)
    return await _with_mail(await _followed({"pupil": start}), service_id)


async def of_representative(representative_id: UUID, pupil_id: UUID, service_id: UUID) -> Records:
    """The records of one representative: the person, the home, the links, what was signed and reported."""
    people = await _rows(
        "SELECT representative.* FROM representative JOIN pupil ON pupil.id = representative.pupil"
        " WHERE pupil.service = {} AND pupil.id = {} AND representative.id = {}",
        service_id,
        pupil_id,
        representative_id,
    )
    homes = [
        home
        for home in await _rows("SELECT * FROM home WHERE pupil = {}", pupil_id)
        if people and home["position"] == people[0]["home"]
    ]
    links = await _rows(
        "SELECT * FROM access_link WHERE service = {} AND representative = {}", service_id, representative_id
    )
    boxes = await _rows(
        "SELECT signature.* FROM signature JOIN document ON document.id = signature.document"
        " WHERE document.service = {} AND signature.signer_id = {}",
        service_id,
        representative_id,
    )
    found = await _followed({"representative": people, "home": homes, "access_link": links, "signature": boxes})
    told = [link["id"] for link in links]
    if told:
        found["incident"] = await _rows(
            f"SELECT * FROM incident WHERE service = {{}} AND declared_link IN ({placeholders(told)})",
            service_id,
            *told,
        )
        found["incident_file"] = await _rows(
            "SELECT incident_file.* FROM incident_file JOIN incident ON incident.id = incident_file.incident"
            f" WHERE incident.service = {{}} AND incident_file.sent_link IN ({placeholders(told)})",
            service_id,
            *told,
        )
        found["condition_remark"] = await _rows(
            f"SELECT * FROM condition_remark WHERE service = {{}} AND said_link IN ({placeholders(told)})",
            service_id,
            *told,
        )
        remarks = [row["id"] for row in found["condition_remark"]]
        found["photo"] = (
            await _rows(f"SELECT * FROM photo WHERE remark IN ({placeholders(remarks)})", *remarks) if remarks else []
        )
    papers = sorted({box["document"] for box in boxes})
    if papers:
        found["document"] = await _rows(f"SELECT * FROM document WHERE id IN ({placeholders(papers)})", *papers)
    return await _with_mail(found, service_id)


async def readable(records: Records) -> Records:
    """The same without secrets nor what serves the machine, schools and items by their names."""
    names: dict[str, dict[Any, str]] = {}
    for column, (table, key, name) in _REFERENCES.items():
        referring = [rows for name_of, rows in records.items() if column in _foreign_keys(name_of)]
        ids = sorted({row[column] for rows in referring for row in rows if row.get(column)}, key=str)
        found = (
            await _rows(f"SELECT {key} AS id, {name} AS name FROM {table} WHERE {key} IN ({placeholders(ids)})", *ids)
            if ids
            else []
        )
        names[column] = {row["id"]: row["name"] for row in found}
    told: Records = {}
    for table, rows in records.items():
        left_out = EVERYWHERE_LEFT_OUT | LEFT_OUT_COLUMNS.get(table, set())
        told[table] = [
            {
                column: names[column].get(value, value) if column in names else value
                for column, value in row.items()
                if column not in left_out and not isinstance(value, bytes | memoryview)
            }
            for row in rows
        ]
    return {table: rows for table, rows in told.items() if rows}


async def _followed(found: Records) -> Records:
    """Add what refers to what was found, until nothing new does."""
    todo = list(found)
    while todo:
        parent = todo.pop(0)
        ids = [row[_key_of(parent)] for row in found[parent]]
        for table, column in _referring(parent) if ids else ():
            rows = await _rows(f"SELECT * FROM {table} WHERE {column} IN ({placeholders(ids)})", *ids)
            known = {row[_key_of(table)] for row in found.get(table, ())}
            fresh = [row for row in rows if row[_key_of(table)] not in known]
            if fresh:
                found.setdefault(table, []).extend(fresh)
                todo.append(table)
    return found


async def _with_mail(found: Records, service_id: UUID) -> Records:
    """Add the messages that were sent to the mailboxes of the people found."""
    boxes = {
        row["email"].lower()
        for table in ("representative", "access_link", "pupil")
        for row in found.get(table, ())
        if row.get("email")
    }
    known = {row["id"] for row in found.get("outbox", ())}
    if boxes:
        sent = await _rows(
            f"SELECT * FROM outbox WHERE service = {{}} AND lower(to_address) IN ({placeholders(sorted(boxes))})",
            service_id,
            *sorted(boxes),
        )
        found.setdefault("outbox", []).extend(row for row in sent if row["id"] not in known)
    return found


_TABLES: Sequence[type[Table]] = ALL_TABLES


def _referring(parent: str) -> Sequence[tuple[str, str]]:
    return [
        (table._meta.tablename, column._meta.db_column_name)
        for table in _TABLES
        if table._meta.tablename not in LEFT_OUT_TABLES
        for column in table._meta.foreign_key_columns
        if column._foreign_key_meta.resolved_references._meta.tablename == parent
    ]


def _foreign_keys(table: str) -> set[str]:
    """The columns that refer to another table: one of the same name may hold words, as the school of a departure."""
    return {
        column._meta.db_column_name
        for each in _TABLES
        if each._meta.tablename == table
        for column in each._meta.foreign_key_columns
    }


def _key_of(table: str) -> str:
    found = next(each for each in _TABLES if each._meta.tablename == table)
    name: str = found._meta.primary_key._meta.db_column_name
    return name


async def _rows(sql: str, *values: Any) -> list[dict[str, Any]]:
    rows: Sequence[Mapping[str, Any]] = await Statement(sql).fetch(*values)
    return [dict(row) for row in rows]
