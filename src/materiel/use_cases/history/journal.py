"""The journal: check that nothing was altered, here, in issued documents, their signatures and seals, kept acts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from materiel.store.history import journal
from materiel.store.papers import act as acts
from materiel.store.papers import authenticity
from materiel.store.papers.act import ActVerification
from materiel.use_cases.history.proofs import verify_proofs
from materiel.use_cases.history.witness import WitnessedHead, fault_of_head


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a whole verification found: how many entries and documents were read, and the first fault.

    `eliminated` counts the papers that are gone lawfully: their number, kind and digest remain, with a visa; `seals`
    the signed copies whose seal was checked; `acts` the acts kept beside the loans, reports of stocktakes included.

    `fault` is a French sentence that names the altered entry or document; None when all is well. Documents and
    signatures are believed on the word of the journal, so they are read only when the journal is whole.
    """

    entries: int
    documents: int
    fault: str | None
    eliminated: int = 0
    seals: int = 0
    acts: int = 0


async def verify_history(
    advance: Callable[[int, int], None] = lambda done, total: None, *, heads: Sequence[WitnessedHead] = ()
) -> Verification:
    """Verify every chain of the installation, then every document: the installer's, hence without an actor.

    Args:
        advance: told how many entries of how many were read.
        heads: those that left some day, which the chains must still hold.
    """
    length = await journal.length()
    chains = await journal.verify(lambda done: advance(done, max(done, length)))
    if chains.fault is not None:
        broken = chains.fault
        sentence = f"Historique altéré, chaîne {broken.chain}, écriture n° {broken.sequence} : {broken.reason}."
        return Verification(entries=chains.checked, documents=0, fault=sentence)
    for head in heads:
        if reason := await fault_of_head(head):
            sentence = f"Historique récrit, chaîne {head.chain} : {reason}."
            return Verification(entries=chains.checked, documents=0, fault=sentence)
    papers = await authenticity.verify()
    altered = papers.fault
    seals = 0
    if altered is None:
        proofs = await verify_proofs()
        altered, seals = proofs.fault, proofs.seals
    kept = ActVerification(checked=0, fault=None)
    if altered is None:
        kept = await acts.verify()
        altered = kept.fault
    fault = None
    if altered is not None:
        fault = f"Document altéré, {altered.number} ({altered.document_id}) : {altered.reason}."
    return Verification(
        entries=chains.checked,
        documents=papers.checked,
        eliminated=papers.eliminated,
        seals=seals,
        acts=kept.checked,
        fault=fault,
    )
