"""What helps to read a document, set in large letters: one column, black or dark blue, no return code.

The codes of the pages belong to the document alone: a scan of these sheets is filed nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain

from materiel.documents.aids.aid import Aid
from materiel.documents.content import Block as ContentBlock
from materiel.documents.content import BulletList, Content, Heading, Paragraph, Run, Signatures, Text
from materiel.documents.pdf.blocks import Block, SideBySide, TextBlock
from materiel.documents.pdf.canvas import TaggedCanvas
from materiel.documents.pdf.compose import Composer
from materiel.documents.pdf.flow import Column, Placed, paginate
from materiel.documents.pdf.lines import set_lines
from materiel.documents.pdf.pictures import HeadPicture, PictureBlock
from materiel.documents.pdf.signatures import SIGNING_HEIGHT, SignatureBoxes, signature_blocks
from materiel.documents.pdf.structure import Element
from materiel.documents.pdf.styles import BLUE, BULLET, FOOT, GEOMETRY, INK, PAGE_HEIGHT, TEXT, Style
from materiel.documents.text import NAME_LIMIT, drawable
from materiel.documents.typography import NBSP
from materiel.domain.papers.document import AGREEMENTS

AIRY, CLOSE = 1.5, 1.3
"""Leadings, as parts of the size: the first where it holds on one page, the second everywhere else."""

_FOOT_GAP = 8.0
_AFTER_LIST = 3.0
_LAST_WORDS = 4
"""Paragraphs that end a letter, whose last are the quality of who signs, the name and the delegation."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Least size in points, leading as a part of the size, and what blanks between blocks are multiplied by."""

    least: float
    leading: float
    blanks: float = 1.0


def draw_aid(aid: Aid, root: Element, picture: HeadPicture | None = None) -> TaggedCanvas:
    """Draw it, its elements under `root` in reading order; `picture` is the bloc-marque of its first page.

    Raises:
        RuleBroken: `text.right_to_left` or `text.not_drawable`, a character cannot be printed.
    """
    kept = list(root.kids)
    for content, setting in _settings(aid):
        root.kids = list(kept)
        pages = _laid(content, root, setting, picture)
        if len(pages) == 1:
            break
    foot = _enlarged(FOOT, Setting(aid.least, CLOSE))
    canvas = TaggedCanvas()
    for page, placed in enumerate(pages, 1):
        for item in placed:
            item.block.draw(canvas, GEOMETRY.left, item.top)
        top = GEOMETRY.code_edge + foot.leading
        canvas.draw_rules(GEOMETRY.left, GEOMETRY.width, [top + 4])
        number = drawable(aid.content.number, NAME_LIMIT)
        words = (Run(f"N°{NBSP}{number}, page{NBSP}{page} sur{NBSP}{len(pages)}"),)
        line = set_lines(words, foot, GEOMETRY.width).part(0, 1)
        canvas.draw_lines(line, foot, GEOMETRY.left, top, GEOMETRY.width, None)
        canvas.showPage()
    return canvas


def _settings(aid: Aid) -> Iterator[tuple[Content, Setting]]:
    """The ways to set it: the first that holds on one page, else the last."""
    if not aid.holds_on_one_page:
        yield aid.content, Setting(aid.least, CLOSE, blanks=1.5)
        return
    for leading, blanks in ((AIRY, 1.0), ((AIRY + CLOSE) / 2, 1.0), (CLOSE, 1.0), (CLOSE, 0.3)):
        setting = Setting(aid.least, leading, blanks)
        yield _gathered(aid.content, setting), setting


def _gathered(content: Content, setting: Setting) -> Content:
    """Each heading begins its first sentence, and short sentences share a line."""
    blocks: list[ContentBlock] = []
    label: Text = ()
    for block in content.blocks:
        if isinstance(block, Heading):
            label = (Run(f"{block.text}{NBSP}: ", bold=True),)
        elif isinstance(block, BulletList):
            first, *others = _lines([(*label, *block.items[0]), *block.items[1:]], setting)
            blocks.append(Paragraph(text=first))
            blocks += [BulletList(items=tuple(others))] if others else []
        else:
            blocks.append(block)
    return replace(content, blocks=tuple(blocks))


def _lines(items: Sequence[Text], setting: Setting) -> list[Text]:
    """Sentences put together as long as they hold on a line."""
    style = _enlarged(BULLET, setting)
    lines = [items[0]]
    for item in items[1:]:
        both = (*lines[-1], Run(" "), *item)
        if len(set_lines(both, style, GEOMETRY.width - style.indent)) == 1:
            lines[-1] = both
        else:
            lines.append(item)
    return lines


def _laid(content: Content, root: Element, setting: Setting, picture: HeadPicture | None) -> list[list[Placed]]:
    bottom = GEOMETRY.code_edge + _enlarged(FOOT, setting).leading + _FOOT_GAP
    following = Column(PAGE_HEIGHT - GEOMETRY.top, bottom)
    first = following if picture is None else Column(PAGE_HEIGHT - GEOMETRY.top_of_picture, bottom)
    blocks = list(_restyled(_blocks(content, root, picture), setting))
    _bind_end(blocks)
    return paginate(blocks, GEOMETRY.width, lambda page: following if page else first)


def _blocks(content: Content, root: Element, picture: HeadPicture | None) -> Iterator[Block]:
    """Its mark comes first, its address last. An agreement says the address of the service among the parties."""
    composer = Composer(root, content, picture)
    mark, *others = content.blocks
    following = [*others[1:], None]
    marks = composer.blocks_of(mark)
    head, *under = composer.heading_blocks(content, with_address=content.kind not in AGREEMENTS)
    if picture is not None and isinstance(head, SideBySide):
        # The bloc-marque keeps the corner: what the sheet is stands beside it, and is read first.
        beside, said = head.stacks
        yield SideBySide((beside, [*marks, *said]), head.shares, after=head.after)
    else:
        yield from (*marks, head)
    yield from under
    for block, after in zip(others, following, strict=True):
        if isinstance(block, Signatures):
            yield from signature_blocks(block, root, SIGNING_HEIGHT, per_row=1)
            continue
        drawn = composer.blocks_of(block)
        if isinstance(block, Paragraph) and isinstance(after, BulletList):
            drawn[-1].keep_with_next = True
        yield from drawn
    url = content.verify_url
    words = (Run(f"Vérifier le document{NBSP}: "), Run(url, url=url))
    yield TextBlock(words, replace(TEXT, before=6), root.add("P"))


def _bind_end(blocks: list[Block]) -> None:
    """Bind the last words, or the last two boxes, to the address: no page has one line, or one box, of what ends."""
    ends_with_boxes = isinstance(blocks[-2], SignatureBoxes)
    for block in blocks[-3:-1] if ends_with_boxes else blocks[-1 - _LAST_WORDS : -1]:
        block.keep_with_next = True


def _restyled(blocks: Iterable[Block], setting: Setting) -> Iterator[Block]:
    """The blocks in one column, but for what stands beside a picture, in large letters."""
    for block in blocks:
        if isinstance(block, SideBySide):
            with_picture = any(isinstance(each, PictureBlock) for stack in block.stacks for each in stack)
            stacks = [list(_restyled(stack, setting)) for stack in block.stacks]
            yield from [block] if with_picture else chain.from_iterable(stacks)
            continue
        if isinstance(block, SignatureBoxes):
            block.keep_with_next = False
            words = [word for _, words in block.boxes for word in words]
        else:
            words = [block] if isinstance(block, TextBlock) else []
        for word in words:
            last_of_list = word.after > word.style.after
            word.style = _enlarged(word.style, setting)
            word.before, word.after = word.style.before, word.style.after + last_of_list * setting.blanks * _AFTER_LIST
            word.padding = 0.0
        yield block


@lru_cache(maxsize=256)
def _enlarged(style: Style, setting: Setting) -> Style:
    """The style with the text at its least size, headings a little larger; never grey."""
    size = max(setting.least, round(setting.least + (style.size - TEXT.size) / 2, 1))
    return replace(
        style,
        size=size,
        leading=size * setting.leading,
        before=style.before * setting.blanks,
        after=style.after * setting.blanks,
        indent=style.indent * setting.least / TEXT.size,
        hang=style.hang * setting.least / TEXT.size,
        colour=BLUE if style.colour == BLUE else INK,
        align_right=False,
    )
