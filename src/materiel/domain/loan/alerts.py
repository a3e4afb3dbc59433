"""What a manager must see about a loan today: unsigned, expired, ending, recalled, waiting.

Law: Code civil, art. 1881 (a borrower who keeps the item past the term is liable even for accidents:
« échue » must be seen); circulaire n° 2016-117 (end of the notification, E18); E29, E32. Nothing here sends
anything to anyone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from materiel.domain.accounts.service import RenewalPolicy
from materiel.domain.calendar.school_year import add_months, last_day_for_term_from
from materiel.domain.item.item import Item, Ownership
from materiel.domain.language import states
from materiel.domain.language.french import enumeration, long_date
from materiel.domain.loan.loan import Loan, LoanOrigin, unsigned_since
from materiel.domain.papers.document import AGREEMENTS, Document, DocumentKind, awaited, in_force
from materiel.domain.usage import Usage

ENDING_SOON_MONTHS = 2
BASIS_WARNING_MONTHS = (3, 6)
"""Warnings before the end of a notification, the nearest first (E18)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing to see. `detail` is French; `since` the civil date it began, `days` its age then, when it has one."""

    code: str
    detail: str
    since: date | None = None
    days: int | None = None


BRIEF = {
    "handed_over_unsigned": "convention à signer",
    "expired": "terme passé",
    "ending_soon": "terme proche",
    "basis_expired": "notification échue",
    "recalled": "retour demandé",
    "signature_awaited": "signature attendue",
    "not_handed_over": "remise à faire",
    "lease_ends_first": "location trop courte",
    "passes_school_year": "terme à revoir",
    "manual_return": "retour à convenir",
    **{f"basis_expiring_{months}_months": "notification bientôt échue" for months in BASIS_WARNING_MONTHS},
}
"""What is missing, in the few words of a line that lists many loans; the sheet has the sentence."""


def brief(found: Sequence[Alert]) -> str:
    """« Convention à signer, retour demandé »: what is missing to a loan, each thing once; empty when nothing is."""
    # Who has not signed the agreement of what is out is a signature awaited too.
    codes = [each.code for each in found]
    told = [code for code in codes if code != "signature_awaited" or "handed_over_unsigned" not in codes]
    words = ", ".join(dict.fromkeys(BRIEF[code] for code in told))
    return words[:1].upper() + words[1:]


def age(found: Sequence[Alert]) -> int | None:
    """For how many days the oldest of these has lasted; None when none has an age."""
    return max((each.days for each in found if each.days is not None), default=None)


def alerts(
    loan: Loan,
    documents: Sequence[Document],
    today: date,
    *,
    pupil_died: bool = False,
    former: Document | None = None,
    items: Sequence[Item] = (),
    policy: RenewalPolicy | None = None,
    codes: Collection[str] | None = None,
) -> tuple[Alert, ...]:
    """List the alerts of an open loan, most pressing first; none for a draft or a loan that is over.

    `former` is the agreement of the loan that this one was split from (see `unsigned_since`).
    `items` are those of the loan, `policy` that of its service, where they are known: a lease may have been shortened,
    or the policy changed, since the loan was issued.
    `codes` are the only ones to look for; none of `OF_PAPERS` wants no documents.

    After a pupil's death only `manual_return` is given: nothing is asked of the family by the tool (E29; C.
    civ. 1879).
    """
    if not loan.is_open or loan.is_draft:
        return ()
    if pupil_died:
        return (
            Alert(
                code="manual_return",
                detail="Convenez du retour par un contact direct ; aucun message automatique ne part.",
            ),
        )
    facts = _Facts(documents, former, items, policy)
    return tuple(
        alert
        for of_rule, rule in _RULES
        if codes is None or not of_rule.isdisjoint(codes)
        for alert in rule(loan, facts, today)
        if codes is None or alert.code in codes
    )


def is_expired(loan: Loan, today: date) -> bool:
    """« Échue »: the last day has passed and the loan is still open."""
    return loan.is_open and loan.ends_on is not None and loan.ends_on < today


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the rules look at beside the loan."""

    documents: Sequence[Document]
    former: Document | None
    items: Sequence[Item]
    policy: RenewalPolicy | None


def _unsigned(loan: Loan, facts: _Facts, today: date) -> Iterator[Alert]:
    if (since := unsigned_since(loan, facts.documents, facts.former)) is not None:
        yield _aged("handed_over_unsigned", "Remis sans convention signée", since, today)


def _term(loan: Loan, facts: _Facts, today: date) -> Iterator[Alert]:
    if is_expired(loan, today):
        yield _aged("expired", "Convention échue", loan.ends_on, today)
    elif loan.ends_on is not None and today >= add_months(loan.ends_on, -ENDING_SOON_MONTHS):
        yield Alert(code="ending_soon", detail=f"Le prêt prend fin le {long_date(loan.ends_on)}.")


def _basis(loan: Loan, facts: _Facts, today: date) -> Iterator[Alert]:
    valid_until = loan.basis.valid_until if loan.basis is not None and loan.usage is Usage.INDIVIDUAL else None
    if valid_until is None:
        return
    if valid_until < today:
        yield _aged("basis_expired", "Notification échue", valid_until, today)
        return
    for months in BASIS_WARNING_MONTHS:
        if today >= add_months(valid_until, -months):
            yield Alert(
                code=f"basis_expiring_{months}_months",
                detail=f"La notification prend fin le {long_date(valid_until)}, dans moins de {months} mois.",
            )
            return


def _recalled(loan: Loan, facts: _Facts, today: date) -> Iterator[Alert]:
    if loan.recalled_on is not None and loan.lines_out:
        yield _aged("recalled", "Retour demandé", loan.recalled_on, today)


def _awaited(loan: Loan, facts: _Facts, today: date) -> Iterator[Alert]:
    missing = awaited(facts.documents)
    if missing:
        names = list(dict.fromkeys(signature.name for _, signature in missing))
        what = states.SIGNATURE_AWAITED.label if len(names) == 1 else "Signatures attendues"
        oldest = min(document.issued_on for document, _ in missing)
        yield _aged("signature_awaited", f"{what} : {enumeration(names)},", oldest, today)


def _not_handed_over(loan: Loan, facts: _Facts, today: date) -> Iterator[Alert]:
    agreements = in_force(facts.documents, *AGREEMENTS)
    if agreements and all(each.is_fully_signed for each in agreements) and loan.lines_to_hand_over:
        yield _aged("not_handed_over", "Signé, mais non remis", _last_signature(agreements), today)


def _leases(loan: Loan, facts: _Facts, today: date) -> Iterator[Alert]:
    """A lease caps the loan (E28), whatever became of it since the papers were issued."""
    held = {line.item_id for line in loan.open_items}
    for item in facts.items:
        ends_on = item.lease_ends_on if item.ownership is Ownership.RENTED and item.id in held else None
        if ends_on is None or (loan.ends_on is not None and ends_on >= loan.ends_on):
            continue
        over = "a pris fin" if ends_on < today else "prend fin"
        yield Alert(
            code="lease_ends_first",
            detail=f"La location du matériel {item.inventory_number} {over} le {long_date(ends_on)}, avant le prêt : "
            "notez sa nouvelle fin de location, ou échangez ce matériel par un avenant.",
            since=ends_on if ends_on < today else None,
            days=(today - ends_on).days if ends_on < today else None,
        )


def _school_year(loan: Loan, facts: _Facts, today: date) -> Iterator[Alert]:
    """Under the yearly policy a term ends with its school year, or with the next that a renewal gave it ahead."""
    if facts.policy is not RenewalPolicy.YEARLY or loan.starts_on > today:
        return
    limit = last_day_for_term_from(today)
    ahead = in_force(facts.documents, DocumentKind.AMENDMENT) or (
        # The real agreement of a loan taken over may be what renewed it.
        loan.origin is LoanOrigin.TAKEN_OVER and loan.renewed_by is not None
    )
    allowed = add_months(limit, 12) if ahead else limit
    if loan.ends_on is None or loan.ends_on > allowed:
        how, act = "n'a pas de date de fin", "renouvelez-le pour la fixer"
        if loan.ends_on is not None:
            how, act = f"finit le {long_date(loan.ends_on)}", "convenez d'un retour, puis d'un nouveau prêt"
        yield Alert(
            code="passes_school_year",
            detail=f"Ce prêt {how}, alors que votre service fait signer de nouveau à chaque rentrée : {act}, "
            f"avant le {long_date(limit)}.",
        )


_RULES: tuple[tuple[frozenset[str], Callable[[Loan, _Facts, date], Iterator[Alert]]], ...] = (
    (frozenset({"handed_over_unsigned"}), _unsigned),
    (frozenset({"expired", "ending_soon"}), _term),
    (frozenset({"basis_expired", *(f"basis_expiring_{months}_months" for months in BASIS_WARNING_MONTHS)}), _basis),
    (frozenset({"recalled"}), _recalled),
    (frozenset({"signature_awaited"}), _awaited),
    (frozenset({"not_handed_over"}), _not_handed_over),
    (frozenset({"lease_ends_first"}), _leases),
    (frozenset({"passes_school_year"}), _school_year),
)
"""The codes that each rule may give, the most pressing first."""

OF_PAPERS = frozenset({"handed_over_unsigned", "signature_awaited", "not_handed_over", "passes_school_year"})
"""The codes whose rule looks at the documents."""


def _aged(code: str, what: str, since: date | None, today: date) -> Alert:
    """An alert with its age; the day it began counts for zero."""
    if since is None:
        return Alert(code=code, detail=f"{what}.")
    return Alert(code=code, detail=f"{what} {since_when(since, today)}.", since=since, days=(today - since).days)


def since_when(since: date, today: date) -> str:
    """« depuis le 21 novembre 2026 (6 j) », « depuis aujourd'hui »."""
    days = (today - since).days
    return f"depuis le {long_date(since)} ({days} j)" if days else "depuis aujourd'hui"


def _last_signature(agreements: Sequence[Document]) -> date | None:
    days = [each.signed_on for agreement in agreements for each in agreement.signatures if each.signed_on]
    return max(days, default=None)
