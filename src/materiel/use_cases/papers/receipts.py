"""How high a pile of items, hence of their receipts, may be."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from materiel.errors import BadInput

MOST_ITEMS = 100


def check_height(item_ids: Sequence[UUID]) -> None:
    """Refuse a pile of more items than somebody handles at once.

    Raises:
        BadInput: `pile.too_high`.
    """
    if len(item_ids) > MOST_ITEMS:
        raise BadInput(
            "pile.too_high",
            f"Une pile compte {MOST_ITEMS} matériels au plus : enregistrez celle-ci, puis continuez.",
        )
