"""A `Content` turned into blocks and elements: the only place that knows what is said and how it is set."""

from __future__ import annotations

from materiel.documents import content as content_blocks
from materiel.documents.content import (
    BulletList,
    Content,
    Details,
    DrawnSignature,
    Heading,
    Paragraph,
    Run,
    Signatures,
    Table,
    WritingSpace,
)
from materiel.documents.pdf.blocks import Block, Rule, SideBySide, TextBlock, writing_lines
from materiel.documents.pdf.drawing import DrawnStrokes
from materiel.documents.pdf.signatures import signature_blocks
from materiel.documents.pdf.structure import BULLETS, Element
from materiel.documents.pdf.styles import (
    ARTICLE,
    BODY,
    BULLET,
    CAPTION,
    LEAD,
    NOTE,
    PART,
    REFERENCE,
    SENDER,
    SENDER_NAME,
    SMALL,
    SUBTITLE,
    TITLE,
)
from materiel.documents.pdf.tables import details_block, table_block

_ROLES = {"body": BODY, "lead": LEAD, "small": SMALL, "note": NOTE}
_NOTE_PADDING = 8.0
_DEEPEST_HEADING = 6
_BOUND_TO_SIGNATURES = 160
"""Characters of the text, about two lines, that stand on the page of the signatures."""


class Composer:
    """Makes the blocks of one document and hangs their elements under `root`."""

    def __init__(self, root: Element) -> None:
        """Start after the title, at level 1."""
        self.root = root
        self._level = 1

    def heading_blocks(self, content: Content) -> list[Block]:
        """Sender and number side by side, title, subtitle: the top of an agreement or a receipt."""
        sender = self.root.add("Div")
        styles = [SENDER_NAME, *[SENDER] * len(content.sender)]
        lines = [
            TextBlock((Run(line),), style, sender.add("P")) for line, style in zip(content.sender, styles, strict=False)
        ]
        title = TextBlock((Run(content.title),), TITLE, self.root.add("H1"), bookmark=(content.title, 0))
        number = TextBlock((Run("N°\u00a0"), Run(content.number, bold=True)), REFERENCE, sender.add("P"))
        blocks: list[Block] = [SideBySide((lines, [number]), (1.7, 1.0), after=20), title]
        if content.subtitle:
            blocks.append(TextBlock((Run(content.subtitle),), SUBTITLE, self.root.add("P")))
        blocks.append(Rule(weight=1.6, after=12))
        return blocks

    def body_blocks(self, content: Content) -> list[Block]:
        """The blocks of the content, in order."""
        blocks: list[Block] = []
        for block in content.blocks:
            if isinstance(block, Signatures):
                _keep_with_signatures(blocks)
            blocks += self._blocks_of(block)
        return blocks

    def _blocks_of(self, block: content_blocks.Block) -> list[Block]:
        match block:
            case Heading():
                return [self._heading(block)]
            case Paragraph():
                style = _ROLES[block.role]
                padding = _NOTE_PADDING if block.role == "note" else 0.0
                paragraph = TextBlock(block.text, style, self.root.add("P"), padding=padding)
                if padding:
                    paragraph.before, paragraph.after = 4.0, 9.0
                return [paragraph]
            case BulletList():
                return self._bullets(block)
            case Details() | Table():
                return self._table(block)
            case WritingSpace():
                label = TextBlock((Run(block.label),), CAPTION, self.root.add("P"))
                return [label, *writing_lines(block.lines)]
            case Signatures():
                return signature_blocks(block, self.root)
            case DrawnSignature():
                return [DrawnStrokes(block, self.root.add("Figure", alt=block.alt))]

    def _heading(self, heading: Heading) -> TextBlock:
        """A heading, its tag never more than one level below the last: no screen reader meets a gap."""
        self._level = min(heading.level, self._level + 1, _DEEPEST_HEADING)
        element = self.root.add(f"H{self._level}")
        style = PART if heading.level <= 2 else ARTICLE
        return TextBlock((Run(heading.text),), style, element, bookmark=(heading.text, self._level - 1))

    def _bullets(self, bullets: BulletList) -> list[Block]:
        parent = self.root.add("L", attributes=BULLETS)
        blocks: list[Block] = []
        for text in bullets.items:
            item = parent.add("LI")
            label = item.add("Lbl")
            blocks.append(TextBlock(text, BULLET, item.add("LBody"), label=label))
        if blocks:
            blocks[-1].after = BODY.after
        return blocks

    def _table(self, table: Details | Table) -> list[Block]:
        parent = self.root.add("Table")
        blocks: list[Block] = []
        if table.caption:
            blocks.append(TextBlock((Run(table.caption),), CAPTION, parent.add("Caption")))
        if isinstance(table, Details):
            return [*blocks, details_block(table, parent)] if table.rows else []
        return [*blocks, table_block(table, parent)]


def _keep_with_signatures(blocks: list[Block]) -> None:
    """Bind what comes before the signatures to them: their heading, and the last words of the text itself.

    A page of signatures alone would not say what is signed; a heading and a word on how to sign do not either.
    """
    above_heading = False
    bound = 0
    for block in reversed(blocks):
        if not isinstance(block, TextBlock) or bound >= _BOUND_TO_SIGNATURES:
            return
        block.keep_with_next = True
        if above_heading:
            bound += sum([len(run.text) for run in block.text])
        above_heading = above_heading or block.bookmark is not None
