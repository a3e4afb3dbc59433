"""The generators, locked and installed apart in `var/clients`, and what is asked of each."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
TOOLS = ROOT / "var" / "clients"
LOCK = ROOT / "requirements" / "clients.txt"
Command = Sequence[str | Path]
NODE_FILES = ("package.json", "package-lock.json")


class Refused(Exception):
    """A tool that cannot be had, or that refuses the contract; the sentence says which, and what to do."""


def install_python() -> Path:
    """The folder of the programs of the virtual environment that holds the generator for Python."""
    folder = TOOLS / "python"

    def install() -> None:
        _run("Making the environment", (sys.executable, "-m", "venv", "--clear", folder))
        pip: Command = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run("Fetching the generator for Python", [*pip, "--no-deps", "--require-hashes", "-r", LOCK])

    _once(folder, (LOCK,), install)
    return folder / "bin"


def install_typescript() -> Path:
    """The folder that holds `node_modules`: generator, compiler and the library that calls."""
    if missing := [name for name in ("node", "npm") if shutil.which(name) is None]:
        raise Refused(f"{' and '.join(missing)} missing: apt-get install nodejs npm (node 18 at least)")
    folder = TOOLS / "typescript"
    sources = [HERE / name for name in NODE_FILES]

    def install() -> None:
        for source in sources:
            shutil.copy(source, folder)
        _run("Fetching the generator for TypeScript", ["npm", "ci", "--no-audit", "--no-fund"], folder)

    _once(folder, sources, install)
    return folder


def call_in_python(programs: Path, contract: Path, base_url: str, token: str) -> None:
    """Generate the client in Python from the contract, and make the calls of `calling.py`."""
    made = contract.parent / "python"
    asked: Command = [
        "--path",
        contract,
        "--output-path",
        made,
        "--config",
        HERE / "generator.yaml",
        "--fail-on-warning",
    ]
    _run("Generating the client in Python", [programs / "openapi-python-client", "generate", *asked, "--meta", "none"])
    made.rename(package := contract.parent / "materiel_client")
    _run("Calling in Python", [programs / "python", HERE / "calling.py", base_url, token], package.parent)


def call_in_typescript(tools: Path, contract: Path, base_url: str, token: str) -> None:
    """Generate the types of the contract, check `calling.ts` against them, and make its calls."""
    programs, made = tools / "node_modules" / ".bin", contract.parent / "typescript"
    made.mkdir()
    (made / "node_modules").symlink_to(tools / "node_modules")
    for name in ("calling.ts", "tsconfig.json", "package.json"):
        shutil.copy(HERE / name, made)
    # By itself it takes a field that has a default for one that every request must have.
    asked: Command = [contract, "--output", "contract.ts", "--default-non-nullable", "false"]
    _run("Generating the types in TypeScript", [programs / "openapi-typescript", *asked], made)
    _run("Checking the types", [programs / "tsc"], made)
    _run("Calling in TypeScript", ["node", "calling.js", base_url, token], made)


def _once(folder: Path, sources: Sequence[Path], install: Callable[[], None]) -> None:
    """Install unless the folder was filled from these very files."""
    wanted = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    stamp = folder / ".installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    folder.mkdir(parents=True, exist_ok=True)
    install()
    stamp.write_text(wanted)


def _run(what: str, command: Command, folder: Path = ROOT) -> None:
    """Run a program, whose words are shown only when it refuses."""
    print(f"{what}…", file=sys.stderr)
    path = os.pathsep.join([str(Path(command[0]).parent.absolute()), os.environ["PATH"]])
    there = {**os.environ, "PATH": path}
    done = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, check=False, env=there)
    if done.returncode:
        hint = " (is there a network?)" if what.startswith("Fetching") else ""
        raise Refused(f"{what} failed{hint}:\n{done.stdout}{done.stderr}")
    print(done.stdout if what.startswith("Calling") else "", end="")
