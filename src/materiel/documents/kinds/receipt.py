"""The hand-over receipt (« bon de remise ») and the return receipt (« récépissé de restitution », quitus).

Both state facts seen by both sides, item by item. Law: Code civil, art. 1884 (normal wear is not the borrower's),
1919 and 1937 (delivery, return to whom it is due).
"""

from __future__ import annotations

from materiel.documents.blocks import NONE_GIVEN, NOT_GIVEN, brand_and_model, in_kits, signatures
from materiel.documents.content import Content, Details, Run, Table, WritingSpace
from materiel.documents.draft import Draft
from materiel.documents.facts import Facts, ItemFacts
from materiel.documents.typography import typeset
from materiel.documents.variables import HARMED
from materiel.documents.wording import Wording
from materiel.domain.language import states
from materiel.domain.papers.document import DocumentKind

TO_FILL_BY_HAND = "À compléter à la main"
TO_CHECK = "À constater"
INSTALLATION_TO_CHECK = "Installation à constater"
INSTALLED = states.INSTALLED.label
NOT_WORKING = "Ne marche pas"
UNINSTALLING = "Désinstallation à vérifier"
REMARK_LINES = 3
MANY_ITEMS = 5
"""Beyond, a line of remarks gives way to them: the receipt stays on one page."""

WIDTHS = (2.4, 2.0, 2.0, 2.3, 2.1, 2.2)


def compose_handover_receipt(facts: Facts, wording: Wording) -> Content:
    """Compose the receipt that both sides sign when the items are handed over."""
    draft = Draft(facts, wording)
    draft.part("handover", _meeting(draft, "Remis par", "Reçu par"))
    draft.part("items", _table(draft, "Accessoires remis", _accessories_given(facts), "Pas encore remis"))
    draft.clauses("remarks", WritingSpace(label=draft.phrase("remarks"), lines=_remark_lines(facts)))
    draft.part("signing", signatures(draft, draft.phrase("made_at")))
    return draft.content()


def compose_return_receipt(facts: Facts, wording: Wording) -> Content:
    """Compose the receipt that discharges who returns the items, with the facts that are reserved."""
    draft = Draft(facts, wording)
    draft.part("return", _meeting(draft, "Rendu par", "Reçu par"))
    draft.part("items", _table(draft, "Accessoires manquants", _accessories_missing(facts), "Pas rendu, reste prêté"))
    draft.part("discharge")
    draft.clauses("remarks", WritingSpace(label=draft.phrase("remarks"), lines=_remark_lines(facts)))
    draft.part("signing", signatures(draft, draft.phrase("made_at")))
    return draft.content()


def _meeting(draft: Draft, giving: str, receiving: str) -> Details:
    facts = draft.facts
    rows = [
        ("Convention", draft.values.get("agreement_number", "")),
        ("Élève bénéficiaire", draft.values.get("pupil_name", "")),
        ("Dépositaire", draft.values.get("custodian_name", "")),
        ("École ou établissement", facts.school.name),
        ("Date", draft.values.get("happened_on", TO_FILL_BY_HAND)),
        (giving, facts.handed_by or TO_FILL_BY_HAND),
        (receiving, facts.received_by or TO_FILL_BY_HAND),
    ]
    return Details(
        caption=draft.phrase("meeting_caption"),
        rows=tuple((label, (Run(value),)) for label, value in rows if value),
    )


def _table(draft: Draft, last_column: str, last_cells: tuple[str, ...], left: str) -> Table:
    lines = draft.facts.items
    last = dict(zip((line.item.id for line in lines), last_cells, strict=True))

    def cells(line: ItemFacts) -> tuple[str, ...]:
        return (
            line.item.designation,
            brand_and_model(line.item),
            line.item.printed_serial or NOT_GIVEN,
            line.item.inventory_number,
            _state(line, draft.facts.kind),
            last[line.item.id],
        )

    return Table(
        caption=draft.phrase("items_caption"),
        header=(
            "Désignation",
            "Marque et modèle",
            typeset("N° de série"),
            typeset("N° d'inventaire"),
            "État ou installation" if any(line.item.is_software for line in lines) else "État constaté",
            last_column,
        ),
        rows=in_kits(lines, cells, left=left),
        widths=WIDTHS,
    )


def _state(line: ItemFacts, kind: DocumentKind) -> str:
    """The condition seen; of a licence, which has none, whether it works or has to be checked to be gone (E36)."""
    if not line.item.is_software:
        return line.condition.label if line.condition else TO_CHECK
    if kind is DocumentKind.RETURN_RECEIPT:
        return UNINSTALLING
    if line.condition is None:
        return INSTALLATION_TO_CHECK
    return NOT_WORKING if line.condition in HARMED else INSTALLED


def _accessories_given(facts: Facts) -> tuple[str, ...]:
    given = []
    for line in facts.items:
        there = [name for name in line.item.accessories if name not in line.missing_accessories]
        given.append(", ".join(there) or NONE_GIVEN)
    return tuple(given)


def _accessories_missing(facts: Facts) -> tuple[str, ...]:
    return tuple(", ".join(line.missing_accessories) or NONE_GIVEN for line in facts.items)


def _remark_lines(facts: Facts) -> int:
    fewer = facts.kind is DocumentKind.RETURN_RECEIPT
    return max(1, REMARK_LINES - len(facts.items) // MANY_ITEMS - fewer)
