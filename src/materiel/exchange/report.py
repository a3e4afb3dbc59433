"""What an import answers: figures, refused lines and remarks, the same for schools, items and pupils."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

MOST_CHANGES = 5_000
"""Corrected cells that a report keeps: more than anybody reads one by one, under two million bytes."""

LONGEST_CELL = 80
"""Characters of a refused cell that a report repeats."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """One line that did not go in. `line` counts from 1, the header being line 1; `detail` is French.

    `column` is the heading of the cell at fault and `cell` what is in it, when one cell alone is; `key` what the line
    is about (an inventory number), when that was read.
    """

    line: int
    code: str
    detail: str
    column: str = ""
    cell: str = ""
    key: str = ""

    @property
    def told(self) -> str:
        """Why, for the margin of the line: the column first, when it is one."""
        return f"{self.column} : {self.detail}" if self.column else self.detail


@dataclass(frozen=True, slots=True, kw_only=True)
class CellChange:
    """A cell of a known record that the file corrects: the heading of its field, what it was and what it becomes.

    `key` is what the record is called by (an inventory number), `subject` its identifier, `kind` its `RecordKind`. Both
    values are in words, as a person reads them; empty for nothing.
    """

    line: int
    key: str
    subject: str
    field: str
    old: str
    new: str
    kind: str = "item"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedMove:
    """A known pupil whom a line says to be in another school, by the UAIs of both; the import changes nothing of it."""

    line: int
    pupil: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedLoan:
    """A running loan that a change of the annuaire touches: its id, its agreement, the UAI, what changed."""

    loan: str
    number: str
    school: str
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedContact:
    """A contact of a commune beside what the administration's directory says, each as one line of text.

    `token` names it to whoever chooses it; `fills`: it is taken without being chosen. `asks_code`: a mailbox that is
    used once its code is typed. `outcome` says what became of it: `taken`, `asked` (a code was sent there), or nothing.
    """

    token: str
    field: str
    label: str
    before: str
    after: str
    fills: bool
    asks_code: bool = False
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedCommune:
    """A commune of which the directory says something else, or more, than what the service knows."""

    code: str
    name: str
    contacts: list[ReportedContact]


@dataclass(slots=True)
class Remark:
    """One kind of repair or doubt on lines that went in: how many lines, the first of them, and its
    sentence."""

    code: str
    detail: str
    line: int
    lines: int = 1


@dataclass(frozen=True, slots=True)
class LeftCell:
    """A cell that was not kept on a line that went in: the heading of its column, what it holds, why in French."""

    line: int
    column: str
    cell: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """A column of the file: its title, the field it is taken for (empty for none), its filled cells, some of them.

    `is_guessed`: its cells tell what it is taken for, its title does not.
    """

    title: str
    field: str
    filled: int = 0
    examples: tuple[str, ...] = ()
    is_guessed: bool = False


@dataclass(frozen=True, slots=True)
class NameRead:
    """The names of a pupil that one cell holds, and how they were parted; `is_sure`: the cell says where."""

    line: int
    cell: str
    last_name: str
    first_name: str
    is_sure: bool


@dataclass(frozen=True, slots=True)
class SchoolChoice:
    """A school that a text may mean."""

    uai: str
    name: str
    municipality: str


@dataclass(slots=True)
class SchoolAsked:
    """A school that the file names and that leaves a doubt: on how many lines, the first of them, what it may be.

    `said`: what somebody chose, `""` for none of these; None as long as nobody did.
    """

    written: str
    choices: tuple[SchoolChoice, ...]
    line: int
    lines: int = 1
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A line whose item or pupil may be another one: its number or name, that of the other, the sentence that asks.

    `kind`: `item` or `pupil`. `subject`: the identifier of a known pupil; empty for another line of the file.
    """

    line: int
    number: str
    twin: str
    detail: str
    kind: str = "item"
    subject: str = ""


MOST_ASKED = 200
"""Schools to choose that a report tells; those that follow come once these are chosen."""

MOST_NAMES = 2_000
"""Names in one cell that a report tells one by one."""

MOST_LEFT = 2_000
"""Cells set aside that a report tells one by one; all of them are counted."""


@dataclass(slots=True, kw_only=True)
class FileReport:
    """Figures count lines of the file: `read` = created + updated + unchanged + rejected + outside + moving.

    `outside`: lines of the annuaire that are of another académie, left aside. `complete_departements`: those that the
    file holds whole; `absent`: their known schools that it no longer holds. `loans_concerned`: running loans of the
    service whose school changed. `kinds`: lines accepted, by kind of school. `warnings` are grouped by code, so that
    a file damaged on every line gives a short report. `ignored`: the headings of the file that nothing reads. `left`:
    the cells that were not kept on lines that went in, the first of the `left_count`. `words`: how accents were read,
    when they may be read otherwise; `readings`: in each encoding, `encoding` being the one that was taken. `columns`:
    those of the file; `missing`: the headings without which nothing can be read. `names`: those that one cell held, the
    first of the `names_count`. `schools`: those to choose, or that were chosen. `twins`: new items or pupils that may
    be others, the first of the `twins_count`. `sheets`: the worksheets of a workbook, and the `sheet` that was read.
    `made`: records that it makes, by kind, where one line makes several. `changes`: the cells of known records that it
    corrects, `MOST_CHANGES` kept of the `changed_cells`. `moves`: the known pupils whom the file says to be in another
    school, the first of the `moving`.

    Of the administration's directory, `created` and `updated` count communes, `outside` the offices that are of no use,
    `absent` the communes without a town hall in the file; `communes` says what of each, `source_on` the file's date.
    """

    dry_run: bool
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    absent: int = 0
    outside: int = 0
    complete_departements: list[str] = field(default_factory=list)
    loans_concerned: list[ReportedLoan] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)
    warnings: list[Remark] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    left: list[LeftCell] = field(default_factory=list)
    left_count: int = 0
    words: list[str] = field(default_factory=list)
    readings: dict[str, list[str]] = field(default_factory=dict)
    encoding: str = ""
    names: list[NameRead] = field(default_factory=list)
    names_count: int = 0
    schools: list[SchoolAsked] = field(default_factory=list)
    twins: list[Lookalike] = field(default_factory=list)
    twins_count: int = 0
    columns: list[ColumnUse] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)
    sheet: str = ""
    communes: list[ReportedCommune] = field(default_factory=list)
    source_on: date | None = None
    changes: list[CellChange] = field(default_factory=list)
    changed_cells: int = 0
    moves: list[ReportedMove] = field(default_factory=list)
    moving: int = 0
    made: dict[str, int] = field(default_factory=dict)

    def tell_readings(self, readings: Mapping[str, Sequence[str]], taken: str) -> None:
        """Note in which encodings the file may be read, if there is a doubt."""
        self.readings = {name: list(words) for name, words in readings.items()}
        self.encoding = taken if readings else ""

    def leave(self, line: int, column: str, cell: str, code: str, detail: str) -> None:
        """Note a cell that was not kept."""
        self.left_count += 1
        if len(self.left) < MOST_LEFT:
            self.left.append(LeftCell(line, column, cell, code, detail))

    def part_name(self, name: NameRead) -> None:
        """Note how a name in one cell was read."""
        self.names_count += 1
        if len(self.names) < MOST_NAMES:
            self.names.append(name)

    def ask_school(self, asked: SchoolAsked) -> None:
        """Note a school to choose, once for each text."""
        for each in self.schools:
            if each.written == asked.written:
                each.lines += asked.lines
                each.line = min(each.line, asked.line)
                return
        if len(self.schools) < MOST_ASKED:
            self.schools.append(asked)

    def resemble(
        self, line: int, number: str, twin: str, detail: str, *, kind: str = "item", subject: str = ""
    ) -> None:
        """Note an item or a pupil that may be another one."""
        self.twins_count += 1
        if len(self.twins) < MOST_LEFT:
            self.twins.append(Lookalike(line, number, twin, detail, kind, subject))

    def reject(self, line: int, code: str, detail: str, *, column: str = "", cell: str = "", key: str = "") -> None:
        """Note a refused line."""
        self.rejected.append(Rejection(line, code, detail, column, cell.strip()[:LONGEST_CELL], key[:LONGEST_CELL]))

    def correct(self, changes: Sequence[CellChange]) -> None:
        """Note the cells that a line corrects."""
        self.changed_cells += len(changes)
        self.changes += changes[: max(0, MOST_CHANGES - len(self.changes))]

    def move(self, move: ReportedMove) -> None:
        """Note a known pupil whom a line says to be in another school."""
        self.moving += 1
        if len(self.moves) < MOST_CHANGES:
            self.moves.append(move)

    def warn(self, line: int, code: str, detail: str, lines: int = 1) -> None:
        """Note a remark; the sentence of the first line of each code is kept, and its lines counted."""
        for remark in self.warnings:
            if remark.code == code:
                remark.lines += lines
                if line < remark.line:
                    remark.line, remark.detail = line, detail
                return
        self.warnings.append(Remark(code, detail, line, lines))

    def add(self, part: FileReport) -> None:
        """Count some more lines, whose report this is."""
        self.read += part.read
        self.created += part.created
        self.updated += part.updated
        self.rejected += part.rejected
        self.names_count += part.names_count
        self.names += part.names[: MOST_NAMES - len(self.names)]
        for asked in part.schools:
            self.ask_school(asked)
        for kind, number in part.made.items():
            self.made[kind] = self.made.get(kind, 0) + number
        self.twins_count += part.twins_count
        self.twins += part.twins[: MOST_LEFT - len(self.twins)]
        self.left_count += part.left_count
        self.left += part.left[: MOST_LEFT - len(self.left)]
        self.changed_cells += part.changed_cells
        self.changes += part.changes[: max(0, MOST_CHANGES - len(self.changes))]
        self.moving += part.moving
        self.moves += part.moves[: max(0, MOST_CHANGES - len(self.moves))]
        for remark in part.warnings:
            self.warn(remark.line, remark.code, remark.detail, lines=remark.lines)

    def settle(self) -> None:
        """Once the whole is read: what an attempt that was interrupted wrote is no unchanged line."""
        self.rejected.sort(key=lambda each: each.line)
        written = self.created + self.updated
        self.unchanged = max(0, self.read - written - len(self.rejected) - self.outside - self.moving)
