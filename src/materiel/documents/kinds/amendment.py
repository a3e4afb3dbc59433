"""The amendment (« avenant »): items added, removed or swapped, a renewal, a change of school, or another.

It changes what it says and nothing else; the agreement it refers to is never rewritten (domain § 6.2, E27).
"""

from __future__ import annotations

from materiel.documents.blocks import custodian, items_table, lender, pupil, signatures
from materiel.documents.content import Content, Table
from materiel.documents.draft import Draft
from materiel.documents.facts import Facts
from materiel.documents.wording import Wording


def compose_amendment(facts: Facts, wording: Wording) -> Content:
    """Compose the amendment.

    Raises:
        ValueError: the facts hold no change.
    """
    change = facts.change
    if change is None:
        raise ValueError("amendment: facts hold no change")
    draft = Draft(facts, wording)
    draft.clauses("opening")
    third = (custodian(facts),) if facts.custodian else ()
    draft.part("parties", lender(facts), *pupil(facts), *third)
    draft.part_of_articles("agreed")
    draft.article("object")
    if change.added or change.removed:
        tables = [
            items_table(lines, draft.phrase(caption))
            for lines, caption in ((change.removed, "removed_caption"), (change.added, "added_caption"))
            if lines
        ]
        draft.article("items", *tables)
    if change.renews:
        draft.article("renewal")
    if change.old_school:
        draft.article("school")
    if change.statement.strip():
        draft.article("other")
    if facts.items:
        draft.article("inventory", *_inventory(draft))
    draft.article("unchanged")
    draft.part("signing", signatures(draft, draft.phrase("made_at")))
    return draft.content()


def _inventory(draft: Draft) -> list[Table]:
    """What is with the borrower, then what is still to be handed over; older wordings have one table for both."""
    items = draft.facts.items
    if "waiting_caption" not in draft.wording.phrases:
        return [items_table(items, draft.phrase("items_caption"))]
    there = [line for line in items if line.handed_over]
    waiting = [line for line in items if not line.handed_over]
    tables = ((there, "items_caption"), (waiting, "waiting_caption"))
    return [items_table(lines, draft.phrase(caption)) for lines, caption in tables if lines]
