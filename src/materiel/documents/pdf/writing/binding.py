"""What holds the parts of a file together: trees of pages and of structure, bookmarks, and at the end the catalog.

Of each part only a few integers stay in memory, so that a print run of thousands of agreements is bounded.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import BinaryIO

from materiel.documents.pdf.writing.file import FileWriter
from materiel.documents.pdf.writing.metadata import PROFILE_STREAM, Metadata, information, output_intent, xmp
from materiel.documents.pdf.writing.syntax import number, reference, references, text_string


@dataclass(frozen=True, slots=True)
class BoundPart:
    """What is kept of a part: numbers of its page tree, root element, and the bookmarks with their pages."""

    pages: int
    count: int
    element: int
    parent_tree: int
    outline: tuple[tuple[str, int, int, float], ...]


class _Parts:
    """What is kept of all parts: the numbers in arrays, and the bookmarks, of which copies have none."""

    def __init__(self) -> None:
        self.trees, self.elements, self.leaves = array("Q"), array("Q"), array("Q")
        self.outline: list[tuple[str, int, int, float]] = []


class Binding:
    """One file made of one part, or of many under one `Document` element."""

    def __init__(self, out: BinaryIO, *, merged: bool) -> None:
        """Reserve the numbers of the trees. `merged` tells whether there may be several parts."""
        self._file = FileWriter(out)
        self._catalog = self._file.new()
        self._pages = self._file.new()
        self._structure = self._file.new()
        self._document = self._file.new() if merged else 0
        self._parts = _Parts()
        self._next_parent = 0
        self._count = 0

    @property
    def pages(self) -> int:
        """Pages written so far."""
        return self._count

    def _bind(self, part: BoundPart) -> None:
        """Take in a part whose objects are written."""
        self._parts.trees.append(part.pages)
        self._parts.elements.append(part.element)
        self._parts.leaves.append(part.parent_tree)
        self._parts.outline += part.outline
        self._count += part.count

    def close(self, metadata: Metadata) -> None:
        """Write the trees that hold the parts together, and the catalog."""
        file, parts = self._file, self._parts
        file.put(
            self._pages,
            b"<</Type /Pages /Count %d /Kids %s>>" % (self.pages, references(parts.trees)),
        )
        top = self._document or parts.elements[0]
        if self._document:
            body = b"<</S /Document /P %d 0 R /K %s>>"
            file.put(self._document, body % (self._structure, references(parts.elements)))
        parent_tree = file.add(b"<</Kids " + references(parts.leaves) + b">>")
        file.put(
            self._structure,
            b"<</Type /StructTreeRoot /K %d 0 R /ParentTree %d 0 R /ParentTreeNextKey %d>>"
            % (top, parent_tree, self._next_parent),
        )
        body = b"<</Type /Catalog /Pages %d 0 R /Lang %s /MarkInfo <</Marked true>> /StructTreeRoot %d 0 R" % (
            self._pages,
            text_string(metadata.lang),
            self._structure,
        )
        body += b" /Metadata " + reference(file.add(xmp(metadata)))
        body += b" /OutputIntents [" + output_intent(file.add(PROFILE_STREAM)) + b"]"
        body += b" /ViewerPreferences <</DisplayDocTitle true>>"
        outline = self._outline()
        body += b" /PageMode /UseOutlines /Outlines " + reference(outline) if outline else b""
        file.put(self._catalog, body + b">>")
        file.close(self._catalog, file.add(information(metadata)))

    def _outline(self) -> int:
        """The bookmarks of a file of several pages; answers 0 where they would only repeat its one page."""
        entries = self._parts.outline
        if self.pages < 2 or not entries:
            return 0
        root = self._file.new()
        items = [self._file.new() for _ in entries]
        levels = [level for _, level, _, _ in entries]
        family = _family(levels)
        for rank, (title, _, page, top) in enumerate(entries):
            parent, previous, following, kids = family[rank]
            body = b"<</Title " + text_string(title)
            body += b" /Parent " + reference(root if parent is None else items[parent])
            body += b" /Dest [%d 0 R /XYZ 0 %s 0]" % (page, number(top))
            body += b"" if previous is None else b" /Prev " + reference(items[previous])
            body += b"" if following is None else b" /Next " + reference(items[following])
            if kids:
                body += b" /First %d 0 R /Last %d 0 R /Count %d" % (
                    items[kids[0]],
                    items[kids[-1]],
                    len(kids),
                )
            self._file.put(items[rank], body + b">>")
        tops = [rank for rank, (parent, *_) in enumerate(family) if parent is None]
        body = b"<</Type /Outlines /First %d 0 R /Last %d 0 R /Count %d>>"
        self._file.put(root, body % (items[tops[0]], items[tops[-1]], len(entries)))
        return root


_Kin = tuple[int | None, int | None, int | None, list[int]]


def _family(levels: list[int]) -> list[_Kin]:
    """For each bookmark in order: its parent, its neighbours of the same parent, its kids, all as ranks."""
    parents: list[int | None] = []
    open_ranks: list[int] = []
    for rank, level in enumerate(levels):
        while open_ranks and levels[open_ranks[-1]] >= level:
            open_ranks.pop()
        parents.append(open_ranks[-1] if open_ranks else None)
        open_ranks.append(rank)
    siblings: dict[int | None, list[int]] = {}
    for rank, parent in enumerate(parents):
        siblings.setdefault(parent, []).append(rank)
    found: list[_Kin] = [(None, None, None, [])] * len(levels)
    for parent, ranks in siblings.items():
        for place, rank in enumerate(ranks):
            previous = ranks[place - 1] if place else None
            following = ranks[place + 1] if place + 1 < len(ranks) else None
            found[rank] = (parent, previous, following, siblings.get(rank, []))
    return found
