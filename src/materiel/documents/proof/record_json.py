"""The record of a signed copy, read back from its JSON."""

from __future__ import annotations

import msgspec

from materiel.domain.signing.record import ProofRecord


def record_from_json(text: str) -> ProofRecord:
    """Decode what `domain.signing.record.record_json` wrote.

    Raises:
        ValueError: the text is not such a record (a stored copy was altered).
    """
    try:
        return msgspec.json.decode(text, type=ProofRecord)
    except msgspec.MsgspecError as error:
        raise ValueError(f"not the record of a signed copy: {error}") from error
