"""Compare the rows of an annuaire with the schools known: what to create, to update, to leave, to report.

Holds no query. Rows stream through; what is kept of each is its UAI, its line and its classification. Rows that need
others wait for the end of the file: sections need their school, and the sites of one UAI need each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from materiel.domain.academies import same_academie
from materiel.domain.language.identifiers import LEGAL_COMMUNE_NAMES, legal_commune
from materiel.domain.loan.reference_change import PARTIAL, WHOLE, ChangeKind, FoundChange
from materiel.domain.papers.required import has_mayor
from materiel.domain.places.annuaire import is_whole, looks_whole
from materiel.domain.places.classification import Classification, classify, is_section
from materiel.domain.places.school import School, SchoolKind
from materiel.exchange.places.annuaire import AnnuaireRow
from materiel.exchange.report import FileReport
from materiel.exchange.table import BadLine
from materiel.store.engine.ids import new_id
from materiel.store.places.school import KnownSchool, row_digest


@dataclass(slots=True)
class Comparison:
    """The comparison under way. Feed it with `take`, then `finish`; both give the schools to write.

    With an `academie`, the lines of others are counted and left aside. The report counts the lines read, refused and
    of each kind; whoever writes counts what was written. `new_communes` fills with municipalities to create, `renamed`
    with those whose name changed (INSEE code to name), `changes` with what may touch running loans.
    """

    known: Mapping[str, KnownSchool]
    communes: Mapping[str, str]
    report: FileReport
    academie: str | None = None
    new_communes: dict[str, str] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    changes: list[FoundChange] = field(default_factory=list)
    _lines: dict[str, int] = field(default_factory=dict)
    _kinds: dict[str, Counter[SchoolKind]] = field(default_factory=dict)
    _classes: dict[str, Classification] = field(default_factory=dict)
    _interned: dict[Classification, Classification] = field(default_factory=dict)
    _sections: list[AnnuaireRow] = field(default_factory=list)
    _sites: dict[str, list[AnnuaireRow]] = field(default_factory=dict)
    _commune_names: dict[str, str] = field(default_factory=dict)

    def take(self, rows: Iterable[AnnuaireRow | BadLine]) -> list[School]:
        """Compare some rows of the file."""
        return [school for row in rows for school in self._take_one(row)]

    def finish(self) -> Iterator[School]:
        """Compare, one after the other, the rows that waited for the end of the file."""
        for rows in self._sites.values():
            yield from self._take_sites(rows)
        for row in self._sections:
            yield from self._take_section(row)

    def absences(self) -> tuple[list[str], list[str]]:
        """The départements that the file holds whole, in order, and the UAI of their known schools that it leaves out.

        Goes through every school known: call it in a thread.
        """
        expected, lacking = Counter[str](), Counter[str]()
        for uai, school in self.known.items():
            if school.is_expected:
                expected[school.departement] += 1
                lacking[school.departement] += uai not in self._lines
        whole = sorted(each for each in self._kinds if self._is_complete(each, expected[each], lacking[each]))
        here = set(whole)
        return whole, [
            uai for uai, school in self.known.items() if school.departement in here and uai not in self._lines
        ]

    def _is_complete(self, departement: str, expected: int, lacking: int) -> bool:
        if expected:
            return is_whole(expected, lacking)
        kinds = self._kinds[departement]
        ecoles, colleges = kinds[SchoolKind.PUBLIC_PRIMARY], kinds[SchoolKind.EPLE]
        return looks_whole(kinds.total(), has_ecoles=ecoles > 0, has_colleges=colleges > 0)

    def _take_one(self, row: AnnuaireRow | BadLine) -> Iterator[School]:
        self.report.read += 1
        if isinstance(row, BadLine):
            self._lines.setdefault(row.key, row.number)
            self.report.reject(row.number, row.code, row.detail)
        elif self.academie is not None and not same_academie(row.academie, self.academie):
            self.report.outside += 1
        elif row.is_one_of_several:
            self._lines.setdefault(row.uai, row.line)
            self._sites.setdefault(row.uai, []).append(row)
        elif row.uai in self._lines:
            self.report.reject(
                row.line,
                "school.duplicate_uai",
                f"L'UAI « {row.uai} » figure déjà à la ligne {self._lines[row.uai]} : celle-ci est laissée.",
            )
        else:
            self._lines[row.uai] = row.line
            yield from self._accept(row)

    def _take_sites(self, rows: list[AnnuaireRow]) -> Iterator[School]:
        """The main site is the first line whose name does not say « annexe »; the others change nothing."""
        main = next((row for row in rows if not row.is_annexe), rows[0])
        for row in rows:
            if row is main:
                yield from self._accept(row)
                continue
            self._count(classify(row.facts, self._parent(row)))
            self.report.warn(
                row.line,
                "school.other_site",
                f"Autre site de l'établissement {row.uai} : sa fiche est celle de la ligne {main.line}.",
            )

    def _accept(self, row: AnnuaireRow) -> Iterator[School]:
        if is_section(row.facts):
            self._sections.append(row)
        else:
            yield from self._compare(row, classify(row.facts))

    def _take_section(self, row: AnnuaireRow) -> Iterator[School]:
        yield from self._compare(row, classify(row.facts, self._parent(row)))

    def _parent(self, row: AnnuaireRow) -> Classification | None:
        """The school of a section, from this file, else from a former one."""
        uai = row.facts.parent_uai
        if uai in self._classes:
            return self._classes[uai]
        known = self.known.get(uai)
        if known is None:
            return None
        return Classification(kind=known.computed_kind, partial_contract=known.partial_contract)

    def _compare(self, row: AnnuaireRow, found: Classification) -> Iterator[School]:
        self._classes[row.uai] = self._interned.setdefault(found, found)
        self._kinds.setdefault(row.departement, Counter())[found.kind] += 1
        self._count(found)
        for code, detail in row.remarks:
            self.report.warn(row.line, code, detail)
        self._note_commune(row.municipality_insee, row.municipality_name)
        school = _school(row, found)
        known = self.known.get(row.uai)
        if known is not None:
            self.changes += _changes(known, school)
        if known is None or known.is_absent or known.row_digest != row_digest(school):
            yield school

    def _note_commune(self, insee: str, name: str) -> None:
        """Keep the first name that the file gives; an arrondissement also needs its city, which has the
        mayor."""
        if insee in self._commune_names:
            return
        self._commune_names[insee] = name
        if insee not in self.communes:
            self.new_communes[insee] = name
        elif self.communes[insee] != name:
            self.renamed[insee] = name
        city = legal_commune(insee)
        if city != insee and city not in self.communes:
            self.new_communes.setdefault(city, LEGAL_COMMUNE_NAMES[city])

    def _count(self, found: Classification) -> None:
        kinds = self.report.kinds
        kinds[found.kind.value] = kinds.get(found.kind.value, 0) + 1


def _changes(known: KnownSchool, school: School) -> Iterator[FoundChange]:
    """What changes for the loans at a school."""
    before, after = known.computed_kind, school.computed_kind
    if before is not after:
        yield _change(known, ChangeKind.KIND, before.value, after.value)
    elif after is SchoolKind.PRIVATE_UNDER_CONTRACT and known.partial_contract is not school.partial_contract:
        yield _change(known, ChangeKind.CONTRACT, _covered(known.partial_contract), _covered(school.partial_contract))
    # Only a public école has its papers at a commune.
    if legal_commune(known.municipality) != legal_commune(school.municipality_insee) and has_mayor(after):
        yield _change(known, ChangeKind.MUNICIPALITY, known.municipality, school.municipality_insee)
    if known.is_open and not school.is_open:
        yield _change(known, ChangeKind.CLOSED)


def _covered(partial: bool) -> str:
    return PARTIAL if partial else WHOLE


def _change(known: KnownSchool, kind: ChangeKind, before: str = "", after: str = "") -> FoundChange:
    return FoundChange(school_id=known.id, uai=known.uai, kind=kind, before=before, after=after)


def _school(row: AnnuaireRow, found: Classification) -> School:
    return School(
        id=new_id(),
        uai=row.uai,
        name=row.name,
        kind=found.kind,
        computed_kind=found.kind,
        partial_contract=found.partial_contract,
        sector=row.facts.sector,
        type_name=row.facts.type_name,
        nature_code=row.facts.nature_code,
        contract_code=row.facts.contract_code,
        ministry=row.facts.ministry,
        section_of=row.facts.parent_uai if is_section(row.facts) else "",
        address=row.address,
        municipality_insee=row.municipality_insee,
        municipality_name=row.municipality_name,
        departement=row.departement,
        academie=row.academie,
        email=row.email,
        phone=row.phone,
        has_post_bac=row.facts.has_post_bac,
        is_open=row.is_open,
    )
