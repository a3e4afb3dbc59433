"""The letters of the post, from their dated wording: the whole address in the window, one page, no code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from materiel.documents.content import BulletList, Content, Letter, Run
from materiel.documents.draft import Draft
from materiel.documents.facts import Facts
from materiel.documents.kinds.notice import signatory_lines
from materiel.documents.typography import set_content
from materiel.documents.wording import wording_on
from materiel.domain.papers.cover_letter import CoverLetterKind, listed

OPENINGS = frozenset({"to_family", "to_institution", "attested_family"})
"""Sections that introduce the list of the letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverLetterFacts:
    """What one letter says beyond the facts of its loan.

    Attributes:
        recipient: the lines of the window.
        sections: those of the wording that are printed.
        lines: the list after the opening: papers, items.
        values: of the variables that no document has.
    """

    kind: CoverLetterKind
    recipient: tuple[str, ...]
    sections: frozenset[str]
    lines: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)


def compose_cover_letter(facts: Facts, letter: CoverLetterFacts) -> Content:
    """Compose a letter; `facts` are those of its loan, under the number of its agreement if it has one.

    Raises:
        KeyError: the wording prints a value that the facts do not hold.
    """
    wording = wording_on(letter.kind, facts.issued_on)
    draft = Draft(facts, wording)
    draft.values |= letter.values
    for section in wording.sections:
        if section not in letter.sections:
            continue
        draft.clauses(section)
        if section in OPENINGS and letter.lines:
            draft.add(BulletList(items=tuple((Run(line),) for line in listed(letter.lines))))
    made = draft.content(
        letter=Letter(
            recipient=letter.recipient,
            place_and_date=draft.phrase("place_and_date"),
            reference=draft.phrase("reference") if facts.agreement_number else "",
            subject=draft.phrase("subject"),
            salutation=draft.phrase("salutation"),
            closing=draft.phrase("closing"),
            signatory=signatory_lines(facts.service),
        )
    )
    # Neither number nor code: a letter is no document.
    return set_content(replace(made, kind=letter.kind.value, number="", verify_url=""))
