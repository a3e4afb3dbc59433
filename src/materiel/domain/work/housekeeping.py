"""Housekeeping (« ménage »): technical rows that nobody needs any more, and how long each is kept.

What is forgotten here carries no decision of the archives: no loan, no pupil, no issued paper, no entry of the journal,
nor what the evidence of a signature refers to. Those are `retention`'s, and wait for a visa.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from materiel.domain.accounts.attempt import LONGEST_WINDOW
from materiel.domain.language.labelled import LabelledEnum


class Remnant(LabelledEnum):
    """What housekeeping forgets; the value names the count in a report."""

    SESSION = "sessions", "connexions expirées"
    CODE = "codes", "codes à usage unique expirés"
    LINK = "links", "liens d'accès fermés depuis longtemps"
    REFERENT_LINK = "referent_links", "liens d'enseignants référents fermés depuis longtemps"
    REFERENT = "referents", "enseignants référents dont le secteur est terminé depuis longtemps"
    ATTEMPT = "attempts", "essais comptés"
    DEVICE = "devices", "appareils connus d'un compte"
    KEY = "keys", "réponses gardées pour un second envoi"
    JOB = "jobs", "tâches terminées"
    MESSAGE = "messages", "courriels partis, abandonnés ou jamais partis"
    IMPORT = "imports", "fichiers d'import"
    PRINTED = "printed", "fichiers à imprimer"
    CALL = "calls", "appels de webhooks aboutis ou abandonnés"
    READING = "readings", "lectures de données d'élèves"


KEPT: dict[Remnant, timedelta] = {
    # No cookie opens a session past its end.
    Remnant.SESSION: timedelta(0),
    # The codes of the last hour are counted; a day leaves room to answer a family that telephones.
    Remnant.CODE: timedelta(days=1),
    # Somebody finds last year's message again and asks for a new link from it: a school does so once a year.
    Remnant.LINK: timedelta(days=400),
    # As the others; nobody is a référent of a sector that ended a year ago.
    Remnant.REFERENT_LINK: timedelta(days=400),
    Remnant.REFERENT: timedelta(days=400),
    Remnant.ATTEMPT: LONGEST_WINDOW,
    # Browsers keep a cookie that long at most.
    Remnant.DEVICE: timedelta(days=400),
    # Longer than any client tries the same request again.
    Remnant.KEY: timedelta(days=30),
    # Who launched a piece of work reads its outcome at the next occasion, holidays included.
    Remnant.JOB: timedelta(days=90),
    # Reminders are counted by the messages written, until the school year is over. What found no way out in a year
    # tells nothing any more, and would keep its text.
    Remnant.MESSAGE: timedelta(days=365),
    # Each is given its end (`import_file.KEPT`); longer would leave pupils' names in a second place. What it wrote, to
    # be undone, and its report have another (`import_file.UNDO_KEPT`).
    Remnant.IMPORT: timedelta(0),
    # Each is given its end (`use_cases.papers.printing.KEPT`).
    Remnant.PRINTED: timedelta(0),
    # Whoever runs the other program looks back a month; a call names nobody.
    Remnant.CALL: timedelta(days=30),
    # The CNIL recommends six months to a year (délibération n° 2021-122); a family asks within the school year.
    Remnant.READING: timedelta(days=365),
}
"""How long each is kept once it is over: past its end, spent, or gone."""


def needless_since(remnant: Remnant, now: datetime) -> datetime:
    """The instant (UTC) at which, or before which, what was over is forgotten."""
    return now - KEPT[remnant]
