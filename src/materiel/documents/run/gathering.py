"""Files already drawn put into one, to be printed: the pages that were issued, never drawn again.

The objects of each are written under other numbers, byte for byte but for their references. Each document becomes a
`Part` of one structure tree. What is the same in many, fonts above all, is written once, and the copies of a document
share what its pages show. A document is written before the next one is taken: memory does not grow with their number
but for a few integers a page.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from materiel.documents.pdf.styles import PAGE_HEIGHT, PAGE_WIDTH
from materiel.documents.pdf.writing.binding import Binding, BoundPart
from materiel.documents.pdf.writing.metadata import Metadata
from materiel.documents.pdf.writing.syntax import number, references, text_string
from materiel.documents.run.stored import StoredFile, StoredObject, UnknownFormError
from materiel.documents.text import clean

_LEAF = re.compile(rb"<</Limits \[0 (\d+)\] /Nums \[(.*)\]>>", re.DOTALL)
_DOCUMENT = b"<</S /Document /P "


@dataclass(frozen=True, slots=True)
class _Carried:
    """What is written of a file for each copy, and the new numbers of what its copies share."""

    file: StoredFile
    objects: Mapping[int, StoredObject]
    element: StoredObject
    leaf: tuple[StoredObject, ...]
    shared: Mapping[int, int]


class Gathering(Binding):
    """One file made of many; each begins on a recto."""

    def __init__(self, out: BinaryIO) -> None:
        """Begin the file; `out` is written from where it stands, never read."""
        super().__init__(out, merged=True)
        self._common: dict[bytes, int] = {}
        self._nothing = 0

    def add(self, data: bytes, *, title: str, copies: int = 1, level: int = 0) -> None:
        """Put a file, in so many copies, after those that are there.

        Args:
            data: a file that `render_pdf` made, under this layout or under a former one.
            title: of the part, and of the bookmark to its first copy.
            copies: at least one.
            level: of the bookmark, from 0.

        Raises:
            UnknownFormError: the file is not of this form; what was written is then useless.
        """
        carried = self._read(StoredFile(data))
        for copy in range(copies):
            self._carry(carried, clean(title), level, marked=not copy)

    def finish(self, metadata: Metadata) -> None:
        """Write the trees and the catalog.

        Raises:
            ValueError: there is no file.
        """
        if not self.pages:
            raise ValueError("nothing to print")
        self.close(metadata)

    def _read(self, file: StoredFile) -> _Carried:
        shared: dict[int, int] = {}
        for page in file.pages:
            if page.contents not in shared:
                shared[page.contents] = self._file.add(self._alone(file.read(page.contents)))
            self._share(file, page.resources, shared)
        objects: dict[int, StoredObject] = {}
        known = {file.structure, file.tree, file.parent_tree, file.element, *shared}
        element = file.read(file.element)
        leaf = _leaf_entries(file)
        waiting = [page.number for page in file.pages]
        waiting += [each for one in (element, *leaf) for each in one.references]
        while waiting:
            each = waiting.pop()
            if each < 0 or each in known:
                continue
            known.add(each)
            found = file.read(each)
            if found.rest:
                raise UnknownFormError(f"stream {each} belongs to no page")
            objects[each] = found
            waiting += found.references
        if not element.template.startswith(_DOCUMENT):
            raise UnknownFormError("the element of the whole is no document")
        return _Carried(file, objects, element, leaf, shared)

    def _share(self, file: StoredFile, old: int, shared: dict[int, int]) -> int:
        """The new number of something that may be the same in other files: resources, a font, its program."""
        if old not in shared:
            found = file.read(old)
            body = found.filled([self._share(file, each, shared) for each in found.references])
            digest = hashlib.sha256(body).digest()
            if digest not in self._common:
                self._common[digest] = self._file.add(body)
            shared[old] = self._common[digest]
        return shared[old]

    @staticmethod
    def _alone(found: StoredObject) -> bytes:
        if found.references or not found.rest:
            raise UnknownFormError("a page shows something else than a stream")
        return found.filled(())

    def _carry(self, carried: _Carried, title: str, level: int, *, marked: bool) -> None:
        file, out = carried.file, self._file
        tree, element, first = out.new(), out.new(), self._next_parent
        numbers = {**carried.shared, file.tree: tree, file.structure: self._document, file.element: element}
        numbers |= {~key: first + key for key in range(file.keys)}
        start = out.reserve(len(carried.objects))
        numbers |= {old: start + rank for rank, old in enumerate(carried.objects)}
        for old, found in carried.objects.items():
            out.put(numbers[old], found.template % tuple([numbers[each] for each in found.references]))
        body = carried.element.filled([numbers[each] for each in carried.element.references])
        told = b" /T " + text_string(title) + b" /Lang " + file.lang
        out.put(element, b"<</S /Part /P " + body[len(_DOCUMENT) : -2] + told + b">>")
        pages = [numbers[page.number] for page in file.pages]
        entries = [
            b"%d %s" % (first + key, entry.filled([numbers[each] for each in entry.references]))
            for key, entry in enumerate(carried.leaf)
        ]
        if len(pages) % 2:
            # A blank verso: nothing is read on it, but its key is there for whoever looks for it.
            pages.append(out.add(self._blank(tree, first + len(entries))))
            entries.append(b"%d []" % (first + len(entries)))
        self._next_parent = first + len(entries)
        limits = b"<</Limits [%d %d] /Nums [" % (first, self._next_parent - 1)
        leaf = out.add(limits + b"\n".join(entries) + b"]>>")
        node = b"<</Type /Pages /Parent %d 0 R /Count %d /Kids %s>>"
        out.put(tree, node % (self._pages, len(pages), references(pages)))
        outline = ((title, level, pages[0], PAGE_HEIGHT),) if marked else ()
        self._bind(BoundPart(tree, len(pages), element, leaf, outline))

    def _blank(self, tree: int, key: int) -> bytes:
        self._nothing = self._nothing or self._file.add(b"<<>>")
        box = b"[0 0 %s %s]" % (number(PAGE_WIDTH), number(PAGE_HEIGHT))
        body = b"<</Type /Page /Parent %d 0 R /MediaBox %s /Resources %d 0 R /StructParents %d /Tabs /S>>"
        return body % (tree, box, self._nothing, key)


def _leaf_entries(file: StoredFile) -> tuple[StoredObject, ...]:
    """What the parent tree tells for each key, in their order."""
    leaf = file.read(file.parent_tree)
    found = _LEAF.fullmatch(leaf.template)
    lines = found[2].split(b"\n") if found else []
    if found is None or int(found[1]) != file.keys - 1 or len(lines) != file.keys:
        raise UnknownFormError("a parent tree of another form")
    entries, taken = [], 0
    for key, line in enumerate(lines):
        told, _, rest = line.partition(b" ")
        if told != b"%d" % key:
            raise UnknownFormError("keys of the parent tree in another order")
        count = rest.count(b"%d 0 R")
        entries.append(StoredObject(rest, leaf.references[taken : taken + count], b""))
        taken += count
    return tuple(entries)
