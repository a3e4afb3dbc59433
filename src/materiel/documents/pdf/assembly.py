"""A drawn document put into a file: pages, structure tree, links. Its objects are numbered and written at once."""

from __future__ import annotations

from typing import BinaryIO

from materiel.documents.fonts import BOLD, REGULAR
from materiel.documents.pdf.canvas import LinkAnnotation, TaggedCanvas
from materiel.documents.pdf.embedding import write_font
from materiel.documents.pdf.pictures import PICTURE, HeadPicture, image_object, photo_name
from materiel.documents.pdf.structure import Element, Numbers, dictionary
from materiel.documents.pdf.styles import PAGE_HEIGHT, PAGE_WIDTH
from materiel.documents.pdf.writing.binding import Binding, BoundPart
from materiel.documents.pdf.writing.syntax import number, reference, references, stream, text_string


class Assembly(Binding):
    """One file made of one document."""

    def __init__(self, out: BinaryIO, picture: HeadPicture | None = None) -> None:
        """Write what many documents share: fonts, the picture at their head if there is one."""
        super().__init__(out, merged=False)
        self._fonts = {
            face.resource: write_font(face, face.fixed_subset, tag, self._file.new, self._file.put)
            for face, tag in ((REGULAR, "MATERA"), (BOLD, "MATERB"))
        }
        self._picture = self._file.add(image_object(picture)) if picture is not None else 0

    def add(self, canvas: TaggedCanvas, root: Element) -> None:
        """Write the pages and the structure of a finished canvas, once. `root` is the element of the whole."""
        file = self._file
        elements: list[Element] = []
        root.settle(elements)
        tree = file.new()
        numbers = Numbers(
            pages=[file.new() for _ in canvas.contents],
            annotations=[file.new() for _ in canvas.links],
        )
        root.parent_number = self._structure
        first = file.reserve(len(elements))
        for rank, element in enumerate(elements, first):
            element.number = rank
            for kid in element.kids:
                if isinstance(kid, Element):
                    kid.parent_number = rank
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
        file.put_row(first, (dictionary(element, numbers) for element in elements))
        self._next_parent = first_link + len(canvas.links)
        parent_tree = file.add(_parent_tree(canvas, first_parent, self._next_parent - 1))
        outline = tuple((entry.title, entry.level, numbers.pages[entry.page], entry.top) for entry in canvas.outline)
        self._bind(BoundPart(tree, len(numbers.pages), root.number, parent_tree, outline))

    def _resources(self, canvas: TaggedCanvas) -> bytes:
        fonts = dict(self._fonts)
        for rank, (name, face, subset) in enumerate(canvas.extra.subsets()):
            tag = "MATER" + chr(ord("C") + rank % 24)
            fonts[name] = write_font(face, subset, tag, self._file.new, self._file.put)
        entries = b" ".join([b"/" + name.encode("ascii") + b" " + reference(n) for name, n in fonts.items()])
        pictures = [b"/%s %s" % (PICTURE, reference(self._picture))] if canvas.has_picture else []
        for rank, photo in enumerate(canvas.photos):
            pictures.append(b"/%s %s" % (photo_name(rank), reference(self._file.add(photo))))
        objects = b" /XObject <<%s>>" % b" ".join(pictures) if pictures else b""
        return b"<</Font <<" + entries + b">>" + objects + b">>"


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
