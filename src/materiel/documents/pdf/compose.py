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
    Photographs,
    Run,
    Signatures,
    Table,
    Text,
    WritingSpace,
)
from materiel.documents.pdf.blocks import Block, Rule, SideBySide, TextBlock, writing_lines
from materiel.documents.pdf.drawing import DrawnStrokes
from materiel.documents.pdf.pictures import HeadPicture, JpegBlock, PictureBlock, jpeg_picture
from materiel.documents.pdf.signatures import RECEIPT_HEIGHT, SIGNING_HEIGHT, signature_blocks
from materiel.documents.pdf.structure import BULLETS, Element
from materiel.documents.pdf.styles import (
    ARTICLE,
    BESIDE,
    BESIDE_CAPTION,
    BODY,
    BULLET,
    CAPTION,
    GEOMETRY,
    LEAD,
    LEAD_BESIDE,
    LETTER_BULLET,
    NOTE,
    PART,
    SENDER,
    SENDER_NAME,
    SMALL,
    SUBTITLE,
    TEXT,
    TITLE,
)
from materiel.documents.pdf.tables import details_block, table_block
from materiel.documents.pdf.widths import shares_of
from materiel.documents.typography import NBSP

_ROLES = {"body": TEXT, "lead": LEAD, "small": SMALL, "note": NOTE}
_LETTER_ROLES = _ROLES | {"body": BODY}
_NOTE_PADDING = 4.5
_DEEPEST_HEADING = 6
_MOST_BESIDE = 3


class Composer:
    """Makes the blocks of one document and hangs their elements under `root`."""

    def __init__(self, root: Element, content: Content, picture: HeadPicture | None = None) -> None:
        """Start after the title, at level 1; `picture` is the bloc-marque of the sender."""
        self.root = root
        self.has_picture = picture is not None
        self._picture = picture
        self._is_letter = content.letter is not None
        self._is_agreement = has_articles(content)
        self._is_receipt = is_signed(content) and not self._is_agreement
        self._roles = _LETTER_ROLES if self._is_letter else _ROLES
        self._bullet = LETTER_BULLET if self._is_letter else BULLET
        self._level = 1
        self._heading_above = ""

    def heading_blocks(self, content: Content, *, with_address: bool, lead: Paragraph | None = None) -> list[Block]:
        """The top of an agreement or a receipt; `lead` is what it is about, said beside the bloc-marque."""
        sender = self.root.add("Div")
        address = ", ".join(content.sender[1:]) if with_address else ""
        number = (Run(f"N°{NBSP}"), Run(content.number, bold=True)) if content.number else ()
        if self._picture is not None:
            head = [PictureBlock(self._picture, sender)]
            title = [self._title(content), *self._under_title(content, number, lead, address)]
            shares = (self._picture.width, GEOMETRY.width - SideBySide.gap - self._picture.width)
            return [SideBySide((head, title), shares, after=2), Rule(weight=1.6, after=4)]
        said = (*content.sender[:1], address) if address else content.sender[:1]
        styles = [SENDER_NAME, SENDER]
        lines = [TextBlock((Run(line),), style, sender.add("P")) for line, style in zip(said, styles, strict=False)]
        if number:
            lines.append(TextBlock(number, SENDER, sender.add("P")))
        title = [self._title(content)]
        if content.subtitle:
            title.append(TextBlock((Run(content.subtitle),), SUBTITLE, self.root.add("P")))
        shares = (1.7, 2.3) if with_address else (1.0, 2.5)
        return [SideBySide((lines, title), shares, after=2), Rule(weight=1.6, after=5)]

    def _title(self, content: Content) -> TextBlock:
        return TextBlock((Run(content.title),), TITLE, self.root.add("H1"), bookmark=(content.title, 0))

    def _under_title(self, content: Content, number: Text, lead: Paragraph | None, address: str) -> list[TextBlock]:
        """Beside the bloc-marque, where the name of the service is written: subtitle and number on one line."""
        parted = (Run(f"{NBSP}– "),) if content.subtitle and number else ()
        subtitle = (*((Run(content.subtitle),) if content.subtitle else ()), *parted, *number)
        lines = [TextBlock(subtitle, SUBTITLE, self.root.add("P"))] if subtitle else []
        if address:
            lines.append(TextBlock((Run(address),), SENDER, self.root.add("P")))
        if lead is not None:
            lines.append(TextBlock(lead.text, LEAD_BESIDE, self.root.add("P")))
        for last in lines[-1:]:
            last.after = 0.0
        return lines

    def body_blocks(self, content: Content) -> list[Block]:
        """The blocks of a letter, in order."""
        return [drawn for block in content.blocks for drawn in self.blocks_of(block)]

    def blocks_of(self, block: content_blocks.Block) -> list[Block]:
        """The blocks of one block of the content, across the page or a column."""
        above, self._heading_above = self._heading_above, block.text if isinstance(block, Heading) else ""
        match block:
            case Heading():
                return [self._heading(block)]
            case Paragraph():
                padding = _NOTE_PADDING if block.role == "note" else 0.0
                paragraph = TextBlock(block.text, self._roles[block.role], self.root.add("P"), padding=padding)
                if padding:
                    paragraph.before, paragraph.after = 3.0, 4.0
                return [paragraph]
            case BulletList():
                return self._bullets(block)
            case Details() | Table():
                return self._table(block, above)
            case WritingSpace():
                label = TextBlock((Run(block.label),), CAPTION, self.root.add("P"))
                return [label, *writing_lines(block.lines)]
            case Signatures():
                return signature_blocks(block, self.root, SIGNING_HEIGHT if self._is_agreement else RECEIPT_HEIGHT)
            case DrawnSignature():
                return [DrawnStrokes(block, self.root.add("Figure", alt=block.alt))]
            case Photographs():
                return [self._photographs(block)]

    def _photographs(self, block: Photographs) -> Block:
        """Each over the words that stand for it; what has no fellow keeps its side."""
        stacks: list[list[Block]] = []
        for each in block.shown:
            if each is None:
                stacks.append([])
                continue
            part = self.root.add("Sect")
            picture = JpegBlock(jpeg_picture(each.alt, each.jpeg), part)
            stacks.append([picture, TextBlock((Run(each.alt),), SMALL, part.add("P"))])
        return SideBySide(tuple(stacks), (1.0,) * len(stacks), after=6, keep_with_next=False)

    def side_by_side(self, group: list[Details]) -> Block:
        """The parties in columns, so that all are seen at once; two stand in one column when there are four."""
        stacks = [self._stack(details) for details in group]
        if len(stacks) > _MOST_BESIDE:
            stacks = [stacks[0], [line for stack in stacks[1:-1] for line in stack], stacks[-1]]
        return SideBySide(tuple(stacks), shares_of(stacks, GEOMETRY.width), after=5, keep_with_next=False)

    def in_halves(self, details: Details) -> Block:
        """Labels and values of a receipt in two columns, read down the first then the second."""
        part = self.root.add("Sect")
        lines = [
            TextBlock((Run(f"{label}{NBSP}: "), *_bold(value)), BESIDE, part.add("P")) for label, value in details.rows
        ]
        half = (len(lines) + 1) // 2
        return SideBySide((lines[:half], lines[half:]), (1.0, 1.0), after=5, keep_with_next=False)

    def run_in(self, details: Details) -> list[Block]:
        """Labels and values in a narrow column: each label begins its paragraph."""
        return [
            TextBlock((Run(f"{label}. ", bold=True), *value), TEXT, self.root.add("P")) for label, value in details.rows
        ]

    def _stack(self, details: Details) -> list[TextBlock]:
        part = self.root.add("Sect")
        level = min(self._level + 1, _DEEPEST_HEADING)
        lines = [TextBlock((Run(details.caption),), BESIDE_CAPTION, part.add(f"H{level}"))]
        for label, value in details.rows:
            lines.append(TextBlock((Run(f"{label}{NBSP}: "), *value), BESIDE, part.add("P")))
        return lines

    def _heading(self, heading: Heading) -> TextBlock:
        """A heading, its tag never more than one level below the last: no screen reader meets a gap."""
        self._level = min(heading.level, self._level + 1, _DEEPEST_HEADING)
        element = self.root.add(f"H{self._level}")
        style = ARTICLE if heading.numbered or heading.level > 2 else PART
        return TextBlock((Run(heading.text),), style, element, bookmark=(heading.text, self._level - 1))

    def _bullets(self, bullets: BulletList) -> list[Block]:
        parent = self.root.add("L", attributes=BULLETS)
        blocks: list[Block] = []
        for text in bullets.items:
            item = parent.add("LI")
            label = item.add("Lbl")
            blocks.append(TextBlock(text, self._bullet, item.add("LBody"), label=label))
        if blocks:
            blocks[-1].after = self._roles["body"].after
        return blocks

    def _table(self, table: Details | Table, heading_above: str) -> list[Block]:
        """A table, without a caption that would only say again the heading above it."""
        parent = self.root.add("Table")
        blocks: list[Block] = []
        if table.caption and not self._is_receipt and not heading_above.endswith(table.caption):
            blocks.append(TextBlock((Run(table.caption),), CAPTION, parent.add("Caption")))
        if isinstance(table, Details):
            return [*blocks, details_block(table, parent)] if table.rows else []
        return [*blocks, table_block(table, parent)]


def has_articles(content: Content) -> bool:
    """An agreement or an amendment, as against a receipt, a list or a letter."""
    return any(isinstance(block, Heading) and block.numbered for block in content.blocks)


def is_signed(content: Content) -> bool:
    """A paper that has boxes to sign."""
    return any(isinstance(block, Signatures) for block in content.blocks)


def plain(text: Text) -> str:
    """A text without its emphasis."""
    return "".join([run.text for run in text])


def _bold(text: Text) -> Text:
    return tuple([Run(run.text, bold=True, url=run.url) for run in text])
