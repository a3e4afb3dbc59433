"""What is to come in a loan: the facts that its papers, its items and its pupil already date.

Law: Code civil, art. 388 (majority), 1888 (the term); circulaire n° 2016-117, § 2.5 (the loan ends with the
notification); E18, E28. Pure: `today` is a parameter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from materiel.domain.calendar.school_year import add_months
from materiel.domain.item.item import Item, Ownership
from materiel.domain.loan.alerts import BASIS_WARNING_MONTHS, ENDING_SOON_MONTHS
from materiel.domain.loan.loan import Loan
from materiel.domain.papers.document import AGREEMENTS, Document, DocumentKind, in_force
from materiel.domain.people.death import is_silenced
from materiel.domain.people.pupil import Pupil
from materiel.domain.people.standing import came_of_age_on
from materiel.domain.usage import Usage


@dataclass(frozen=True, slots=True)
class DayAhead:
    """One day to come, and what it brings, in French."""

    on: date
    sentence: str


def days_ahead(
    loan: Loan,
    documents: Sequence[Document],
    today: date,
    *,
    pupil: Pupil | None = None,
    items: Sequence[Item] = (),
    reminders: Sequence[DayAhead] = (),
) -> tuple[DayAhead, ...]:
    """What is to come after today, the farthest first, as a history goes; nothing once the loan is over.

    Nor after the pupil's death: no day is set to a family (E29).

    Args:
        items: those of the loan, for their leases.
        reminders: when those who were asked for a signature are written to again.
    """
    if not loan.is_open or is_silenced(pupil):
        return ()
    found = [*_of_terms(loan), *_of_leases(loan, items), *_of_papers(documents)]
    found += [*_of_basis(loan), *_of_majority(loan, pupil), *reminders]
    return tuple(sorted((each for each in found if each.on > today), key=lambda each: each.on, reverse=True))


def _of_terms(loan: Loan) -> Iterator[DayAhead]:
    if loan.handed_over_on is None:
        yield DayAhead(loan.starts_on, "Début du prêt.")
    if loan.ends_on is not None:
        yield DayAhead(loan.ends_on, "Fin du prêt : tout est à rendre, sauf renouvellement.")
        if loan.renewal is None and loan.recalled_on is None:
            yield DayAhead(add_months(loan.ends_on, -ENDING_SOON_MONTHS), "À renouveler, ou le retour à préparer.")
    if loan.renewal is not None and loan.renewal_ends_on is not None:
        yield DayAhead(loan.renewal_ends_on, "Fin du prêt, si la prolongation est signée par tous.")


def _of_basis(loan: Loan) -> Iterator[DayAhead]:
    until = loan.basis.valid_until if loan.basis is not None and loan.usage is Usage.INDIVIDUAL else None
    if until is not None:
        yield DayAhead(until, "Fin de la notification.")
        yield DayAhead(add_months(until, -max(BASIS_WARNING_MONTHS)), "La nouvelle notification est à demander.")


def _of_leases(loan: Loan, items: Sequence[Item]) -> Iterator[DayAhead]:
    held = {line.item_id for line in loan.open_items}
    for item in items:
        if item.ownership is Ownership.RENTED and item.lease_ends_on is not None and item.id in held:
            yield DayAhead(item.lease_ends_on, f"Fin de la location du matériel {item.inventory_number}.")
        if item.lent_until is not None and item.id in held:
            yield DayAhead(item.lent_until, f"Matériel {item.inventory_number} : à rendre au service qui le prête.")


def _of_papers(documents: Sequence[Document]) -> Iterator[DayAhead]:
    for document in in_force(documents, *AGREEMENTS, DocumentKind.AMENDMENT):
        if document.takes_effect_on is not None:
            yield DayAhead(document.takes_effect_on, f"{document.kind.label} {document.number} : prend effet.")


def _of_majority(loan: Loan, pupil: Pupil | None) -> Iterator[DayAhead]:
    """Only within the term: what follows it is asked of the next loan."""
    if pupil is None:
        return
    on = came_of_age_on(pupil)
    if loan.ends_on is None or on <= loan.ends_on:
        yield DayAhead(on, "L'élève devient majeur : lui seul signe désormais.")
