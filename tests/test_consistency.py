"""The repository itself: documentation, codes, names and sizes agree with the code."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterator
from enum import Enum
from functools import cache, reduce
from pathlib import Path

import click
import pytest

from materiel import __version__
from materiel.cli.main import materiel
from materiel.domain.language import states
from materiel.domain.language.states import State
from materiel.settings import VARIABLES

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src" / "materiel").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
LONGEST_MODULE = 400
LONGEST_FUNCTION = 60
ERRORS = {
    "BadInput",
    "PermissionDenied",
    "NotFound",
    "Conflict",
    "RuleBroken",
    "TooManyRequests",
    "Unavailable",
    "NeedsRepair",
    "Unauthenticated",
}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def commands(group: click.Group, path: str = "materiel") -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}"


def test_every_setting_is_in_the_readme() -> None:
    assert sorted(set(re.findall(r"`(MATERIEL_[A-Z0-9_]+)`", README))) == sorted(VARIABLES)


def test_the_readme_lists_the_commands_that_exist() -> None:
    listed = set(re.findall(r"`(materiel [a-z]+(?: [a-z]+)?)`", README))
    assert listed == set(commands(materiel))


def test_the_changelog_begins_with_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## (\S+)", changelog, re.MULTILINE).group(1) == __version__  # type: ignore[union-attr]
    assert f'softwareVersion: "{__version__}"' in (ROOT / "publiccode.yml").read_text(encoding="utf-8")


def glossary() -> list[tuple[str, str]]:
    text = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
    return re.findall(r"^\| ([^|]+) \| `([\w.]+)` \|", text, re.MULTILINE)


def resolve(identifier: str) -> object:
    parts = ["materiel", *identifier.split(".")]
    for end in range(len(parts), 0, -1):
        try:
            module = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        return reduce(getattr, parts[end:], module)
    raise LookupError(identifier)


@pytest.mark.parametrize(("term", "identifier"), glossary())
def test_a_glossary_identifier_exists(term: str, identifier: str) -> None:
    found = resolve(identifier)
    if isinstance(found, Enum | State):
        assert getattr(found, "label", "") == term


def test_the_glossary_lists_every_state_with_its_shape() -> None:
    text = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
    drawn = {"○": "free", "●": "out", "◐": "half", "–": "end", "◆": "care", "▲": "bad", "◇": "due", "✓": "dated"}
    rows = re.findall(r"^\| ([^|]+) \| `domain\.language\.states\.([A-Z_]+)` \| (.)", text, re.MULTILINE)
    listed = {(name, word, drawn[shape]) for word, name, shape in rows}
    assert listed == {(name, each.label, each.shape) for name, each in vars(states).items() if isinstance(each, State)}


HOUSE = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([a-z_]+(?:\.[A-Za-z_]+)+)`(?<!toml`)", HOUSE))))
def test_what_the_description_of_the_house_names_exists(name: str) -> None:
    resolve(name)


def test_the_description_of_the_house_lists_its_rooms() -> None:
    listed = set(re.findall(r"^\| `([a-z_]+)` \|", HOUSE, re.MULTILINE))
    listed |= set(re.findall(r"`[a-z_.]+\.([a-z_]+)`", HOUSE))
    for floor in ("domain", "store", "use_cases", "web/api", "web/pages"):
        rooms = {each.parent.name for each in (ROOT / "src/materiel" / floor).glob("*/__init__.py")}
        # The demonstration is not a subject, but one user of them all.
        assert rooms - listed - {"demo"} == set()


def raised_codes() -> set[str]:
    """The codes of the errors built in the sources: their first argument, a literal `thing.reason`."""
    codes = set()
    for path in SOURCES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = node.func.id if isinstance(node.func, ast.Name) else ""
                if name in ERRORS:
                    codes.add(node.args[0].value)
    return codes


def test_error_codes_read_thing_reason() -> None:
    assert [code for code in raised_codes() if not re.fullmatch(r"[a-z_]+\.[a-z0-9_]+", code)] == []


def test_every_error_code_is_provoked_by_a_test() -> None:
    tested = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.*") if path.suffix in {".py", ".toml"}
    )
    # A code inside a regular expression has its full stop escaped.
    provoked = tested.replace("\\.", ".")
    assert [code for code in sorted(raised_codes()) if code not in provoked] == []


def test_modules_and_functions_stay_small() -> None:
    long = []
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        if len(text.splitlines()) > LONGEST_MODULE and path.name != "tables.py":
            long.append(str(path.relative_to(ROOT)))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                docstring = ast.get_docstring(node, clean=False) or ""
                length = (node.end_lineno or 0) - node.lineno + 1 - len(docstring.splitlines())
                if length > LONGEST_FUNCTION:
                    long.append(f"{path.relative_to(ROOT)}:{node.name}")
    assert long == []


NEVER_CALLED = {"today", "utcnow", "combine", "localtime", "ZoneInfo"}
"""What would read a clock, or turn an instant into a day or back, without the zone of a service."""


def paths_to_a_civil_day(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if not isinstance(node, ast.Call):
            continue
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        given = len(node.args) + len(node.keywords)
        to_utc = given == 1 and node.args and getattr(node.args[0], "id", "") == "UTC"
        if (
            called in NEVER_CALLED
            or (called == "astimezone" and not to_utc)
            or (called == "date" and given == 0)
            or (called == "fromtimestamp" and given < 2)
            or (called == "Actor" and given < 4)
        ):
            yield f"{path.name}:{node.lineno} {called}"


def test_only_one_module_turns_an_instant_into_a_day() -> None:
    assert [found for path in SOURCES if path.name != "civil_day.py" for found in paths_to_a_civil_day(path)] == []
    assert len(list(paths_to_a_civil_day(ROOT / "src/materiel/domain/calendar/civil_day.py"))) > len("Paris")


def test_every_module_and_public_name_has_a_docstring() -> None:
    silent = []
    for path in SOURCES:
        module = tree_of(path)
        documented = [
            module,
            *(node for node in module.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))),
        ]
        silent += [
            f"{path.relative_to(ROOT)}:{getattr(node, 'name', 'module')}"
            for node in documented
            if not getattr(node, "name", "").startswith("_") and ast.get_docstring(node) is None
        ]
    assert silent == []


def test_a_class_has_a_name_that_no_other_class_bears() -> None:
    names: dict[str, str] = {}
    twice = []
    for path in SOURCES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                if node.name in names:
                    twice.append(f"{node.name}: {names[node.name]}, {place}")
                names[node.name] = place
    assert twice == []


def committed() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name]


SEVERAL_VISITS = {
    "choose_password, change_password, check_password": "a password is hashed beside",
    "renew_recovery_codes, remove_second_factor": "a password is hashed beside",
    "succeeded": "joins the transaction of who checks the password",
    "examine_file, read_again": "the file is read beside",
    "make_labels": "the sheet is drawn beside",
    "_run_claimed": "the work of the job is before its transaction",
    "export_journal": "the lines leave one by one",
    "_fill, photograph, _hear": "the demonstration rests between two loans",
    "flush, _write, _forget_all, resend_refused": "one transaction for each line, so that no writer waits for all",
}
"""Who opens a transaction outside one visit of the thread that writes, and why."""


def outside_one_visit(path: Path) -> Iterator[str]:
    """Name the functions of a module which open a transaction without being run whole in the thread that writes."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.AsyncFunctionDef):
            opened = any(
                isinstance(each, ast.AsyncWith) and "write_transaction()" in ast.unparse(each.items[0])
                for each in ast.walk(node)
            )
            if opened and not any(ast.unparse(each) == "in_one_visit" for each in node.decorator_list):
                yield node.name


def test_an_act_is_one_visit_of_the_thread_that_writes() -> None:
    acts = [path for path in SOURCES if "use_cases" in path.parts]
    named = {name for names in SEVERAL_VISITS for name in names.split(", ")}
    assert {name for path in acts for name in outside_one_visit(path)} == named


FOUND_BY_NAME = {"APP_REGISTRY", "APP_CONFIG", "__getattr__"}
"""By Piccolo and by Python."""


def public_names(path: Path) -> Iterator[str]:
    """What a module defines for others, but what is registered: by a decorator, or as the body of a command."""
    for node in tree_of(path).body:
        if isinstance(node, ast.Assign):
            yield from (each.id for each in node.targets if isinstance(each, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.ClassDef):
            if not any(ast.unparse(base).startswith("CommandBody[") for base in node.bases):
                yield node.name
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.decorator_list:
            yield node.name


def test_rows_are_asked_for_by_statements_alone() -> None:
    built = re.compile(r"Row\.(select|insert|update|delete|count|exists|objects|raw)\(")
    assert [path for path in SOURCES if built.search(path.read_text(encoding="utf-8"))] == []


def test_no_public_name_is_used_by_the_tests_alone() -> None:
    tops = ("src", "migrations", "templates", "scripts", "trials", "benchmarks")
    texts = [path for path in committed() if path.relative_to(ROOT).parts[0] in tops and path.is_file()]
    said = Counter(word for path in texts for word in re.findall(r"\w+", path.read_text("utf-8", errors="ignore")))
    defined = [(path, name) for path in SOURCES for name in public_names(path)]
    lonely = [f"{path.relative_to(ROOT)}: {name}" for path, name in defined if said[name] == 1]
    assert [each for each in lonely if each.rpartition(" ")[2] not in FOUND_BY_NAME] == []


def test_no_file_names_the_place_where_it_was_written() -> None:
    # Put together here, so that this file does not name them either.
    forbidden = ["/" + "work/", "/" + "tmp/", "/" + "opt/pypi", "pypi" + ".org", "registry." + "npmjs"]
    guilty = []
    for path in committed():
        if path.suffix in {".csv", ".ttf", ".pdf", ".icc"} or not path.is_file():
            continue
        text = path.read_bytes().decode("utf-8", errors="ignore")
        guilty += [f"{path.relative_to(ROOT)}: {word}" for word in forbidden if word in text]
    assert guilty == []


def test_no_test_is_skipped_nor_left_to_do() -> None:
    marks = re.compile(r"mark\.(skip|xfail)|pytest\.skip|\bTO" + r"DO\b|\bFIX" + r"ME\b")
    guilty = [
        str(path.relative_to(ROOT))
        for path in (*SOURCES, *TESTS)
        if path.name != "test_consistency.py" and marks.search(path.read_text(encoding="utf-8"))
    ]
    assert guilty == []


def test_every_locked_package_has_its_hashes_and_no_address() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        pinned = re.findall(
            r"^[a-z0-9][^\s=]*==[^\n]*\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", text, re.MULTILINE
        )
        assert len(pinned) == len(re.findall(r"^[a-z0-9][^\s=]*==", text, re.MULTILINE)) > 0


def test_every_dependency_is_locked_and_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    wanted = {
        "base": project["project"]["dependencies"] + groups["build"],
        "test": groups["test"],
        "bench": groups["bench"],
    }
    decisions = (ROOT / "DECISIONS.md").read_text(encoding="utf-8").lower()
    for lock, requirements in wanted.items():
        locked = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
        for requirement in requirements:
            name = re.match(r"[A-Za-z0-9-]+", requirement).group(0)  # type: ignore[union-attr]
            assert re.search(rf"^{name}==", locked, re.MULTILINE), f"{name}: run scripts/lock"
            assert name.lower() in decisions, f"{name}: say why in DECISIONS.md"


ROOM = 22
"""Entries that somebody takes in at a glance."""

ROLLS = ("migrations", "templates/emails", "tests/documents/golden")
"""Lists that grow by their nature, and are not searched by eye."""


def folders() -> list[Path]:
    tracked = ("src", "templates", "tests", "benchmarks", "trials", "scripts")
    held = {path.parent for top in tracked for path in (ROOT / top).rglob("*") if "__pycache__" not in path.parts}
    return sorted(each for each in held if not str(each.relative_to(ROOT)).startswith(ROLLS))


def test_no_folder_is_too_large_to_be_read_at_a_glance() -> None:
    for folder in folders():
        entries = [each.name for each in folder.iterdir() if each.name != "__pycache__"]
        assert len(entries) <= ROOM, f"{folder.relative_to(ROOT)} holds {len(entries)} entries: give a subject its room"
