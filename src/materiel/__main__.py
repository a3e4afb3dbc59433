"""`python -m materiel` is the `materiel` command."""

from materiel.cli.main import run

run()
