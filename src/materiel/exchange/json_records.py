"""The objects of a JSON file, one at a time whatever its size: a list, one named in an object, or one object a line.

What stays in memory is the piece being read and one object. The parser is Python's, which tells where an object ends.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import BinaryIO

from materiel.errors import BadInput

PIECE = 1 << 18
LONGEST = 2_000_000
"""Characters of one object; a longer one is no record."""

BEGINNING = 4_096
"""Characters within which an object says that it holds a list of records."""

_LISTED = re.compile(
    r'\{(?:\s*"[^"\\]{0,60}"\s*:\s*(?:-?\d{1,18}|"[^"\\]{0,200}"|null|true|false)\s*,){0,9}'
    r'\s*"(?:results|service)"\s*:\s*\['
)
"""The beginning of an object whose list is read: that of a page of the API, or of the DILA's own file."""

_BETWEEN = re.compile(r"[\s,]*")


def looks_like_json(head: bytes) -> bool:
    """Whether a file begins as JSON does; no table begins so."""
    return head.removeprefix(codecs.BOM_UTF8).lstrip()[:1] in (b"{", b"[")


def json_records(stream: BinaryIO) -> Iterator[object]:
    """The values of the list of a file, or of its lines, from where the stream is.

    Raises:
        BadInput: `import.json_broken`, the file is no JSON, or is cut; what came before was given.
    """
    text = _Text(stream)
    while len(text.read) < BEGINNING and text.more():
        pass
    text.skip()
    listed = _LISTED.match(text.read, text.at)
    if listed is not None or text.read[text.at : text.at + 1] == "[":
        text.at = listed.end() if listed is not None else text.at + 1
        closing = "]"
    else:
        closing = ""
    number = 0
    while True:
        text.skip()
        if text.at >= len(text.read):
            if closing:
                raise _broken(number)
            return
        if closing and text.read[text.at] == closing:
            return
        number += 1
        yield text.value(number)


class _Text:
    """The piece of a file that is in memory, and how far it is read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._parse = json.JSONDecoder().raw_decode
        self._is_whole = False
        self.read = ""
        self.at = 0

    def more(self) -> bool:
        """Add a piece behind what is not read yet; False at the end of the file."""
        if self._is_whole:
            return False
        piece = self._stream.read(PIECE)
        self._is_whole = not piece
        try:
            self.read = self.read[self.at :] + self._decoder.decode(piece, final=self._is_whole)
        except UnicodeDecodeError as fault:
            raise BadInput(
                "import.json_broken", "Ce fichier JSON n'est pas en UTF-8. Téléchargez-le de nouveau, puis recommencez."
            ) from fault
        self.at = 0
        return True

    def skip(self) -> None:
        """Go to the next value."""
        while True:
            found = _BETWEEN.match(self.read, self.at)
            self.at = self.at if found is None else found.end()
            if self.at < len(self.read) or not self.more():
                return

    def value(self, number: int) -> object:
        """The value that begins here, whole: read on until it ends."""
        while True:
            try:
                value, self.at = self._parse(self.read, self.at)
            except (ValueError, RecursionError) as fault:
                if len(self.read) - self.at > LONGEST or not self.more():
                    raise _broken(number) from fault
            else:
                return value


def _broken(number: int) -> BadInput:
    return BadInput(
        "import.json_broken",
        f"Ce fichier JSON est abîmé ou incomplet à partir de la fiche {number or 1}. "
        "Téléchargez-le de nouveau, puis recommencez.",
    )
