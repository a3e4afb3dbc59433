"""Claiming items back (« demande de retour »), and going back on it.

`Loan.recalled_on` has one meaning everywhere: the day when the service asked. It is no deadline; the day of the return
is agreed upon with the service.

Law: Code civil, art. 1888-1889 (a loan is not recalled at will), 1944 (a deposit is returned as soon as claimed).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID

from materiel.domain.item.item import ItemStatus
from materiel.domain.language.french import long_date
from materiel.domain.loan.decision import basis_has_expired
from materiel.domain.loan.loan import Loan, held_status
from materiel.domain.loan.plan import Plan, check_issued
from materiel.domain.loan.recall_ground import RecallGround
from materiel.domain.usage import Usage
from materiel.errors import Conflict, RuleBroken


def plan_recall(loan: Loan, *, reason: str, today: date, ground: RecallGround | None = None) -> Plan:
    """Claim items back: a deposit at any time; an individual loan only on a stated ground. `reason` stays inside.

    Raises:
        Conflict: `loan.not_issued`, `loan.closed`, `loan.not_handed_over`, `loan.already_recalled`.
        RuleBroken: `loan.recall_ground_required`, `loan.recall_ground_unfounded`, `loan.reason_required`.

    Source: Code civil, art. 1888, 1889, 1944 (E30).
    """
    check_issued(loan)
    if not loan.lines_out:
        raise Conflict("loan.not_handed_over", "Aucun matériel n'est remis : annulez plutôt ce prêt.")
    if loan.recalled_on is not None:
        raise Conflict(
            "loan.already_recalled",
            f"Le retour est déjà demandé depuis le {long_date(loan.recalled_on)}.",
        )
    if not reason.strip():
        raise RuleBroken("loan.reason_required", "Indiquez le motif de la demande de retour.")
    if loan.usage is Usage.INDIVIDUAL:
        _check_ground(loan, ground, today)
    else:
        ground = None
    return Plan(
        action="loan.recalled",
        loan=replace(loan, recalled_on=today, recall_reason=reason.strip(), recall_ground=ground),
        effective_on=today,
        item_statuses=tuple((line.item_id, ItemStatus.DUE_BACK) for line in loan.lines_out),
    )


def plan_undo_recall(loan: Loan, statuses: Mapping[UUID, ItemStatus], *, today: date) -> Plan:
    """Go back on a claim: what is still out is lent or deposited as before; what an amendment withdrew stays awaited.

    Args:
        statuses: of the items that are out; one lost, stolen or in repair meanwhile stays so.

    Raises:
        Conflict: `loan.not_issued`, `loan.closed`, `loan.not_recalled`.
    """
    check_issued(loan)
    if loan.recalled_on is None:
        raise Conflict("loan.not_recalled", "Le retour de ce prêt n'est pas demandé : il n'y a rien à retirer.")
    return Plan(
        action="loan.recall_corrected",
        loan=replace(loan, recalled_on=None, recall_reason="", recall_ground=None),
        effective_on=today,
        item_statuses=tuple(
            (line.item_id, held_status(loan.custody))
            for line in loan.lines_out
            if line.withdrawn_on is None and statuses.get(line.item_id) is ItemStatus.DUE_BACK
        ),
    )


def _check_ground(loan: Loan, ground: RecallGround | None, today: date) -> None:
    if ground is None:
        raise RuleBroken(
            "loan.recall_ground_required",
            "Un prêt individuel ne se reprend pas à volonté avant son terme : indiquez la clause, l'accord de "
            "l'emprunteur ou la décision du juge (Code civil, art. 1888 et 1889).",
        )
    unfounded = (ground is RecallGround.BASIS_ENDED and not basis_has_expired(loan.basis, today)) or (
        ground is RecallGround.TERM_REACHED and (loan.ends_on is None or loan.ends_on >= today)
    )
    if unfounded:
        raise RuleBroken(
            "loan.recall_ground_unfounded",
            f"Le motif « {ground.label} » ne correspond pas aux dates enregistrées : corrigez-les ou choisissez "
            "un autre motif.",
        )
