"""Reads back, object by object, a file that `file.FileWriter` wrote: an issued document as it is kept.

It is no reader of PDF. It knows the one form that our own writer gives, whatever the layout of the pages, and refuses
any other: what is printed is what was issued, or nothing is.
"""

from __future__ import annotations

import hashlib
import re
import sys
import zlib
from array import array
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from materiel.documents.pdf.writing.file import HEADER, IN_FILE, IN_STREAM

_END = re.compile(rb"\nendobj\nstartxref\n(\d+)\n%%EOF\n\Z")
_INDEX = re.compile(
    rb"(\d+) 0 obj\n<</Type /XRef /Size (\d+) /W \[1 5 2\] /Root (\d+) 0 R /Info \d+ 0 R"
    rb" /ID \[<([0-9A-F]{32})><\4>\] /Filter /FlateDecode /Length (\d+)>>\nstream\n"
)
_ALONE = re.compile(rb"(\d+) 0 obj\n(<<.*?/Length (\d+)>>)\nstream\n", re.DOTALL)
_PACKED = re.compile(rb"<</Type /ObjStm /N (\d+) /First (\d+) /Filter /FlateDecode /Length \d+>>")
_STREAM, _END_OF_STREAM = b"\nstream\n", b"\r\nendstream"

_TOKEN = re.compile(
    rb"\((?:[^\\()]|\\.)*\)|<[0-9A-F]+>|\b(\d+) 0 R\b|/StructParent(?P<many>s?) (?P<key>\d+)", re.DOTALL
)
"""A string, literal or in hexadecimal, in which nothing is looked for; a reference; or a key of the parent tree."""
_REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
_NOT_PLAIN = (b"(", b"<FEFF", b"/StructParent")
"""What an object holds that has a string, or a key: most elements have neither."""

_CATALOG = re.compile(rb"<</Type /Catalog /Pages (\d+) 0 R /Lang (\(.*?\)) .*?/StructTreeRoot (\d+) 0 R ")
_STRUCTURE = re.compile(rb"<</Type /StructTreeRoot /K (\d+) 0 R /ParentTree (\d+) 0 R /ParentTreeNextKey (\d+)>>")
_KIDS = re.compile(rb"<<(?:/Type /Pages(?: /Parent \d+ 0 R)? /Count \d+ )?/Kids \[((?:\d+ 0 R ?)+)\]>>")
_PAGE = re.compile(rb"<</Type /Page /Parent (\d+) 0 R .*?/Contents (\d+) 0 R /Resources (\d+) 0 R", re.DOTALL)


class UnknownFormError(RuntimeError):
    """A file that is not of our own writer's form: a fault of the program, never of what somebody typed."""


class StoredObject(NamedTuple):
    """An object with places for the numbers of those that it refers to, in order.

    `template` is made for `%`; `rest` is what follows the dictionary of a stream. A key of the parent tree stands among
    the references as its complement, `~key`.
    """

    template: bytes
    references: tuple[int, ...]
    rest: bytes

    def filled(self, numbers: Sequence[int]) -> bytes:
        """The object with other numbers."""
        return self.template % tuple(numbers) + self.rest


class StoredPage(NamedTuple):
    """Numbers of a page and of what it shows: its content stream, its resources."""

    number: int
    contents: int
    resources: int


class StoredFile:
    """The objects of a file by number.

    Attributes:
        lang: the language, as a PDF string.
        tree, pages: the number of the node that holds the pages, and the pages.
        structure, element: the root of the structure tree, and the element of the whole document.
        parent_tree, keys: the number of the leaf that tells the elements of each page and link, and its count of keys.
    """

    def __init__(self, data: bytes) -> None:
        """Read the index and the trees.

        Raises:
            UnknownFormError: another writer made the file, or it is damaged.
        """
        self._data = data
        self._packed: dict[int, list[tuple[int, bytes]]] = {}
        root = self._read_index()
        catalog = self._match(_CATALOG, root)
        self.lang = catalog[2]
        self.structure = int(catalog[3])
        top = self._kids(int(catalog[1]))
        structure = self._match(_STRUCTURE, self.structure)
        self.element, self.keys = int(structure[1]), int(structure[3])
        leaves = self._kids(int(structure[2]))
        if len(top) != 1 or len(leaves) != 1:
            self._refuse("several parts")
        self.tree, self.parent_tree = top[0], leaves[0]
        self.pages = [self._page(each) for each in self._kids(self.tree)]

    def read(self, number: int) -> StoredObject:
        """An object, its references apart.

        Raises:
            UnknownFormError: there is none of this number, or it is not where the index tells.
        """
        body, rest = self._body(number)
        body = body.replace(b"%", b"%%")
        if not any([each in body for each in _NOT_PLAIN]):
            found = tuple([int(each) for each in _REFERENCE.findall(body)])
            return StoredObject(_REFERENCE.sub(b"%d 0 R", body), found, rest)
        pieces: list[bytes] = []
        references: list[int] = []
        start = 0
        for token in _TOKEN.finditer(body):
            if token[1] is None and token["key"] is None:
                continue
            pieces.append(body[start : token.start()])
            if token[1] is not None:
                references.append(int(token[1]))
                pieces.append(b"%d 0 R")
            else:
                references.append(~int(token["key"]))
                pieces.append(b"/StructParent%s %%d" % token["many"])
            start = token.end()
        pieces.append(body[start:])
        return StoredObject(b"".join(pieces), tuple(references), rest)

    def _read_index(self) -> int:
        """Read the cross-reference; answers the number of the catalog."""
        data = self._data
        end = _END.search(data, max(0, len(data) - 64))
        start = int(end[1]) if end else 0
        index = _INDEX.match(data, start) if end else None
        if not data.startswith(HEADER) or end is None or index is None:
            self._refuse("no index of ours")
        # The identifier is the digest of all that stands before the index: a byte that changed is seen here.
        if hashlib.sha256(data[:start]).hexdigest()[:32].upper().encode("ascii") != index[4]:
            self._refuse("its bytes are not those of its identifier")
        stop = index.end() + int(index[5])
        if data[stop : end.start()] != _END_OF_STREAM:
            self._refuse("an index of another length")
        entries = array("Q", self._inflated(data[index.end() : stop]))
        if sys.byteorder == "little":
            entries.byteswap()
        if len(entries) != int(index[2]):
            self._refuse("an index of another length")
        self._entries = entries
        return int(index[3])

    def _body(self, number: int) -> tuple[bytes, bytes]:
        """The bytes of an object; those of a stream are parted after its dictionary."""
        if not 0 < number < len(self._entries):
            self._refuse(f"no object {number}")
        entry = self._entries[number]
        kind, place, rank = entry >> 56, entry >> 16 & 0xFFFFFFFFFF, entry & 0xFFFF
        if kind == IN_STREAM:
            packed = self._packed_in(place)
            if rank >= len(packed) or packed[rank][0] != number:
                self._refuse(f"object {number} is not where it is told")
            return packed[rank][1], b""
        head = _ALONE.match(self._data, place) if kind == IN_FILE else None
        if head is None or int(head[1]) != number:
            self._refuse(f"object {number} is not where it is told")
        end = head.end() + int(head[3])
        if not self._data.startswith(_END_OF_STREAM + b"\nendobj\n", end):
            self._refuse(f"object {number} has another length")
        return head[2], self._data[head.end() - len(_STREAM) : end + len(_END_OF_STREAM)]

    def _packed_in(self, number: int) -> list[tuple[int, bytes]]:
        """The objects of an object stream with their numbers."""
        if number in self._packed:
            return self._packed[number]
        dictionary, rest = self._body(number)
        told = _PACKED.fullmatch(dictionary)
        if told is None:
            self._refuse(f"object {number} holds no others")
        data = self._inflated(rest[len(_STREAM) : -len(_END_OF_STREAM)])
        first = int(told[2])
        heads = [int(each) for each in data[:first].split()]
        starts = heads[1::2]
        ends = [*(start - 1 for start in starts[1:]), len(data) - first - 1]
        if len(heads) != 2 * int(told[1]):
            self._refuse(f"object {number} holds another count of objects")
        found = [
            (each, data[first + start : first + end]) for each, start, end in zip(heads[::2], starts, ends, strict=True)
        ]
        self._packed[number] = found
        return found

    def _page(self, number: int) -> StoredPage:
        found = self._match(_PAGE, number)
        if int(found[1]) != self.tree:
            self._refuse(f"page {number} hangs elsewhere")
        return StoredPage(number, int(found[2]), int(found[3]))

    def _kids(self, number: int) -> list[int]:
        found = _KIDS.fullmatch(self._body(number)[0])
        if found is None:
            self._refuse(f"object {number} has no kids")
        return [int(each) for each in found[1].split()[::3]]

    def _match(self, form: re.Pattern[bytes], number: int) -> re.Match[bytes]:
        found = form.match(self._body(number)[0])
        if found is None:
            self._refuse(f"object {number} is of another form")
        return found

    def _inflated(self, data: bytes) -> bytes:
        try:
            return zlib.decompress(data)
        except zlib.error as error:
            self._refuse(str(error))

    @staticmethod
    def _refuse(why: str) -> NoReturn:
        raise UnknownFormError(f"not a file of our own writer: {why}")
