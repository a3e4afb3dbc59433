"""Whether signatures, their evidence and the signed copies are still what the journal says was given and sealed.

The boxes of a document are played again from what it printed and from the entries about it: whoever sets one to
signed, takes one away or no longer awaits one without an entry is seen, and so is an evidence that changed. The seal
itself is checked by whoever calls: it is no business of rows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from materiel.domain.language.typography import typeset
from materiel.domain.papers.authenticity import DocumentFault
from materiel.domain.papers.document import SignatureChannel, SignatureStatus
from materiel.domain.signing.evidence import Evidence, box_digest, evidence_digest
from materiel.domain.signing.record import record_digest
from materiel.store.engine.database import Row
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement
from materiel.store.papers.document_file import JOINED, SELECTED, whole
from materiel.store.tables import SignatureEvidenceRow

BATCH = 100
"""Documents looked at together."""

SIGNED, WITHDRAWN, SEALED = "document.signed", "document.signature_corrected", "document.copy_sealed"

ACTOR, AT = " actor", " at"
"""Who wrote an entry and when, beside its details: no key of theirs begins with a space."""

_EVIDENCE = Mapper(Evidence, SignatureEvidenceRow)
_PAPERS = "SELECT id, service, number, content FROM document WHERE id > {} AND EXISTS (SELECT 1 FROM signature"
_PAPERS += " WHERE signature.document = document.id)"
_DOCUMENTS = Statement(f"{_PAPERS} ORDER BY id LIMIT {{}}")
_DOCUMENTS_OF = Statement(f"{_PAPERS} AND service = {{}} ORDER BY id LIMIT {{}}")
_COPY = Statement(
    f"SELECT {SELECTED}, copy.tail FROM signed_copy AS copy JOIN document ON document.id = copy.document {JOINED}"
    " WHERE copy.id = {} AND file.pdf IS NOT NULL"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedCopy:
    """A sealed copy to check: its document's number, its whole bytes, who sealed it and when."""

    document_id: UUID
    number: str
    data: bytes
    fingerprint: str
    sealed_at: Any


@dataclass(slots=True)
class _Told:
    """What the journal says of the signatures of a document."""

    signed: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    sealed: dict[str, Mapping[str, Any]] = field(default_factory=dict)


async def verify(service_id: UUID | None = None) -> AsyncIterator[SealedCopy | DocumentFault | int]:
    """Go through the documents that somebody signs, in their order, and stop at the first fault.

    Yields:
        Each sealed copy whose bytes are those of the journal, for its seal to be checked; after each batch, how many
        documents were looked at so far; and the first fault, which ends it.
    """
    last, seen = UUID(int=0), 0
    scope = () if service_id is None else (service_id,)
    statement = _DOCUMENTS_OF if scope else _DOCUMENTS
    while papers := await statement.fetch(last, *scope, BATCH):
        ids = [paper["id"] for paper in papers]
        boxes, proofs, told, copies = await _boxes(ids), await _proofs(ids), await _told(papers), await _copies(ids)
        for paper in papers:
            about = told.get(paper["id"], _Told())
            found = _fault_of(paper, boxes[paper["id"]], proofs.get(paper["id"], {}), about)
            found = found or _lost(about, copies.get(paper["id"], []))
            if found:
                yield DocumentFault(document_id=paper["id"], number=paper["number"], reason=found)
                return
            for copy in copies.get(paper["id"], []):
                checked = await _checked(paper, copy, about)
                yield checked
                if isinstance(checked, DocumentFault):
                    return
        last, seen = ids[-1], seen + len(ids)
        yield seen


def _fault_of(paper: Row, boxes: Sequence[Row], proofs: Mapping[UUID, Evidence], told: _Told) -> str:
    printed = _printed(paper["content"])
    # What is printed is set: apostrophes, spaces that do not break.
    if [typeset(box["name"]) for box in boxes] != [typeset(each["name"]) for each in printed]:
        return "ses cases de signature ne sont pas celles qu’il imprime"
    required = [not each.get("optional", False) for each in printed]
    for box, needed in zip(boxes, required, strict=True):
        entry = told.signed.get(str(box["id"]))
        is_signed = box["status"] == SignatureStatus.SIGNED.value
        if is_signed and entry is None:
            return f"la signature de « {box['name']} » n’est pas au journal"
        if not is_signed and entry is not None:
            return f"la signature de « {box['name']} », que dit le journal, a disparu"
        if is_signed and entry is not None and (reason := _fault_of_signed(box, entry, proofs.get(box["id"]))):
            return reason
        if not is_signed and (box["status"] == SignatureStatus.PENDING.value) != _is_awaited(
            box, needed, boxes, required
        ):
            return f"la signature de « {box['name']} » n’est plus attendue, sans que le journal dise pourquoi"
    if proofs.keys() - {box["id"] for box in boxes if box["status"] == SignatureStatus.SIGNED.value}:
        return "une preuve est celle d’une signature qui n’est pas donnée"
    return ""


def _fault_of_signed(box: Row, entry: Mapping[str, Any], proof: Evidence | None) -> str:
    name = box["name"]
    if "signed_on" in entry and entry["signed_on"] != str(box["signed_on"]):
        return f"la signature de « {name} » n’a pas la date que dit le journal"
    if "channel" in entry and entry["channel"] != box["channel"]:
        return f"la signature de « {name} » n’a pas été donnée comme le dit le journal"
    if box["recorded_by"] != entry[ACTOR] or box["recorded_at"] != entry[AT]:
        return f"la signature de « {name} » n’a pas été enregistrée par qui, ou quand, le dit le journal"
    whose = box_digest(box["party"], name, box["capacity"], box["signer"], box["signer_id"])
    if entry.get("box", whose) != whose:
        return f"la case de « {name} » n’est plus celle qui a été signée"
    if box["channel"] != SignatureChannel.PAPER.value and proof is None:
        return f"la preuve de la signature de « {name} » a disparu"
    if box["channel"] == SignatureChannel.PAPER.value and proof is not None:
        return f"la signature de « {name} », sur papier, a une preuve électronique"
    if proof is not None and "evidence" in entry and entry["evidence"] != evidence_digest(proof):
        return f"la preuve de la signature de « {name} » a été modifiée"
    return ""


def _is_awaited(box: Row, needed: bool, boxes: Sequence[Row], required: Sequence[bool]) -> bool:
    """A box not signed is awaited if the paper says so, unless a welcome signature of its side made it needless."""
    welcome_came = any(
        other["status"] == SignatureStatus.SIGNED.value and other["party"] == box["party"] and not other_needed
        for other, other_needed in zip(boxes, required, strict=True)
    )
    return needed and not welcome_came


def _lost(told: _Told, copies: Sequence[Row]) -> str:
    if told.sealed.keys() - {str(copy["id"]) for copy in copies}:
        return "un de ses exemplaires signés a disparu"
    return ""


async def _checked(paper: Row, copy: Row, told: _Told) -> SealedCopy | DocumentFault:
    entry = told.sealed.get(str(copy["id"]))
    reason = ""
    row = await _COPY.fetch_one(copy["id"])
    data: bytes = whole(row) + row["tail"] if row is not None else b""
    if entry is None:
        reason = "un de ses exemplaires signés n’est pas au journal"
    elif hashlib.sha256(data).hexdigest() != entry["sha256"] or copy["sha256"] != entry["sha256"]:
        reason = "un de ses exemplaires signés a été modifié"
    elif record_digest(copy["record"]) != entry["record"]:
        reason = "ce que dit un de ses exemplaires signés a été modifié"
    elif (copy["is_complete"], copy["sealed_at"]) != (entry["complete"], entry[AT]):
        reason = "un de ses exemplaires signés n’est pas celui que dit le journal"
    elif copy["fingerprint"] != entry["fingerprint"]:
        reason = "un de ses exemplaires signés n’a pas le certificat que dit le journal"
    if reason:
        return DocumentFault(document_id=paper["id"], number=paper["number"], reason=reason)
    return SealedCopy(
        document_id=paper["id"],
        number=paper["number"],
        data=data,
        fingerprint=copy["fingerprint"],
        sealed_at=copy["sealed_at"],
    )


def _printed(content: str) -> list[dict[str, Any]]:
    """The boxes that a content prints, in their order."""
    blocks = msgspec.json.decode(content)["blocks"]
    return [box for block in blocks if block["type"] == "signatures" for box in block["boxes"]]


async def _boxes(ids: Sequence[UUID]) -> dict[UUID, list[Row]]:
    found: dict[UUID, list[Row]] = {}
    rows = await Statement(
        "SELECT id, document, party, name, capacity, signer, signer_id, status, signed_on, channel, recorded_by,"
        " recorded_at FROM signature"
        f" WHERE document IN ({placeholders(ids)}) ORDER BY document, position"
    ).fetch(*ids)
    for row in rows:
        found.setdefault(row["document"], []).append(row)
    return found


async def _proofs(ids: Sequence[UUID]) -> dict[UUID, dict[UUID, Evidence]]:
    found: dict[UUID, dict[UUID, Evidence]] = {}
    rows = await Statement(f"SELECT * FROM signature_evidence WHERE document IN ({placeholders(ids)})").fetch(*ids)
    for row in rows:
        proof = _EVIDENCE.value(row)
        found.setdefault(proof.document_id, {})[proof.signature_id] = proof
    return found


async def _told(papers: Sequence[Row]) -> dict[UUID, _Told]:
    found: dict[UUID, _Told] = {}
    chains = sorted({str(paper["service"]) for paper in papers})
    actions = (SIGNED, WITHDRAWN, SEALED)
    rows = await Statement(
        f"SELECT subject_id, action, actor, at, details FROM journal WHERE chain IN ({placeholders(chains)})"
        f" AND subject_id IN ({placeholders(papers)}) AND action IN ({placeholders(actions)}) ORDER BY chain, sequence"
    ).fetch(*chains, *(str(paper["id"]) for paper in papers), *actions)
    for row in rows:
        about, details = found.setdefault(UUID(row["subject_id"]), _Told()), json.loads(row["details"])
        details |= {ACTOR: row["actor"], AT: row["at"]}
        if row["action"] == SEALED:
            about.sealed[details["copy"]] = details
        elif row["action"] == SIGNED:
            about.signed[details["signatory"]] = details
        else:
            about.signed.pop(details["signatory"], None)
    return found


async def _copies(ids: Sequence[UUID]) -> dict[UUID, list[Row]]:
    found: dict[UUID, list[Row]] = {}
    rows = await Statement(
        "SELECT id, document, record, is_complete, sha256, fingerprint, sealed_at FROM signed_copy"
        f" WHERE sealed_at IS NOT NULL AND document IN ({placeholders(ids)}) ORDER BY document, made_at, id"
    ).fetch(*ids)
    for row in rows:
        found.setdefault(row["document"], []).append(row)
    return found
