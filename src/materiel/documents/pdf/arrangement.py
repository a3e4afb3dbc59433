"""What stands where: an agreement tells its matter across the page, its articles in two columns, then signs across.

Two columns make lines of about fifty letters, easier to read than a hundred, and a sheet of two.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from materiel.documents.content import (
    Block,
    BulletList,
    Content,
    Details,
    Heading,
    Paragraph,
    Signatures,
    Table,
)
from materiel.documents.pdf.blocks import Block as Drawn
from materiel.documents.pdf.blocks import TextBlock, WritingLines
from materiel.documents.pdf.compose import Composer, has_articles, is_signed, plain
from materiel.documents.pdf.zones import Zone

LONG_TEXT = 2_500
"""Characters of paragraphs from which articles are set in two columns."""

_BOUND_TO_SIGNATURES = 160
"""Characters of the text, about two lines, that stand on the page of the signatures."""


def zones_of(content: Content, composer: Composer) -> list[Zone]:
    """The zones of an agreement, of a receipt, of any paper that is no letter, in reading order."""
    arrangement = _Arrangement(content, composer)
    while arrangement.waiting:
        arrangement.place(arrangement.waiting.popleft())
    return arrangement.zones


class _Arrangement:
    """The zones made so far, and what waits."""

    def __init__(self, content: Content, composer: Composer) -> None:
        self._composer = composer
        self._articles = has_articles(content)
        self._is_signed = is_signed(content)
        texts = [plain(block.text) for block in content.blocks if isinstance(block, Paragraph)]
        self._is_long = self._articles and sum(map(len, texts)) > LONG_TEXT
        self._in_columns = False
        self.waiting = deque(content.blocks)
        # An agreement says the address of the service among the parties.
        lead = self._lead() if composer.has_picture else None
        self.zones = [Zone(composer.heading_blocks(content, with_address=not self._articles, lead=lead))]

    def _lead(self) -> Paragraph | None:
        """What the paper is about, where it begins with it: set beside the bloc-marque, it costs no height."""
        first = self.waiting[0] if self.waiting else None
        if not isinstance(first, Paragraph) or first.role != "lead":
            return None
        self.waiting.popleft()
        return first

    def place(self, block: Block) -> None:
        """Compose a block, in the zone where it belongs."""
        following = self.waiting[0] if self.waiting else None
        if isinstance(block, Paragraph) and isinstance(following, Signatures):
            # How to sign, then where and when: one paragraph above the boxes.
            self.waiting[0] = replace(following, made_at=f"{plain(block.text)} {following.made_at}")
            return
        if isinstance(block, Heading):
            self._in_columns = not self._closes() and (self._in_columns or (self._is_long and block.numbered))
        wide = not self._in_columns or self._goes_across(block, following)
        zone = self._zone(1 if wide else 2)
        if isinstance(block, Signatures):
            _keep_with_signatures(zone.blocks)
        zone.blocks.extend(self._composed(block, in_columns=not wide))
        if isinstance(block, Paragraph) and isinstance(following, BulletList):
            zone.blocks[-1].keep_with_next = True

    def _composed(self, block: Block, *, in_columns: bool) -> list[Drawn]:
        if not isinstance(block, Details):
            return self._composer.blocks_of(block)
        if in_columns:
            return self._composer.run_in(block)
        if self._articles:
            group = [block]
            while self.waiting and isinstance(beside := self.waiting[0], Details):
                group.append(beside)
                self.waiting.popleft()
            return [self._composer.side_by_side(group)]
        return [self._composer.in_halves(block)] if self._is_signed else self._composer.blocks_of(block)

    def _zone(self, columns: int) -> Zone:
        if self.zones[-1].columns != columns:
            self.zones.append(Zone(columns=columns))
        return self.zones[-1]

    def _goes_across(self, block: Block, following: Block | None) -> bool:
        """A table of items needs the whole width, and the heading that introduces it goes with it."""
        return isinstance(block, Table) or (isinstance(block, Heading) and isinstance(following, Table))

    def _closes(self) -> bool:
        """The heading that was just taken is that of the signatures: none follows before them."""
        for block in self.waiting:
            if isinstance(block, Heading):
                return False
            if isinstance(block, Signatures):
                return True
        return False


def _keep_with_signatures(blocks: list[Drawn]) -> None:
    """Bind what comes before the signatures to them: their heading, and the last words of the text itself.

    A page of signatures alone would not say what is signed; a heading and a word on how to sign do not either.
    """
    above_heading = False
    bound = 0
    for block in reversed(blocks):
        if not isinstance(block, TextBlock | WritingLines) or bound >= _BOUND_TO_SIGNATURES:
            return
        block.keep_with_next = True
        if isinstance(block, WritingLines):
            continue
        if above_heading:
            bound += len(plain(block.text))
        above_heading = above_heading or block.bookmark is not None
