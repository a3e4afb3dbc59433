from __future__ import annotations

from datetime import date

import pytest
from tests.domain.cast import TODAY, a_box, a_document, an_id

from materiel.domain.papers.document import (
    Document,
    DocumentKind,
    DocumentStatus,
    Party,
    SignatureChannel,
    SignatureStatus,
    awaited,
    in_force,
    sign,
)
from materiel.errors import Conflict, MaterielError, NotFound, RuleBroken

PENDING, OPTIONAL, SIGNED = SignatureStatus.PENDING, SignatureStatus.OPTIONAL, SignatureStatus.SIGNED
STATE = a_box(3, party=Party.MANAGING_SERVICE)


def signed(document: Document, number: int, signed_on: date = date(2026, 9, 5)) -> list[SignatureStatus]:
    boxes = sign(document, an_id(50 + number), signed_on=signed_on, channel=SignatureChannel.PAPER, today=TODAY)
    return [box.status for box in boxes]


def test_one_parent_signs_and_the_second_stays_welcome() -> None:
    document = a_document(DocumentKind.LOAN_AGREEMENT, a_box(1), a_box(2, OPTIONAL), STATE)
    assert signed(document, 1) == [SIGNED, OPTIONAL, PENDING]


def test_the_second_parent_signs_for_both() -> None:
    document = a_document(DocumentKind.LOAN_AGREEMENT, a_box(1), a_box(2, OPTIONAL), STATE)
    assert signed(document, 2) == [OPTIONAL, SIGNED, PENDING]


def test_two_required_parents_are_both_awaited() -> None:
    document = a_document(DocumentKind.LOAN_AGREEMENT, a_box(1), a_box(2), STATE)
    assert signed(document, 2) == [PENDING, SIGNED, PENDING]


def test_a_signature_keeps_its_date_and_channel() -> None:
    document = a_document(DocumentKind.LOAN_AGREEMENT, a_box(1))
    (box,) = sign(document, an_id(51), signed_on=TODAY, channel=SignatureChannel.ELECTRONIC, today=TODAY)
    assert (box.signed_on, box.channel) == (TODAY, SignatureChannel.ELECTRONIC)


@pytest.mark.parametrize(
    ("document", "number", "signed_on", "error", "code"),
    [
        (a_document(), 9, TODAY, NotFound, "signature.not_found"),
        (
            a_document(DocumentKind.NOTICE, a_box(1), status=DocumentStatus.REPLACED),
            1,
            TODAY,
            Conflict,
            "document.not_in_force",
        ),
        (a_document(DocumentKind.NOTICE, a_box(1, SIGNED)), 1, TODAY, Conflict, "signature.already_signed"),
        (a_document(DocumentKind.NOTICE, a_box(1)), 1, date(2026, 11, 22), RuleBroken, "signature.in_future"),
        (a_document(DocumentKind.NOTICE, a_box(1)), 1, date(2026, 8, 31), RuleBroken, "signature.before_issue"),
    ],
    ids=["unknown", "replaced", "twice", "tomorrow", "before issue"],
)
def test_a_signature_is_refused(
    document: Document, number: int, signed_on: date, error: type[MaterielError], code: str
) -> None:
    with pytest.raises(error) as refusal:
        signed(document, number, signed_on)
    assert refusal.value.code == code


def test_a_document_is_signed_without_its_optional_boxes() -> None:
    assert a_document(DocumentKind.NOTICE, a_box(1, SIGNED), a_box(2, OPTIONAL)).is_fully_signed
    assert not a_document(DocumentKind.NOTICE, a_box(1, SIGNED), a_box(2)).is_fully_signed


def test_partly_signed_is_neither_unsigned_nor_complete() -> None:
    assert a_document(DocumentKind.NOTICE, a_box(1, SIGNED), a_box(2)).is_partially_signed
    assert not a_document(DocumentKind.NOTICE, a_box(1), a_box(2)).is_partially_signed
    assert not a_document(DocumentKind.NOTICE, a_box(1, SIGNED)).is_partially_signed


def test_only_required_boxes_of_papers_in_force_are_awaited() -> None:
    current = a_document(DocumentKind.LOAN_AGREEMENT, a_box(1), a_box(2, OPTIONAL))
    old = a_document(DocumentKind.LOAN_AGREEMENT, a_box(3), status=DocumentStatus.ENDED)
    assert [box.name for _, box in awaited([old, current])] == ["Signataire 1"]


def test_papers_in_force_are_chosen_by_kind() -> None:
    notice, agreement = a_document(DocumentKind.NOTICE), a_document(DocumentKind.LOAN_AGREEMENT)
    assert in_force([notice, agreement], DocumentKind.NOTICE) == (notice,)
    assert in_force([notice, agreement]) == (notice, agreement)
