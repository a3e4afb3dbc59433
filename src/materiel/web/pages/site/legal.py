"""The pages that the law asks of a public site, written from the settings of the installation.

Law: loi n° 2004-575 du 21 juin 2004 (legal notice); loi n° 2005-102 du 11 février 2005, art. 47, and décret n° 2019-768
(accessibility statement); règlement (UE) 2016/679, art. 13 (personal data).
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from materiel.domain.work.housekeeping import KEPT, Remnant
from materiel.settings import Settings
from materiel.use_cases.accounts.service import list_services
from materiel.web.audience import Audience, page_router
from materiel.web.pages.shell.rendering import render


@get("/mentions-legales", name="legal:notice")
async def show_notice(request: Request[Any, Any, Any]) -> Response[str]:
    """Who publishes, who directs, who hosts."""
    return render(request, "site/legal/notice.html")


@get("/accessibilite", name="legal:accessibility")
async def show_accessibility(request: Request[Any, Any, Any]) -> Response[str]:
    """The accessibility statement (« déclaration d'accessibilité »)."""
    return render(request, "site/legal/accessibility.html")


@get("/donnees-personnelles", name="legal:privacy")
async def show_privacy(request: Request[Any, Any, Any], settings: NamedDependency[Settings]) -> Response[str]:
    """What is kept about whom, why, how long, and what one may ask."""
    days = {remnant.value: KEPT[remnant].days for remnant in Remnant}
    provider = settings.family_provider
    context = {
        "services": await list_services(),
        "days": days,
        "by_sms": settings.sms_gateway is not None,
        "provider": provider.name if provider is not None else "",
    }
    return render(request, "site/legal/privacy.html", context)


@get("/plan-du-site", name="legal:site_map")
async def show_site_map(request: Request[Any, Any, Any]) -> Response[str]:
    """Every page that this reader may open from the menu."""
    return render(request, "site/legal/site_map.html")


router = page_router("/", [show_notice, show_accessibility, show_privacy, show_site_map], audience=Audience.PUBLIC)
