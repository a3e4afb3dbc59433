"""Font objects of a file: the fixed subsets, written once, and those that one document needs besides."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import lru_cache

from materiel.documents.fonts import SLASHED_ZERO, Face
from materiel.documents.pdf.writing.syntax import number, reference, stream

_FREE_CODES = (*range(0x30, 0x3A), *range(0x41, 0x5B), *range(0x61, 0x7B), *range(0xA1, 0x100))
"""Codes given to other characters: none needs an escape in a PDF string."""

_SYMBOLIC = 4
_CMAP_BLOCK = 100
"""Entries in one block of a ToUnicode map; the CMap specification allows no more."""


class ExtraSubsets:
    """Characters outside the fixed subsets, as one document meets them, and the codes they are given."""

    def __init__(self) -> None:
        """Start with none."""
        self._codes: dict[Face, dict[str, tuple[int, int]]] = {}

    def literals(self, face: Face, text: str) -> list[tuple[str, str]]:
        """Names of font resources, each with the PDF string to show in it, parentheses included."""
        codes = self._codes.setdefault(face, {})
        shown: list[tuple[str, str]] = []
        for character in text:
            if character not in codes:
                codes[character] = divmod(len(codes), len(_FREE_CODES))
            subset, rank = codes[character]
            name = f"{face.resource}{subset + 1}"
            code = chr(_FREE_CODES[rank])
            if shown and shown[-1][0] == name:
                shown[-1] = (name, shown[-1][1] + code)
            else:
                shown.append((name, code))
        return [(name, f"({codes_shown})") for name, codes_shown in shown]

    def subsets(self) -> list[tuple[str, Face, tuple[int, ...]]]:
        """Each resource name with its face and the Unicode value of each code, in a fixed order."""
        found = []
        for face, codes in self._codes.items():
            for rank in range(1 + max(subset for subset, _ in codes.values())):
                values = [0] * 0x100
                for character, (subset, position) in codes.items():
                    if subset == rank:
                        values[_FREE_CODES[position]] = ord(character)
                found.append((f"{face.resource}{rank + 1}", face, tuple(values)))
        return found


def write_font(
    face: Face, subset: tuple[int, ...], tag: str, new: Callable[[], int], put: Callable[[int, bytes], None]
) -> int:
    """Write the objects of one subset; answers the number of its font dictionary.

    Args:
        face: where the glyphs come from.
        subset: Unicode value of each code, 0 where there is none.
        tag: six capitals that make the name of the subset unique in the file.
        new: reserves an object number.
        put: writes an object.
    """
    program, to_unicode, descriptor, font = _bodies(face, subset, tag)
    program_number, map_number, descriptor_number, font_number = new(), new(), new(), new()
    put(program_number, program)
    put(map_number, to_unicode)
    put(descriptor_number, descriptor + b" /FontFile2 " + reference(program_number) + b">>")
    references = b" /ToUnicode " + reference(map_number) + b" /FontDescriptor " + reference(descriptor_number)
    put(font_number, font + references + b">>")
    return font_number


@lru_cache(maxsize=8)
def _bodies(face: Face, subset: tuple[int, ...], tag: str) -> tuple[bytes, bytes, bytes, bytes]:
    """Program, ToUnicode map, and the beginnings of descriptor and font dictionary."""
    name = f"{tag}+{face.name}".encode("ascii")
    program = face.program(subset)
    compressed = zlib.compress(program, 9)
    program_stream = stream(compressed, b"/Filter /FlateDecode /Length1 %d " % len(program), compress=False)
    descriptor = b"<</Type /FontDescriptor /FontName /" + name + b" /Flags %d" % _SYMBOLIC
    for key, value in face.metrics.items():
        shown = b"[" + b" ".join(map(number, value)) + b"]" if isinstance(value, tuple) else number(value)
        descriptor += b" /" + key.encode("ascii") + b" " + shown
    widths = b" ".join([number(face.char_width(code)) for code in subset])
    font = b"<</Type /Font /Subtype /TrueType /BaseFont /" + name
    font += b" /FirstChar 0 /LastChar %d /Widths [%s]" % (len(subset) - 1, widths)
    return program_stream, stream(_to_unicode(subset)), descriptor, font


def _meant(value: int) -> str:
    """The character that is read, copied and searched."""
    return "0" if value == ord(SLASHED_ZERO) else chr(value)


def _to_unicode(subset: tuple[int, ...]) -> bytes:
    entries = [
        f"<{code:02X}> <{_meant(value).encode('utf-16-be').hex().upper()}>"
        for code, value in enumerate(subset)
        if value
    ]
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <00> <FF> endcodespacerange",
    ]
    for start in range(0, len(entries), _CMAP_BLOCK):
        block = entries[start : start + _CMAP_BLOCK]
        lines += [f"{len(block)} beginbfchar", *block, "endbfchar"]
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode("ascii")
