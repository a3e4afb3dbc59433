"""A loan that goes on: a new term, items added, removed or swapped, losses and thefts.

Law: circulaire n° 2016-117, § 2.5 (the term), n° 2001-221 (P6: the State replaces what is lost without
fault). Domain § 2.3, E5, E18, E25-E27. Changes of school and of custody are in `moves`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from materiel.domain.accounts.service import RenewalPolicy
from materiel.domain.item.item import Item, ItemStatus, check_can_be_lent, check_due_elsewhere
from materiel.domain.language.french import long_date
from materiel.domain.loan.decision import Caution, basis_has_expired
from materiel.domain.loan.loan import Loan, LoanItem, LoanStatus, RemovalReason, with_first_agreement
from materiel.domain.loan.moves import new_papers
from materiel.domain.loan.plan import (
    Fault,
    Plan,
    PlannedDocument,
    Removal,
    check_change_day,
    check_issued,
    check_no_duplicate,
    check_open,
    check_still_runs,
    end_waiting_renewal,
    find_lines,
    item_ids,
    papers_to_end,
    settle,
    waiting_renewal,
    with_lines,
)
from materiel.domain.loan.term import term_of
from materiel.domain.papers.document import AGREEMENTS, Document, DocumentKind, in_force
from materiel.domain.papers.required import RequiredDocument, required_documents, return_receipt
from materiel.domain.places.school import SchoolKind
from materiel.domain.usage import Basis, BasisKind, Usage
from materiel.errors import Conflict, RuleBroken

LOSSES = frozenset({RemovalReason.LOST, RemovalReason.STOLEN})

THEFT_FILE = Caution(
    code="DOSSIER_VOL",
    detail="Réunissez la déclaration du responsable, la copie du dépôt de plainte et l'attestation de l'assureur.",
)
LOSS_FILE = Caution(code="DOSSIER_PERTE", detail="Réunissez la déclaration du responsable sur la perte.")
FAULT_TO_FIND = Caution(
    code="FAUTE_A_APPRECIER",
    detail="Dites si l'utilisateur a commis une faute, avec le motif : sans faute, l'État remplace le matériel.",
)
STATE_REPLACES = Caution(
    code="REMPLACEMENT_PAR_L_ETAT",
    detail="Aucune faute : le remplacement est à la charge de l'État, sans limite de nombre.",
)


def check_replacement(add: Sequence[Item], remove: Sequence[Removal], *, limit: int, earlier: int) -> None:
    """Refuse to replace once more what was lost or broken by a fault, where the service has set a limit.

    Without a fault, or before one is found, the State replaces, however often (founding text, P6).

    Args:
        limit: of the service; 0 for none.
        earlier: how many things the same pupil, or the same deposit, lost or broke by a fault before.

    Raises:
        RuleBroken: `loan.replacement_limit`.

    Source: domain E26: a local rule, off by default.
    """
    at_fault = [each for each in remove if each.fault is Fault.USER and each.reason is not RemovalReason.RETURNED]
    # What is added comes first instead of what left without a fault: that is always replaced.
    replaced = min(len(add) - (len(remove) - len(at_fault)), len(at_fault))
    if limit and replaced > 0 and earlier + replaced > limit:
        times = "qu'une fois" if limit == 1 else f"que {limit} fois"
        raise RuleBroken(
            "loan.replacement_limit",
            f"Votre service ne remplace {times} ce qui est perdu ou cassé par une faute, et ce serait la "
            f"{earlier + replaced}e fois pour cet emprunteur. Retirez le matériel sans le remplacer, ou revoyez cette "
            "règle dans les réglages du service. Ce qui l'est sans faute est toujours remplacé.",
        )


def plan_renewal(
    loan: Loan,
    documents: Sequence[Document],
    kind: SchoolKind,
    *,
    policy: RenewalPolicy,
    items: Sequence[Item],
    today: date,
    ends_on: date | None = None,
    basis: Basis | None = None,
    override_reason: str = "",
) -> Plan:
    """Offer the same loan a new term, by an amendment that the parties of the day sign (E5: the pupil from 18).

    The loan keeps the end that was agreed until all have signed; a renewal offered again replaces the one that waits.
    A loan taken over has no agreement to amend: its real one is made, with the new term. A trial that a decision makes
    a loan gets an agreement of its own, which takes the place of that of the trial once signed by all (domain § 8.2).

    Args:
        ends_on: the last day asked; None for the service's policy.
        basis: the new decision, when there is one; None keeps the basis of the loan.
        items: the items of the loan, for their leases.

    Raises:
        Conflict: `loan.not_issued`, `loan.closed`, `loan.recalled`.
        RuleBroken: `loan.basis_expired` (a manager's reason gives a provisional extension, E18),
            `loan.end_not_later`, `loan.end_required`, `loan.lease_over`, `loan.ends_before_start`.

    Source: circulaire n° 2016-117, § 2.5; domain § 2.3.
    """
    check_issued(loan)
    if loan.recalled_on is not None:
        raise Conflict("loan.recalled", "Le retour de ce prêt est demandé : il ne peut pas être renouvelé.")
    basis = basis or loan.basis
    starts_on = max(loan.ends_on + timedelta(days=1), today) if loan.ends_on is not None else today
    if loan.ends_on is not None and ends_on is not None and ends_on < starts_on:
        raise RuleBroken(
            "loan.end_not_later",
            f"Le prêt court jusqu'au {long_date(loan.ends_on)} et ne se renouvelle pas pour une période passée : "
            "indiquez une date plus lointaine.",
        )
    lifted = bool(override_reason.strip())
    expired = loan.usage is Usage.INDIVIDUAL and basis_has_expired(basis, starts_on)
    if expired and not lifted:
        raise RuleBroken(
            "loan.basis_expired",
            "La notification ne couvre pas la nouvelle période : enregistrez la nouvelle décision. Dans "
            "l'attente, un gestionnaire peut accorder une prolongation provisoire en indiquant son motif.",
        )
    term = term_of(
        usage=loan.usage,
        policy=policy,
        starts_on=starts_on,
        asked=ends_on,
        basis=basis,
        items=items,
    )
    plan = Plan(
        action="loan.renewed",
        loan=replace(
            loan,
            basis=basis,
            override_reason=override_reason.strip() or loan.override_reason,
            issued_on=with_first_agreement(loan, today).issued_on,
            renewal=None,
            renewal_ends_on=None,
        ),
        effective_on=starts_on,
        make=_renewal_papers(loan, documents, kind, basis),
        cautions=term.cautions,
        replace=(*waiting_renewal(loan, documents), *_waiting_agreement(loan, documents)),
        end=_notices_made_again(loan, documents, basis),
        old_ends_on=loan.ends_on,
        new_ends_on=term.ends_on,
        provisional=expired,
    )
    return settle(plan, documents)


def _waiting_agreement(loan: Loan, documents: Sequence[Document]) -> tuple[UUID, ...]:
    """The real agreement of a loan taken over, issued by a renewal that not all have signed."""
    agreements = in_force(documents, *AGREEMENTS)
    return tuple(each.id for each in agreements if each.id == loan.renewal and not each.is_fully_signed)


def _notices_made_again(loan: Loan, documents: Sequence[Document], basis: Basis | None) -> tuple[UUID, ...]:
    if loan.lacks_agreement or not _makes_agreement(loan, documents, basis):
        return ()
    return tuple(each.id for each in in_force(documents, DocumentKind.NOTICE))


def _renewal_papers(
    loan: Loan, documents: Sequence[Document], kind: SchoolKind, basis: Basis | None
) -> tuple[PlannedDocument, ...]:
    """The amendment of a renewal, or an agreement: of a loan taken over, whose new term is its first one here, and of
    a trial that a decision makes a loan.
    """
    waiting = _waiting_agreement(loan, documents)
    if not _makes_agreement(loan, documents, basis):
        return (PlannedDocument(required=amendment(loan, kind), items=item_ids(loan.lent_items)),)
    # What holds until the new one is signed by all, else what waited in its stead.
    kept = [each.id for each in in_force(documents, *AGREEMENTS) if each.id not in waiting] or [*waiting]
    return tuple(
        replace(paper, renews=True, replaces=next(iter(kept), None)) if paper.required.kind in AGREEMENTS else paper
        for paper in new_papers(loan, kind, ())
    )


def _makes_agreement(loan: Loan, documents: Sequence[Document], basis: Basis | None) -> bool:
    return loan.lacks_agreement or bool(_waiting_agreement(loan, documents)) or _ends_trial(loan, basis)


def _ends_trial(loan: Loan, basis: Basis | None) -> bool:
    """Lent on trial at the request of a PAS, and now by a decision: another title, hence another agreement (§ 8.2)."""
    was = loan.basis.kind if loan.basis is not None else None
    return was is BasisKind.PAS and basis is not None and basis.kind is not BasisKind.PAS


def plan_amendment(
    loan: Loan,
    documents: Sequence[Document],
    kind: SchoolKind,
    *,
    add: Sequence[Item],
    remove: Sequence[Removal],
    effective_on: date,
    today: date,
) -> Plan:
    """Add, remove or swap items of a loan that goes on (E25-E27); a draft changes without paper.

    A loan taken over has no agreement to amend: its real one is made, with the items that it lists from then on. Past
    its term, what leaves it is only received.

    Raises:
        Conflict: `loan.closed`, `item.already_lent`, `item.not_available`.
        RuleBroken: `loan.before_start`, `loan.change_in_future`, `loan.nothing_to_amend`, `loan.would_be_empty`,
            `loan.item_twice`, `item.lease_ended`, `item.due_elsewhere`;
            `loan.custody_not_amended`, see `split`; `loan.term_over`, an item added to a loan taken over whose term has
            passed.
        NotFound: `loan.unknown_item`.
    """
    check_open(loan)
    check_change_day(loan, effective_on, today)
    if any(each.reason is RemovalReason.MOVED for each in remove):
        raise RuleBroken(
            "loan.custody_not_amended",
            "Un matériel ne change pas de garde par un avenant seul : il lui faut une convention à lui. Changez le "
            "lieu de garde, pour ce matériel seulement.",
        )
    if not add and not remove:
        raise RuleBroken("loan.nothing_to_amend", "Indiquez au moins un matériel à ajouter ou à retirer.")
    lines = find_lines(loan, [each.item_id for each in remove])
    check_no_duplicate([item.id for item in add])
    for item in add:
        _check_may_enter(item, loan, effective_on)
    everything_leaves = not add and len(lines) == len(loan.open_items)
    all_lost = all(each.reason in LOSSES for each in remove) and not loan.is_draft
    if everything_leaves and not all_lost:
        raise RuleBroken(
            "loan.would_be_empty",
            "Il ne resterait aucun matériel : enregistrez plutôt le retour du prêt, ou annulez-le.",
        )
    changed = {line.item_id: each.applied_to(line, effective_on) for line, each in zip(lines, remove, strict=True)}
    new_lines = tuple(LoanItem(item_id=item.id, added_on=effective_on) for item in add)
    after = with_lines(loan, changed, new_lines)
    plan = Plan(
        action="loan.amended",
        loan=after,
        effective_on=effective_on,
        item_statuses=(
            *((each.item_id, each.status_after(line)) for line, each in zip(lines, remove, strict=True)),
            *((item.id, ItemStatus.RESERVED) for item in add),
        ),
        lacking=tuple((each.item_id, each.missing_accessories) for each in remove if each.missing_accessories),
        cautions=_incident_cautions(remove),
        added=tuple(item.id for item in add),
        removed=tuple(remove),
    )
    if loan.is_draft:
        return plan
    if loan.lacks_agreement and add:
        check_still_runs(loan, today)
    papers = _amendment_papers(loan, after, kind, lines, remove, today=today)
    plan = replace(plan, make=papers)
    if any(each.required.kind in AGREEMENTS for each in papers):
        after = with_first_agreement(after, today)
        plan = replace(plan, loan=after)
    if everything_leaves:
        closed = replace(after, status=LoanStatus.CLOSED, closed_on=today)
        return replace(plan, loan=closed, end=papers_to_end(documents))
    return settle(end_waiting_renewal(plan, loan, documents), documents)


def _check_may_enter(item: Item, loan: Loan, effective_on: date) -> None:
    check_can_be_lent(item, effective_on)
    check_due_elsewhere(item, loan.ends_on)


def _amendment_papers(
    loan: Loan, after: Loan, kind: SchoolKind, lines: Sequence[LoanItem], remove: Sequence[Removal], *, today: date
) -> tuple[PlannedDocument, ...]:
    """The amendment, or the first agreement of a loan taken over that still runs, and the receipt of what came back."""
    papers = [PlannedDocument(required=amendment(loan, kind), items=item_ids(after.lent_items))]
    if loan.lacks_agreement:
        runs = bool(after.lent_items) and (loan.ends_on is None or loan.ends_on >= today)
        papers = list(new_papers(after, kind, ())) if runs else []
    back = tuple(line.item_id for line, each in zip(lines, remove, strict=True) if each.is_back(line))
    if back:
        receipt = return_receipt(loan.usage, loan.custody, kind)
        papers.append(PlannedDocument(required=receipt, items=back))
    return tuple(papers)


def amendment(loan: Loan, kind: SchoolKind) -> RequiredDocument:
    """An amendment is signed by the parties of the agreement it amends."""
    agreement = required_documents(loan.usage, loan.custody, kind)[0]
    return RequiredDocument(kind=DocumentKind.AMENDMENT, covers=agreement.covers, signatories=agreement.signatories)


def _incident_cautions(remove: Sequence[Removal]) -> tuple[Caution, ...]:
    """What is owed after a loss, a theft or a breakage (P6: the State replaces what is lost without fault)."""
    cautions: list[Caution] = []
    reasons = {each.reason for each in remove}
    if RemovalReason.STOLEN in reasons:
        cautions.append(THEFT_FILE)
    if RemovalReason.LOST in reasons:
        cautions.append(LOSS_FILE)
    concerned = [each for each in remove if each.reason is not RemovalReason.RETURNED]
    if any(each.fault is Fault.UNDECIDED for each in concerned):
        cautions.append(FAULT_TO_FIND)
    if any(each.fault is Fault.NONE for each in concerned):
        cautions.append(STATE_REPLACES)
    return tuple(cautions)
