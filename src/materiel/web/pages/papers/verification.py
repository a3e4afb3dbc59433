"""The page behind the QR code of a document's page: genuine, replaced, ended, void or eliminated. It names nobody.

The address printed for people to type, and linked from the HTML version, has no page: it is about the whole document.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from datetime import datetime
from typing import Any

from litestar import MediaType, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from materiel.documents.proof.page import MARK as PROOF_MARK
from materiel.domain.calendar.civil_day import MAINLAND, civil_date
from materiel.domain.language.french import long_date
from materiel.domain.papers.document import Document, DocumentStatus, SignatureStatus, state_of
from materiel.use_cases.loan.handover_form import MARK
from materiel.use_cases.papers.document import verify_public_code, voided_on
from materiel.use_cases.signing.comparing import digests_of
from materiel.web.audience import slow_down
from materiel.web.http.forms import Form, read_form
from materiel.web.pages.shell.rendering import render

LARGEST_COMPARED = 21_000_000
"""Bytes of a form that brings a file of twenty megabytes."""

CODE = re.compile(r"[0-9A-Z]{8,20}")


@get(
    ["/v/{code:str}/{page:str}", "/V/{code:str}/{page:str}"],
    media_type=MediaType.HTML,
    name="verification:show",
    guards=[slow_down],
)
async def verification_page(
    request: Request[Any, Any, Any], code: FromPath[str], page: FromPath[str], now: NamedDependency[datetime]
) -> Response[str]:
    """What the service says of this page of this document; 404 for what it never issued."""
    number = int(page) if page.isascii() and page.isdigit() and len(page) <= 4 else 0
    return await _answer(request, code, number, now)


@get(
    [
        *(f"/v/{{code:str}}/{MARK}", f"/v/{{code:str}}/{MARK}/{{page:str}}"),
        *(f"/V/{{code:str}}/{MARK.upper()}", f"/V/{{code:str}}/{MARK.upper()}/{{page:str}}"),
    ],
    media_type=MediaType.HTML,
    name="verification:form",
    guards=[slow_down],
)
async def form_verification_page(
    request: Request[Any, Any, Any], code: FromPath[str], now: NamedDependency[datetime]
) -> Response[str]:
    """What a form printed for an agreement is: nothing by itself, whatever its page."""
    return await _answer(request, code, None, now, is_form=True)


@get(
    [
        *(f"/v/{{code:str}}/{PROOF_MARK}", f"/v/{{code:str}}/{PROOF_MARK}/{{page:str}}"),
        *(f"/V/{{code:str}}/{PROOF_MARK.upper()}", f"/V/{{code:str}}/{PROOF_MARK.upper()}/{{page:str}}"),
    ],
    media_type=MediaType.HTML,
    name="verification:proof",
    guards=[slow_down],
)
async def proof_verification_page(
    request: Request[Any, Any, Any], code: FromPath[str], now: NamedDependency[datetime]
) -> Response[str]:
    """What a page of proof is: it follows a signed copy, and proves by its file alone."""
    return await _answer(request, code, None, now, is_proof=True)


@get(["/v/{code:str}", "/V/{code:str}"], media_type=MediaType.HTML, name="verification:document", guards=[slow_down])
async def document_verification_page(
    request: Request[Any, Any, Any], code: FromPath[str], now: NamedDependency[datetime]
) -> Response[str]:
    """What the service says of this document, whatever its page."""
    return await _answer(request, code, None, now)


@post("/v/{code:str}", media_type=MediaType.HTML, name="verification:compare", guards=[slow_down])
async def compare_page(
    request: Request[Any, Any, Any], code: FromPath[str], now: NamedDependency[datetime]
) -> Response[str]:
    """Say whether a file is one of this document's: its digest is read, the file is not kept."""
    form = await read_form(request)
    sent = form.file("copy")
    if sent is None:
        form.fault("copy", "Choisissez le fichier PDF à comparer.")
        return await _answer(request, code, None, now, form=form)
    digest = hashlib.sha256(await sent.read()).hexdigest()
    return await _answer(request, code, None, now, form=form, digest=digest)


async def _answer(
    request: Request[Any, Any, Any],
    code: str,
    number: int | None,
    now: datetime,
    *,
    is_form: bool = False,
    is_proof: bool = False,
    form: Form | None = None,
    digest: str = "",
) -> Response[str]:
    wanted = code.upper()
    document = await verify_public_code(wanted) if CODE.fullmatch(wanted) else None
    if document is None or (number is not None and not 1 <= number <= document.pages):
        return render(request, "papers/verification_unknown.html", status=404)
    digests = await digests_of(document) if isinstance(document, Document) else (document.sha256,)
    return render(
        request,
        "papers/verification.html",
        {
            "form": form or Form(),
            "code": wanted,
            "digests": digests,
            "compared": (digest in digests) if digest else None,
            "is_issued": digest == document.sha256,
            "is_form": is_form,
            "is_proof": is_proof,
            "kind": document.kind.label,
            "number": document.number,
            "void_on": await voided_on(document) if isinstance(document, Document) else None,
            "status": document.status if isinstance(document, Document) else "eliminated",
            "stands": state_of(document, civil_date(now, MAINLAND)) if isinstance(document, Document) else None,
            "issued_on": long_date(document.issued_on),
            "sha256": document.sha256,
            "page": number,
            "pages": document.pages,
            "given": _boxes(document, SignatureStatus.SIGNED),
            "awaited": _boxes(document, SignatureStatus.PENDING),
        },
    )


def _boxes(document: object, status: SignatureStatus) -> list[str]:
    """Whose boxes are in a state, by party and with their number: never a name. Nothing once it is eliminated.

    A paper that is replaced, over or void awaits nobody.
    """
    if not isinstance(document, Document):
        return []
    if status is SignatureStatus.PENDING and document.status is not DocumentStatus.IN_FORCE:
        return []
    parties = Counter(box.party for box in document.signatures if box.status is status)
    return [f"{party.label}{f' ({count})' if count > 1 else ''}" for party, count in parties.items()]
