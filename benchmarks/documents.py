"""One agreement of two pages by this engine and by its alternatives, and a print run of five thousand.

The floors, per CPU second: 20 times a naive Platypus build of the same two columns, 7 times one that sets the articles
across the page, 5 times typst (3 on an old processor), 45 times WeasyPrint; at most 200 MB for the print run. The first
two are told apart because Platypus's balanced columns are slow: their price is not that of its paragraphs.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time

from tests.documents.sample_contents import agreement

from benchmarks.document_peers import platypus, typst_peer, weasyprint_peer
from benchmarks.harness import Row, compared, own_process, peak_megabytes, rates
from materiel.documents.pdf import render_pdf
from materiel.documents.pdf.writing.metadata import Metadata
from materiel.documents.run.gathering import Gathering

PRINT_RUN = 5_000
PRINT_RUN_LIMIT_MB = 200

OURS = "materiel, UA-1 + A-2a"


def measure() -> list[Row]:
    """Rates, sizes and the memory of a print run; about three minutes."""
    candidates = {
        OURS: lambda rank: render_pdf(agreement(rank)).data,
        "ReportLab Platypus, naive": lambda rank: platypus.render(agreement(rank), in_columns=True),
        "ReportLab Platypus, naive, one column": lambda rank: platypus.render(agreement(rank), in_columns=False),
        "typst, untagged": lambda rank: typst_peer.render(agreement(rank), standards=[]),
        "typst, UA-1 + A-2a": lambda rank: typst_peer.render(agreement(rank), standards=["ua-1", "a-2a"]),
        "WeasyPrint, untagged": lambda rank: weasyprint_peer.render(agreement(rank)),
        "WeasyPrint, UA-1": lambda rank: weasyprint_peer.render(agreement(rank), variant="pdf/ua-1"),
    }
    rows = compared(rates(candidates), OURS, "documents/s")
    sizes = {name: len(render(1)) / 1000 for name, render in candidates.items()}
    rows += [Row(what=f"size, {name}", value=round(size, 1), unit="kB") for name, size in sizes.items()]
    run = own_process("benchmarks.documents", str(PRINT_RUN))
    rows.append(Row(what=f"print run of {PRINT_RUN:,}, pages", value=run["pages"], unit="pages"))
    rows.append(Row(what="print run, rate", value=round(run["rate"], 1), unit="documents/s"))
    rows.append(Row(what="print run, size", value=round(run["megabytes"], 1), unit="MB"))
    limit = f"limit of {PRINT_RUN_LIMIT_MB} MB"
    rows.append(Row(what=limit, value=PRINT_RUN_LIMIT_MB, unit="MB"))
    rows.append(
        Row(
            what="print run, peak memory",
            value=round(run["peak"], 1),
            unit="MB",
            against=limit,
            ratio=round(run["peak"] / PRINT_RUN_LIMIT_MB, 2),
        )
    )
    return rows


def print_run(count: int) -> dict[str, float]:
    """Put `count` agreements, already drawn, into a temporary file; what it cost, drawing left out."""
    spent = 0.0
    with tempfile.TemporaryFile() as out:
        gathering = Gathering(out)
        for rank in range(1, count + 1):
            data = render_pdf(agreement(rank)).data
            start = time.process_time()
            gathering.add(data, title=agreement(rank).title)
            spent += time.process_time() - start
        start = time.process_time()
        gathering.finish(Metadata("Convention", "", "", agreement(1).issued_on, "fr-FR"))
        spent += time.process_time() - start
        pages, size = gathering.pages, out.tell()
    return {"pages": pages, "rate": count / spent, "megabytes": size / 1e6, "peak": peak_megabytes()}


if __name__ == "__main__":
    print(json.dumps(print_run(int(sys.argv[1]))))
