"""Typography of printed documents: numbers in words, capitals, and a whole content set as French is.

The spaces and the apostrophes are those of `domain.language.typography`.
"""

from __future__ import annotations

from dataclasses import replace

from materiel.documents.content import (
    Block,
    BulletList,
    Content,
    Details,
    DrawnSignature,
    Heading,
    Letter,
    Paragraph,
    Photographs,
    Run,
    SignatureBox,
    Signatures,
    Table,
    Text,
)
from materiel.domain.language.typography import NBSP, bound, typeset

__all__ = ["NBSP", "capitalised", "in_words", "set_content", "typeset"]

NUMBERS = ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix")

OF_CODES = frozenset({typeset("N° de série"), typeset("N° d'inventaire")})
"""Titles of the columns whose cells are printed as they are: codes."""


def in_words(number: int) -> str:
    """A small number in letters, digits beyond ten."""
    return NUMBERS[number] if 0 <= number < len(NUMBERS) else str(number)


def capitalised(text: str) -> str:
    """The first letter in upper case, the rest untouched (`str.capitalize` lowers names)."""
    return text[:1].upper() + text[1:]


def set_content(content: Content) -> Content:
    """A content as French is set: our words and the values put into them alike, codes and addresses untouched."""
    return replace(
        content,
        title=typeset(content.title),
        subtitle=typeset(content.subtitle),
        sender=_lines(content.sender),
        blocks=tuple([_block(block) for block in content.blocks]),
        letter=None if content.letter is None else _letter(content.letter),
        footer=typeset(content.footer),
    )


def _block(block: Block) -> Block:
    match block:
        case Heading():
            return Heading(level=block.level, text=typeset(block.text), numbered=block.numbered)
        case Paragraph():
            return Paragraph(text=_text(block.text), role=block.role)
        case BulletList():
            return BulletList(items=tuple([_text(item) for item in block.items]))
        case Details():
            rows = tuple([(typeset(label), _text(value)) for label, value in block.rows])
            return Details(caption=typeset(block.caption), rows=rows)
        case Table():
            return _table(block)
        case Signatures():
            return replace(block, made_at=typeset(block.made_at), boxes=tuple([_box(each) for each in block.boxes]))
        case DrawnSignature():
            return replace(block, alt=typeset(block.alt))
        case Photographs():
            shown = [each and replace(each, alt=typeset(each.alt)) for each in block.shown]
            return Photographs(shown=tuple(shown))
        case _:
            return replace(block, label=typeset(block.label))


def _table(table: Table) -> Table:
    header = _lines(table.header)
    rows = [
        tuple([cell if title in OF_CODES else typeset(cell) for title, cell in zip(header, row, strict=True)])
        for row in table.rows
    ]
    return replace(table, caption=typeset(table.caption), header=header, rows=tuple(rows))


def _box(box: SignatureBox) -> SignatureBox:
    party, name, capacity = typeset(box.party), typeset(box.name), typeset(box.capacity)
    return replace(box, party=party, name=name, capacity=capacity, mention=typeset(box.mention))


def _letter(letter: Letter) -> Letter:
    return Letter(
        recipient=_lines(letter.recipient),
        place_and_date=typeset(letter.place_and_date),
        reference=typeset(letter.reference),
        subject=typeset(letter.subject),
        salutation=typeset(letter.salutation),
        closing=typeset(letter.closing),
        signatory=_lines(letter.signatory),
    )


def _text(text: Text) -> Text:
    return tuple([Run(bound(run.text), run.bold, run.url) for run in text])


def _lines(lines: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([typeset(line) for line in lines])
