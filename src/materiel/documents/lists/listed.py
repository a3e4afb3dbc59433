"""What every list has in common: the service at its head, the day it was printed, and no code.

A page of a list that comes back in a pile of scans must not be taken for a page of a document.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from materiel.documents.content import Block, Content
from materiel.documents.typography import set_content

TO_TICK = "☐"


def listed(
    kind: str, title: str, subtitle: str, blocks: Sequence[Block], *, sender: tuple[str, ...], day: date, footer: str
) -> Content:
    """A list as it is on a day, its words set."""
    return set_content(
        Content(
            kind=kind,
            number="",
            title=title,
            subtitle=subtitle,
            issued_on=day,
            wording=day,
            sender=sender,
            verify_url="",
            blocks=tuple(blocks),
            footer=footer,
        )
    )
