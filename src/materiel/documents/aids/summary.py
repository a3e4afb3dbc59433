"""An agreement in plain words: the summary on one page, and « L'essentiel » in eight lines, its most useful sentences.

Both are read in the document as it was issued: a sentence restates clauses, and is told only where one of them is
printed, with the values that it prints. The sentences are in dated files, `templates/wording/summary`: neither the text
of an issued document, nor the wording it was composed from, nor the file of its day changes, nor does its summary.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from typing import Any

from materiel.documents.blocks import ITEM_HEADER, PART_MARK
from materiel.documents.content import Block, BulletList, Content, Details, Heading, Paragraph, Run, Table, Text
from materiel.documents.typography import NBSP, typeset
from materiel.documents.wording import Phrase, wordings_of
from materiel.domain.language.french import enumeration
from materiel.domain.papers.document import DocumentKind
from materiel.settings import resource_dir

MOST_NAMED = 3
"""Beyond, items are counted: the whole list is in the document."""

CONTACT = "Pour nous joindre"
_BOLD = frozenset({"pupil_name", "custodian_name", "starts_on", "ends_on"})
_VALUE = re.compile(r"\{\{ (\w+) \}\}")
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence, and the clauses that it restates: `clause`, `section`, or `clause#fact` for some lines of a clause.

    It summarises the wordings from `since` to `until`; `brief` ones are the eight lines.
    """

    text: str
    says: tuple[str, ...]
    brief: bool = False
    since: date = date.min
    until: date = date.max


@dataclass(frozen=True, slots=True)
class SummaryPart:
    """A heading and its sentences; without a heading, what comes first."""

    heading: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class SummaryWording:
    """How agreements of a kind are summarised, from a day on."""

    in_force_from: date
    mark: str
    title: str
    parts: tuple[SummaryPart, ...]


def summary(content: Content) -> Content | None:
    """The summary of an agreement, of the same number; None for another document."""
    wording = summary_wording(content)
    if wording is None:
        return None
    blocks: list[Block] = [Paragraph(text=(Run(wording.mark, bold=True),))]
    for heading, sentences in _told(content, wording):
        said = tuple(text for _, text in sentences)
        if heading:
            blocks += [Heading(level=2, text=heading), BulletList(items=said)]
        else:
            blocks += [Paragraph(text=text) for text in said]
    return replace(content, title=wording.title, subtitle="", blocks=tuple(blocks), footer="")


def essentials(content: Content) -> tuple[tuple[str, str], ...]:
    """The eight lines of an agreement, each a label and its sentences; none for another document."""
    wording = summary_wording(content)
    if wording is None:
        return ()
    lines = []
    for heading, sentences in _told(content, wording):
        brief = [plain(text) for sentence, text in sentences if sentence.brief]
        if brief:
            lines.append((heading, " ".join(brief)))
    return tuple(lines)


def summary_wording(content: Content) -> SummaryWording | None:
    """How a document is summarised: the file in force on its day of issue, or the first; None for no agreement."""
    known = summary_wordings(content.kind)
    in_force = [each for each in known if each.in_force_from <= content.issued_on]
    return next(reversed(in_force or known[:1]), None)


@cache
def summary_wordings(kind: str) -> tuple[SummaryWording, ...]:
    """Every summary of a kind of document, oldest first."""
    found = []
    for path in sorted((resource_dir("templates") / "wording" / "summary").glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        if kind in data:
            parts = tuple(_part(part) for part in data[kind]["part"])
            title = typeset(data[kind]["title"])
            found.append(SummaryWording(data["in_force_from"], typeset(data["mark"]), title, parts))
    return tuple(found)


def plain(text: Text) -> str:
    """A text without its emphasis."""
    return "".join(run.text for run in text)


def _part(data: Mapping[str, Any]) -> SummaryPart:
    sentences = tuple(
        Sentence(**{**each, "text": typeset(each["text"]), "says": tuple(each["says"])}) for each in data["sentences"]
    )
    return SummaryPart(typeset(data["heading"]), sentences)


def _told(content: Content, wording: SummaryWording) -> Iterator[tuple[str, list[tuple[Sentence, Text]]]]:
    page = PrintedPage(content)
    tables = {"items": _items(content), "contact": _contact(content)}
    for part in wording.parts:
        sentences = []
        for sentence in part.sentences:
            if not sentence.since <= content.wording <= sentence.until:
                continue
            said = [values for name in sentence.says if (values := page.values_of(name)) is not None]
            values = {name: value for each in (*said, tables) for name, value in each.items()}
            if said and all(values.get(name) for name in _VALUE.findall(sentence.text)):
                sentences.append((sentence, _filled(sentence.text, values)))
        if sentences:
            yield part.heading, sentences


def _filled(text: str, values: Mapping[str, str]) -> Text:
    # Of the pieces, every other one is the name of a value.
    pieces = enumerate(_VALUE.split(text))
    return tuple(Run(values[each], bold=each in _BOLD) if rank % 2 else Run(each) for rank, each in pieces if each)


class PrintedPage:
    """What a document prints of its wording, looked for run by run, so that a variant is never taken for another."""

    def __init__(self, content: Content) -> None:
        wordings = wordings_of(DocumentKind(content.kind))
        sections = [s for each in wordings if each.in_force_from == content.wording for s in each.sections.values()]
        self._sections = {section.id: section for section in sections}
        self._clauses = {clause.id: clause for section in sections for clause in section.clauses}
        self._runs = [[run.text for run in text] for text in _texts(content)]
        self._folded = [[_folded(run) for run in text] for text in self._runs]
        self._headings = [_folded(block.text) for block in content.blocks if isinstance(block, Heading)]

    def values_of(self, name: str) -> Mapping[str, str] | None:
        """The values that a clause prints, or a section, or the lines `clause#fact`; None when it is not printed."""
        clause_id, _, fact = name.partition("#")
        clause = self._clauses.get(clause_id)
        if clause is None or clause.text is None:
            section = self._sections.get(name)
            headed = section is not None and any(each.endswith(_folded(section.heading)) for each in self._headings)
            return {} if headed else None
        if fact and any(bullet.when for bullet in clause.bullets):
            lines = (self._phrase(bullet.phrase) for bullet in clause.bullets if bullet.when == fact)
            return next((values for values in lines if values is not None), None)
        return self._phrase(clause.text)

    def _phrase(self, phrase: Phrase) -> dict[str, str] | None:
        parts = _parts(phrase)
        for folded, runs in zip(self._folded, self._runs, strict=True):
            for start in range(len(folded) - len(parts) + 1):
                here = folded[start : start + len(parts)]
                if all(is_variable or said == text for said, (text, is_variable) in zip(here, parts, strict=True)):
                    shown = zip(runs[start:], parts, strict=False)
                    return {name: run for run, (name, is_variable) in shown if is_variable}
        return None


@lru_cache(maxsize=1_024)
def _parts(phrase: Phrase) -> tuple[tuple[str, bool], ...]:
    return tuple((text if is_variable else _folded(text), is_variable) for text, is_variable in phrase.parts)


def _texts(content: Content) -> Iterator[Text]:
    for block in content.blocks:
        if isinstance(block, Paragraph):
            yield block.text
        elif isinstance(block, BulletList):
            yield from block.items


def _items(content: Content) -> str:
    tables = [block for block in content.blocks if isinstance(block, Table) and _header(block) == _HEADER]
    items = [(row[0], row[3]) for table in tables for row in table.rows if not row[0].startswith(PART_MARK)]
    named = [f"{designation} (n°{NBSP}{number})" for designation, number in items[:MOST_NAMED]]
    left = len(items) - len(named)
    more = [f"{left} autre{'s' if left > 1 else ''} matériel{'s' if left > 1 else ''}"] if left else []
    return enumeration([*named, *more]) if named else ""


def _contact(content: Content) -> str:
    rows = (row for block in content.blocks if isinstance(block, Details) for row in block.rows)
    return next((plain(text) for label, text in rows if _folded(label) == CONTACT), "")


def _folded(text: str) -> str:
    """A text whatever the typography of the release that set it: blanks and apostrophes made plain."""
    return _BLANKS.sub(" ", text.replace("’", "'")).strip()


def _header(table: Table) -> tuple[str, ...]:
    return tuple(_folded(cell) for cell in table.header)


_HEADER = tuple(_folded(cell) for cell in ITEM_HEADER)
