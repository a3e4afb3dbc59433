"""`python -m benchmarks NAME [--json] [--only PART]`: run one benchmark and print its table, or one JSON object."""

from __future__ import annotations

import argparse
from importlib import import_module

from benchmarks.harness import print_report

NAMES = ("documents", "labels", "api", "dashboard")


def main() -> None:
    """Run the benchmark named on the command line: the function `measure` of its module."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measure and compare.")
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--only", choices=("routes", "search", "import"), help="a part of « api »")
    arguments = parser.parse_args()
    if arguments.only and arguments.name != "api":
        parser.error("--only goes with « api »")
    measure = import_module(f"benchmarks.{arguments.name}").measure
    rows = measure(arguments.only) if arguments.only else measure()
    print_report(arguments.name, rows, as_json=arguments.json)


if __name__ == "__main__":
    main()
