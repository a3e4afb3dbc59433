import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "scripts" / "measure-annuaire-import"


def measure(rows):
    run = subprocess.run([sys.executable, SCRIPT, str(rows)], capture_output=True, text=True, check=True, timeout=120)
    return json.loads(run.stdout)


def test_memory_grows_little_with_the_rows():
    # 70 000 rows stay under 250 MB when the slope of these two sizes is kept; the script measures them whole.
    small, large = measure(3_000), measure(10_000)
    assert (large["rejected"], large["changed_by_second"]) == (0, 0)
    per_row_mb = (large["peak_anonymous_mb"] - small["peak_anonymous_mb"]) / 7_000
    assert small["peak_anonymous_mb"] + per_row_mb * 67_000 < 250
