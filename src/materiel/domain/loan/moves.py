"""A loan that moves: to another school, from school to home, from home to school.

Law: circulaire n° 2001-061 (the item follows the pupil inside the académie), n° 2001-221, n° 2016-117; Code
civil, art. 1937, 1944. Domain E9-E16. A tripartite agreement is never retargeted: it ends and a new one is
made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from materiel.domain.academies import same_academie
from materiel.domain.calendar.school_year import first_day, school_year
from materiel.domain.item.item import Condition, ItemStatus, needs_repair
from materiel.domain.language.french import long_date
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.loan.decision import Caution, Decision, DecisionFacts, Schooling, basis_has_expired, decide
from materiel.domain.loan.loan import Loan, with_first_agreement
from materiel.domain.loan.plan import (
    Plan,
    PlannedDocument,
    Side,
    check_change_day,
    check_open,
    check_still_runs,
    item_ids,
    papers_to_end,
    settle,
    with_lines,
)
from materiel.domain.loan.request import check_permitted
from materiel.domain.papers.document import AGREEMENTS, Document, DocumentKind, in_force
from materiel.domain.papers.required import (
    Moment,
    notice,
    passing_receipt,
    required_documents,
    return_receipt,
)
from materiel.domain.places.school import School, SchoolKind
from materiel.domain.usage import Custody, Usage
from materiel.errors import RuleBroken

SIGN_BEFORE_DEPOSIT = Caution(
    code="SIGNATURE_AVANT_DEPOT",
    detail="Faites signer la convention et le bon de remise ensemble : le matériel ne reste à "
    "l'établissement qu'une fois le tiers dépositaire engagé.",
)


LAST_MONTH_OF_ENTRY = 10
"""Until the end of October, a list of pupils says who entered the school in September."""

NO_NEWS_OF_A_MOVE = frozenset({"FONDEMENT_ABSENT", "TERME_A_FIXER"})
"""Cautions that whoever made the loan has read already."""


class MoveOutcome(LabelledEnum):
    """What the move of a pupil to another school asks for: the heaviest of what the loans of the pupil ask for."""

    AGREEMENT = "agreement", "Nouvelle convention à signer"
    NOTICE = "notice", "Notification à envoyer"
    RECORD = "record", "La fiche seule"
    REFUSED = "refused", "Ne peut pas suivre"
    DONE = "done", "Déjà dans cet établissement"


def outcome_of_move(plans: Sequence[Plan]) -> MoveOutcome:
    """What the loans of a pupil that follow make."""
    kinds = {each.required.kind for plan in plans for each in plan.make}
    if kinds & AGREEMENTS:
        return MoveOutcome.AGREEMENT
    return MoveOutcome.NOTICE if kinds else MoveOutcome.RECORD


def usual_day_of_moves(today: date) -> date:
    """The day on which the pupils of a list changed school, unless somebody knows better.

    1 September while the school year is young; later, nobody knows since when, and a move is told from today on.
    """
    entry = first_day(school_year(today))
    return entry if entry.month <= today.month <= LAST_MONTH_OF_ENTRY else today


def check_day_of_moves(day: date, today: date) -> None:
    """Refuse a move still to come: it would act today (`pupil.move_in_future`)."""
    if day > today:
        raise RuleBroken(
            "pupil.move_in_future",
            f"Le {long_date(day)} n'est pas encore venu, et un changement d'établissement agit dès qu'il est "
            "enregistré : enregistrez-le ce jour-là.",
        )


def check_may_receive(school: School) -> None:
    """Refuse to send a pupil to a school that the annuaire says to be closed (`pupil.school_closed`)."""
    if not school.is_open:
        raise RuleBroken(
            "pupil.school_closed",
            "L'annuaire donne cet établissement pour fermé : cherchez l'UAI de celui qui l'a remplacé.",
        )


def plan_change_of_school(
    loan: Loan,
    documents: Sequence[Document],
    *,
    old: School,
    new: School,
    effective_on: date,
    today: date,
    schooling: Schooling = Schooling.ORDINARY,
    override_reason: str = "",
    conditions: Mapping[UUID, Condition] | None = None,
) -> Plan:
    """Follow the pupil, or move a shared deposit, to another school of the académie.

    An item that goes home keeps its agreement and makes a notice to the new school (E9, E12). A deposit ends with a
    return receipt from the old school, and a new agreement is made with the new one (E10); its items are with the
    service until they are handed over again. A draft simply changes school. A loan taken over has its real agreement
    made with the new school, whatever its custody.

    Args:
        conditions: the condition of the items that the old school gives back, where it was seen.

    Raises:
        Conflict: `loan.closed`.
        RuleBroken: `loan.same_school`, `loan.before_start`, `loan.change_in_future`, `loan.term_over`,
            `loan.leaves_academie` (E14; a manager's reason stands for an explicit transfer), `loan.refused` when
            the table does not allow the new school (E11).

    Source: circulaires n° 2001-061 and n° 2016-117, § 2.5; Code civil, art. 1937 and 1944.
    """
    check_open(loan)
    check_change_day(loan, effective_on, today)
    if new.uai == loan.school_uai:
        raise RuleBroken("loan.same_school", "Ce prêt est déjà rattaché à cet établissement.")
    _check_academie(old, new, override_reason)
    facts = _facts_of(loan, new, loan.custody, max(today, effective_on))
    decision = decide(replace(facts, schooling=schooling, override_reason=override_reason))
    check_permitted(decision)
    plan = Plan(
        action="loan.school_changed",
        loan=replace(
            with_first_agreement(loan, today),
            school_uai=new.uai,
            override_reason=override_reason.strip() or loan.override_reason,
        ),
        effective_on=effective_on,
        cautions=(*decision.warnings, *_other_departement(old, new), *_expired(loan, effective_on)),
        moved=True,
        rule=decision,
    )
    if loan.is_draft:
        return plan
    if loan.usage is Usage.INDIVIDUAL and loan.custody is Custody.HOME:
        if loan.lacks_agreement:
            check_still_runs(loan, today)
            return settle(replace(plan, make=new_papers(plan.loan, new.kind, documents)), documents)
        return settle(
            replace(
                plan,
                make=(PlannedDocument(required=notice(new.kind), items=item_ids(loan.open_items)),),
                end=tuple(each.id for each in in_force(documents, DocumentKind.NOTICE)),
            ),
            documents,
        )
    check_still_runs(loan, today)
    return _leave_depositary(plan, loan, documents, old.kind, new.kind, conditions)


def plan_change_of_custody(
    loan: Loan,
    documents: Sequence[Document],
    *,
    school: School,
    custody: Custody,
    effective_on: date,
    today: date,
    override_reason: str = "",
    conditions: Mapping[UUID, Condition] | None = None,
) -> Plan:
    """Take an item home that stayed at school (E15), or leave at school one that went home (E16).

    School to home: the deposit ends with the school's return receipt; a loan agreement and a notice are made, and the
    items wait for their hand-over to the family. Home to school: a tripartite agreement replaces the loan agreement;
    items that are out pass from the family to the school with a receipt made at once, signed by whoever gives, whoever
    receives and the lender, which frees the family.

    Args:
        conditions: the condition of the items that change hands, where it was seen; « à constater » otherwise.

    Raises:
        Conflict: `loan.closed`.
        RuleBroken: `loan.same_custody`, `loan.before_start`, `loan.change_in_future`, `loan.term_over`, `loan.refused`.

    Source: circulaire n° 2001-221; Code civil, art. 1937.
    """
    decision, reason = decide_custody(
        loan, school, custody, effective_on=effective_on, today=today, override_reason=override_reason
    )
    plan = Plan(
        action="loan.custody_changed",
        loan=replace(with_first_agreement(loan, today), custody=custody, override_reason=reason),
        effective_on=effective_on,
        cautions=decision.warnings,
        moved=True,
        rule=decision,
        conditions=conditions or {},
    )
    if loan.is_draft:
        return plan
    check_still_runs(loan, today)
    if custody is Custody.HOME:
        return _leave_depositary(plan, loan, documents, school.kind, school.kind, conditions)
    return _enter_school(plan, loan, documents, school.kind, conditions or {})


def decide_custody(
    loan: Loan, school: School, custody: Custody, *, effective_on: date, today: date, override_reason: str
) -> tuple[Decision, str]:
    """What the table answers to another custody of an open loan at its school, and the reason it stands upon.

    Raises:
        Conflict: `loan.closed`.
        RuleBroken: `loan.same_custody`, `loan.before_start`, `loan.change_in_future`, `loan.refused`.
    """
    check_open(loan)
    check_change_day(loan, effective_on, today)
    if custody is loan.custody:
        raise RuleBroken("loan.same_custody", f"C'est déjà le cas : {custody.label.lower()}.")
    # The school is the same, so the reason that once opened the loan still stands.
    reason = override_reason.strip() or loan.override_reason
    facts = _facts_of(loan, school, custody, max(today, effective_on))
    decision = decide(replace(facts, override_reason=reason))
    check_permitted(decision)
    return decision, reason


def _leave_depositary(
    plan: Plan,
    loan: Loan,
    documents: Sequence[Document],
    old_kind: SchoolKind,
    new_kind: SchoolKind,
    conditions: Mapping[UUID, Condition] | None = None,
) -> Plan:
    """End a deposit (C. civ. 1937, 1944) and make the papers of what comes after it."""
    out = loan.lines_out
    seen = {line.item_id: conditions[line.item_id] for line in out if conditions and line.item_id in conditions}
    received: tuple[PlannedDocument, ...] = ()
    if out:
        receipt = return_receipt(loan.usage, loan.custody, old_kind)
        received = (PlannedDocument(required=receipt, items=item_ids(out), side=Side.BEFORE, goes_on=True),)
    # The depositary has given the items back: the new one or the family gets them by a hand-over of its own.
    changed = {
        line.item_id: replace(line, handed_over_on=None, condition_out=None, condition_in=seen.get(line.item_id))
        for line in out
    }
    paper = replace(loan.paper, ended_on=plan.effective_on) if loan.paper is not None else None
    after = replace(with_lines(plan.loan, changed), handed_over_on=None, covered_by=None, paper=paper)
    return settle(
        replace(
            plan,
            loan=after,
            make=(*received, *new_papers(after, new_kind, documents)),
            end=papers_to_end(documents),
            item_statuses=tuple((line.item_id, ItemStatus.RESERVED) for line in out),
            conditions=seen,
            cautions=(*plan.cautions, *_to_repair(seen)),
        ),
        documents,
    )


def _to_repair(seen: Mapping[UUID, Condition]) -> tuple[Caution, ...]:
    """What came back in no condition to be handed over again says so: the loan still holds it."""
    if not any(needs_repair(each) for each in seen.values()):
        return ()
    return (
        Caution(
            code="A_REPARER",
            detail="Du matériel revient en mauvais état et reste réservé à ce prêt : échangez-le par un avenant avant "
            "de le remettre.",
        ),
    )


def _enter_school(
    plan: Plan, loan: Loan, documents: Sequence[Document], kind: SchoolKind, conditions: Mapping[UUID, Condition]
) -> Plan:
    """Replace a loan agreement by a tripartite one; what is out passes to the school (E16)."""
    out = loan.lines_out
    changed = {
        line.item_id: replace(line, handed_over_on=plan.effective_on, condition_out=conditions.get(line.item_id))
        for line in out
    }
    after = with_lines(plan.loan, changed)
    receipts: tuple[PlannedDocument, ...] = ()
    cautions = plan.cautions
    if out:
        receipts = (PlannedDocument(required=passing_receipt(kind), items=item_ids(out), goes_on=True),)
        cautions = (*cautions, SIGN_BEFORE_DEPOSIT)
    # The loan agreement holds until the tripartite one is signed by all: the items are never out without a paper.
    return settle(
        replace(
            plan,
            loan=after,
            make=(*new_papers(after, kind, documents), *receipts),
            end=_papers_to_end_at_once(loan, documents),
            item_statuses=tuple((line.item_id, ItemStatus.DEPOSITED) for line in out),
            cautions=cautions,
        ),
        documents,
    )


def _papers_to_end_at_once(loan: Loan, documents: Sequence[Document]) -> tuple[UUID, ...]:
    """Of a loan that enters the school: the notice, and what is out of reach of any signature yet."""
    agreements = in_force(documents, *AGREEMENTS)
    if loan.lines_out and any(each.is_fully_signed for each in agreements):
        kept = {each.id for each in (*agreements, *in_force(documents, DocumentKind.AMENDMENT)) if each.is_fully_signed}
        return tuple(each for each in papers_to_end(documents) if each not in kept)
    return papers_to_end(documents)


def new_papers(loan: Loan, kind: SchoolKind, documents: Sequence[Document]) -> tuple[PlannedDocument, ...]:
    """The papers of a new start, or the first ones of a loan taken over; the agreement names the one of `documents`
    that it takes the place of.
    """
    items = item_ids(loan.lent_items)
    agreements = in_force(documents, *AGREEMENTS)
    replaced = agreements[-1].id if agreements else None
    return tuple(
        PlannedDocument(required=each, items=items, replaces=replaced if each.kind in AGREEMENTS else None)
        for each in required_documents(loan.usage, loan.custody, kind)
        if each.made_at is Moment.ISSUE
    )


def _facts_of(loan: Loan, school: School, custody: Custody, on: date) -> DecisionFacts:
    """What the table is asked. A loan that goes on unchanged at home is not refused for an expired basis (E18)."""
    basis = loan.basis
    if basis is not None and loan.custody is Custody.HOME and custody is Custody.HOME:
        basis = replace(basis, valid_until=None)
    return DecisionFacts(
        usage=loan.usage,
        custody=custody,
        school=school,
        today=on,
        basis=basis,
        starts_on=on,
        ends_on=loan.ends_on,
    )


def _expired(loan: Loan, on: date) -> tuple[Caution, ...]:
    if not basis_has_expired(loan.basis, on):
        return ()
    return (Caution(code="FONDEMENT_ECHU", detail="La notification est échue : enregistrez la nouvelle décision."),)


def _check_academie(old: School, new: School, override_reason: str) -> None:
    if same_academie(old.academie, new.academie) or override_reason.strip():
        return
    raise RuleBroken(
        "loan.leaves_academie",
        "L'élève quitte l'académie : le matériel revient à votre service. Organisez son retour et prévenez "
        "l'académie d'accueil pour éviter une interruption ; un transfert entre académies est possible s'il est "
        "décidé et motivé.",
    )


def _other_departement(old: School, new: School) -> tuple[Caution, ...]:
    """Another département, same académie: the loan goes on; the managing services may transfer it (E13)."""
    if old.departement == new.departement:
        return ()
    return (
        Caution(
            code="AUTRE_DEPARTEMENT",
            detail="Le nouvel établissement est dans un autre département : le prêt continue, et votre "
            "service peut "
            "le transférer à celui de ce département.",
        ),
    )
