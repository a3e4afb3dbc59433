"""From facts and wording to content: the one entrance to the documents, whatever their kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from materiel.documents.content import Content
from materiel.documents.facts import Facts
from materiel.documents.kinds.amendment import compose_amendment
from materiel.documents.kinds.deposit_agreement import compose_deposit_agreement
from materiel.documents.kinds.loan_agreement import compose_loan_agreement
from materiel.documents.kinds.notice import compose_notice
from materiel.documents.kinds.receipt import compose_handover_receipt, compose_return_receipt
from materiel.documents.kinds.tripartite_agreement import compose_tripartite_agreement
from materiel.documents.typography import set_content
from materiel.documents.wording import Wording
from materiel.domain.papers.document import DocumentKind

COMPOSERS: Mapping[DocumentKind, Callable[[Facts, Wording], Content]] = {
    DocumentKind.LOAN_AGREEMENT: compose_loan_agreement,
    DocumentKind.TRIPARTITE_AGREEMENT: compose_tripartite_agreement,
    DocumentKind.DEPOSIT_AGREEMENT: compose_deposit_agreement,
    DocumentKind.NOTICE: compose_notice,
    DocumentKind.AMENDMENT: compose_amendment,
    DocumentKind.HANDOVER_RECEIPT: compose_handover_receipt,
    DocumentKind.RETURN_RECEIPT: compose_return_receipt,
}


def compose(facts: Facts, wording: Wording) -> Content:
    """Compose a document.

    Args:
        facts: what the use case gathered; its `kind` chooses the document.
        wording: `wording_on(facts.kind, facts.issued_on)`.

    Raises:
        ValueError: the wording is of another kind, or the facts lack what the kind cannot do without.
        KeyError: a clause prints a value that the facts do not hold.
    """
    if wording.kind is not facts.kind:
        raise ValueError(f"{facts.kind.value} cannot be composed with the wording of {wording.kind.value}")
    return set_content(COMPOSERS[facts.kind](facts, wording))
