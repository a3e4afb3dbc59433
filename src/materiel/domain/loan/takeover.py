"""Taking over a loan that runs already: what is asked of the facts, the loan that they make, and going back on it.

Law: circulaire n° 2001-221 (what the texts refuse is not taken over either: the table is asked, see `loan.decision`);
Code civil, art. 1875 and 1919 (the items are out: the loan exists, whatever paper was drawn up); E32. Past facts are
facts: a term already over is taken over, and shows as « échue ».
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from materiel.domain.item.item import HELD, Item, ItemStatus
from materiel.domain.language.french import long_date
from materiel.domain.language.values import replace
from materiel.domain.loan.loan import Loan, LoanItem, LoanOrigin, LoanStatus
from materiel.domain.loan.plan import check_no_duplicate, check_not_in_future
from materiel.domain.papers.old_paper import OldPaper
from materiel.errors import Conflict, FieldError, RuleBroken

AT_HAND = frozenset({ItemStatus.IN_STOCK, ItemStatus.TO_PREPARE})
"""Where a register says that an item is, which is out already: nobody had entered its loan."""


def check_items(items: Sequence[Item]) -> None:
    """Refuse an item that cannot be out in this loan: another open one holds it, or it is lost, in repair, gone.

    A lease that is over is a past fact: it shows (E28).

    Raises:
        RuleBroken: `loan.no_item`, `loan.item_twice`.
        Conflict: `item.already_lent`, `item.not_available`, with the pointer of the item.
    """
    if not items:
        raise RuleBroken("loan.no_item", "Indiquez au moins un matériel.")
    check_no_duplicate([item.id for item in items])
    for rank, item in enumerate(items):
        if item.status in AT_HAND:
            continue
        code, what = "item.not_available", "Corrigez d'abord son état sur sa fiche."
        if item.status in HELD:
            code, what = "item.already_lent", "Il est déjà dans un prêt en cours : ouvrez ce prêt depuis sa fiche."
        told = f"Le matériel {item.inventory_number} ne peut pas être repris ({item.status.label.lower()}). {what}"
        raise Conflict(code, told, errors=[FieldError(f"/items/{rank}", told)])


def check_facts(
    paper: OldPaper, *, unsigned: bool, starts_on: date, ends_on: date | None, handed_over_on: date, today: date
) -> None:
    """Refuse what cannot have happened yet, or contradicts itself; everything past is accepted.

    Raises:
        RuleBroken: `loan.date_in_future`; `loan.ends_before_start`; `loan.old_paper_signed`, said both signed and
            unsigned; `loan.old_paper_signature_required`, neither.

    Source: E32.
    """
    for day in (starts_on, handed_over_on, *([paper.signed_on] if paper.signed_on else [])):
        check_not_in_future(day, today)
    if ends_on is not None and ends_on < starts_on:
        raise RuleBroken(
            "loan.ends_before_start",
            f"Le prêt finirait le {long_date(ends_on)}, avant de commencer le {long_date(starts_on)} : "
            "corrigez les dates.",
        )
    if unsigned and paper.signed_on is not None:
        raise RuleBroken(
            "loan.old_paper_signed",
            "L'ancien papier a une date de signature, et le prêt est dit sans convention signée : gardez "
            "l'un des deux.",
            errors=[FieldError("/paper/signed_on", "Retirez cette date, ou dites que la convention est signée.")],
        )
    if not unsigned and paper.signed_on is None:
        raise RuleBroken(
            "loan.old_paper_signature_required",
            "Indiquez quand l'ancienne convention a été signée, ou dites qu'elle ne l'est pas : le prêt sera alors "
            "montré comme remis sans convention.",
            errors=[FieldError("/paper/signed_on", "Indiquez la date de la signature.")],
        )


def handed_over(loan: Loan, items: Sequence[UUID], *, on: date) -> Loan:
    """The loan as it runs: handed over that day, in a condition that nobody noted here, without any paper of ours."""
    return replace(
        loan,
        origin=LoanOrigin.TAKEN_OVER,
        status=LoanStatus.HANDED_OVER,
        handed_over_on=on,
        items=tuple(LoanItem(item_id=each, added_on=on, handed_over_on=on) for each in items),
    )


def taken_back(loan: Loan, *, today: date) -> Loan:
    """The loan once its taking over was a mistake: cancelled as a draft is, its items never out.

    Raises:
        Conflict: `loan.not_taken_over`; `loan.changed_since`, something happened to it that is not undone by this.
    """
    if loan.origin is not LoanOrigin.TAKEN_OVER:
        raise Conflict("loan.not_taken_over", "Ce prêt n'a pas été repris : il s'annule ou se rend comme les autres.")
    if loan.status is not LoanStatus.HANDED_OVER or loan.version != 1:
        raise Conflict(
            "loan.changed_since",
            "Ce prêt a changé depuis sa reprise : elle ne se retire plus. Enregistrez son retour s'il est fini.",
        )
    return replace(
        loan,
        status=LoanStatus.CANCELLED,
        closed_on=today,
        handed_over_on=None,
        items=tuple(replace(line, handed_over_on=None, removed_on=today) for line in loan.items),
    )
