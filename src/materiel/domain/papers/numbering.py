"""Numbers of documents: agreements follow without a gap in a service and a school year, other papers hang below.

`DSDEN35-2026-00042` is the forty-second agreement of the school year 2026-2027; `DSDEN35-2026-00042-A1` its first
amendment. A reader sees at once which agreement a notice or a receipt belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable

from materiel.domain.papers.document import DocumentKind

LETTERS: dict[DocumentKind, str] = {
    DocumentKind.NOTICE: "N",
    DocumentKind.AMENDMENT: "A",
    DocumentKind.HANDOVER_RECEIPT: "B",
    DocumentKind.RETURN_RECEIPT: "R",
}
"""B for « bon de remise », R for « récépissé »."""


def agreement_number(service_code: str, school_year: int, rank: int) -> str:
    """The number of the `rank`-th agreement (from 1) of a service in a school year."""
    return f"{service_code}-{school_year}-{rank:05d}"


def dependent_number(agreement: str, kind: DocumentKind, taken: Iterable[str]) -> str:
    """The next number of a paper that hangs below an agreement, after those already taken."""
    prefix = f"{agreement}-{LETTERS[kind]}"
    ranks = [int(number.removeprefix(prefix)) for number in taken if _hangs_below(number, prefix)]
    return f"{prefix}{max(ranks, default=0) + 1}"


def _hangs_below(number: str, prefix: str) -> bool:
    return number.startswith(prefix) and number.removeprefix(prefix).isdigit()
