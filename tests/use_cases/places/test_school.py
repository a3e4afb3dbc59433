import asyncio
import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from tests.use_cases.loan_cast import a_service

import materiel
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.places.school import SchoolKind
from materiel.errors import BadInput, Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.places import municipality as municipalities
from materiel.store.places import school as schools
from materiel.use_cases.imports.prepared import LINES_AT_ONCE, Batches
from materiel.use_cases.imports.schools import import_schools, prepare_schools
from materiel.use_cases.places.school import (
    DecideSchoolKind,
    UpdateSchoolContact,
    decide_school_kind,
    get_school,
    list_schools,
    update_school_contact,
)

pytestmark = pytest.mark.usefixtures("db")

ANNUAIRE = Path(materiel.__file__).parent / "demo_data" / "annuaire-education-35.csv"
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SERVICE = UUID("0193a000-0000-7000-8000-000000000001")
MANAGER = Actor("token:manager", Role.MANAGER, SERVICE)
READER = Actor("token:reader", Role.READER, SERVICE)
UAI = "Identifiant_de_l_etablissement"


@pytest.fixture(autouse=True)
async def service(db):
    await services.insert(a_service(SERVICE, "DSDEN35", "35"))


def real_rows():
    with ANNUAIRE.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def as_csv(rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def figures(report):
    return report.read, report.created, report.updated, report.unchanged, report.absent, len(report.rejected)


async def import_rows(rows, *, now=NOW, **options):
    return await import_schools(as_csv(rows), actor=MANAGER, now=now, **options)


async def written():
    return await fetch("SELECT uai, version, row_digest, absent_since FROM school ORDER BY uai")


async def test_the_real_annuaire_goes_in():
    # 996 lines and 993 schools: three UAI have a second line, for another site, which changes nothing.
    report = await import_schools(ANNUAIRE, actor=MANAGER, now=NOW)
    assert figures(report) == (996, 993, 0, 3, 0, 0)
    assert report.kinds == {
        "public_primary": 421,
        "private_under_contract": 332,
        "eple": 99,
        "service": 47,
        "medico_educational": 39,
        "private_no_contract": 25,
        "post_bac": 9,
        "agricultural_public": 3,
        "to_check": 21,
    }
    assert [(remark.code, remark.lines, remark.line) for remark in report.warnings] == [("school.other_site", 3, 162)]
    assert len(await written()) == 993


async def test_a_second_import_changes_nothing():
    await import_schools(ANNUAIRE, actor=MANAGER, now=NOW)
    before = await written()
    again = await import_schools(ANNUAIRE, actor=MANAGER, now=NOW + timedelta(days=1))
    assert figures(again) == (996, 0, 0, 996, 0, 0)
    assert await written() == before


async def test_a_dry_run_tells_and_writes_nothing():
    report = await import_schools(ANNUAIRE, actor=READER, now=NOW, dry_run=True)
    assert figures(report) == (996, 993, 0, 3, 0, 0)
    assert report.dry_run
    assert await written() == []
    assert await fetch("SELECT * FROM municipality") == []
    assert await fetch("SELECT * FROM journal") == []


async def test_an_import_is_journalled_once():
    await import_schools(ANNUAIRE, actor=MANAGER, now=NOW)
    entries = await fetch("SELECT action, actor, chain FROM journal")
    assert [tuple(entry.values()) for entry in entries] == [("school.imported", MANAGER.id, str(SERVICE))]


async def test_the_main_site_of_a_school_is_not_its_annexe():
    await import_schools(ANNUAIRE, actor=MANAGER, now=NOW)
    assert (await get_school("0350852L", actor=READER)).name == "Collège Saint-Joseph"


async def test_a_section_keeps_its_place_and_takes_the_kind_of_its_school():
    await import_schools(ANNUAIRE, actor=MANAGER, now=NOW)
    section = await get_school("0352867B", actor=READER)
    assert section.kind is SchoolKind.AGRICULTURAL_PUBLIC
    assert section.section_of == "0350700W"


async def test_a_section_alone_finds_its_school_of_a_former_import():
    rows = real_rows()
    await import_rows(rows)
    section = next(row for row in rows if row[UAI] == "0352867B")
    report = await import_rows([section])
    assert report.kinds == {"agricultural_public": 1}
    assert report.unchanged == 1


async def test_a_school_is_found_however_its_uai_is_typed():
    await import_schools(ANNUAIRE, actor=MANAGER, now=NOW)
    school = await get_school(" 350122t ", actor=READER)
    assert (school.uai, school.municipality_insee, school.municipality_name) == (
        "0350122T",
        "35016",
        "Baulon",
    )
    assert school.kind is SchoolKind.PUBLIC_PRIMARY


async def test_an_unknown_school_is_not_found():
    with pytest.raises(NotFound) as refusal:
        await get_school("0350122T", actor=READER)
    assert refusal.value.code == "school.not_found"


async def test_a_changed_row_updates_its_school_alone():
    rows = real_rows()
    await import_rows(rows)
    rows[0]["Mail"] = "nouvelle.adresse@ac-rennes.fr"
    report = await import_rows(rows)
    assert figures(report) == (996, 0, 1, 995, 0, 0)
    school = await get_school("0350122T", actor=READER)
    assert school.email == "nouvelle.adresse@ac-rennes.fr"
    assert {row["version"] for row in await written() if row["uai"] == school.uai} == {2}


async def test_a_decision_survives_the_next_import():
    rows = real_rows()
    await import_rows(rows)
    uai = next(row[UAI] for row in rows if row["code_nature"] == "380")
    school = await get_school(uai, actor=READER)
    command = DecideSchoolKind(
        uai=uai, kind=SchoolKind.AGRICULTURAL_PRIVATE, reason="Contrat vu.", version=school.version
    )
    decided = await decide_school_kind(command, actor=MANAGER, now=NOW)
    assert (decided.kind, decided.computed_kind) == (SchoolKind.AGRICULTURAL_PRIVATE, SchoolKind.TO_CHECK)
    rows = [row | {"Mail": "autre@exemple.fr"} if row[UAI] == uai else row for row in rows]
    assert (await import_rows(rows)).updated == 1
    found = await get_school(uai, actor=READER)
    assert (found.kind, found.kind_reason, found.email) == (decided.kind, "Contrat vu.", "autre@exemple.fr")


async def test_a_decision_can_be_withdrawn():
    await import_schools(ANNUAIRE, actor=MANAGER, now=NOW)
    command = DecideSchoolKind(uai="0350122T", kind=SchoolKind.EPLE, reason="Erreur", version=1)
    await decide_school_kind(command, actor=MANAGER, now=NOW)
    back = DecideSchoolKind(uai="0350122T", kind=None, reason="Retour au calcul", version=2)
    assert (await decide_school_kind(back, actor=MANAGER, now=NOW)).kind is SchoolKind.PUBLIC_PRIMARY


async def test_a_stale_decision_is_refused_and_leaves_no_trace():
    await import_schools(ANNUAIRE, actor=MANAGER, now=NOW)
    command = DecideSchoolKind(uai="0350122T", kind=SchoolKind.EPLE, reason="Erreur", version=7)
    with pytest.raises(Conflict) as refusal:
        await decide_school_kind(command, actor=MANAGER, now=NOW)
    assert refusal.value.code == "school.changed"
    assert (await get_school("0350122T", actor=READER)).kind is SchoolKind.PUBLIC_PRIMARY
    assert len(await fetch("SELECT * FROM journal")) == 1


@pytest.mark.parametrize(
    ("kind", "reason", "pointers"),
    [
        (SchoolKind.EPLE, " ", ["/reason"]),
        (SchoolKind.EPLE, "x" * 501, ["/reason"]),
        (SchoolKind.TO_CHECK, "", ["/reason", "/kind"]),
    ],
)
async def test_a_decision_has_a_reason(kind, reason, pointers):
    command = DecideSchoolKind(uai="0350122T", kind=kind, reason=reason, version=1)
    with pytest.raises(RuleBroken) as refusal:
        await decide_school_kind(command, actor=MANAGER, now=NOW)
    assert [error.pointer for error in refusal.value.errors] == pointers


async def test_the_head_of_school_is_kept_through_imports():
    rows = real_rows()
    await import_rows(rows)
    command = UpdateSchoolContact(
        uai="0350793X",
        version=1,
        head_name="Mme Le Goff",
        head_title="Cheffe d'établissement",
        on_behalf_of="OGEC",
    )
    saved = await update_school_contact(command, actor=MANAGER, now=NOW)
    assert (saved.head_name, saved.on_behalf_of, saved.version) == ("Mme Le Goff", "OGEC", 2)
    assert figures(await import_rows(rows))[1:3] == (0, 0)
    assert (await get_school("0350793X", actor=READER)).head_name == "Mme Le Goff"


async def test_an_absent_school_is_marked_once_and_comes_back():
    rows = real_rows()
    await import_rows(rows)
    later = NOW + timedelta(days=30)
    assert (await import_rows(rows[1:], now=later)).absent == 1
    assert str((await get_school("0350122T", actor=READER)).absent_since) == "2026-12-21"
    before = await written()
    assert figures(await import_rows(rows[1:], now=later + timedelta(days=1))) == (995, 0, 0, 995, 1, 0)
    assert await written() == before
    assert (await import_rows(rows, now=later)).updated == 1
    assert (await get_school("0350122T", actor=READER)).absent_since is None


async def test_a_file_of_another_departement_makes_nobody_absent():
    rows = real_rows()
    await import_rows(rows)
    other = rows[0] | {UAI: "0940176F", "Code_departement": "094", "Code_commune": "94028"}
    assert figures(await import_rows([other])) == (1, 1, 0, 0, 0, 0)


async def test_a_school_whose_line_is_refused_is_not_absent():
    rows = real_rows()
    await import_rows(rows)
    rows[0]["Mail"] = "x" * 300
    report = await import_rows(rows)
    assert (report.absent, [each.code for each in report.rejected]) == (0, ["school.field_too_long"])


async def test_good_lines_go_in_beside_damaged_ones():
    rows = real_rows()[:10]
    rows[1][UAI] = "0350165A"
    rows[2]["SIREN_SIRET"] = "2,17003E+13"
    rows[3][UAI] = rows[3][UAI].removeprefix("0")
    rows[4]["Code_departement"] = "35"
    rows[5] = rows[0]
    report = await import_rows(rows)
    assert figures(report) == (10, 8, 0, 0, 0, 2)
    assert [(each.line, each.code) for each in report.rejected] == [
        (3, "school.uai_invalid"),
        (7, "school.duplicate_uai"),
    ]
    assert "ligne 2" in report.rejected[1].detail
    assert [remark.code for remark in report.warnings] == [
        "school.siret_mangled",
        "school.uai_zero_restored",
        "school.code_departement_padded",
    ]


async def test_an_arrondissement_brings_its_city():
    row = real_rows()[0] | {
        UAI: "0750655E",
        "Code_commune": "75104",
        "Nom_commune": "Paris  4e Arrondissement",
        "Code_departement": "075",
    }
    await import_rows([row])
    assert (await get_school("0750655E", actor=READER)).municipality_name == "Paris 4e Arrondissement"
    assert (await municipalities.get("75056", SERVICE)).name == "Paris"


async def test_a_renamed_municipality_is_renamed_once():
    rows = real_rows()[:3]
    await import_rows(rows)
    rows[0]["Nom_commune"] = "Baulon-sur-Canut"
    await import_rows(rows)
    assert (await municipalities.get("35016", SERVICE)).name == "Baulon-sur-Canut"
    assert (await import_rows(rows)).unchanged == len(rows)
    assert (await municipalities.get("35016", SERVICE)).version == 1


async def test_a_file_that_is_no_annuaire_leaves_no_trace():
    with pytest.raises(BadInput):
        await import_schools(b"a;b\n1;2\n", actor=MANAGER, now=NOW)
    assert await fetch("SELECT * FROM journal") == []


async def test_an_import_that_stops_half_way_is_taken_up_by_the_same_file():
    class Stopped(Batches):
        written = 0

        async def keep(self, created, updated):
            self.written += created
            if self.written > 500:
                raise RuntimeError("power")

    with pytest.raises(RuntimeError, match="power"):
        await prepare_schools(ANNUAIRE, actor=MANAGER, now=NOW, dry_run=False, batches=Stopped())
    # The batch under way is undone, the two before it stay; the journal tells of whole imports only.
    before = len(await written())
    assert 0 < before <= 600
    assert await fetch("SELECT * FROM journal") == []
    report = await import_schools(ANNUAIRE, actor=MANAGER, now=NOW)
    assert (report.read, report.created, report.unchanged) == (996, 993 - before, 996 - 993 + before)
    assert {row["version"] for row in await written()} == {1}


async def test_nobody_waits_for_a_whole_import():
    """Each batch is a transaction: another writer goes in between."""
    seen = []

    async def told(done, total):
        async with write_transaction():
            seen.append(len(await written()))

    await import_schools(ANNUAIRE, actor=MANAGER, now=NOW, progress=told)
    assert seen[0] < seen[1] < seen[2] < 993


async def test_a_reader_cannot_import():
    with pytest.raises(PermissionDenied):
        await import_schools(ANNUAIRE, actor=READER, now=NOW)


async def test_progress_is_told():
    seen = []

    async def told(done, total):
        seen.append((done, total))

    await import_schools(ANNUAIRE, actor=MANAGER, now=NOW, dry_run=True, progress=told)
    assert seen == [*((done, 997) for done in range(0, 996, LINES_AT_ONCE)), (996, 997)]


async def test_schools_are_searched_without_accents_or_case():
    await import_schools(ANNUAIRE, actor=MANAGER, now=NOW)
    found = await list_schools(actor=READER, q="LYCEE bréquigny")
    assert all("réquigny" in school.name for school in found)
    assert found
    assert [school.uai for school in await list_schools(actor=READER, q="0350122t")] == ["0350122T"]
    assert await list_schools(actor=READER, q="100%") == await list_schools(actor=READER, q="100")


async def test_pages_of_schools_follow_each_other():
    await import_schools(ANNUAIRE, actor=MANAGER, now=NOW)
    seen, after = [], ""
    while page := await list_schools(actor=READER, limit=200, after=after):
        seen += [school.uai for school in page]
        after = page[-1].uai
    assert len(seen) == 993
    assert seen == sorted(seen)


async def test_schools_are_listed_by_effective_kind():
    await import_schools(ANNUAIRE, actor=MANAGER, now=NOW)
    found = await list_schools(actor=READER, kind=SchoolKind.POST_BAC, limit=100)
    assert len(found) == 9


async def test_the_digest_follows_every_published_field():
    await import_schools(ANNUAIRE, actor=MANAGER, now=NOW)
    school = await schools.by_uai("0350122T", SERVICE)
    row = (await fetch("SELECT row_digest FROM school WHERE uai = '0350122T'"))[0]
    assert schools.row_digest(school) == row["row_digest"]


async def test_two_imports_at_once_do_the_work_once():
    reports = await asyncio.gather(*(import_schools(ANNUAIRE, actor=MANAGER, now=NOW) for _ in range(2)))
    assert sum(report.created for report in reports) == 993
    assert {row["version"] for row in await written()} == {1}


async def test_two_decisions_at_once_let_one_win():
    await import_schools(ANNUAIRE, actor=MANAGER, now=NOW)
    command = DecideSchoolKind(uai="0350122T", kind=SchoolKind.EPLE, reason="Erreur", version=1)
    answers = await asyncio.gather(
        *(decide_school_kind(command, actor=MANAGER, now=NOW) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(answer, Conflict) for answer in answers) == 3
