"""What helps to read an issued document and does not replace it, which its first line says.

In large print, the same words one after the other, each table a list; in plain words, the summary of an agreement.
Neither has a return code: a scan of it must never be filed as a page of the document. The last line says where that is
verified.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from materiel.documents.aids.summary import summary
from materiel.documents.content import Block, BulletList, Content, Details, Heading, Letter, Paragraph, Run, Table
from materiel.documents.typography import NBSP, typeset
from materiel.domain.papers.reading_aid import ReadingAid

LEAST = {ReadingAid.LARGE_PRINT: 16.0, ReadingAid.SUMMARY: 14.0}
"""Size in points that no letter is under."""


@dataclass(frozen=True, slots=True)
class Aid:
    """What an aid says, the same on paper and on a page, and which one it is."""

    content: Content
    kind: ReadingAid

    @property
    def least(self) -> float:
        """Least size of its letters on paper, in points."""
        return LEAST[self.kind]

    @property
    def holds_on_one_page(self) -> bool:
        """A summary does."""
        return self.kind is ReadingAid.SUMMARY


def aid_to(content: Content, kind: ReadingAid) -> Aid | None:
    """An aid to a document, from what it said when it was issued; None when it has no such aid."""
    said = _large_print(content) if kind is ReadingAid.LARGE_PRINT else summary(content)
    return None if said is None else Aid(said, kind)


def _large_print(content: Content) -> Content:
    mark = typeset(f"Gros caractères : aide à la lecture, ne remplace pas le document n° {content.number}.")
    blocks: list[Block] = [Paragraph(text=(Run(mark, bold=True),))]
    title, subtitle = content.title, content.subtitle
    if content.letter is not None:
        title, subtitle = typeset(f"Objet : {content.letter.subject}"), ""
        blocks += _opening(content.letter)
    above = ""
    for block in content.blocks:
        blocks += _told(block, above)
        above = block.text if isinstance(block, Heading) else ""
    if content.letter is not None:
        blocks += [_line(line) for line in (content.letter.closing, *content.letter.signatory)]
    return replace(content, title=title, subtitle=subtitle, letter=None, blocks=tuple(blocks), footer="")


def _opening(letter: Letter) -> list[Block]:
    lines = [*letter.recipient, letter.place_and_date]
    if letter.reference:
        lines.append(f"Réf.{NBSP}: {letter.reference}")
    return [_line(line) for line in (*lines, letter.salutation)]


def _told(block: Block, heading_above: str) -> Iterator[Block]:
    """A block without a table, whose caption would only say again the heading above it."""
    if isinstance(block, Details | Table) and block.caption and not heading_above.endswith(block.caption):
        yield Paragraph(text=(Run(block.caption, bold=True),))
    if isinstance(block, Table):
        yield from _rows(block)
    elif isinstance(block, Details):
        yield BulletList(items=tuple((Run(f"{label}{NBSP}: "), *value) for label, value in block.rows))
    elif isinstance(block, Paragraph):
        yield replace(block, role="body")
    else:
        yield block


def _rows(table: Table) -> Iterator[Block]:
    """Each row: its first cell, then « column : value »."""
    for rank, row in enumerate(table.rows, 1):
        first = f"{rank}. {row[0]}" if len(table.rows) > 1 else row[0]
        yield Paragraph(text=(Run(first, bold=True),))
        cells = zip(table.header[1:], row[1:], strict=True)
        yield BulletList(items=tuple((Run(f"{title}{NBSP}: {cell}"),) for title, cell in cells))


def _line(text: str) -> Paragraph:
    return Paragraph(text=(Run(text),))
