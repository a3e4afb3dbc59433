"""French typography of what people read, on pages, in messages, on papers: spaces that do not break, apostrophes.

The only space that may not break here is U+00A0, which every font has and every search box finds. Nothing is changed
but blanks, apostrophes and the points between the pairs of a telephone number: a typed name stays the same name. It is
done where a text is shown, never where it is kept. Done twice, it is done once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

NBSP = "\u00a0"
NARROW_NO_BREAK = "\u202f"

_SPACES = re.compile(r"[ \t\n]+")
_GAP = rf"[ {NBSP}]+"
_CAPITAL = "A-ZÀ-ÖØ-ÞŒ"
_MONTHS = (
    "(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
    r"|(?:janv|févr|avr|juil|sept|oct|nov|déc)\.)"
)
_UNITS = (
    "h|j|heures?|min|minutes?|s|mm|cm|m|km|g|kg|Ko|kB|Mo|Go|To|Hz|V|W|dpi|pt|ans?|mois|semaines?|jours?|euros?|pouces?"
    "|exemplaires?|pages?"
)
_WAYS = (
    "rue|avenue|av|boulevard|bd|allée|impasse|place|quai|chemin|route|square|cours|passage|sentier|esplanade"
    "|lotissement"
)

_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=[^\W_]|[«\[])|(?<=\b[cdjlmnst])'$|(?<=qu)'$", re.IGNORECASE)
"""Between two letters, before a digit, or at the end of an elision: never a minute sign, never a quotation mark."""

_Binding = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]


def _after(words: str, following: str = "", flags: int = 0) -> _Binding:
    """The blank between some words and what follows them does not break."""
    return re.compile(rf"\b({words}){_GAP}(?={following})", flags), rf"\1{NBSP}"


_SIGNS: tuple[_Binding, ...] = (
    (re.compile(rf"{_GAP}(?=[:;?!»%€](?!//))"), NBSP),
    (re.compile(rf"([«§]|\b[nN]°s?|\b[aA]rt\.|\bp\.){_GAP}"), rf"\1{NBSP}"),
    (re.compile(rf"{_GAP}– "), f"{NBSP}– "),
)
_TITLES = _after("MM?\\.|M(?:mes?|lles?|e|gr)|Drs?|Prs?", f"[{_CAPITAL}]")
_NUMBERS: tuple[_Binding, ...] = (
    _after("[aA]rticles?|[pP]aragraphes?|[aA]linéas?|[aA]nnexes?|[pP]ages?|[cC]hapitres?|[tT]él\\.", r"[LRD]?\d"),
    _after("[LRD]\\.|BP|CS|TSA", r"\d"),
    _after("cedex", r"\d", re.IGNORECASE),
    _after(r"\d{1,2}|1er", rf"{_MONTHS}(?!\w)"),
    _after(_MONTHS, r"\d{4}\b"),
    (
        re.compile(rf"(?<![\w/.@+-])0\d(?:[ .{NBSP}]\d\d){{4}}(?![\w@-])"),
        lambda found: re.sub("[ .]", NBSP, found[0]),
    ),
    (re.compile(rf"(?<=\d){_GAP}(?=(?:{_UNITS})\b)"), NBSP),
    (re.compile(rf"(?<=\d{NBSP}h){_GAP}(?=\d\d\b)"), NBSP),
    (re.compile(rf"(?<=\d)(?<!\d{{4}}){_GAP}(?=\d{{3}}(?!\d))"), NBSP),
    _after(r"\d{5}", f"[{_CAPITAL}]"),
    _after(r"\d{1,4}(?: ?(?:bis|ter|quater))?,?", rf"(?:{_WAYS})\b", re.IGNORECASE),
)
"""What may not part at the end of a line, each with what it becomes, in order; these only where there is a digit."""

_DIGIT = re.compile(r"\d")
_TOUCHED = re.compile(r"['«»:;?!%€§–°\d]|\bM|[DP]rs?\b|[rp]t?\.")
_ADDRESS = re.compile(r"\S*(?:@|://)\S*")


@lru_cache(maxsize=8_192, typed=True)
def typeset(text: str) -> str:
    """French typography of a whole text: one space between words, unbreakable where due, curled apostrophes.

    Lines of a multi-line text are joined. Never given a serial number, an inventory number or a code.
    """
    return bound(_SPACES.sub(" ", text).strip())


@lru_cache(maxsize=8_192, typed=True)
def bound(text: str) -> str:
    """As `typeset`, lines and blanks at both ends kept: for a piece of a paragraph, or a message of several lines.

    Addresses, of the Web or of a mailbox, keep their apostrophes.
    """
    if _TOUCHED.search(text) is None:
        return text
    if "'" in text:
        text = _curled(text)
    for pattern, becomes in _SIGNS:
        text = pattern.sub(becomes, text)
    if "M" in text or "r" in text:
        text = _TITLES[0].sub(_TITLES[1], text)
    if _DIGIT.search(text) is not None:
        for pattern, becomes in _NUMBERS:
            text = pattern.sub(becomes, text)
    return text


def _curled(text: str) -> str:
    if "@" not in text and "://" not in text:
        return _APOSTROPHE.sub("’", text)
    made, last = [], 0
    for address in _ADDRESS.finditer(text):
        made += [_APOSTROPHE.sub("’", text[last : address.start()]), address[0]]
        last = address.end()
    return "".join([*made, _APOSTROPHE.sub("’", text[last:])])


_LEFT = "script|style|textarea|pre|code|kbd|samp"
_TEXT_OF_HTML = re.compile(
    rf"<({_LEFT})\b.*?(?=</\1>)|(<[^<>]*>)([^<]*(?:['«»:;?!%€§–°.&\dM]|[DP]rs? )[^<]*)", re.DOTALL
)
"""An element to leave, or a tag and the text after it; most texts hold nothing to set, and are passed over."""


_CODE = "m-code"
"""The class of what is a code to the pages' style sheet."""


def bound_html(html: str) -> str:
    """`bound` on each text of a page or of a message.

    What was typed into a field, and code, are left as they are: an inventory number or a key is copied as it is read.
    """
    return _TEXT_OF_HTML.sub(_bound_text, html)


def _bound_text(found: re.Match[str]) -> str:
    tag, text = found[2], found[3]
    if text is None or _CODE in tag:
        return found[0]
    if "&" in text:
        text = text.replace("&#39;", "'").replace("&nbsp;", NBSP)
    return tag + bound(text)


_ANY_FORM = re.compile(rf"(?:\\? |{NBSP})+|['’]|(?<=\d)\\\.(?=\d)")


def however_set(words: Iterable[str]) -> re.Pattern[str]:
    """Finds words as they were typed or as `typeset` sets them: blanks, apostrophes, pairs of a telephone number."""
    return re.compile("|".join(_ANY_FORM.sub(_in_any_form, re.escape(word)) for word in words))


def _in_any_form(found: re.Match[str]) -> str:
    return "['’]" if found[0] in "'’" else rf"[ .{NBSP}]+"


def count(number: int) -> str:
    """« 12 345 », with narrow spaces that do not break."""
    return f"{number:,}".replace(",", NARROW_NO_BREAK)


def money(cents: int) -> str:
    """« 1 234,50 € », with spaces that do not break."""
    return f"{count(cents // 100)},{cents % 100:02}{NBSP}€"
