"""What a verification says of the first document that is not what it was."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFault:
    """The first document that is not what was issued or signed, and what is wrong with it, in French."""

    document_id: UUID
    number: str
    reason: str
