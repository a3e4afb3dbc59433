"""Parts put into one file: pages, structure tree, links, bookmarks, and at the end the catalog.

A part is one document drawn on its own canvas. Its objects are numbered and written at once, then forgotten:
of each part only a few integers stay in memory, so that a print run of thousands of agreements is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from materiel.documents.fonts import BOLD, REGULAR
from materiel.documents.pdf.canvas import LinkAnnotation, TaggedCanvas
from materiel.documents.pdf.embedding import write_font
from materiel.documents.pdf.file import FileWriter
from materiel.documents.pdf.metadata import PROFILE_STREAM, Metadata, information, output_intent, xmp
from materiel.documents.pdf.structure import Element, Numbers, dictionary
from materiel.documents.pdf.styles import PAGE_HEIGHT, PAGE_WIDTH
from materiel.documents.pdf.syntax import number, reference, references, stream, text_string


@dataclass(frozen=True, slots=True)
class _Written:
    """What is kept of a part: numbers of its page tree, root element, and the bookmarks with their pages."""

    pages: int
    count: int
    element: int
    parent_tree: int
    outline: tuple[tuple[str, int, int, float], ...]


class Assembly:
    """One file made of one part, or of many under one `Document` element."""

    def __init__(self, out: BinaryIO, *, merged: bool) -> None:
        """Write the fonts that all parts share. `merged` tells whether there will be several parts."""
        self._file = FileWriter(out)
        self._merged = merged
        self._catalog = self._file.new()
        self._pages = self._file.new()
        self._structure = self._file.new()
        self._document = self._file.new() if merged else 0
        self._parts: list[_Written] = []
        self._next_parent = 0
        self._fonts = {
            face.resource: write_font(face, face.fixed_subset, tag, self._file.new, self._file.put)
            for face, tag in ((REGULAR, "MATERA"), (BOLD, "MATERB"))
        }

    @property
    def pages(self) -> int:
        """Pages written so far."""
        return sum(part.count for part in self._parts)

    def add(self, canvas: TaggedCanvas, root: Element) -> None:
        """Write the pages and the structure of a finished canvas. `root` is the element of the whole part."""
        file = self._file
        elements: list[Element] = []
        root.settle(elements)
        tree = file.new()
        numbers = Numbers(
            pages=[file.new() for _ in canvas.contents],
            annotations=[file.new() for _ in canvas.links],
        )
        root.parent_number = self._document or self._structure
        for element in elements:
            element.number = file.new()
            for kid in element.kids:
                if isinstance(kid, Element):
                    kid.parent_number = element.number
        first_parent = self._next_parent
        first_link = first_parent + len(canvas.contents)
        for rank, link in enumerate(canvas.links):
            file.put(numbers.annotations[rank], _annotation(link, numbers, first_link + rank))
        resources = file.add(self._resources(canvas))
        for page, content in enumerate(canvas.contents):
            links = [numbers.annotations[r] for r, link in enumerate(canvas.links) if link.page == page]
            body = b"<</Type /Page /Parent %d 0 R /MediaBox [0 0 %s %s] /Contents %d 0 R /Resources %d 0 R" % (
                tree,
                number(PAGE_WIDTH),
                number(PAGE_HEIGHT),
                file.add(stream(content)),
                resources,
            )
            body += b" /StructParents %d /Tabs /S" % (first_parent + page)
            body += b" /Annots " + references(links) if links else b""
            file.put(numbers.pages[page], body + b">>")
        file.put(
            tree,
            b"<</Type /Pages /Parent %d 0 R /Count %d /Kids %s>>"
            % (self._pages, len(numbers.pages), references(numbers.pages)),
        )
        for element in elements:
            file.put(element.number, dictionary(element, numbers))
        self._next_parent = first_link + len(canvas.links)
        parent_tree = file.add(_parent_tree(canvas, first_parent, self._next_parent - 1))
        entries = canvas.outline[:1] if self._merged else canvas.outline
        outline = tuple((entry.title, entry.level, numbers.pages[entry.page], entry.top) for entry in entries)
        self._parts.append(_Written(tree, len(numbers.pages), root.number, parent_tree, outline))

    def close(self, metadata: Metadata) -> None:
        """Write the trees that hold the parts together, and the catalog."""
        file, parts = self._file, self._parts
        file.put(
            self._pages,
            b"<</Type /Pages /Count %d /Kids %s>>" % (self.pages, references([part.pages for part in parts])),
        )
        top = self._document or parts[0].element
        if self._document:
            body = b"<</S /Document /P %d 0 R /K %s>>"
            file.put(self._document, body % (self._structure, references([part.element for part in parts])))
        parent_tree = file.add(b"<</Kids " + references([part.parent_tree for part in parts]) + b">>")
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

    def _resources(self, canvas: TaggedCanvas) -> bytes:
        fonts = dict(self._fonts)
        for rank, (name, face, subset) in enumerate(canvas.extra.subsets()):
            tag = "MATER" + chr(ord("C") + rank % 24)
            fonts[name] = write_font(face, subset, tag, self._file.new, self._file.put)
        entries = b" ".join([b"/" + name.encode("ascii") + b" " + reference(n) for name, n in fonts.items()])
        return b"<</Font <<" + entries + b">>>>"

    def _outline(self) -> int:
        """The bookmarks of a file of several pages; answers 0 where they would only repeat its one page."""
        entries = [entry for part in self._parts for entry in part.outline]
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


def _annotation(link: LinkAnnotation, numbers: Numbers, parent: int) -> bytes:
    box = b" ".join([number(value) for value in link.rectangle])
    return (
        b"<</Type /Annot /Subtype /Link /F 4 /Border [0 0 0] /Rect [%s] /P %d 0 R /StructParent %d"
        b" /Contents %s /A <</S /URI /URI %s>>>>"
        % (box, numbers.pages[link.page], parent, text_string(link.description), _uri(link.url))
    )


def _uri(url: str) -> bytes:
    """A URI must be ASCII: other characters are percent-encoded as UTF-8."""
    return text_string("".join([c if c.isascii() else "".join(f"%{b:02X}" for b in c.encode()) for c in url]))


def _parent_tree(canvas: TaggedCanvas, first: int, last: int) -> bytes:
    """From each page and link to the elements that own its content."""
    entries = [
        b"%d %s" % (first + page, references([element.number for element in elements]))
        for page, elements in enumerate(canvas.marked)
    ]
    entries += [
        b"%d %d 0 R" % (first + len(canvas.contents) + rank, link.element.number)
        for rank, link in enumerate(canvas.links)
    ]
    return b"<</Limits [%d %d] /Nums [%s]>>" % (first, last, b"\n".join(entries))
