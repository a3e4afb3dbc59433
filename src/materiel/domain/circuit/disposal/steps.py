"""The steps of an end of life: data erased, decided or refused, withdrawn, done.

Source: RGPD, art. 5 and 32; Code des relations entre le public et l'administration, art. L212-1 (a decision bears the
name and the quality of its author); Code de l'environnement, art. R543-172 and following.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from materiel.domain.circuit.disposal.disposal import (
    ERASED_BY_MAX,
    ERASED_HOW_MAX,
    REASON_MAX,
    REFERENCE_MAX,
    Disposal,
    DisposalPaper,
    DisposalState,
    ErasureAttested,
)
from materiel.domain.item.item import Item, ItemStatus
from materiel.domain.language.fields import Fields
from materiel.domain.language.french import enumeration
from materiel.errors import Conflict, FieldError, RuleBroken

OLDEST = timedelta(days=366)


def attested(disposal: Disposal, said: ErasureAttested, today: date) -> Disposal:
    """The end of life once somebody has said how the data were erased, and when.

    Raises:
        Conflict: `disposal.over`; `disposal.already_decided`, the act that was decided says it.
        RuleBroken: `disposal.invalid`.
    """
    check_open(disposal)
    if disposal.state is not DisposalState.PROPOSED:
        raise Conflict(
            "disposal.already_decided",
            "Cette fin de vie est décidée : son acte dit déjà qui a effacé les données. Retirez-la pour la corriger.",
        )
    fields = Fields("disposal.invalid")
    fields.day("/erased_on", said.erased_on, first=today - OLDEST, last=today, name="le jour de l'effacement")
    by = fields.text("/erased_by", said.erased_by, longest=ERASED_BY_MAX, required=True, name="qui a effacé")
    how = fields.text("/erased_how", said.erased_how, longest=ERASED_HOW_MAX, required=True, name="la méthode")
    fields.check()
    return replace(disposal, erased_on=said.erased_on, erased_by=by, erased_how=how)


def decided(disposal: Disposal, *, name: str, title: str, today: date) -> Disposal:
    """The end of life once decided by who signs for the State.

    Raises:
        Conflict: `disposal.over`, `disposal.already_decided`.
        RuleBroken: `disposal.not_erased`.
    """
    _check_proposed(disposal)
    if disposal.lacks_erasure:
        raise RuleBroken(
            "disposal.not_erased",
            "Des matériels gardent des données d'élèves : un gestionnaire doit d'abord attester leur effacement, avec "
            "son jour et sa méthode.",
        )
    return replace(disposal, state=DisposalState.DECIDED, decided_on=today, decided_name=name, decided_title=title)


def refused(disposal: Disposal, reason: str) -> Disposal:
    """The end of life that who signs for the State does not decide.

    Raises:
        Conflict: `disposal.over`, `disposal.already_decided`.
        RuleBroken: `disposal.invalid`.
    """
    _check_proposed(disposal)
    return replace(disposal, state=DisposalState.REFUSED, answer_reason=_reason(reason))


def withdrawn(disposal: Disposal, reason: str) -> Disposal:
    """The end of life taken back before it is done.

    Raises:
        Conflict: `disposal.over`.
        RuleBroken: `disposal.invalid`.
    """
    check_open(disposal)
    return replace(disposal, state=DisposalState.WITHDRAWN, answer_reason=_reason(reason))


def done(
    disposal: Disposal, *, on: date, labels_off: bool, reference: str, papers: Iterable[DisposalPaper], today: date
) -> Disposal:
    """The end of life once the items have left.

    Raises:
        Conflict: `disposal.over`, `disposal.not_decided`.
        RuleBroken: `disposal.invalid`; `disposal.labels_kept`; `disposal.paper_missing`.
    """
    first = _decided_on(disposal)
    fields = Fields("disposal.invalid")
    fields.day("/done_on", on, first=first, last=today, name="le jour de la sortie")
    said = fields.text("/reference", reference, longest=REFERENCE_MAX, name="la référence")
    fields.check()
    if not labels_off:
        raise RuleBroken(
            "disposal.labels_kept",
            "Les étiquettes du service disent encore « propriété de l'État » : retirez-les, puis dites-le.",
            errors=(FieldError("/labels_off", "Retirez les étiquettes, puis dites-le."),),
        )
    kept = frozenset(papers)
    if lacking := [each.label for each in disposal.rule.papers if each not in kept]:
        raise RuleBroken(
            "disposal.paper_missing",
            f"Il manque : {enumeration([each[:1].lower() + each[1:] for each in lacking])}. Joignez sa numérisation, "
            "puis notez la sortie.",
        )
    return replace(disposal, state=DisposalState.DONE, done_on=on, labels_off=True, reference=said)


def check_paper_awaited(disposal: Disposal, kind: DisposalPaper) -> None:
    """Refuse a paper before the decision, after the end, or of a kind that this outcome has not.

    Raises:
        Conflict: `disposal.over`, `disposal.not_decided`, `disposal.paper_not_awaited`.
    """
    _decided_on(disposal)
    if kind not in disposal.rule.papers:
        raise Conflict(
            "disposal.paper_not_awaited",
            f"« {kind.label} » : cette fin de vie n'en demande pas ({disposal.outcome.label.lower()}).",
        )


def check_open(disposal: Disposal) -> None:
    """Raise `Conflict`, `disposal.over`, when it is done, refused or withdrawn."""
    if not disposal.is_open:
        raise Conflict("disposal.over", f"Cette fin de vie ne change plus ({disposal.state.label.lower()}).")


def left(item: Item) -> Item:
    """The item once it has left: out of the stock, and its number with it."""
    return replace(item, status=ItemStatus.WRITTEN_OFF, storage_place="")


def _check_proposed(disposal: Disposal) -> None:
    check_open(disposal)
    if disposal.state is DisposalState.DECIDED:
        raise Conflict("disposal.already_decided", "Cette fin de vie est déjà décidée.")


def _decided_on(disposal: Disposal) -> date:
    check_open(disposal)
    if disposal.decided_on is None:
        raise Conflict(
            "disposal.not_decided", "Cette fin de vie n'est pas décidée : rien ne sort avant la décision du signataire."
        )
    return disposal.decided_on


def _reason(text: str) -> str:
    fields = Fields("disposal.invalid")
    reason = fields.text("/reason", text, longest=REASON_MAX, required=True, name="le motif")
    fields.check()
    return reason
