"""The documents of a loan as one file to print."""

from __future__ import annotations

import pytest
from pypdfium2 import PdfDocument
from tests.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.errors import NotFound
from materiel.store import document as documents
from materiel.use_cases.loan_sheet import print_documents
from materiel.use_cases.loan_steps import issue_loan

pytestmark = pytest.mark.usefixtures("db")


async def test_a_draft_has_nothing_to_print_and_an_issued_loan_has_every_paper() -> None:
    await cast.set_up()
    loan_id = await cast.a_draft()
    with refused(NotFound, "loan.nothing_to_print"):
        await print_documents(loan_id, actor=cast.MANAGER)
    await issue_loan(loan_id, issuer=cast.ISSUER)
    with PdfDocument(await print_documents(loan_id, actor=cast.MANAGER)) as printed:
        assert len(printed) == sum(paper.pages for paper in await documents.of_loan(loan_id))
