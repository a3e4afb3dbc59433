"""What a label leads a manager to, as the JSON that the API answers: one statement instead of six.

Neither a PDF nor the content of a document is read. The shape is `ScannedOut`'s of `web/api/item/code.py`; a test
compares both, byte for byte.
"""

from __future__ import annotations

from uuid import UUID

from materiel.store.engine.json_sql import ON_POSTGRES, ON_SQLITE, JsonSql, columns_of
from materiel.store.engine.statement import Statement
from materiel.store.item.json import item_object

_SOURCE = (
    "item LEFT JOIN loan_item AS held ON held.item = item.id AND held.removed_on IS NULL"
    " LEFT JOIN loan ON loan.id = held.loan LEFT JOIN school AS place ON place.id = loan.school"
)
_PAPERS = "document WHERE document.loan = loan.id"
_AWAITED = (
    "document JOIN signature ON signature.document = document.id"
    " WHERE document.loan = loan.id AND document.status = 'in_force' AND signature.status = 'pending'"
)


def _loan(sql: JsonSql) -> str:
    line = {"id": "line.item"} | columns_of(
        "line", "added_on", "handed_over_on", "condition_out", "returned_on", "condition_in"
    )
    line |= {"missing_accessories": sql.kept("line.missing_accessories"), "removed_on": "line.removed_on"}
    line |= {"accessories": sql.kept("line.accessories")} | columns_of("line", "withdrawn_on", "removal")
    basis = {
        "kind": "loan.basis_kind",
        "reference": "loan.basis_reference",
        "decided_on": "loan.basis_decided_on",
        "valid_until": "loan.basis_valid_until",
    }
    known = ("reference", "signed_on", "ends_on", "signed_by", "ended_on")
    paper = {name: f"loan.paper_{name}" for name in known}
    return sql.object(
        columns_of("loan", "id", "status", "usage", "custody")
        | {"school": "place.uai", "pupil": "loan.pupil"}
        | {"items": sql.array(sql.object(line), "loan_item AS line WHERE line.loan = loan.id", "line.position")}
        | columns_of("loan", "starts_on", "ends_on", "purpose")
        | {"basis": sql.unless_null("loan.basis_kind", sql.object(basis))}
        | {"override_reason": "loan.override_reason", "created_at": sql.instant("loan.created_at")}
        | columns_of("loan", "issued_on", "handed_over_on", "recalled_on", "recall_reason", "recall_ground")
        | columns_of("loan", "closed_on", "version", "split_from", "origin")
        | {"paper": f"CASE WHEN loan.origin = 'taken_over' THEN {sql.object(paper)} END"}
    )


def _document(sql: JsonSql) -> str:
    box = columns_of("box", "id", "party", "name", "capacity", "status", "signed_on", "channel")
    recipient = columns_of("told", "party", "name") | {
        "sent_at": sql.instant("told.sent_at"),
        "channel": "told.channel",
        "acknowledged_at": sql.instant("told.acknowledged_at"),
    }
    boxes = sql.array(sql.object(box), "signature AS box WHERE box.document = document.id", "box.position")
    told = sql.array(sql.object(recipient), "recipient AS told WHERE told.document = document.id", "told.id")
    return sql.object(
        columns_of("document", "id", "loan", "kind", "number", "status")
        | {"covers": sql.words("document.covers")}
        | columns_of("document", "issued_on", "sha256", "pages", "replaces")
        | {"signatories": boxes, "recipients": told}
    )


def _item_of_code(sql: JsonSql, code: str, service: str) -> str:
    missing = sql.object({"document": "document.id", "signatory": "signature.id"})
    body = sql.object(
        {
            "item": item_object(sql),
            "loan": sql.unless_null("loan.id", _loan(sql)),
            "documents": sql.array(_document(sql), _PAPERS, "document.id"),
            "missing": sql.array(missing, _AWAITED, "document.id, signature.position"),
        }
    )
    where = f"item.public_code = {code} AND item.service = {service}"
    return f"SELECT CAST({body} AS TEXT) AS body FROM {_SOURCE} WHERE {where}"


_ITEM = Statement(_item_of_code(ON_SQLITE, "{}", "{}"), postgres=_item_of_code(ON_POSTGRES, "$1", "$2"))


async def item_of_code(code: str, service_id: UUID) -> str | None:
    """What the code of a label of a service leads to, or None; codes are upper case."""
    row = await _ITEM.fetch_one(code, service_id)
    return row["body"] if row is not None else None
