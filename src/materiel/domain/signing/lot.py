"""Signing several papers by one act: one consent, one code, a signature and an evidence for each.

Law: règlement (UE) n° 910/2014, art. 25; Code civil, art. 1366 and 1367. The code is bound to the exact set of papers
and to what each says: whoever is shown another set is asked for another code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from materiel.domain.papers.document import Document

MOST_IN_LOT = 50
"""Papers on one page: more than the schools of a large commune have to sign in September."""


def lot_purpose(documents: Sequence[Document]) -> str:
    """What the code of a lot serves for: these papers as they were issued, and no others."""
    told = sorted(f"{each.id}:{each.sha256}" for each in documents)
    return f"lot:{hashlib.sha256('|'.join(told).encode()).hexdigest()}"
