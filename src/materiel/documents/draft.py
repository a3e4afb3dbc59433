"""A document in the making: clauses filled in order, articles numbered, blocks placed.

The module of each kind of document says the order; the wording says the words; this puts one into the other.
"""

from __future__ import annotations

from dataclasses import replace

from materiel.documents.conditions import conditions_of
from materiel.documents.content import (
    Block,
    BulletList,
    Content,
    Details,
    Heading,
    Letter,
    Paragraph,
    Run,
    Text,
)
from materiel.documents.facts import Facts
from materiel.documents.typography import NBSP
from materiel.documents.variables import sender_of, values_of
from materiel.documents.wording import Bullet, Clause, Wording


class Draft:
    """Collects the blocks of one document. Each section of the wording is used at most once."""

    def __init__(self, facts: Facts, wording: Wording) -> None:
        self.facts = facts
        self.wording = wording
        self.values = values_of(facts)
        self.conditions = conditions_of(facts)
        self.blocks: list[Block] = []
        self._articles = 0
        self._article_level = 2

    def phrase(self, name: str) -> str:
        """A short text of the wording, filled in."""
        return self.wording.phrases[name].plain(self.values)

    def add(self, *blocks: Block) -> None:
        """Place blocks that Python draws."""
        self.blocks.extend(blocks)

    def clauses(self, section: str, *blocks: Block) -> None:
        """The clauses of a section without its heading, then the blocks."""
        for clause in self.wording.sections[section].clauses:
            self._clause(clause)
        self.add(*blocks)

    def part(self, section: str, *blocks: Block) -> None:
        """A heading of level 2, the clauses of the section, then the blocks."""
        self.add(Heading(level=2, text=self.wording.sections[section].heading))
        self.clauses(section, *blocks)

    def part_of_articles(self, section: str) -> None:
        """The heading of a part whose articles follow, below it; nothing where the wording has no such part."""
        if section in self.wording.sections:
            self.part(section)
            self._article_level = 3

    def article(self, section: str, *blocks: Block) -> None:
        """A numbered article: its heading, the blocks (a table it speaks of), then its clauses."""
        self._articles += 1
        heading = self.wording.sections[section].heading
        title = f"Article{NBSP}{self._articles}{NBSP}– {heading}"
        self.add(Heading(level=self._article_level, text=title, numbered=True))
        self.add(*blocks)
        self.clauses(section)

    def object_and_items(self, *tables: Block) -> None:
        """What is lent and why, in the order of the wording."""
        order = list(self.wording.sections)
        for section in sorted(("object", "items"), key=order.index):
            self.article(section, *(tables if section == "items" else ()))

    def articles(self, *sections: str) -> None:
        """Several articles of plain clauses."""
        for section in sections:
            self.article(section)

    def content(self, *, letter: Letter | None = None) -> Content:
        """The whole document."""
        facts, wording = self.facts, self.wording
        return Content(
            kind=facts.kind.value,
            number=facts.number,
            title=wording.title,
            subtitle=wording.subtitle,
            issued_on=facts.issued_on,
            wording=wording.in_force_from,
            sender=sender_of(facts.service),
            verify_url=f"{(facts.label_url or facts.base_url).rstrip('/')}/v/{facts.code}",
            blocks=tuple(self.blocks),
            letter=letter,
            footer=wording.footer,
        )

    def _clause(self, clause: Clause) -> None:
        if not self._holds(clause.when):
            return
        bullets = [bullet for bullet in clause.bullets if self._holds(bullet.when)]
        if clause.text:
            said = clause.text.fill(self.values)
            if clause.run_in:
                said = (*said, *(run for bullet in bullets for run in (Run(" "), *self._fill(bullet))))
            self._paragraph(said, clause)
        if bullets and not clause.run_in:
            self.add(BulletList(items=tuple(self._fill(bullet) for bullet in bullets)))
        if rows := [(label, bullet) for label, bullet in clause.rows if self._holds(bullet.when)]:
            filled = tuple((label, self._fill(bullet)) for label, bullet in rows)
            self.add(Details(caption=clause.caption, rows=filled))

    def _paragraph(self, text: Text, clause: Clause) -> None:
        above = self.blocks[-1] if self.blocks else None
        if clause.follows and isinstance(above, Paragraph) and above.role == clause.role:
            self.blocks[-1] = replace(above, text=(*above.text, Run(" "), *text))
        else:
            self.add(Paragraph(text=text, role=clause.role))

    def _fill(self, bullet: Bullet) -> tuple[Run, ...]:
        return bullet.phrase.fill(self.values)

    def _holds(self, name: str) -> bool:
        return not name or name in self.conditions
