"""The dated wording of documents: loaded from TOML, checked at load, chosen by day.

One file per kind and day, `templates/wording/<kind>/<YYYY-MM-DD>.toml`; a file once used by an issued document is never
edited, a change of wording is a new file. A clause holds plain text and `{{ variables }}` only: no markup and no
expression. Its condition is the name of a fact that `conditions` computes.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from materiel.documents.conditions import CONDITIONS
from materiel.documents.content import Run, Text
from materiel.documents.typography import typeset
from materiel.documents.variables import VARIABLES
from materiel.domain.papers.cover_letter import CoverLetterKind
from materiel.domain.papers.document import DocumentKind
from materiel.settings import resource_dir

ROLES = frozenset({"body", "lead", "small", "note"})
WORDING_KEYS = frozenset({"in_force_from", "why", "title", "subtitle", "footer", "mentions", "phrases", "section"})
SECTION_KEYS = frozenset({"heading", "source", "satisfies", "same_as", "clause"})
CLAUSE_KEYS = frozenset(
    {
        *("id", "text", "bullets", "rows", "caption", "role", "when", "satisfies"),
        *("source", "same_as", "promises", "follows", "run_in"),
    }
)
REQUIREMENTS = frozenset({*(f"P{n}" for n in range(1, 10)), *(f"D{n}" for n in range(1, 7)), "N1", "N2"})

_VARIABLE = re.compile(r"\{\{ ([a-z_]+) \}\}")


WordedKind = DocumentKind | CoverLetterKind
"""What has a wording: a document, or a letter that goes with some."""


class WordingError(ValueError):
    """A wording file breaks its own rules: a fault of the file, found when the program loads it."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text with variables, already cut: each part is a literal or, when the flag is set, a variable's name."""

    parts: tuple[tuple[str, bool], ...]

    def fill(self, values: Mapping[str, str]) -> Text:
        """Give the runs of the phrase; `KeyError` when a variable has no value, never an empty space in print."""
        return tuple(
            Run(values[part], bold=VARIABLES[part].bold) if is_variable else Run(part)
            for part, is_variable in self.parts
        )

    def plain(self, values: Mapping[str, str]) -> str:
        """The same as one string, for titles and letters."""
        return "".join(run.text for run in self.fill(values))

    @property
    def variables(self) -> frozenset[str]:
        """Names of the variables used."""
        return frozenset(part for part, is_variable in self.parts if is_variable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullet:
    """One item of a list, printed when its fact holds."""

    phrase: Phrase
    when: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One clause: a paragraph, then a list or labelled rows if any. `satisfies` holds requirement ids (« P4 »).

    `promises` names what the service binds itself to do, each kept by a task (`engagements.toml`). One that `follows`
    goes on in the paragraph of the clause before it; one that is `run_in` says its list within its sentence.
    """

    id: str
    text: Phrase | None
    bullets: tuple[Bullet, ...] = ()
    caption: str = ""
    rows: tuple[tuple[str, Bullet], ...] = ()
    role: str = "body"
    when: str = ""
    satisfies: frozenset[str] = frozenset()
    source: str = ""
    promises: frozenset[str] = frozenset()
    follows: bool = False
    run_in: bool = False

    def phrases(self) -> Iterator[Phrase]:
        """Every phrase of the clause, in printing order."""
        if self.text:
            yield self.text
        yield from (bullet.phrase for bullet in self.bullets)
        yield from (bullet.phrase for _, bullet in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and its clauses in printing order. Its `satisfies` are met by blocks that Python draws there."""

    id: str
    heading: str
    clauses: tuple[Clause, ...]
    satisfies: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """All that one kind of document says from a day on.

    `phrases` are short texts placed by Python (subject of a letter, sentence of place and date); `mentions` are
    what a signatory writes by hand, by key.
    """

    kind: WordedKind
    in_force_from: date
    title: str
    subtitle: str
    footer: str
    sections: Mapping[str, Section]
    phrases: Mapping[str, Phrase]
    mentions: Mapping[str, str]

    @property
    def satisfies(self) -> frozenset[str]:
        """Requirement ids that the wording claims to meet, whatever the case."""
        sections = self.sections.values()
        return frozenset().union(
            *(section.satisfies for section in sections),
            *(clause.satisfies for section in sections for clause in section.clauses),
        )


def wording_on(kind: WordedKind, day: date, folder: Path | None = None) -> Wording:
    """Choose the wording in force on a day: the latest whose first day is not after it.

    Args:
        kind: the document to compose.
        day: civil date of issue.
        folder: where the wordings are, for tests; the product's own by default.

    Raises:
        WordingError: a file is faulty, or none is in force yet on that day.
    """
    in_force = [wording for wording in wordings_of(kind, folder) if wording.in_force_from <= day]
    if not in_force:
        raise WordingError(f"{kind.value}: no wording is in force on {day.isoformat()}")
    return in_force[-1]


def wordings_of(kind: WordedKind, folder: Path | None = None) -> tuple[Wording, ...]:
    """Every wording of a kind, oldest first; read once per process."""
    return _load_all(kind, folder or resource_dir("templates") / "wording")


@cache
def _load_all(kind: WordedKind, folder: Path) -> tuple[Wording, ...]:
    return tuple(_Loader(path, folder).wording(kind) for path in sorted((folder / kind.value).glob("*.toml")))


def phrase(text: str, *, where: str = "") -> Phrase:
    """Cut a text at its variables; `WordingError` for an unknown variable or a stray brace."""
    parts: list[tuple[str, bool]] = []
    position = 0
    source = typeset(text)
    for match in _VARIABLE.finditer(source):
        parts.append((source[position : match.start()], False))
        parts.append((match.group(1), True))
        position = match.end()
    parts.append((source[position:], False))
    for part, is_variable in parts:
        if is_variable and part not in VARIABLES:
            raise WordingError(f"{where}: unknown variable {part!r}")
        if not is_variable and ("{" in part or "}" in part):
            raise WordingError(f"{where}: a brace that is no variable, in {part!r}")
    return Phrase(tuple(part for part in parts if part[0]))


class _Loader:
    """Reads one file; says which file and clause is at fault."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.path = path
        self.folder = folder
        self.data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))

    def fail(self, what: str) -> WordingError:
        return WordingError(f"{self.path.parent.name}/{self.path.name}: {what}")

    def check_keys(self, table: Mapping[str, Any], allowed: frozenset[str], where: str) -> None:
        if unknown := sorted(set(table) - allowed):
            raise self.fail(f"{where}: unknown key {', '.join(unknown)}")

    def wording(self, kind: WordedKind) -> Wording:
        data = self.data
        self.check_keys(data, WORDING_KEYS, "file")
        day = data["in_force_from"]
        if day.isoformat() != self.path.stem:
            raise self.fail("in_force_from is not the day of the file's name")
        if not data.get("why"):
            raise self.fail("`why` must say why this wording begins that day")
        sections = {name: self.section(name) for name in data["section"]}
        ids = [clause.id for section in sections.values() for clause in section.clauses]
        if repeated := sorted({name for name in ids if ids.count(name) > 1}):
            raise self.fail(f"clause ids used twice: {', '.join(repeated)}")
        return Wording(
            kind=kind,
            in_force_from=day,
            title=typeset(data["title"]),
            subtitle=typeset(data["subtitle"]),
            footer=typeset(data["footer"]),
            sections=MappingProxyType(sections),
            phrases=MappingProxyType({k: phrase(v, where=str(self.path)) for k, v in data.get("phrases", {}).items()}),
            mentions=MappingProxyType({k: typeset(v) for k, v in data.get("mentions", {}).items()}),
        )

    def section(self, name: str) -> Section:
        table = self.data["section"].get(name)
        if table is None:
            raise self.fail(f"no section {name}")
        self.check_keys(table, SECTION_KEYS, name)
        if "same_as" in table:
            loader, other = self.elsewhere(table["same_as"])
            section = loader.section(other)
            return replace(section, id=name, heading=typeset(table.get("heading", section.heading)))
        return Section(
            id=name,
            heading=typeset(table["heading"]),
            clauses=tuple(self.clause(row, table.get("source", ""), name) for row in table.get("clause", ())),
            satisfies=self.requirements(table, name),
        )

    def clause(self, row: Mapping[str, Any], section_source: str, section: str) -> Clause:
        where = f"{section}/{row.get('id', '?')}"
        self.check_keys(row, CLAUSE_KEYS, where)
        if "same_as" in row:
            loader, other = self.elsewhere(row["same_as"])
            return loader.find_clause(other)
        source = row.get("source", section_source)
        if not source:
            raise self.fail(f"{where}: no source")
        role = row.get("role", "body")
        if role not in ROLES:
            raise self.fail(f"{where}: unknown role {role}")
        return Clause(
            id=row["id"],
            text=phrase(row["text"], where=where) if "text" in row else None,
            bullets=tuple(self.bullet(entry, where) for entry in row.get("bullets", ())),
            caption=typeset(row.get("caption", "")),
            rows=tuple((typeset(entry["label"]), self.bullet(entry, where)) for entry in row.get("rows", ())),
            role=role,
            when=self.condition(row.get("when", ""), where),
            satisfies=self.requirements(row, where),
            source=source,
            promises=frozenset(row.get("promises", ())),
            follows=row.get("follows", False),
            run_in=row.get("run_in", False),
        )

    def bullet(self, entry: str | Mapping[str, str], where: str) -> Bullet:
        if isinstance(entry, str):
            return Bullet(phrase=phrase(entry, where=where))
        return Bullet(phrase=phrase(entry["text"], where=where), when=self.condition(entry.get("when", ""), where))

    def condition(self, name: str, where: str) -> str:
        if name and name not in CONDITIONS:
            raise self.fail(f"{where}: unknown fact {name!r} in `when`")
        return name

    def requirements(self, table: Mapping[str, Any], where: str) -> frozenset[str]:
        ids = frozenset(table.get("satisfies", ()))
        if unknown := sorted(ids - REQUIREMENTS):
            raise self.fail(f"{where}: unknown requirement {', '.join(unknown)}")
        return ids

    def elsewhere(self, reference: str) -> tuple[_Loader, str]:
        """Follow `<kind>/<day>#<id>`: the same words, written once, of a file that never changes."""
        file, _, name = reference.partition("#")
        return _Loader(self.folder / f"{file}.toml", self.folder), name

    def find_clause(self, name: str) -> Clause:
        for section_name, table in self.data["section"].items():
            for row in table.get("clause", ()):
                if row.get("id") == name:
                    return self.clause(row, table.get("source", ""), section_name)
        raise self.fail(f"no clause {name}")
