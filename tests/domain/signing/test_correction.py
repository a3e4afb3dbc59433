"""Taking a signature back: the boxes as at issue, the papers and the last day given back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.domain.cast import a_box, a_document, a_loan_out, an_id
from tests.stage.refusals import refused

from materiel.domain.papers.document import DocumentKind, DocumentStatus, SignatureStatus
from materiel.domain.signing.correction import no_longer_agreed, withdraw
from materiel.errors import Conflict

AMENDMENT = DocumentKind.AMENDMENT


@pytest.mark.parametrize(
    ("statuses", "required", "taken", "becomes"),
    [
        ("signed signed", (True, True), 1, "signed pending"),
        ("signed optional", (True, False), 0, "pending optional"),
        ("optional signed", (True, False), 1, "pending optional"),
        ("signed signed", (True, False), 0, "optional signed"),
        ("signed signed", (True, False), 1, "signed optional"),
    ],
)
def test_the_boxes_of_a_party_are_as_if_it_had_not_signed(
    statuses: str, required: tuple[bool, ...], taken: int, becomes: str
) -> None:
    boxes = [a_box(rank, SignatureStatus(each)) for rank, each in enumerate(statuses.split())]
    document = a_document(DocumentKind.LOAN_AGREEMENT, *boxes)
    after = withdraw(document, boxes[taken].id, required=required, has_evidence=False)
    assert " ".join(each.status.value for each in after) == becomes


def test_a_signature_given_online_stays() -> None:
    document = a_document(DocumentKind.LOAN_AGREEMENT, a_box(1, SignatureStatus.SIGNED))
    with refused(Conflict, "signature.has_evidence"):
        withdraw(document, document.signatures[0].id, required=(True,), has_evidence=True)


def paper(box: SignatureStatus, **changes: Any) -> Any:
    return a_document(changes.pop("kind", AMENDMENT), a_box(1, box), **changes)


def test_a_renewal_gives_the_last_day_back() -> None:
    loan = a_loan_out(ends_on=date(2028, 8, 31), renewed_by=an_id(45), renewed_from=date(2027, 8, 31))
    before, after = (paper(each, id=an_id(45)) for each in (SignatureStatus.SIGNED, SignatureStatus.PENDING))
    changed, restored = no_longer_agreed(loan, before, after, [after], renews=True)
    assert (changed.ends_on, changed.renewal, changed.renewal_ends_on) == (
        date(2027, 8, 31),
        an_id(45),
        date(2028, 8, 31),
    )
    assert (changed.renewed_by, changed.renewed_from, restored) == (None, None, ())
    other = a_loan_out(renewed_by=an_id(46))
    with refused(Conflict, "signature.took_effect"):
        no_longer_agreed(other, before, after, [after], renews=True)


def test_only_what_this_agreement_replaced_is_in_force_again() -> None:
    kind, replaced = DocumentKind.LOAN_AGREEMENT, DocumentStatus.REPLACED
    former = paper(SignatureStatus.SIGNED, kind=kind, id=an_id(50), status=replaced, ended_by=an_id(52))
    older = paper(SignatureStatus.SIGNED, id=an_id(51), status=replaced, ended_by=an_id(49))
    before, after = (
        paper(each, kind=kind, id=an_id(52), replaces=former.id)
        for each in (SignatureStatus.SIGNED, SignatureStatus.PENDING)
    )
    _, restored = no_longer_agreed(a_loan_out(), before, after, [former, older, after], renews=False)
    assert [(each.id, each.status, each.ended_by) for each in restored] == [(former.id, DocumentStatus.IN_FORCE, None)]
