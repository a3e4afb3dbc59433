"""The last day of a loan: policy, notification, lease or loan between services, whichever ends first.

Law: circulaire n° 2016-117, § 2.5 (the loan ends with the notification); circulaire of 1 September 2025 (a PAS notifies
no end, E19); domain § 2.3 (policies), E28 (a lease caps the loan), E37 (summer does not end a loan).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from materiel.domain.accounts.service import RenewalPolicy
from materiel.domain.calendar.school_year import add_months, last_day_for_term_from
from materiel.domain.item.item import Item, Ownership, check_due_elsewhere
from materiel.domain.language.french import long_date
from materiel.domain.loan.decision import Caution, basis_has_expired
from materiel.domain.usage import Basis, BasisKind, Usage
from materiel.errors import RuleBroken

LONG_YEARS = 6
"""Longer than any stage of schooling: lawful, and most often a slip of the hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """The last day included, None when the loan runs as long as the schooling; `cautions` tell what shortened it."""

    ends_on: date | None
    cautions: tuple[Caution, ...] = ()


def policy_end(policy: RenewalPolicy, starts_on: date) -> date | None:
    """The end that the service's policy gives a term: 31 August when papers are signed each year, else none."""
    return last_day_for_term_from(starts_on) if policy is RenewalPolicy.YEARLY else None


def term_of(
    *,
    usage: Usage,
    policy: RenewalPolicy,
    starts_on: date,
    asked: date | None = None,
    basis: Basis | None = None,
    items: Iterable[Item] = (),
) -> Term:
    """Fix the last day of a loan or of a renewed term: the earliest of what is asked and of every limit.

    A basis that has expired before the start does not limit: only a manager's reason opens such a loan (E18).

    Raises:
        RuleBroken: `loan.end_required`, `loan.lease_over`, `loan.ends_before_start`; `item.due_elsewhere`.

    Source: circulaire n° 2016-117 du 8 août 2016, § 2.5; domain § 2.3.
    """
    items = tuple(items)
    limits = _limits(usage, policy, starts_on, basis, items)
    dated = [day for day, _ in limits]
    ends_on = min([*dated, asked] if asked is not None else dated, default=None)
    if ends_on is None and not _may_be_open(usage, policy, basis):
        raise RuleBroken(
            "loan.end_required",
            "Rien ne fixe le terme de ce prêt : indiquez sa date de fin.",
        )
    if ends_on is not None and ends_on < starts_on:
        _check_leases(starts_on, items)
        for item in items:
            check_due_elsewhere(item, starts_on)
        raise RuleBroken(
            "loan.ends_before_start",
            f"Le prêt finirait le {long_date(ends_on)}, avant de commencer le {long_date(starts_on)} : "
            "corrigez les dates.",
        )
    cautions = tuple(_to_check(starts_on, ends_on, items))
    if asked is not None and ends_on is not None and ends_on < asked:
        why = next(reason for day, reason in limits if day == ends_on)
        cautions = (
            *cautions,
            Caution(
                code="TERME_RAMENE",
                detail=f"La fin du prêt est ramenée du {long_date(asked)} au {long_date(ends_on)} : {why}.",
            ),
        )
    return Term(ends_on=ends_on, cautions=cautions)


def _limits(
    usage: Usage, policy: RenewalPolicy, starts_on: date, basis: Basis | None, items: Iterable[Item]
) -> list[tuple[date, str]]:
    limits: list[tuple[date, str]] = []
    notified_end = basis.valid_until if basis is not None and usage is Usage.INDIVIDUAL else None
    if notified_end is not None and not basis_has_expired(basis, starts_on):
        limits.append((notified_end, "la notification prend fin ce jour-là"))
    for item in items:
        if item.ownership is Ownership.RENTED and item.lease_ends_on is not None:
            limits.append((item.lease_ends_on, f"la location du matériel {item.inventory_number} prend fin"))
        if item.lent_until is not None:
            limits.append(
                (item.lent_until, f"le matériel {item.inventory_number} est à rendre au service qui le prête")
            )
    end = policy_end(policy, starts_on)
    if end is not None:
        limits.append((end, "votre service fait signer de nouveau à chaque rentrée"))
    return limits


def _check_leases(starts_on: date, items: Iterable[Item]) -> None:
    """Refuse a term that no lease covers any more, and say which one and what to do (`loan.lease_over`; E28)."""
    over = [
        item
        for item in items
        if item.ownership is Ownership.RENTED and item.lease_ends_on is not None and item.lease_ends_on < starts_on
    ]
    if over:
        first = over[0]
        raise RuleBroken(
            "loan.lease_over",
            f"La location du matériel {first.inventory_number} prend fin le "
            f"{long_date(first.lease_ends_on or starts_on)}, avant le {long_date(starts_on)} : notez sur sa fiche la "
            "nouvelle fin de location, ou retirez-le du prêt par un avenant, puis recommencez.",
        )


def _to_check(starts_on: date, ends_on: date | None, items: Iterable[Item]) -> Iterator[Caution]:
    """Lawful dates that are most often a slip of the hand: said, never refused."""
    if ends_on is not None and ends_on > add_months(starts_on, 12 * LONG_YEARS):
        yield Caution(
            code="DUREE_INHABITUELLE",
            detail=f"Le prêt durerait plus de {LONG_YEARS} ans, du {long_date(starts_on)} au {long_date(ends_on)} : "
            "vérifiez sa date de fin.",
        )
    if ends_on is not None and (ends_on.month, ends_on.day) == (2, 29):
        yield Caution(
            code="TERME_29_FEVRIER",
            detail=f"Le prêt finit le {long_date(ends_on)}, un jour qui ne revient pas chaque année : une prolongation "
            f"d'un an irait au {long_date(add_months(ends_on, 12))}.",
        )
    for item in items:
        if item.acquired_on is not None and starts_on < item.acquired_on:
            yield Caution(
                code="DEBUT_AVANT_ACQUISITION",
                detail=f"Le prêt commence le {long_date(starts_on)}, avant l'acquisition du matériel "
                f"{item.inventory_number}, le {long_date(item.acquired_on)} : corrigez l'une des deux dates.",
            )


def _may_be_open(usage: Usage, policy: RenewalPolicy, basis: Basis | None) -> bool:
    """A deposit is returned as soon as it is claimed (C. civ. 1944), a schooling has its own end; a PAS has
    none.
    """
    if usage is Usage.SHARED:
        return True
    return policy is RenewalPolicy.SCHOOLING and (basis is None or basis.kind is not BasisKind.PAS)
