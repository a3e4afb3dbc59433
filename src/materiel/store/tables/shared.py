"""What many papers share, kept once: the first bytes of their files, the bloc-marque that they bear."""

from __future__ import annotations

from piccolo.columns import Bytea, Varchar
from piccolo.table import Table


class LetterheadRow(Table, tablename="letterhead"):
    """A bloc-marque that was checked, by the SHA-256 of its words and its picture; frozen by trigger."""

    sha256 = Varchar(length=64, primary_key=True)
    alt = Varchar(length=300)
    png = Bytea()


class DocumentHeadRow(Table, tablename="document_head"):
    """The first bytes of many documents, kept once, by their SHA-256; frozen by trigger."""

    sha256 = Varchar(length=64, primary_key=True)
    content = Bytea()
