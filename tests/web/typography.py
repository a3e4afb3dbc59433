"""What French typography would not have in a page: straight apostrophes, spaces that may break where they may not."""

import html
import re

import httpx

_LEFT = re.compile(r"<(script|style|textarea|pre|code|kbd|samp)\b.*?</\1>", re.DOTALL)
_FAULT = re.compile(r".{0,25}(?:[^\W\d_]'[^\W_]| [:;?!»%€]|« |\bn° |\d (?:mm|cm|h|ans?|mois|jours?|Go)\b).{0,20}")


def faults(answer: httpx.Response) -> list[str]:
    """What is at fault in the texts of a page, with what is around it; nothing for another answer."""
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return []
    texts = html.unescape(re.sub(r"<[^>]+>", "\n", _LEFT.sub("", answer.text)))
    return [found[0] for found in _FAULT.finditer(texts) if "@" not in found[0] and "://" not in found[0]]
