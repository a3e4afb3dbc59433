"""Verify the signatures, their evidence and the seals of the signed copies: of one service, or of the installation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from materiel.domain.papers.authenticity import DocumentFault
from materiel.seal.on_demand import fault_of_seal
from materiel.store.signing import authenticity
from materiel.store.signing.authenticity import SealedCopy


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofVerification:
    """How many documents that people sign were looked at, how many seals were checked, and the first fault."""

    documents: int
    seals: int
    fault: DocumentFault | None


async def verify_proofs(
    service_id: UUID | None = None, *, advance: Callable[[int], None] = lambda _: None
) -> ProofVerification:
    """Compare the signatures with the journal, and check every seal; stop at the first fault.

    Args:
        service_id: whose documents; those of every service without it.
        advance: told after each batch how many documents were looked at.
    """
    documents, seals = 0, 0
    async for found in authenticity.verify(service_id):
        if isinstance(found, DocumentFault):
            return ProofVerification(documents=documents, seals=seals, fault=found)
        if isinstance(found, SealedCopy):
            reason = await asyncio.to_thread(fault_of_seal, found.data, found.fingerprint, found.sealed_at)
            if reason:
                fault = DocumentFault(document_id=found.document_id, number=found.number, reason=reason)
                return ProofVerification(documents=documents, seals=seals, fault=fault)
            seals += 1
        else:
            documents = found
            advance(documents)
    return ProofVerification(documents=documents, seals=seals, fault=None)
