"""The tripartite agreement (« convention tripartite ») of items lent to a pupil that stay at school.

One document, two parts: the loan (P1 to P9) and the deposit (D1 to D6), signed by the managing service, the
borrower and the custodian. Law: circulaire n° 2001-221; Code civil, art. 1875-1891 and 1915-1954.
"""

from __future__ import annotations

from materiel.documents.blocks import annex, custodian, items_table, lender, pupil, signatures
from materiel.documents.content import Content
from materiel.documents.draft import Draft
from materiel.documents.facts import Facts
from materiel.documents.wording import Wording


def compose_tripartite_agreement(facts: Facts, wording: Wording) -> Content:
    """Compose the agreement between the managing service, the borrower and the custodian."""
    draft = Draft(facts, wording)
    draft.clauses("opening")
    draft.part(
        "parties",
        lender(facts),
        *pupil(facts),
        custodian(facts),
    )
    draft.clauses("definitions")
    draft.part_of_articles("loan_part")
    draft.object_and_items(items_table(facts.items, draft.phrase("items_caption")))
    draft.articles(
        "duration",
        "use",
        "duties",
        "loss",
        "delivery",
        "upkeep",
        "running_costs",
        "changes",
        "end",
    )
    draft.part_of_articles("deposit_part")
    draft.articles("deposit_object", "permitted_use", "custodian_duties", "custodian_means", "deposit_end")
    draft.part_of_articles("shared_part")
    draft.article("personal_data")
    draft.add(*annex(facts))
    draft.part("signing", signatures(draft, draft.phrase("made_at")))
    return draft.content()
