"""Since when an issued paper is no longer in force, and what took its place: those who signed it still read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from materiel.domain.papers.document import Document, DocumentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a paper left force. `by`: the paper that replaced or ended it, `on`: the day; None when nobody noted it."""

    status: DocumentStatus
    by: Document | None
    on: date | None


def ending_of(document: Document, by: Document | None) -> Ending | None:
    """How a paper ended; None while it is in force.

    Args:
        by: the paper of its `ended_by`, which ends another one by being made, or by being signed by all.
    """
    if document.status is DocumentStatus.IN_FORCE:
        return None
    return Ending(status=document.status, by=by, on=None if by is None else _took_effect_on(by))


def _took_effect_on(by: Document) -> date:
    signed = [box.signed_on for box in by.signatures if box.signed_on is not None]
    return max([by.issued_on, *signed]) if by.is_fully_signed else by.issued_on
