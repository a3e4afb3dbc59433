"""The journal: read one's own, and check that nothing was altered, here and in the issued documents."""

from __future__ import annotations

from dataclasses import dataclass

from materiel.store.history import journal
from materiel.store.papers import authenticity


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a whole verification found: how many entries and documents were read, and the first fault.

    `eliminated` counts the papers that are gone lawfully: their number, kind and digest remain, with a visa.

    `fault` is a French sentence that names the altered entry or document; None when all is well. Documents
    are believed on the word of the journal, so they are read only when the journal is whole.
    """

    entries: int
    documents: int
    fault: str | None
    eliminated: int = 0


async def verify_history() -> Verification:
    """Verify every chain of the installation, then every document: the installer's, hence without an actor."""
    chains = await journal.verify()
    if chains.fault is not None:
        broken = chains.fault
        sentence = f"Historique altéré, chaîne {broken.chain}, écriture n° {broken.sequence} : {broken.reason}."
        return Verification(entries=chains.checked, documents=0, fault=sentence)
    papers = await authenticity.verify()
    fault = None
    if papers.fault is not None:
        altered = papers.fault
        fault = f"Document altéré, {altered.number} ({altered.document_id}) : {altered.reason}."
    return Verification(entries=chains.checked, documents=papers.checked, eliminated=papers.eliminated, fault=fault)
