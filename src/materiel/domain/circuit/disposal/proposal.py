"""What may be proposed for an end of life: which items, for which outcome, at which worth.

Source: Code général de la propriété des personnes publiques, art. L3211-18, L3212-2 and D3212-3; Code civil, art. 1891.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from materiel.domain.circuit.disposal.disposal import (
    BENEFICIARY_MAX,
    COMPUTING,
    GIVEN_UP_TO_CENTS,
    MOST_ITEMS,
    REASON_MAX,
    REFERENCE_MAX,
    RULES,
    AppraisedItem,
    Disposal,
    DisposalItem,
    DisposalOutcome,
    DisposedItem,
)
from materiel.domain.item.item import HELD, LOSSES, ItemStatus, Ownership
from materiel.domain.item.preparation import checks_of
from materiel.domain.language.fields import Fields
from materiel.domain.language.french import enumeration
from materiel.errors import Conflict, RuleBroken

SHOWN = 5
VALUE_MAX_CENTS = 1_000_000_00


def checked_proposal(disposal: Disposal, found: Sequence[DisposedItem], asked: Sequence[AppraisedItem]) -> Disposal:
    """An end of life about to be proposed, cleaned, with its items.

    Raises:
        RuleBroken: `disposal.invalid`; `disposal.not_state_property`, `disposal.not_computing`,
            `disposal.too_valuable`.
        Conflict: what `check_may_leave_stock` refuses.
    """
    fields = Fields("disposal.invalid")
    called = RULES[disposal.outcome].called
    reason = fields.text("/reason", disposal.reason, longest=REASON_MAX, required=True, name="le motif")
    whom = fields.text("/beneficiary", disposal.beneficiary, longest=BENEFICIARY_MAX, required=True, name=called)
    agreement = fields.text("/agreement", disposal.agreement, longest=REFERENCE_MAX, name="la référence")
    is_association = disposal.outcome is DisposalOutcome.ASSOCIATION
    if is_association and disposal.association is None:
        fields.add("/association", "Dites de quelle association il s'agit : la loi en donne la liste.")
    if not found:
        fields.add("/items", "Choisissez au moins un matériel.")
    if len(found) > MOST_ITEMS:
        fields.add("/items", f"Une fin de vie compte {MOST_ITEMS} matériels au plus : faites-en plusieurs.")
    for rank, each in enumerate(asked):
        if not 0 <= each.value_cents <= VALUE_MAX_CENTS:
            fields.add(f"/items/{rank}/value_cents", "La valeur va de 0 à un million d'euros.")
    fields.check()
    check_may_leave_stock(disposal.outcome, found)
    said = {each.item_id: each for each in asked}
    kept = tuple(_kept(each, said[each.item.id]) for each in found)
    _check_given(disposal.outcome, found, kept)
    return replace(
        disposal,
        reason=reason,
        beneficiary=whom,
        agreement=agreement,
        association=disposal.association if is_association else None,
        items=kept,
    )


def check_may_leave_stock(outcome: DisposalOutcome | None, found: Iterable[DisposedItem]) -> None:
    """Refuse what is lent, gone, another's, or what something else still waits for; all of a kind are named at once.

    Raises:
        RuleBroken: `disposal.not_state_property`.
        Conflict: `disposal.item_lent`, `disposal.item_gone`, `disposal.item_in_transfer`, `disposal.item_in_repair`,
            `disposal.incident_open`, `disposal.item_not_seen`, `disposal.item_recalled`, `disposal.item_borrowed`.
    """
    held = list(found)
    for is_refused, code, why in _REFUSALS:
        if named := _numbers(held, is_refused):
            kind = RuleBroken if code == "disposal.not_state_property" else Conflict
            raise kind(code, f"{named} : {why}")
    recalled = _numbers(held, lambda each: each.item.safety_hold)
    if recalled and outcome is not None and not RULES[outcome].takes_recalled:
        raise Conflict(
            "disposal.item_recalled",
            f"{recalled} : rappelé par son fabricant comme dangereux. Traitez d'abord ce rappel, ou faites-le "
            "détruire : il ne se cède ni ne se vend (Code civil, art. 1891).",
        )


_REFUSALS: tuple[tuple[Callable[[DisposedItem], bool], str, str], ...] = (
    (
        lambda each: each.item.status in HELD,
        "disposal.item_lent",
        "dans un prêt ou un brouillon en cours. Enregistrez d'abord son retour, ou retirez-le du brouillon.",
    ),
    (
        lambda each: each.item.status in LOSSES or each.item.status is ItemStatus.TRANSFERRED,
        "disposal.item_gone",
        "perdu, volé ou passé à un autre service. Il n'est plus là pour être cédé ou détruit : retirez-le.",
    ),
    (
        lambda each: each.item.ownership is Ownership.RENTED,
        "disposal.not_state_property",
        "loué, il n'appartient pas à l'État. Rendez-le à son propriétaire, puis notez-le réformé depuis sa fiche, avec "
        "ce motif.",
    ),
    (
        lambda each: each.item.lent_until is not None,
        "disposal.item_borrowed",
        "prêté par un autre service, sur l'inventaire duquel il est resté. Rendez-le-lui : lui seul en dispose.",
    ),
    (
        lambda each: each.in_transfer,
        "disposal.item_in_transfer",
        "un transfert à un autre service attend une réponse. Retirez ce transfert, ou attendez la réponse.",
    ),
    (
        lambda each: each.at_provider,
        "disposal.item_in_repair",
        "chez un réparateur. Notez d'abord son retour.",
    ),
    (
        lambda each: each.incident_open,
        "disposal.incident_open",
        "un incident est à traiter. Terminez-le d'abord : sa suite peut dépendre du matériel.",
    ),
    (
        lambda each: each.not_seen,
        "disposal.item_not_seen",
        "manquant au récolement en cours. Réglez d'abord cet écart : on ne cède pas ce qu'on ne trouve pas.",
    ),
)


def _check_given(outcome: DisposalOutcome, found: Sequence[DisposedItem], kept: Sequence[DisposalItem]) -> None:
    if not RULES[outcome].is_gift:
        return
    if named := _numbers(found, lambda each: each.item.family not in COMPUTING):
        raise RuleBroken(
            "disposal.not_computing",
            f"{named} : pas un matériel informatique. La loi ne permet de donner à une association ou à un agent que "
            "du matériel informatique (CG3P, art. L3212-2) : remettez-le au Domaine.",
        )
    if dear := [each.inventory_number for each in kept if each.value_cents > GIVEN_UP_TO_CENTS]:
        raise RuleBroken(
            "disposal.too_valuable",
            f"{_some(dear)} : estimé à plus de 300 €. Au-delà, un matériel ne se donne pas (CG3P, art. D3212-3) : "
            "remettez-le au Domaine, ou vérifiez l'estimation.",
        )


def _kept(found: DisposedItem, said: AppraisedItem) -> DisposalItem:
    item, needed = found.item, checks_of(found.item)
    return DisposalItem(
        item_id=item.id,
        inventory_number=item.inventory_number,
        designation=item.designation,
        brand=item.brand,
        model=item.model,
        serial_number=item.serial_number,
        acquired_on=item.acquired_on,
        purchase_price_cents=item.purchase_price_cents,
        funding_service=item.funding_service,
        seen_at=item.storage_place,
        condition=said.condition,
        value_cents=said.value_cents,
        holds_data=needed.erased or needed.uninstalled,
        has_photo=found.has_photo,
    )


def _numbers(found: Iterable[DisposedItem], is_named: Callable[[DisposedItem], bool]) -> str:
    return _some([each.item.inventory_number for each in found if is_named(each)])


def _some(numbers: Sequence[str]) -> str:
    shown = list(numbers[:SHOWN])
    return enumeration([*shown, f"{len(numbers) - SHOWN} autres"] if len(numbers) > SHOWN else shown)
