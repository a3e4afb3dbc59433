"""Saying who one is by a provider, behind a family's link: from the page of a signature and back to it.

The way there starts from a link, since a form may not lead away; nothing is signed by coming back. What is compared is
forgotten at once, the access token with it; the session keeps, as long as a code lasts, that the name was right, and
what the provider asks for to let its user out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation
from litestar.response import Redirect

from materiel.domain.accounts.session import Person
from materiel.domain.signing.identity import ProvidedIdentity
from materiel.errors import MaterielError, NotFound, RuleBroken
from materiel.settings import Settings
from materiel.use_cases.signing.electronic_signature import identify
from materiel.use_cases.signing.lot import identify_for_lot
from materiel.web.audience import family_required
from materiel.web.http.oidc import OidcClient, ProviderAnswer
from materiel.web.http.session import session_of
from materiel.web.pages.links.session import LEAVING, keep_identity
from materiel.web.pages.signing.family import FamilyReading, provide_lot, provide_reading
from materiel.web.pages.signing.lot import Lot, papers_of, still_chosen
from materiel.web.pages.signing.signing import DocumentReading

FAMILY_BACK = "/f/identite/retour"
FIRST_PAGE = "/f"
UNDER_WAY = "family_oidc"


def provider_of(request: Request[Any, Any, Any]) -> OidcClient:
    """The families' provider of the settings.

    Raises:
        NotFound: `provider.none`.
    """
    client: OidcClient | None = request.app.state["family_oidc"]
    if client is None:
        raise NotFound("provider.none", "Ce site n'a pas de service d'identification. Signez avec un code.")
    return client


@get("/documents/{document_id:uuid}/identite", name="family:identify")
async def identify_for_document(
    request: Request[Any, Any, Any],
    reading: NamedDependency[SkipValidation[FamilyReading]],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Go to the provider for one document."""
    client = provider_of(request)
    return await _go(request, client, reading.to("code"), {"document": str(reading.document.id)}, now)


@get("/signer/{lot_id:uuid}/identite", name="family:lot_identify")
async def identify_for_several(
    request: Request[Any, Any, Any], lot: NamedDependency[SkipValidation[Lot]], now: NamedDependency[datetime]
) -> Response[Any]:
    """Go to the provider for several documents."""
    client = provider_of(request)
    return await _go(request, client, lot.to("code"), {"lot": str(lot.id)}, now)


@get("/identite/retour", name="family:identified")
async def come_back(
    request: Request[Any, Any, Any],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Come back from the provider: keep that the name is right, or say that it is not; nothing is signed here."""
    client = provider_of(request)
    session = session_of(request)
    kept = session.data.get(UNDER_WAY)
    kept = kept if isinstance(kept, dict) else None
    # Whatever happens next, this request served once.
    await session.keep(**{UNDER_WAY: None})
    back = Redirect(FIRST_PAGE, status_code=303)
    try:
        if kept is None:
            raise NotFound(
                "provider.none", "Aucune identification n'est en cours. Recommencez, ou signez avec un code."
            )
        signing: DocumentReading | Lot = (
            await provide_reading(UUID(kept["document"]), person, now, settings)
            if "document" in kept
            else await provide_lot(UUID(kept["lot"]), person, now, settings)
        )
        back = signing.to("code")
        found = await client.recognise(dict(request.query_params), kept, now=now)
        identity = _identity(found, settings)
        if isinstance(signing, DocumentReading):
            told = await identify(signing.document.id, identity, signer=signing.signer, now=now)
            await keep_identity(request, signing.document.id, told, found.id_token)
        else:
            chosen, _ = still_chosen(request, signing)
            told = await identify_for_lot(papers_of(chosen), identity, now=now)
            await keep_identity(request, signing.id, told, found.id_token)
    except MaterielError as refusal:
        await session.flash(_said(refusal), "warning")
    return back


@get("/identite/partir", name="family:leave_provider")
async def leave_provider(request: Request[Any, Any, Any], settings: NamedDependency[Settings]) -> Response[Any]:
    """End the session at the provider too, once; what is behind the link stays open."""
    session = session_of(request)
    id_token = session.data.get(LEAVING)
    if not isinstance(id_token, str):
        return Redirect(FIRST_PAGE, status_code=303)
    await session.keep(**{LEAVING: None})
    try:
        address = await provider_of(request).leave(id_token, settings.base_url + FIRST_PAGE)
    except MaterielError as refusal:
        await session.flash(_said(refusal), "warning")
        address = None
    return Redirect(address or FIRST_PAGE, status_code=303)


async def _go(
    request: Request[Any, Any, Any], client: OidcClient, back: Redirect, what: dict[str, str], now: datetime
) -> Response[Any]:
    try:
        asked = await client.begin(now=now)
    except MaterielError as refusal:
        await session_of(request).flash(_said(refusal), "warning")
        return back
    await session_of(request).keep(**{UNDER_WAY: {**asked.kept, **what}})
    return Redirect(asked.url, status_code=303)


def _identity(found: ProviderAnswer, settings: Settings) -> ProvidedIdentity:
    assert settings.family_provider is not None
    return settings.family_provider.identity(str(found.claims["sub"]), found.person)


def _said(refusal: MaterielError) -> str:
    """What to tell a family: a password is nothing that it has."""
    if isinstance(refusal, RuleBroken) and refusal.code == "provider.refused":
        return "L'identification n'a pas abouti : rien n'est signé. Recommencez, ou signez avec un code."
    return refusal.message


router = family_required(
    "/f",
    [identify_for_document, identify_for_several, come_back, leave_provider],
    {"reading": Provide(provide_reading), "lot": Provide(provide_lot)},
)
