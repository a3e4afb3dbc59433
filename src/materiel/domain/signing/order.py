"""In which order the State and the others sign an agreement or an amendment, when the service has chosen one.

What is signed on paper states a fact, whatever came first: the order binds what is asked for and signed online. A
receipt is signed by those who are there, in no order.
"""

from __future__ import annotations

from materiel.domain.accounts.service import StateSigns
from materiel.domain.papers.document import RECEIPTS, Document, Party, SignatureStatus
from materiel.errors import RuleBroken


def waits_for_state(document: Document, order: StateSigns) -> bool:
    """Whether the others must wait for the State, which signs first and has not signed yet."""
    return order is StateSigns.FIRST and document.kind not in RECEIPTS and _awaits(document, ours=True)


def waits_for_others(document: Document, order: StateSigns) -> bool:
    """Whether the State must wait for the others, since it signs last and somebody has not signed yet."""
    return order is StateSigns.LAST and document.kind not in RECEIPTS and _awaits(document, ours=False)


def check_not_before_state(document: Document, order: StateSigns) -> None:
    """Refuse to ask for, or to take, the signature of anybody else before that of a State that signs first.

    Raises:
        RuleBroken: `signature.state_first`.
    """
    if waits_for_state(document, order):
        raise state_signs_first()


def state_signs_first() -> RuleBroken:
    """What to say to whoever would ask for, or give, a signature before that of the State."""
    return RuleBroken(
        "signature.state_first",
        "L'État signe ce document en premier, et ne l'a pas encore signé : il sera à signer ensuite. "
        "Personne n'a rien à faire d'ici là.",
    )


def check_not_before_others(document: Document, order: StateSigns) -> None:
    """Refuse the signature online of a State that signs last while another one is awaited.

    Raises:
        RuleBroken: `signature.state_last`.
    """
    if waits_for_others(document, order):
        raise RuleBroken(
            "signature.state_last",
            f"L'État signe en dernier, et une autre signature du document n° {document.number} est encore attendue : "
            "il viendra au parapheur ensuite.",
        )


def _awaits(document: Document, *, ours: bool) -> bool:
    return any(
        box.status is SignatureStatus.PENDING and (box.party is Party.MANAGING_SERVICE) is ours
        for box in document.signatures
    )
