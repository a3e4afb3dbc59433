"""How people and things that entries of the journal name by identifier are called, from the records of one service.

Nothing is kept: a name is read when an entry is shown, and is gone with its record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from materiel.domain.circuit.disposal.disposal import DisposalOutcome
from materiel.domain.history.filter import Target, TargetKind
from materiel.domain.incident.incident import IncidentKind
from materiel.domain.language.french import of_place
from materiel.domain.papers.document import DocumentKind
from materiel.store.engine.database import Row
from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement
from materiel.store.history.journal import Entry

_PUPIL = "pupil.first_name || ' ' || pupil.last_name"
_THINGS = {
    "pupil": f"SELECT id, {_PUPIL} AS pupil FROM pupil WHERE service = {{}}",
    "loan": f"SELECT loan.id, {_PUPIL} AS pupil, school.name AS school FROM loan"
    " JOIN school ON school.id = loan.school LEFT JOIN pupil ON pupil.id = loan.pupil WHERE loan.service = {}",
    "document": f"SELECT document.id, document.kind, document.number, {_PUPIL} AS pupil FROM document"
    " JOIN loan ON loan.id = document.loan LEFT JOIN pupil ON pupil.id = loan.pupil WHERE document.service = {}",
    "item": "SELECT id, inventory_number AS number, designation FROM item WHERE service = {}",
    "need": f"SELECT need.id, {_PUPIL} AS pupil FROM need JOIN pupil ON pupil.id = need.pupil"
    " WHERE need.service = {}",
    "stocktake": "SELECT id, name FROM stocktake WHERE service = {}",
    "transfer": "SELECT transfer.id, giver.code AS giver, receiver.code AS receiver FROM transfer"
    " JOIN managing_service AS giver ON giver.id = transfer.giver"
    " JOIN managing_service AS receiver ON receiver.id = transfer.receiver"
    " WHERE {} IN (transfer.giver, transfer.receiver)",
    "disposal": "SELECT id, outcome, beneficiary FROM disposal WHERE service = {}",
    "licence": "SELECT id, software AS name FROM licence WHERE service = {}",
    "kit": "SELECT id, number, designation FROM kit WHERE service = {}",
    "safety_recall": "SELECT id, title FROM safety_recall WHERE service = {}",
    "incident": f"SELECT incident.id, incident.kind, item.inventory_number AS number, {_PUPIL} AS pupil FROM incident"
    " JOIN item ON item.id = incident.item LEFT JOIN loan ON loan.id = incident.loan"
    " LEFT JOIN pupil ON pupil.id = loan.pupil WHERE incident.service = {}",
    "referent": "SELECT id, name FROM referent WHERE service = {}",
    "user": "SELECT id, name FROM app_user WHERE service = {}",
    "token": "SELECT id, label AS name FROM api_token WHERE service = {}",
    "access_link": "SELECT access_link.id, access_link.name, access_link.kind, access_link.of_authority,"
    f" {_PUPIL} AS pupil, school.name AS school, municipality.name AS municipality,"
    " municipality.insee_code FROM access_link"
    " LEFT JOIN pupil ON pupil.id = access_link.pupil LEFT JOIN school ON school.id = access_link.school"
    " LEFT JOIN municipality ON municipality.insee_code = access_link.municipality WHERE access_link.service = {}",
}
_ALIASES = {kind: f"{kind}.id" for kind in ("incident", "need", "transfer", "loan", "document", "access_link")}
_RECIPIENTS = "SELECT recipient.document AS id, recipient.name FROM recipient JOIN document"
_PERSONS = (
    "SELECT representative.id, representative.first_name || ' ' || representative.last_name AS name,"
    f" {_PUPIL} AS pupil FROM representative JOIN pupil ON pupil.id = representative.pupil WHERE pupil.service = {{}}"
)
_ALL_PERSONS = Statement(f"{_PERSONS} ORDER BY representative.last_name, representative.first_name")
_BOXES = "SELECT signature.id, signature.name FROM signature JOIN document"


@dataclass(frozen=True, slots=True)
class Names:
    """By kind then identifier: what each thing is called. By document: whom it informs. By box: who signs."""

    things: dict[str, dict[str, str]] = field(default_factory=dict)
    recipients: dict[str, list[str]] = field(default_factory=dict)
    boxes: dict[str, str] = field(default_factory=dict)
    shared: frozenset[str] = frozenset()
    """The identifiers of the loans without a pupil."""

    def of(self, kind: str, key: str) -> str:
        """What a thing is called; empty for one that is gone, or has no name."""
        return self.things.get(kind, {}).get(key, "")

    def of_actor(self, actor: str) -> str:
        """What whoever acted is called, from `user:<id>`, `token:<id>`, `link:<id>` or `referent:<id>`."""
        kind, _, key = actor.partition(":")
        return self.of({"link": "access_link", "account": "user"}.get(kind, kind), key)


async def names_of(service_id: UUID, entries: Iterable[Entry]) -> Names:
    """What the entries need to be told; another service's records have no name here."""
    wanted: dict[str, set[str]] = {}
    boxes: set[str] = set()
    for entry in entries:
        wanted.setdefault(entry.subject_kind, set()).add(entry.subject_id)
        kind, _, key = entry.actor.partition(":")
        wanted.setdefault({"link": "access_link", "account": "user"}.get(kind, kind), set()).add(key)
        boxes |= set(_boxes(entry.details))
    things: dict[str, dict[str, str]] = {}
    shared: set[str] = set()
    for kind, select in _THINGS.items():
        rows = await _among(select, _ALIASES.get(kind, "id"), service_id, wanted.get(kind, ()))
        things[kind] = {str(row["id"]): _label(kind, row) for row in rows}
        if kind == "loan":
            shared = {str(row["id"]) for row in rows if row["pupil"] is None}
    things["school"] = await _references("school", "uai", wanted.get("school", ()))
    things["municipality"] = await _references("municipality", "insee_code", wanted.get("municipality", ()))
    recipients: dict[str, list[str]] = {}
    joined = f"{_RECIPIENTS} ON document.id = recipient.document WHERE document.service = {{}}"
    for row in await _among(joined, "document.id", service_id, wanted.get("document", ())):
        recipients.setdefault(str(row["id"]), []).append(row["name"])
    joined = f"{_BOXES} ON document.id = signature.document WHERE document.service = {{}}"
    signed = {str(row["id"]): row["name"] for row in await _among(joined, "signature.id", service_id, boxes)}
    return Names(things, recipients, signed, frozenset(shared))


@dataclass(frozen=True, slots=True)
class NamedRepresentative:
    """A representative and the pupil, as they are called."""

    id: UUID
    name: str
    pupil: str


async def representatives(service_id: UUID) -> list[NamedRepresentative]:
    """Every representative of the pupils of a service."""
    return [NamedRepresentative(row["id"], row["name"], row["pupil"]) for row in await _ALL_PERSONS.fetch(service_id)]


async def pupils(service_id: UUID, pupil_ids: Iterable[UUID]) -> dict[UUID, str]:
    """How pupils of a service are called, those that are gone left out."""
    rows = await _among(_THINGS["pupil"], "id", service_id, [str(each) for each in pupil_ids])
    return {row["id"]: row["pupil"] for row in rows}


async def name_of(target: Target, service_id: UUID) -> str:
    """How a target is called; empty when the service has none such."""
    if target.about is TargetKind.SCHOOL:
        return (await _references("school", "uai", [target.key])).get(target.key, "")
    if target.about is TargetKind.REPRESENTATIVE:
        rows = await _among(_PERSONS, "representative.id", service_id, [target.key])
        return f"{rows[0]['name']}, pour {rows[0]['pupil']}" if rows else ""
    kind = target.about.value
    rows = await _among(_THINGS[kind], _ALIASES.get(kind, "id"), service_id, [target.key])
    return _label(kind, rows[0]) if rows else ""


def _boxes(details: Any) -> list[str]:
    """The signature boxes that an entry names."""
    several = details.get("signatories")
    return [*(several if isinstance(several, list) else ()), *filter(None, [details.get("signatory")])]


async def _among(select: str, column: str, service_id: UUID, keys: Iterable[str]) -> Sequence[Row]:
    ids = [found for key in keys if (found := _uuid(key))]
    if not ids:
        return []
    return await Statement(f"{select} AND {column} IN ({placeholders(ids)})").fetch(service_id, *ids)


async def _references(table: str, key: str, keys: Iterable[str]) -> dict[str, str]:
    """The names of schools and communes, which every service shares."""
    wanted = list(keys)
    if not wanted:
        return {}
    found = Statement(f"SELECT {key} AS id, name FROM {table} WHERE {key} IN ({placeholders(wanted)})")
    return {row["id"]: row["name"] for row in await found.fetch(*wanted)}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _label(kind: str, row: Row) -> str:
    match kind:
        case "pupil":
            return str(row["pupil"])
        case "loan":
            return f"Prêt de {row['pupil']}" if row["pupil"] else f"Dépôt, {row['school']}"
        case "need":
            return f"Besoin de {row['pupil']}"
        case "transfer":
            return f"Transfert de {row['giver']} à {row['receiver']}"
        case "disposal":
            return f"{DisposalOutcome(row['outcome']).label}, {row['beneficiary']}"
        case "safety_recall":
            return str(row["title"])
        case "document":
            return _with(f"{DocumentKind(row['kind']).label} {row['number']}", row["pupil"])
        case "item" | "kit":
            return f"{row['number']}, {row['designation']}"
        case "incident":
            return _with(f"{IncidentKind(row['kind']).label}, {row['number']}", row["pupil"])
        case "access_link":
            return _holder(row)
        case "token":
            return f"Jeton « {row['name']} »" if row["name"] else "Jeton d'accès"
        case _:
            return str(row["name"])


def _holder(row: Row) -> str:
    """Whose link it is: a person for a pupil, a school, or whoever a commune's mailbox is of."""
    if row["pupil"] is not None:
        return _with(row["name"], row["pupil"] if row["pupil"] != row["name"] else None)
    if row["school"] is not None:
        return str(row["school"])
    place = None if row["municipality"] is None else f"commune {of_place(row['municipality'], row['insee_code'])}"
    return _with(row["name"], place)


def _with(text: str, more: str | None) -> str:
    return f"{text} ({more})" if more else text
