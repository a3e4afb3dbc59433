"""Documents in force that a party has still to sign, oldest first, and how many there are."""

from __future__ import annotations

from uuid import UUID

from materiel.domain.papers.document import RECEIPTS, Party
from materiel.domain.work.outbox import REQUESTS
from materiel.store.engine.statement import Statement, by_index, in_order, words

_REQUESTS = words(REQUESTS)
_RECEIPTS = words(RECEIPTS)
# After a pupil's death nobody is asked for anything any more (E29). SQLite keeps the order of a CROSS JOIN.
_AWAITED = (
    "FROM signature CROSS JOIN document ON document.id = signature.document CROSS JOIN loan ON loan.id = document.loan"
    " LEFT JOIN pupil ON pupil.id = loan.pupil"
    " WHERE signature.status = 'pending' AND document.service = {} AND document.status = 'in_force'"
    " AND pupil.died_on IS NULL"
)
_ORDER = "(SELECT state_signs FROM managing_service WHERE id = document.service)"
# What `signing.order` says: a State that signs last is awaited once nobody else is, and nobody else before a first one.
_TURN = {
    own: f" AND (document.kind IN ({_RECEIPTS}) OR {_ORDER} <> '{turn}' OR NOT EXISTS"
    " (SELECT 1 FROM signature AS before WHERE before.document = document.id AND before.status = 'pending'"
    f" AND before.party {operator} '{Party.MANAGING_SERVICE.value}'))"
    for own, turn, operator in ((True, "last", "<>"), (False, "first", "="))
}
_NOT_RETURNED = (
    " AND NOT EXISTS"
    " (SELECT 1 FROM signature AS back WHERE back.document = document.id AND back.returned_on IS NOT NULL)"
)
"""What the signatory sent back waits for the service, and not for a signature of the State."""


def _count(condition: str, more: str) -> Statement:
    """Stops at the first papers: what is awaited is not all read, nor sorted."""
    return in_order(
        "SELECT count(*) AS found FROM (SELECT 1 FROM"
        f" (SELECT DISTINCT document FROM signature WHERE status = 'pending' AND {condition}) AS awaited"
        " CROSS JOIN document ON document.id = awaited.document CROSS JOIN loan ON loan.id = document.loan"
        " LEFT JOIN pupil ON pupil.id = loan.pupil WHERE document.service = {} AND document.status = 'in_force'"
        f" AND pupil.died_on IS NULL{more} LIMIT {{}}) AS few"
    )


def _listed(receipts: str) -> Statement:
    return in_order(
        f"SELECT DISTINCT signature.document AS id {_AWAITED} AND signature.party = {{}}"
        f" AND document.kind {receipts} ({_RECEIPTS}) ORDER BY signature.document LIMIT {{}}"
    )


COUNT_OWN = _count(f"signature.party = '{Party.MANAGING_SERVICE.value}'", _TURN[True] + _NOT_RETURNED)
COUNT_OTHERS = _count(f"signature.party <> '{Party.MANAGING_SERVICE.value}'", _TURN[False])
LISTED = {True: _listed("IN"), False: _listed("NOT IN")}
_OLDEST = {
    own: in_order(
        f"SELECT DISTINCT signature.document AS id {_AWAITED}"
        f" AND signature.party {operator} '{Party.MANAGING_SERVICE.value}'{_TURN[own]}{_NOT_RETURNED if own else ''}"
        " ORDER BY signature.document LIMIT {}"
    )
    for own, operator in ((True, "="), (False, "<>"))
}


_ASKED = Statement(
    "SELECT DISTINCT document.id FROM signature JOIN document ON document.id = signature.document"
    f" WHERE signature.status IN ('pending', 'optional') AND signature.party = '{Party.BORROWER.value}'"
    " AND document.service = {} AND document.status = 'in_force' AND EXISTS (SELECT 1 FROM outbox"
    f" WHERE outbox.signature = signature.id AND outbox.purpose IN ({_REQUESTS})) ORDER BY document.id"
)


async def awaiting(service_id: UUID, party: Party, *, receipts: bool, limit: int) -> list[UUID]:
    """The documents that a party has still to sign, the oldest first: receipts, or all the others."""
    async with by_index():
        return [row["id"] for row in await LISTED[receipts].fetch(service_id, party.value, limit)]


async def asked_of_families(service_id: UUID) -> list[UUID]:
    """The documents that somebody of a family was written to about and has not signed, oldest first."""
    return [row["id"] for row in await _ASKED.fetch(service_id)]


async def oldest(service_id: UUID, *, own: bool, limit: int) -> list[UUID]:
    """The documents that the service itself, or anybody else, has still to sign, the oldest first."""
    async with by_index():
        return [row["id"] for row in await _OLDEST[own].fetch(service_id, limit)]
