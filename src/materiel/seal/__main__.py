"""The process that looks for the code printed in a PDF that anybody may send: no database, no secret, bounded."""

from __future__ import annotations

import re
import sys

import pypdfium2 as pdfium

from materiel.isolated import bound, read_frame, write_frame

MOST_MEMORY = 1024**3
MOST_SECONDS = 20
CODE = re.compile(r"/v/([0-9A-Z]{8,20})(?![0-9A-Z])", re.IGNORECASE)


def printed_code(data: bytes) -> str:
    """The code that the first page prints, in upper case; empty for none, and for what is no PDF."""
    try:
        document = pdfium.PdfDocument(data)
        text = document[0].get_textpage().get_text_bounded() if len(document) else ""
    except pdfium.PdfiumError:
        return ""
    # The foot of a page cuts a long address where the line ends.
    found = CODE.search("".join(text.split()))
    return found.group(1).upper() if found else ""


if __name__ == "__main__":
    bound(memory=MOST_MEMORY, seconds=MOST_SECONDS)
    while (sent := read_frame(sys.stdin.buffer)) is not None:
        write_frame(sys.stdout.buffer, printed_code(sent).encode())
