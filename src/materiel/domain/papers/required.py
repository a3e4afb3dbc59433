"""Which papers a case requires: agreement, notice and receipts, who signs each and who receives it.

Law: circulaire n° 2001-221 du 29 octobre 2001 and its table; Code civil, art. 1919 and 1937 (receipts).
Whether the case is eligible at all is in `decision`; names of people are in `signatories`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.papers.document import Covers, DocumentKind, Party
from materiel.domain.places.school import SchoolKind
from materiel.domain.usage import Custody, Usage


class Moment(LabelledEnum):
    """When a required document is made."""

    ISSUE = "issue", "À l'émission"
    HANDOVER = "handover", "À la remise"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredDocument:
    """One document that the case requires, who signs it and who receives it without signing."""

    kind: DocumentKind
    covers: tuple[Covers, ...] = ()
    signatories: tuple[Party, ...] = ()
    recipients: tuple[Party, ...] = ()
    made_at: Moment = Moment.ISSUE


def has_mayor(kind: SchoolKind) -> bool:
    """Only public écoles have the commune for third party; a private école has its head (row 3)."""
    return kind is SchoolKind.PUBLIC_PRIMARY


def custodian_party(kind: SchoolKind) -> Party:
    """Who signs a deposit for a school of this kind: the commune of a public école, else the head of school."""
    return Party.MUNICIPALITY if has_mayor(kind) else Party.HEAD_OF_SCHOOL


def notice_party(kind: SchoolKind) -> Party:
    """Who is told of a loan that goes home: the mayor for a public école, else the head of school."""
    return Party.MAYOR if has_mayor(kind) else Party.HEAD_OF_SCHOOL


@cache
def required_documents(usage: Usage, custody: Custody, kind: SchoolKind) -> tuple[RequiredDocument, ...]:
    """The documents of an eligible case: the agreement first, then the notice, then the hand-over receipt.

    Rows 1-3 (and 18) for a loan that goes home, 4-6 for one that stays at school, 7-8 for a shared deposit.
    A home loan is told by a notice, that nobody signs; a tripartite agreement needs none.
    """
    service, borrower, custodian = Party.MANAGING_SERVICE, Party.BORROWER, custodian_party(kind)
    if usage is Usage.SHARED:
        agreement = RequiredDocument(
            kind=DocumentKind.DEPOSIT_AGREEMENT, covers=(Covers.DEPOSIT,), signatories=(service, custodian)
        )
        return (agreement, handover_receipt(usage, custody, kind))
    if custody is Custody.SCHOOL:
        agreement = RequiredDocument(
            kind=DocumentKind.TRIPARTITE_AGREEMENT,
            covers=(Covers.LOAN, Covers.DEPOSIT),
            signatories=(service, borrower, custodian),
        )
        return (agreement, handover_receipt(usage, custody, kind))
    agreement = RequiredDocument(
        kind=DocumentKind.LOAN_AGREEMENT, covers=(Covers.LOAN,), signatories=(service, borrower)
    )
    return (agreement, notice(kind), handover_receipt(usage, custody, kind))


def notice(kind: SchoolKind) -> RequiredDocument:
    """The simple notice of a loan that goes home; nobody signs it."""
    return RequiredDocument(kind=DocumentKind.NOTICE, recipients=(notice_party(kind),))


def keeper_party(usage: Usage, custody: Custody, kind: SchoolKind) -> Party:
    """Who takes the item in and gives it back: the borrower at home, the depositary at school (C. civ.
    1937).
    """
    if usage is Usage.INDIVIDUAL and custody is Custody.HOME:
        return Party.BORROWER
    return custodian_party(kind)


def handover_receipt(usage: Usage, custody: Custody, kind: SchoolKind) -> RequiredDocument:
    """The receipt signed when items are handed over (C. civ. 1919: a deposit is complete by the hand-over)."""
    return RequiredDocument(
        kind=DocumentKind.HANDOVER_RECEIPT,
        signatories=(Party.MANAGING_SERVICE, keeper_party(usage, custody, kind)),
        made_at=Moment.HANDOVER,
    )


def passing_receipt(kind: SchoolKind) -> RequiredDocument:
    """The receipt of what a family hands to the depositary: whoever gives and whoever receives, and the lender, whose
    signature frees the family of the custody (C. civ. 1937; E16)."""
    return RequiredDocument(
        kind=DocumentKind.HANDOVER_RECEIPT,
        signatories=(Party.MANAGING_SERVICE, Party.BORROWER, custodian_party(kind)),
        made_at=Moment.HANDOVER,
    )


def return_receipt(usage: Usage, custody: Custody, kind: SchoolKind) -> RequiredDocument:
    """The receipt signed when items come back to the service."""
    return RequiredDocument(
        kind=DocumentKind.RETURN_RECEIPT,
        signatories=(Party.MANAGING_SERVICE, keeper_party(usage, custody, kind)),
    )
