"""A signature recorded by mistake: its box awaits it again, and what it agreed upon is no longer agreed.

What was really signed online, with its evidence, stays signed: only what a person recorded can be taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from materiel.domain.loan.loan import Loan, status_of
from materiel.domain.papers.document import (
    AGREEMENTS,
    Document,
    DocumentKind,
    DocumentStatus,
    Signature,
    SignatureStatus,
    check_in_force,
    find_box,
)
from materiel.errors import Conflict


def withdraw(
    document: Document, signature_id: UUID, *, required: Sequence[bool], has_evidence: bool
) -> tuple[Signature, ...]:
    """The boxes of a document as they become once one signature is taken back, in the same order.

    Args:
        required: whether each box was to be signed when the document was issued, as printed, in the same order.
        has_evidence: whether this signature was given online, with its evidence.

    Raises:
        NotFound: `signature.not_found`.
        Conflict: `document.not_in_force`, `signature.not_signed`, `signature.has_evidence`.

    Source: Code civil, art. 372-2 (one parent is enough: E1), 1366 and 1367 (what is signed online).
    """
    box = find_box(document, signature_id)
    check_in_force(document)
    if box.status is not SignatureStatus.SIGNED:
        raise Conflict("signature.not_signed", "Cette signature n'est pas enregistrée : il n'y a rien à retirer.")
    if has_evidence:
        raise Conflict(
            "signature.has_evidence",
            "Cette signature a été donnée en ligne, avec sa preuve : elle ne se retire pas. Si le document ne convient "
            "pas, annulez le prêt, ou faites établir le document qui le remplace.",
        )
    taken = [replace(each, status=SignatureStatus.PENDING) if each is box else each for each in document.signatures]
    return tuple(
        _as_awaited(each, before, taken, required)
        if each.party is box.party and each.status is not SignatureStatus.SIGNED
        else each
        for before, each in zip(document.signatures, taken, strict=True)
    )


def _as_awaited(box: Signature, before: Signature, boxes: Sequence[Signature], required: Sequence[bool]) -> Signature:
    """A box not signed, as at issue, unless a welcome signature of the same party has made it needless."""
    welcome_signed = any(
        each.status is SignatureStatus.SIGNED and each.party is box.party and not needed
        for each, needed in zip(boxes, required, strict=True)
    )
    needed = next(needed for each, needed in zip(boxes, required, strict=True) if each is box)
    status = SignatureStatus.PENDING if needed and not welcome_signed else SignatureStatus.OPTIONAL
    return replace(before, status=status, signed_on=None, channel=None)


def no_longer_agreed(
    loan: Loan, before: Document, after: Document, documents: Sequence[Document], *, renews: bool
) -> tuple[Loan, tuple[Document, ...]]:
    """What becomes of a loan when a signature of one of its papers is taken back, and the papers in force again.

    What was handed over stays handed over: it is then out without a signed agreement (E32), and shows.

    Args:
        documents: those of the loan, `after` in the place of `before`.
        renews: whether the paper is an amendment that moves the last day.

    Raises:
        Conflict: `signature.took_effect`, another paper stands on what this one agreed upon.
    """
    restored: tuple[Document, ...] = ()
    if before.is_fully_signed and not after.is_fully_signed:
        restored = _given_back(after, documents)
        if renews:
            loan = _renewal_awaited(loan, after)
    again = {each.id: each for each in restored}
    return replace(loan, status=status_of(loan, [again.get(each.id, each) for each in documents])), restored


def _given_back(paper: Document, documents: Sequence[Document]) -> tuple[Document, ...]:
    """The former agreement and its amendments, that this one had replaced."""
    if paper.kind not in AGREEMENTS or paper.replaces is None:
        return ()
    replaced = [each for each in documents if each.status is DocumentStatus.REPLACED]
    former = next((each for each in replaced if each.id == paper.replaces), None)
    if former is None:
        return ()
    if former.ended_by != paper.id:
        raise _took_effect(paper)
    return tuple(
        replace(each, status=DocumentStatus.IN_FORCE, ended_by=None) for each in replaced if each.ended_by == paper.id
    )


def _renewal_awaited(loan: Loan, paper: Document) -> Loan:
    if loan.renewed_by != paper.id or loan.renewal is not None:
        raise _took_effect(paper)
    return replace(
        loan,
        ends_on=loan.renewed_from,
        renewal=paper.id,
        renewal_ends_on=loan.ends_on,
        renewed_by=None,
        renewed_from=None,
    )


def _took_effect(paper: Document) -> Conflict:
    what = "l'avenant" if paper.kind is DocumentKind.AMENDMENT else "la convention"
    return Conflict(
        "signature.took_effect",
        f"Un autre document s'appuie sur {what} {paper.number} : la signature ne se retire plus. Faites établir un "
        "nouveau document, qui le remplace.",
    )
