"""The structure tree of a tagged PDF: what a screen reader walks, built from the content."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Struct

from materiel.documents.pdf.writing.syntax import text_string


class Marked(Struct, frozen=True, gc=False):
    """A piece of page content that belongs to an element: page from 0, marked-content id on it."""

    page: int
    mcid: int


class Annotated(Struct, frozen=True, gc=False):
    """An annotation that belongs to an element: page from 0, its rank among the annotations of the part."""

    page: int
    annotation: int


class Element(Struct, eq=False):
    """One structure element. `kind` is its standard type (`P`, `H1`, `TD`…); its kids are in reading order."""

    kind: str
    alt: str = ""
    attributes: bytes = b""
    title: str = ""
    kids: list[Element | Marked | Annotated] = []
    # Numbers of objects, set when the element is written. The parent itself is not kept: without cycles,
    # the tree of a document is freed as soon as it is written, and a print run stays small.
    number: int = 0
    parent_number: int = 0

    def add(self, kind: str, *, alt: str = "", attributes: bytes = b"", title: str = "") -> Element:
        """A new last kid."""
        kid = Element(kind, alt, attributes, title)
        self.kids.append(kid)
        return kid

    def settle(self, kept: list[Element]) -> bool:
        """Drop what nothing was drawn for, empty cells excepted; tell whether this element stays.

        The element and those below it that stay are appended to `kept`, in reading order.
        """
        place = len(kept)
        kept.append(self)
        if len(self.kids) == 1 and isinstance(self.kids[0], Marked):
            return True
        self.kids = [kid for kid in self.kids if not isinstance(kid, Element) or kid.settle(kept)]
        if self.kids or self.kind in ("TD", "TH"):
            return True
        del kept[place:]
        return False

    def first_page(self) -> int | None:
        """The page where the element starts; None if it draws nothing."""
        for kid in self.kids:
            page = kid.first_page() if isinstance(kid, Element) else kid.page
            if page is not None:
                return page
        return None


SCOPE_COLUMN = b"<</O /Table /Scope /Column>>"
SCOPE_ROW = b"<</O /Table /Scope /Row>>"
BULLETS = b"<</O /List /ListNumbering /Disc>>"


@dataclass(frozen=True, slots=True)
class Numbers:
    """Object numbers that the dictionary of an element refers to."""

    pages: list[int]
    annotations: list[int]


def dictionary(element: Element, numbers: Numbers) -> bytes:
    """The PDF object of an element whose own number and whose kids' numbers are set."""
    kids = element.kids
    if len(kids) == 1 and isinstance(kid := kids[0], Marked):
        content = f" /Pg {numbers.pages[kid.page]} 0 R /K {kid.mcid}"
    else:
        content = _content(element, numbers)
    data = f"<</S /{element.kind} /P {element.parent_number} 0 R{content}".encode("ascii")
    if element.alt:
        data += b" /Alt " + text_string(element.alt)
    if element.title:
        data += b" /T " + text_string(element.title)
    if element.attributes:
        data += b" /A " + element.attributes
    return data + b">>"


def _content(element: Element, numbers: Numbers) -> str:
    """The page of an element and its kids, when it has not one piece of content alone."""
    kids = element.kids
    own = next((kid.page for kid in kids if isinstance(kid, Marked)), None)
    page = own if own is not None else element.first_page()
    shown = "" if page is None else f" /Pg {numbers.pages[page]} 0 R"
    return f"{shown} /K [{' '.join([_kid(kid, own, numbers) for kid in kids])}]"


def _kid(kid: Element | Marked | Annotated, page: int | None, numbers: Numbers) -> str:
    if isinstance(kid, Element):
        return f"{kid.number} 0 R"
    if isinstance(kid, Marked):
        if kid.page == page:
            return str(kid.mcid)
        return f"<</Type /MCR /Pg {numbers.pages[kid.page]} 0 R /MCID {kid.mcid}>>"
    return f"<</Type /OBJR /Pg {numbers.pages[kid.page]} 0 R /Obj {numbers.annotations[kid.annotation]} 0 R>>"
