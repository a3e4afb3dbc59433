"""What is written to whoever holds an item that a safety recall concerns, by e-mail and by post alike.

A thing is named by its nature and its inventory number, which its label bears: a message is read over a shoulder. The
danger and what to do are for the parties; whoever only keeps the thing reads what to do (domain § 8.1).
"""

from __future__ import annotations

from collections.abc import Sequence

from materiel.domain.accounts.service import ManagingService
from materiel.domain.circuit.workshop.safety import ACKNOWLEDGEMENT, SafetyRecall
from materiel.domain.item.item import Item
from materiel.domain.loan.letter import Reader, by_telephone


def called(item: Item) -> str:
    """An item as a letter of safety names it: « ordinateur, n° d'inventaire 35-2026-0042 »."""
    return f"{item.family.word}, n° d'inventaire {item.inventory_number}"


def said(text: str) -> str:
    """What a manager wrote, to stand in a sentence."""
    return text.strip().rstrip(".")


def safety_paragraphs(
    recall: SafetyRecall,
    reader: Reader,
    items: Sequence[Item],
    service: ManagingService,
    *,
    child: str = "",
    at_school: bool = False,
) -> tuple[str, ...]:
    """The body of an e-mail, paragraph by paragraph.

    Args:
        child: the pupil's first name; empty in a letter to the pupil, and to a depositary.
        at_school: somebody else than the family keeps the items, and answers.
    """
    whose = "déposé chez vous" if reader is Reader.DEPOSITARY else f"prêté à {child}" if child else "qui vous est prêté"
    call = f"Appelez-nous{by_telephone(service)}"
    if reader is Reader.FAMILY and at_school:
        last = f"Le matériel est à l'établissement, que nous prévenons : vous n'avez rien à rapporter. {call}."
    else:
        last = f"Ouvrez la page ci-dessous et dites : « {ACKNOWLEDGEMENT} ». Une question ? {call}."
    return (
        f"Le fabricant signale un danger sur du matériel {whose} : {' ; '.join(map(called, items))}.",
        f"Le danger : {said(recall.title)}.",
        f"Ce qu'il faut faire : {said(recall.to_do)}.",
        last,
    )
