"""Tables of pupils as they are kept: names in one cell, schools by a name that leaves a doubt."""

from __future__ import annotations

from typing import Any

import pytest
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.use_cases.import_cast import everything, imported, undone

from materiel.domain.imports.import_file import ImportKind, ReadingOptions
from materiel.domain.people.pupil import Pupil
from materiel.errors import Conflict
from materiel.exchange.report import FileReport
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.places import school as schools
from materiel.store.retention.erasure import delete_pupil_rows
from materiel.use_cases.imports import completing
from materiel.use_cases.imports.import_file import get_import
from materiel.use_cases.imports.pupils import import_pupils
from materiel.use_cases.imports.undoing import undo_import
from materiel.use_cases.links.access_link import LinkHolder, make_link
from materiel.use_cases.people.pupil import get_pupil, list_pupils


@pytest.fixture(autouse=True)
async def known_world(db: object) -> None:
    await cast.set_up()


async def take(text: str, **options: Any) -> FileReport:
    return await import_pupils(text.encode(), actor=cast.MANAGER, now=cast.NOW, **options)


def codes(report: FileReport) -> list[tuple[int, str]]:
    return [(each.line, each.code) for each in report.rejected]


TITLES = ["Élève", "Nom et prénom", "Nom Prénom", "NOM Prénom de l’élève", "Bénéficiaire"]


@pytest.mark.parametrize("title", TITLES)
async def test_both_names_may_stand_in_one_cell(title: str) -> None:
    report = await take(f"{title};Né(e) le;UAI\nKERVELLA Maëlle;04/03/2015;{cast.BAULON}\n")
    assert (report.created, report.warnings) == (1, [])
    (pupil,) = await list_pupils(actor=cast.READER, q="kervella")
    assert (pupil.last_name, pupil.first_name) == ("KERVELLA", "Maëlle")


async def test_what_was_read_of_a_cell_is_shown_and_a_doubt_is_told() -> None:
    table = (
        f"Élève;Né(e) le;UAI\nKERVELLA Maëlle;04/03/2015;{cast.BAULON}\nKervella Tom;05/03/2015;{cast.BAULON}\n"
        f"LE BERRE Jean-Marc;06/03/2015;{cast.BAULON}\n"
    )
    report = await take(table, dry_run=True)
    assert [(each.last_name, each.first_name, each.is_sure) for each in report.names] == [
        ("KERVELLA", "Maëlle", True),
        ("Kervella", "Tom", False),
        ("LE BERRE", "Jean-Marc", True),
    ]
    (remark,) = report.warnings
    assert (remark.code, remark.line, remark.lines) == ("pupil.name_unclear", 3, 1)
    assert "nom « Kervella », prénom « Tom »" in remark.detail
    # The report of an import is kept a month: it repeats no name.
    done = await take(table)
    assert done.names == []
    assert [each.code for each in done.warnings] == ["pupil.name_unclear"]
    assert "Kervella" not in done.warnings[0].detail


async def test_the_order_of_names_may_be_that_of_the_title() -> None:
    await take(f"Prénom Nom;Né(e) le;UAI\nMaëlle Kervella;04/03/2015;{cast.BAULON}\n")
    (pupil,) = await list_pupils(actor=cast.READER, q="kervella")
    assert (pupil.last_name, pupil.first_name) == ("Kervella", "Maëlle")


async def test_a_cell_that_does_not_name_one_pupil_is_refused_with_what_is_in_it() -> None:
    lines = (f"{name};04/03/2015;{cast.BAULON}\n" for name in ("KERVELLA Maëlle et Tom", "KERVELLA", ""))
    report = await take("Élève;Né(e) le;UAI\n" + "".join(lines))
    assert codes(report) == [(2, "pupil.unreadable"), (3, "pupil.unreadable"), (4, "pupil.invalid")]
    assert [(each.column, each.cell) for each in report.rejected[:2]] == [
        ("Élève (nom et prénom)", "KERVELLA Maëlle et Tom"),
        ("Élève (nom et prénom)", "KERVELLA"),
    ]


async def test_names_in_their_own_columns_come_first() -> None:
    header = "Nom;Prénom;Élève;Né(e) le;UAI\n"
    report = await take(
        f"{header}Kervella;Maëlle;KERVELLA Maelle;04/03/2015;{cast.BAULON}\n"
        f"Kervella;Tom;MORVAN Ana;04/03/2015;{cast.BAULON}\n;;LE BERRE Ana;04/03/2015;{cast.BAULON}\n"
    )
    assert (report.created, [(each.line, each.cell) for each in report.left]) == (3, [(3, "MORVAN Ana")])


async def test_the_birth_date_stays_needed() -> None:
    report = await take(f"Élève;Né(e) le;UAI\nKERVELLA Maëlle;;{cast.BAULON}\n")
    assert (codes(report), report.rejected[0].column) == ([(2, "pupil.unreadable")], "Date de naissance")


SCHOOLS = f"""Nom;Prénom;Né(e) le;Établissement;Commune de l'établissement
A;B;04/03/2015;Jeanne d'Arc;
C;D;04/03/2015;Jeanne   d'Arc;
E;F;04/03/2015;Sirènes;Rennes
G;H;04/03/2015;{cast.BAULON};
"""


async def test_a_school_in_doubt_is_asked_once_for_all_its_lines() -> None:
    report = await take(SCHOOLS, dry_run=True)
    assert codes(report) == [(line, "pupil.school_unknown") for line in (2, 3, 4)]
    assert [(each.written, each.lines, each.line, each.said) for each in report.schools] == [
        ("Jeanne d'Arc", 2, 2, None),
        ("Sirènes, Rennes", 1, 4, None),
    ]


async def test_a_school_that_was_chosen_serves_the_examination_and_the_import() -> None:
    options = ReadingOptions(schools={"Jeanne d'Arc": cast.CARDROC, "Sirènes, Rennes": ""})
    for dry_run in (True, False):
        report = await take(SCHOOLS, dry_run=dry_run, options=options)
        assert (report.created, codes(report)) == (3, [(4, "pupil.school_unknown")])
        # Only an examination asks; what was chosen may be chosen anew.
        said = [(each.written, each.said) for each in report.schools]
        assert said == ([("Jeanne d'Arc", cast.CARDROC), ("Sirènes, Rennes", "")] if dry_run else [])


async def test_the_schools_that_a_text_may_mean_are_offered() -> None:
    report = await take("Nom;Prénom;Né(e) le;Établissement\nA;B;04/03/2015;École\n", dry_run=True)
    assert [each.choices for each in report.schools] == [()]
    school = await schools.by_uai(cast.COLLEGE, cast.SERVICE)
    report = await take(f"Nom;Prénom;Né(e) le;Établissement\nA;B;04/03/2015;{school.name}\n", dry_run=True)
    (asked,) = report.schools
    assert [(each.uai, each.name, each.municipality) for each in asked.choices] == [
        (cast.COLLEGE, school.name, school.municipality_name)
    ]


async def test_a_pupil_near_to_a_known_one_or_to_another_line_is_told_before() -> None:
    header = "Nom;Prénom;Né(e) le;UAI\n"
    await take(f"{header}Kervella;Maëlle;04/03/2015;{cast.BAULON}\n")
    (known,) = await list_pupils(actor=cast.READER, q="kervella")
    table = (
        f"{header}Kervela;Maëlle;04/03/2015;{cast.BAULON}\nKERVELLA;Maelle;03/04/2015;{cast.BAULON}\n"
        f"Morvan;Tom;05/05/2014;{cast.BAULON}\nMorvan;Tomm;05/05/2014;{cast.BAULON}\n"
        f"Kervella;Maëlle;04/03/2015;{cast.BAULON}\n"
    )
    report = await take(table, dry_run=True)
    assert [(each.line, each.kind, each.twin, each.subject) for each in report.twins] == [
        (2, "pupil", "Maëlle Kervella", str(known.id)),
        (3, "pupil", "Maëlle Kervella", str(known.id)),
        (5, "pupil", "Tom Morvan", ""),
    ]
    assert "ligne 4" in report.twins[2].detail
    assert (report.created, report.unchanged) == (4, 1)
    # It is a question: they go in, and the report that is kept names nobody.
    assert ((await take(table)).created, (await take(table, dry_run=True)).twins) == (4, [])


async def test_pupils_of_another_service_are_nobody_s_twins() -> None:
    table = f"Nom;Prénom;Né(e) le;UAI\nKervella;Maëlle;04/03/2015;{cast.BAULON}\n"
    await import_pupils(table.encode(), actor=cast.STRANGER, now=cast.NOW)
    assert (await take(table.replace("Kervella", "Kervela"), dry_run=True)).twins == []


async def test_lines_that_are_shorter_than_the_titles_are_told() -> None:
    report = await take(
        f"Nom;Prénom;Né(e) le;UAI;Adresse;Code postal;Ville\nA;B;04/03/2015;{cast.BAULON};;;\n"
        f"C;D;04/03/2015;{cast.BAULON}\nE;F;04/03/2015;{cast.BAULON}\n"
    )
    assert [(each.code, each.line, each.lines) for each in report.warnings] == [("line.short", 3, 2)]
    assert report.created == 3


KNOWN = "Nom;Prénom;Né le;UAI\nMorvan;Zoé;04/03/2015;0350122T\n"
ONDE = (
    "Nom;Prénom;Né le;UAI;Adresse;CP;Ville;Responsable 1 nom;Responsable 1 prénom;Responsable 1 courriel\n"
    "Morvan;Zoé;04/03/2015;0350122T;3 rue des Lilas;35580;Baulon;Morvan;Anne;anne@exemple.invalid\n"
)


async def zoe() -> Pupil:
    (found,) = await list_pupils(actor=cast.MANAGER, q="morvan zoe")
    return found


async def test_a_known_pupil_gains_what_the_record_lacks_and_it_is_undone() -> None:
    await imported(KNOWN.encode(), ImportKind.PUPILS)
    before = await everything()
    assert (await zoe()).homes == ()
    looked = await import_pupils(ONDE.encode(), actor=cast.MANAGER, now=cast.NOW, dry_run=True)
    assert (looked.created, looked.updated, looked.unchanged) == (0, 1, 0)
    assert [(each.field, each.old, each.new) for each in looked.changes] == [
        ("Domicile", "", "3 rue des Lilas, 35580 Baulon"),
        ("Responsables", "", "Anne Morvan anne@exemple.invalid"),
    ]
    file = await imported(ONDE.encode(), ImportKind.PUPILS)
    pupil = await zoe()
    assert [home.address.city for home in pupil.homes] == ["Baulon"]
    assert [each.email for each in pupil.representatives] == ["anne@exemple.invalid"]
    report = (await get_import(file.id, actor=cast.MANAGER, now=cast.NOW)).report
    assert report is not None
    # What is kept a month repeats neither names nor addresses.
    assert (report.updated, report.changes) == (1, [])
    again = await imported(ONDE.encode(), ImportKind.PUPILS)
    report = (await get_import(again.id, actor=cast.MANAGER, now=cast.NOW)).report
    assert report is not None
    assert (report.updated, report.unchanged) == (0, 1)
    await undone(file)
    assert await everything() == before


async def test_what_somebody_typed_is_never_replaced() -> None:
    """Another address, other persons: told, and left; a mailbox that is missing is filled by the same name."""
    known = cast.a_child()
    elsewhere = (
        "Nom;Prénom;Né le;UAI;Adresse;CP;Ville;Responsable 1 nom;Responsable 1 prénom;Responsable 1 courriel;"
        "Responsable 2 nom;Responsable 2 prénom\n"
        f"EXEMPLE;Zoe;04/05/2016;{cast.BAULON};9 rue Neuve;35000;Rennes;EXEMPLE;Anne;anne@exemple.invalid;Autre;Jean\n"
    )
    file = await imported(elsewhere.encode(), ImportKind.PUPILS)
    pupil = await get_pupil(cast.CHILD, actor=cast.MANAGER)
    assert pupil.homes == known.homes
    assert [(each.last_name, each.email) for each in pupil.representatives] == [("Exemple", "anne@exemple.invalid")]
    report = (await get_import(file.id, actor=cast.MANAGER, now=cast.NOW)).report
    assert report is not None
    assert "pupil.known_differs" in [each.code for each in report.warnings]
    assert "rue Neuve" not in str(report)


async def test_a_record_written_meanwhile_is_compared_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    await imported(KNOWN.encode(), ImportKind.PUPILS)
    write, times = completing.write, []

    async def late(*args: object, **asked: object) -> None:
        times.append(1)
        if len(times) == 1:
            raise Conflict("pupil.changed", "La fiche a été modifiée.")
        await write(*args, **asked)  # type: ignore[arg-type]

    monkeypatch.setattr(completing, "write", late)
    report = await import_pupils(ONDE.encode(), actor=cast.MANAGER, now=cast.NOW)
    assert (report.updated, len(times)) == (1, 2)
    assert (await zoe()).homes


async def test_a_person_who_was_written_to_keeps_the_import() -> None:
    await imported(KNOWN.encode(), ImportKind.PUPILS)
    file = await imported(ONDE.encode(), ImportKind.PUPILS)
    pupil = await zoe()
    anne = pupil.representatives[0]
    holder = LinkHolder(
        service_id=cast.SERVICE, email=anne.email, name=anne.full_name, pupil_id=pupil.id, representative_id=anne.id
    )
    async with write_transaction():
        await make_link(holder, actor_id=cast.MANAGER.id, now=cast.NOW)
    with refused(Conflict, "import.in_use"):
        await undo_import(file.id, actor=cast.MANAGER, now=cast.NOW)


async def test_what_a_record_was_goes_with_the_pupil() -> None:
    """The address that an import found empty is no trace of somebody who is erased."""
    await imported(KNOWN.encode(), ImportKind.PUPILS)
    await imported(ONDE.encode(), ImportKind.PUPILS)
    pupil = await zoe()
    kept = "SELECT id FROM import_change WHERE before IS NOT NULL"
    assert len(await fetch(kept)) == 1
    async with write_transaction():
        await delete_pupil_rows(pupil.id)
    assert await fetch(kept) == []
