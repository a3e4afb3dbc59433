"""The annex of a service (« annexe »): its charter of use and its instructions by family of items, in dated versions.

It is printed after the articles of an agreement and never instead of them. A version is never changed: a new text is a
new version, and « no annex any more » is one too, without any section. Law: circulaire n° 2001-221, which words what an
agreement owes; Code civil, art. 1103 (what is agreed binds, hence what is printed above the signatures).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from materiel.domain.item.family import ItemFamily
from materiel.domain.language.fields import Fields, clean_text
from materiel.domain.language.folding import visible
from materiel.domain.language.values import replace

TITLE_MAX = 120
SECTION_MAX = 6_000
"""Characters of one section: about a page in two columns."""

LATEST = timedelta(days=730)
"""How far ahead a version may begin."""

EVERYBODY = "everybody"
"""The name of the section that every agreement prints."""

_BULLET = re.compile(r"[-–—•*]\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnexSection:
    """What is said to everybody, or to whoever is lent an item of a family. Plain text: see `passages`."""

    text: str
    family: ItemFamily | None = None

    @property
    def name(self) -> str:
        """By which a form and a fault call it."""
        return self.family.value if self.family is not None else EVERYBODY

    @property
    def heading(self) -> str:
        """What is printed above it."""
        return self.family.label if self.family is not None else "Charte d'usage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Annex:
    """One version. `rank` counts those of a service from 1; without a section, no annex is printed from that day on."""

    id: UUID
    service_id: UUID
    rank: int
    starts_on: date
    title: str
    sections: tuple[AnnexSection, ...]
    written_at: datetime
    written_by: str

    def printed(self, families: Collection[ItemFamily]) -> tuple[AnnexSection, ...]:
        """The sections of an agreement on items of some families, that for everybody first."""
        return tuple(each for each in self.sections if each.family is None or each.family in families)


def in_force(annexes: Iterable[Annex], day: date) -> Annex | None:
    """The version that binds on a day: the latest begun, and the last written of those that begin together."""
    begun = [each for each in annexes if each.starts_on <= day]
    return max(begun, key=lambda each: (each.starts_on, each.rank), default=None)


def passages(text: str) -> tuple[str | tuple[str, ...], ...]:
    """Paragraphs, and lists as tuples: a blank line ends a paragraph, « - » at the start of a line begins a bullet.

    A line that follows another goes on in it: a text pasted from a page comes with the ends of its lines.
    """
    found: list[str | list[str]] = []
    fresh = True
    for line in map(clean_text, visible(text).splitlines()):
        if not line:
            fresh = True
            continue
        last = found[-1] if found else ""
        if bullet := _BULLET.match(line):
            if isinstance(last, list):
                last.append(line[bullet.end() :])
            else:
                found.append([line[bullet.end() :]])
        elif fresh:
            found.append(line)
        elif isinstance(last, list):
            last[-1] = f"{last[-1]} {line}"
        else:
            found[-1] = f"{last} {line}"
        fresh = False
    return tuple(each if isinstance(each, str) else tuple(each) for each in found)


def checked_annex(annex: Annex, today: date) -> Annex:
    """A version about to be written, its texts cleaned; a section without a word is left out.

    Raises:
        RuleBroken: `annex.invalid`, with one error for each field at fault.
    """
    fields = Fields("annex.invalid")
    fields.day("/starts_on", annex.starts_on, first=today, last=today + LATEST, name="la date d'entrée en vigueur")
    title = fields.text("/title", annex.title, longest=TITLE_MAX, required=bool(annex.sections), name="le titre")
    sections = [replace(each, text=_cleaned(fields, each)) for each in annex.sections]
    sections = [each for each in sections if passages(each.text)]
    if annex.sections and not sections:
        fields.add(f"/{EVERYBODY}", "Écrivez au moins une partie, ou choisissez de ne plus imprimer d'annexe.")
    fields.check()
    order = [None, *ItemFamily]
    sections.sort(key=lambda each: order.index(each.family))
    return replace(annex, title=title, sections=tuple(sections))


def _cleaned(fields: Fields, section: AnnexSection) -> str:
    """Its lines, each without blanks at its ends."""
    pointer = f"/{section.name}"
    text = visible(section.text).strip()
    if len(text) > SECTION_MAX:
        fields.add(pointer, f"Cette partie compte {len(text)} caractères ; {SECTION_MAX} au plus.")
        return text
    said = len(fields.errors)
    lines = []
    for line in text.splitlines():
        lines.append(fields.text(pointer, line, longest=SECTION_MAX, name="cette partie"))
        if len(fields.errors) > said:
            break
    return "\n".join(lines)
