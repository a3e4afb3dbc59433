"""Content as canonical JSON: what is stored with an issued document, and read back to draw it again.

Keys are sorted and nothing depends on the process, so equal contents are equal texts. Each block carries its `type`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import msgspec

from materiel.documents.content import (
    Block,
    BulletList,
    Content,
    Details,
    DrawnSignature,
    Heading,
    Letter,
    Paragraph,
    Photographs,
    Signatures,
    Table,
    WritingSpace,
)

BLOCK_TYPES: dict[str, type[Block]] = {
    "heading": Heading,
    "paragraph": Paragraph,
    "bullet_list": BulletList,
    "details": Details,
    "drawing": DrawnSignature,
    "table": Table,
    "writing_space": WritingSpace,
    "signatures": Signatures,
    "photographs": Photographs,
}
_FIELD_TYPES: dict[str, Any] = {
    "issued_on": date,
    "wording": date,
    "sender": tuple[str, ...],
    "letter": Letter | None,
}
_NAMES = {block_type: name for name, block_type in BLOCK_TYPES.items()}


def block_type(block: Block) -> str:
    """Stable name of the type of a block, as stored."""
    return _NAMES[type(block)]


def content_to_json(content: Content) -> str:
    """Encode a content; `content_from_json` gives an equal one back."""
    data: dict[str, Any] = msgspec.to_builtins(replace(content, blocks=()))
    data["blocks"] = [{"type": block_type(block), **msgspec.to_builtins(block)} for block in content.blocks]
    return msgspec.json.encode(data, order="sorted").decode()


def content_from_json(text: str) -> Content:
    """Decode what `content_to_json` wrote.

    Raises:
        ValueError: the text is not such a content (a stored document was altered).
    """
    try:
        data: dict[str, Any] = msgspec.json.decode(text, type=dict[str, Any])
        blocks = tuple(_block(dict(block)) for block in data.pop("blocks"))
        fields = {name: msgspec.convert(value, _FIELD_TYPES.get(name, str)) for name, value in data.items()}
        return Content(**fields, blocks=blocks)
    except (msgspec.MsgspecError, LookupError, TypeError, ValueError) as error:
        raise ValueError(f"not a document content: {error}") from error


def _block(data: dict[str, Any]) -> Block:
    return msgspec.convert(data, BLOCK_TYPES[data.pop("type")])
